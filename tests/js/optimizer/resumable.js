// Generators and async functions: compiled and interpreted the same, left and resumed anywhere.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
// run: --always-turbofan --deopt-every-n-times=7
function* count(n) { let s = 0; for (let i = 0; i < n; i++) { s += i; yield s; } return s; }
function total(n) { let t = 0; for (const v of count(n)) t += v; return t; }
let r = 0;
for (let k = 0; k < 300; k++) r = total(100);
print(r);
// deopt between two yields
function* mixed(a) { let s = 0; for (let i = 0; i < a.length; i++) { s = s + a[i]; yield s; } }
function run(a) { const out = []; for (const v of mixed(a)) out.push(v); return out.join(); }
for (let k = 0; k < 500; k++) run([1, 2, 3, 4]);
print(run([1, 2, 'x', 4]));
print(run([1, 2.5, 3, 4]));
// return / throw
function* guarded(log) { let i = 0; while (true) { try { i++; yield i; } catch (e) { log.push('caught ' + e); } finally { log.push('f' + i); } } }
function drive() { const log = []; const g = guarded(log); let t = 0; t += g.next().value; t += g.next().value; t += g.throw('boo').value; log.push(JSON.stringify(g.return(77))); log.push(JSON.stringify(g.next())); return log.join() + t; }
let d; for (let k = 0; k < 500; k++) { d = drive(); } print(d);
// nested loops, delegates
function* inner(n) { for (let i = 0; i < n; i++) for (let j = 0; j < 2; j++) { const x = yield i * 10 + j; if (x) return x; } return 'end'; }
function* outer(n) { let out = yield* inner(n); yield out; return 'o'; }
for (let k = 0; k < 500; k++) d = [...outer(3)].join(); print(d);
// args
function* args(a) { a = a + 1; yield arguments.length; yield a; yield arguments[1]; }
for (let k = 0; k < 500; k++) d = [...args(1, 2, 3)].join(); print(d);
// async
let done = 0;
async function step(x) { await null; return x + 1; }
async function loop(n) { let s = 0; for (let i = 0; i < n; i++) { s = await step(s); } return s; }
async function bad(n) { try { for (let i = 0; i < n; i++) { if (i == 3) await Promise.reject(new Error('r' + i)); await i; } } catch (e) { return e.message; } }
async function* agen(n) { for (let i = 0; i < n; i++) yield i; }
async function useAgen(n) { let s = 0; for await (const v of agen(n)) s += v; return s; }
(async () => { let v; for (let k = 0; k < 60; k++) v = await loop(50); print(v); for (let k = 0; k < 300; k++) v = await bad(5); print(v); for (let k = 0; k < 60; k++) v = await useAgen(20); print(v); 
 print(await loop(3)); print(await (async () => { let s = ''; for (const x of [1, 2, 'a']) { s = (await x) + s; } return s; })());
})();
