// Private names: fields, methods, accessors, statics, brand checks.
class Counter {
  #n = 0; static #made = 0; static #secret() { return "secret " + this.#made; }
  constructor() { Counter.#made++; }
  #bump(by) { this.#n += by; return this; }
  get #double() { return this.#n * 2; } set #double(v) { this.#n = v / 2; }
  inc() { return this.#bump(1).#n; } viaSetter(v) { this.#double = v; return [this.#n, this.#double].join(); }
  static is(o) { return #n in o; } static hasMethod(o) { return #bump in o; } static read(o) { return o.#n; } static reveal() { return Counter.#secret(); }
  ops() { this.#n++; ++this.#n; this.#n **= 2; this.#n ??= 5; this.#n ||= 6; this.#n &&= this.#n + 1; return this.#n--; }
  destructure() { [this.#n] = [50]; ({ a: this.#n } = { a: this.#n + 1 }); return this.#n; }
  optional(o) { return o?.#n; } del() { return delete this.x; } for() { for (this.#n of [7, 8]); return this.#n; }
}
const c = new Counter();
print(c.inc(), c.inc(), c.viaSetter(20), Counter.is(c), Counter.is({}), Counter.hasMethod(c), Counter.reveal(), c.ops(), c.destructure(), c.optional(null), c.for());
const attempt = (f) => { try { return f(); } catch (e) { return e.name; } };
print(attempt(() => Counter.read({})), attempt(() => Counter.is(1)), attempt(() => Counter.read(null)), Object.getOwnPropertyNames(c).length, JSON.stringify(c));
class RO { #m() {} get #g() { return 1; } set #s(v) {} a() { this.#m = 1; } b() { this.#g = 1; } c() { return this.#s; } d() { this.#g++; } }
print(["a", "b", "c", "d"].map((k) => attempt(() => new RO()[k]())).join());
class Outer { #x = "outer"; static Inner = class { #x = "inner"; read(o) { return o.#x; } }; static readOuter(o) { return o.#x; } }
print(new Outer.Inner().read(new Outer.Inner()), attempt(() => new Outer.Inner().read(new Outer())), Outer.readOuter(new Outer()));
class Nested { #v = 1; m() { return class { static peek(n) { return n.#v; } }; } } print(new Nested().m().peek(new Nested()));
const make = () => class { #p = 1; static has(o) { return #p in o; } }; const A = make(), B = make(); print(A.has(new A()), A.has(new B()));
class Stamp extends (function (o) { return o; }) { #brand = "stamped"; static read(o) { return o.#brand; } static stamp(o) { return new Stamp(o); } }
const plain = {}; Stamp.stamp(plain); print(Stamp.read(plain), attempt(() => Stamp.stamp(plain)), Object.isFrozen(Object.freeze(plain)), Stamp.read(plain));
class Base { #x = "base"; getX() { return this.#x; } } class Derived extends Base { #x = "derived"; getOwn() { return this.#x; } } print(new Derived().getX(), new Derived().getOwn());
class StaticSub { static #s = 1; static get() { return this.#s; } } class Sub extends StaticSub {} print(StaticSub.get(), attempt(() => Sub.get()));
const p = new Proxy(c, {}); print(attempt(() => Counter.read(p)));
class Gen { #items = [1, 2]; *#each() { yield* this.#items; } async #later() { return this.#items.length; } [Symbol.iterator]() { return this.#each(); } later() { return this.#later(); } } print([...new Gen()].join(), new Gen().later() instanceof Promise);
class Fn { #f = () => this; #g = function () { return this; }; call() { return [this.#f() === this, this.#g() === this, (0, this.#g)() === undefined].join(); } tagged() { return this.#t`x`; } #t(s) { return this instanceof Fn && s[0]; } } print(new Fn().call(), new Fn().tagged());
class Early { a = attempt(() => this.#late); #late = 1; b = this.#late; } print(new Early().a, new Early().b);
class MethodsFirst { x = this.#m(); #m() { return "method available to fields"; } } print(new MethodsFirst().x);
print(["class { #a; #a; }", "class { m() { this.#b; } }", "class { #constructor; }", "class { m() { delete this.#c; } #c }", "this.#d", "class { get #e() {} get #e() {} }", "class { get #f() {} static set #f(v) {} }"].map((s) => attempt(() => eval("(" + s + ")")?.name ?? "ok")).join());
class Chain { #next; constructor(next) { this.#next = next; } depth() { return 1 + (this.#next?.depth() ?? 0); } third() { return this.#next?.#next?.#next; } } print(new Chain(new Chain(new Chain())).depth(), new Chain(new Chain()).third());
