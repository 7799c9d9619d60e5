import { log } from "./order_log.js";
log.push("shared");
