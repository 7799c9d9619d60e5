// Natives that the compiler has operations for give the same in all tiers, for all kinds of numbers.
const numbers = [
  0, -0, 1, -1, 0.5, -0.5, 0.49999999999999994, 2.5, -2.5, 1e10, -1e10, 2147483647, -2147483648, NaN, Infinity,
  -Infinity, 4503599627370497.5, 1.1, -0.2,
];
const unary = [
  (x) => Math.abs(x), (x) => Math.ceil(x), (x) => Math.floor(x), (x) => Math.round(x), (x) => Math.trunc(x),
  (x) => Math.sqrt(x), (x) => Math.fround(x), (x) => Math.clz32(x),
  (x) => Math.sin(x) + Math.cos(x) + Math.tan(x), (x) => Math.exp(x) + Math.log(x) + Math.log2(x) + Math.log10(x),
  (x) => Math.asin(x) + Math.acos(x) + Math.atan(x), (x) => Math.cbrt(x),
];
const binary = [
  (x, y) => Math.min(x, y), (x, y) => Math.max(x, y), (x, y) => Math.imul(x, y), (x, y) => Math.pow(x, y),
  (x, y) => Math.atan2(x, y),
];
const text = (x) => (Object.is(x, -0) ? '-0' : String(x));

function all() {
  const results = [];
  for (const x of numbers) {
    for (const f of unary) results.push(text(f(x)));
    for (const y of numbers) for (const f of binary) results.push(text(f(x, y)));
  }
  return results;
}

const first = all();
for (let round = 0; round < 40; round++) {
  all().forEach((result, i) => {
    if (result !== first[i]) print(`round ${round}, result ${i}: ${result} instead of ${first[i]}`);
  });
}
print(first.length, numbers.map((x) => text(unary[3](x))).join());

// Int32 arguments take forms of their own.
const small = (n) => Math.abs(n | 0) + Math.min(n | 0, 3) + Math.max(n | 0, 3) + Math.floor(n | 0);
let sum = 0;
for (let i = -200; i < 200; i++) sum += small(i);
print(sum, small(-2147483648), small('7'), Math.abs('-3'), Math.max(), Math.min(1), Math.max(1, 2, '3'));

// What is no number is converted, once and in order.
let log = '';
const noisy = (name, value) => ({ valueOf() { log += name; return value; } });
const hypotenuse = (x, y) => Math.sqrt(Math.pow(x, 2) + Math.pow(y, 2));
for (let i = 0; i < 200; i++) hypotenuse(i, i);
print(hypotenuse(noisy('a', 3), noisy('b', 4)), log);

// Characters, inside of the string and outside.
const code = (s, i) => s.charCodeAt(i);
const character = (s, i) => s.charAt(i);
const from = (c) => String.fromCharCode(c);
let built = '';
for (let i = 0; i < 300; i++) built = code('héllo€', i % 6) + character('héllo€', i % 6) + from(65 + (i % 26));
print(built, code('abc', 10), `<${character('abc', -1)}>`, from(65536 + 66), from(-1).charCodeAt(0), code('x'));
print(code.call(null, new String('boxed'), 1), code({ toString: () => 'o', charCodeAt: String.prototype.charCodeAt }, 0));
