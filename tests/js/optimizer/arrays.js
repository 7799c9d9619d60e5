// Holes, iteration and self-hosted methods in compiled code, and what breaks their assumptions.
const at = (array, i) => array[i];
const holes = new Array(5);
let missing = 0;
for (let i = 0; i < 300; i++) if (at(holes, i % 5) === undefined) missing++;
holes[2] = 7;
for (let i = 0; i < 300; i++) if (at(holes, i % 9) === undefined) missing++;
print(missing, holes.length, 2 in holes, 3 in holes);
Array.prototype[3] = 'inherited';
print(at(holes, 3), at(holes, 2));
delete Array.prototype[3];
print(at(holes, 3), at(holes, -1), at(holes, 4294967295));
const sparse = [];
sparse[100000] = 1;
print(at(sparse, 100000), at(sparse, 5), at('text', 2), at('text', 9), at(new Uint8Array(2), 5));

const sum = (iterable) => {
  let total = 0;
  for (const value of iterable) total += value;
  return total;
};
const array = [1, 2, 3, 4];
let total = 0;
for (let i = 0; i < 300; i++) total += sum(array);
print(total, sum([1, , 3]), sum(new Set([1, 2])), sum('ab'), sum((function* () { yield 5; yield 6; })()));
const begun = array[Symbol.iterator]();
begun.next();
print(sum(begun), sum(begun));
class Derived extends Array {}
const derived = Derived.from([1, 2, 3]);
print(sum(derived), derived.map((x) => x * 2) instanceof Derived);

// The array changes while it is iterated.
function growing(values) {
  const seen = [];
  for (const value of values) {
    seen.push(value);
    if (value === 2) values.push(5);
    if (value === 3) values.length = 4;
  }
  return seen.join();
}
for (let i = 0; i < 100; i++) growing([1, 4]);
print(growing([1, 2, 3, 4]));

// The iterator's `next` is replaced, and put back.
const iteratorPrototype = Object.getPrototypeOf([][Symbol.iterator]());
const next = iteratorPrototype.next;
let calls = 0;
iteratorPrototype.next = function () { calls++; return next.call(this); };
print(sum(array), calls);
iteratorPrototype.next = next;
print(sum(array), calls);
const values = Array.prototype[Symbol.iterator];
Array.prototype[Symbol.iterator] = function* () { yield 40; yield 2; };
print(sum(array));
Array.prototype[Symbol.iterator] = values;
print(sum(array));

// Callbacks are inlined into the self-hosted methods.
const weighted = (list) => {
  let result = 0;
  list.forEach((value, i) => { result += value * i; });
  return result;
};
for (let i = 0; i < 300; i++) total += weighted(array);
print(total, weighted([1, , 3]), weighted({ forEach: Array.prototype.forEach, length: 2, 0: 1, 1: 5 }));
const chain = (list) => list.map((x) => x + 1).filter((x) => x % 2).reduce((a, b) => a + b, 0);
for (let i = 0; i < 300; i++) total += chain(array);
print(total, chain([1, 'a', {}]), chain([]), [3, 1, 2].map(String).join());
print(array.map((x, i, a) => { if (i === 1) a.push(9); return x; }).join(), array.join());
