// run: --interrupt-budget=300 --single-threaded
// run: --always-opt
// run: --always-opt --deopt-every-n-times=2
// run: --always-opt --deopt-random=5 --gc-stress=31
// Stores at the end of the dense elements, where there are none because the elements are sparse: an accessor, a distant index.
function withAccessor() {
  const a = [1, 2, 3];
  let inner = 9;
  Object.defineProperty(a, 1, { get() { return inner; }, set(v) { inner = v; }, configurable: true });
  return a;
}
function first(a) { a[0] = a[0] + 1; return a[0]; }
function update(a, k, v) { a[k] *= v; return a[k]; }
function put(a, k, v) { a[k] = v; return a.length + ":" + a[k]; }
function repeat(f) { let text = []; for (let i = 0; i < 40; i++) text.push(f(i)); return text.slice(-4).join(" "); }
print(repeat(() => first(withAccessor())), repeat(i => update(withAccessor(), i % 3, 5)));
print(repeat(i => put(withAccessor(), 0, i)), repeat(i => put(withAccessor(), 1, i)), repeat(i => put(withAccessor(), 3, i)));
print(repeat(i => put([], 0, i)), repeat(i => put([1, 2], 2, i)), repeat(i => put([], i % 2 ? 0 : 4000000, i)));
print(repeat(i => { const a = []; a[4000000] = 1; return put(a, 0, i); }));
print(repeat(i => put(Object.freeze([1]), 1, i)), repeat(i => put(Object.seal([]), 0, i)), repeat(i => put(Object.preventExtensions([]), 0, i)));
print(repeat(i => put(Object.defineProperty([], "length", { writable: false }), 0, i)));
print(repeat(i => { const a = new Array(5); put(a, 0, i); put(a, 1, i); return a.join(); }));
print(repeat(i => { const a = []; for (let k = 0; k < 20; k++) put(a, k, k); return a.length + a[19]; }));
// What the array inherits.
Object.defineProperty(Array.prototype, 0, { set(v) { this.seen = v; }, get() { return "inherited"; }, configurable: true });
print(repeat(i => { const a = []; const text = put(a, 0, i); return text + a.seen; }));
delete Array.prototype[0];
print(repeat(i => put([], 0, i)));
