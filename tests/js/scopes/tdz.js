// The temporal dead zone.
const attempt = (f) => { try { return f(); } catch (e) { return e.name; } };
print(attempt(() => { x; let x; }), attempt(() => { x = 1; let x; }), attempt(() => { typeof x; const x = 1; }));
print(attempt(() => { let x = x; }), attempt(() => { C; class C {} }), attempt(() => { const f = () => y; f(); let y = 1; }));
print(attempt(() => { const f = () => y; let y = 1; return f(); }), attempt(() => { let z; return z; }));
print(attempt(() => { for (let i = i; ;) break; }), attempt(() => { for (const x of [x]) ; }), attempt(() => { for (let x in { x }) ; }));
print(attempt((a = b, b = 1) => a), attempt((a = 1, b = a) => b), attempt((a = () => b, b = 2) => a()));
print(attempt(() => { class D extends D {} }), attempt(() => { class E { static x = E.name; } return E.x; }));
print(attempt(() => { switch (1) { case 0: let q; case 1: q; } }), attempt(() => { { f(); function f() {} } return "function hoisted"; }));
print(attempt(() => { const c = 1; c = 2; }), attempt(() => { const c = 1; c++; }), attempt(() => { for (const i = 0; i < 2; i++); }));
print(attempt(() => { const [d] = [1]; d += 1; }), attempt(() => { for (const k of [1]) k = 2; }));
print(attempt(() => { x2 = 1; { x2; let y2; } var x2; return x2; }));
print(attempt(function () { return (function inner() { inner = 1; return typeof inner; })(); }), attempt(function () { "use strict"; (function inner() { inner = 1; })(); }));
let counter = 0;
function loopTdz() { for (let i = 0; i < 3; i++) { if (i > 0) { counter += v0(); } let v = i; function v0() { return v; } } }
print(attempt(loopTdz));
print(attempt(() => { let f = () => { f2; }; f(); let f2; }), attempt(() => { try { q; } finally { } let q; }));
print(attempt(() => eval("e1; let e1")), attempt(() => { eval("var e2 = 1"); return e2; }));
