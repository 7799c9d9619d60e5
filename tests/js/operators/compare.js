// Relational and equality operators.
const values = [undefined, null, true, 0, -0, 1, NaN, "", "0", "1", "a", 1n, [], [1], {}];
const show = (v) => v === undefined ? "undefined" : v === null ? "null" : typeof v === "bigint" ? v + "n"
  : Object.is(v, -0) ? "-0" : typeof v === "object" ? JSON.stringify(v) : typeof v === "string" ? `'${v}'` : String(v);
for (const left of values) {
  const equal = values.filter((right) => left == right).map(show).join(" ");
  const strict = values.filter((right) => left === right).map(show).join(" ");
  const less = values.filter((right) => left < right).map(show).join(" ");
  const lessEqual = values.filter((right) => left <= right).map(show).join(" ");
  print(`${show(left)}  ==: ${equal}  ===: ${strict}  <: ${less}  <=: ${lessEqual}`);
}
print("a" < "b", "B" < "a", "10" < "9", "10" < 9, "\u{1F600}" < "\uFFFF", 2n > 1, 2n > "1", 1n == 1.5, 2n ** 64n > 1e19);
print(NaN < 1, NaN >= 1, undefined < 1, null >= 0, [2] > 1, "x" > 1);
print("x" in { x: 1 }, 0 in [1], 1 in [1], Symbol.iterator in [], "length" in []);
try { "x" in "x"; } catch (e) { print(e.name); }
print([] instanceof Array, [] instanceof Object, Object.create(null) instanceof Object, 1 instanceof Number);
print(({}) instanceof { [Symbol.hasInstance]: (v) => typeof v === "object" }, 1 instanceof class { static [Symbol.hasInstance]() { return 1; } });
function F() {} const B = F.bind(); print(new F() instanceof B);
try { ({}) instanceof {}; } catch (e) { print(e.name); }
try { ({}) instanceof (() => {}); } catch (e) { print(e.name); }
const log = [];
const operand = (n) => ({ valueOf() { log.push(n); return n; } });
operand(1) < operand(2); operand(3) > operand(4); operand(5) >= operand(6);
print(log.join());
