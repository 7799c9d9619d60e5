function f(a) { let n = 0; for (const x of a) n += x; return n; }
for (let i = 0; i < 5; i++) f([1, 2, 3]);
