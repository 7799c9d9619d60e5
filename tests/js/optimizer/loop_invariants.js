// What moves in front of a loop no longer stands behind what made it right there.
// run: --jitless
// run: --always-turbofan
// run: --always-turbofan --deopt-every-n-times=3
// run: --interrupt-budget=500 --single-threaded

// The branch says that `x` is a cell; the check of its shape is asked in front of the loop, where it may be anything.
function property(x, n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    if (typeof x !== "function") break;
    s += x.a;
  }
  return s;
}
function callable() {}
callable.a = 1;

// Below one branch `x` is an int32, below the other a double: what the first does with it says nothing to the second.
function untagged(x, n, m) {
  let s = 0, q = 0;
  for (let i = 0; i < n; i++) {
    let a, b;
    if (i >= m) {
      if (i & 1) a = x * 2; else a = x + 3;
      b = x - 1;
      s = (s + a + b) | 0;
    } else {
      if (i & 1) a = x * 0.5; else a = x + 0.25;
      b = x / 3;
      q += a + b;
    }
  }
  return s + ":" + q;
}

let sum = 0;
for (let k = 0; k < 300; k++) {
  sum += property(callable, 10);
  sum += untagged(k % 100, 10, 5).length;
}
console.log(sum);
for (const x of [5, 1.5, undefined, null, "abc", true, Symbol.iterator, 12n, { a: 2 }, callable]) {
  console.log(property(x, 3));
}
for (const x of [1.5, 2.5, -0.5, 7, NaN]) console.log(untagged(x, 10, 20), untagged(x, 4, 5), untagged(x, 10, 5));
