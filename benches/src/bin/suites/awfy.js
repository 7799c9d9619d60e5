// Runs AWFY's own harness: a small CommonJS loader, `process` and a clock are all that it needs.
// `config` is put in front by the runner: { directory, benchmark, iterations, inner }.
(function () {
  const modules = new Map();
  const process = {
    argv: ["engine", "harness.js", config.benchmark, String(config.iterations), String(config.inner)],
    hrtime(since) {
      const now = performance.now();
      const [seconds, nanos] = since ?? [0, 0];
      const elapsed = now * 1e6 - (seconds * 1e9 + nanos);
      return [Math.floor(elapsed / 1e9), Math.floor(elapsed % 1e9)];
    },
    stdout: {
      write(text) {
        if (text.trim() !== "") print(text.trimEnd());
      },
    },
    exit(code) {
      throw new Error("harness exits with " + code);
    },
  };
  function require(name) {
    const path = config.directory + "/" + name.replace(/^\.\//, "").replace(/\.js$/, "") + ".js";
    if (!modules.has(path)) {
      const module = { exports: {} };
      modules.set(path, module);
      const load = new Function("require", "module", "exports", "process", readFile(path));
      load(require, module, module.exports, process);
    }
    return modules.get(path).exports;
  }
  require("./harness");
})();
