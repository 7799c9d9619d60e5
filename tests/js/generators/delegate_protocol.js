// yield* forwards next, throw and return by the protocol.
const log = [];
const make = (extra) => ({ [Symbol.iterator]() { log.push("iterator"); let n = 0; return { next(v) { log.push("next " + v); return { value: n++, done: n > 3 }; }, ...extra }; } });
function* d(x) { try { return "result " + (yield* x); } finally { log.push("outer finally"); } }
let g = d(make({})); print(g.next("ignored").value, g.next("a").value, g.next("b").value, g.next("c").value, log.join("; ")); log.length = 0;
g = d(make({ return(v) { log.push("return " + v); return { value: "ret", done: true }; } })); g.next(); print(g.return("R").value, log.join("; ")); log.length = 0;
g = d(make({ return(v) { log.push("return " + v); return { value: "not yet", done: false }; } })); g.next(); print(g.return("R").value, g.next("go on").value, log.join("; ")); log.length = 0;
g = d(make({})); g.next(); print(g.return("no method").value, log.join("; ")); log.length = 0;
g = d(make({ throw(e) { log.push("throw " + e); return { value: "handled", done: false }; } })); g.next(); print(g.throw("E").value, log.join("; ")); log.length = 0;
g = d(make({ throw(e) { return { value: "finished", done: true }; } })); g.next(); print(g.throw("E").value, log.join("; ")); log.length = 0;
g = d(make({ return() { log.push("closed"); return {}; } })); g.next(); try { g.throw("E"); } catch (e) { print(e.name, log.join("; ")); } log.length = 0;
g = d({ [Symbol.iterator]: () => ({ next: () => 5 }) }); try { g.next(); } catch (e) { print(e.name); } log.length = 0;
g = d(make({ return() { return 1; } })); g.next(); try { g.return(); } catch (e) { print(e.name, log.at(-1)); } log.length = 0;
const result = { get value() { log.push("value read"); return 1; }, get done() { log.push("done read"); return false; } };
g = (function* () { yield* { [Symbol.iterator]: () => ({ next: () => result }) }; })(); const r = g.next(); print(log.join("; "), r === result); log.length = 0;
function* deep(n) { if (n === 0) { const x = yield "bottom"; return "got " + x; } return yield* deep(n - 1); } g = deep(50); print(g.next().value, g.next("deep value").value);
try { [...(function* () { yield* undefined; })()]; } catch (e) { print(e.name); }
