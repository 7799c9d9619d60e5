// Generators, iterators and closures over loop variables.
var kernel = (() => {
  function* range(n) {
    for (let i = 0; i < n; i++) yield i;
  }
  function* map(source, f) {
    for (const x of source) yield f(x);
  }
  function* flatten(tree) {
    if (Array.isArray(tree)) for (const part of tree) yield* flatten(part);
    else yield tree;
  }
  return {
    expected: 901975300,
    run() {
      let sum = 0;
      for (const x of map(range(30000), (x) => x * 2)) sum += x;
      const tree = [1, [2, [3, [4, [5]]]], [[[[6]]]]];
      for (let i = 0; i < 300; i++) for (const leaf of flatten(tree)) sum += leaf;
      const closures = [];
      for (let i = 0; i < 2000; i++) closures.push(() => i);
      for (const f of closures) sum += f();
      return sum;
    },
  };
})();
