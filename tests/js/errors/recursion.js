// Unbounded recursion of every kind is a RangeError, and the program goes on.
// gc-stress: never every collection scans a stack of a hundred thousand frames, which is quadratic
// timeout: 180
const attempt = (name, f) => { try { f(); print(name, "no error"); } catch (e) { print(name, e.constructor.name); } };
// Where depth is data and not calls, an engine may well succeed.
const either = (name, f) => { try { f(); print(name, "ends"); } catch (e) { print(name, e instanceof RangeError ? "ends" : e.name); } };
function plain() { return 1 + plain(); } attempt("function", plain);
const arrow = (...a) => arrow(...a); attempt("arrow", () => arrow(1, 2, 3));
class C { constructor() { new C(); } get g() { return this.g; } set s(v) { this.s = v; } static m() { C.m(); } } attempt("constructor", () => new C()); attempt("getter", () => C.prototype.g); attempt("setter", () => { C.prototype.s = 1; }); attempt("method", C.m);
const o = { toString() { return "" + this; } }; attempt("toString", () => `${o}`); const v = { valueOf() { return +this; } }; attempt("valueOf", () => v * 1);
const p = new Proxy({}, { get(t, k, r) { return r[k]; }, has(t, k) { return k in p; } }); attempt("proxy get", () => p.x); attempt("proxy has", () => "x" in p);
attempt("apply", function f() { f.apply(null, arguments); }); either("bind", () => { let b = () => {}; for (let i = 0; i < 100000; i++) b = b.bind(null); b(); });
attempt("generator", () => { function* g() { yield* g(); } g().next(); }); attempt("sort", function f() { [2, 1].sort(f); }); attempt("forEach", function f() { [1].forEach(f); }); attempt("replace", function f() { return "a".replace("a", f); });
attempt("JSON toJSON", () => { const j = { toJSON() { return JSON.stringify(j); } }; JSON.stringify(j); }); either("JSON nested", () => { let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a); }); either("JSON.parse", () => { JSON.parse("[".repeat(100000) + "]".repeat(100000)); });
attempt("eval", function f() { eval("f()"); }); attempt("Function", () => { globalThis.ff = () => Function("ff()")(); ff(); }); attempt("tagged", function f() { f``; }); attempt("default parameter", function f(a = f()) {}); attempt("spread", function f() { [...{ [Symbol.iterator]: f }]; }); attempt("new.target", function F() { Reflect.construct(F, [], F); }); attempt("instanceof", () => { class H { static [Symbol.hasInstance](x) { return x instanceof H; } } 1 instanceof H; });
attempt("async", () => { async function a() { await a(); } a().catch(() => {}); throw new EvalError("async recursion rejects, it does not throw"); }); either("deep array join", () => { let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a); }); attempt("flat", () => { const a = []; a[0] = a; a.flat(Infinity); });
let depth = 0; const measure = () => { depth++; measure(); }; try { measure(); } catch {} print(depth > 1000, depth < 10000000); let proto = {}; for (let i = 0; i < 100000; i++) proto = Object.create(proto); print(proto.missing); let rope = "x"; for (let i = 0; i < 200000; i++) rope = rope + "y"; print(rope.length, rope[100000]); let left = "x"; for (let i = 0; i < 100000; i++) left = "y" + left; print(left.charCodeAt(99999));
try { (function f() { try { f(); } finally { f.count = (f.count ?? 0) + 1; } })(); } catch (e) { print(e.name); } print("still alive", [1, 2].map((x) => x * 2).join());
