//! Symbol objects (ECMA-262 20.4): the constructor with the well-known symbols, the registry of `Symbol.for`, and the
//! wrapper's methods. Symbols themselves and the registry's table are in `unspool_values::symbol`.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::PrimitiveWrapper;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::{Symbol, WellKnownSymbol};
use unspool_values::{PropertyKey, Value};

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::for_), 1, symbol_for),
        Property::Method(Name::Atom(A::keyFor), 1, key_for),
    ],
    members: &[
        Property::Method(Name::Atom(A::toString), 0, symbol_to_string),
        Property::Method(Name::Atom(A::valueOf), 0, value_of),
        Property::Getter(Name::Atom(A::description), description),
        Property::ConfigurableMethod(Name::Symbol(WellKnownSymbol::toPrimitive), 1, to_primitive),
        Property::Tag("Symbol"),
    ],
    ..ClassSpec::new(A::Symbol, 0, symbol_constructor, Intrinsic::Symbol, Intrinsic::SymbolPrototype)
};

/// Makes constructor and prototype.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
    let constructor = Realm::intrinsic(realm, cx, Intrinsic::Symbol);
    for symbol in WellKnownSymbol::ALL {
        let key = PropertyKey::from_text(cx, &cx.atoms, symbol.name());
        constructor.define_builtin(cx, key, Value::from_cell(cx.symbols.get(*symbol)), Attributes::NONE);
    }
}

fn symbol_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if args.is_construct() {
        return Err(cx.throw_type_error("Symbol is not a constructor"));
    }
    let description = match args.get(0) {
        value if value.is_undefined() => None,
        value => Some(to_string(cx, value)?),
    };
    Ok(Value::from_cell(Symbol::new(cx, description)))
}

/// ThisSymbolValue
fn this_symbol(cx: Cx<'_>, this: Value) -> JsResult<Gc<Symbol>> {
    let inner = this.to::<PrimitiveWrapper>().map_or(this, |wrapper| wrapper.value);
    match inner.to::<Symbol>() {
        Some(symbol) => Ok(symbol),
        None => Err(cx.throw_type_error("this value is not a Symbol")),
    }
}

fn symbol_for(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let key = to_string(cx, args.get(0))?;
    Ok(Value::from_cell(cx.symbols.symbol_for(cx, &cx.atoms, key)))
}

fn key_for(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    match args.get(0).to::<Symbol>() {
        Some(symbol) => Ok(symbol.registry_key().map_or(Value::UNDEFINED, Value::from)),
        None => Err(cx.throw_type_error(format_args!("{} is not a symbol", cx.describe(args.get(0))))),
    }
}

fn symbol_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let symbol = this_symbol(cx, args.this)?;
    let text = symbol.description().unwrap_or(cx.atoms.empty());
    Ok(cx.concat(cx.concat(cx.new_string("Symbol("), text)?, cx.new_string(")"))?.into())
}

fn value_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_cell(this_symbol(cx, args.this)?))
}

fn description(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(this_symbol(cx, args.this)?.description().map_or(Value::UNDEFINED, Value::from))
}

fn to_primitive(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_cell(this_symbol(cx, args.this)?))
}
