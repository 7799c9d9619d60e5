// A global function that was assigned again is no constant: it is loaded and checked.
function g(a) { return a + 1; }
g = function (a) { return a + 2; };
function f(x) { return g(x); }
for (let i = 0; i < 5; i++) f(i);
