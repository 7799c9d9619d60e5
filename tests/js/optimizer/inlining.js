// Inlined functions, accessors, constructors, surplus arguments, handlers, stack traces: compiled and interpreted the same.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
class C { constructor(v, w) { this.v = v; if (w) this.w = w; } get d() { return this.v * 2 + (this.w || 0); } set d(x) { this.v = x - 1; } inc(k) { this.v += k; return this; } }
function K(a) { this.a = a; if (a > 50) return { a: -1 }; if (a < 0) return a; }
function extra(a) { return a * 2; }
function inner(x, y) { return x.p + y; }
function mid(o, y) { const r = inner(o, y) + 1; return r * 2; }
function outer(o, y) { return mid(o, y) + mid(o, y + 1); }
function throws(x) { if (x === 3) throw new Error("t" + x); return x + 1; }
function tc(x) { let k = 5; try { k = throws(x) + throws(x + 1); } catch (e) { k += e.message.length; } return k; }
function fin(x) { let log = ""; try { log += "a"; throws(x); log += "b"; } finally { log += "c"; out.push(log); } return log; }
const out = [];
function useGet(o) { o.d = o.d + 1; return o.inc(2).inc(3).d; }
function useK(a) { return new K(a).a; }
function useExtra(a) { return extra(a, 1, 2, 3) + extra(a) + extra(); }
function sloppy() { return typeof this; }
function strict() { "use strict"; return typeof this; }
function useThis(o) { return sloppy() + strict() + sloppy.call(o) + strict.call(o); }
function viaArr(a) { return a.map(x => x * 2).filter(x => x > 2).reduce((p, c) => p + c, 0); }
function nestedClosure(n) { let t = 0; const add = (k) => { t += k; }; for (let i = 0; i < n; i++) add(i); return t; }
function stack() { return new Error("s").stack.split("\n").length; }
function callStack(a) { return stack() + (a ? 0 : 1); }
function sh(o) { const r = []; for (const k of ["a", "b"]) { o[k] = (o[k] || 0) + 1; r.push(o[k]); } return r.join(); }
function strs(a, b) { return (a + b).length + (a < b ? "l" : "g") + a.charCodeAt(0) + b[0]; }
const S = (v) => typeof v === "object" ? JSON.stringify(v) : String(v);
function t(f, ...args) { let r; try { r = S(f(...args)); } catch (e) { r = "!" + e; } out.push(f.name + "=" + r); }
for (let i = 0; i < 60; i++) {
  t(useGet, i % 7 === 6 ? new C(i, 3) : i === 50 ? new C("s") : new C(i)); t(useK, i); t(useK, -i); t(useExtra, i === 40 ? 2 ** 30 : i);
  t(outer, i === 45 ? { q: 1, p: 2 } : { p: i }, i === 55 ? "z" : i); t(tc, i % 6); t(fin, i % 5); t(useThis, i % 2 ? 1 : {});
  t(viaArr, [i, i + 1, 2.5]); t(nestedClosure, i % 9); t(callStack, i); t(sh, i % 3 ? {} : { b: i }); t(strs, "a" + i, i === 33 ? "é" + "Ω" : "b");
}
let h = 0; for (const c of out.join("|")) h = (h * 31 + c.charCodeAt(0)) | 0;
print(h, out.length); print(out.join("\n"));
