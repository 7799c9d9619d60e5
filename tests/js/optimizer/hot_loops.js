// Loops that are entered in the middle, and programs that get hot: compiled and interpreted results are the same.
// run: --jitless
// run:
// gc-stress: skip too many allocations for a collection at each
function a() { let s = 0; for (let i = 0; i < 300000; i++) { s = (s + i * 3) | 0; if (i === 250000) s = s + 0.5; } return s; }
function b() { const o = { x: 1, y: 2 }; for (let i = 0; i < 100000; i++) { o.x = o.x + o.y; if (i === 60000) o.y = 0.25; if (i === 80000) { o.z = 1; } } return o.x; }
function c() { let r = 0; for (let i = 0; i < 400; i++) { for (let j = 0; j < 400; j++) { r += i ^ j; } } return r; }
function d() { const fs = []; for (let i = 0; i < 50000; i++) { const k = i; if (i % 10000 === 0) fs.push(() => k + i); } return fs.map(f => f()).join(); }
function e() { let n = 0; try { for (let i = 0; i < 50000; i++) { n += i; if (i === 40000) throw n; } } catch (x) { return "c" + x + n; } }
function f() { const a = []; for (let i = 0; i < 50000; i++) a.push(i & 7); let h = 0; for (const x of a) h = (h * 31 + x) | 0; return h; }
function g() { let s = ""; for (let i = 0; i < 20000; i++) { s += i % 10; if (s.length > 100) s = s.slice(50); } return s; }
class V { constructor(x, y) { this.x = x; this.y = y; } add(o) { return new V(this.x + o.x, this.y + o.y); } get len() { return Math.sqrt(this.x * this.x + this.y * this.y); } }
function h() { let v = new V(0, 0); const d = new V(1, 0.5); for (let i = 0; i < 50000; i++) v = v.add(d); return v.len.toFixed(3); }
function sieve(n) { const p = new Uint8Array(n + 1); let c = 0; for (let i = 2; i <= n; i++) { if (!p[i]) { c++; for (let j = i * 2; j <= n; j += i) p[j] = 1; } } return c; }
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
function matmul(n) { const m = []; for (let i = 0; i < n; i++) { m[i] = []; for (let j = 0; j < n; j++) m[i][j] = i + j; } let t = 0; for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { let s = 0; for (let k = 0; k < n; k++) s += m[i][k] * m[k][j]; t += s; } return t; }
function sw(n) { let s = 0; for (let i = 0; i < n; i++) { switch (i % 5) { case 0: s += 1; break; case 1: s -= 2; break; case 3: s ^= i; default: s += 3; } } return s; }
function nq(n) { let c = 0; const go = (r, a, b, d) => { if (r === n) { c++; return; } for (let i = 0; i < n; i++) { if (a & (1 << i) || b & (1 << (r + i)) || d & (1 << (r - i + n))) continue; go(r + 1, a | (1 << i), b | (1 << (r + i)), d | (1 << (r - i + n))); } }; go(0, 0, 0, 0); return c; }
function sorts() { const x = []; let z = 12345; for (let i = 0; i < 3000; i++) { z = (z * 1103515245 + 12345) % 2147483648; x.push(z % 1000); } for (let i = 1; i < x.length; i++) { const v = x[i]; let j = i - 1; while (j >= 0 && x[j] > v) { x[j + 1] = x[j]; j--; } x[j + 1] = v; } return x[0] + "," + x[1500] + "," + x[2999]; }
function words() { const m = new Map(); const o = {}; for (let i = 0; i < 30000; i++) { const k = "k" + (i % 37); m.set(k, (m.get(k) || 0) + 1); o[k] = (o[k] || 0) + i; } return m.size + ":" + Object.keys(o).length + ":" + o.k5; }
function poly() { const xs = [{ t: 1, v: 2 }, { v: 3, t: 2 }, { a: 0, t: 3, v: 4 }, { t: 4, v: 5, b: 1 }, { q: 1, w: 2, t: 5, v: 6 }]; let s = 0; for (let i = 0; i < 60000; i++) { const o = xs[i % (i < 30000 ? 2 : 5)]; s += o.t * o.v; } return s; }
for (const q of [a, b, c, d, e, f, g, h]) for (let i = 0; i < 2; i++) print(q.name, q());
print(sieve(100000), fib(24), matmul(40), sw(100000), nq(7), sorts(), words(), poly());
