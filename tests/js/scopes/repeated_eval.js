// The same text evaluated again and again: at one place, at several, in other scopes, strict and sloppy.
function same(n) { let sum = 0; for (let i = 0; i < n; i++) sum += eval('i + 1'); return sum; }
print(same(10), same(100));
function shadows(x) { const outer = eval('x'); { let x = 'block'; return [outer, eval('x')].join(); } }
print(shadows(1), shadows(2));
function declares(n) { for (let i = 0; i < n; i++) eval('var made = (typeof made === "number" ? made : 0) + 1'); return made; }
print(declares(1), declares(5));
function strict() { 'use strict'; return eval('(function () { return this })()') === undefined; }
function sloppy() { return eval('(function () { return this })()') === globalThis; }
for (let i = 0; i < 3; i++) print(strict(), sloppy());
function nested(n) { const out = []; for (let i = 0; i < n; i++) out.push(eval('eval("i * 2") + i')); return out.join(); }
print(nested(4));
const templates = new Set();
function tag(strings) { templates.add(strings); }
function tagged() { for (let i = 0; i < 3; i++) eval('tag`a`'); }
tagged(); tagged();
print(templates.size);
const closures = [];
for (let i = 0; i < 3; i++) closures.push(eval('() => i++'));
print(closures.map(f => (f(), f())).join(), closures[0] === closures[1]);
function regexps() { const made = new Set(); for (let i = 0; i < 3; i++) made.add(eval('/x/g')); return made.size; }
print(regexps());
function conflicts() { let text = ''; for (let i = 0; i < 3; i++) { try { eval('let a = 1; var b = a; throw a + i'); } catch (e) { text += e; } } return text + b; }
print(conflicts());
function arrows() { return [1, 2].map(x => eval('x + arguments.length')).join(); }
print(arrows(9, 9, 9));
class Fields { f = eval('this.constructor.name'); m() { return eval('super.toString === Object.prototype.toString'); } }
print(new Fields().f, new Fields().f, new Fields().m(), new Fields().m());
for (let i = 0; i < 2; i++) { try { eval('let q; let q'); } catch (e) { print(e.name); } }
let many = 0;
for (let i = 0; i < 300; i++) many += eval(`${i % 100} + 1`);
print(many);
