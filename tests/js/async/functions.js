// Async functions: await, order of jobs, errors, finally, loops, arrows, methods.
const log = [];
const say = (x) => log.push(x);
const delay = (v) => new Promise((r) => r(v)).then((x) => x);
async function basic() { say("start"); const x = await 1; say("after await " + x); return x + 1; }
basic().then((v) => say("result " + v)); say("sync");
async function thrower() { await null; throw new Error("async error"); }
thrower().catch((e) => say("caught " + e.message));
async function tryAwait() { try { await thrower(); } catch (e) { return "recovered " + e.message; } finally { say("finally"); await delay(); say("after await in finally"); } }
tryAwait().then(say);
async function loop() { let sum = 0; for (let i = 0; i < 3; i++) sum += await delay(i); for (const p of [delay(10), delay(20)]) sum += await p; return sum; }
loop().then((v) => say("loop " + v));
const arrow = async (x = 5, ...[y]) => { const z = await y; return [x, z, this === globalThis].join(); }; arrow(undefined, 7).then(say);
const obj = { v: 1, async m() { await 0; return this.v + (await super.toString === Object.prototype.toString); } }; obj.m().then((v) => say("method " + v));
class A { #p = 1; async get() { return await this.#p; } static async s() { return this.name; } } new A().get().then((v) => say("private " + v)); A.s().then(say);
async function params(a = await_, b) {} var await_ = 1; (async (a = (() => { throw new TypeError("in params"); })()) => {})().catch((e) => say("param error " + e.name));
async function parallel() { const [a, b] = await Promise.all([delay(1), delay(2)]); return a + b; } parallel().then((v) => say("parallel " + v));
async function thenable() { return await { then(r) { r("thenable"); } }; } thenable().then(say);
async function nested() { const inner = async () => { await 0; return "inner"; }; return (await inner()) + " outer"; } nested().then(say);
async function returnsPromise() { return delay("unwrapped"); } returnsPromise().then(say);
async function expressions() { const o = { [await delay("k")]: await delay("v"), ...(await delay({ s: 1 })) }; const a = [await 1, ...(await delay([2, 3]))]; return JSON.stringify([o, a, `${await 4}`, (await 5) + (await 6), await (await delay(delay(7)))]); } expressions().then(say);
async function shortCircuit() { return [null ?? (await delay("nullish")), false && (await say("never")), (await delay(0)) || "or", (await delay({ a: { b: 1 } }))?.a.b].join(); } shortCircuit().then(say);
async function args() { await 0; return arguments.length + arguments[0]; } args("x", "y").then(say);
async function rejectReason() { try { await Promise.reject("plain reason"); } catch (r) { return r; } } rejectReason().then(say);
(async function named() { return typeof named; })().then(say); print(typeof basic().then, basic instanceof Function, Object.prototype.toString.call(basic), "prototype" in basic);
say("end of script"); const timeline = async () => { for (let i = 0; i < 40; i++) await null; print(log.join("\n")); }; timeline();
