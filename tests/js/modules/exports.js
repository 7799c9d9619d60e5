// module
// Forms of export; names of anonymous default exports; ambiguous star exports.
import * as e from "./_dep/exports.js"; import * as amb from "./_dep/star_ambiguous.js";
print(Object.keys(e).join()); print(e.default.name, e.fn.name, e.cls.name, e.destructured, e.rest.join(), e.gen().next().value, e.o.x);
print(Object.keys(amb).join(), "same" in amb); e.asyncFn().then((v) => print(v)); import anonClass from "./_dep/anon_class.js"; import anonArrow from "./_dep/anon_arrow.js"; import anonFn from "./_dep/anon_fn.js"; import expr from "./_dep/default_expr.js"; print(anonClass.name, anonArrow.name, anonFn.name, expr);
export {}; export { fn as default } from "./_dep/exports.js"; export * as everything from "./_dep/exports.js"; print(typeof (await import("./exports.js")).default);
