// Order of evaluation in class definitions, property order, symbols, super property semantics.
const log = [];
const t = (x) => (log.push(x), x);
class C extends (t("heritage"), Object) { [t("a")]() {} get [t("b")]() { return 1; } static [t("c")]() {} static [t("d")] = t("value d"); [t("e")] = t("value e"); }
print(log.join());
print(Reflect.ownKeys(C).map(String).join(), Reflect.ownKeys(C.prototype).map(String).join());
class Over { m() { return 1; } get m() { return 2; } static s() {} static get s() { return "getter wins"; } } print(new Over().m, Over.s);
class Pair { get x() { return 1; } } class PairSub extends Pair { set x(v) {} } print(new PairSub().x);
class Proto { get v() { return this.tag; } set v(x) { this.tag = "set " + x; } }
class User extends Proto { tag = "user"; test() { const before = super.v; super.v = 5; super.fresh = "own"; return [before, this.tag, Object.hasOwn(this, "fresh")].join(); } comp(k) { return super[k]; } inc() { super.n = 1; super.n++; return this.n; } }
print(new User().test(), new User().comp("v"), new User().inc());
const home = { __proto__: { who: "first" }, get() { return super.who; } }; print(home.get()); Object.setPrototypeOf(home, { who: "second" }); print(home.get());
const extracted = home.get; print(extracted(), extracted.call({ who: "no" }));
class Frozen { static { Object.freeze(this.prototype); } m() { try { super.x = 1; return this.x; } catch (e) { return e.name; } } } print(new Frozen().m(), (() => { const f = Object.freeze(new Frozen()); return f.m(); })());
class Sym { static [Symbol.hasInstance](v) { return v === 1; } get [Symbol.toStringTag]() { return "Sym"; } [Symbol.toPrimitive](h) { return h === "number" ? 42 : "prim " + h; } *[Symbol.iterator]() { yield 1; yield 2; } static get [Symbol.species]() { return Array; } }
print(1 instanceof Sym, Object.prototype.toString.call(new Sym()), +new Sym(), `${new Sym()}`, [...new Sym()].join());
class SpeciesArray extends Array { static get [Symbol.species]() { return Array; } } print(new SpeciesArray(1, 2).map((x) => x) instanceof SpeciesArray, SpeciesArray.of(1) instanceof SpeciesArray);
let setterThis; class Recv { set x(v) { setterThis = this; } } const child = Object.create(Recv.prototype); child.x = 1; print(setterThis === child); Reflect.set(Recv.prototype, "x", 1, 7); print(setterThis);
class Abstract { constructor() { if (new.target === Abstract) throw new TypeError("abstract"); this.name = new.target.name; } } class Concrete extends Abstract {} print(new Concrete().name, (() => { try { new Abstract(); } catch (e) { return e.message; } })());
class Changing { m() { return "old"; } } const inst = new Changing(); Changing.prototype.m = () => "new"; print(inst.m()); delete Changing.prototype.m; print(typeof inst.m);
print(class { static m() { return this === undefined; } }.m.call(undefined), (() => { const { m } = class { static m() { return this; } }; return m(); })());
Object.setPrototypeOf(Concrete, class { constructor() { this.swapped = true; } }); print(new Concrete().swapped, new Concrete().name);
