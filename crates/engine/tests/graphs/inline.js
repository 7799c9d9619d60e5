// A small function is built into its caller; a check in it carries both frames.
function g(a, b) { return a + b; }
function f(x) { return g(x, 1) * 2; }
for (let i = 0; i < 5; i++) f(i);
