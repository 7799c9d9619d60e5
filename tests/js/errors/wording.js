// Errors in V8's words.
const attempt = (text) => {
  try { (0, eval)(text); print(`${text}: fine`); } catch (error) { print(`${text}: ${error.name}: ${error.message}`); }
};
attempt("x as y");
attempt("x satisfies y");
attempt("({ __proto__: 1, __proto__: 2 })");
attempt("({ __proto__() {}, __proto__: 2 })");
attempt("'\\u{110000}'");
attempt("'\\u{zz}'");
attempt("'\\xz'");
attempt("1 = 2");
attempt("{ 1 = 2 }");
attempt("[1] = []");
attempt("new Function('1 = 2')");
attempt("/(/");
attempt("/(/gu");
attempt("class A { private x }");
attempt("class A { static readonly x }");
attempt("class A { x? }");
attempt("class A { m?() {} }");
attempt("class A { private; static async *[1]() {} get public() {} }");
attempt("new (class extends null {})");
attempt("new Array(4294967295).join('a')");
attempt("'use\u200B'; /\u200B/; `\u200B`; /* \u200B */ 1");
attempt("1 +\u200B 2");
for (const key of ["undefined", "Symbol('a')", "1n", "1.5", "true", "[1]", "() => 1", "-0", "'a b'"]) {
  attempt(`null[${key}]`);
  attempt(`undefined[${key}] = 1`);
}
