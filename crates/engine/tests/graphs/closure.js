function make() { let c = 0; return function f() { c = c + 1; return c; }; }
var f = make(); f(); f(); f(); f();
