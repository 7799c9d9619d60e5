// Closures: per-iteration bindings, shared bindings, counters, deep chains.
const fs = [];
for (let i = 0; i < 3; i++) fs.push(() => i++);
print(fs.map((f) => f()).join(), fs.map((f) => f()).join());
var vs = [];
for (var i = 0; i < 3; i++) vs.push(() => i);
print(vs.map((f) => f()).join());
const copies = [];
for (let i = 0, step = () => i++; i < 3; i++) { copies.push(() => i); if (i === 0) copies.push(step); }
print(copies.length, copies[0](), copies[1](), copies[0]());
const bodies = [];
for (let i = 0; i < 3; i++) { let i = "inner"; bodies.push(() => i); }
print(bodies.map((f) => f()).join());
const each = [];
for (const x of [1, 2, 3]) each.push(() => x);
for (const k in { a: 1, b: 2 }) each.push(() => k);
print(each.map((f) => f()).join());
const modified = [];
for (let i = 0; i < 5; i++) { modified.push(() => i); i++; }
print(modified.map((f) => f()).join());
const inCondition = [];
for (let i = 0; inCondition.push(() => i), i < 2; i++);
print(inCondition.map((f) => f()).join());
function counter() { let n = 0; return { inc: () => ++n, dec: () => --n, get value() { return n; } }; }
const a = counter(), b = counter(); a.inc(); a.inc(); b.dec();
print(a.value, b.value);
const curry = (a) => (b) => (c) => (d) => (e) => [a, b, c, d, e].join("");
print(curry(1)(2)(3)(4)(5));
let late; function useLate() { return late; } late = "bound"; print(useLate());
function shadow(x) { { let x = 2; { let x = 3; var inner = () => x; } var mid = () => x; } return [x, mid(), inner()].join(); }
print(shadow(1));
function fact(n) { return n < 2 ? 1 : n * fact(n - 1); }
const named = function self(n) { return n < 1 ? "done" : self(n - 1); };
print(fact(10), named(5));
try { throw "captured"; } catch (e) { var fromCatch = () => e; } print(fromCatch());
const gens = []; for (let i = 0; i < 2; i++) gens.push((function* () { yield i; yield i * 10; })());
print(gens.map((g) => [...g]).join(";"));
while (true) { let w = "while"; var whileClosure = () => w; break; } print(whileClosure());
