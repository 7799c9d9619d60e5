// module
// Module namespace objects: an exotic object with sorted keys, live values and no prototype.
import * as ns from "./_dep/names.js";
print(Reflect.ownKeys(ns).map(String).join(" "));
print(Object.getPrototypeOf(ns), Reflect.setPrototypeOf(ns, null), Reflect.setPrototypeOf(ns, {}), Object.isExtensible(ns), Reflect.preventExtensions(ns));
for (const key of ["alpha", "default", "missing", Symbol.toStringTag]) print(String(key), JSON.stringify(Object.getOwnPropertyDescriptor(ns, key)), key in ns, Object.hasOwn(ns, key));
print(JSON.stringify(ns), Object.entries(ns).length, { ...ns }.alpha, Object.assign({}, ns)["string name"]);
const keys = []; for (const key in ns) keys.push(key); print(keys.join(" "));
print(ns.default(), ns["string name"], ns[0], ns.then);
const attempt = (f) => { try { return String(f()); } catch (e) { return e.name; } };
print(attempt(() => { ns.alpha = 1; }), attempt(() => { ns.fresh = 1; }), attempt(() => { ns[Symbol.iterator] = 1; }), attempt(() => delete ns.alpha), attempt(() => delete ns.missing), attempt(() => Object.defineProperty(ns, "alpha", { value: 1 })), attempt(() => Object.defineProperty(ns, "alpha", { writable: true, enumerable: true, configurable: false, value: "alpha" }) === ns), attempt(() => Object.prototype.toString.call(ns)), attempt(() => `${ns}`));
// Reading what is not initialized yet throws, also where one would not expect a read.
import * as self from "./namespaces.js";
for (const [name, f] of Object.entries({
  get: () => self.later, has: () => "later" in self, hasOwn: () => Object.hasOwn(self, "later"), keys: () => Object.keys(self), ownKeys: () => Reflect.ownKeys(self).length,
  descriptor: () => Object.getOwnPropertyDescriptor(self, "later"), spread: () => ({ ...self }), forIn: () => { for (const k in self) return k; }, json: () => JSON.stringify(self), define: () => Reflect.defineProperty(self, "later", { value: 1 }),
})) print(name, attempt(f));
export let later = "initialized";
print(self.later, attempt(() => Object.keys(self)));
// An export named `then` makes the namespace a thenable.
print(await import("./_dep/thenable.js"), typeof import.meta, Object.getPrototypeOf(import.meta), Object.isExtensible(import.meta));
import.meta.mine = 1; print(import.meta.mine, import.meta === import.meta, (() => import.meta.mine)());
