import { log } from "./order_async_log.js";
log.push("slow:begin");
await 0;
await 0;
log.push("slow:end");
