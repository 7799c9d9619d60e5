// push, index, holes, sort, and the methods that take callbacks.
var kernel = (() => ({
  expected: 168813667,
  run() {
    const list = [];
    for (let i = 0; i < 50000; i++) list.push((i * 7919) % 10007);
    for (let i = 1; i < list.length; i++) list[i] = (list[i] + list[i - 1]) % 10007;
    const sorted = list.slice(0, 10000).sort((a, b) => a - b);
    const picked = list.filter((x) => x % 3 === 0).map((x) => x * 2);
    const sum = picked.reduce((a, b) => a + b, 0);
    list.length = 1000;
    while (list.length) list.pop();
    return sum + sorted[5000] + [...picked.entries()].length;
  },
}))();
