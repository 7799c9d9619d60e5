//! The errors that code throws by itself: texts and classes are in the table of `unspool-bytecode`.
//!
//! A message has a number, which instructions carry as an operand, and a text with holes for arguments. Where a better
//! message needs the source ("`a.b` is not a function"), the text of the expression is looked up from the position of the
//! running instruction. Errors of builtins are thrown with [`Cx::throw_type_error`](crate::Cx::throw_type_error) and its
//! relatives.

use unspool_bytecode::{ErrorKind, MessageId};
use unspool_frontend::Site;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::string::JSString;

use crate::completion::Throw;
use crate::isolate::Cx;
use crate::object::ValueExt as _;
use crate::script;

/// Throws the message with this operand number; `%0`, `%1` … in its text are replaced by descriptions of the arguments.
#[cold]
#[inline(never)]
pub fn throw(cx: Cx<'_>, message: u32, arguments: &[Value]) -> Throw {
    match MessageId::from_operand(message) {
        Some(id) => throw_id(cx, id, arguments),
        None => cx.throw_type_error("unknown error"),
    }
}

/// Throws a message.
#[cold]
pub(crate) fn throw_id(cx: Cx<'_>, id: MessageId, arguments: &[Value]) -> Throw {
    let mut text = String::new();
    let mut rest = id.text();
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let digit = rest[at + 1..].chars().next().and_then(|c| c.to_digit(10));
        match digit.and_then(|d| arguments.get(d as usize)) {
            Some(value) => text.push_str(&argument_text(cx, *value)),
            None => text.push_str("value"),
        }
        rest = &rest[(at + 2).min(rest.len())..];
    }
    text.push_str(rest);
    match id.kind() {
        ErrorKind::TypeError => cx.throw_type_error(text),
        ErrorKind::RangeError => cx.throw_range_error(text),
        ErrorKind::ReferenceError => cx.throw_reference_error(text),
        ErrorKind::SyntaxError => cx.throw_syntax_error(text),
        ErrorKind::Error => {
            let error = cx.new_error(crate::realm::Intrinsic::ErrorPrototype, &text);
            cx.throw(error.into())
        }
    }
}

/// Strings are names or texts of the program and stand for themselves.
fn argument_text(cx: Cx<'_>, value: Value) -> String {
    match value.to::<JSString>() {
        Some(string) => cx.rust_string(string),
        None => cx.describe(value),
    }
}

fn name_text(cx: Cx<'_>, name: Value) -> String {
    argument_text(cx, name)
}

/// A binding was used before its declaration ran.
#[cold]
#[inline(never)]
pub fn throw_uninitialized(cx: Cx<'_>, name: Value) -> Throw {
    cx.throw_reference_error(format_args!("Cannot access '{}' before initialization", name_text(cx, name)))
}

/// `this` before `super()`.
#[cold]
#[inline(never)]
pub fn throw_super_not_called(cx: Cx<'_>) -> Throw {
    cx.throw_reference_error(
        "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
    )
}

/// `super()` twice.
#[cold]
#[inline(never)]
pub fn throw_super_already_called(cx: Cx<'_>) -> Throw {
    cx.throw_reference_error("Super constructor may only be called once")
}

/// `super()` of something that is no constructor.
#[cold]
#[inline(never)]
pub fn throw_super_not_constructor(cx: Cx<'_>, value: Value) -> Throw {
    // A function is known by its name; one without is `null` to V8, as `class extends null` has it.
    let name = match value.as_object() {
        Some(function) if function.is_callable() => {
            let name = function.find_data_value(cx, cx.key(KnownAtom::name)).and_then(|name| name.to());
            name.map(|name| cx.rust_string(name)).filter(|name| !name.is_empty()).unwrap_or("null".into())
        }
        _ => cx.describe(value),
    };
    cx.throw_type_error(format_args!("Super constructor {name} of anonymous class is not a constructor"))
}

/// Assignment to a constant.
#[cold]
#[inline(never)]
pub fn throw_const_assignment(cx: Cx<'_>) -> Throw {
    cx.throw_type_error("Assignment to constant variable.")
}

/// Destructuring of `undefined` or `null`. `name` is the first property, as far as the code knows it.
#[cold]
#[inline(never)]
pub fn throw_destructure_nullish(cx: Cx<'_>, name: Value, value: Value) -> Throw {
    let spelling = script::spell(cx, Site::Pattern);
    let known = name_text(cx, name);
    let (source, property, is_nested) = match spelling {
        Some(spelling) => (spelling.value, spelling.property, spelling.is_nested),
        None => (None, Some(known).filter(|name| !name.is_empty() && name != "value"), false),
    };
    match (property, is_nested) {
        (Some(property), true) => {
            cx.throw_type_error(format_args!("Cannot read properties of {value:?} (reading '{property}')"))
        }
        (Some(property), false) => {
            let source = source.unwrap_or_else(|| format!("{value:?}"));
            cx.throw_type_error(format_args!(
                "Cannot destructure property '{property}' of '{source}' as it is {value:?}."
            ))
        }
        (None, _) => {
            let source = source.unwrap_or_else(|| format!("{value:?}"));
            cx.throw_type_error(format_args!("Cannot destructure '{source}' as it is {value:?}."))
        }
    }
}

/// The running code calls something that is no function.
#[cold]
#[inline(never)]
pub fn throw_not_callable(cx: Cx<'_>, value: Value) -> Throw {
    let text = spelled(cx, Site::Call).unwrap_or_else(|| cx.describe(value));
    cx.throw_type_error(format_args!("{text} is not a function"))
}

/// The running code constructs something that is no constructor.
#[cold]
#[inline(never)]
pub fn throw_not_constructor(cx: Cx<'_>, value: Value) -> Throw {
    let text = spelled(cx, Site::Call).unwrap_or_else(|| cx.describe(value));
    cx.throw_type_error(format_args!("{text} is not a constructor"))
}

/// A value that the running code iterates over has no callable iterator method.
#[cold]
#[inline(never)]
pub fn throw_not_iterable(cx: Cx<'_>, value: Value) -> Throw {
    match spelled(cx, Site::Iteration) {
        Some(text) => cx.throw_type_error(format_args!("{text} is not iterable")),
        None => throw_value_not_iterable(cx, value),
    }
}

/// A value that the library iterates over has no iterator method.
#[cold]
#[inline(never)]
pub fn throw_value_not_iterable(cx: Cx<'_>, value: Value) -> Throw {
    let text = match value.cell_kind() {
        _ if value.is_undefined() => "undefined".to_owned(),
        _ if value.is_null() => "object null".to_owned(),
        None if value.is_number() => format!("number {value:?}"),
        None => format!("boolean {value:?}"),
        Some(_) => cx.describe(value),
    };
    cx.throw_type_error(format_args!("{text} is not iterable (cannot read property Symbol(Symbol.iterator))"))
}

/// A value that is spread into the arguments of a call has no iterator method.
#[cold]
#[inline(never)]
pub(crate) fn throw_not_spreadable(cx: Cx<'_>, value: Value) -> Throw {
    if value.is_nullish() {
        return throw_value_not_iterable(cx, value);
    }
    cx.throw_type_error("Spread syntax requires ...iterable[Symbol.iterator] to be a function")
}

fn spelled(cx: Cx<'_>, site: Site) -> Option<String> {
    script::spell(cx, site)?.value
}

/// An unresolvable name.
#[cold]
#[inline(never)]
pub(crate) fn throw_not_defined(cx: Cx<'_>, name: Value) -> Throw {
    cx.throw_reference_error(format_args!("{} is not defined", name_text(cx, name)))
}
