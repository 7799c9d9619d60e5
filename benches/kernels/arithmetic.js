// Integer and double loops, bit operations, a matrix product.
var kernel = (() => ({
  expected: "730761221 3.14158 2860000",
  run() {
    let hash = 0x811c9dc5;
    for (let i = 0; i < 200000; i++) hash = Math.imul(hash ^ (i & 255), 16777619) >>> 0;
    let pi = 0;
    for (let k = 0; k < 100000; k++) pi += (k % 2 ? -4 : 4) / (2 * k + 1);
    const n = 40;
    const a = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i + j));
    let trace = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let cell = 0;
        for (let k = 0; k < n; k++) cell += a[i][k] * a[k][j];
        if (i === j) trace += cell;
      }
    }
    return hash + " " + pi.toFixed(5) + " " + trace;
  },
}))();
