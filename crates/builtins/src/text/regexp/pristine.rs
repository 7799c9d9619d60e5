//! Is a RegExp as the specification made it?
//!
//! The methods for `match`, `replace`, `split` and their kin are defined by many observable property reads. When the object
//! has no properties of its own but `lastIndex`, and nobody replaced what it would find on `%RegExp.prototype%`, the reads
//! give what the object's pattern says, and a loop over matches needs none of them.
//!
//! A property that was never overwritten is known to the shape as constant. If one was (perhaps by defining it as it was),
//! its value is compared with the builtin.

use unspool_gc::Gc;
use unspool_runtime::cells::{NativeFunction, RegExpObject};
use unspool_runtime::native::NativeFn;
use unspool_runtime::object::regexp::{has_first_shape, last_index};
use unspool_runtime::realm::Intrinsic;
use unspool_runtime::{Cx, Object};
use unspool_shapes::PropertyKind;
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol;

use super::flags;

/// What the methods would read from the prototype.
const GETTERS: [(A, NativeFn); 9] = [
    (A::flags, flags::flags),
    (A::hasIndices, flags::has_indices),
    (A::global, flags::global),
    (A::ignoreCase, flags::ignore_case),
    (A::multiline, flags::multiline),
    (A::dotAll, flags::dot_all),
    (A::unicode, flags::unicode),
    (A::unicodeSets, flags::unicode_sets),
    (A::sticky, flags::sticky),
];

/// Would every read of the object's flags and of `exec` give the builtin answer, and is `lastIndex` a small integer?
pub(super) fn is_pristine(cx: Cx<'_>, regexp: Gc<RegExpObject>) -> bool {
    if !has_first_shape(cx, regexp) || !last_index(cx, regexp).is_i32() || regexp.matcher.get().is_none() {
        return false;
    }
    let prototype = cx.intrinsic(Intrinsic::RegExpPrototype);
    let shape = prototype.shape();
    let constant = |atom: A, kind: PropertyKind| {
        cx.shapes
            .lookup(shape, cx.key(atom))
            .is_some_and(|property| property.constant && property.kind == kind)
    };
    let exec = constant(A::exec, PropertyKind::Data) || has_method(cx, prototype, A::exec, super::exec::exec);
    exec && GETTERS.iter().all(|&(atom, getter)| {
        constant(atom, PropertyKind::Accessor) || has_getter(cx, prototype, atom, getter)
    })
}

/// Would SpeciesConstructor of the object give `%RegExp%`? Asked of pristine objects.
pub(super) fn has_default_species(cx: Cx<'_>) -> bool {
    let prototype = cx.intrinsic(Intrinsic::RegExpPrototype);
    let constructor = cx.intrinsic(Intrinsic::RegExp);
    if prototype.own_data_value(cx, cx.key(A::constructor)) != Some(constructor.into()) {
        return false;
    }
    let key = cx.symbol_key(WellKnownSymbol::species);
    let property = cx.shapes.lookup(constructor.shape(), key);
    property.is_some_and(|property| property.constant && property.kind == PropertyKind::Accessor)
}

fn is_native(value: Value, function: NativeFn) -> bool {
    value.to::<NativeFunction>().is_some_and(|f| std::ptr::fn_addr_eq(f.function, function))
}

fn has_method(cx: Cx<'_>, prototype: Object, atom: A, function: NativeFn) -> bool {
    prototype.own_data_value(cx, cx.key(atom)).is_some_and(|value| is_native(value, function))
}

fn has_getter(cx: Cx<'_>, prototype: Object, atom: A, getter: NativeFn) -> bool {
    let property = prototype.get_own_property(cx, cx.key(atom));
    matches!(property, Ok(Some(property)) if property.get.is_some_and(|value| is_native(value, getter)))
}
