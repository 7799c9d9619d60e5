// Object literals: shorthand, computed names, accessors, methods, spread, __proto__.
const a = 1, key = "k" + 2;
let log = [];
const order = {
  [(log.push("key1"), "x")]: log.push("value1"),
  [(log.push("key2"), "y")]: log.push("value2"),
};
print(log.join(), JSON.stringify(order));
const o = {
  a, key, [key]: 3, "quoted name": 4, 5: "five", 0x10: "hex", 1e3: "exp", 1n: "big",
  method() { return "method " + this.a; },
  async am() {}, *gm() { yield 1; }, async *agm() {},
  get g() { return "getter " + this.a; },
  set g(v) { log.push("set " + v); },
  get: "get", set: "set", async: "async", static: "static", of: "of", await: 1, yield: 2, if: 3,
};
print(Object.keys(o).join());
print(o.method(), o.g, (o.g = 9), log.at(-1), o.method.name, o.am.name, o.gm.name);
print(Object.getOwnPropertyDescriptor(o, "g").get.name, Object.getOwnPropertyDescriptor(o, "g").set.name);
print("prototype" in o.method, "prototype" in o.gm, (() => { try { new o.method(); } catch (e) { return e.name; } })());

const proto = { inherited: 1 };
const withProto = { __proto__: proto, own: 2 };
print(Object.getPrototypeOf(withProto) === proto, Object.keys(withProto).join(), withProto.inherited);
print(Object.getPrototypeOf({ __proto__: null }), Object.keys({ ["__proto__"]: 1 }).join());
const __proto__ = 7;
print(Object.keys({ __proto__ }).join(), Object.getPrototypeOf({ __proto__: 5 }) === Object.prototype);

const spread = { first: 0, ...{ x: 1, y: 2 }, ...null, ...undefined, ..."hi", ...[7], y: 3, get z() { return 4; } };
print(JSON.stringify(spread));
const source = { get computed() { log.push("read"); return 1; }, [Symbol.for("s")]: 2 };
Object.defineProperty(source, "hidden", { value: 1, enumerable: false });
const copy = { ...source };
print(log.at(-1), Object.getOwnPropertyDescriptor(copy, "computed").value, copy[Symbol.for("s")], "hidden" in copy);
print(JSON.stringify({ dup: 1, dup: 2, get dup() { return 3; } }));
print(({ f: function () {}, g: () => {}, h: class {}, ["i" + 1]: () => {} }).h.name, ({ ["i" + 1]: () => {} }).i1.name);
const sym = Symbol("desc");
print(({ [sym]: () => {} })[sym].name, ({ get [sym]() { return 1; } })[sym]);
