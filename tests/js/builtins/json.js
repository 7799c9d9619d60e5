// JSON: texts, errors, revivers, replacers, cycles. The expectation was compared with Node's output.
const attempt = (f) => { try { return String(f()); } catch (e) { return `${e.name}: ${e.message}`; } };
const texts = ['{a}', '[1,]', '{"a":1,}', '{"a" 1}', '[1 2]', '{"a":1 "b"}', '"\x01"', '"\\q"', '"\\u12G4"', '"abc', "-", "1e", "1.", "01",
  "tru", "nul", "", "   ", "undefined", "NaN", "[object Object]", "[1]x", "{", "[", '{"a"', '{"a":', '"\\', "[1", '{"a":1', "1 2", "[1,,2]", '{1:2}',
  '{"abcdefghijklmnop": bad, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz":1}'];
for (const text of texts) print(text, "=>", attempt(() => JSON.stringify(JSON.parse(text))));
const good = ['{"a":{"b":[1,2,{"c":"\\u0041\\n"}]}}', "[1e3,-0,1.5e-7,123456789012345678,12345678901234567890]", '{"__proto__":1,"1":2,"a":3,"a":4}',
  ' [ true , false , null ] ', '"\\ud83d\\ude00\\/"', '""', "[[],{}]", '{"":0}'];
for (const text of good) print(text, "=>", attempt(() => JSON.stringify(JSON.parse(text))));
print(Object.is(JSON.parse("-0"), -0), JSON.parse("123456789012345680000") === 123456789012345680000, Object.keys(JSON.parse('{"b":1,"2":1,"a":1,"1":1}')).join());
print(JSON.stringify({ a: [1, { b: 2 }], c: "x\u2028\ud800", d: undefined, e: () => 1, f: Symbol(), g: NaN, h: -0, i: new Date(0), j: [undefined, () => 1, Symbol()] }, null, 2));
print(JSON.stringify({ b: 1, a: [1, 2], c: { d: 1 } }, ["a", "c", "d", "a", 1, new String("b")], "--"));
print(JSON.stringify({ b: 1, a: [1, 2] }, (k, v) => (typeof v == "number" ? v + 1 : v)), JSON.stringify([[]], null, 20).length, JSON.stringify({}, null, "xxxxxxxxxxxxxx"));
print(attempt(() => { const o = {}; o.a = { b: o }; return JSON.stringify(o); }));
print(attempt(() => { const o = { x: [{}] }; o.x[0].y = { z: o.x }; return JSON.stringify(o); }));
print(attempt(() => { class Foo { constructor() { this.me = this; } } return JSON.stringify(new Foo()); }));
print(attempt(() => JSON.stringify(10n)), attempt(() => JSON.stringify({ toJSON(k) { return "as " + JSON.stringify(k); } })), JSON.stringify({ k: { toJSON: (k) => k } }));
print(JSON.stringify([new Number(3), new String("x"), new Boolean(false), Object(Symbol())]), JSON.stringify(undefined), JSON.stringify(() => 1), JSON.stringify(Symbol()));
print(JSON.parse('[1,2,{"a":[3]}]', function (k, v) { return Array.isArray(v) ? v.length : v; }), JSON.stringify(JSON.parse('{"a":1,"b":[2,3]}', (k, v) => (k === "a" || k === "0" ? undefined : v))));
const visited = []; JSON.parse('{"a":[1,{"b":2}],"c":3}', function (k, v) { visited.push(k); return v; }); print(visited.join());
{ const sources = []; JSON.parse('[1.0,"x",{"y":-0}]', function (k, v, context) { sources.push(`${k}:${context && context.source}`); return v; }); print(sources.join(" ").includes("y:-0") || "no source"); }
print(JSON.stringify({ get a() { return [1]; }, ["x".repeat(3)]: "\u0007\b\t\\\"\u007f\u{1f600}" }), JSON.stringify(Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true }, hidden: { value: 2 } })));
print(JSON.stringify(new Proxy([1, [2]], {})), JSON.stringify(new Proxy({ a: 1 }, {})), JSON.stringify("\ud83d\ude00\ud83d"), JSON.stringify([, 1]), JSON.stringify(Object("abc")));
