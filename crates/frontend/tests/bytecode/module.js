// goal: module
import def, { a as b, "string name" as c } from "./x.js";
import * as ns from "./y.json" with { type: "json" };
import "./z.js";
export { b as reexport, local as "exported name", ns };
export * from "./star.js"; export * as all from "./all.js"; export { p as q } from "./from.js";
export let local = 1; export const k = () => local++; export function f() { return b + def; } export class K {}
export default function () { return this; }
let inner = 1, captured = 2; const use = () => captured + import.meta.url; import("./dyn.js", { with: {} });
local = inner; f();
