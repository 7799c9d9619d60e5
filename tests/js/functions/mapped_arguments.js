// Mapped arguments objects: which writes are seen on the other side, and what ends the connection.
const describe = (d) => d && JSON.stringify(d);
function both(a, b, c) {
  const log = [];
  a = 1; log.push(arguments[0]);
  arguments[1] = 2; log.push(b);
  c = 3; log.push(arguments[2], arguments.length);
  return log.join(" ");
}
print(both(), both("x"), both("x", "y"), both("x", "y", "z"), both(1, 2, 3, 4));
function ends(how) {
  return function (a) {
    const args = arguments;
    how(args);
    a = "written";
    const seen = describe(Object.getOwnPropertyDescriptor(args, 0));
    args[0] = "back";
    return [seen, a, args[0]].join(" ");
  }("passed");
}
const ways = {
  nothing: () => {}, delete: (o) => delete o[0], deleteAndSet: (o) => { delete o[0]; o[0] = "again"; }, readOnly: (o) => Object.defineProperty(o, 0, { writable: false }),
  readOnlyWithValue: (o) => Object.defineProperty(o, 0, { value: "v", writable: false }), value: (o) => Object.defineProperty(o, 0, { value: "v" }), hidden: (o) => Object.defineProperty(o, 0, { enumerable: false }),
  fixed: (o) => Object.defineProperty(o, 0, { configurable: false }), accessor: (o) => Object.defineProperty(o, 0, { get: () => "getter", configurable: true }), accessorAndBack: (o) => { Object.defineProperty(o, 0, { get() {} , configurable: true}); Object.defineProperty(o, 0, { value: "b", writable: true }); },
  seal: Object.seal, freeze: Object.freeze, preventExtensions: Object.preventExtensions, length: (o) => { o.length = 0; }, prototype: (o) => Object.setPrototypeOf(o, { 0: "inherited" }), sort: (o) => Array.prototype.reverse.call(o), fill: (o) => Array.prototype.fill.call(o, "filled"),
  reflectSet: (o) => Reflect.set(o, 0, "reflected"), receiver: (o) => Reflect.set({}, 0, "receiver", o), inherits: (o) => { Object.create(o)[0] = "own of the heir"; }, assign: (o) => Object.assign(o, ["assigned"]),
};
for (const [name, how] of Object.entries(ways)) { try { print(name, ends(how)); } catch (e) { print(name, e.name); } }
// Parameters that closures capture, that are shadowed, doubled, or redeclared.
function captured(a) { const get = () => a, set = (v) => { a = v; }; arguments[0] = "one"; const first = get(); set("two"); return [first, arguments[0]].join(" "); } print(captured(0));
function doubled(a, b, a) { arguments[0] = "first"; arguments[2] = "last"; return a; } print(doubled(1, 2, 3), doubled(1));
function redeclared(a) { var a; return [a, arguments[0]].join(" "); } print(redeclared("kept"));
function functionNamed(a) { function a() {} return typeof a + typeof arguments[0]; } print(functionNamed(1), functionNamed());
function shadowedInBlock(a) { { let a = "inner"; arguments[0] = "outer"; } return a; } print(shadowedInBlock(1));
function catchParameter(a) { try { throw "thrown"; } catch (a) { arguments[0] = a; a = "lost"; } return a; } print(catchParameter(1));
function viaEval(a) { eval("a = 'eval'"); const seen = arguments[0]; eval("arguments[0] = 'back'"); return [seen, a].join(" "); } print(viaEval(1));
function viaWith(a) { with (arguments) { length = 9; } with ({ a: 1 }) { a = 2; } return [arguments.length, a].join(" "); } print(viaWith("p"));
function outerArguments(a) { return (() => { arguments[0] = "arrow"; return a; })(); } print(outerArguments(1));
function many(a, b, c, d, e, f, g, h, i, j) { j = "last"; arguments[8] = "i"; return [arguments[9], i].join(" "); } print(many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), many());
// No connection: strict code, defaults, rest, patterns.
print([function (a) { "use strict"; a = 1; return arguments[0]; }, function (a, b = 1) { a = 1; return arguments[0]; }, function (a, ...r) { a = 1; return arguments[0]; }, function (a, [b] = []) { a = 1; return arguments[0]; }, class { static m(a) { a = 1; return arguments[0]; } }.m].map((f) => f("unmapped")).join(" "));
// The object itself.
function object() { return arguments; }
const o = object("x", "y");
print(Reflect.ownKeys(o).map(String).join(" "), describe(Object.getOwnPropertyDescriptor(o, "length")), describe(Object.getOwnPropertyDescriptor(o, "callee")).slice(0, 20), Object.prototype.toString.call(o), o instanceof Object, Array.isArray(o));
const strict = (function () { "use strict"; return arguments; })(1);
print(Reflect.ownKeys(strict).map(String).join(" "), Object.getOwnPropertyDescriptor(strict, "callee").get === Object.getOwnPropertyDescriptor(strict, "callee").set, describe(Object.getOwnPropertyDescriptor(strict, Symbol.iterator)));
o.length = 1; print([...o].join(), o[1]); o[Symbol.iterator] = function* () { yield "own iterator"; }; print([...o].join()); delete o.length; print(o.length, Array.prototype.slice.call(o).length);
// Spread into the next call, and kept after the activation ended.
const keep = []; for (let i = 0; i < 3; i++) (function (v) { keep.push([arguments, () => v]); })(i);
keep[1][0][0] = "changed"; print(keep.map(([a, v]) => `${a[0]}=${v()}`).join(" "));
