export * from "./star_1.js"; export * from "./star_2.js"; export * from "./counter.js"; export const own = 1;
