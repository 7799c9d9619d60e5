// The load of an own property: one shape check, one load.
function f(o) { return o.x; }
for (let i = 0; i < 5; i++) f({ x: i });
