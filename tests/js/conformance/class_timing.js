// When the parts of a class run: fields before parameters, static elements before the variable the class is assigned to.
function log(text) { print(text); return text; }
class Base {
  field = log("field");
  constructor(parameter = log("parameter")) { log("body"); }
}
new Base();
class Throwing {
  field = (() => { throw new Error("from the field"); })();
  constructor(parameter = log("never")) {}
}
try { new Throwing(); } catch (e) { print(e.message); }
try { let C = class { static field = C; }; } catch (e) { print(e.name); }
try { let C = class Inner { m() { return C; } static field = new Inner().m(); }; } catch (e) { print(e.name); }
{ let C = class { static later = () => C; }; print(C.later() === C); }
{ class D { static self = D; m() { return D; } } print(D.self === D, new D().m() === D); }
{ let C = class { static #p = 1; static has(o) { return #p in o; } }; print(C.has(C)); }

// The source text of static methods begins behind `static`.
class Texts {
  static /* a */ plain ( /* b */ ) { }
  static async /* c */ later() { }
  static // line
    * steps() { }
  static get /* d */ value() { return 1; }
  static "static"() { }
  static static() { }
  own() { }
}
print(Texts.plain.toString());
print(Texts.later.toString());
print(Texts.steps.toString());
print(Object.getOwnPropertyDescriptor(Texts, "value").get.toString());
print(Texts.static.toString());
print(Texts.prototype.own.toString());
