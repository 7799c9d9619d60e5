import "./order_async_slow.js";
import "./order_async_after.js";
import "./order_async_sync.js";
import { log } from "./order_async_log.js";
log.push("main");
export { log };
