// Labelled statements: what break and continue leave, and what runs on the way out.
const log = [];
const flush = () => print(log.splice(0).join(" "));
block: { log.push("in"); if (log.length) break block; log.push("never"); }
flush();
a: b: c: { break b; }
a: if (true) { log.push("if"); break a; } else log.push("never");
a: switch (1) { case 1: for (;;) { break a; } case 2: log.push("never"); }
a: try { break a; } finally { log.push("finally"); }
a: with ({ x: "with" }) { log.push(x); break a; }
flush();
outer: for (let i = 0; i < 3; i++) {
  inner: for (let j = 0; j < 3; j++) {
    if (j === 1) continue outer;
    if (i === 2) break outer;
    log.push(`${i}${j}`);
  }
}
flush();
// Continue through finally, in each sort of loop; the update and the test still run.
outer: for (let i = 0; i < 2; log.push("update"), i++) {
  for (const x of ["x", "y"]) {
    try { if (x === "y") continue outer; log.push(i + x); } finally { log.push("f" + x); }
  }
}
flush();
let n = 0;
again: do { try { if (n < 2) continue again; break; } finally { log.push("do" + n); } } while (n++ < 5);
while_: while (n-- > 0) { switch (n) { case 1: continue while_; default: log.push("while" + n); } }
for_in: for (const k in { p: 1, q: 2, r: 3 }) { for (;;) { if (k === "q") continue for_in; log.push(k); break; } }
flush();
// A finally that leaves by itself overrides what was under way.
function override() { l: { try { return "return"; } finally { break l; } } return "after"; }
function overrideThrow() { for (;;) { try { throw new Error("lost"); } finally { break; } } return "swallowed"; }
function overrideTwice() { l: for (const x of [1, 2]) { try { try { return x; } finally { continue l; } } finally { log.push("outer" + x); } } return "end"; }
print(override(), overrideThrow(), overrideTwice());
flush();
// Iterators are closed by whatever leaves their loop, and not by what stays inside.
const closing = (name, n) => ({ [Symbol.iterator]: () => ({ i: 0, next() { return { value: this.i, done: this.i++ >= n }; }, return() { log.push("close " + name); return {}; } }) });
o: for (const x of closing("o", 2)) { for (const y of closing("i", 2)) { if (y === 0) continue; if (x === 0) continue o; break o; } }
flush();
(() => { for (const x of closing("r", 2)) for (const y of closing("s", 2)) return; })();
flush();
// Names: a label may be called like a variable, be used again elsewhere, and be shadowed by a function.
let name = "variable"; name: for (;;) { (() => { name: { break name; } })(); break name; } print(name);
yield_: { const yield_ = 1; break yield_; }
async: { break async; } let_: { break let_; } of: for (const of of [1]) continue of; get: { break get; } static_: ; await: { break await; }
l: function inBlock() {} print(typeof inBlock);
for (const text of ["break missing;", "x: y: x: ;", "x: { continue x; }", "x: { (() => { break x; })(); }", "continue;", "break;", "x: let y;", "x: class C {}", "x: function* g() {}", "x: async function f() {}", "'use strict'; x: function f() {}", "while (0) x: function f() {}", "x: { x: ; }", "x: ; x: ;", "if (1) x: function f() {}"]) {
  try { Function(text); print("fine:", text); } catch (e) { print(e.name + ":", text); }
}
print(eval("l: { 1; break l; }"), eval("2; l: { 3; if (1) break l; }"), eval("4; do { 5; continue; } while (0)"), eval("6; l: for (;;) { 7; try { break l; } finally { 8; } }"), eval("9; switch (0) { case 0: }"), eval("10; l: { if (1) { break l; } 11; }"));
