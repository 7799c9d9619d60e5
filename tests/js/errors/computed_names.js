// Functions whose names are computed have them in stacks.
const k = "key";
const symbol = Symbol("sym");
const o = {
  ["x" + 1]() { throw new Error("method"); },
  get [k]() { throw new Error("getter"); },
  [k + "Arrow"]: () => { throw new Error("arrow"); },
  [symbol]() { throw new Error("symbol"); },
};
class C {
  static [k]() { throw new Error("static"); }
  [k + "Field"] = () => { throw new Error("field"); };
}
for (const f of [() => o.x1(), () => o.key, () => o.keyArrow(), () => o[symbol](), () => C.key(), () => new C().keyField()]) {
  try {
    f();
  } catch (error) {
    print(error.stack.split("\n").slice(0, 2).join("\n"));
  }
}
