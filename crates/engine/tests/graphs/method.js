// A method of the prototype is a constant.
class C { constructor(v) { this.v = v; } get() { return this.v; } }
const c = new C(1);
function f(o) { return o.get(); }
for (let i = 0; i < 5; i++) f(c);
