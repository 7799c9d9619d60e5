// module
// Top-level await: order of evaluation of asynchronous dependencies, errors, loops.
import { log } from "./_dep/tla_log.js";
import "./_dep/tla_slow.js";
import "./_dep/tla_sync.js";
import { value } from "./_dep/tla_value.js";
log.push("main starts with " + value);
const x = await Promise.resolve("awaited");
log.push(x);
for await (const y of [1, Promise.resolve(2)]) log.push("for await " + y);
const { late } = await import("./_dep/tla_late.js"); log.push(late);
try { await import("./_dep/tla_throws.js"); } catch (e) { log.push("import failed: " + e.message); }
try { await import("./_dep/tla_throws.js"); } catch (e) { log.push("again: " + e.message); }
export const result = await (async () => "result")(); log.push(result, typeof (await null));
print(log.join("\n"));
