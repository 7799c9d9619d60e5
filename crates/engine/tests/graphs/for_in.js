function f(o) { let n = 0; for (const k in o) n = n + 1; return n; }
for (let i = 0; i < 5; i++) f({ a: 1, b: 2 });
