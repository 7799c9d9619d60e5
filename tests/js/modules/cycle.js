// module
// Cyclic imports: functions are hoisted across the cycle, lexical bindings are in their dead zone.
import { a, readB, log } from "./_dep/cycle_a.js";
import { b, readA } from "./_dep/cycle_b.js";
print(a, b, readA(), readB(), log.join("; "));
