// The order in which patterns evaluate: keys, targets, values, defaults; and when iterators are closed.
const log = [];
const flush = (name) => print(name + ":", log.splice(0).join(" "));
const t = (x, v) => (log.push(x), v);
const object = (name, values = {}) => new Proxy(values, { get: (o, k) => t(`${name}.${String(k)}`, o[k]), has: (o, k) => t(`${name}?${String(k)}`, k in o), set: (o, k, v) => (t(`${name}.${String(k)}=${v}`), Reflect.set(o, k, v)), ownKeys: (o) => t(`${name}.keys`, Reflect.ownKeys(o)), getOwnPropertyDescriptor: (o, k) => t(`${name}.own ${String(k)}`, Reflect.getOwnPropertyDescriptor(o, k)) });
const key = (name) => ({ toString: () => t(`${name} to string`, name) });
const iterable = (name, values) => ({ [Symbol.iterator]: () => (t(name + ".iterator"), { next: () => t(name + ".next", values.length ? { value: values.shift(), done: false } : { value: undefined, done: true }), return: () => t(name + ".return", {}) }) });
const attempt = (f) => { try { return f(); } catch (e) { return e.message ?? e; } };
({ [t("key1", key("k1"))]: t("target1", object("o1"))[t("name1", key("n1"))] = t("default1", 1), [t("key2", key("k2"))]: t("target2", object("o2")).x } = object("source", { k2: 2 })); flush("object");
[t("target1", object("o1"))[t("name1", key("n1"))] = t("default1", 1), t("target2", object("o2")).x] = iterable("it", [undefined, 2]); flush("array");
{ const { [t("a", "a")]: a = t("da", 1), [t("b", "b")]: { c = t("dc", 2) } = t("db", object("inner")) } = object("source"); } flush("declaration");
{ const { a, ...rest } = object("source", { a: 1, b: 2, [Symbol.for("s")]: 3 }); print(Reflect.ownKeys(rest).map(String).join()); } flush("rest");
({ a: t("o", object("o")).x, ...t("r", object("r")).rest } = object("source", { a: 1, b: 2 })); flush("rest target");
[...t("o", object("o"))[t("k", "k")]] = iterable("it", [1, 2]); flush("array rest"); [, , ...[t("o", object("o")).x, ...[]]] = iterable("it", [1, 2, 3, 4]); flush("nested rest");
(function ({ a = t("a") }, [b = t("b")], c = t("c"), ...[d = t("d")]) {})({}, iterable("it", [])); flush("parameters");
for (const [a, { b = t("b") } = {}] of [iterable("one", [1]), iterable("two", [2, { b: 1 }])]); flush("loop");
t("left", object("left")).x = [t("o", object("o")).y] = iterable("it", [1]); flush("chained");
let x, y; print(([x, y] = [1, 2]).length, x, y, ({ x, y = x } = { x: 5 }).x, y, (([x, y] = [y, x]), x), ({ x = 7 } = { x: null }), x); [x, [y], x = 9] = [1, [2]]; print(x, y);
// What goes wrong closes the iterator, unless the iterator itself is at fault.
for (const [name, f] of Object.entries({
  target: () => { [t("bad", null).x] = iterable("it", [1]); }, key: () => { [{}[{ toString() { throw "key"; } }]] = iterable("it", [1]); }, setter: () => { [{ set s(v) { throw "setter"; } }.s] = iterable("it", [1]); }, default: () => { const [a = (() => { throw "default"; })()] = iterable("it", []); }, defaultEarly: () => { const [a = (() => { throw "default"; })()] = iterable("it", [undefined, 1]); },
  next: () => { const [a] = { [Symbol.iterator]: () => ({ next() { throw "next"; }, return: () => t("return", {}) }) }; }, done: () => { const [a] = { [Symbol.iterator]: () => ({ next: () => ({ get done() { throw "done"; } }), return: () => t("return", {}) }) }; }, value: () => { const [a] = { [Symbol.iterator]: () => ({ next: () => ({ get value() { throw "value"; } }), return: () => t("return", {}) }) }; },
  nested: () => { const [[a]] = iterable("it", [null]); }, rest: () => { [...null.x] = iterable("it", [1]); }, restSetter: () => { [...{ set s(v) { throw "setter"; } }.s] = iterable("it", [1]); }, close: () => { [] = { [Symbol.iterator]: () => ({ return() { throw "close"; } }) }; }, closeNoObject: () => { [] = { [Symbol.iterator]: () => ({ return: () => 1 }) }; }, both: () => { [null.x] = { [Symbol.iterator]: () => ({ next: () => ({}), return() { throw "close"; } }) }; }, noReturn: () => { [] = { [Symbol.iterator]: () => ({}) }; }, badReturn: () => { [] = { [Symbol.iterator]: () => ({ return: 1 }) }; },
  tdz: () => { const { a = b, b } = {}; }, readOnly: () => { const c = 1; [c] = iterable("it", [2]); },
})) { const e = attempt(f); log.push("->", typeof e === "string" && e.length < 12 ? e : "error"); flush(name); }
for (const value of [undefined, null, 1, "s", Symbol.iterator, 1n]) print(String(value), attempt(() => { const {} = value; return "fine"; }) === "fine", attempt(() => { const [] = value; return "fine"; }) === "fine", attempt(() => { const { toString: f } = value; return typeof f; }) === "function");
var hoisted = "outer"; { var { hoisted = "default" } = {}; } print(hoisted); var [v1, v1 = v1] = ["first"]; print(v1); try { throw { m: 1 }; } catch ({ m, n = m }) { print(m, n); } print((({ a: { b: [, c] } }) => c)({ a: { b: [1, 2] } }), (([, , c]) => c)("abc"));
