// Tagged templates: one object per place in the code and activation of its code, however often it runs.
const strings = (s) => s;
const same = (a, b) => (a === b ? "same" : "other");
const f = () => strings`a${0}b`;
print(same(f(), f()), same(strings`a${0}b`, strings`a${0}b`), same(f(), strings`a${0}b`));
const makers = [1, 2].map(() => () => strings`x`); print(same(makers[0](), makers[1]()));
const twice = () => eval("strings`e`"); print(same(twice(), twice()));
const g = Function("strings", "return strings`f`"), h = Function("strings", "return strings`f`"); print(same(g(strings), g(strings)), same(g(strings), h(strings)));
function* gen() { for (;;) yield strings`g`; } const it = gen(); print(same(it.next().value, it.next().value), same(gen().next().value, gen().next().value));
class C { static m() { return strings`m`; } field = strings`field`; } print(same(C.m(), C.m()), same(new C().field, new C().field));
const loop = []; for (const x of [1, 2, 3]) loop.push(strings`${x}`); print(new Set(loop).size);
const recursive = (n) => (n ? [strings`r`, ...recursive(n - 1)] : []); print(new Set(recursive(5)).size);
async function later() { await 0; return strings`async`; } Promise.all([later(), later()]).then(([a, b]) => print(same(a, b)));
// Frozen, with their raw strings as a hidden property.
const s = strings`one${1}\ntwo`; print(Object.isFrozen(s), Object.isFrozen(s.raw), JSON.stringify(s), JSON.stringify(s.raw), JSON.stringify(Object.getOwnPropertyDescriptor(s, "raw")), Object.keys(s).join(), Reflect.ownKeys(s).join());
print(s.concat === Array.prototype.concat, s.length, s.raw.length, same(s.raw, s.raw));
"use strict"; try { (() => { "use strict"; s[0] = "x"; })(); } catch (e) { print(e.name); }
// Cooked values of escapes; what is invalid is undefined when tagged, an early error otherwise.
const raw = (t) => `${JSON.stringify(t[0])}|${t.raw[0]}`;
print(raw`\u0041\x41\101`, raw`\u{1F600}`, raw`\u{110000}`, raw`\u{`, raw`\x4`, raw`\8`, raw`\0`, raw`\00`, raw`\
`, raw`\q\'\"\``);
for (const text of ["`\\u{`", "`\\1`", "`\\x`", "`${`\\u`}`"]) { try { eval(text); print("fine"); } catch (e) { print(e.name); } }
print(raw`a
b`, JSON.stringify(eval("strings`a\r\nb\rc`.raw[0]")), JSON.stringify(eval("`a\r\nb\rc`")));
// Order: the tag, then the substitutions, then the call; what the tag is called on.
const log = []; const t = (x) => (log.push(x), x);
(t("tag") && ((s, ...v) => log.push(v.join("+"))))`${t(1)}${t(2)}`; print(log.join(" "));
const o = { get tag() { log.push("get"); return function () { return this === o; }; }, deep: { tag() { return this === o.deep; } } }; print(o.tag``, o["tag"]``, o.deep.tag``, (0, o.tag)``, o?.deep ? "chain" : "");
for (const text of ["a?.b`x`", "a?.`x`", "new.target`x`", "super`x`"]) { try { Function(text); print("fine", text); } catch (e) { print(e.name, text); } }
print(((s) => (u) => (v) => [s[0], u[0], v[0]].join())`1``2``3`, String.raw({ raw: "abc" }, 1, 2, 3), String.raw({ raw: { length: 2, 0: "x", 1: "y" } }, "-"), String.raw`\u00${"zz"}`, `a${`b${`c${1}`}`}`);
