// What never ran is an exit.
function f(x) { if (x > 0) return x; return x.y + g(x); }
for (let i = 1; i < 5; i++) f(i);
