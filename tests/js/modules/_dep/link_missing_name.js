import "./link_runs.js";
import { missing } from "./order_log.js";
