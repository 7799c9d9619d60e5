// Short-circuit operators, logical assignment, optional chaining, comma, conditional.
const log = [];
const t = (x) => (log.push(x), x);
print(t(0) && t(1), t(2) || t(3), t(null) ?? t(4), t("") ?? t(5), log.join()); log.length = 0;
let a = null, b = 0, c = 1;
a ??= t("A"); b ||= t("B"); c &&= t("C"); a ??= t("never"); b ||= t("never");
print(a, b, c, log.join()); log.length = 0;
const frozen = Object.freeze({ x: 1 });
(function () { "use strict"; frozen.x ||= 2; frozen.x ??= 2; try { frozen.x &&= 2; } catch (e) { print(e.name); } })();
const o = { f() { return this === o; }, n: null, d: { e: { g: 5 } }, get count() { log.push("count"); return { v: 1 }; } };
print(o?.d?.e?.g, o.x?.y.z.w, o.n?.[t("no")], o.x?.(t("no")), o.f?.(), o?.["f"](), (o?.f)(), o.nope?.f.g());
print(log.length, o.count?.v, log.join());
print(delete o?.d?.e, "e" in o.d, delete o.nope?.x, typeof o.nope?.x);
try { (o.nope?.x).y; } catch (e) { print(e.name); }
try { o.nope.x?.y; } catch (e) { print(e.name); }
try { o.n(); } catch (e) { print(e.name); }
print(null?.x, undefined?.[0], ""?.length, 0?.toFixed(1), (() => 5)?.());
class P { #x = 1; static read(p) { return p?.#x; } static call(p) { return p?.#m(); } #m() { return this.#x + 1; } }
print(P.read(new P()), P.read(null), P.call(new P()), P.call(undefined));
print((1, 2, 3), true ? 1 : 2, false ? 1 : null ? 2 : 3, void 0, typeof undeclared, typeof null, !"" + !1);
print(typeof function () {}, typeof class {}, typeof Symbol(), typeof 1n, typeof [], typeof (() => {}));
const anonymous = null; let named; named ??= () => {}; print(named.name);
