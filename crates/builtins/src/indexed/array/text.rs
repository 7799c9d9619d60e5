//! `join`, `toString`, `toLocaleString`.
//!
//! An array that contains itself would be joined for ever; like every engine (the specification does not say so) this one
//! keeps a list of the objects that are being joined and gives the empty string for one that is met again.

use unspool_gc::Gc;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_object, to_string};
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::get_v;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::string::{JSString, StrView, StringBuilder};
use unspool_values::{CellKind, Value, number};

use super::super::get_index;

/// Runs `f` unless `object` is being joined already further out: then the result is empty, so that cyclic arrays have a
/// text.
fn without_cycles(cx: Cx<'_>, object: Object, f: impl FnOnce() -> JsResult<Gc<JSString>>) -> JsResult<Value> {
    let active = match cx.joining.get().to() {
        Some(list) => GcVec::from_cell(list),
        None => {
            let list = GcVec::new(cx);
            cx.joining.set(Value::from_cell(list.cell()));
            list
        }
    };
    if active.iter().any(|v| v == Value::from(object)) {
        return Ok(cx.known_string(A::empty));
    }
    cx.check_native_stack()?;
    active.push(cx, object.into()).or_throw(cx)?;
    let result = f();
    active.pop();
    Ok(result?.into())
}

/// Appends ToString of an element; nothing for `undefined` and `null`.
#[inline]
fn push_element(cx: Cx<'_>, text: &mut StringBuilder, element: Value) -> JsResult<()> {
    if let Some(n) = element.to_i32() {
        let mut buffer = [0; 20];
        text.push_view(StrView::Latin1(number::integer_to_latin1(i64::from(n), &mut buffer)));
        return Ok(());
    }
    if element.is_nullish() {
        return Ok(());
    }
    let string = to_string(cx, element)?;
    text.push_string(cx, string).or_throw(cx)
}

/// `Array.prototype.join`
pub(crate) fn join(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let separator =
        if args.get(0).is_undefined() { cx.atoms.known(A::comma) } else { to_string(cx, args.get(0))? };
    if length == 0 {
        return Ok(cx.known_string(A::empty));
    }
    without_cycles(cx, object, || {
        // The separators of an array (of holes, mostly) may be too much already.
        let separators = (length - 1).saturating_mul(u64::from(separator.len()));
        if separators > u64::from(JSString::MAX_LENGTH) && object.kind() == CellKind::Array {
            return Err(cx.throw_range_error("Invalid string length"));
        }
        let mut text = StringBuilder::new();
        for k in 0..length {
            if k > 0 && !separator.is_empty() {
                text.push_string(cx, separator).or_throw(cx)?;
            }
            let element = get_index(cx, object, k)?;
            push_element(cx, &mut text, element)?;
            cx.poll_interrupt()?;
            if text.is_too_long() {
                break;
            }
        }
        cx.finish_string(text)
    })
}

/// `Array.prototype.toString`
pub(crate) fn to_string_method(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let join_method = object.get(cx, cx.key(A::join))?;
    if join_method.is_callable() {
        return call(cx, join_method, object.into(), &[]);
    }
    crate::fundamental::object::object_to_string(cx, Arguments { this: object.into(), ..args })
}

/// `Array.prototype.toLocaleString`: elements separated by commas.
pub(crate) fn to_locale_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    join_locale_strings(cx, object, length)
}

/// The text of `toLocaleString` for arrays and typed arrays.
pub(crate) fn join_locale_strings(cx: Cx<'_>, object: Object, length: u64) -> JsResult<Value> {
    without_cycles(cx, object, || {
        let mut text = StringBuilder::new();
        for k in 0..length {
            cx.poll_interrupt()?;
            if k > 0 {
                text.push_latin1(b',');
            }
            let element = get_index(cx, object, k)?;
            if !element.is_nullish() {
                let method = get_v(cx, element, cx.key(A::toLocaleString))?;
                let string = call(cx, method, element, &[])?;
                text.push_string(cx, to_string(cx, string)?).or_throw(cx)?;
            }
            if text.is_too_long() {
                break;
            }
        }
        cx.finish_string(text)
    })
}
