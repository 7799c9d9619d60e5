// Parameters: defaults, rest, destructuring, scope of parameter expressions, length, names.
function d(a, b = a + 1, { c, d: [e] = [3] } = { c: 2 }, ...rest) { return [a, b, c, e, rest.join("|")].join(); }
print(d(0), d(0, 1, { c: 9, d: [8] }, 7, 6), d.length, d(0, undefined, undefined));
print(((a, b = 1, c) => {}).length, ((...r) => {}).length, (function ({ a }, [b]) {}).length);
const log = [];
const t = (x) => (log.push(x), x);
((a = t(1), { [t("k")]: b = t(2) } = {}, c = t(3)) => {})(); print(log.join()); log.length = 0;
((a = t(1)) => {})(null); print(log.length);
let x = "outer";
function scope(a = x, b = (() => x)()) { var x = "inner"; return [a, b, x].join(); } print(scope());
function own(a, b = () => a, c = (v) => { a = v; }) { c(5); return [a, b()].join(); } print(own(1));
function split(a, b = () => a) { var a; const before = a; a = 2; return [before, a, b()].join(); } print(split(1));
function split2(a, b = (v) => { a = v; }) { var a = 7; b(9); return a; } print(split2(1));
function fnInBody(a, b = () => typeof a) { function a() {} return b() + typeof a; } print(fnInBody(1));
function self(f = self) { return f === self; } print(self());
function args(a = arguments.length, b = arguments[1]) { return a + ":" + b; } print(args(), args(undefined, 5));
function thisDefault(a = this.v) { return a; } print(thisDefault.call({ v: 4 }));
const obj = { m(a = super.toString === Object.prototype.toString) { return a; } }; print(obj.m());
function restArgs(...[first, , third]) { return first + "-" + third; } print(restArgs(1, 2, 3));
function restLength(...{ length }) { return length; } print(restLength(1, 2, 3));
print((({ a = 1, ...others }) => JSON.stringify(others) + a)({ b: 2, c: 3 }));
function many(a, b, c, d, e, f, g, h, i, j) { return [a, b, c, d, e, f, g, h, i, j].length + (j ?? "none"); } print(many(1, 2), many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
function nameOf(f = () => {}, g = class {}, { h = function () {} } = {}) { return [f.name, g.name, h.name].join(); } print(nameOf());
try { ((a, b = c, c) => {})(1); } catch (e) { print(e.name); }
try { (({ a }) => {})(); } catch (e) { print(e.name); }
print((function (a, a2 = 1) { "no strict here"; return typeof this; })());
print(eval("(function (a, ) { return arguments.length; })")(1, 2), ((a, b,) => a + b)(1, 2), Math.max(1, 2,));
