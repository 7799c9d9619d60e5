import { log } from "./order_log.js";
import "./order_shared.js";
log.push("a");
