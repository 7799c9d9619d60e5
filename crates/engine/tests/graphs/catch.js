// A throwing call in a try block: its state knows the handler.
function g(x) { return (new.target ? 1 : 2) + x; }
function f(x) { let r = 1; try { r = g(x); } catch (e) { return r + 2; } return r; }
for (let i = 1; i < 5; i++) f(i);
