print(1 + 2);
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
var counter = function () { let c = 0; return () => ++c; };
const point = { x: 1, y: [1, 2, fib], get z() { return this.x; }, ["k" + 1]: 2 };
for (let i = 0; i < 10; i++) { if (i == 5) continue; point.x += i; }
try { throw new Error("x"); } catch (e) { print(e.message, typeof e, e === null); } finally { print("done"); }
