// Jumps that would leave their function are early errors: in arrows as in all other functions.
const wrappers = {
  arrow: (body) => `(() => { ${body} })()`, block: (body) => `(async () => { ${body} })()`, function: (body) => `(function () { ${body} })()`,
  generator: (body) => `(function* () { ${body} })()`, method: (body) => `({ m() { ${body} } }).m()`, staticBlock: (body) => `class C { static { ${body} } }`, parameter: (body) => `((a = () => { ${body} }) => a())()`,
};
const statements = { "l: { %break l% }": 0, "for (;;) { %break;% }": 0, "while (1) { %continue;% }": 0, "l: do { %continue l;% } while (1)": 0, "switch (1) { case 1: %break;% }": 0, "l: for (x of []) { for (y in {}) { %continue l;% } }": 0, "with ({}) { %break;% }": 0 };
for (const statement of Object.keys(statements)) {
  const [before, jump, after] = statement.split("%");
  const results = [];
  for (const [name, wrap] of Object.entries(wrappers)) {
    try { Function(before + wrap(jump) + after); results.push(name); } catch (e) { results.push(e.name === "SyntaxError" ? "-" : e.name); }
  }
  try { Function(before + jump + after); results.push("plain"); } catch (e) { results.push("-"); }
  print(statement, results.join(" "));
}
