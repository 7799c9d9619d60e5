// module
// In which order a graph of modules is evaluated: depth first, each once, waiting only for what is asynchronous.
import { log } from "./_dep/order_log.js";
import "./_dep/order_a.js";
import "./_dep/order_b.js";
import "./_dep/order_a.js";
log.push("main");
print(log.join(" "));
// A second import of something evaluated gives the same namespace, whatever the way.
const namespaces = await Promise.all([import("./_dep/order_a.js"), import("././_dep/order_a.js"), import("./_dep/../_dep/order_a.js")]);
print(new Set(namespaces).size, log.length);
// An asynchronous dependency delays its importers, but not its siblings.
const { log: late } = await import("./_dep/order_async_main.js");
print(late.join(" "));
