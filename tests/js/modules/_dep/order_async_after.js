import "./order_async_slow.js";
import { log } from "./order_async_log.js";
log.push("after");
