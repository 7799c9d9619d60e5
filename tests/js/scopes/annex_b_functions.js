// Functions in blocks (annex B.3.3): when the block's function is copied to the function or global scope, and when it is not.
// (Node rejects the eval whose functions clash with lexical declarations; the specification leaves those out.)
const attempt = (f) => { try { return String(f()); } catch (e) { return e.name; } };
let lexical = "kept"; const constant = "kept"; class Klass {}
(0, eval)("{ function lexical() {} function constant() {} function Klass() {} function fresh() { return 'fresh'; } }");
print(lexical, constant, Klass.name, typeof fresh, fresh());
print(typeof atTop, typeof before); { print(typeof atTop, typeof before); function atTop() {} before = 1; function before() {} print(typeof before); } print(typeof atTop, typeof before);
if (true) function inIf() { return "if"; } else function inElse() {} print(inIf(), typeof inElse);
switch (1) { case 1: function inSwitch() { return "switch"; } } print(inSwitch());
print(attempt(function () { return [typeof f, (() => { { function f() {} } return typeof f; })()].join(); }), attempt(function (f) { { function f() {} } return f; }.bind(null, "parameter")), attempt(function () { let f = "let"; { function f() {} } return f; }), attempt(function () { { let f = 1; { function f() {} } } return typeof f; }), attempt(function () { try { throw "caught"; } catch (f) { { function f() {} } } return typeof f; }), attempt(function () { for (let f of [1]) { { function f() {} } } return typeof f; }));
print(attempt(function () { "use strict"; { function f() {} } return typeof f; }), attempt(function () { { function* f() {} async function g() {} } return typeof f + typeof g; }), attempt(function () { { function f() { return 1; } function f() { return 2; } } return f(); }), attempt(function () { { function f() { return 1; } } { function f() { return 2; } } return f(); }), attempt(function () { var f = "var"; { function f() {} } return typeof f; }), attempt(function () { { f = "assigned"; function f() {} } return typeof f; }), attempt(function () { { function f() {} f = "assigned"; } return typeof f; }));
print(attempt(function (a = 1) { { function a() {} } return a; }), attempt(function () { { function arguments() {} } return typeof arguments; }), attempt(() => { l: { break l; function f() {} } return typeof f; }), attempt(() => { { function f() {} } f.marked = 1; { function f() {} } return f.marked; }));
