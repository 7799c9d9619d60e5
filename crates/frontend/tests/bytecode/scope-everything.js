function f(a, b = () => a) { let x = b; { let y = x; const z = () => y; } try {} catch (e) { var e = 1; } return function g() { return this && arguments && new.target && g; }; }
class C { #p = 1; static m() { return super.x; } constructor() { (() => this.#p)(); } }
for (let i of [() => i]) { with (i) j; }
function e() { eval(""); return outer; }
var outer; let lexical; const o = { m() { return super.x; } };
