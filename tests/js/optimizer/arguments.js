// Arguments objects and rest arrays that are not made: inlined and not, mapped and not, applied and spread.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
function add(a, b, c) { return (a | 0) + (b | 0) * 10 + (c | 0) * 100; }
function count() { return arguments.length; }
function unmapped(a, b) { "use strict"; b = 9; return arguments.length + ":" + arguments[0] + "," + b; }
function strictSecond(a, b) { "use strict"; b = 9; return arguments[1]; }
function mapped(a, b) { a = a + 1; arguments[1] = 50; return arguments[0] + b + arguments.length; }
function plain(a) { return arguments[0] + arguments[1]; }
function sumAll() { let s = 0; for (let i = 0; i < arguments.length; i++) s += arguments[i]; return s; }
function sumRest(a, ...rest) { let s = a; for (let i = 0; i < rest.length; i++) s += rest[i] * 2; return s; }
function sumOf(...rest) { let s = 0; for (const x of rest) s += x; return s; }
function first(...rest) { return rest[0] + rest.length; }
function missing(...rest) { return rest[5] === undefined ? "none" : rest[5]; }
function forward() { return add.apply(this, arguments); }
function forwardMapped(a, b) { a += 1; return add.apply(null, arguments); }
function forwardRest(...rest) { return add(...rest); }
function forwardMore(...rest) { return add(7, ...rest); }
function forwardArguments() { return add(...arguments); }
function forwardChanged(...rest) { rest[0] = 5; return add(...rest); }
function forwardPushed(...rest) { rest.push(3); return add(...rest); }
function forwardInLoop() { let s = 0; for (let i = 0; i < 3; i++) { s += add.apply(null, arguments); arguments[0] = i; } return s; }
function called(a, b) { return add.call(this, b, a); }
function leak(a) { return arguments; }
function escapes(a, b) { const k = leak(a, b); k[0] = 7; return k.length + k[0]; }
function callee() { return arguments.callee === callee; }
function iterates() { let s = ""; for (const x of arguments) s += x; return s; }
function lengthened() { arguments.length = 5; return arguments.length; }
function Point(x, y) { this.x = x; this.y = y; }
function make(...rest) { return new Point(...rest); }
function Klass() { this.init.apply(this, arguments); }
Klass.prototype.init = function (x, y) { this.x = x; this.y = y | 0; };
function thrower(...rest) { if (rest[0] > 20) throw rest; return rest.length; }
function catching(a) { try { return thrower(a, 1, 2); } catch (e) { return e.join("-") + Array.isArray(e); } }
function both(a, ...rest) { return arguments.length * 10 + rest.length + arguments[1]; }
function nested(...rest) { return count(...rest) + sumAll.apply(null, rest) + first(...rest); }
function kinds(a) { return Object.prototype.toString.call(arguments) + typeof arguments; }
function cold(o, ...rest) { const v = o.x; return o.cold ? [v, rest, Array.isArray(rest), rest.length].join() : v + rest[0]; }
function coldArguments(o) { const v = o.x; return o.cold ? [v, arguments.length, arguments[1], Object.keys(arguments).join("")].join() : v + arguments[1]; }
function useCold(o, n) { return cold(o, n, n + 1, n + 2) + coldArguments(o, n, 3); }
function swap(a, b) { arguments[0] = b; arguments[1] = 1; return a * 10 + b; }
function shadows(a, a2) { var t = a; a = a2; a2 = t; return arguments[0] + "/" + arguments[1]; }
function deleted(a, b) { delete arguments[0]; a = 5; return arguments[0] + "," + arguments[1]; }
function round(i) {
  const o = { x: i };
  return [
    count(), count(1, 2, 3), unmapped(i, 1), unmapped(i), strictSecond(1, i), mapped(i, 2), mapped(i, 2, 3), plain(i, 2),
    sumAll(i, 1, 2), sumAll(), sumRest(i, 1, 2, 3), sumRest(i), sumOf(1, i, 3), first(i, 1), missing(1), missing(1, 2, 3, 4, 5, i),
    forward(i, 1), forward(), forwardMapped(i, 1, 2), forwardMapped(i), forwardRest(i, 1, 2), forwardRest(), forwardMore(i, 2),
    forwardArguments(1, i), forwardChanged(i, 1), forwardPushed(i, 1), forwardInLoop(i, 1), called(i, 1), escapes(i, 2), callee(),
    iterates(i, "b"), lengthened(1), make(i, 2).x + make(i, 2).y, new Klass(i, 2).y, new Klass(i).x, catching(i), both(i, 2, 3),
    nested(i, 2), kinds(i), useCold(i % 7 === 0 ? { y: 1, x: i, cold: i % 2 } : o, i), swap(i, 2), shadows(i, 2), deleted(i, 3),
    swap(i), shadows(i),
  ].join(" ");
}
let last = "", hash = 0;
for (let i = 0; i < 60; i++) {
  last = round(i);
  for (let k = 0; k < last.length; k++) hash = (hash * 31 + last.charCodeAt(k)) | 0;
}
console.log(last);
console.log(hash);
// What spreading means can change.
const values = Array.prototype[Symbol.iterator];
Array.prototype[Symbol.iterator] = function* () { yield 4; yield 2; };
console.log(forwardRest(1, 1, 1), forwardMore(1));
Array.prototype[Symbol.iterator] = values;
console.log(forwardRest(1, 1, 1), forwardMore(1));
const apply = Function.prototype.apply;
Function.prototype.apply = function (receiver, list) { return "mine " + list.length; };
console.log(forward(1, 2), forwardMapped(3, 4));
Function.prototype.apply = apply;
console.log(forward(1, 2), forwardMapped(3, 4));
try { called.call.call(3); } catch (e) { console.log(e.name); }
function applies(f, ...rest) { return f.apply(null, rest); }
for (let i = 0; i < 60; i++) applies(add, i, 1);
try { applies(Object.create(Function.prototype), 1); } catch (e) { console.log(e.name); }
