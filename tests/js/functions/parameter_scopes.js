// Parameters with expressions have a scope of their own; variables of the body begin as undefined, whatever the parameters computed.
function locals(a = [1, 2].map((x) => x + 1), b = a.concat(9, 8, 7)) { var p, q, r, s, t, u; return [p, q, r, s, t, u].join("|"); } print(locals());
function* generated(a = [1].map(String), b = { ...a, c: a.join(a, a) }) { var p, q, r, s; yield [p, q, r, s].join("|"); } print(generated().next().value);
async function later(a = [1].map(String), [b, ...c] = [a, a]) { var p, q, r, s; await 0; return [p, q, r, s].join("|"); } later().then((v) => print("async", v));
print(((a = [3].map(String), { b = a.join("-") } = {}) => { var p, q, r; return [b, p, q, r].join("|"); })());
function evaluated(a = eval("var x = 'parameter'"), b = x) { var x, y; return [b, x, y].join("|"); } print(evaluated());
function copies(a, b = () => a) { var a; const first = a; a = "body"; return [first, a, b()].join("|"); } print(copies("passed"));
function copiesArguments(a = 1) { var arguments; return typeof arguments; } print(copiesArguments());
function functionOver(a = 1, b = () => typeof a) { function a() {} return [typeof a, b()].join("|"); } print(functionOver());
function inner(a = (() => { var v = "inner"; return v; })()) { var v; return [a, v].join("|"); } print(inner());
class C { constructor(a = [1].concat(2), b = new Map([[a, a]])) { var p, q, r; this.v = [p, q, r].join("|"); } m(a = super.toString, b = `${a}`) { var p, q; return [p, q].join("|"); } set s(v = [].concat(1)) {} } print(new C().v, new C().m());
function loops(n = [5].pop()) { for (var i = 0; i < n; i++) var last = i; return [i, last].join("|"); } print(loops());
function tdz(a = b, b = 1) {} try { tdz(); } catch (e) { print(e.name); } function self(a = a) {} try { self(); } catch (e) { print(e.name); }
