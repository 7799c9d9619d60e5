function f(o) { return o.x; }
for (let i = 0; i < 5; i++) { f({ x: i }); f({ y: 1, x: i }); }
