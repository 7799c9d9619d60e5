import { a, hoistedA, varA } from "./cycle_a.js";
export const log = [];
log.push("b calls " + hoistedA() + ", sees var " + varA);
try { a; } catch (e) { log.push("b: " + e.name); }
export let b = "b";
export const readA = () => a;
export function hoistedB() { return "hoisted b"; }
