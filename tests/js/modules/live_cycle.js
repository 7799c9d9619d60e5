// module
// Live bindings: what one module writes the others see at once, through re-exports, cycles, namespaces and closures.
import { value, set, read } from "./_dep/live.js";
import { renamed, everything } from "./_dep/live_reexport.js";
import * as namespace from "./_dep/live.js";
print(value, renamed, everything.value, namespace.value);
set(2);
print(value, renamed, everything.value, namespace.value, read());
const closure = () => value + renamed;
set(10);
print(closure());
// The importer's side cannot be written, by no way.
for (const [name, write] of Object.entries({
  assignment: () => { value = 1; },
  increment: () => { value++; },
  destructuring: () => { [value] = [1]; },
  loop: () => { for (value of [1]); },
  namespace: () => { namespace.value = 1; },
  define: () => { Object.defineProperty(namespace, "value", { value: 1 }); },
  deletion: () => { delete namespace.value; },
})) {
  try { write(); print(name, "allowed"); } catch (e) { print(name, e.name); }
}
print(Reflect.set(namespace, "value", 1), Reflect.defineProperty(namespace, "value", { value: 10 }), Reflect.deleteProperty(namespace, "none"), Object.isFrozen(Object.freeze({})), value);
try { Object.freeze(namespace); } catch (e) { print(e.name); }
// A cycle: each side calls the other's functions before its own bindings are there.
import { isEven, early } from "./_dep/live_even.js";
import { isOdd } from "./_dep/live_odd.js";
print(isEven(10), isOdd(7), isEven(7), early);
// Exports that are functions are there before anything runs; `var` is undefined; classes and `let` are not initialized.
import { seen } from "./_dep/live_early.js";
export function fn() { return "function"; }
export var variable = 1;
export let lexical = 2;
export class Klass {}
print(seen.join(" "));
