// module
// JSON modules: one default export, parsed once, and what goes wrong.
import data from "./_dep/data.json" with { type: "json" };
const again = await import("./_dep/data.json", { with: { type: "json" } });
print(again.default === data, Object.keys(again).join(), Object.isFrozen(data));
for (const [file, options] of [["data.json"], ["broken.json", { with: { type: "json" } }], ["scalar.json", { with: { type: "json" } }], ["order_log.js", { with: { type: "json" } }], ["none.json", { with: { type: "json" } }]]) {
  try { print(file, (await import(`./_dep/${file}`, options)).default); } catch (e) { print(file, e instanceof Error); }
}
