// A proxy's traps are asked once for each key, when it is visited.
const log = [];
const target = { a: 1, b: 2, c: 3 };
Object.defineProperty(target, "hidden", { value: 4, configurable: true });
const handler = {
  ownKeys(t) { log.push("ownKeys"); return Reflect.ownKeys(t); },
  getOwnPropertyDescriptor(t, key) { log.push(`descriptor ${String(key)}`); return Reflect.getOwnPropertyDescriptor(t, key); },
  getPrototypeOf(t) { log.push("prototype"); return { inherited: 5, hidden: 6 }; },
};
const p = new Proxy(target, handler);
for (const key in p) {
  log.push(`visit ${key}`);
  delete target.c;
}
print(log.join("\n"));

// In the middle of a chain it hides what it has.
const keys = [];
for (const key in Object.create(p, { own: { value: 1, enumerable: true } })) keys.push(key);
print(keys.join());
