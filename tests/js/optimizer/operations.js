// Operations with usual and unusual operands, interpreted and compiled in turn: the results must be the same.
// run: --jitless --allow-natives-syntax
// run: --allow-natives-syntax
// run: --allow-natives-syntax --gc-stress=37
// gc-stress: skip the natives need their flag; the run above collects often
const tests = [];
function T(name, f, warm, probe) { tests.push({ name, f, warm, probe: probe || warm }); }
function P(x, y) { this.x = x; this.y = y; }
P.prototype.sum = function () { return this.x + this.y; };
class A { constructor(v) { this.v = v; } get w() { return this.v + 1; } set w(q) { this.v = q * 2; } m(a, b) { return this.v + a + (b === undefined ? 100 : b); } }
class B extends A { constructor(v) { super(v); this.z = v * 2; } m(a) { return super.m(a, 5) + this.z; } }
function g(a, b) { return a - b; }
function va() { return arguments.length; }
let gl = 1; var gv = 2; const gc_ = 3;
T("add", (a, b) => a + b, [[1, 2], [3, 4]], [[1, 2], [2147483647, 1], [1.5, 2], ["a", 1], [null, 1], [-0, 0], [{}, []]]);
T("sub", (a, b) => a - b, [[1, 2]], [[-2147483648, 1], ["5", 2], [undefined, 1]]);
T("mul", (a, b) => a * b, [[3, 4]], [[0, -1], [65536, 65536], [1.5, 2], [-3, 0]]);
T("div", (a, b) => a / b, [[6, 3]], [[1, 3], [0, -1], [1, 0], [-2147483648, -1], [6, 2]]);
T("mod", (a, b) => a % b, [[7, 3]], [[-7, 7], [7, 0], [-7, 3], [5.5, 2], [7, -3]]);
T("pow", (a, b) => a ** b, [[2, 3]], [[2, 0.5], [2, -1], [-8, 1 / 3]]);
T("bits", (a, b) => [(a & b), (a | b), (a ^ b), a << b, a >> b, a >>> b, ~a].join(), [[5, 3]], [[-1, 0], [2 ** 31, 3], [1.9, 33], ["7", 2], [NaN, 1]]);
T("fbits", (a, b) => ((a * 1.5) | 0) + ((b / 3) >>> 0), [[5, 3]], [[1e10, -7], [-5, 8]]);
T("cmp", (a, b) => [a < b, a > b, a <= b, a >= b, a == b, a != b, a === b, a !== b].join(), [[1, 2]], [[2, 1], [1.5, 1.5], [NaN, 1], ["a", "b"], [null, undefined], ["1", 1], [0, -0], [true, 1]]);
T("scmp", (a, b) => [a < b, a >= b, a === b].join(), [["a", "b"], ["x", "x"]], [["b", "a"], ["ab", "a" + "b"], [1, "1"]]);
T("ifcmp", (a, b) => { if (a < b) return "lt"; if (a == b) return "eq"; if (a === b) return "seq"; return "gt"; }, [[1, 2], [2, 1], [1, 1]], [[1, 2], [3, 3], ["2", 2], [{ valueOf() { return 1; } }, 2], [NaN, NaN]]);
T("neg", (a) => [-a, +a, a++, --a].join(), [[1], [5]], [[0], [-2147483648], [1.5], ["3"], [undefined]]);
T("loop", (n) => { let s = 0; for (let i = 0; i < n; i++) { if (i % 3 === 0) continue; if (i > 50) break; s += i; } return s; }, [[10], [20]], [[100], [0], ["7"], [5.5]]);
T("nest", (n) => { let s = 0; for (let i = 0; i < n; i++) for (let j = i; j < n; j++) s = s * 1.25 + j; return s; }, [[5]], [[6], [1]]);
T("while", (n) => { let r = 1; while (n > 1) r *= n--; return r; }, [[5]], [[20], [30]]);
T("do", (n) => { let i = 0; do { i += 2; } while (i < n); return i; }, [[5]], [[20], [-1]]);
T("prop", (o) => o.x, [[{ x: 1 }], [{ x: 2 }]], [[{ x: 5 }], [{ y: 1, x: 7 }], [{}], ["s"], [Object.create({ x: 9 })]]);
T("poly", (o) => o.x + o.y, [[{ x: 1, y: 2 }], [{ y: 1, x: 2 }], [{ z: 0, x: 2, y: 8 }]], [[{ x: 1, y: 5 }], [{ y: "a", x: 2 }], [{ z: 0, x: 2, y: 8 }], [{ x: 1, y: 1, q: 1 }]]);
T("store", (o, v) => { o.x = v; o.n = v + 1; return JSON.stringify(o); }, [[{ x: 1 }, 1], [{ x: 1 }, 1]].map(a => [() => ({ x: 1 }), a[1]]), [[() => ({ x: 1 }), "q"], [() => ({ n: 4 }), 2.5], [() => Object.freeze({ x: 1 }), 2]]);
T("alloc", (a, b) => { const p = new P(a, b); return p.sum() + p.x; }, [[1, 2]], [[1.5, "x"], [2147483647, 1]]);
T("lit", (a) => { const o = { a, b: 1, c: "k", d: [a, 2, 3], e: {} }; o.e.f = a; return JSON.stringify(o); }, [[1], [2]], [["z"], [null]]);
T("class", (v) => { const a = new A(v); a.w = a.w; return a.w + a.m(1) + a.m(1, 2); }, [[1], [2]], [[0.5], ["s"]]);
T("derived", (v) => new B(v).m(3), [[1], [2]], [[0.5], ["s"]]);
T("call", (a) => g(a, 1) + g(a) + va(a, 1, 2) + va(), [[1], [2]], [["x"], [2.5]]);
T("callp", (f, a) => f(a), [[(x) => x + 1, 1], [(x) => x * 2, 4]], [[String, 1], [Math.abs, -3]]);
T("clos", (n) => { const r = []; for (let i = 0; i < n; i++) r.push(() => i * n); return r.map(f => f()).join(); }, [[3]], [[4], [0]]);
T("counter", () => { let c = 0; const inc = () => ++c; inc(); inc(); return c + inc(); }, [[]], [[]]);
T("array", (a) => { let s = 0; for (let i = 0; i < a.length; i++) s += a[i]; return s; }, [[[1, 2, 3]]], [[[1, 2.5, 3]], [[1, , 3]], [["a", 1]], ["abc"], [[]], [new Float64Array([1, 2])], [{ length: 2, 0: 4, 1: 5 }]]);
T("astore", (n) => { const a = []; for (let i = 0; i < n; i++) a[i] = i * i; a[n + 2] = 1; a[0] = "f"; return a.join("|"); }, [[4]], [[40], [0]]);
T("typed", (a, v) => { for (let i = 0; i < a.length; i++) a[i] = a[i] + v; return a.join(); }, [[() => new Int8Array([1, 2]), 3]], [[() => new Int8Array([100, 127]), 100], [() => new Float32Array([1]), 0.1], [() => new Uint8ClampedArray([250]), 10]]);
T("u8c", (a, v) => { a[0] = v; return a[0]; }, [[new Uint8ClampedArray(2), 3]], [[new Uint8ClampedArray(2), 300], [new Uint8ClampedArray(2), 1.5], [new Uint8ClampedArray(2), -3]]);
T("u32", (a, v) => { a[0] = v; return a[0] + 1; }, [[new Uint32Array(2), 3]], [[new Uint32Array(2), -1], [new Uint32Array(2), 2 ** 32 - 1]]);
T("str", (s) => { let r = ""; for (let i = s.length - 1; i >= 0; i--) r += s[i]; return r + s.length; }, [["abc"]], [["héllo"], [""], [["x", "y"]]]);
T("switch", (x) => { switch (x) { case 0: return "z"; case 1: return "o"; case 2: case 3: return "t"; default: return "d"; } }, [[0], [1], [2], [9]], [[3], ["1"], [2.0], [1.5], [null]]);
T("sswitch", (x) => { switch (x) { case "a": return 1; case "b": return 2; } return 3; }, [["a"], ["b"]], [["c"], [1]]);
T("try", (x) => { let r = 1; try { r = 2; if (x > 1) throw new Error("e" + x); r = 3; x.foo(); } catch (e) { return r + e.message; } finally { r += 10; } return r; }, [[2], [3]], [[1], [5], [null]]);
T("trycall", (f) => { try { return f(); } catch (e) { return "c" + e; } }, [[() => 1], [() => 2]], [[() => { throw 7; }], [1]]);
T("fin", (x) => { for (let i = 0; i < 3; i++) { try { if (i === x) return "r" + i; } finally { if (i === 2) return "f"; } } }, [[1]], [[2], [0], [9]]);
T("forof", (a) => { let s = ""; for (const x of a) s += x; return s; }, [[[1, 2]]], [[[3, 4]], ["ab"], [new Set([5])], [new Map([[1, 2]])]]);
T("forin", (o) => { let s = ""; for (const k in o) s += k + o[k]; return s; }, [[{ a: 1 }]], [[{ b: 2, c: 3 }], [[7, 8]], [null], ["x"]]);
T("destr", ({ a, b = 5, ...r }, [c, ...d]) => a + b + c + d.length + Object.keys(r).length, [[{ a: 1 }, [2, 3]]], [[{ a: "s", b: 1, q: 2 }, [2]]]);
T("spread", (a, b) => Math.max(...a, b, ...[1, 2]), [[[1, 5], 3]], [[[], 9], [[7, "8"], 1]]);
T("rest", (a, ...r) => a + r.length + (r[1] || 0), [[1, 2, 3]], [[1], ["x", 1, "y"]]);
T("args", function (a, b) { arguments[0] = 9; return a + arguments.length + (b || 0); }, [[1, 2]], [[1], [1, 2, 3]]);
T("defargs", (a, b = a + 1, c) => [a, b, c].join(), [[1], [1, 2]], [[1, undefined, 4], []]);
T("typeof", (x) => typeof x + (typeof x === "number") + (typeof x === "function") + (typeof x === "object") + (x == null) + (typeof undeclared), [[1], ["a"]], [[null], [undefined], [() => 1], [{}], [Symbol.iterator], [1n]]);
T("logic", (a, b) => [a && b, a || b, a ?? b, !a, !!b, a ? 1 : 2].join(), [[1, 0], [0, 1]], [["", null], [NaN, {}], [undefined, "x"], [0n, 1]]);
T("opt", (o) => o?.a?.b ?? "none", [[{ a: { b: 1 } }]], [[null], [{}], [{ a: { b: 0 } }]]);
T("glob", (x) => { gl = gl + x; gv += gl; return gl + gv + gc_; }, [[1]], [[2], ["s"], [1]]);
T("inst", (x) => [x instanceof A, x instanceof P, "x" in Object(x)].join(), [[new A(1)]], [[new P(1, 2)], [1], [new B(2)]]);
T("bigint", (a, b) => [a + b, a * b, a < b, a === b].join(), [[1n, 2n]], [[2n ** 70n, 3n]]);
T("tmpl", (a) => `x${a}y${a + 1}`, [[1]], [["s"], [null], [1.5]]);
T("comma", (a) => { var x = (a++, a * 2), y; [x, y] = [y, x]; return "" + x + y; }, [[1]], [[2]]);
T("label", (n) => { let c = 0; outer: for (let i = 0; i < n; i++) { for (let j = 0; j < n; j++) { if (j === 2) continue outer; if (i === 3) break outer; c++; } } return c; }, [[3]], [[6]]);
T("del", (o) => { delete o.a; o.b = 1; return Object.keys(o).join(); }, [[() => ({ a: 1, c: 2 })]], [[() => ({ a: 1 })], [() => ({})]]);
T("getset", (o) => { o.p = o.p + 1; return o.p; }, [[{ get p() { return this.q || 0; }, set p(v) { this.q = v; } }]], [[{ p: 4 }]]);
T("hole", (a) => { const r = []; for (let i = 0; i < 3; i++) r.push(a[i]); return r.join("-"); }, [[[1, , 3]], [[1, 2, 3]]], [[[, ,]], [[1]], ["ab"]]);
T("math", (x) => [Math.sqrt(x), Math.floor(x), Math.abs(-x), Math.min(x, 2)].join(), [[4], [2.5]], [[-1], ["9"]]);
T("rec", function r(n) { return n < 2 ? n : r(n - 1) + r(n - 2); }, [[5]], [[12], [1]]);
T("throwarg", (x) => { if (x) throw x; return 1; }, [[0]], [[5], [0]]);
T("uninit", (x) => { if (x) { y; } let y = 1; return y; }, [[0]], [[1], [0]]);
T("this", function () { return this === undefined ? "u" : typeof this + (this.k || ""); }, [[]], [[]]);
T("gen", (n) => { function* q() { for (let i = 0; i < n; i++) yield i; } return [...q()].join(); }, [[3]], [[4]]);
T("cat", (a) => { let s = ""; for (let i = 0; i < 5; i++) { s += a; s = s + i; } return s; }, [["a"], ["b"]], [[1], [null]]);
T("obj2", (n) => { let o = { c: 0 }; for (let i = 0; i < n; i++) { o.c += i; if (i === 7) o.d = i; } return JSON.stringify(o); }, [[5]], [[10], [8]]);
T("phi", (a, b) => { let x; if (a) x = b; else x = b + 0.5; let y = a ? x : "s"; return x + y; }, [[1, 2], [0, 2]], [[1, "q"], [0, 1.25], [1, 2 ** 31]]);
T("mix", (n) => { let x = 0; for (let i = 0; i < n; i++) { x = i & 1 ? x + 0.5 : x + 1; } return x; }, [[5]], [[6], [1]]);
T("swap", (n) => { let a = 1, b = 2; for (let i = 0; i < n; i++) { const t = a; a = b; b = t + a; } return a * 1000 + b; }, [[5]], [[7], [60]]);
const show = (v) => { try { return typeof v === "bigint" ? v + "n" : Object.is(v, -0) ? "-0" : typeof v === "string" ? JSON.stringify(v) : String(v); } catch (e) { return "?" + e; } };
const arg = (a) => a.map(x => typeof x === "function" && x.length === 0 && /^\(\) => (new|\(\{|Object)/.test(String(x)) ? x() : x);
function run(t, a) { let r; try { r = show(t.f.apply(undefined, arg(a))); } catch (e) { r = "throws " + e; } return r; }
for (const t of tests) {
  const out = [];
  for (let i = 0; i < 4; i++) for (const a of t.warm) out.push(run(t, a));
  for (let round = 0; round < 3; round++) {
    %OptimizeFunctionOnNextCall(t.f);
    for (const a of t.probe) out.push(run(t, a));
    for (const a of t.warm) out.push(run(t, a));
  }
  print(t.name + ": " + out.join(" ; "));
}
