// Direct and indirect eval.
var g = "global";
function f() {
  var g = "local";
  return [eval("g"), (0, eval)("g"), globalThis.eval("g"), eval?.("g"), (eval)("g")].join();
}
print(f());
function declares() { eval("var v = 1; let l = 2; function h() { return 3; }"); return [v, typeof l, h()].join(); } print(declares(), typeof v);
function strictEval() { "use strict"; eval("var v = 1; function h() {}"); return typeof v + typeof h; } print(strictEval());
function strictInside() { eval("'use strict'; var v = 1;"); return typeof v; } print(strictInside());
(0, eval)("var indirectVar = 1; let indirectLet = 2;"); print(indirectVar, typeof indirectLet, delete globalThis.indirectVar);
print(eval("1 + 1"), eval("var q = 5"), eval("({ a: 1 })").a, eval("{ a: 1 }"), eval(""), eval(42), eval(new String("1")) instanceof String);
function args() { return eval("arguments.length") + eval("this === undefined ? 'u' : typeof this"); } print(args(1, 2));
function nt() { return eval("new.target") === nt; } print(new nt() instanceof nt, nt());
const arrow = function () { return (() => eval("arguments[0] + this.x"))(); }; print(arrow.call({ x: 2 }, 1));
function closureOverEval() { eval("var e = 0"); return [() => ++e, () => e]; } const [inc, get] = closureOverEval(); inc(); inc(); print(get());
function shadows(x) { { let x = "block"; return eval("x"); } } print(shadows("param"));
function assigns() { let a = 1; eval("a = 2"); return a; } print(assigns());
try { (function () { let a; eval("var a"); })(); } catch (e) { print(e.name); }
try { eval("let b; let b;"); } catch (e) { print(e.name, e instanceof SyntaxError); }
try { eval("}"); } catch (e) { print(e.name); }
try { eval("throw new RangeError('r')"); } catch (e) { print(e.name); }
function params(a = eval("var inParams = 1"), b = inParams) { return b + typeof inParams; } print(params());
class C { x = eval("this.constructor.name"); static s = eval("typeof this"); m() { return eval("super.toString === Object.prototype.toString"); } }
print(new C().x, C.s, new C().m());
class Priv { #p = 3; m() { return eval("this.#p"); } } print(new Priv().m());
function* gen() { yield eval("1 + 1"); } print([...gen()].join());
function nested() { var n = 1; return eval("(function () { return eval('n + 1'); })()"); } print(nested());
function deleteVar() { eval("var d = 1"); const r = delete d; return r + typeof d; } print(deleteVar());
const add = new Function("a", "b = 2", "return a + b + (typeof local)"); { let local = 1; print(add(1)); }
print(new Function("...r", "return r.length")(1, 2, 3), Function("return this")() === globalThis, String(new Function("a", "return a")));
let e2 = eval; function renamed() { var g = "local"; return e2("g"); } print(renamed());
function hoistEval() { const before = typeof later; eval("function later() {}"); return before + typeof later; } print(hoistEval());
print(eval("let r = 0; for (const x of [1, 2, 3]) r += x; r"), eval("if (0) 1; else 2"), eval("(() => { return 5 })()"));
