export * from "./link_ambiguous_1.js";
export * from "./link_ambiguous_2.js";
