// Handlers of exceptions: compiled and interpreted the same.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
// run: --always-turbofan --deopt-every-n-times=7
function thrower(i) { if (i % 3 == 0) throw i; return i; }
function f(n) { let s = 0; for (let i = 0; i < n; i++) { try { s += thrower(i); } catch (e) { s += e * 2; } finally { s += 1; } } return s; }
let r; for (let k = 0; k < 100; k++) r = f(200); print(r);
// handler two inlined levels up
function c2(x) { if (x > 5) throw new Error('big ' + x); return x; }
function c1(x) { return c2(x) + 1; }
function g(x) { let before = x * 2; try { return c1(x) + before; } catch (e) { return e.message + before; } }
let o = []; for (let k = 0; k < 3000; k++) o = [g(1), g(7), g(5)]; print(o.join());
// nested finally order
function h(x, log) { try { try { if (x) throw x; log.push('a'); } finally { log.push('b'); } log.push('c'); } catch (e) { log.push('d' + e); } finally { log.push('e'); } return log.join(''); }
let t; for (let k = 0; k < 2000; k++) t = h(0, []) + h(k % 3, []); print(t);
// block scopes in catch
function scopes(n) { const fs = []; for (let i = 0; i < n; i++) { let x = i; try { if (i & 1) null.foo; fs.push(() => x); } catch (err) { let x = 'c' + i; fs.push(() => x + (err instanceof TypeError)); } } return fs.map(f => f()).join(); }
for (let k = 0; k < 400; k++) t = scopes(5); print(t);
// never used handler
function quiet(x) { try { return x.y; } catch (e) { return 'caught'; } }
for (let k = 0; k < 5000; k++) quiet({ y: k }); print(quiet(null)); for (let k = 0; k < 5000; k++) quiet(k & 1 ? { y: k } : null); print(quiet(undefined), quiet({y:4}));
// rethrow through inlined
function mid(x) { try { return c2(x); } catch (e) { throw e.message + '!'; } }
function top_(x) { try { return mid(x); } catch (e) { return '<' + e + '>'; } }
for (let k = 0; k < 3000; k++) t = top_(k & 7); print(t);
// throw outside after the loop in try (osr)
function osr() { let s = 0; try { for (let i = 0; i < 30000; i++) s += i; } catch (e) { return 'wrong'; } throw new Error('right' + s); }
try { print(osr()); } catch (e) { print(e.message); }
// variables assigned in the throwing statement keep their old value
function keep(n) { let v = 1; for (let i = 0; i < n; i++) { try { v = thrower(i) + 10; } catch (e) { v = v + 1000; } } return v; }
for (let k = 0; k < 200; k++) t = keep(31); print(t);
function spread(n) { let c = 0; for (let i = 0; i < n; i++) { try { const [a, b] = i % 2 ? [1, 2] : undefined; c += a + b; } catch { c += 100; } } return c; }
for (let k = 0; k < 300; k++) t = spread(20); print(t);
