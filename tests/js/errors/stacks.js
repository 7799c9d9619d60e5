// Error.stack: function names, file, line, column, innermost first.
const clean = (e) => e.stack.replace(/\(?[^\s(]*stacks\.js/g, (m) => (m.startsWith("(") ? "(" : "") + "stacks.js").split("\n").filter((l) => !/node:|shell\.cjs/.test(l)).join("\n");
function inner() { throw new Error("deep"); }
function outer() {
  inner();
}
try { outer(); } catch (e) { print(clean(e)); }
class A { constructor() { this.m(); } m() { null.x; } static s() { return new A(); } get g() { return A.s(); } }
try { new A().g; } catch (e) { print(clean(e).split("\n").slice(1).map((l) => l.trim().replace(/:\d+\)?$/, "").replace(/ (new |A\.)/, " ")).join(" | ")); }
const arrow = () => { throw new RangeError("in arrow"); };
try { [1].forEach((x) => arrow()); } catch (e) { print(clean(e).split("\n").filter((l) => l.includes("arrow")).length); }
function* gen() { yield new Error("in generator"); } print(clean([...gen()][0]).split("\n")[1].includes("gen"));
async function asyncFn() { await 0; throw new TypeError("async"); } asyncFn().catch((e) => print(clean(e).split("\n").slice(0, 2).map((l) => l.trim()).join(" ")));
const late = new Error("made here"); function rethrow() { throw late; } try { rethrow(); } catch (e) { print(clean(e).split("\n").length, clean(e).includes("rethrow")); }
print(typeof Object.getOwnPropertyDescriptor(late, "stack"), Object.keys(late).length);
function recurse(n) { if (n === 0) throw new Error("limit"); recurse(n - 1); } try { recurse(50); } catch (e) { print(clean(e).split("\n").length <= 52, clean(e).split("\n")[1].includes("recurse")); }
