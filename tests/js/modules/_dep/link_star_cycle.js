import "./link_runs.js";
import { nowhere } from "./link_star_cycle_1.js";
