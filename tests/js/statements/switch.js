// switch: strict comparison, fall through, default anywhere, one scope for all cases.
function f(x) {
  const out = [];
  switch (x) {
    case 1: out.push("one");
    case 2: out.push("two"); break;
    default: out.push("default");
    case 3: out.push("three"); break;
    case "1": out.push("string");
    case NaN: out.push("nan");
  }
  return out.join();
}
print(f(1), "/", f(2), "/", f(3), "/", f("1"), "/", f(NaN), "/", f(undefined));
function lexical(x) {
  switch (x) {
    case 0: let a = "a"; return () => a;
    case 1: a = "assigned"; return a;
    case 2: return g(); function g() { return "hoisted"; }
    case 3: class C {} return C.name;
  }
}
print(lexical(0)());
try { lexical(1); } catch (e) { print(e.name); }
print(lexical(2), lexical(3));
const log = [];
switch (log.push("d"), 5) { case (log.push(1), 1): case (log.push(5), 5): case (log.push(6), 6): }
print(log.join());
switch (1) {}
const loop = [];
for (const x of [1, 2, 3, 4]) { switch (x) { case 2: continue; case 4: break; default: loop.push(x); } }
print(loop.join());
out: switch (1) { case 1: switch (2) { case 2: break out; } print("never"); }
print(eval("switch (1) { case 1: 'value'; break; case 2: 'other'; }"), eval("1; switch (1) { case 1: }"));
