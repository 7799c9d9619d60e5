function f(n) { const a = []; for (let i = 0; i < n; i++) a[i] = i; return a; }
for (let i = 1; i < 5; i++) f(5);
