// What one bailout costs, for engines with V8's natives: `--allow-natives-syntax` and nothing else.
//
// Every row times N functions with code of their own, each of which leaves its optimized code exactly once; the time is that
// of the whole call from an interpreted caller, so it ends when the interpreter has resumed and returned. Each function is
// asked before and after whether it has optimized code: "proven" counts those for which the exit must have happened.
// Prints one line of JSON per row: nanoseconds, the timer's own cost (row "timer") not subtracted.
const N = 2000;
const out = typeof print === "function" ? print : console.log;
const now = performance.now.bind(performance);
/** Sixteen of something, made by a function of the index. */
const sixteen = (make, separator) => Array.from({ length: 16 }, (_, i) => make(i)).join(separator);

/** The kinds of exit: a factory of distinct functions, the usual argument, and the one that breaks the bet. */
const kinds = {
  one_frame: {
    make: (i) => new Function("o", `return o.x + ${i}`),
    good: () => ({ x: 1 }),
    bad: () => ({ y: 1, x: 2 }),
  },
  sixteen_frames: {
    make: (i) => new Function(
      `function f0(o) { return o.x + ${i}; }\n`
      + Array.from({ length: 15 }, (_, k) => `function f${k + 1}(o) { return f${k}(o) + 1; }\n`).join("")
      + `f15.parts = [${sixteen((k) => `f${k}`, ", ")}];\nreturn f15;`)(),
    good: () => ({ x: 1 }),
    bad: () => ({ y: 1, x: 2 }),
  },
  sixteen_objects: {
    make: (i) => new Function("o", "n",
      `${sixteen((k) => `const p${k} = { a: n + ${k}, b: ${i} };`, "\n")}\n`
      + `const x = o.x;\nreturn x + ${sixteen((k) => `p${k}.a + p${k}.b`, " + ")};`),
    good: () => ({ x: 1 }),
    bad: () => ({ y: 1, x: 2 }),
  },
};

function call(f, o) {
  const before = now();
  f(o, 3);
  return now() - before;
}

/** Lazy: the code is discarded while a call that it made is under way; timed from there to the return. */
function makeLazy(i) {
  return new Function("g", `return g() + ${i}`);
}
let discarded;
let since = 0;
function callee() {
  if (discarded !== undefined) {
    %DeoptimizeFunction(discarded);
    since = now();
  }
  return 1;
}

function optimize(f, argument) {
  for (const part of f.parts ?? [f]) %PrepareFunctionForOptimization(part);
  for (let i = 0; i < 5; i++) f(argument, 3);
  %OptimizeFunctionOnNextCall(f);
  f(argument, 3);
}
/** The bits of a status that say "optimized"; they are not the same in all versions of V8. */
const OPTIMIZED = (() => {
  const probe = new Function("o", "return o.x");
  optimize(probe, { x: 1 });
  const before = %GetOptimizationStatus(probe);
  probe({ y: 1, x: 2 });
  return before & ~%GetOptimizationStatus(probe);
})();
function isOptimized(f) {
  return (%GetOptimizationStatus(f) & OPTIMIZED) !== 0;
}

function report(name, times, proven) {
  times.sort((a, b) => a - b);
  const at = (q) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * q))] * 1e6);
  out(JSON.stringify({ row: name, n: times.length, proven, p10: at(0.1), median: at(0.5), p90: at(0.9), p99: at(0.99) }));
}

function measure(name, { make, good, bad }) {
  const functions = [];
  for (let i = 0; i < N; i++) {
    const f = make(i);
    optimize(f, good());
    functions.push(f);
  }
  const passes = [];
  const exits = [];
  const after = [];
  let proven = 0;
  for (const f of functions) {
    const fine = good();
    const broken = bad();
    const optimized = isOptimized(f);
    passes.push(call(f, fine));
    exits.push(call(f, broken));
    if (optimized && !isOptimized(f)) proven++;
    after.push(call(f, fine));
  }
  report(`${name}: guard passes`, passes, proven);
  report(name, exits, proven);
  report(`${name}: next call`, after, proven);
}

function measureLazy() {
  discarded = undefined;
  const functions = [];
  for (let i = 0; i < N; i++) {
    const f = makeLazy(i);
    optimize(f, callee);
    functions.push(f);
  }
  const times = [];
  let proven = 0;
  for (const f of functions) {
    const optimized = isOptimized(f);
    discarded = f;
    f(callee);
    times.push(now() - since);
    if (optimized && !isOptimized(f)) proven++;
  }
  discarded = undefined;
  report("lazy", times, proven);
}

function measureTimer() {
  const times = [];
  for (let i = 0; i < N; i++) {
    const before = now();
    times.push(now() - before);
  }
  report("timer", times, 0);
}

for (const f of [call, callee, measure, measureLazy, measureTimer, report]) %NeverOptimizeFunction(f);
measureTimer();
for (const name in kinds) measure(name, kinds[name]);
measureLazy();
