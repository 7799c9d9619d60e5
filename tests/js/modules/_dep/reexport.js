export * from "./counter.js";
export * as nested from "./counter.js";
export const extra = "extra";
