// What changes the shape of an object without calling anything, or by a call that only a hole leads to.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
// run: --interrupt-budget=500 --single-threaded

// Definitions that leave the shape as it is, until one does not.
function computed(k) { return { a: 1, [k]: 2, b: 3 }; }
function prototype(p) { return { a: 1, __proto__: p, b: 3 }; }
function getter(k) { return { a: 1, get [k]() { return 5; }, b: 3 }; }
function mixin(k) { return class { a = 1; [k] = 2; b = 3; }; }
function make(C) { return new C(); }
let t = 0;
for (let i = 0; i < 300; i++) {
  t += computed(i % 5).b + prototype(i % 2 ? undefined : 5).b + getter(i % 3).b + make(mixin(i % 3)).b;
}
console.log(t, JSON.stringify(computed("q")), JSON.stringify(computed(2)), Object.keys(computed("zz")).join(), computed("q").q);
console.log(Object.keys(prototype({ z: 1 })).join(), prototype({ z: 1 }).z, prototype(null).b, Object.getPrototypeOf(prototype(null)) === null);
console.log(JSON.stringify(getter("q")), getter("q").q, JSON.stringify(make(mixin("w"))), make(mixin("w")).w);

// A loop that only loads, stores and adds keeps the shapes of objects; but a hole of an array may lead to a getter.
let change = null;
Object.defineProperty(Array.prototype, 2, { get() { if (change) change(); return 1; }, configurable: true });
function sum(o, a) {
  let s = o.x;
  for (let i = 0; i < a.length; i++) {
    s += o.x;
    s += a[i];
  }
  return s;
}
const array = [1, 2, , 4];
for (let i = 0; i < 300; i++) t += sum({ x: 1, y: 2 }, array);
const o = { x: 1, y: 2 };
change = () => {
  delete o.x;
  o.z = 7;
  Object.defineProperty(o, "x", { get() { return 1000; }, configurable: true });
};
const result = sum(o, array);
delete Array.prototype[2];
console.log(t, result);

// Nor do such loops hold instructions that do whatever comes, whatever they have met before.
function changing(o) {
  const change = () => {
    delete o.x;
    o.z = 7;
    Object.defineProperty(o, "x", { get() { return 1000; }, configurable: true });
  };
  return { change, list: { get 1() { change(); return 5; }, 0: 1, 2: 3, 3: 4 } };
}
function update(o, a, n) {
  let s = o.x;
  for (let i = 0; i < n; i++) {
    s += o.x;
    a[i] ||= 1;
  }
  return s;
}
function spread(o, f, n) {
  let s = o.x;
  for (let i = 0; i < n; i++) {
    s += o.x;
    if (i === 5) f(...[i]);
  }
  return s;
}
for (let i = 0; i < 300; i++) t += update({ x: 1, y: 2 }, [1, 2, 3, 4], 4) + spread({ x: 1, y: 2 }, null, 4);
const p = { x: 1, y: 2 }, q = { x: 1, y: 2 };
console.log(t, update(p, changing(p).list, 4), spread(q, changing(q).change, 8));
