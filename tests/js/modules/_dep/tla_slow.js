import { log } from "./tla_log.js";
log.push("slow starts");
await null; await null;
log.push("slow ends");
