// module
// run: --jitless
// run: --always-opt
// run: --gc-stress=57
// run: --always-opt --deopt-every-n-times=3
// Variables of modules that compiled code takes for constants, until something assigns to them; importers see the same cells.
import { live as imported, fixed as same, later as imported_later, default as main, h as imported_h } from "./module_variables.js";
import * as self from "./module_variables.js";
export let live = 1;
export const fixed = 10;
export default class { static m() { return 5 } }
export function h() { return 100 }
let local = 1000;
const early = [];
const attempt = f => { try { return f() } catch (e) { return e.name } };
const read_later = () => imported_later;
for (let i = 0; i < 20; i++) early.push(attempt(read_later));
export let later = 7;
for (let i = 0; i < 20; i++) early.push(attempt(read_later));
print([...new Set(early)].join(), early.length);

function hot(f, ...args) { let r; for (let i = 0; i < 30; i++) r = f(...args); return r }
const own = () => live + fixed + local + later;
const through = () => imported + same + imported_later + main.m() + imported_h();
const names = () => self.live + self.fixed + self.later + self.h();
function all(what) { print(what, hot(own), hot(through), hot(names)) }
all("first");
live = 2;
all("assigned");
live++;
all("increment");
[live, later] = [4, 8];
all("pattern");
for (live of [5, 6]);
all("loop");
local += 1;
all("local");
h = () => 200;
all("function");
const set = x => { if (x) { live = x; local = x } };
for (let i = 0; i < 30; i++) set(0);
set(50);
all("compiled assignment");
print(attempt(() => { imported = 1 }), attempt(() => { fixed = 1 }), attempt(() => { self.live = 1 }));
all("last");
