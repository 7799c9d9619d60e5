// Exits in large numbers that cost their code: bailout.md, C43. For engines with V8's natives; Node 20 runs it, too.
//
//     unspool --allow-natives-syntax --expose-gc --single-threaded benches/exits/churn.js
//     node --allow-natives-syntax --expose-gc --single-threaded benches/exits/churn.js
//
// In each round 5,000 functions leave their code, each once, by a failing check of a shape; nothing is forced. The code is invalidated, is
// freed by whichever collection finds that nothing runs in it, and each function is compiled again for one shape more. Behind the
// fifth shape nothing is left to lose: every fourth round other functions take the places of all of them, and a full collection takes the
// old ones. A round has the exits of a second of `sustained.js`, and their compilations, which take longer than a second.
//
// Printed per round: exits (functions that are not optimized any more), the median and the 99th percentile of a call that exits, in
// nanoseconds, the time of all of them and of a compilation, in milliseconds, and the memory of the process behind the round, in KiB. Rounds
// whose numbers differ by four do the same.
const N = Number(globalThis.EXITS ?? 5000);
const ROUNDS = Number(globalThis.ROUNDS ?? 20);
const out = typeof print === "function" ? print : console.log;
const status = typeof readFile === "function" ? readFile : (file) => require("fs").readFileSync(file, "utf8");
const now = performance.now.bind(performance);
const good = { x: 1 };
const bad = [{ a: 1, x: 2 }, { b: 1, x: 2 }, { c: 1, x: 2 }, { d: 1, x: 2 }];

function time(f, o) {
  const before = now();
  f(o);
  return now() - before;
}
function leave(functions, o, times) {
  for (let i = 0; i < functions.length; i++) times[i] = time(functions[i], o);
}
function compile(f) {
  %OptimizeFunctionOnNextCall(f);
  f(good);
}
function optimized(functions) {
  let count = 0;
  for (const f of functions) if ((%GetOptimizationStatus(f) & 16) !== 0) count++;
  return count;
}
function replace(functions, generation) {
  functions.length = 0;
  gc();
  for (let i = 0; i < N; i++) {
    const f = new Function("o", `return o.x + ${generation * N + i}`);
    %PrepareFunctionForOptimization(f);
    for (let k = 0; k < 5; k++) f(good);
    functions.push(f);
  }
}
for (const f of [time, leave, compile, optimized, replace]) %NeverOptimizeFunction(f);

const functions = [];
const times = new Array(N).fill(0);
for (let round = 0; round < ROUNDS; round++) {
  if (round % bad.length === 0) replace(functions, round / bad.length);
  const start = now();
  for (const f of functions) compile(f);
  const compiling = now() - start;
  const before = optimized(functions);
  leave(functions, bad[round % bad.length], times);
  // V8 takes dead code from a function at its next call.
  for (const f of functions) f(good);
  const exits = before - optimized(functions);
  const all = times.reduce((sum, one) => sum + one, 0);
  const sorted = times.slice().sort((a, b) => a - b);
  const at = (q) => Math.round(sorted[Math.floor(N * q)] * 1e6);
  const memory = Number(/VmRSS:\s*(\d+)/.exec(status("/proc/self/status"))[1]);
  const rounded = (ms) => Number(ms.toFixed(3));
  out(JSON.stringify({ round, exits, median: at(0.5), p99: at(0.99), all: rounded(all), compilation: rounded(compiling / N), memory }));
}
