// Map and Set with number, string and object keys.
var kernel = (() => ({
  expected: 472981000,
  run() {
    const map = new Map();
    for (let i = 0; i < 30000; i++) map.set(i % 5000, (map.get(i % 5000) ?? 0) + i);
    const names = new Map();
    for (let i = 0; i < 10000; i++) names.set("key" + (i % 1000), i);
    const objects = Array.from({ length: 2000 }, (_, i) => ({ i }));
    const set = new Set(objects);
    for (const object of objects) if (object.i % 2) set.delete(object);
    let sum = 0;
    for (const [key, value] of map) sum += key + value;
    for (const value of names.values()) sum += value;
    for (const { i } of set) sum += i;
    return sum;
  },
}))();
