import "./failing.js";
globalThis.reached = true;
