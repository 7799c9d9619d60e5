// Uncaught: the place in the text, then the calls.
function run() {
  eval("f(1,\n  2 +* 3)");
}
run();
