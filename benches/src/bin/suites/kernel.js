// Times a kernel: a script that leaves `kernel = { run, expected }` behind.
// `config` is put in front by the runner: { directory, file, iterations, seconds }.
(function () {
  load(config.directory + "/" + config.file);
  const name = config.file.replace(/\.js$/, "");
  const started = performance.now();
  for (let i = 0; i < config.iterations; i++) {
    const before = performance.now();
    const result = kernel.run();
    const elapsed = performance.now() - before;
    if (result !== kernel.expected) throw new Error(name + ": expected " + kernel.expected + ", got " + result);
    print(name + ": iterations=1 runtime: " + Math.round(elapsed * 1000) + "us");
    if (i > 0 && performance.now() - started > config.seconds * 1000) break;
  }
})();
