// break, continue, return through finally; labels; switch; with; loops.
function f(x) {
  outer: for (var i = 0; i < 10; i++) {
    try {
      if (i == 1) continue;
      if (i == 2) continue outer;
      if (i == 3) break outer;
      if (i == 4) return i;
      try { g(); } finally { h(); }
    } catch (e) { print(e); } finally { print(i); }
  }
  block: { if (x) break block; print(x); }
  do { x--; } while (x > 0 && !done());
  for (;;) { if (x || y) break; else continue; }
}
function s(x) {
  switch (x) {
    case 1: return "a"; case 2: return "b"; case 3: case 4: return "c"; case 10: return "d";
    case "s": return "e"; default: return "f";
  }
}
function w(o) { with (o) { a = b; c(d); delete e; typeof g; var h = 1; h += 2; } }
function forin(o) { for (var k in o) if (o[k]) return k; for (let [a] in o) a; for (o.x in o); }
function forof(o) { for (const x of o) { if (x) break; } for (o.y of o) continue; for (var [p, q = 1] of o); }
