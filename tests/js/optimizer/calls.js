// Calls whose target is not known, comparisons of any values and arrays of a length: the direct paths and what leaves them.
const call = (f, x) => f(x);
const sloppy = Function('x', 'return [typeof this, this === globalThis, x].join()');
const targets = [
  (x) => x + 1, (x, y) => [x, y].join('|'), () => 'none', function () { return arguments.length; },
  (...rest) => rest.length, function* (x) { yield x; }, async (x) => x, sloppy, Math.abs, String,
  ((a) => a).bind(null, 'bound'), new Proxy((x) => -x, {}), class { static make(x) { return x * 2; } }.make,
];
for (let i = 0; i < 60; i++) for (const target of targets) call(target, i);
print(targets.map((target) => {
  const result = call(target, -3);
  return typeof result === 'object' ? Object.prototype.toString.call(result) : String(result);
}).join(' '));
class C {}
for (const bad of [undefined, null, 1, 'text', {}, C, Symbol.iterator]) {
  try { print(call(bad, 1)); } catch (error) { print(`${error.name}: ${error.message}`); }
}
const method = (o) => o.m(1);
const receivers = [1, 2, 3, 4, 5, 6].map((n) => ({ n, m(x) { return this.n + x; }, ['p' + n]: n }));
for (let i = 0; i < 100; i++) receivers.forEach(method);
print(receivers.map(method).join(), method({ m: sloppy }) === 'object,false,1');
const thrower = () => { throw new Error('from the callee'); };
const guarded = (f) => { try { return call(f, 1); } catch (error) { return error.message; } };
for (let i = 0; i < 100; i++) guarded(i % 3 ? thrower : targets[i % 2]);
print(guarded(thrower), guarded(targets[0]));

const values = [
  0, -0, 1, 1.5, NaN, Infinity, '', 'a', 'ab', `a${'b'}`, 'é', true, false, null, undefined, Symbol.iterator, 1n, BigInt(1),
  2n ** 70n, 2n ** 70n + 1n, {}, [], call, call,
];
const same = (a, b) => a === b;
const truth = (a) => (a ? 1 : 0);
let table = '';
for (let round = 0; round < 30; round++) {
  table = '';
  for (const a of values) {
    for (const b of values) table += same(a, b) ? 1 : 0;
    table += ` ${truth(a)}\n`;
  }
}
print(table);
const equal = (a, b) => a === b;
for (let i = 0; i < 200; i++) equal('a' + (i % 3), 'a1');
print(equal('abc', 'ab' + 'c'), equal('abc', 'abd'), equal('a'.repeat(50), 'a'.repeat(50)), equal('\u0100', '\u0100'));

const make = (n) => new Array(n);
for (let i = 0; i < 200; i++) make(i % 7);
print(make(3).length, 0 in make(3), make(0).length, make('3').length, make(3.0).length, make([1]).length);
for (const bad of [-1, 1.5, 4294967296]) {
  try { make(bad); } catch (error) { print(`${error.name}: ${error.message}`); }
}
