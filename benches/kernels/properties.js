// Property reads and writes at one, four and many shapes.
var kernel = (() => {
  const shapes = (count) =>
    Array.from({ length: 64 }, (_, i) => {
      const object = {};
      for (let k = 0; k < i % count; k++) object["pad" + k] = k;
      object.x = i;
      return object;
    });
  const sum = (f) => (objects, rounds) => {
    let total = 0;
    for (let r = 0; r < rounds; r++) for (let i = 0; i < objects.length; i++) total = f(objects[i], total);
    return total;
  };
  // Three closures with feedback of their own.
  const mono = sum((o, t) => ((o.x = o.x + 0), t + o.x));
  const poly = sum((o, t) => ((o.x = o.x + 0), t + o.x));
  const mega = sum((o, t) => ((o.x = o.x + 0), t + o.x));
  const [one, four, many] = [shapes(1), shapes(4), shapes(32)];
  return { expected: 3 * 1000 * 2016, run: () => mono(one, 1000) + poly(four, 1000) + mega(many, 1000) };
})();
