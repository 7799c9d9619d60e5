import { isEven } from "./live_even.js";
export function isOdd(n) { return n !== 0 && isEven(n - 1); }
