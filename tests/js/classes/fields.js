// Fields: order, this, names, computed keys, static fields and blocks.
const log = [];
const t = (x) => (log.push(x), x);
class A {
  [t("k1")] = t("v1");
  static [t("k2")] = t("v2");
  [t("k3")] = t("v3");
  static { t("block " + this.k2); }
  static last = t("last");
}
print(log.join()); log.length = 0;
new A(); print(log.join());
class B { a = 1; b = this.a + 1; c = () => this.b; d = function () { return typeof this; }; e; f = (x) => x; static s = this.name; static t = () => this.s; }
const b = new B(); print(b.a, b.b, b.c(), b.d(), "e" in b, b.e, b.f(3), B.s, B.t(), b.c.name, b.d.name, B.t.name);
class Base { constructor() { log.push("base sees " + this.field); } field = "base"; get over() { return "getter"; } }
class Derived extends Base { field = "derived"; over = "field"; extra = log.push("derived init"); constructor() { log.push("before"); super(); log.push("after " + this.field); } }
log.length = 0; const d = new Derived(); print(log.join("; "), d.over, Object.getOwnPropertyNames(d).join());
class Setter { set x(v) { log.push("setter " + v); } } log.length = 0; class Defines extends Setter { x = 1; } print(new Defines().x, log.length);
class Static { static #count = 0; static inc() { return ++Static.#count; } static { this.started = Static.inc(); } static get count() { return this.#count; } } print(Static.started, Static.inc(), Static.count);
class Blocks { static x = 1; static { try { throw 2; } catch (e) { this.x += e; } } static y = this.x * 10; static { var local = 5; this.z = local + this.y; } static { var local; this.w = local; } } print(Blocks.x, Blocks.y, Blocks.z, Blocks.w, typeof local);
let leak; class Leak { static { leak = () => this; } static #p = 7; static { this.read = () => Leak.#p; } } print(leak() === Leak, Leak.read());
class Sup { hello() { return "hello"; } static sh() { return "static hello"; } } class Sub extends Sup { greeting = super.hello() + "!"; static sg = super.sh(); static { this.block = super.sh(); } } print(new Sub().greeting, Sub.sg, Sub.block);
try { class Throws { static x = t("thrown") && null.y; static z = t("never"); } } catch (e) { print(e.name, log.at(-1)); }
try { new (class { constructor() { this.ok = 1; } x = null.y; })(); } catch (e) { print(e.name); }
class NameField { static ["name"] = "custom"; } print(NameField.name, (class { static ["na" + "me"] = 5; }).name);
class Async { static p = (async () => 5)(); g = function* () { yield this.v; }; v = 6; } print(Async.p instanceof Promise, [...new Async().g()].join());
const frozen = class { x = 1; constructor() { Object.freeze(this); } }; try { new (class extends frozen { y = 2; })(); } catch (e) { print(e.name); }
class Proxied extends class { constructor() { return new Proxy(this, { defineProperty(o, k, desc) { log.push("define " + k); return Reflect.defineProperty(o, k, desc); } }); } } { px = 1; } log.length = 0; new Proxied(); print(log.join());
class Instance { static instances = new Set(); constructor() { Instance.instances.add(this); } } new Instance(); new Instance(); print(Instance.instances.size);
class Numeric { 1 = "one"; 0x10 = "sixteen"; 1n = "big"; static 2 = "two"; 'str' = 3; [Symbol.toStringTag] = "Tagged"; } print(JSON.stringify(new Numeric()), Numeric[2], String(new Numeric()));
class ASI { a
  b = 2
  static c
  'get'
  *d() { yield "generator"; } }
print(Object.keys(new ASI()).join(), "c" in ASI, [...new ASI().d()][0]);
