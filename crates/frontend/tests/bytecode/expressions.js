// Operators, assignment forms, calls, optional chains, templates.
function ops(a, b, o) {
  a + 1; a - b * 2 ** b; (a | 0) >>> 1; -a; +a; ~a; !a; typeof a == "string"; typeof missing; void a;
  a == null; a !== undefined; a != null; null === a; a < b && b >= a || a ?? b;
  a in o; a instanceof b; delete o.x; delete o[a]; delete o?.x;
  a = b = 1; a += b; a **= 2; o.x += 1; o[a] -= b; o.x ??= 1; o[a] ||= b; a &&= b; a++; --o.x; o[b]++;
  const n = o[a++] + a;
  return a ? b : (a, b);
}
function calls(f, o, a) {
  f(); f(1); f(1, 2); f(1, 2, 3); o.m(); o.m(1); o.m(1, 2, 3); o[a](); f(...a); f(1, ...a); f(...a, 1); o.m(...a);
  new f; new f(1, 2); new f(...a); o?.m(); o?.m?.(1)?.x; (o?.m)(); f?.(); a => a; (0, o.m)();
  f`x`; o.m`a${1}b`; `${a}`; `x${a}y${f}z`; (f)(a, a = 1); o.m(a, a++);
}
var lit = { a: 1, b: "s", c: [1, 2.5, null, , f], d: { e: -0 }, f() {}, get g() { return 1; }, set g(v) {}, [h]: 1, ...i, __proto__: j, "k": function () {}, 3: l, async m() {}, *n() {} };
var proto = { __proto__: null, __proto__() {}, ["__proto__"]: 1 }, clone = { ...lit, z: 1 }, arr = [1, ...lit, , 2], re = /a\/b/gi, big = 10n, sp = [...arr];
