// Calls of small functions, methods and closures; recursion.
var kernel = (() => {
  const add = (a, b) => a + b;
  function fib(n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
  }
  class Counter {
    constructor() {
      this.n = 0;
    }
    bump(by) {
      this.n = add(this.n, by);
      return this;
    }
  }
  return {
    expected: 300000 + 17711,
    run() {
      const counter = new Counter();
      for (let i = 0; i < 100000; i++) counter.bump(1).bump(2);
      return counter.n + fib(22);
    },
  };
})();
