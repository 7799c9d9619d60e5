// `Atomics.wait`, `waitAsync` and `notify` within one agent.
const words = new Int32Array(new SharedArrayBuffer(16));
print(Atomics.wait(words, 0, 1, 10), Atomics.wait(words, 0, 0, 5));
print(Atomics.notify(words, 0));
const async = (index, value, timeout) => Atomics.waitAsync(words, index, value, timeout);
print(async(0, 1).value, async(0, 0, 0).value, async(0, 0, 0).async);
const log = [];
async(0, 0, 1e6).value.then((result) => log.push("first " + result));
async(0, 0).value.then((result) => log.push("second " + result));
async(1, 0, 5).value.then((result) => {
  log.push("short " + result);
  print(Atomics.notify(words, 1), Atomics.notify(words, 0, 1), Atomics.notify(words, 0), Atomics.notify(words, 2));
  return async(1, 0, 5).value;
}).then((result) => { log.push("other " + result); print(log.join(", ")); });

// Operations give the old value in the element's type, and keep only its bits.
for (const Type of [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array]) {
  const array = new Type(2);
  print(Type.name, Atomics.store(array, 1, -1), Atomics.load(array, 1), Atomics.add(array, 1, 2), Atomics.sub(array, 1, 3),
    Atomics.and(array, 1, 0xf0), Atomics.or(array, 1, 0x101), Atomics.xor(array, 1, 1), Atomics.exchange(array, 1, 7),
    Atomics.compareExchange(array, 1, 0x100000007, 9), Atomics.load(array, 1));
}
const big = new BigInt64Array(1);
print(Atomics.store(big, 0, -5n), Atomics.add(big, 0, 1n), Atomics.compareExchange(big, 0, -4n, 2n ** 64n + 1n), big[0]);
