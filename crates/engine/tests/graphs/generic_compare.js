// A comparison that may run the program: the jump behind it looks whether the code is still valid.
function f(a, b) { if (a < b) return 1; return 2; }
f(1, 2); f({ valueOf() { return 1; } }, 2); f("a", 3); f(1, 2);
