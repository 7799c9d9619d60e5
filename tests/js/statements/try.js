// try, catch, finally: every way in and out.
const log = [];
function f(how) {
  try { if (how === "throw") throw "t"; if (how === "return") return "r"; log.push("end"); }
  catch (e) { log.push("catch " + e); return "c"; }
  finally { log.push("finally " + how); }
  return "after";
}
print(f("throw"), f("return"), f("none"), log.join("; ")); log.length = 0;
print((() => { try { return 1; } finally { return 2; } })(), (() => { try { throw 1; } finally { return 3; } })());
print((() => { for (const x of [1, 2, 3]) { try { continue; } finally { if (x === 2) return x; } } })());
print((() => { l: try { return 1; } finally { break l; } return "broken"; })());
print((() => { let i = 0; while (true) { try { i++; if (i < 3) continue; break; } finally { log.push(i); } } return i; })(), log.join());
const nested = () => { try { try { throw "a"; } finally { log.push("inner"); throw "b"; } } catch (e) { return e; } };
print(nested());
print((() => { let x = 1; try { return x; } finally { x = 2; } })());
try { throw { a: 1, b: [2, 3] }; } catch ({ a, b: [, c], d = "default" }) { print(a, c, d); }
try { throw 0; } catch { print("no binding"); }
var e = "outer"; try { throw "inner"; } catch (e) { var e = "assigned"; print(e); } print(e);
try { throw 1; } catch (x) { { let x = 2; print(x); } print(x); }
function rethrow() { try { try { null.x; } catch (error) { throw error; } } catch (error) { return error.name; } }
print(rethrow());
try { (() => { try { throw new Error("one"); } finally { null.f(); } })(); } catch (error) { print(error.name); }
const deep = (n) => { try { if (n === 0) throw n; deep(n - 1); } finally { log.push(n); } };
log.length = 0; try { deep(4); } catch (x) { print("caught", x, log.join()); }
print(eval("try { 1; } finally { 2; }"), eval("try { throw 1 } catch { 3; } finally { 4; }"), eval("do { try { 39 } catch {} finally { break; } } while (false)"));
print((() => { try { return (() => { throw 1; })(); } catch { return "caught return"; } finally { log.push("f"); } })());
function* g() { try { yield 1; yield 2; } finally { log.push("generator closed"); } }
for (const x of g()) { try { break; } finally { log.push("loop finally"); } }
print(log.slice(-2).join("; "));
