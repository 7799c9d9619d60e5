function f(a, b) { return arguments.length + a; }
for (let i = 0; i < 5; i++) f(i, 2, 3);
