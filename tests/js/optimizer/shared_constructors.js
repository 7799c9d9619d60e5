// One constructor function for many classes, which calls what it finds on the new object.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=1
// run: --always-turbofan --deopt-every-n-times=3
const Class = { create: function () { return function () { this.initialize.apply(this, arguments); }; } };
const classes = [];
for (let k = 0; k < 12; k++) {
  const C = Class.create();
  C.prototype = { initialize: function (a, b) { this.a = a; this["b" + k] = b; this.n = arguments.length; }, sum: function () { return this.a + k + this.n; } };
  classes.push(C);
}
const [A, B] = classes;
function make(x) { return new A(x, 2).sum() + new B(x).sum() + new A(x, 1, 2).n; }
function every(x) { let s = 0; for (const C of classes) s += new C(x, x).sum(); return s; }
let total = 0;
for (let i = 0; i < 200; i++) total += make(i) + every(i);
console.log(total, make(3));
// Another method, on the prototype, on its prototype, and none.
A.prototype.initialize = function (a) { this.a = a * 100; this.n = 0; };
console.log(make(3));
delete A.prototype.initialize;
Object.prototype.initialize = function (a) { this.a = a * 1000; this.n = 0; };
console.log(make(3));
delete Object.prototype.initialize;
try { make(3); } catch (e) { console.log(e.name); }
A.prototype.initialize = B.prototype.initialize;
console.log(make(3));
A.prototype = { get initialize() { return function (a) { this.a = a; this.n = 7; }; }, sum: B.prototype.sum };
console.log(make(3));
