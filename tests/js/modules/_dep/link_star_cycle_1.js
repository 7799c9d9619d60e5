export * from "./link_star_cycle_2.js";
