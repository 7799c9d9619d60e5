// A bet that holds for long and then fails, again and again: the program must not slow down for good.
var kernel = (() => {
  const getX = (point) => point.x;
  const sum = (points) => {
    let total = 0;
    for (let i = 0; i < points.length; i++) total += getX(points[i]);
    return total;
  };
  const flat = Array.from({ length: 500 }, (_, x) => ({ x }));
  const late = Array.from({ length: 500 }, (_, x) => ({ y: 0, x: x + 0.5 }));
  const accessor = Array.from({ length: 500 }, (_, i) => ({
    get x() {
      return i;
    },
  }));
  return {
    expected: 8609250,
    run() {
      let total = 0;
      for (let round = 0; round < 60; round++) {
        total += sum(flat);
        if (round % 10 === 9) total += sum(late);
        if (round % 20 === 19) total += sum(accessor);
      }
      return total;
    },
  };
})();
