//! Inline caches as text: the lines of `--trace-ic`, and dumps of slots.
//!
//! A state is one letter, as in V8's traces; a handler is its kind with those fields that the kind uses. The text is for
//! people and for expectations of tests: shapes and slots appear by number, never by address.

use std::fmt::Write as _;

use unspool_shapes::ShapeId;
use unspool_values::{JSString, PropertyKey};

use super::handler::{Kind, NUMBER_SHAPE};
use super::site::{Site, polymorphic};
use crate::cells::{FeedbackSlot, Handler, IcState};
use crate::isolate::Cx;

/// The letter of a state, as V8's traces have it: `0` (uninitialized), `1`, `P`, `N` (megamorphic).
pub(crate) fn state_letter(state: IcState) -> char {
    match state {
        IcState::Uninitialized => '0',
        IcState::Monomorphic => '1',
        IcState::Polymorphic => 'P',
        IcState::Megamorphic => 'N',
    }
}

/// A handler as text: its kind and what matters of its fields.
pub(crate) fn handler_text(handler: Handler) -> String {
    let kind = Kind::of(handler);
    let mut text = format!("{kind:?}");
    match kind {
        Kind::None | Kind::LoadArrayLength | Kind::LoadStringLength | Kind::LoadFunctionPrototype => {}
        Kind::AddInline | Kind::AddOut => {
            let _ = write!(text, "[{}]→sh{}", handler.flags, handler.word);
        }
        Kind::LoadElement
        | Kind::LoadCharacter
        | Kind::StoreElement
        | Kind::LoadTypedElement
        | Kind::StoreTypedElement => {
            let _ = write!(text, "{}", if handler.flags == 0 { "" } else { "+" });
        }
        _ => {
            let _ = write!(text, "[{}]", handler.index);
        }
    }
    if let Some(validity) = Kind::validity(handler) {
        let _ = write!(text, " while {validity}");
    }
    text
}

fn shape_text(shape: ShapeId) -> String {
    if shape.is_reserved() {
        return match shape.raw() {
            unspool_values::cell::reserved_shape::STRING => "string".into(),
            unspool_values::cell::reserved_shape::SYMBOL => "symbol".into(),
            unspool_values::cell::reserved_shape::BIGINT => "bigint".into(),
            _ if shape == NUMBER_SHAPE => "number".into(),
            _ => "boolean".into(),
        };
    }
    shape.to_string()
}

/// A slot as text: state and entries.
pub(crate) fn slot_text(slot: &FeedbackSlot) -> String {
    let mut text = state_letter(slot.state.get()).to_string();
    match polymorphic(slot) {
        Some(entries) => {
            for (shape, handler) in entries.cache.entries() {
                let _ = write!(text, " {}:{}", shape_text(shape), handler_text(handler));
            }
        }
        None if slot.state.get() == IcState::Monomorphic => {
            let _ = write!(text, " {}:{}", shape_text(slot.shape.get()), handler_text(slot.handler.get()));
        }
        None => {}
    }
    text
}

/// Reports a change of state: `[LoadProperty in f (0→1) key 'x' sh41: LoadInline[24]]`.
#[cold]
pub(crate) fn trace_change(
    cx: Cx<'_>,
    site: Site,
    from: IcState,
    shape: ShapeId,
    key: PropertyKey,
    handler: Handler,
) {
    let template = site.vector.template;
    let name = template
        .name
        .get()
        .to::<JSString>()
        .map_or(String::new(), |s| s.to_rust_string_lossy(cx).unwrap_or_default());
    let kind = template
        .code()
        .and_then(|code| code.feedback.get(unspool_bytecode::SlotIndex(site.index)))
        .map_or(String::from("slot"), |kind| kind.to_string());
    let to = state_letter(site.slot().state.get());
    let line = format!(
        "[{kind} in {} ({}→{to}) key '{key}' {}: {}]",
        if name.is_empty() { "(anonymous)" } else { &name },
        state_letter(from),
        shape_text(shape),
        handler_text(handler)
    );
    cx.host.borrow().inline_cache_changed(&line);
}
