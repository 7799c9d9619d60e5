// Code that ends between the question whether there is some and the call of it.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
// run: --interrupt-budget=500 --single-threaded

// The constructors' code relies on `variable`; the `prototype` of an exotic `new.target` is looked up before they run.
let variable = 1;
function First(x) { this.v = variable; this.w = x; }
function Second(x) { this.v = variable + 10; this.w = x; }
function Third() { this.v = variable + 20; }
class Derived extends First { constructor(x) { super(x); } }
let assigns = false;
const target = function () {}.bind();
Object.defineProperty(target, "prototype", {
  get() {
    if (assigns) variable = 2;
    return Derived.prototype;
  },
});
const make = (newTarget) => Reflect.construct(Derived, [5], newTarget);
let sum = 0;
for (let i = 0; i < 600; i++) {
  Object.setPrototypeOf(Derived, [First, Second, Third][i % 3]);
  sum += make(Derived).v + make(target).v + new First(1).v + new Second(2).v + new Third(1).v;
}
console.log(sum);
assigns = true;
Object.setPrototypeOf(Derived, First);
console.log(make(target).v, make(target).v, make(Derived).v);
