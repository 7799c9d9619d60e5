// with statements: lookup order, unscopables, calls, closures, assignment.
var x = "global";
const o = { x: "object", y: "why", f() { return this === o; } };
with (o) { print(x, y, f()); x = "assigned"; var declared = "outside"; }
print(o.x, x, declared);
with (o) { var y = "through var"; } print(o.y, typeof y);
with ({ [Symbol.unscopables]: { hidden: true }, hidden: 1, shown: 2 }) { print(typeof hidden, shown); }
with ([1, 2, 3]) { print(length, typeof values === "function" ? "values" : "unscopable", join("-")); }
let closure; with ({ z: 1 }) { closure = () => z++; } print(closure(), closure());
with ({ a: 1 }) { with ({ b: 2 }) { let c = 3; print(a + b + c); } }
const env = { p: 1 };
with (env) { delete p; print(typeof p); p = 5; }
print(env.p, typeof globalThis.p);
const proxyLog = [];
const proxy = new Proxy({ v: 1 }, { has(t, k) { proxyLog.push("has " + String(k)); return k in t; }, get(t, k) { proxyLog.push("get " + String(k)); return t[k]; } });
with (proxy) { v; } print(proxyLog.join(", "));
with (1) { print(toFixed(2)); }
try { with (null) { } } catch (e) { print(e.name); }
with ({ eval: (s) => "not direct " + s }) { print(eval("1")); }
with ({ q: 1 }) { print(eval("q + 1")); eval("var w = 7"); } print(w);
for (const k of ["m", "n"]) with ({ k2: k }) print(k, k2);
function g() { with ({ r: "returned" }) { return r; } } print(g());
label: with ({}) { break label; }
with ({ typeofMe: 1 }) print(typeof typeofMe, typeof nothing);
