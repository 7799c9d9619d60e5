// All loop statements with break, continue and labels.
let out = [];
for (let i = 0; i < 3; i++) out.push(i);
for (var v = 0, w = 5; v < w; v += 2, w--) out.push(v + ":" + w);
for (;;) { break; }
let n = 3; while (n--) out.push(n);
do { out.push("do"); } while (++n < 2);
print(out.join(" ")); out = [];
for (const k in { b: 1, a: 2, 2: 0, 1: 0, [Symbol()]: 1 }) out.push(k);
for (const k in "xy") out.push(k);
for (const k in null) out.push("never");
for (const k in undefined) out.push("never");
for (const k in Object.create({ inherited: 1 }, { own: { enumerable: true }, hid: { enumerable: false } })) out.push(k);
print(out.join(" ")); out = [];
outer: for (let i = 0; i < 3; i++) {
  for (let j = 0; j < 3; j++) {
    if (j === 1) continue outer;
    if (i === 2) break outer;
    out.push(i + "" + j);
  }
}
block: { out.push("in"); break block; out.push("never"); }
let turns = 0;
a: b: while (turns++ < 3) { do { continue a; } while (out.push("never")); }
print(out.join(" "), turns); out = [];
const object = { a: 1, b: 2, c: 3 };
for (const k in object) { out.push(k); delete object.b; object.d = 4; }
print(out.join(" ")); out = [];
let target = {};
for (target.prop in { x: 1, y: 2 }) out.push(target.prop);
for ([target.first] of [[1], [2]]) out.push(target.first);
for (var { length } of ["ab", "c"]) out.push(length);
for (const [key, value] of Object.entries({ p: 1, q: 2 })) out.push(key + value);
for (let of of [1, 2]) out.push(of);
var async; for (async in { z: 1 }) out.push(async);
print(out.join(" ")); out = [];
const growing = [1, 2, 3];
for (const x of growing) { out.push(x); if (growing.length < 5) growing.push(x * 10); }
print(out.join(" "));
print(eval("1; for (var q = 0; q < 3; q++) { q * 2; }"), eval("do { 5; break; } while (0)"), eval("2; while (false) 3;"));
print(eval("l: { 'value'; break l; }"), eval("var z = 1; if (false) 2; "), eval("3; {} "), eval("4; function ff() {}"));
