// What is no function, no constructor, not iterable: named as the source spells it, at V8's place.
function attempt(text) {
  try {
    (0, eval)(`(function () { ${text}\n})`)();
    print(text, "=> fine");
  } catch (error) {
    const place = /:(\d+:\d+)\)?$/.exec(error.stack.split("\n").find((line) => line.startsWith("    at ")));
    print(`${text} => ${error.name}: ${error.message} @${place?.[1]}`);
  }
}
for (const text of [
  "let o = { f: {} }; o.f.g()",
  "let fn; fn()",
  "let o = {}; new o.K()",
  "let q = { w: {} }; q\n.w\n.nope()",
  "let o = {}; o['a']()",
  "let o = {}, k = 'a'; o[k](1, 2, 3)",
  "let o = {}; o?.a()",
  "let o = { a: {} }; o.a?.b(...[1])",
  "function f() {} f()()",
  "function f() { return {} } f().g(1)",
  "(a => a)()()",
  "new (() => {})",
  "new (f())(); function f() {}",
  "class B { m() { super.nope() } }; new B().m()",
  "let tag; tag`x`",
  "[...undefined]",
  "[...1]",
  "function f() {} f(...undefined)",
  "function f() {} f(...1)",
  "let x = {}; for (let y of x) ;",
  "let x = {}; let [a] = x",
  "new Map(1)",
  "let { a } = null",
  "let x; let { a } = x",
  "(({ a }) => 0)()",
  "let { a: { b } } = {}",
  "null.x",
  "undefined.foo.bar",
  "let x = {}; x.y.z",
  "class A {} A()",
  "const c = 1; c = 2",
  "t; let t",
  "'a' in 'x'",
  "1 instanceof 1",
  "JSON.foo()",
]) attempt(text);
