// Tagged templates: cooked and raw strings, caching per site, invalid escapes, member tags.
const tag = (strings, ...values) => ({ strings, values });
const t = tag`a${1}b\n${2}c`;
print(t.strings.join("|") === "a|b\n|c", t.strings.raw.join("|"), t.values.join());
print(Object.isFrozen(t.strings), Object.isFrozen(t.strings.raw), Array.isArray(t.strings.raw));
const site = () => tag`same`;
print(site().strings === site().strings, tag`same`.strings === tag`same`.strings);
const sites = [];
for (let i = 0; i < 3; i++) sites.push(tag`x${i}`.strings);
print(sites[0] === sites[1] && sites[1] === sites[2]);
print(tag`\u{`.strings[0], tag`\u{`.strings.raw[0], tag`\xZ${0}ok`.strings.length, tag`\01`.strings[0]);
const object = { name: "obj", tag() { return this && this.name; } };
print(object.tag`x`, object["tag"]`x`, (0, object.tag)`x` === globalThis.name);
const chain = (s) => (t) => (u) => s[0] + t[0] + u[0];
print(chain`a``b``c`);
print(String.raw`\n${1}\u0041`, typeof new (class { constructor(s) { this.s = s; } })()[`s`]);
print(new ((s) => class { v = s[0]; })`x`().v);
function f() { return arguments.length; }
print(f``, f`${0}`, f`${0}${1}`);
print(`${{ toString: () => "ts", valueOf: () => "vo" }}`, (() => { try { `${Symbol()}`; } catch (e) { return e.name; } })());
print(`\r
`.length, String.raw`
`.length);
