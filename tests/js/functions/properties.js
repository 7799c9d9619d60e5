// Function objects: name, length, prototype, toString, new.target, constructors that return objects.
function decl(a, b) { return a; }
const arrow = (x) => x, expr = function () {}, cls = class Named {}, asyncFn = async () => {}, gen = function* () {};
print([decl, arrow, expr, cls, asyncFn, gen].map((f) => `${f.name}/${f.length}/${"prototype" in f}`).join(" "));
print(Object.getOwnPropertyNames(decl).filter((k) => k !== 'caller' && k !== 'arguments').sort().join(), Object.getOwnPropertyNames(arrow).sort().join(), Object.getOwnPropertyNames(cls).sort().join());
const desc = Object.getOwnPropertyDescriptor(decl, "name"); print(desc.writable, desc.enumerable, desc.configurable);
const proto = Object.getOwnPropertyDescriptor(decl, "prototype"); print(proto.writable, proto.enumerable, proto.configurable, decl.prototype.constructor === decl);
print(Object.getOwnPropertyDescriptor(cls, "prototype").writable, Object.getPrototypeOf(gen.prototype) === Object.getPrototypeOf(function* () {}).prototype);
print(decl.toString(), arrow + "", String(cls), String(class { a = 1; }), String({ m ( ) { return 1 } }.m), String({ get  g() { return 1 } }.g === undefined));
print(String(Object.getOwnPropertyDescriptor({ get  x () { return 1; } }, "x").get), String(async  function  af ( ) { /* c */ }));
print(String(Math.max).replace(/\s+/g, " "), String(decl.bind()).replace(/\s+/g, " "));
function NT() { return new.target === undefined ? "call" : new.target === NT ? "new" : "other"; }
function Ctor() { this.t = new.target; } class Sub extends Ctor {}
print(NT(), new Ctor().t === Ctor, new Sub().t === Sub, Reflect.construct(Ctor, [], Array).t === Array, Reflect.construct(Ctor, [], Array) instanceof Array);
print((() => { function f() { return (() => new.target)(); } return new f() instanceof f && f() === undefined; })());
function returnsObject() { this.a = 1; return { b: 2 }; } function returnsPrimitive() { this.a = 1; return 5; }
print(Object.keys(new returnsObject()).join(), Object.keys(new returnsPrimitive()).join());
function noProto() {} noProto.prototype = null; print(Object.getPrototypeOf(new noProto()) === Object.prototype);
function Animal(name) { this.name = name; } Animal.prototype.speak = function () { return this.name + " speaks"; };
function Dog(name) { Animal.call(this, name); } Dog.prototype = Object.create(Animal.prototype, { constructor: { value: Dog } });
print(new Dog("rex").speak(), new Dog() instanceof Animal, new Dog().constructor.name);
print(typeof Function.prototype, Function.prototype(), Function.prototype.length, Function.prototype.name === "");
const sym = Symbol("s"); print(({ [sym]() {} })[sym].name, ({ get [sym]() { return 1; } }, "ok"), (class { static name = "own"; }).name, (class { static name() {} }).name.name);
let assigned; assigned = () => {}; const [fromArray = () => {}] = []; const { prop: renamed = function () {} } = {}; print(assigned.name, fromArray.name, renamed.name, (() => {}).name === "", (0, () => {}).name === "");
({ a: assigned = 1 ? () => {} : 0 } = {}); print(assigned.name === "");
for (const restricted of ["caller", "arguments"]) { try { arrow[restricted]; print("no throw"); } catch (e) { print(e.name); } }
print(new (function () { this.x = 1; })().x, new Ctor instanceof Ctor, new (class { constructor() { return [1]; } })().length);
