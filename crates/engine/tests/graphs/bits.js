function f(a, b) { return ((a ^ b) >>> 1) + ((a | 0) << 3); }
for (let i = 0; i < 5; i++) f(i, 2.5);
