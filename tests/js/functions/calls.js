// Calls: this binding, spread, method references, apply/call/bind, evaluation order, recursion.
"use strict";
const log = [];
const t = (x) => (log.push(x), x);
const o = { f(...a) { return this === o ? a.join() : "no this"; }, g: { h() { return this === o.g; } } };
print(o.f(1, ...[2, 3], 4, ..."ab"), (0, o.f)(1), o["f"](2), o.g.h(), (o.f)(3));
const { f } = o; print(f(1));
function th() { return this; }
print(th(), th.call(1), th.call(null), typeof th.call("s"), th.apply(undefined, []), th.bind(7)());
t({ m: (...a) => t(a.join()) }).m(t(1), ...[t(2)], t(3)); print(log.length);
const bound = function (a, b, c) { return [this.v, a, b, c].join(); }.bind({ v: 0 }, 1);
print(bound(2, 3), bound.name, bound.length, bound.bind(null, 2)(3), bound.call({ v: 9 }, 5, 6), "prototype" in bound);
class P { constructor(a, b) { this.s = a + b; } } const BP = P.bind(null, 1);
print(new BP(2).s, new BP(2) instanceof P, Reflect.construct(BP, [3]).s);
print(Math.max(...[1, 5, 3]), Math.max.apply(null, [1, 2]), Math.max.call(null, 4), new Date(...[2020, 0, 1]).getFullYear());
for (const bad of [() => undefined(), () => null.f(), () => (void 0).x, () => ({}).f(), () => new (() => {})(), () => new o.f(), () => 1(), () => Symbol.iterator(), () => new 1]) { try { bad(); } catch (e) { log.push(e.name); } }
print(log.slice(-9).join());
const order = []; const tick = (n, v) => (order.push(n), v);
try { tick("callee", undefined)(tick("arg")); } catch { order.push("thrown"); } print(order.join());
function depth(n) { return n === 0 ? 0 : 1 + depth(n - 1); } print(depth(5000));
const isEven = (n) => (n === 0 ? true : isOdd(n - 1)), isOdd = (n) => (n === 0 ? false : isEven(n - 1)); print(isEven(1000));
print((function () { return typeof this; }).call(5), (() => typeof this)(), [1, 2].map(function () { return this?.k; }, { k: "thisArg" }).join());
print(((a) => a)`t`[0], (function () { return arguments.length; })(...[], ...[1], ...""), String(...[]));
const manyArgs = Array.from({ length: 5000 }, (_, i) => i); print(Math.max(...manyArgs), ((...a) => a.length)(...manyArgs), f.apply(o, manyArgs).length);
let iife = 0; !function () { iife++; }(); (() => { iife++; })(); void function () { iife++; }(); print(iife);
print([..."abc"].map(String.prototype.toUpperCase.call, String.prototype.toUpperCase).join(""));
