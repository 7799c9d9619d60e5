// module
// Live bindings, default exports, namespaces, re-exports, hoisting, strictness.
import def, { counter, increment, renamed as local, "string name" as str } from "./_dep/counter.js";
import * as ns from "./_dep/counter.js";
import { default as again, Klass } from "./_dep/counter.js";
import { counter as viaStar, extra, nested } from "./_dep/reexport.js";
import "./_dep/side_effect.js";
print(def(), counter, local, str, again === def, new Klass().name);
increment(); print(counter, ns.counter, viaStar);
const attempt = (f) => { try { return f(); } catch (e) { return e.name; } };
print(attempt(() => { counter = 5; }), attempt(() => { ns.counter = 5; }), attempt(() => { delete ns.counter; }), attempt(() => { ns.fresh = 1; }), ns.missing, delete ns.missing);
print(Object.keys(ns).join(), Object.getPrototypeOf(ns), ns[Symbol.toStringTag], Object.isExtensible(ns), Object.isSealed(ns), JSON.stringify(Object.getOwnPropertyDescriptor(ns, "counter")), Reflect.ownKeys(ns).at(-1).toString());
print(this, typeof arguments, (function () { return this; })(), extra, nested.counter, ns.default === def, "counter" in ns, typeof import.meta, typeof import.meta.url);
print(hoisted(), typeof globalThis.moduleVar); var moduleVar = 1; function hoisted() { return "hoisted"; } export { hoisted, moduleVar as "exported var" }; export default class {} export const later = 1;
import * as self from "./bindings.js"; print(self.hoisted === hoisted, self.default.name, attempt(() => self.tdz), self["exported var"]); export let tdz = 1; print(self.tdz); print(globalThis.order.join());
