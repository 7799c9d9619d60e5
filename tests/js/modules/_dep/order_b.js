import "./order_shared.js";
import { log } from "./order_log.js";
log.push("b");
