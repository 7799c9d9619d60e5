import { log } from "./order_async_log.js";
log.push("sync");
