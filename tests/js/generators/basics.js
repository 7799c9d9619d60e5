// Generators: protocol, return, throw, delegation, finally.
function* count(n) { for (let i = 0; i < n; i++) { const sent = yield i; if (sent) print("sent", sent); } return "done"; }
const show = ({ value, done }) => `${value}/${done}`;
const g = count(3); print(show(g.next("ignored")), show(g.next("first")), show(g.next()), show(g.next()), show(g.next()));
print([...count(4)].join(), Array.from(count(2)).length, Math.max(...count(5)));
function* fin() { try { yield 1; yield 2; } catch (e) { yield "caught " + e; } finally { print("cleanup"); yield "from finally"; } yield "after"; }
let f = fin(); f.next(); print(show(f.return("r")), show(f.next()), show(f.next()));
f = fin(); f.next(); print(show(f.throw("t")), show(f.next()), show(f.next()), show(f.next()));
f = fin(); print(show(f.return("early")), show(f.next())); f = fin(); try { f.throw(new Error("before start")); } catch (e) { print(e.message, show(f.next())); }
function* inner() { try { const x = yield "i1"; print("inner got", x); yield "i2"; return "inner result"; } finally { print("inner finally"); } }
function* outer() { const r = yield* inner(); print("outer got", r); yield* [10, 20]; yield* "hi"; return yield* (function* () { return "nested"; })(); }
const o = outer(); print(show(o.next()), show(o.next("value")), show(o.next()), show(o.next()), show(o.next()), show(o.next()), show(o.next()));
const p = outer(); p.next(); print(show(p.return("stop"))); const q = outer(); q.next(); try { q.throw(new TypeError("thrown in")); } catch (e) { print(e.message); }
function* overrideReturn() { try { yield 1; } finally { return "overridden"; } } const r = overrideReturn(); r.next(); print(show(r.return("x"))); const r2 = overrideReturn(); r2.next(); print(show(r2.throw("x")));
function* fib() { let [a, b] = [0, 1]; for (;;) { yield a; [a, b] = [b, a + b]; } } const first = []; for (const x of fib()) { if (x > 50) break; first.push(x); } print(first.join());
const it = count(1); print(it[Symbol.iterator]() === it, Object.prototype.toString.call(it), typeof it.next, String(count).startsWith("function*"));
try { new count(); } catch (e) { print(e.name); } let self; function* reentrant() { self.next(); } self = reentrant(); try { self.next(); } catch (e) { print(e.name); }
function* expr() { const x = 1 + (yield "a") * (yield "b"); return [x, yield, yield yield "c"].join("|"); } const e = expr(); print(show(e.next()), show(e.next(2)), show(e.next(3)), show(e.next("u")), show(e.next("v")), show(e.next("w")));
function* args() { yield arguments.length; yield* arguments; } print([...args("x", "y")].join()); const obj = { *m() { yield this.v; }, v: 5 }; print([...obj.m()][0]);
function* defaults(a = print("param evaluated at call")) { print("body at next"); yield a; } const d = defaults(); print("created"); d.next(); try { (function* (a = null.x) {})(); } catch (err) { print(err.name); }
const proto = count.prototype; print(Object.getPrototypeOf(count(1)) === proto, Object.hasOwn(proto, "constructor"), Object.getPrototypeOf(proto) === Object.getPrototypeOf(fib.prototype)); count.prototype = null; print(Object.getPrototypeOf(count(1)) === Object.getPrototypeOf(fib.prototype));
function* tree(n) { if (n) { yield* tree(n - 1); yield n; yield* tree(n - 1); } } print([...tree(4)].join(""));
function* tryNested() { try { try { yield 1; } finally { yield 2; } } finally { yield 3; } } const tn = tryNested(); print(show(tn.next()), show(tn.return(9)), show(tn.next()), show(tn.next()), show(tn.next()));
function* inLoop() { for (const x of [1, 2, 3]) { try { yield x; } finally { log.push("f" + x); } } } const log = []; for (const x of inLoop()) if (x === 2) break; print(log.join());
function* labels() { outer: for (let i = 0; ; i++) { for (let j = 0; ; j++) { const k = yield [i, j].join(""); if (k === "c") continue outer; if (k === "b") break outer; } } return "end"; } const l = labels(); print(show(l.next()), show(l.next()), show(l.next("c")), show(l.next("b")));
function* spreadYield() { return [...(yield), yield, { a: yield, ...(yield) }]; } const s = spreadYield(); s.next(); s.next("xy"); s.next(1); s.next(2); print(JSON.stringify(s.next({ b: 3 }).value));
function* destructure() { const [x = yield "d1", { y = yield "d2" } = {}] = []; return x + y; } const ds = destructure(); print(show(ds.next()), show(ds.next(1)), show(ds.next(2)));
const gens = Array.from({ length: 3 }, (_, i) => count(i + 1)); print(gens.map((x) => [...x].length).join()); function* withSwitch(x) { switch (yield x) { case 1: yield "one"; break; default: yield "other"; } } const ws = withSwitch("?"); ws.next(); print(ws.next(1).value);
