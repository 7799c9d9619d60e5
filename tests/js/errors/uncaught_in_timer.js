// An exception in a timer callback.
setTimeout(() => { print("timer"); throw new Error("in timer"); }, 1);
setTimeout(() => print("never"), 5);
print("script");
