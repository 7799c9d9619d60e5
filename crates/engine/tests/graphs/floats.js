function f(n) { let x = 0.5; for (let i = 0; i < 3; i++) x = x * n + 1.5; return x; }
for (let i = 1; i < 5; i++) f(i + 0.25);
