// An uncaught exception: message and stack on standard error, exit code 1.
print("before");
function thrower() {
  throw new TypeError("nobody catches this");
}
setTimeout(() => print("never"), 0);
Promise.resolve().then(() => print("jobs do not run"));
thrower();
print("after");
