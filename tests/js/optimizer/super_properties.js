// run: --interrupt-budget=300 --single-threaded
// run: --always-opt
// run: --always-opt --deopt-every-n-times=2
// run: --always-opt --deopt-random=5 --gc-stress=31
// Properties of `super`: found from the home object's prototype, with `this` as the receiver.
class A {
  f(x) { return x + this.k; }
  get g() { return "A" + this.k; }
  get own() { return this; }
  static make(x) { return [this.name, x].join(); }
}
A.prototype.data = 5;
class B extends A {
  constructor(k) { super(); this.k = k; }
  f(x) { return super.f(x) * 2 + super.data; }
  get g() { return "B" + super.g; }
  get self() { return super.own === this; }
  none() { return super.missing; }
  static make(x) { return super.make(x) + "!"; }
  arrow(x) { return (() => super.f(x))(); }
}
function repeat(f) { let last; for (let i = 0; i < 300; i++) last = f(i); return last; }
const b = new B(3), c = new (class C extends B {})(4);
print(repeat(i => b.f(i)), repeat(i => (i & 1 ? b : c).f(i)), repeat(i => b.g), repeat(i => b.self), repeat(i => b.none()));
print(repeat(i => B.make(i)), repeat(i => c.arrow(i)));
// What super finds changes: the method, the holder, the chain, to a getter, to nothing.
A.prototype.f = function (x) { return -x; };
print(repeat(i => b.f(i)));
Object.defineProperty(A.prototype, "data", { get() { return this.k * 1000; }, configurable: true });
print(repeat(i => b.f(i)));
Object.setPrototypeOf(B.prototype, { f: x => x, get data() { return 1; }, get g() { return "literal" + this.k; }, missing: "found" });
print(repeat(i => b.f(i)), repeat(i => b.g), repeat(i => b.none()), repeat(i => B.make(i)));
let gets = 0;
const traps = { get(target, key, receiver) { gets++; return key === "f" ? x => [x, receiver === b] : Reflect.get(target, key, receiver); } };
Object.setPrototypeOf(B.prototype, new Proxy({ data: 2 }, traps));
print(repeat(i => b.none()), repeat(i => b.arrow(i)), gets);
Object.setPrototypeOf(B.prototype, Object.create(new Proxy({ g: "deep" }, traps)));
print(repeat(i => b.g), gets);
Object.setPrototypeOf(B.prototype, null);
print(repeat(i => { try { return b.none(); } catch (e) { return e.name; } }));
Object.setPrototypeOf(B.prototype, new Uint8Array(2));
print(repeat(i => b.none()), repeat(i => { try { return b.arrow(i); } catch (e) { return e.name; } }));
// Methods of literals.
const base = { hello() { return "hello " + this.name; } };
const literal = { __proto__: base, name: "literal", hello() { return super.hello() + "."; }, set name2(x) { super.name = x; } };
print(repeat(() => literal.hello()));
Object.setPrototypeOf(literal, { hello() { return "bye " + this.name; } });
print(repeat(() => literal.hello()), repeat(i => (literal.name2 = i, literal.name)));
