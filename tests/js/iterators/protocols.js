// Built-in iterators and user iterables.
const own = { from: 1, to: 4, [Symbol.iterator]() { let { from, to } = this; return { next: () => (from < to ? { value: from++, done: false } : { value: undefined, done: true }) }; } };
print([...own].join(), Array.from(own, (x) => x * 2).join(), Math.max(...own), new Set(own).size, [...own, ...own].length);
const [p, ...q] = own; print(p, q.join());
const map = new Map([["a", 1], ["b", 2]]), set = new Set([1, 2]);
print([...map].join(";"), [...map.keys()].join(), [...map.values()].join(), [...set.entries()].join(";"), [...map.entries()].length);
for (const [k, v] of map) { if (k === "a") { map.delete("a"); map.set("c", 3); } print(k, v); }
for (const x of set) { if (set.size < 5) set.add(x + 10); } print([...set].join());
print([..."a\u{1F600}b"].length, [..."\uD83D"].length, [...[1, 2].entries()].join(";"), [...[1, 2].keys()].join());
const ai = [1, 2, 3][Symbol.iterator](); ai.next(); print([...ai].join(), ai.next().done, ai[Symbol.iterator]() === ai, Object.prototype.toString.call(ai));
const growing = [1]; const gi = growing.values(); gi.next(); growing.push(2); print(gi.next().value, gi.next().done); growing.push(3); print(gi.next().done);
const names = ["Array", "Map", "Set", "String"].map((n) => Object.prototype.toString.call(({ Array: [], Map: map, Set: set, String: "" })[n][Symbol.iterator]())); print(names.join());
class List { #head = null; add(v) { this.#head = { v, next: this.#head }; return this; } *[Symbol.iterator]() { for (let n = this.#head; n; n = n.next) yield n.v; } } print([...new List().add(1).add(2)].join());
const arrayLike = { length: 2, 0: "x", 1: "y" }; print(Array.from(arrayLike).join(), (() => { try { [...arrayLike]; } catch (e) { return e.name; } })()); arrayLike[Symbol.iterator] = Array.prototype[Symbol.iterator]; print([...arrayLike].join());
print(Object.entries({ a: 1, b: 2 }).map(([k, v]) => k + v).join(), Object.fromEntries([["x", 1], ["y", 2]]).y, Object.fromEntries(map).b);
function* take(n, it) { let i = 0; for (const x of it) { if (i++ >= n) return; yield x; } } function* naturals() { for (let i = 0; ; i++) yield i; } print([...take(5, naturals())].join());
const lazy = { *map(it, f) { for (const x of it) yield f(x); }, *filter(it, f) { for (const x of it) if (f(x)) yield x; } }; print([...take(3, lazy.map(lazy.filter(naturals(), (x) => x % 2), (x) => x * x))].join());
print(typeof Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))[Symbol.iterator], [...new Uint8Array([1, 2])].join(), [..."abc".matchAll(/./g)].length, [...(function () { return arguments; })(1, 2)].join());
