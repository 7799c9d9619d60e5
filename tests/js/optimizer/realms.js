// run: --test262 --jitless
// run: --test262 --single-threaded
// run: --test262 --always-opt
// run: --test262 --always-opt --deopt-every-n-times=1
// run: --test262 --always-opt --deopt-random=3
// Hot code calls functions of another realm: what those make, throw and declare belongs to their own realm, also behind exits.
const R = $262.createRealm();
const foreign = R.evalScript(`
  var seen = 0;
  const fixed = 1;
  ({
    small: (x) => [x],
    rest: (...all) => all,
    big: function (x) { ${"if (x === -1) return 0;".repeat(60)} return [x]; },
    recursive: function self(x, n) { return n ? self(x, n - 1) : [x]; },
    Base: class { constructor(x) { this.list = [x]; } },
    Derived: class extends Array { constructor() { super(); this.list = []; } },
    object: { get list() { return []; }, set list(v) { seen = [v]; } },
    sloppy: function () { return this; },
    strict: function () { "use strict"; return this; },
    throws: () => null.x,
    assigns: () => { fixed = 2; },
    regexp: () => /a/,
    leaves: (o) => { const v = o.x; if (v > 1) { seen = v; return [v, seen]; } return v; },
    log: () => seen,
  })`);

const ours = { made: 0, threw: 0 };
const mine = (value) => {
  ours.made += value instanceof Array || value instanceof RegExp;
};
const attempt = (f) => {
  try {
    f();
  } catch (error) {
    ours.threw += error instanceof TypeError;
  }
};
function round(x) {
  mine(foreign.small(x));
  mine(foreign.rest(x, x));
  mine(foreign.big(x));
  mine(foreign.recursive(x, 3));
  mine(new foreign.Base(x).list);
  mine(new foreign.Derived());
  mine(foreign.object.list);
  mine(foreign.regexp());
  foreign.object.list = x;
  mine(foreign.log());
  attempt(foreign.throws);
  attempt(foreign.assigns);
  return (0, foreign.sloppy)() === R.global && foreign.strict.call(x) === x && foreign.sloppy.call(x) instanceof R.global.Number;
}
let right = true;
for (let i = 0; i < 400; i++) right = round(i) && right;
print(right, JSON.stringify(ours));

function leave(o) {
  return foreign.leaves(o);
}
for (let i = 0; i < 400; i++) leave({ x: 1 });
const left = leave({ y: 0, x: 2 });
print(String(left), left instanceof Array, "seen" in globalThis, R.global.seen);

// The other way round: builtins of the other realm call back to ours.
let n = 0;
const list = R.evalScript("[1, 2, 3, 4]");
for (let i = 0; i < 100; i++) {
  list.forEach(() => n++);
  list.map((x) => { n += x; return x; });
  list.reduce((a, b) => { n += b; return a; }, 0);
}
print(n, "n" in R.global, list.map((x) => x) instanceof Array, list.filter(() => true) instanceof R.global.Array);
