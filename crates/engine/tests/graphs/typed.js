function f(a) { let s = 0; for (let i = 0; i < 4; i++) { s += a[i]; a[i] = s; } return s; }
for (let i = 0; i < 5; i++) f(new Float64Array(4));
