// The arguments object: mapped and unmapped.
function mapped(a, b) { arguments[0] = "x"; b = "y"; return [a, arguments[1], arguments.length].join(); } print(mapped(1, 2), mapped(1));
function strict(a) { "use strict"; arguments[0] = "x"; a = a + "!"; return [a, arguments[0]].join(); } print(strict(1));
function complex(a, b = 2) { arguments[0] = "x"; return a; } print(complex(1));
function unmap(a) { delete arguments[0]; arguments[0] = "re"; return a; } print(unmap("kept"));
function freeze(a) { Object.freeze(arguments); a = 2; return arguments[0]; } print(freeze(1));
function define(a) { Object.defineProperty(arguments, 0, { writable: false }); a = 2; return arguments[0]; } print(define(1));
function define2(a) { Object.defineProperty(arguments, 0, { value: 5 }); return a; } print(define2(1));
function accessor(a) { Object.defineProperty(arguments, 0, { get: () => "got" }); a = 3; return arguments[0]; } print(accessor(1));
function closure(a) { const get = () => a, set = (v) => { arguments[0] = v; }; set("via"); return get(); } print(closure(1));
function escape(a) { return [arguments, () => a, (v) => { a = v; }]; }
const [args, get, set] = escape(1); args[0] = 2; print(get()); set(3); print(args[0]);
function props() { return arguments; }
const p = props(1, 2);
print(Object.prototype.toString.call(p), p.length, [...p].join(), Array.isArray(p), Object.keys(p).join(), p.callee === props);
print(Object.getOwnPropertyNames(p).join(), p[Symbol.iterator] === Array.prototype.values);
try { (function () { "use strict"; return arguments.callee; })(); } catch (e) { print(e.name); }
function dup(a, a) { a = 9; return [arguments[0], arguments[1]].join(); } print(dup(1, 2));
const arrow = function () { return (() => arguments[0])("inner"); }; print(arrow("outer"));
function over() { arguments = 5; return arguments; } print(over());
function lengthChange() { arguments.length = 1; return Array.prototype.slice.call(arguments).join(); } print(lengthChange(1, 2, 3));
function apply() { return other.apply(this, arguments); } function other(a, b, c) { return [a, b, c, arguments.length].join(); } print(apply(1, 2, 3));
function* gen(a) { a = 2; yield arguments[0]; arguments[0] = 3; yield a; } print([...gen(1)].join());
function extra(a) { arguments[5] = "six"; return arguments.length + arguments[5]; } print(extra(1));
function shadow(arguments) { return arguments; } print(shadow("param"));
function hole(a, b) { b = 5; return 1 in arguments; } print(hole(1));
