// run: --gc-stress=50
// run: --gc-stress=22
// run: --gc-stress=5
// run: --jitless --gc-stress=50
// run: --gc-stress=7
// run: --gc-stress=2
// An addition through an inline cache to a shape that no object has at that moment: a collection while the slots for it are
// allocated may free the shape. The literals have no room for a further property, so each addition allocates.
function describe(record, i) {
  if (i % 10 === 1) record.rare = i;
  if (i % 11 === 1) record.other = -i;
  record.always ??= "x";
  return Object.keys(record).join() + (record.rare ?? "") + (record.other ?? "") + record.always;
}

const counts = new Map();
let wrong = 0;
for (let i = 0; i < 2000; i++) {
  const record = i % 3 === 0 ? { a: 1 } : i % 3 === 1 ? { a: 1, b: 2, c: 3 } : { z: 0 };
  const before = Object.keys(record).join();
  const text = describe(record, i);
  const rare = i % 10 === 1, other = i % 11 === 1;
  const keys = before + (rare ? ",rare" : "") + (other ? ",other" : "") + ",always";
  const wanted = keys + (rare ? i : "") + (other ? -i : "") + "x";
  if (text !== wanted) wrong++;
  counts.set(keys, (counts.get(keys) ?? 0) + 1);
}
print(wrong, [...counts].sort().join(" "));

function getter(i) {
  const record = { a: 1 };
  let sum = 0;
  for (let step = 0; step < 5; step++) {
    if (step === i % 5 && i % 211 === 0) Object.defineProperty(record, "a", { get() { return 100; } });
    sum += record.a;
    if (step === 2) record.b = step;
  }
  return sum + record.b;
}
let total = 0;
for (let i = 0; i < 1500; i++) total += getter(i);
print(total);

// A site learns its second shape; the list for them is a cell, and the collection at its allocation may free the first one.
function fill(object) {
  object.a = 1; object.b = 2; object.c = 3; object.d = 4; object.e = 5; object.f = 6;
  return object;
}
let odd = 0;
for (let i = 0; i < 1000; i++) {
  const object = fill(i % 40 === 3 ? { d: 0, a: 0 } : {});
  delete object[["a", "c", "f"][i % 3]];
  object.last = i;
  if (Object.keys(object).length !== 6 || object.b !== 2 || object.e !== 5 || object.last !== i) odd++;
}
print(odd);
