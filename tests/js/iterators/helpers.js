// Iterator helpers: lazy, closing what they stop reading, checking their arguments first.
const log = [];
const flush = (name) => print(name + ":", log.splice(0).join(" "));
const source = (n = Infinity, name = "") => ({ __proto__: Iterator.prototype, i: 0, next() { log.push(name + "next"); return { value: this.i, done: this.i++ >= n }; }, return(v) { log.push(name + "return"); return {}; } });
const attempt = (f) => { try { return f(); } catch (e) { return e.name ?? e; } };
source().map((x) => x); source().filter((x) => x); source().take(1); source().drop(1); source().flatMap((x) => [x]); flush("lazy");
print(source(3).map((x, i) => `${x}:${i}`).toArray().join()); flush("map");
print(source(5).filter((x) => x % 2).toArray().join()); flush("filter");
print(source().take(2).toArray().join()); flush("take closes"); print(source(1).take(5).toArray().join()); flush("take ends"); print(source().take(0).next().done); flush("take 0");
print(source(4).drop(2).toArray().join()); flush("drop"); print(source(1).drop(5).toArray().length); flush("drop all");
print(source(3).flatMap((x) => [x, [x]]).toArray().length, attempt(() => source().flatMap(() => 1).next()), attempt(() => source().flatMap(() => "string").next()), source(1).flatMap(() => new String("ab")).toArray().join()); flush("flatMap");
{ const inner = source(Infinity, "inner:"); const it = source().flatMap(() => inner); it.next(); it.return(); flush("flatMap return"); }
print(source(4).reduce((a, x) => a + x), source(4).reduce((a, x) => a + x, "s"), attempt(() => source(0).reduce(() => 1)), source(0).reduce(() => 1, "initial")); flush("reduce");
print(source().some((x) => x === 2), source(2).some(() => false), source().every((x) => x < 1), source(2).every(() => true), source().find((x) => x === 1), source(1).find(() => false)); flush("searching");
const seen = []; print(source(2).forEach((x, i) => seen.push(x + i)), seen.join()); flush("forEach");
for (const name of ["map", "filter", "flatMap", "some", "every", "find", "forEach", "reduce"]) { print(name, attempt(() => source()[name](() => { throw "callback"; }).next?.()), attempt(() => source()[name](1))); flush("throws"); }
for (const limit of [NaN, -1, undefined, "x", { valueOf() { throw "valueOf"; } }, 1n]) print(attempt(() => source().take(limit).toArray()), attempt(() => source().drop(limit).next())); flush("limits");
print(source().take("2").toArray().join(), source(9).drop(Infinity).toArray().length, source(2).take(Infinity).toArray().join()); log.length = 0;
// Helpers are iterators with next and return, no throw; running and finished ones.
const helper = source().map((x) => x); print(Object.prototype.toString.call(helper), Reflect.ownKeys(Object.getPrototypeOf(helper)).map(String).join(), helper[Symbol.iterator]() === helper, Object.getPrototypeOf(Object.getPrototypeOf(helper)) === Iterator.prototype); print(JSON.stringify(helper.return()), JSON.stringify(helper.next())); flush("return before start");
{ const it = source().map(() => attempt(() => it.next())); print(it.next().value); log.length = 0; } print(attempt(() => Object.getPrototypeOf(helper).next.call({})));
// Iterator itself, and from.
print(attempt(() => new Iterator()), attempt(() => Iterator()), new (class extends Iterator {})() instanceof Iterator, Iterator.prototype[Symbol.toStringTag], typeof Iterator.prototype.constructor);
print(Iterator.from([1, 2]).toArray().join(), Iterator.from("ab").toArray().join(), Iterator.from({ next: () => ({ done: true }) }) instanceof Iterator, attempt(() => Iterator.from(5)), attempt(() => Iterator.from({}).next()), Iterator.from(helper) === helper); { const wrapped = Iterator.from({ next: () => ({ value: 1, done: false }), return: () => "returned" }); print(wrapped.next().value, wrapped.return()); }
print([...[1, 2, 3].values().filter((x) => x > 1).map((x) => x * 2)].join(), new Map([[1, 2]]).entries().map(([k, v]) => k + v).toArray().join(), new Set([1, 2]).values().take(1).toArray().join(), "abc"[Symbol.iterator]().drop(1).toArray().join(), (function* () { yield* [1, 2, 3]; })().flatMap((x) => Array(x).fill(x)).toArray().join());
