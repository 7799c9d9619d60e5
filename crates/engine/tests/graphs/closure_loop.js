// Fresh bindings per iteration: the context is a phi.
function f(n) { const r = []; for (let i = 0; i < n; i++) r.push(() => i); return r; }
for (let i = 0; i < 5; i++) f(3);
