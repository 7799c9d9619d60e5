import { isOdd } from "./live_odd.js";
export function isEven(n) { return n === 0 || isOdd(n - 1); }
export const early = isOdd(3);
