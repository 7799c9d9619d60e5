function f(a, b) { return a + b + a.length; }
for (let i = 1; i < 5; i++) f("x", "y");
