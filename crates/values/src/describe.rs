//! Text forms of values for dumps and debugging.
//!
//! [`describe`] reads cells as they are: it does not allocate on the managed heap, run program code or flatten ropes.
//! The form is for people (quoted strings, `12n`, `Symbol(x)`, `<Array sh41>`); programs see other conversions.

use std::fmt::Write as _;

use crate::bigint::JSBigInt;
use crate::cell::CellKind;
use crate::number::NumberBuffer;
use crate::object::{Elements, ObjectHead, Slots, SparseElements, ValueBuffer, ValueList};
use crate::string::{JSString, StrView};
use crate::symbol::Symbol;
use crate::value::Value;

/// Strings longer than this are cut.
const LONGEST_STRING: usize = 80;
/// Lists longer than this are cut.
const LONGEST_LIST: usize = 16;

/// One line about a value.
pub fn describe(value: Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 2);
    out
}

fn write_value(out: &mut String, value: Value, depth: u32) {
    if let Some(n) = value.to_number() {
        if n == 0.0 && n.is_sign_negative() {
            out.push_str("-0");
        } else {
            out.push_str(NumberBuffer::new().format(n));
        }
        return;
    }
    if let Some(string) = value.to::<JSString>() {
        match string.view_if_flat() {
            Some(view) => write_quoted(out, view),
            None => _ = write!(out, "<rope of {} characters>", string.len()),
        }
    } else if let Some(symbol) = value.to::<Symbol>() {
        _ = write!(out, "{:?}", &*symbol);
    } else if let Some(bigint) = value.to::<JSBigInt>() {
        _ = write!(out, "{:?}", &*bigint);
    } else if let Some(elements) = value.to::<Elements>() {
        write_list(out, elements.values().iter().map(|v| v.get()), depth);
    } else if let Some(buffer) = value.to::<ValueBuffer>() {
        write_list(out, buffer.values().iter().map(|v| v.get()), depth);
    } else if let Some(list) = value.to::<ValueList>() {
        write_list(out, crate::object::GcVec::from_cell(list).iter(), depth);
    } else if let Some(slots) = value.to::<Slots>() {
        write_list(out, slots.values().iter().map(|v| v.get()), depth);
    } else if let Some(sparse) = value.to::<SparseElements>() {
        _ = write!(out, "<{} sparse elements>", sparse.len());
    } else if value.is_object() {
        // SAFETY: every object begins with its head.
        let head = unsafe { value.as_cell().cast::<ObjectHead>() };
        _ = write!(out, "<{:?}>", &*head);
    } else if let Some(kind) = value.cell_kind() {
        _ = write!(out, "<{}>", CellKind::name(kind));
    } else {
        _ = write!(out, "{value:?}");
    }
}

fn write_list(out: &mut String, values: impl Iterator<Item = Value>, depth: u32) {
    if depth == 0 {
        out.push_str("[…]");
        return;
    }
    out.push('[');
    for (i, value) in values.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if i == LONGEST_LIST {
            out.push('…');
            break;
        }
        write_value(out, value, depth - 1);
    }
    out.push(']');
}

fn write_quoted(out: &mut String, view: StrView<'_>) {
    out.push('"');
    for c in view.code_points().take(LONGEST_STRING) {
        match char::from_u32(c) {
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some('\n') => out.push_str("\\n"),
            Some(c) if !c.is_control() => out.push(c),
            _ => _ = write!(out, "\\u{{{c:x}}}"),
        }
    }
    if view.len() > LONGEST_STRING {
        out.push('…');
    }
    out.push('"');
}
