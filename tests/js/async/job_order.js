// The order of jobs: promise reactions, await of native promises (one tick), thenables, queueMicrotask.
const out = [];
const p = Promise.resolve();
p.then(() => out.push("1")).then(() => out.push("4")).then(() => out.push("7"));
(async () => { await p; out.push("2"); await p; out.push("5"); await p; out.push("8"); })();
p.then(() => out.push("3")).then(() => out.push("6")).then(() => out.push("9"));
const resolved = new Promise((r) => r(Promise.resolve("late"))); resolved.then((v) => out.push("resolve(promise) takes two more"));
(async () => p)().then(() => out.push("async return promise takes three"));
(async () => await p)().then(() => out.push("async return await"));
Promise.resolve({ then(f) { out.push("then called"); f("t"); } }).then((v) => out.push("thenable " + v));
Promise.reject(1).catch(() => out.push("catch")).finally(() => out.push("finally")).then(() => out.push("after finally"));
Promise.all([1, p, 2]).then(() => out.push("all")); Promise.race([p, 1]).then(() => out.push("race")); Promise.allSettled([p]).then(() => out.push("allSettled")); Promise.any([p]).then(() => out.push("any"));
let n = 0; const tick = () => { if (n++ < 20) p.then(tick); else print(out.join("\n")); }; tick(); out.push("sync end");
