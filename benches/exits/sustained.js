// Exits in large numbers, one after the other: bailout.md, C43. For engines with V8's natives.
//
//     unspool --allow-natives-syntax --deopt-threshold=1000000000 benches/exits/sustained.js
//
// 5,000 functions, each with code of its own, leave it once per second, for ten seconds: so many different exits per second. The
// code is kept (the threshold), so that no compilation is between the exits. Printed per second: how many exits there were, and
// the median and the 99th percentile of a call that exits, in nanoseconds. Memory is what the system says of the process; run
// `sustained.sh`, which compares ten seconds with twenty.
const N = Number(globalThis.EXITS ?? 5000);
const SECONDS = Number(globalThis.SECONDS ?? 10);
const out = typeof print === "function" ? print : console.log;
const now = performance.now.bind(performance);
const good = { x: 1 };
const bad = { y: 1, x: 2 };

function time(f) {
  const before = now();
  f(bad);
  return now() - before;
}
function round(functions, times) {
  for (let i = 0; i < functions.length; i++) times[i] = time(functions[i]);
}
function wait(until) {
  while (now() < until);
}
for (const f of [time, round, wait]) %NeverOptimizeFunction(f);

const functions = [];
for (let i = 0; i < N; i++) {
  const f = new Function("o", `return o.x + ${i}`);
  %PrepareFunctionForOptimization(f);
  for (let k = 0; k < 5; k++) f(good);
  %OptimizeFunctionOnNextCall(f);
  f(good);
  functions.push(f);
}
const times = new Array(N).fill(0);
const start = now();
for (let second = 0; second < SECONDS; second++) {
  round(functions, times);
  const sorted = times.slice().sort((a, b) => a - b);
  const at = (q) => Math.round(sorted[Math.floor(N * q)] * 1e6);
  const optimized = functions.filter((f) => (%GetOptimizationStatus(f) & 16) !== 0).length;
  out(JSON.stringify({ second, exits: N, kept: optimized, median: at(0.5), p99: at(0.99) }));
  wait(start + 1000 * (second + 1));
}
