// An object literal: its boilerplate's shape and constants; the rest is stored.
function f(a) { return { x: 1, y: a, s: "k" }; }
for (let i = 0; i < 5; i++) f(i);
