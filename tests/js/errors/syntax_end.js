// The input ends too early.
function f() {
  if (true) {
    g(1,
