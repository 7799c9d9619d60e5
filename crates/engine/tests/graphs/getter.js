// A getter of the prototype is inlined; its frame returns into the load.
class C { constructor(v) { this.v = v; } get w() { return this.v + 1; } set w(x) { this.v = x; } }
const c = new C(1);
function f(o) { o.w = o.w; return o.w; }
for (let i = 0; i < 5; i++) f(c);
