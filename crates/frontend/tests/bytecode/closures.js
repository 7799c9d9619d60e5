// Captured and plain variables, dead zones, loops with fresh bindings, named function expressions.
function outer(a, b) {
  let captured = a;
  const constant = b;
  var hoisted = inner();
  function inner() { return captured + constant; }
  captured++;
  return [hoisted, () => captured, () => b];
}
function early() { use(); let x = 1; function use() { return x; } return x; }
function loops(fs) {
  for (let i = 0; i < 3; i++) fs.push(() => i);
  for (let i = 0, j = () => i; i < 3; i++) fs.push(j);
  for (const k of fs) { fs.push(() => k); break; }
  for (const k in fs) fs.push(() => k);
  while (fs.length) { let v = fs.pop(); setTimeout(() => v); }
}
var fact = function self(n) { self = null; return n ? n * self(n - 1) : 1; };
function strictSelf() { "use strict"; return function me() { me = 1; }; }
function sw(x) { switch (x) { case 0: let y = 1; case 1: return y; default: return () => y; } }
