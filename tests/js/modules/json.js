// module
// JSON modules and import attributes.
import data, { default as same } from "./_dep/data.json" with { type: "json" };
import * as ns from "./_dep/data.json" with { type: "json" };
print(JSON.stringify(data), data === same, ns.default === data, Object.keys(ns).join());
data.list.push("three"); print(ns.default.list.length);
