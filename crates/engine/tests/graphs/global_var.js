// A variable keeps its first value as a constant until it is assigned again; `n` is, `k` is not.
var k = 10, n = 0;
function f(x) { n = n + k; return n; }
for (let i = 0; i < 5; i++) f(i);
