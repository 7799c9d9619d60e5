// run:
// run: --always-opt
// run: --always-opt --deopt-every-n-times=1
// Which frames a stack has, and how many (V8's API).
const names = (error) => error.stack.split("\n").map((line) => line.trim().split(" (")[0]).join(" | ");

class Own extends Error {
  constructor(message) {
    super(message);
    this.name = "Own";
  }
}
class Further extends Own {}
function thrower(Class) {
  return new Class("m");
}
function caller(Class) {
  return thrower(Class);
}
for (let i = 0; i < 3; i++) {
  print(names(caller(Error)).slice(0, 40));
  print(names(caller(Own)).slice(0, 38));
  print(names(caller(Further)).slice(0, 38));
}
// The constructor is on no frame of the stack: everything is shown.
print(names(Reflect.construct(Error, ["r"], Own)).startsWith("Error: r | at"));

function assertion(value) {
  const error = {};
  Error.captureStackTrace(error, assertion);
  return error;
}
function user() {
  return assertion(0);
}
print(names(user()).slice(0, 15));
const named = { name: "Custom", message: "text" };
Error.captureStackTrace(named);
print(names(named).split(" | ")[0]);

print(JSON.stringify(Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")));
function deep(n) {
  return n === 0 ? new Error("deep") : deep(n - 1);
}
const frames = () => deep(50).stack?.split("\n").length;
print(frames());
for (const limit of [0, 1, 3.9, -5, NaN, 30, Infinity, "5", undefined]) {
  Error.stackTraceLimit = limit;
  print(String(limit), frames());
}
delete Error.stackTraceLimit;
print(frames());
Error.stackTraceLimit = undefined;
const bare = {};
Error.captureStackTrace(bare);
print(JSON.stringify(Object.getOwnPropertyDescriptor(bare, "stack")));
// The engine's own errors too.
try {
  null.x;
} catch (error) {
  print(error.stack);
}
