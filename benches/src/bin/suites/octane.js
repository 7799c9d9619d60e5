// Times the runs of one Octane suite. The benchmarks verify themselves: in `run` or in their tear-down.
// `config` is put in front by the runner: { directory, files, iterations, seconds }.
(function () {
  load(config.directory + "/base.js");
  for (const file of config.files) load(config.directory + "/" + file);
  for (const suite of BenchmarkSuite.suites) {
    for (const benchmark of suite.benchmarks) {
      BenchmarkSuite.ResetRNG();
      benchmark.Setup();
      const started = performance.now();
      let iterations = 0;
      do {
        const before = performance.now();
        benchmark.run();
        print(suite.name + "." + benchmark.name + ": iterations=1 runtime: " + Math.round((performance.now() - before) * 1000) + "us");
        iterations++;
      } while (
        iterations < Math.max(config.iterations, 2) &&
        (iterations < 2 || performance.now() - started < config.seconds * 1000)
      );
      benchmark.TearDown();
    }
  }
})();
