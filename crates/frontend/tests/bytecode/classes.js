// Fields, methods, accessors, private names, static blocks, heritage, super.
class A {
  x = 1; #p = 2; static s = this; ["c" + 1] = 3; static #q; 0 = "zero"; fn = () => this.x;
  constructor(v) { this.v = v; }
  m() { return this.#p + this.#pm(); }
  get g() { return this.#acc; } set g(v) { this.#acc = v; }
  static sm() { return A.#q; } ["computed"]() {} static ["also"]() {}
  #pm() { return #p in this; } get #acc() { return 1; } set #acc(v) {} static #sp() {} static get #sg() { return 1; }
  static { var local = 1; this.t = local; }
  *gen() {} async am() {}
}
class B extends A {
  y = super.m();
  constructor(...args) { const f = () => super(...args); f(); super.m(this); super.z = 1; super["k" + 1] += 2; }
  static s() { return super.sm(); }
  m() { return { __proto__: this, n() { return super.m(); } }; }
}
class C extends B {}
class D extends null { constructor() { return {}; } }
var anonymous = class {}, named = class Inner { static self = Inner; }, o = { k: class {}, ["k" + 2]: class { static name = 1; } };
