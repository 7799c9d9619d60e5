export { value as renamed } from "./live.js";
export * as everything from "./live.js";
