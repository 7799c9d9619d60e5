// var and function hoisting; Annex B block functions.
print(typeof hoisted, typeof hoistedFn, hoistedFn()); var hoisted = 1; function hoistedFn() { return "fn"; }
function f() { return typeof x; var x = 1; } print(f());
function dup(a, a) { return a; } print(dup(1, 2));
function last() { return 1; } function last() { return 2; } print(last());
function param(x) { var x; return x; } print(param("kept"));
function param2(x) { var x = "over"; return x; } print(param2("lost"));
function fnParam(x) { function x() {} return typeof x; } print(fnParam(1));
function argumentsVar() { var arguments; return typeof arguments; } print(argumentsVar());
function argumentsFn() { function arguments() {} return typeof arguments; } print(argumentsFn());
// Annex B: a function in a block is also a var of the function, assigned when the declaration is evaluated.
function annexB() { const before = typeof g; { function g() { return 1; } } return before + " " + typeof g; } print(annexB());
function notTaken() { if (false) { function h() {} } return typeof h; } print(notTaken());
function ifFunction() { if (true) function k() { return "if"; } return k(); } print(ifFunction());
function shadowedByLet() { let g = "let"; { function g() {} } return typeof g; } print(shadowedByLet());
function parameterWins(g) { { function g() {} } return typeof g; } print(parameterWins(1));
function assignedInside() { { function g() { return 1; } g = 2; print(typeof g); } return typeof g; } print(assignedInside());
function twice() { { function g() { return 1; } } { function g() { return 2; } } return g(); } print(twice());
function inSwitch() { switch (1) { case 1: function s() { return "switch"; } } return s(); } print(inSwitch());
function strictBlock() { "use strict"; { function g() {} } return typeof g; } print(strictBlock());
function inCatch() { try { throw 1; } catch (g) { { function g() {} } return typeof g; } } print(inCatch());
function labelled() { l: function m() { return "labelled"; } return m(); } print(labelled());
function loop() { const out = []; for (let i = 0; i < 2; i++) { out.push(typeof q); function q() {} q = i; out.push(typeof q); } return out.join(); } print(loop());
function parameterScope(a = () => x, x = "param") { var x = "body"; return a() + " " + x; } print(parameterScope());
function parameterScope2(x, a = () => x) { var x; x = "body"; return a() + " " + x; } print(parameterScope2("param"));
function parameterScope3(x, a = () => (x = "changed")) { a(); return x; } print(parameterScope3("param"));
print(Object.getOwnPropertyDescriptor(globalThis, "hoisted").configurable, "letGlobal" in globalThis, typeof globalThis.f);
let letGlobal = 1;
print(this === globalThis, (function () { return this; })() === globalThis, (function () { "use strict"; return this; })());
