// Disposal: order, what errors become, and the two stacks. Written down by hand (Node 20 has none of it).
const log = [];
const flush = (name) => print(name + ":", log.splice(0).join(" "));
const resource = (name, error) => ({ [Symbol.dispose]() { log.push(name); if (error) throw new Error(error); } });
const show = (e) => (e instanceof SuppressedError ? `(${show(e.error)} suppressed ${show(e.suppressed)})` : e?.message ?? String(e));
const attempt = (f) => { try { return f(); } catch (e) { return show(e); } };
// All of a block in reverse; each error wraps the one before.
print(attempt(() => { using a = resource("a", "ea"), b = resource("b"), c = resource("c", "ec"); throw new Error("body"); })); flush("errors");
print(attempt(() => { using a = resource("a"), b = (() => { throw new Error("initializer"); })(); })); flush("half");
// The value is read, and the method looked up, once, at the declaration.
{ let looked = 0; const method = () => log.push("method"); const o = { get [Symbol.dispose]() { looked++; return method; } }; { using x = o; Object.defineProperty(o, Symbol.dispose, { value: null }); } print(looked); flush("once"); }
// Every way out.
const exits = { return: () => { using r = resource("r"); return log.push("value"), "returned"; }, break: () => { for (;;) { using r = resource("b"); break; } }, continue: () => { for (const i of [1, 2]) { using r = resource("c" + i); continue; } }, label: () => { l: { using r = resource("l"); { using s = resource("s"); break l; } } }, finally: () => { try { using r = resource("t"); return "t"; } finally { log.push("finally"); } } };
for (const [name, f] of Object.entries(exits)) { log.push(String(f())); flush(name); }
function* generator() { using r = resource("g"); yield 1; yield 2; } for (const x of generator()) break; flush("generator"); { const g = generator(); g.next(); print(attempt(() => g.throw(new Error("thrown in")))); flush("generator throw"); }
// What is no resource.
for (const value of [1, "s", Symbol(), {}, [], () => {}, { [Symbol.dispose]: 1 }, { [Symbol.dispose]: null }, { [Symbol.asyncDispose]() {} }]) try { using x = value; log.push("accepted"); } catch (e) { log.push(e.name); } flush("rejected"); { using x = null, y = undefined; } flush("nothing");
// DisposableStack.
const stack = new DisposableStack();
print(stack.use(null), stack.use(undefined), stack.adopt("value", (v) => log.push("adopt:" + v)), stack.defer(() => log.push("defer")), stack.disposed, Object.prototype.toString.call(stack), DisposableStack.prototype[Symbol.dispose] === DisposableStack.prototype.dispose);
const used = resource("use"); print(stack.use(used) === used); const moved = stack.move(); print(stack.disposed, moved.disposed, moved instanceof DisposableStack); print(moved.dispose(), moved.dispose(), moved.disposed); flush("moved");
for (const f of [() => stack.use(null), () => stack.defer(() => {}), () => stack.adopt(1, () => {}), () => stack.move(), () => new DisposableStack().use({}), () => new DisposableStack().defer(1), () => new DisposableStack().adopt(1), () => DisposableStack(), () => DisposableStack.prototype.dispose.call({}), () => Reflect.get(DisposableStack.prototype, "disposed", {})]) { try { f(); log.push("fine"); } catch (e) { log.push(e.name); } } flush("misuse");
print(attempt(() => { const s = new DisposableStack(); for (const n of ["1", "2", "3"]) s.use(resource(n, "e" + n)); s.dispose(); })); flush("stack errors");
// SuppressedError.
const e = new SuppressedError(1, 2, "message"); print(e instanceof Error, e.error, e.suppressed, e.message, e.name, Object.keys(e).length, SuppressedError.length, "error" in SuppressedError.prototype, Object.hasOwn(new SuppressedError(), "message"), SuppressedError(3).error);
// Asynchronous: awaited in turn, falling back on the synchronous method; null still waits.
const later = (name, error) => ({ async [Symbol.asyncDispose]() { log.push(name + "+"); await 0; log.push(name + "-"); if (error) throw new Error(error); } });
(async () => {
  { await using a = later("a"), b = later("b"), s = resource("sync"); } flush("await using");
  try { await using a = later("a", "ea"), b = resource("b", "eb"); throw new Error("body"); } catch (error) { print(show(error)); } flush("async errors");
  const order = []; Promise.resolve().then(() => order.push("microtask")); { await using x = null; } order.push("after"); print(order.join(" "));
  for (await using x of [later("x"), null, later("y")]) log.push("turn"); flush("loop");
  const stack = new AsyncDisposableStack(); stack.use(later("u")); stack.adopt("v", async (v) => { log.push(v); }); stack.defer(() => log.push("d")); const done = stack.disposeAsync(); print(stack.disposed, done instanceof Promise); log.push("sync"); await done; await stack.disposeAsync(); flush("async stack");
  async function* g() { await using r = later("ag"); yield 1; } for await (const x of g()) break; flush("async generator");
  try { await AsyncDisposableStack.prototype.disposeAsync.call({}); } catch (error) { print(error.name); }
})();
