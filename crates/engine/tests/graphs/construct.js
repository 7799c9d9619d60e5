function P(x, y) { this.x = x; this.y = y; }
function f(a) { return new P(a, a + 1); }
for (let i = 0; i < 20; i++) f(i);
