// `with`: each access asks the object again; what it lacks is looked for outside; unscopables hide names.
const log = [];
const flush = (name) => print(name + ":", log.splice(0).join(" "));
const watched = (o) => new Proxy(o, { has: (o, k) => (log.push(`has ${String(k)}`), k in o), get: (o, k, r) => (log.push(`get ${String(k)}`), Reflect.get(o, k, r)), set: (o, k, v, r) => (log.push(`set ${String(k)}`), Reflect.set(o, k, v, r)), deleteProperty: (o, k) => (log.push(`delete ${String(k)}`), delete o[k]), getOwnPropertyDescriptor: (o, k) => (log.push(`own ${String(k)}`), Reflect.getOwnPropertyDescriptor(o, k)), defineProperty: (o, k, d) => (log.push(`define ${String(k)}`), Reflect.defineProperty(o, k, d)) });
var outer = "outer";
for (const [name, f] of Object.entries({
  read: (o) => { with (o) { return x; } }, write: (o) => { with (o) { x = 2; } }, compound: (o) => { with (o) { x += 2; } }, increment: (o) => { with (o) { x++; } }, logical: (o) => { with (o) { x ||= 5; } }, call: (o) => { with (o) { return f(); } }, typeof: (o) => { with (o) { return typeof x; } }, delete: (o) => { with (o) { return delete x; } }, missing: (o) => { with (o) { return outer; } }, typeofMissing: (o) => { with (o) { return typeof nowhere; } }, writeMissing: (o) => { with (o) { outer = "changed"; } }, destructure: (o) => { with (o) { [x] = [3]; } }, var: (o) => { with (o) { var x = 4; } }, loop: (o) => { with (o) { for (x of [1]); } }, tagged: (o) => { with (o) { return f``; } }, eval: (o) => { with (o) { return eval("x"); } }, closure: (o) => { with (o) { return (() => x)(); } },
})) { const result = f(watched({ x: 1, f() { return this !== undefined && this !== globalThis; } })); log.push("->", String(result)); flush(name); }
// (Node asks `has` once less for reads, and once more for writes; it also resolves names again that went away.)
// Names that come and go between resolving and writing.
{ const o = { get x() { delete this.x; return 1; } }; var x = "global x"; with (o) { x += "!"; } print(x, o.x); }
{ const o = { x: 1 }; with (o) { x = (delete o.x, 2); } print(x, o.x); } { const o = {}; with (o) { x = (o.x = 1, "to the outer"); } print(x, o.x); }
{ const o = { x: 1 }; with (o) { var f = () => x; delete o.x; } const before = f(); o.x = "back"; print(before, f()); }
// Unscopables: read each time, by inheritance too, only when the name is there.
{ const o = { x: 1, y: 2, z: 3, [Symbol.unscopables]: { x: true, y: false, z: undefined } }; const y = "outer y"; with (o) { print(x, y, z); o[Symbol.unscopables].z = 1; print(typeof z, typeof x); x = "written outside"; } print(o.x, x); }
{ const base = { [Symbol.unscopables]: { m: true } }; with (Object.create(base, { m: { value: 1 } })) { print(typeof m); } with ({ m: 1, [Symbol.unscopables]: 5 }) { print(m); } with (watched({ q: 1 })) { q; } flush("order"); try { with ({ q: 1, get [Symbol.unscopables]() { throw "unscopables"; } }) q; } catch (e) { print(e); } }
with ([]) { print(typeof flat, typeof keys, typeof values, typeof map, typeof concat); }
// The receiver of calls; functions of a scope around get undefined.
function receiver() { "use strict"; return this; } with ({ own: receiver, get got() { return receiver; } }) { print(own() === receiver(), typeof own(), typeof got(), typeof receiver(), typeof (0, own)(), typeof (own)(), typeof own?.(), typeof eval("own()")); }
// Declarations in it belong to the function; functions and classes in its block to the block; primitives are wrapped.
(function () { const o = { v: 1, fn: 2 }; with (o) { var v = "assigned to o"; function fn() { return v; } let l = fn; print(typeof fn, l()); } print(v, typeof fn, o.v, typeof o.fn); })();
with ("text") print(length, toUpperCase()); with (1) print(toFixed(1)); with (true) print(valueOf()); with (Symbol.iterator) print(description); for (const bad of [null, undefined]) try { with (bad); } catch (e) { print(e.name); }
for (const text of ["'use strict'; with ({}) ;", "class C { m() { with ({}) ; } }", "with ({}) let x;", "with ({}) class C {}", "with ({}) function f() {}", "with ({}) let\n{}", "with ({}) l: function f() {}", "with ({}) const x = 1;", "with ({}) { let x; }", "with ({}) ;"]) try { Function(text); print("fine", JSON.stringify(text)); } catch (e) { print(e.name, JSON.stringify(text)); }
// Shadowing inside of it, nesting, generators, and the value of the statement.
with ({ a: 1, b: 2 }) { with ({ a: "inner" }) { let b = "let"; print(a, b); { const a = "const"; print(a); } (function (a) { print(a, b); })("parameter"); } } with ({ i: "object" }) { for (let i = 0; i < 1; i++) print(i); print(i); try { throw "thrown"; } catch (i) { print(i); } }
function* gen(o) { with (o) { yield a; a = "set"; yield a; } } { const o = { a: 1 }; print([...gen(o)].join(), o.a); } print(eval("1; with ({}) { 2; }"), eval("1; with ({}) { }"), eval("with ({ x: 3 }) x"), eval("l: with ({}) { 4; break l; }"));
