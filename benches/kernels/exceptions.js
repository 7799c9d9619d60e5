// try, catch and finally on hot paths, thrown errors and values.
var kernel = (() => {
  function risky(i) {
    if (i % 50 === 0) throw new RangeError("bad " + i);
    if (i % 51 === 0) throw i;
    return i;
  }
  return {
    expected: 768660026,
    run() {
      let sum = 0;
      for (let i = 0; i < 40000; i++) {
        try {
          sum += risky(i);
        } catch (error) {
          sum += typeof error === "number" ? 1 : error.message.length;
        } finally {
          sum++;
        }
      }
      return sum;
    },
  };
})();
