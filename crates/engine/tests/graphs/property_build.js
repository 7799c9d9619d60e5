// build
function f(o) { return o.x + o.y; }
for (let i = 0; i < 5; i++) f({ x: i, y: 1 });
