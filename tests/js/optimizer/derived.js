// Derived constructors: inlined, with every sort of result, and with superclasses that change.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=1
// run: --always-turbofan --deopt-every-n-times=3
class Base { constructor(a) { this.a = a; if (a === 13) return { odd: a, area() { return 0; } }; } area() { return this.a * this.a; } static make(...args) { return new this(...args); } }
class Left extends Base { constructor(a, b) { super(a); this.b = b; } area() { return super.area() + this.b; } }
class Right extends Base { }
class Deep extends Left { tag = "t" + this.a; #hidden = this.b; constructor(...args) { super(...args); this.c = args.length; } get hidden() { return #hidden in this ? this.#hidden : -1; } }
class Fields extends Base { x = this.a + 1; y = [this.x]; }
class Returns extends Base { constructor(a) { const r = super(a); if (a === 7) return { seven: r === this }; } }
class Late extends Base { constructor(a) { const go = () => super(a); if (a > 0) go(); else go(); this.late = new.target === Late; } }
class Thrower extends Base { constructor(a) { if (a === 5) throw new Error("early"); super(a); if (a === 6) throw new Error("late"); } }
class NoSuper extends Base { constructor(a) { if (a !== 9) super(a); } }
class Twice extends Base { constructor(a) { super(a); if (a === 8) super(a); } }
function Old(a) { this.old = a; }
class FromOld extends Old { constructor(a) { super(a); this.neu = a; } }
class Arr extends Array { constructor(a) { super(); this.push(a); } }
function catching(f) { try { return f(); } catch (e) { return e.name + ":" + e.message.slice(0, 12); } }
function round(i) {
  const out = [];
  const left = new Left(i, 2), right = new Right(i), deep = new Deep(i, 3);
  out.push(left.area(), right.area(), deep.area(), deep.hidden, deep.c, deep.tag, deep instanceof Left, deep.constructor.name);
  out.push(new Fields(i).y[0], JSON.stringify(new Returns(i)), JSON.stringify(new Late(i)), new FromOld(i).old + new FromOld(i).neu, new Arr(i)[0]);
  out.push(catching(() => new Thrower(i).a), catching(() => new NoSuper(i).a), catching(() => new Twice(i).a));
  out.push(Left.make(i, 1).b, Right.make(i).a, Object.keys(new Deep(i, 1)).join(), catching(() => Left(i)));
  return out.join(" ");
}
let hash = 0, last = "";
for (let i = 0; i < 60; i++) {
  last = round(i % 16);
  for (let k = 0; k < last.length; k++) hash = (hash * 31 + last.charCodeAt(k)) | 0;
}
console.log(last, hash);
function only(a) { return new Left(a, 1).area(); }
for (let i = 0; i < 60; i++) only(i);
console.log(only(3));
// Another superclass.
class Other { constructor(a) { this.a = a + 100; } area() { return 1; } }
Object.setPrototypeOf(Left, Other);
console.log(only(3));
Object.setPrototypeOf(Left, Base);
console.log(only(3));
// Another prototype for what is made.
Left.extra = 1;
console.log(only(4));
Object.setPrototypeOf(Left, Math.max);
console.log(catching(() => only(3)));
Object.setPrototypeOf(Left, Base);
console.log(Reflect.construct(Left, [3, 4], Right).area(), Object.getPrototypeOf(Reflect.construct(Left, [3, 4], Right)) === Right.prototype);
