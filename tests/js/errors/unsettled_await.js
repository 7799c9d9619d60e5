// module
// A top-level await that nothing can settle.
print("before");
await new Promise(() => {});
print("never");
