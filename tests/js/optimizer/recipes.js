// Values that only exits want: each exit must give what the code would have computed.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=1
// run: --always-turbofan --deopt-every-n-times=2
// run: --always-turbofan --deopt-every-n-times=3
const ints = [0, 1, -1, 7, 31, 32, 255, 65536, 1073741824, 2147483647, -2147483648, -2147483647, 123456789];
const doubles = [0, -0, 0.5, -1.5, 1e300, -1e300, 5e-324, Infinity, -Infinity, NaN, 4294967296.25, 2147483648];
const never = { cold: false };
function int32(a, b, o) {
  a |= 0; b |= 0;
  const sum = (a + b) | 0, diff = (a - b) | 0, mul = Math.imul(a, b), and = a & b, or = a | b, xor = a ^ b, shl = a << b, sar = a >> b;
  const not = ~a, one = (a + 1) | 0, deep = ((a ^ b) + (a & b)) | 0, double = a + 0.5;
  if (o.cold) return [sum, diff, mul, and, or, xor, shl, sar, not, one, deep, double].join();
  return (a + b) | 0;
}
function float64(a, b, o) {
  a = +a; b = +b;
  const sum = a + b, diff = a - b, mul = a * b, div = a / b, neg = -a, half = a * 0.5, deep = (a + b) * (a - b), zero = 1 / (a * 0);
  if (o.cold) return [sum, diff, mul, div, neg, half, deep, zero, Object.is(neg, -0), Object.is(mul, -0)].join();
  return a + b;
}
function fields(p, q, o) {
  const before = p.x, other = q.y;
  q.y = before + 1;
  const after = p.x;
  p.x = other;
  const late = q.y, late2 = p.x;
  o.tick();
  const last = p.x;
  if (o.cold) return [before, other, after, late, late2, last].join();
  return last;
}
function closure(n, o) {
  let k = n;
  const get = () => k, set = (v) => { k = v; };
  const before = k;
  set(before + 1);
  const after = k;
  o.tick(get);
  const last = k;
  if (o.cold) return [before, after, last, get()].join();
  return last;
}
function strings(a, b, o) {
  const name = a + b, twice = name + name, mixed = a + "-" + twice, empty = "" + a, tail = b + "";
  if (o.cold) return [name, twice, mixed, empty, tail, name.length, twice.length].join("|");
  return a.length + b.length;
}
function caught(a, b, o) {
  try {
    const s = a + b;
    if (o.cold) return s.length;
    return 1;
  } catch (e) {
    return e.name + e.message;
  }
}
function tagged(a, b, o) {
  const less = a < b, n = (a >>> 0), d = a / 3;
  if (o.cold) return [less, n, d, typeof n].join();
  return 1;
}
let log = [], hash = 0;
function note(text) {
  text = String(text);
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  log.push(text.length > 80 ? text.length : text);
}
function world(cold) { return { cold, tick() {} }; }
for (let i = 0; i < 30; i++) {
  int32(i, 3, never); float64(i + 0.5, 2, never); fields({ x: i }, { y: 2 }, world(false)); closure(i, world(false)); strings("a" + i, "b", never); caught("a", "b", never);
  tagged(i, 5, never);
}
for (const cold of [false, true]) {
  for (const a of ints) for (const b of ints) { note(int32(a, b, { cold })); note(tagged(a, b, { cold })); }
  for (const a of doubles) for (const b of doubles) note(float64(a, b, { cold }));
  const one = { x: 1, y: 2 };
  note(fields({ x: 1 }, { y: 2 }, world(cold)));
  note(fields(one, one, world(cold)));
  note(fields(one, one, { cold, tick() { one.x = 99; one.y = 98; } }));
  note(closure(5, world(cold)));
  note(closure(5, { cold, tick(get) { get(); } }));
  for (const a of ["", "x", "häß", "日本", "y".repeat(50)]) for (const b of ["", "z", "語", "w".repeat(40)]) note(strings(a, b, { cold }));
  const long = "l".repeat(2 ** 29 - 25);
  note(caught(long, long, { cold }));
  note(caught(long, "l".repeat(100), { cold }));
  note(caught("a", "b", { cold }));
}
// Any numbers, the bits of doubles too.
let seed = 1;
const bits = new DataView(new ArrayBuffer(8));
function random() { seed = (Math.imul(seed, 1664525) + 1013904223) | 0; return seed ^ (seed >>> 16); }
function double() { bits.setInt32(0, random()); bits.setInt32(4, random()); return bits.getFloat64(0); }
for (let i = 0; i < 400; i++) {
  const cold = i % 4 === 0;
  note(int32(random(), random(), { cold }));
  note(float64(double(), i % 3 ? double() : random(), { cold }));
  note(tagged(random(), double(), { cold }));
}
console.log(log.slice(-12).join("\n"));
console.log(log.length, hash);
