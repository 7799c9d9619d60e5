// The console's inspector: the output is that of Node.
class A { constructor() { this.x = 1; } }
class B extends A {}
class Special extends Map {}
const circular = { a: 1 };
circular.self = circular;
circular.list = [circular];
function named() {}
const empty = Object.create(null);
empty.a = 1;
for (const value of [
  { a: 1 }, [1, 2, 3], "text", ["a", "it's", 'a"b\'c', "\n"], { a: { b: { c: { d: 1 } } } }, [[[[1]]]],
  new Map([[1, { a: 2 }], ["k", [1]]]), new Set([1, "a"]), new A(), new B(), A, B, class {}, named, () => {},
  async () => {}, function* generator() {}, new Date(0), /a/g, Symbol("s"), { [Symbol("s")]: 1 },
  { get a() { return 1; }, set a(v) {}, get b() { return 1; }, set c(v) {} }, circular, new Uint8Array(3),
  Promise.resolve(1), new Promise(() => {}), empty, [1, , 3], [undefined, null], -0, 1n, true, null, undefined,
  new Number(3), new String("abc"), Array.from({ length: 120 }, (_, i) => i), Array.from({ length: 30 }, (_, i) => "item" + i),
  { aaaaaaaaaaaaaaaaaaaa: "bbbbbbbbbbbbbbbbbbbbbbbbbb", cccccccccccccccccc: "dddddddddddddddddddddd", e: 1 },
  { "a-b": 1, 2: 3 }, { named, A }, new WeakMap(), new ArrayBuffer(4), JSON, Math, { a: [{ b: { c: 1 } }] },
  Object.assign([1, 2], { x: 1 }), new Special([[1, 2]]), { a: new Map([[{ x: 1 }, new Set([1])]]) },
  [1.5, 2.25, -3, 100000, 5, 6, 7, 8], ["aaa", "b", "cc", "dddd", "e", "f", "g", "hhhhhhhhh"], new Proxy([1], {}),
]) console.log(value);
