// An inlined call passes more arguments than there are formals; its frames know all of them.
function g(a) { return a + 1; }
function f(x) { return g(x, 2, x); }
for (let i = 0; i < 5; i++) f(i);
