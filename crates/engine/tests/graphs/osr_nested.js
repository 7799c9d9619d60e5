// osr inner
function f(n) { let s = 0; for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) s = s + j; return s; }
f(30); f(30);
