// run: --interrupt-budget=300 --single-threaded
// run: --always-opt
// run: --always-opt --deopt-every-n-times=2
// run: --always-opt --deopt-random=3 --gc-stress=31
// Getters and setters that are own properties: of literals, of constructors, of exports. Code bets on the function in the accessor.
function repeat(n, f) {
  let last;
  for (let i = 0; i < n; i++) last = f(i);
  return last;
}

// One object.
const one = { n: 1, get v() { return this.n; }, set v(x) { this.n = x * 2; } };
function read(o) { return o.v; }
function write(o, x) { o.v = x; return o.n; }
print(repeat(200, () => read(one)), repeat(200, i => write(one, i)));

// Other functions in the same place: the shape stays.
Object.defineProperty(one, "v", { get() { return "new " + this.n; } });
print(repeat(200, () => read(one)), repeat(200, i => write(one, i + 1)));
Object.defineProperty(one, "v", { get: undefined });
print(repeat(50, () => read(one)), write(one, 4));
Object.defineProperty(one, "v", { set: undefined, get: Array.prototype.keys });
print(typeof read(one), write(one, 9));
try { "use strict"; (function () { "use strict"; one.v = 1; })(); } catch (e) { print(e.name); }
Object.defineProperty(one, "v", { value: 7, writable: true });
print(repeat(200, () => read(one)), write(one, 3), read(one));
delete one.v;
print(read(one));

// Closures of one function.
function counter(start) {
  let count = start;
  return { get next() { return count++; }, set reset(to) { count = to; } };
}
function step(c) { return c.next; }
function back(c, to) { c.reset = to; return c.next; }
print(repeat(300, i => step(counter(i))), repeat(300, i => back(counter(i), i * 2)));
const kept = counter(10);
print(repeat(100, () => step(kept)), back(kept, 5));

// Closures of several functions, with one shape.
const kinds = [
  () => ({ get v() { return 1; } }),
  () => ({ get v() { return 2.5; } }),
  () => ({ get v() { return "three"; } }),
];
let text = "";
for (let i = 0; i < 300; i++) { const v = read(kinds[i % 3]()); if (i > 290) text += v + " "; }
print(text);

// Constructors and what modules export.
class Limits { static #max = 9; static get max() { return Limits.#max; } static set max(to) { Limits.#max = to; } }
function limit(i) { Limits.max = i; return Limits.max + 1; }
print(repeat(200, limit));
class Tighter extends Limits {}
function inherited() { return Tighter.max; }
print(repeat(200, inherited));
const library = {};
let exported = x => x + 1;
Object.defineProperty(library, "f", { enumerable: true, get: () => exported });
function use(i) { return library.f(i); }
print(repeat(200, use));
exported = x => x * 10;
print(repeat(200, use));

// A getter that throws, one that leaves its code, one that changes its owner, and recursion.
const odd = {
  n: 0,
  get risky() { if (this.n++ % 50 === 49) throw new RangeError("at " + this.n); return this.n; },
  get adds() { this["p" + (this.n++ % 3)] = 1; return this.n; },
  get deep() { return this.n-- > 0 ? this.deep + 1 : 0; },
};
function risk() { try { return odd.risky; } catch (e) { return e.message; } }
let caught = [];
for (let i = 0; i < 200; i++) { const r = risk(); if (typeof r === "string") caught.push(r); }
print(caught.join());
print(repeat(200, () => odd.adds), Object.keys(odd).join());
print(repeat(20, i => { odd.n = i; return odd.deep; }));
const frozen = Object.freeze({ get v() { return "frozen"; } });
print(repeat(200, () => read(frozen)));
// A string of its own, an array's, a function's.
const list = Object.defineProperty([1, 2], "first", { get() { return this[0]; } });
const f = Object.defineProperty(() => 0, "tag", { get() { return "tag of " + typeof this; } });
print(repeat(200, i => { list[0] = i; return list.first; }), repeat(200, () => f.tag));
