// Async generators and for await.
const log = [];
const say = (...x) => log.push(x.join(" "));
const delay = (v) => new Promise((r) => r(v)).then((x) => x);
async function* count(n) { try { for (let i = 0; i < n; i++) { const got = yield delay(i); if (got) say("got", got); } return "ret"; } finally { say("closed"); } }
const show = ({ value, done }) => value + "/" + done;
async function main() {
  const seen = []; for await (const x of count(3)) seen.push(x); say(seen.join());
  for await (const x of count(9)) { if (x === 1) break; } 
  const g = count(2); say(show(await g.next()), show(await g.next("sent")), show(await g.next()), show(await g.next()));
  const queue = count(3); const results = await Promise.all([queue.next(), queue.next(), queue.return("R"), queue.next()]); say(results.map(show).join(" "));
  const t = count(3); await t.next(); try { await t.throw(new Error("thrown")); } catch (e) { say("caught", e.message, show(await t.next())); }
  for await (const x of [1, delay(2), { then(r) { r(3); } }]) say("sync iterable", x);
  async function* inner() { try { const x = yield "i1"; say("inner got", x); yield "i2"; return "inner ret"; } finally { await 0; say("inner closed"); } }
  async function* outer() { const r = yield* inner(); say("outer got", r); yield* [delay("a"), "b"]; yield* (function* () { yield delay("sync gen"); })(); }
  const o = outer(); say(show(await o.next()), show(await o.next("v")), show(await o.next()), show(await o.next()), show(await o.next()), show(await o.next()));
  const o2 = outer(); await o2.next(); say(show(await o2.return("stop"))); const o3 = outer(); await o3.next(); await o3.throw("E").catch((e) => say("thrown through", e));
  const custom = { [Symbol.asyncIterator]() { let i = 0; return { next: async () => ({ value: i, done: i++ >= 2 }), async return() { say("custom return"); return {}; } }; } };
  for await (const x of custom) say("custom", x); for await (const x of custom) break; try { for await (const x of custom) throw new TypeError("body"); } catch (e) { say(e.name); }
  const syncClose = { [Symbol.iterator]() { return { next: () => ({ value: Promise.reject(new RangeError("rejected value")), done: false }), return() { say("sync return"); return {}; } }; } }; try { for await (const x of syncClose); } catch (e) { say(e.name); }
  try { for await (const x of {}); } catch (e) { say(e.name); } try { for await (const x of { [Symbol.asyncIterator]: () => 1 }); } catch (e) { say(e.name); }
  for await (const { a = await delay("default"), ...rest } of [{ b: 1 }, { a: 2 }]) say(a, JSON.stringify(rest));
  outerLoop: for await (const x of count(3)) for await (const y of count(3)) { if (y) continue outerLoop; if (x === 2) break outerLoop; say(x, y); }
  async function* rejects() { yield Promise.reject(new Error("yielded rejection")); } try { for await (const x of rejects()); } catch (e) { say(e.message); }
  async function* returnsRejected() { try { return Promise.reject("r"); } catch (e) { say("caught inside", e); return "ok"; } } say(show(await returnsRejected().next()));
  const proto = Object.getPrototypeOf(count.prototype); say(Object.prototype.toString.call(count(1)), typeof proto.next, count(1)[Symbol.asyncIterator]() !== undefined, Object.getPrototypeOf(proto)[Symbol.toStringTag] ?? "none");
  const notStarted = count(1); say(show(await notStarted.return("n")), show(await notStarted.next())); const nt = count(1); await nt.throw("x").catch((e) => say("not started throw", e));
  class C { async *#priv() { yield 1; } static async *s() { yield* new C().#priv(); } } for await (const x of C.s()) say("private async gen", x); const bad = Object.getPrototypeOf(count(1)).next; await bad.call({}).catch((e) => say(e.name));
}
main().then(() => print(log.join("\n")), (e) => print("FAILED", e, log.join("\n")));
