// What a name means is decided before the value is computed, and bindings may go meanwhile.
(function () {
  "use strict";
  try { undeclared = (globalThis.undeclared = 5); } catch (e) { print(e.name + ": " + e.message); }
  print(undeclared);
  undeclared = (() => 6)();
  undeclared += (() => 1)();
  print(undeclared);
  try { ({ a: missing = (globalThis.missing = 1) } = {}); } catch (e) { print(e.name); }
})();
function sloppy() { implicit = (() => 7)(); }
sloppy();
print(implicit);

function environment() {
  return { x: 0, get [Symbol.unscopables]() { delete this.x; return null; } };
}
with (environment()) {
  (function () { "use strict"; try { print(x); } catch (e) { print(e.name, e.message); } })();
}
with (environment()) { print(x); }

// Errors belong to the realm of the function that throws them; see test262's realm tests for the rest.
try { (class K {})(); } catch (e) { print(e.constructor === TypeError, e.message); }
try { (function () {}).apply(null, 1); } catch (e) { print(e.constructor === TypeError); }
print((() => { try { new Function("return { get x(...a) { } }"); } catch (e) { return e.name; } })());
