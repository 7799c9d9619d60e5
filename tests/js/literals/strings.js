// String literals: escapes, line continuations, surrogates.
print("a\tb\\n\x41\u0042\u{43}\u{1F600}".length, "\x41\u0042\u{43}");
print('it\'s', "say \"hi\"", 'a\
b', "\0".length, "\0".charCodeAt(0));
print("\101\60\7".length, "\8\9");
print("\u2028\u2029".length, "  ".length, eval('"\u2028"').charCodeAt(0).toString(16));
const lone = "\uD800";
print(lone.length, lone.charCodeAt(0).toString(16), (lone + "\uDC00") === "\u{10000}", [..."a\u{1F600}\uDC00"].length);
print("\v\f\b\r\n".split("").map((c) => c.charCodeAt(0)).join());
print(`template ${1 + 1} ${`nested ${"deep"}`} \${no} \u0041`);
print(`line one
line two`.length, `a\
b`);
print("caf\u00e9" === "café", "\u{0}".length);
