// A captured variable puts a context into a register; the other variables still begin as undefined.
function f() {
  var plain, captured;
  const read = () => captured;
  return [plain, read()];
}
print(f().map(String).join());
