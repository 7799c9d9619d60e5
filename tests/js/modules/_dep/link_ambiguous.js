import "./link_runs.js";
import { same } from "./link_ambiguous_both.js";
