// Code from strings, and what an error that is caught says about its place.
const attempts = {
  eval: () => eval("1+\n var 1"),
  indirect: () => (0, eval)("let a;\nlet a"),
  Function: () => new Function("a", "var 1"),
  parameters: () => new Function("a b", ""),
};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    attempt();
  } catch (error) {
    print(name, "-", error instanceof SyntaxError, error.message);
    print(error.stack.split("\n").slice(0, 5).join("\n"));
    print(Object.getOwnPropertyNames(error).join());
  }
}
import("./_dep/broken.js").catch((error) => print(error.stack.split("\n").slice(0, 5).join("\n")));
