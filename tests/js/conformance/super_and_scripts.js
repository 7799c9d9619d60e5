// run: --test262
// run: --test262 --gc-stress=1
// gc-stress: skip it is among the runs
// `super.x = v` finds out its base before the value is computed.
const parent = { set x(v) { print("parent", v); } }, other = { set x(v) { print("other", v); } };
const object = {
  __proto__: parent,
  named() { super.x = (Object.setPrototypeOf(object, other), 1); },
  keyed() { super["x"] = (Object.setPrototypeOf(object, other), 2); },
  compound() { super.x += (Object.setPrototypeOf(object, other), 3); },
  logical() { super.x ??= (Object.setPrototypeOf(object, other), 4); },
  simple() { super.x = 5; return super.x = this; },
};
for (const name of ["named", "keyed", "compound", "logical"]) {
  Object.setPrototypeOf(object, parent);
  object[name]();
}
print(object.simple() === object);

// A function in a block stays there when another script declares its name lexically.
$262.evalScript("let lexical = 1;");
$262.evalScript("{ function lexical() {} } print(typeof lexical);");
$262.evalScript("{ function hoisted() {} } print(typeof hoisted, typeof globalThis.hoisted);");
