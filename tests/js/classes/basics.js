// Classes: methods, accessors, statics, inheritance, super.
class A {
  constructor(x) { this.x = x; }
  method() { return "A.method " + this.x; }
  get value() { return this.x * 2; }
  set value(v) { this.x = v / 2; }
  static create(...a) { return new this(...a); }
  static get kind() { return "kind of " + this.name; }
  ["comp" + "uted"]() { return "computed"; }
  *gen() { yield this.x; } async am() { return this.x; } static async *sag() { yield 1; }
  "string name"() { return 1; } 42() { return 2; } get; set; static; async; static static = "s"; 'quoted' = 1; 
}
const a = new A(1);
print(a.method(), a.value, (a.value = 10, a.x), A.create(7).x, A.kind, a.computed(), [...a.gen()][0], A.static);
print(a["string name"](), a[42](), Object.keys(a).join(), Object.getOwnPropertyNames(A.prototype).join());
class B extends A {
  constructor(x, y) { super(x); this.y = y; }
  method() { return "B then " + super.method(); }
  get value() { return super.value + 100; }
  set value(v) { super.value = v; this.set = true; }
  static create() { return super.create(1, 2); }
  static get kind() { return "sub" + super.kind; }
}
const b = B.create();
print(b.method(), b.value, (b.value = 8, b.x), b.set, b instanceof A, B.kind, Object.getPrototypeOf(B) === A);
for (const f of [() => A(), () => new (class extends A { constructor() {} })(), () => new (class extends A { constructor() { super(); super(); } })(), () => new (class extends null {})(), () => { class X extends undefined {} }, () => { class X extends (() => {}) {} }, () => new (class extends A { constructor() { return 1; } })(), () => new (class extends A { constructor() { this.x; super(); } })()]) { try { f(); print("no error"); } catch (e) { print(e.name); } }
print(new (class extends A { constructor() { return { replaced: true }; } })().replaced, new (class { constructor() { return 1; } })() instanceof Object);
class Null extends null { static s() { return 1; } } print(Null.s(), Object.getPrototypeOf(Null.prototype), Object.getPrototypeOf(Null) === Function.prototype);
class Default extends A {} print(new Default(5).x, Default.length, A.length, typeof A);
const d = Object.getOwnPropertyDescriptor(A.prototype, "method"); print(d.enumerable, d.writable, d.configurable);
try { A.prototype = {}; "use strict"; } catch (e) { print(e.name); } print(A.prototype.constructor === A);
const Expr = class Inner { who() { return Inner.name; } reassign() { Inner = 1; } }; print(new Expr().who(), typeof Inner);
try { new Expr().reassign(); } catch (e) { print(e.name); }
class Arr extends Array { sum() { return this.reduce((x, y) => x + y, 0); } } const arr = Arr.from([1, 2, 3]);
print(arr.sum(), arr.length, arr.map((x) => x * 2) instanceof Arr, arr.map((x) => x * 2).sum(), Array.isArray(arr), (arr[5] = 1, arr.length));
class Err extends Error { constructor(m) { super(m); this.name = "Err"; } } try { throw new Err("boom"); } catch (e) { print(String(e), e instanceof Err, e instanceof Error, Object.prototype.toString.call(e)); }
class M extends Map { get(k) { return super.get(k) ?? "none"; } } print(new M([[1, 2]]).get(1), new M().get(1));
class F extends Function {} print(new F("a", "return a * 2")(4), new F() instanceof F);
const obj = { __proto__: { hi() { return "proto hi " + this.n; } }, n: 1, hi() { return super.hi() + "!"; } }; print(obj.hi());
const mixin = (Base) => class extends Base { mixed() { return "mixed " + super.method(); } }; print(new (mixin(A))(3).mixed());
class S { static m() { return () => super.toString === Function.prototype.toString; } arrow = () => super.constructor === Object; } print(S.m()(), new S().arrow());
class Later { constructor() { const init = () => super.hasOwnProperty("q"); this.q = 1; this.r = init(); } } print(new Later().r);
class ArrowSuper extends A { constructor() { const f = () => super(9); f(); } } print(new ArrowSuper().x);
class EvalSuper extends A { constructor() { eval("super(11)"); } } print(new EvalSuper().x);
{ class Block {} } print(typeof Block, typeof (class {}), (class {}).name === "");
const key = { toString() { return "once"; } }; let evaluated = 0; class Keys { [(evaluated++, "a")]() {} static [(evaluated++, "b")] = evaluated; [key] = 1; } print(evaluated, Keys.b, new Keys().once);
