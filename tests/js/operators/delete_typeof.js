// delete, typeof, void, in sloppy and strict code.
const o = { a: 1, b: 2 };
Object.defineProperty(o, "fixed", { value: 1 });
print(delete o.a, delete o["b"], delete o.missing, delete o.fixed, Object.keys(o).length);
(function () { "use strict"; try { delete o.fixed; } catch (e) { print(e.name); } })();
var declared = 1; undeclaredGlobal = 2; this.property = 3;
print(delete declared, delete undeclaredGlobal, delete property, typeof undeclaredGlobal, declared);
print(delete 1, delete (() => 1)(), delete [0, 1][0], delete "x".length);
const array = [1, 2, 3]; delete array[1];
print(array.length, 1 in array);
try { typeof tdz; let tdz; } catch (e) { print(e.name); }
class A { m() { delete super.x; } }
try { new A().m(); } catch (e) { print(e.name); }
const p = new Proxy({}, { deleteProperty: (t, k) => k === "yes" });
print(delete p.yes, delete p.no, Reflect.deleteProperty(p, "no"));
