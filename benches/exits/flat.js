// The cost of an exit does not depend on how much else there is (bailout.md, I13): closures of the function, functions, code objects.
// For engines with V8's natives: `unspool --allow-natives-syntax benches/exits/flat.js`.
//
// Each row is the median of calls that exit, in nanoseconds, with few and with many of something.
const out = typeof print === "function" ? print : console.log;
const now = performance.now.bind(performance);

function time(f, o) {
  const before = now();
  f(o);
  return now() - before;
}
%NeverOptimizeFunction(time);

function optimized(f) {
  const good = { x: 1 };
  %PrepareFunctionForOptimization(f);
  for (let i = 0; i < 5; i++) f(good);
  %OptimizeFunctionOnNextCall(f);
  f(good);
  return f;
}
let serial = 0;
/** A factory of closures that share code of their own. */
function factory() {
  return new Function(`return (o) => o.x + ${serial++};`);
}
%NeverOptimizeFunction(factory);

/** Exits of `samples` new functions; `before` is called with the factory of each. */
function exits(samples, before) {
  const functions = [];
  const warm = Array.from({ length: 50 }, () => optimized(factory()()));
  for (let i = 0; i < samples; i++) {
    const make = factory();
    before(make);
    functions.push(optimized(make()));
  }
  // The making of all that has emptied the caches of what every exit runs through.
  for (const f of warm) time(f, { y: 1, x: 2 });
  const times = functions.map((f) => time(f, { y: 1, x: 2 }));
  times.sort((a, b) => a - b);
  return Math.round(times[times.length >> 1] * 1e6);
}
%NeverOptimizeFunction(exits);

const kept = [];
out(JSON.stringify({ of: "closures of the function", few: 10, median: exits(200, (make) => { for (let i = 0; i < 10; i++) kept.push(make()); }) }));
kept.length = 0;
out(JSON.stringify({ of: "closures of the function", many: 1e6, median: exits(5, (make) => { kept.length = 0; for (let i = 0; i < 1e6; i++) kept.push(make()); }) }));
kept.length = 0;

out(JSON.stringify({ of: "functions", few: 100, median: exits(200, () => {}) }));
for (let i = 0; i < 50000; i++) kept.push(factory()());
out(JSON.stringify({ of: "functions", many: 50000, median: exits(200, () => {}) }));
kept.length = 0;

out(JSON.stringify({ of: "live code objects", few: 200, median: exits(200, () => {}) }));
for (let i = 0; i < 4000; i++) kept.push(optimized(factory()()));
out(JSON.stringify({ of: "live code objects", many: 4000, median: exits(200, () => {}) }));
