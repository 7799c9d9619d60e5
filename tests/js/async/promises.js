// Promise constructors, combinators, subclassing, rejection of jobs.
const log = [];
const say = (...x) => log.push(x.join(" "));
const p = new Promise((resolve, reject) => { resolve(1); resolve(2); reject(3); throw 4; }); p.then((v) => say("first wins", v));
new Promise(() => { throw new Error("executor"); }).catch((e) => say(e.message)); new Promise((r) => r(new Promise((r2) => r2("nested")))).then((v) => say(v));
const self = new Promise((r) => setTimeout ? queueMicrotask(() => r(self)) : 0); self.catch((e) => say("self", e.name));
Promise.all([]).then((v) => say("empty all", v.length)); Promise.all([1, Promise.resolve(2), { then: (r) => r(3) }]).then((v) => say("all", v)); Promise.all([1, Promise.reject("bad")]).catch((e) => say("all rejects", e));
Promise.allSettled([1, Promise.reject(2)]).then((v) => say("settled", JSON.stringify(v))); Promise.any([Promise.reject(1), 2]).then((v) => say("any", v)); Promise.any([Promise.reject(1)]).catch((e) => say(e.constructor.name, e.errors));
Promise.race([new Promise(() => {}), 5]).then((v) => say("race", v)); const { promise, resolve } = Promise.withResolvers ? Promise.withResolvers() : (() => { let resolve; const promise = new Promise((r) => (resolve = r)); return { promise, resolve }; })(); promise.then((v) => say("withResolvers", v)); resolve("later");
class MyPromise extends Promise { static get [Symbol.species]() { return Promise; } } say(MyPromise.resolve(1) instanceof MyPromise, MyPromise.resolve(1).then(() => {}) instanceof MyPromise, MyPromise.all([]) instanceof MyPromise);
p.finally(() => { say("finally gets", "nothing"); return "ignored"; }).then((v) => say("passes", v)); p.finally(() => { throw "replaced"; }).catch((e) => say(e)); Promise.reject("kept").finally(() => 1).catch((e) => say(e));
p.then(null, 5).then((v) => say("pass through", v)); Promise.reject("thru").then(() => 1).then(() => 2).catch((e) => say(e)); p.then(() => { throw new TypeError("in then"); }).catch((e) => say(e.name));
for (const f of [() => Promise(), () => new Promise(), () => Promise.resolve.call(1), () => Promise.prototype.then.call({})]) try { f(); } catch (e) { say(e.name); }
say(Promise.resolve(p) === p, Promise.resolve(p, 1) instanceof Promise, Object.prototype.toString.call(p), Promise.length, typeof Promise.prototype.then); const order = []; const thenable = { get then() { order.push("get then"); return undefined; } }; Promise.resolve(thenable).then((v) => say(order.join(), v === thenable));
Promise.resolve({ then() { throw "then throws"; } }).catch((e) => say(e)); Promise.resolve({ get then() { throw "getter throws"; } }).catch((e) => say(e)); Promise.resolve({ then(f, r) { f(1); r(2); throw 3; } }).then((v) => say("settled once", v));
(async () => { for (let i = 0; i < 30; i++) await 0; print(log.join("\n")); })();
