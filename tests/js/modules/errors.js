// module
// A module that failed stays failed: each import of it gives the same error, and its importers fail with it.
const attempt = async (specifier, options) => {
  try { await import(specifier, options); return "loaded"; } catch (e) { return e; }
};
const [first, second] = [await attempt("./_dep/failing.js"), await attempt("./_dep/failing.js")];
print(first === second, first.message, globalThis.evaluations);
const through = await attempt("./_dep/imports_failing.js");
print(through === first, globalThis.reached);
const rejected = await attempt("./_dep/failing_later.js");
print(rejected.message, (await attempt("./_dep/imports_failing_later.js")) === rejected);
// Errors of linking name no module that could be used: nothing of the graph runs.
for (const name of ["link_missing_name", "link_ambiguous", "link_star_cycle"]) {
  const e = await attempt(`./_dep/${name}.js`);
  print(name, e.name, globalThis.linked ?? "nothing ran");
}
// The options of `import()`.
const options = [undefined, {}, { with: undefined }, { with: {} }, null, 5, { with: null }, { with: 1 }, { with: { type: 1 } }, { with: { type: "nonsense" } }, { with: { unknown: "x" } }];
for (const each of options) print(JSON.stringify(each), (await attempt("./_dep/order_log.js", each)).name ?? "loaded");
// (Node takes unknown attributes; the specification has them rejected.)
// The specifier is converted, and whatever goes wrong rejects the promise.
print((await attempt({ toString() { throw new RangeError("conversion"); } })).message, (await attempt(Symbol())).name);
print(await attempt({ toString: () => "./_dep/order_log.js" }));
let order = [];
const p = import((order.push("specifier"), "./_dep/order_log.js"), (order.push("options"), {}));
order.push("synchronous");
await p;
print(order.join(" "));
