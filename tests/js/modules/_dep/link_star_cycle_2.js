export * from "./link_star_cycle_1.js";
