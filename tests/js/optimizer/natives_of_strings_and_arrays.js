// What compiled code does itself with strings, small arrays and integral doubles gives what the runtime gives.
// run: --jitless
// run:
const text = "The quick brown fox";
function sub(s, a, b) { return s.substring(a, b); }
function from(s, a) { return s.substring(a); }
function none(s) { return s.substring(); }
const parts = [];
for (let i = -3; i < 25; i++) for (let j = -3; j < 25; j += 4) parts.push(sub(text, i, j));
print(parts.length, parts.join("|").length, parts.slice(60, 80).join("|"));
print(from(text, 4), from(text, -1), from(text, 100) === "", none(text), sub(text, 5));
for (let k = 0; k < 3000; k++) { sub(text, k % 30 - 5, 12); from(text, k % 25); }
print(sub(text, 5, 2), sub(text, -5, 3), sub(text, 100, 16), from(text, 16), from("äöü€", 2));
print(sub(text, 1.9, "6"), sub(text, NaN, { valueOf() { return 3; } }), sub(text, Infinity, undefined), sub(text, null, true));
print(sub(new String("wrapped"), 1, 3), sub.call(null, "abc", 0, 2));
try { sub(null, 1, 2); } catch (e) { print(e.constructor.name); }
const rope = (n) => { let s = ""; for (let i = 0; i < n; i++) s += "ab" + i; return s; };
print(sub(rope(40), 30, 50), from(rope(20), 45));

function four() { return new Array(4); }
function sized(n) { return new Array(n); }
let arrays = [];
for (let k = 0; k < 3000; k++) { const a = four(); a[k & 3] = k; if (k % 500 === 0) arrays.push(a); sized(k % 10); }
print(arrays.map((a) => `${a.length}:${Object.keys(a)}`).join(" "));
const fresh = four(); print(fresh.length, 0 in fresh, fresh[1], fresh.indexOf(undefined), JSON.stringify(fresh));
fresh.push(1); print(fresh.length, fresh[4], Object.getPrototypeOf(fresh) === Array.prototype);
fresh.x = 1; fresh.length = 2; print(fresh.length, fresh.x);
print(sized(0).length, sized(3).length, sized("3").length, sized(2.0).length, sized(100).length);
try { sized(-1); } catch (e) { print(e.constructor.name); }
const kept = []; for (let k = 0; k < 20000; k++) { const a = four(); a[0] = { k }; if (k % 1000 === 0) kept.push(a); }
print(kept.map((a) => a[0].k).join());

function same(a, b) { return a === b; }
const letters = ["a", "b", "c", "ab".substring(0, 1), "x" + "y", "xy", 1, 1.5, null, undefined, Symbol.iterator, 10n, 10n, {}, true];
let equal = 0;
for (let round = 0; round < 40; round++) for (const a of letters) for (const b of letters) if (same(a, b)) equal++;
print(equal / 40, same("a" + "b", "ab"), same("ab", "ba"), same(0, -0), same(NaN, NaN), same(1, 1.0));

class Body { constructor(x) { this.x = x; } move(d) { this.x += d; return this.x; } }
const body = new Body(0.5); const list = ["zero", "one", "two", "three"];
let seen = "";
for (let k = 0; k < 3000; k++) { const x = body.move(k % 2 ? 0.5 : -0.5); if (k % 600 === 0) seen += list[x] + x + " "; }
print(seen, list[body.x], body.x, Object.is(body.x, 0.5), JSON.stringify(body), Number.isInteger(body.move(0.5)), list[body.x]);
function half(n) { return n / 2; } for (let k = 0; k < 3000; k++) half(k + 0.5);
print(list[half(4)], half(6) | 0, `${half(2)}`, new Map([[1, "found"]]).get(half(2)), [1, 2, 3].indexOf(half(4)), Object.is(half(-0), -0));
function nan(a, b) { return a * b - a * b; } let last; for (let k = 0; k < 3000; k++) last = nan(k * 1e200, 1e200); print(last, typeof last, [last].includes(NaN));

function count(limit) { let n = 0; for (let i = limit - 5; i < limit; i++) n = i + 1; return n; }
for (let k = 0; k < 2000; k++) count(k); print(count(2147483647), count(-2147483643), count(2147483650));
function down(limit) { let n = 0; for (let i = limit + 5; i > limit; i--) n = i - 1; return n; }
for (let k = 0; k < 2000; k++) down(k); print(down(-2147483648), down(2147483640), down(-2147483660));
function neighbours(a, i) { return a[i] + i + 1 + (i - 1); }
for (let k = 0; k < 2000; k++) neighbours([1, 2, 3], k % 3); print(neighbours([1, 2, 3], 2), neighbours([7], 0));
