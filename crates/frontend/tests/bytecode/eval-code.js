// goal: eval
var v = 1; let l = 2; function f() { return v + l; } { function g() {} } if (v) { f(); } else 3;
