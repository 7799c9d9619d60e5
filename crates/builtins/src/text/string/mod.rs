//! String objects (ECMA-262 22.1): the constructor and the table of methods.
//!
//! The methods are grouped by what they do: [`access`] reads parts, [`search`] finds, [`transform`] makes new strings,
//! [`case`] maps letter case and normalizes, [`pattern`] is what goes through regular expressions, [`html`] is Annex B.
//! All work on the flat characters of their receiver; a short receiver that is a string already costs no conversion.

mod access;
mod case;
mod html;
mod iterator;
mod pattern;
mod search;
mod transform;

pub(in crate::text) use transform::substring_value;

use unspool_gc::Gc;
use unspool_runtime::cells::PrimitiveWrapper;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_number, to_object, to_string, to_uint32};
use unspool_runtime::native::{Arguments, KnownNative, Name, Property};
use unspool_runtime::object::prototype_from_constructor;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::{JSString, StringBuilder};
use unspool_values::symbol::{Symbol, WellKnownSymbol};
use unspool_values::{PropertyKey, Value};

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::KnownMethod(
            Name::Atom(A::fromCharCode),
            1,
            from_char_code,
            KnownNative::StringFromCharCode,
        ),
        Property::Method(Name::Atom(A::fromCodePoint), 1, from_code_point),
        Property::Method(Name::Atom(A::raw), 1, raw),
    ],
    members: &[
        Property::Method(Name::Atom(A::anchor), 1, html::anchor),
        Property::Method(Name::Atom(A::at), 1, access::at),
        Property::Method(Name::Atom(A::big), 0, html::big),
        Property::Method(Name::Atom(A::blink), 0, html::blink),
        Property::Method(Name::Atom(A::bold), 0, html::bold),
        Property::KnownMethod(Name::Atom(A::charAt), 1, access::char_at, KnownNative::StringCharAt),
        Property::KnownMethod(
            Name::Atom(A::charCodeAt),
            1,
            access::char_code_at,
            KnownNative::StringCharCodeAt,
        ),
        Property::Method(Name::Atom(A::codePointAt), 1, access::code_point_at),
        Property::Method(Name::Atom(A::concat), 1, transform::concat),
        Property::Method(Name::Atom(A::endsWith), 1, search::ends_with),
        Property::Method(Name::Atom(A::fixed), 0, html::fixed),
        Property::Method(Name::Atom(A::fontcolor), 1, html::fontcolor),
        Property::Method(Name::Atom(A::fontsize), 1, html::fontsize),
        Property::Method(Name::Atom(A::includes), 1, search::includes),
        Property::Method(Name::Atom(A::indexOf), 1, search::index_of),
        Property::Method(Name::Atom(A::isWellFormed), 0, access::is_well_formed),
        Property::Method(Name::Atom(A::italics), 0, html::italics),
        Property::Method(Name::Atom(A::lastIndexOf), 1, search::last_index_of),
        Property::Method(Name::Atom(A::link), 1, html::link),
        Property::Method(Name::Atom(A::localeCompare), 1, case::locale_compare),
        Property::Method(Name::Atom(A::match_), 1, pattern::match_),
        Property::Method(Name::Atom(A::matchAll), 1, pattern::match_all),
        Property::Method(Name::Atom(A::normalize), 0, case::normalize),
        Property::Method(Name::Atom(A::padEnd), 1, transform::pad_end),
        Property::Method(Name::Atom(A::padStart), 1, transform::pad_start),
        Property::Method(Name::Atom(A::repeat), 1, transform::repeat),
        Property::Method(Name::Atom(A::replace), 2, pattern::replace),
        Property::Method(Name::Atom(A::replaceAll), 2, pattern::replace_all),
        Property::Method(Name::Atom(A::search), 1, pattern::search),
        Property::Method(Name::Atom(A::slice), 2, transform::slice),
        Property::Method(Name::Atom(A::small), 0, html::small),
        Property::Method(Name::Atom(A::split), 2, pattern::split),
        Property::Method(Name::Atom(A::strike), 0, html::strike),
        Property::Method(Name::Atom(A::sub), 0, html::sub),
        Property::Method(Name::Atom(A::substr), 2, transform::substr),
        Property::KnownMethod(
            Name::Atom(A::substring),
            2,
            transform::substring,
            KnownNative::StringSubstring,
        ),
        Property::Method(Name::Atom(A::sup), 0, html::sup),
        Property::Method(Name::Atom(A::startsWith), 1, search::starts_with),
        Property::Method(Name::Atom(A::toString), 0, string_to_string),
        Property::Method(Name::Atom(A::toWellFormed), 0, transform::to_well_formed),
        Property::Method(Name::Atom(A::trim), 0, transform::trim),
        Property::Method(Name::Atom(A::trimStart), 0, transform::trim_start),
        Property::Alias(Name::Atom(A::trimLeft), Name::Atom(A::trimStart)),
        Property::Method(Name::Atom(A::trimEnd), 0, transform::trim_end),
        Property::Alias(Name::Atom(A::trimRight), Name::Atom(A::trimEnd)),
        Property::Method(Name::Atom(A::toLocaleLowerCase), 0, case::to_locale_lower_case),
        Property::Method(Name::Atom(A::toLocaleUpperCase), 0, case::to_locale_upper_case),
        Property::Method(Name::Atom(A::toLowerCase), 0, case::to_lower_case),
        Property::Method(Name::Atom(A::toUpperCase), 0, case::to_upper_case),
        Property::Method(Name::Atom(A::valueOf), 0, value_of),
        Property::Method(Name::Symbol(WellKnownSymbol::iterator), 0, iterator::string_iterator),
    ],
    ..ClassSpec::new(A::String, 1, string_constructor, Intrinsic::String, Intrinsic::StringPrototype)
};

/// Makes constructor and prototype, the iterator prototype, or a function on text.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    match which {
        Intrinsic::StringPrototype | Intrinsic::String => {
            let parent = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
            let prototype = Object::primitive_wrapper(cx, parent, cx.known_string(A::empty));
            SPEC.make_with_prototype(cx, realm, prototype);
        }
        Intrinsic::StringIteratorPrototype => iterator::make(cx, realm),
        _ => super::uri::make(cx, realm, which),
    }
}

/// The receiver of a method as a string: RequireObjectCoercible and ToString.
#[inline]
pub(in crate::text) fn this_string(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<JSString>> {
    match this.to::<JSString>() {
        Some(string) => Ok(string),
        None => this_string_slow(cx, this, method),
    }
}

#[cold]
fn this_string_slow(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<JSString>> {
    require_coercible(cx, this, method)?;
    to_string(cx, this)
}

/// RequireObjectCoercible of a method's receiver.
pub(super) fn require_coercible(cx: Cx<'_>, this: Value, method: &str) -> JsResult<()> {
    if this.is_nullish() {
        return Err(
            cx.throw_type_error(format_args!("String.prototype.{method} called on null or undefined"))
        );
    }
    Ok(())
}

/// ToIntegerOrInfinity clamped to `0 ..= length`.
#[inline]
pub(super) fn clamped_index(cx: Cx<'_>, value: Value, length: u32) -> JsResult<u32> {
    if let Some(n) = value.to_i32() {
        return Ok((n.max(0) as u32).min(length));
    }
    Ok(to_integer_or_infinity(cx, value)?.clamp(0.0, f64::from(length)) as u32)
}

fn string_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = match args.values.first() {
        None => cx.atoms.empty(),
        Some(value) if !args.is_construct() && value.is_symbol() => {
            return Ok(symbol_text(cx, value.to::<Symbol>().expect("a symbol"))?.into());
        }
        Some(value) => to_string(cx, *value)?,
    };
    if !args.is_construct() {
        return Ok(string.into());
    }
    let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::StringPrototype)?;
    Ok(Object::primitive_wrapper(cx, prototype, string.into()).into())
}

/// SymbolDescriptiveString
fn symbol_text(cx: Cx<'_>, symbol: Gc<Symbol>) -> JsResult<Gc<JSString>> {
    let description = symbol.description().unwrap_or(cx.atoms.empty());
    let opened = cx.concat(cx.new_string("Symbol("), description)?;
    cx.concat(opened, cx.atoms.single(b')'))
}

fn from_char_code(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let [value] = args.values {
        let unit = to_uint32(cx, *value)? as u16;
        return Ok(cx.atoms.single_unit(cx, unit).into());
    }
    let mut text = StringBuilder::with_capacity(args.len());
    for value in args.values {
        text.push_unit(to_uint32(cx, *value)? as u16);
    }
    Ok(cx.finish_string(text)?.into())
}

fn from_code_point(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let mut text = StringBuilder::with_capacity(args.len());
    for value in args.values {
        let number = to_number(cx, *value)?;
        if number.trunc() != number || !(0.0..=1_114_111.0).contains(&number) {
            let shown = cx.rust_string(to_string(cx, *value)?);
            return Err(cx.throw_range_error(format_args!("Invalid code point {shown}")));
        }
        text.push_code_point(number as u32);
    }
    Ok(cx.finish_string(text)?.into())
}

fn raw(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let cooked = to_object(cx, args.get(0))?;
    let literals = to_object(cx, cooked.get(cx, cx.key(A::raw))?)?;
    let count = literals.length_of_array_like(cx)?;
    let mut text = StringBuilder::new();
    for i in 0..count {
        let literal = literals.get(cx, PropertyKey::from_u64(cx, &cx.atoms, i))?;
        push_string(cx, &mut text, to_string(cx, literal)?)?;
        if i + 1 < count
            && let Some(value) = args.values.get(i as usize + 1)
        {
            push_string(cx, &mut text, to_string(cx, *value)?)?;
        }
        if text.is_too_long() {
            break;
        }
        cx.poll_interrupt()?;
    }
    Ok(cx.finish_string(text)?.into())
}

/// Appends a string's characters.
#[inline]
pub(in crate::text) fn push_string(
    cx: Cx<'_>,
    text: &mut StringBuilder,
    string: Gc<JSString>,
) -> JsResult<()> {
    text.push_view(cx.flatten(&string)?);
    Ok(())
}

/// ThisStringValue
fn this_string_value(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Value> {
    if this.is_string() {
        return Ok(this);
    }
    match this.to::<PrimitiveWrapper>() {
        Some(wrapper) if wrapper.value.is_string() => Ok(wrapper.value),
        _ => Err(cx.throw_type_error(format_args!("{method} requires that 'this' be a String"))),
    }
}

fn string_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    this_string_value(cx, args.this, "String.prototype.toString")
}

fn value_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    this_string_value(cx, args.this, "String.prototype.valueOf")
}

/// IsRegExp (7.2.8), for the methods that refuse regular expressions.
pub(in crate::text) fn is_regexp(cx: Cx<'_>, value: Value) -> JsResult<bool> {
    let Some(object) = value.as_object() else { return Ok(false) };
    let matcher = object.get(cx, cx.symbol_key(WellKnownSymbol::match_))?;
    if !matcher.is_undefined() {
        return Ok(unspool_runtime::convert::to_boolean(matcher));
    }
    Ok(object.kind() == unspool_values::CellKind::RegExp)
}
