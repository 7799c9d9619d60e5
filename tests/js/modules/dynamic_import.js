// Dynamic import from a script: namespace identity, errors, JSON, specifier conversion.
const log = [];
(async () => {
  const a = await import("./_dep/counter.js"), b = await import("./_dep/counter.js"); log.push(a === b, a.default(), a.counter);
  for (const [what, f] of [["missing", () => import("./_dep/missing.js")], ["syntax", () => import("./_dep/bad_syntax.js")], ["link", () => import("./_dep/bad_link.js")], ["throws", () => import("./_dep/throws.js")], ["conversion", () => import({ toString() { throw new EvalError("conversion"); } })], ["symbol", () => import(Symbol())]]) { try { await f(); log.push(what + " no error"); } catch (e) { log.push(what + " " + (what === "missing" ? e instanceof Error : e.name)); } }
  const path = "./_dep/late"; log.push((await import(`${path}_1.js`)).default); const p = import("./_dep/counter.js"); log.push(p instanceof Promise);
  a.increment(); log.push((await import("./_dep/counter.js")).counter); const json = await import("./_dep/data.json", { with: { type: "json" } }); log.push(json.default.list[1], Object.keys(json).join());
  const f = () => import("./_dep/counter.js").then((m) => m.counter); log.push(await f(), await Promise.all([f(), f()]).then((v) => v.join()));
})().then(() => print(log.join("\n")), (e) => print("FAILED", e, log.join("\n")));
print("script ends first");
