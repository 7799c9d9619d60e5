// Destructuring: bindings, assignment targets, defaults, rest, computed keys, iterator closing.
function bindings(v) {
  let { a, b: { c }, d = 1, ["e" + v]: e, 0: f, ...r } = v;
  const [g, , h = f, [i], ...j] = v;
  var { k, ...l } = v;
  return a + c + d + e + g + h + i + j + k + l + r;
}
function targets(v, o) {
  let a, b;
  ({ a, b: o.x, c: o[a] = 1, ...o.rest } = v);
  [a, o.y, [b] = [1], ...o["z"]] = v;
  [a, b] = [b, a];
  return ({ a, b } = v);
}
function plain(v) { const [x, y] = v; return x + y; }
function names() { let { f = function () {}, g = () => {} } = {}; let [h = class {}] = []; return f; }
