//! RegExp objects (ECMA-262 22.2): the constructor, creation, and the table of methods.
//!
//! A RegExp holds its source, its flags and a cell with its [`pattern::Pattern`], which is compiled at the first match.
//! [`backend`] is the engine that matches; [`exec`] turns its answers into results; [`methods`] and [`replace`] are the
//! protocols of `match`, `split` and so on, each with a short cut for objects that are [`pristine`].

mod backend;
pub(crate) mod cache;
mod exec;
mod flags;
mod legacy;
mod methods;
mod pattern;
mod pristine;
mod replace;

use unspool_gc::Gc;
use unspool_runtime::cells::{NativeData, NativeFunction, RegExpObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::function::define_properties;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::prototype_from_constructor;
use unspool_runtime::object::regexp::{allocate, set_last_index};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::{JSString, StringBuilder};
use unspool_values::symbol::WellKnownSymbol;

use self::pattern::PatternFlags;
use super::string::{is_regexp, push_string};
use crate::class::ClassSpec;
use crate::library::library;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::escape), 1, escape),
        Property::Getter(Name::Symbol(WellKnownSymbol::species), species),
    ],
    members: &[
        Property::Method(Name::Atom(A::exec), 1, exec::exec),
        Property::Getter(Name::Atom(A::dotAll), flags::dot_all),
        Property::Getter(Name::Atom(A::flags), flags::flags),
        Property::Getter(Name::Atom(A::global), flags::global),
        Property::Getter(Name::Atom(A::hasIndices), flags::has_indices),
        Property::Getter(Name::Atom(A::ignoreCase), flags::ignore_case),
        Property::Getter(Name::Atom(A::multiline), flags::multiline),
        Property::Getter(Name::Atom(A::source), flags::source),
        Property::Getter(Name::Atom(A::sticky), flags::sticky),
        Property::Getter(Name::Atom(A::unicode), flags::unicode),
        Property::Getter(Name::Atom(A::unicodeSets), flags::unicode_sets),
        Property::Method(Name::Atom(A::compile), 2, compile),
        Property::Method(Name::Atom(A::toString), 0, regexp_to_string),
        Property::Method(Name::Atom(A::test), 1, exec::test),
        Property::Method(Name::Symbol(WellKnownSymbol::match_), 1, methods::symbol_match),
        Property::Method(Name::Symbol(WellKnownSymbol::matchAll), 1, methods::symbol_match_all),
        Property::Method(Name::Symbol(WellKnownSymbol::replace), 2, replace::symbol_replace),
        Property::Method(Name::Symbol(WellKnownSymbol::search), 1, methods::symbol_search),
        Property::Method(Name::Symbol(WellKnownSymbol::split), 2, methods::symbol_split),
    ],
    ..ClassSpec::new(A::RegExp, 2, regexp_constructor, Intrinsic::RegExp, Intrinsic::RegExpPrototype)
};

/// Makes constructor and prototype, or the prototype of iterators over matches.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if which == Intrinsic::RegExpStringIteratorPrototype {
        return methods::make_iterator_prototype(cx, realm);
    }
    SPEC.make(cx, realm);
    define_properties(cx, Realm::intrinsic(realm, cx, Intrinsic::RegExp), legacy::STATICS);
}

fn species(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(args.this)
}

/// RegExpCreate (22.2.3.1)
pub(crate) fn regexp_create(cx: Cx<'_>, pattern: Value, flags: Value) -> JsResult<Object> {
    let regexp = allocate(cx, cx.intrinsic(Intrinsic::RegExpPrototype));
    regexp.legacy_enabled.set(true);
    initialize(cx, regexp, pattern, flags)?;
    Ok(RegExpObject::object(regexp))
}

/// RegExpCreate for literals: `Hooks::create_regexp`.
pub fn create_regexp(cx: Cx<'_>, pattern: Gc<JSString>, flags: Gc<JSString>) -> JsResult<Object> {
    regexp_create(cx, pattern.into(), flags.into())
}

/// RegExpInitialize (22.2.3.3)
fn initialize(cx: Cx<'_>, regexp: Gc<RegExpObject>, pattern: Value, flags: Value) -> JsResult<()> {
    let text_of =
        |value: Value| if value.is_undefined() { Ok(cx.atoms.empty()) } else { to_string(cx, value) };
    let source = text_of(pattern)?;
    let flags = text_of(flags)?;
    let view = cx.flatten(&source)?;
    let Some(parsed) = PatternFlags::parse(cx.flatten(&flags)?) else {
        return Err(cx.throw_syntax_error(format_args!(
            "Invalid flags supplied to RegExp constructor '{}'",
            cx.rust_string(flags)
        )));
    };
    let compiled = library(cx).regexp.pattern(view, parsed).map_err(|message| {
        let (source, flags) = (cx.rust_string(source), cx.rust_string(flags));
        cx.throw_syntax_error(format_args!("Invalid regular expression: /{source}/{flags}: {message}"))
    })?;
    regexp.source.set(cx, regexp, source.into());
    regexp.flags.set(cx, regexp, flags.into());
    let data = NativeData::new(cx, Box::new(compiled));
    regexp.matcher.set(cx, regexp, Some(data));
    set_last_index(cx, regexp, Value::ZERO)
}

fn regexp_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (pattern, flags) = (args.get(0), args.get(1));
    let like_regexp = is_regexp(cx, pattern)?;
    let callee: Value = NativeFunction::object(args.callee).into();
    let new_target = if args.is_construct() {
        args.new_target
    } else {
        if like_regexp && flags.is_undefined() {
            let constructor = pattern.as_object_unchecked().get(cx, cx.key(A::constructor))?;
            if constructor == callee {
                return Ok(pattern);
            }
        }
        callee
    };
    let (source, flags) = if let Some(regexp) = pattern.to::<RegExpObject>() {
        (regexp.source.get(), if flags.is_undefined() { regexp.flags.get() } else { flags })
    } else if like_regexp {
        let object = pattern.as_object_unchecked();
        let source = object.get(cx, cx.key(A::source))?;
        let flags = if flags.is_undefined() { object.get(cx, cx.key(A::flags))? } else { flags };
        (source, flags)
    } else {
        (pattern, flags)
    };
    let prototype =
        prototype_from_constructor(cx, new_target.as_object_unchecked(), Intrinsic::RegExpPrototype)?;
    let regexp = allocate(cx, prototype);
    regexp.legacy_enabled.set(new_target == callee);
    initialize(cx, regexp, source, flags)?;
    Ok(RegExpObject::object(regexp).into())
}

/// `RegExp.prototype.compile` (B.2.4.1)
fn compile(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let regexp = exec::this_regexp(cx, args.this, "compile")?;
    if regexp.realm != cx.realm() {
        return Err(cx.throw_type_error("RegExp.prototype.compile called on a RegExp of another realm"));
    }
    if !regexp.legacy_enabled.get() {
        return Err(cx.throw_type_error("RegExp.prototype.compile called on an instance of a subclass"));
    }
    let (pattern, flags) = (args.get(0), args.get(1));
    match pattern.to::<RegExpObject>() {
        Some(other) => {
            if !flags.is_undefined() {
                return Err(cx.throw_type_error("Invalid flags: a RegExp brings its own"));
            }
            initialize(cx, regexp, other.source.get(), other.flags.get())?;
        }
        None => initialize(cx, regexp, pattern, flags)?,
    }
    Ok(args.this)
}

fn regexp_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = methods::this_object(cx, args.this, "toString")?;
    let source = object.get(cx, cx.key(A::source))?;
    let source = to_string(cx, source)?;
    let flags = object.get(cx, cx.key(A::flags))?;
    let flags = to_string(cx, flags)?;
    let mut text = StringBuilder::with_capacity(source.len() as usize + 10);
    text.push_latin1(b'/');
    push_string(cx, &mut text, source)?;
    text.push_latin1(b'/');
    push_string(cx, &mut text, flags)?;
    Ok(cx.finish_string(text)?.into())
}

/// `RegExp.escape` (22.2.5.1)
fn escape(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(string) = args.get(0).to::<JSString>() else {
        return Err(cx.throw_type_error("RegExp.escape called on a value that is not a string"));
    };
    let view = cx.flatten(&string)?;
    let mut out = StringBuilder::with_capacity(view.len() + 8);
    for (i, c) in view.code_points().enumerate() {
        let first_of_name = i == 0 && char::from_u32(c).is_some_and(|c| c.is_ascii_alphanumeric());
        if first_of_name {
            out.push_str(&format!("\\x{c:02x}"));
        } else {
            escape_character(&mut out, c);
        }
    }
    Ok(cx.finish_string(out)?.into())
}

/// EncodeForRegExpEscape (22.2.5.1.1)
fn escape_character(out: &mut StringBuilder, c: u32) {
    let syntax = u8::try_from(c).is_ok_and(|c| b"^$\\.*+?()[]{}|/".contains(&c));
    let control = match c {
        0x9 => Some(b't'),
        0xa => Some(b'n'),
        0xb => Some(b'v'),
        0xc => Some(b'f'),
        0xd => Some(b'r'),
        _ => None,
    };
    let punctuator = u8::try_from(c).is_ok_and(|c| b",-=<>#&!%:;@~'`\"".contains(&c));
    let blank = u16::try_from(c).is_ok_and(unspool_values::number::is_js_whitespace);
    let surrogate = (0xd800..=0xdfff).contains(&c);
    if syntax {
        out.push_latin1(b'\\');
        out.push_code_point(c);
    } else if let Some(letter) = control {
        out.push_latin1(b'\\');
        out.push_latin1(letter);
    } else if punctuator || blank || surrogate {
        if c <= 0xff {
            out.push_str(&format!("\\x{c:02x}"));
        } else {
            out.push_str(&format!("\\u{c:04x}"));
        }
    } else {
        out.push_code_point(c);
    }
}
