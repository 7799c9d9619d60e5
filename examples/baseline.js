// After gc() in a fresh task the heap is back at its baseline. Run with: unspool --expose-gc --trace-gc examples/baseline.js
// The last two lines that say "explicit" are the heap before and after one more round of everything below. The first
// rounds are not compared: they make feedback vectors and the parts of the library that come into being when first touched.
function work() {
  class Point {
    constructor(i) { this.x = i; this.y = { c: [i, i + 1], s: "point " + i }; }
    getter() { return () => this.x; }
  }
  const map = new Map();
  const weak = new WeakMap();
  for (let i = 0; i < 20000; i++) {
    const point = new Point(i);
    map.set(i, point.getter());
    weak.set(point, { i });
  }
  let text = "";
  for (let i = 0; i < 20000; i++) text += i;
  const buffer = new ArrayBuffer(10e6);
  const copy = JSON.parse(JSON.stringify({ text, keys: [...map.keys()] }));
  function* squares() { for (let i = 0; i < 1000; i++) yield { i, square: i * i }; }
  const list = [...squares()].map((x) => x.square).sort((a, b) => b - a);
  "a1b22".replace(/(\d+)/g, (digits) => digits + buffer.byteLength + copy.text.length + list.length);
  for (let i = 0; i < 100; i++) {
    const shapes = {};
    for (let k = 0; k < 40; k++) shapes["k" + i + "_" + k] = k;
    delete shapes["k" + i + "_" + 3];
  }
  Promise.resolve(1).then(async (x) => { await x; new Proxy({}, { get: () => x }).y; });
  const ring = { list };
  ring.self = ring;
}

const collect = globalThis.gc ?? (() => {});
let rounds = 0;
function round() {
  work();
  setTimeout(() => {
    collect();
    if (++rounds < 6) setTimeout(round);
  });
}
round();
