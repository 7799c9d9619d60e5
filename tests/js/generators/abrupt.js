// return() and throw() through try, catch and finally, loops and delegation.
const show = (r) => `${String(r.value)}${r.done ? "." : ""}`;
const attempt = (f) => { try { return show(f()); } catch (e) { return "!" + (e.message ?? e); } };
const drive = (make, ...steps) => { const g = make(); return steps.map(([how, v]) => attempt(() => g[how](v))).join(" "); };
const n = ["next"], r = (v) => ["return", v], t = (v) => ["throw", new Error(v)];
function* nested() { try { try { yield 1; } catch (e) { yield "c:" + e.message; throw new Error("from catch"); } finally { yield "inner"; } } catch (e) { yield "outer c:" + e.message; } finally { yield "outer"; } return "end"; }
for (const steps of [[n, n, n, n], [n, r("R"), n, n, n], [n, t("T"), n, n, n, n, n], [n, t("T"), r("R"), n, n], [n, r("R"), t("T"), n, n, n], [n, r("R"), r("S"), n, n], [r("R"), n], [t("T"), n], [n, t("T"), t("U"), n, n, n]]) print(drive(nested, ...steps));
function* overrides() { try { yield 1; } finally { return "override"; } } print(drive(overrides, n, r("R"), n), drive(overrides, n, t("T"), n));
function* swallows() { for (;;) { try { yield 1; } finally { break; } } return "after"; } print(drive(swallows, n, r("R"), n), drive(swallows, n, t("T"), n));
function* resumes() { for (let i = 0; i < 3; i++) { try { yield i; } finally { continue; } } } print(drive(resumes, n, r("R"), r("S"), r("T"), n));
function* labelled() { l: { try { yield 1; } finally { if (true) break l; } } yield "past"; } print(drive(labelled, n, t("T"), n));
function* throwsInFinally() { try { yield 1; } finally { throw new Error("finally"); } } print(drive(throwsInFinally, n, r("R"), n), drive(throwsInFinally, n, t("T"), n));
function* valueKept() { try { return yield 1; } finally { yield "between"; } } print(drive(valueKept, n, ["next", "V"], n), drive(valueKept, n, r("R"), n, n));
function* completion() { try { yield 1; } finally { try { yield 2; } finally { yield 3; } } } print(drive(completion, n, r("R"), r("S"), n, n), drive(completion, n, r("R"), t("T"), n, n));
// Iterators in loops and patterns are closed on the way out, innermost first.
const log = []; const source = (name, extra = {}) => ({ [Symbol.iterator]: () => ({ next: () => ({ value: name, done: false }), return() { log.push("close " + name); return {}; }, ...extra }) });
function* loops() { for (const a of source("a")) for (const b of source("b")) yield a + b; } print(drive(loops, n, n, r("R")), log.splice(0).join()); print(drive(loops, n, t("T")), log.splice(0).join());
function* pattern() { const [x = yield "p"] = { [Symbol.iterator]: () => ({ next: () => ({ value: undefined, done: false }), return() { log.push("closed"); return {}; } }) }; } print(drive(pattern, n, r("R"), n), log.splice(0).join()); print(drive(pattern, n, t("T")), log.splice(0).join());
function* badClose() { for (const a of source("x", { return() { throw new Error("close"); } })) yield a; } print(drive(badClose, n, r("R"), n), drive(badClose, n, t("T"), n));
function* notObject() { for (const a of source("x", { return: () => 1 })) yield a; } print(drive(notObject, n, r("R")).replace(/!.*/, "!"), drive(notObject, n, t("T")));
// Delegation: return and throw go to the inner iterator, if it knows them.
const inner = (methods) => ({ [Symbol.iterator]: () => ({ next: (v) => ({ value: "n" + v, done: false }), ...methods }) });
const delegate = (methods) => function* () { try { return (yield* inner(methods)) + " result"; } catch (e) { yield "caught " + e.message; } finally { yield "finally"; } };
print(drive(delegate({}), n, r("R"), n)); print(drive(delegate({ return: (v) => ({ value: v + "!", done: true }) }), n, r("R"), n)); print(drive(delegate({ return: (v) => ({ value: v + "?", done: false }) }), n, r("R"), r("S"), n)); print(drive(delegate({ return: () => 1 }), n, r("R"), n).replace(/caught [^.]* finally/, "caught TypeError finally"));
print(drive(delegate({ throw: (e) => ({ value: "t:" + e.message, done: true }) }), n, t("T"), n)); print(drive(delegate({ throw: (e) => ({ value: "t:" + e.message, done: false }) }), n, t("T"), n)); print(drive(delegate({ throw: null, return() { log.push("return called"); return {}; } }), n, t("T"), n).replace(/caught .* finally/, "caught TypeError finally"), log.splice(0).join());
function* deep(k) { try { if (k) yield* deep(k - 1); else yield "bottom"; } finally { log.push(k); } } print(drive(() => deep(5), n, r("R"), n), log.splice(0).join()); print(drive(() => deep(3), n, t("T")), log.splice(0).join());
// A running generator cannot be entered, and one that failed stays finished.
let self; function* busy() { try { self.return(1); } catch (e) { yield e.name; } } self = busy(); print(show(self.next()), show(self.next())); function* fails() { yield 1; throw new Error("F"); } print(drive(fails, n, n, n, t("late"), r("R")));
// Asynchronous generators: requests queue up, return awaits its value.
(async () => {
  async function* g() { try { yield 1; yield 2; } finally { log.push("cleanup"); await 0; log.push("cleaned"); } }
  let it = g(); print((await Promise.all([it.next(), it.return(Promise.resolve("awaited")), it.next()])).map(show).join(" "), log.splice(0).join());
  it = g(); print((await Promise.allSettled([it.next(), it.throw(new Error("T")), it.next()])).map((x) => x.value ? show(x.value) : x.reason.message).join(" "), log.splice(0).join());
  it = g(); print(await it.return(Promise.reject(new Error("R"))).catch((e) => e.message), show(await it.next()), log.length);
  async function* outer() { try { yield* g(); } finally { log.push("outer"); } } for await (const x of outer()) break; print(log.splice(0).join());
})();
