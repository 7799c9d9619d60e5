// The smallest bet a speculative engine makes: "every point that comes here has the same shape".
//
// `getX` sees one shape for a long time, then a second, then a property that is an accessor. The program never
// notices: the sums are the same with and without speculation.

function getX(point) {
  return point.x;
}

function sum(points) {
  let total = 0;
  for (const point of points) total += getX(point);
  return total;
}

class Polar {
  constructor(radius, angle) {
    this.radius = radius;
    this.angle = angle;
  }
  get x() {
    return Math.round(this.radius * Math.cos(this.angle));
  }
}

// The sum, after it was computed often enough for the engine to bet (again).
function settled(points) {
  for (let round = 0; round < 200; round++) sum(points);
  return sum(points);
}

const flat = Array.from({ length: 1000 }, (_, i) => ({ x: i, y: -i }));
const named = flat.map(({ x, y }, i) => ({ name: `p${i}`, x, y }));
const polar = flat.map((_, i) => new Polar(i, 0));

print("one shape:   ", settled(flat));
print("two shapes:  ", settled([...flat, ...named]));
print("an accessor: ", settled([...flat, ...named, ...polar]));
print("not a number:", sum([...flat, { x: "!" }]).slice(-1));
try {
  sum([...flat, null]);
} catch (error) {
  print("no object:   ", error.name);
}
