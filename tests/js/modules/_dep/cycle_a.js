import { b, hoistedB, log as blog } from "./cycle_b.js";
export { blog as log };
blog.push("a starts with b = " + b);
export let a = "a";
export const readB = () => b;
export function hoistedA() { return "hoisted a"; }
export var varA = "var a";
blog.push("a calls " + hoistedB());
