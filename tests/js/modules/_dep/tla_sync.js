import { log } from "./tla_log.js";
log.push("sync runs while slow waits");
