// Regular-expression literals as values of the language.
const make = () => /a(b)?/g;
print(make() === make(), make().source, make().flags, String(make()), typeof make());
print(/[/]\/=/.test("//="), /(?:)/.source, new RegExp("/").source, new RegExp("\n").source);
const m = /(?<year>\d{4})-(?<month>\d\d)/.exec("on 2024-05");
print(m[0], m.index, m.groups.year, m.groups.month, Object.getPrototypeOf(m.groups));
let x = 6, g = 2;
print(x /2/ g, x++ / 2, [4] / 2, ({}) / 1);
print("aBc".replace(/b/i, "[$&]"), "a-b-c".split(/-/), "xAy".match(/[A-Z]/)[0], "aXbX".replaceAll(/X/g, "."));
const sticky = /a/y;
print(sticky.test("ba"), sticky.lastIndex, (sticky.lastIndex = 1, sticky.test("ba")), sticky.lastIndex);
if (true) /x/.test("x") && print("regexp after )");
print([..."a1b22".matchAll(/\d+/g)].map((m) => m[0] + "@" + m.index).join());
