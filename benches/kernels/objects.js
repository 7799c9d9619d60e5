// Allocation: instances, literals, spread, destructuring, a tree that lives and one that dies.
var kernel = (() => {
  class Node {
    constructor(left, right) {
      this.left = left;
      this.right = right;
    }
    check() {
      return this.left === null ? 1 : 1 + this.left.check() + this.right.check();
    }
  }
  const tree = (depth) => (depth === 0 ? new Node(null, null) : new Node(tree(depth - 1), tree(depth - 1)));
  return {
    expected: 26375,
    run() {
      let total = 0;
      for (let i = 0; i < 8; i++) total += tree(10).check();
      let state = { count: 0, items: [], last: null };
      for (let i = 0; i < 5000; i++) {
        const { count, ...rest } = state;
        state = { ...rest, count: count + 1, last: { i } };
        const [first, second = first] = [i];
        total += second - first;
      }
      return total + state.count + state.last.i;
    },
  };
})();
