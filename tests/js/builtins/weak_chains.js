// A chain of weak map entries in which each value is the next key: marking it takes time proportional to its length.
// run: --expose-gc
// gc-stress: skip 26,000 collections of a long chain
function chain(length) {
  const map = new WeakMap(), head = {};
  let key = head;
  for (let i = 1; i < length; i++) { const value = {}; map.set(key, value); key = value; }
  return [map, head];
}
function walk([map, head]) { let length = 0; for (let key = head; key !== undefined; key = map.get(key)) length++; return length; }
const long = chain(20000);
gc();
print(walk(long));
// The same across many maps: each value is a map whose entry leads to the next one.
let first = new WeakMap(), key = {}, at = first;
for (let i = 0; i < 3000; i++) { const next = new WeakMap(); at.set(key, next); at = next; }
gc();
let maps = 0;
for (let map = first; map !== undefined; map = map.get(key)) maps++;
print(maps);
