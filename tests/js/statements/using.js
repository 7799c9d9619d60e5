// using and await using: disposal order, errors, null, every exit from a block.
const log = [];
const res = (name, fail) => ({ name, [Symbol.dispose]() { log.push("dispose " + name); if (fail) throw new Error("disposing " + name); } });
const ares = (name) => ({ [Symbol.asyncDispose]: async () => { await 0; log.push("async dispose " + name); } });
const flush = () => log.splice(0).join("; ");
{ using a = res("a"), b = res("b"); log.push("body " + a.name + b.name); } print(flush());
function early() { using a = res("a"); { using b = res("b"); return "returned"; } } print(early(), flush());
for (const x of [1, 2]) { using r = res("loop " + x); if (x === 1) continue; log.push("x" + x); } print(flush());
for (using r of [res("r1"), res("r2")]) log.push("head " + r.name); print(flush());
for (using r = res("for"), i = 0 ? null : null; ;) { log.push("once"); break; } print(flush());
try { using a = res("a"); throw new TypeError("body"); } catch (e) { print(e.name, flush()); }
try { using a = res("a", true); } catch (e) { print(e.message, flush()); }
try { using a = res("a", true), b = res("b", true); throw new TypeError("body"); } catch (e) { print(e.constructor.name, e.error.message, e.suppressed.constructor.name, e.suppressed.error.message, e.suppressed.suppressed.message, flush()); }
{ using n = null, u = undefined; log.push("nothing to dispose"); } print(flush());
try { using bad = {}; } catch (e) { print(e.name); } try { using bad = 5; } catch (e) { print(e.name); } try { { using a = res("a"); using bad = {}; } } catch (e) { print(e.name, flush()); }
try { { using c = res("c"); c = 1; } } catch (e) { print(e.name, flush()); } try { { tdz; using tdz = res("t"); } } catch (e) { print(e.name, flush()); }
function* gen() { using r = res("gen"); yield 1; yield 2; } for (const x of gen()) break; print(flush()); using = 5; var using; print(using); { let await_ = 1; using
x = 2; var x; print(using, x); }
class Holder { static { using s = res("static block"); log.push("in static"); } } print(flush()); switch (1) { case 1: { using s = res("case"); } } print(flush());
label: { using l = res("labelled"); break label; } print(flush()); const closures = []; for (const n of ["p", "q"]) { using r = res(n); closures.push(() => r.name); } print(closures.map((f) => f()).join(), flush());
async function main() { { await using a = ares("a"), s = res("sync in async"); log.push("body"); } log.push("after"); for (await using r of [ares("r1"), ares("r2")]) log.push("loop"); await (async () => { await using x = ares("x"); return log.push("return"); })(); try { await using y = ares("y"); throw new RangeError("async body"); } catch (e) { log.push(e.name); } { await using n = null; } log.push("end"); }
main().then(() => { print(flush()); const stack = new DisposableStack(); stack.use(res("s1")); stack.defer(() => log.push("deferred")); stack.adopt("v", (v) => log.push("adopted " + v)); const moved = stack.move(); print(stack.disposed, moved.disposed); moved.dispose(); moved.dispose(); print(flush()); return new AsyncDisposableStack().disposeAsync(); }).then(() => print("done"), (e) => print("FAILED", e));
