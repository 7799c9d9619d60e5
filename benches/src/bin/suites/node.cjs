// Gives node the few host functions that the drivers use, then loads the driver as a global script.
const fs = require("fs");
const vm = require("vm");
globalThis.print = (...values) => fs.writeSync(1, values.join(" ") + "\n");
globalThis.read = globalThis.readFile = (path) => fs.readFileSync(path, "utf8");
globalThis.load = (path) => vm.runInThisContext(fs.readFileSync(path, "utf8"), { filename: path });
// Suites look for node's own globals and would take other paths.
const driver = process.argv[2];
delete globalThis.process;
delete globalThis.require;
load(driver);
