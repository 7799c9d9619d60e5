// Two programs on which V8 recompiles without bound: each round breaks the assumption that the last compilation made. Here the
// speculation log ends that: after four failures of one bet the compiler does without it.
//
//   unspool examples/settle.js          node examples/settle.js
//
// Prints for each program the best and the median time of its last hundred rounds.

const rounds = Number(globalThis.ROUNDS ?? 300);

function instanceOfProgram() {
  function A() {}
  const o = new A();
  function f(x) { return x instanceof A; }
  return {
    good: () => f(o),
    bad: () => { A.prototype = {}; return f(o); },
  };
}

function prototypeProgram() {
  const P1 = { q: 1 }, P2 = { q: 2 }, o = Object.create(P1);
  let k = 0;
  function f(x) { return x.q; }
  return {
    good: () => f(o),
    bad: () => { Object.setPrototypeOf(o, (k++ % 2) ? P1 : P2); return f(o); },
  };
}

// Not among V8's two, but of the same kind: a constant property of a prototype that is overwritten again and again.
function constantProgram() {
  const P = { q: 1 }, o = Object.create(P);
  let k = 0;
  function f(x) { return x.q; }
  return {
    good: () => f(o),
    bad: () => { delete P.q; P.q = k++; return f(o); },
  };
}

function drive({ good, bad }) {
  const times = [];
  let sum = 0;
  for (let r = 0; r < rounds; r++) {
    const start = performance.now();
    for (let i = 0; i < 20000; i++) sum += Number(good());
    times.push(performance.now() - start);
    for (let i = 0; i < 3; i++) sum += Number(bad());
  }
  const last = times.slice(-100).sort((a, b) => a - b);
  return { sum, best: last[0], median: last[last.length >> 1] };
}

for (const [name, make] of [
  ["(a) instanceof", instanceOfProgram],
  ["(b) setPrototypeOf", prototypeProgram],
  ["(c) constant property", constantProgram],
]) {
  const { sum, best, median } = drive(make());
  console.log(`${name.padEnd(22)} sum ${String(sum).padEnd(9)} last 100 rounds: best ${best.toFixed(3)} ms, median ${median.toFixed(3)} ms`);
}
