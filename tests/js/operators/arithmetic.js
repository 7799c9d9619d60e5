// Arithmetic over all kinds of operands.
print(7 % 3, -7 % 3, 7 % -3, 5.5 % 2, -0 % 1, 1 % 0, Object.is(-4 % 2, -0));
print(2 ** 10, 2 ** -1, (-2) ** 2, 2 ** 3 ** 2, NaN ** 0, 1 ** Infinity);
print(1 + "2", "3" - 1, "4" * "5", "6" / 2, true + true, null + 1, undefined + 1, [] + {}, [1] + [2]);
print(2147483647 + 1, -2147483648 - 1, 65536 * 65536, 46341 * 46341, -(-2147483648), 0 * -1 === 0 && 1 / (0 * -1));
print(5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 31, 1 << 32, -1 >> 1, -1 >>> 0, -1 >>> 28, 2 ** 32 >> 0, 1e10 | 0, NaN | 0);
let i = 5;
print(i++ + ++i, i-- - --i, i, -i, +"12", +"", +" 12 ", +"1x", +[], +{}, +null, +undefined, +true, +"0x1f", -"5");
let s = "5"; s++; print(s, typeof s);
let b = 5n; b++; print(b, -b, b * 2n, b / 4n, b % 4n, b ** 3n, b & 3n, b | 8n, b ^ 1n, b << 3n, b >> 1n, ~b);
for (const bad of [() => 1n + 1, () => +1n, () => 1n >>> 0n, () => 1n / 0n, () => 2n ** -1n, () => Symbol() + ""]) {
  try { print(bad()); } catch (e) { print(e.name); }
}
print(-7n / 2n, -7n % 2n, -7n >> 1n, BigInt.asIntN(8, 255n), BigInt.asUintN(8, -1n));
const log = [];
const operand = (n) => ({ valueOf() { log.push(n); return n; } });
operand(1) + operand(2) * operand(3);
print(log.join());
const prim = { [Symbol.toPrimitive]: (hint) => hint };
print(prim + "", `${prim}`, prim * 1, prim == "default", prim < "z");
print(new Date(0) + 1 === new Date(0).toString() + "1", new Date(5) - 1);
let c = 1; c += 2; c -= 1; c *= 8; c /= 2; c %= 5; c **= 3; c <<= 2; c >>= 1; c >>>= 1; c &= 7; c |= 8; c ^= 1;
print(c);
