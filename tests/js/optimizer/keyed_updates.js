// run: --interrupt-budget=300 --single-threaded
// run: --always-opt
// run: --always-opt --deopt-every-n-times=2
// run: --always-opt --deopt-random=5 --gc-stress=31
// Assignments that read and write an element, and fields of classes.
function add(a, i, x) { return a[i] += x; }
function count(a, i) { return a[i]++; }
function orElse(a, i, x) { a[i] ??= x; a[i] ||= x; a[i] &&= a[i]; return a[i]; }
function run(a, keys, f = add) {
  let text = "";
  for (let i = 0; i < 200; i++) text = f(a, keys[i % keys.length], i) + " ";
  return text;
}
const indices = [0, 1, 2, 3];
print(run([1, 2, 3, 4], indices), run([1.5, 2, "3", 4], indices), run([1, , 3, 4], indices));
print(run(new Float64Array(4), indices), run(new Uint8Array(4), indices), run(new Int32Array(4), indices));
print(run(new BigInt64Array(4), indices, (a, i, x) => a[i] += BigInt(x)), run(new Uint8ClampedArray(4), [3, 9, -1, 1.5]));
print(run({ a: 1, b: "x" }, ["a", "b", "c"]).length, run([1, 2], ["length", "0", 0.5, -0]));
print(run([5, 6, 7, 8], indices, count), run({}, ["x", Symbol.iterator], count), run("text", [0, 1], (a, i) => a[i] += 1));
print(run([0, null, undefined, 4], indices, orElse), run({}, ["p", 1, 2.5], orElse));
// A key that is an object is converted once, after the check of the object. (Node 20 converts it twice.)
let conversions = 0;
const key = { toString() { conversions++; return "k"; } };
print(run({ k: 1 }, [key]), conversions);
conversions = 0;
try { add(null, key, 1); } catch (e) { print(e.name, conversions); }
// The sum's other half changes the array; the element read is the one before, the one written is by the key before.
function shifts(a, i) { return a[i] += (a.length = 2, a.push(9, 8), 1); }
print(run([1, 2, 3, 4], indices, shifts));
function moves(a, i) { let k = i; a[k] += (k = 0, 10); return a.join(); }
print(run([1, 2, 3, 4], indices, moves));
const accessors = { log: 0, get 1() { return this.log; }, set 1(x) { this.log = x % 1000; } };
print(run(accessors, [1]), Object.isFrozen(Object.freeze([1, 2])) && run(Object.freeze([1, 2]), [0, 1]));
function strict(a, i) { "use strict"; try { return a[i] += 1; } catch (e) { return e.name; } }
print(run(Object.freeze([1, 2]), [0, 1], strict), run(new Proxy([1, 2], {}), [0, 1]));

class Point { x = 1; y = this.x + 1; #z = 3; constructor(w) { this.w = w; } sum() { return this.x + this.y + this.#z + this.w; } }
class Solid extends Point { depth = this.w * 2; ["com" + "puted"] = 4; constructor(w) { const make = () => super(w); make(); } }
class Plain extends Solid {}
class Other { constructor(o) { return o; } }
class Stamped extends Other { stamp = 7; }
function make(i) {
  const s = new Plain(i);
  const stamped = new Stamped(i % 3 ? { own: i } : Object.create(null));
  return s.sum() + s.depth + s.computed + stamped.stamp + Object.keys(s).join("") + Object.keys(stamped).join("");
}
let last;
for (let i = 0; i < 300; i++) last = make(i);
print(last);
try { new Stamped(Object.freeze({})); } catch (e) { print(e.name); }
try { new Stamped(new Proxy({}, { defineProperty() { throw new RangeError("trap"); } })); } catch (e) { print(e.message); }
function local(i) { class C { v = i; static s = i + 1; } return new C().v + C.s; }
let sum = 0;
for (let i = 0; i < 300; i++) sum += local(i);
print(sum);
