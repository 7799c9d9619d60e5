//! The kinds of handlers, and the shapes of receivers.
//!
//! A *handler* is a cached answer to "how is this done for an object of this shape": sixteen bytes of data that a
//! `match` on [`Kind`] interprets, in the interpreter and in the compiler alike. A handler that involves the prototype
//! chain also names a *validity cell*, which breaks when anything in the chain changes. Primitives take part by shapes
//! reserved for them.
//!
//! A handler never runs the program's code; what it finds may be an accessor, which its user calls.

use unspool_gc::{Gc, Header};
use unspool_shapes::{Location, Property, ShapeFlags, ShapeId, ValidityId};
use unspool_values::Value;
use unspool_values::object::ObjectHead;

use crate::cells::{FeedbackCell, Function, Handler};
use crate::isolate::Cx;
use crate::object::Object;
use crate::object::shapes::inline_offset;

/// Reserved shape that numbers, which have no header, count as.
pub const NUMBER_SHAPE: ShapeId = ShapeId::reserved(5);
/// Reserved shape that booleans count as.
pub const BOOLEAN_SHAPE: ShapeId = ShapeId::reserved(6);

/// The word that a site compares: a cell's header word, the reserved shape of a number or boolean; `NONE` for `undefined`
/// and `null`.
#[inline(always)]
pub fn receiver_shape(value: Value) -> ShapeId {
    if value.is_cell() {
        ShapeId::from_raw(value.as_cell().meta())
    } else if value.is_number() {
        NUMBER_SHAPE
    } else if value.is_bool() {
        BOOLEAN_SHAPE
    } else {
        ShapeId::NONE
    }
}

/// What a handler does; the value of [`Handler::kind`]. `index` is a byte offset in the object for `…Inline` kinds and the
/// number of the out-of-line slot for `…Out` kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// No handler.
    None = 0,
    /// The value is in an inline slot of the receiver.
    LoadInline,
    /// The value is in an out-of-line slot of the receiver.
    LoadOut,
    /// The value is in an inline slot of the prototype `cell`, while the validity cell `word` is valid.
    LoadProtoInline,
    /// The value is in an out-of-line slot of the prototype `cell`, while `word` is valid.
    LoadProtoOut,
    /// There is no such property, while `word` is valid.
    LoadAbsent,
    /// The length of an array.
    LoadArrayLength,
    /// The length of a string.
    LoadStringLength,
    /// The `prototype` of a closure.
    LoadFunctionPrototype,
    /// The value of the binding cell `cell` (an export of a namespace).
    LoadBinding,
    /// The getter of the accessor in an inline slot of the receiver. For this and the other accessors of the receiver itself: if all that were
    /// met are one closure, `cell` is that; if they are closures of one function, its feedback cell.
    GetterInline,
    /// The getter of the accessor in an out-of-line slot of the receiver.
    GetterOut,
    /// The getter of the accessor in an inline slot of the prototype `cell`, while `word` is valid.
    GetterProtoInline,
    /// The getter of the accessor in an out-of-line slot of the prototype `cell`, while `word` is valid.
    GetterProtoOut,
    /// The element of dense elements. If `flags` has [`HOLES`], what is not there is `undefined` while `word` is valid.
    LoadElement,
    /// The element of a typed array.
    LoadTypedElement,
    /// The character of a string. If `flags` has [`HOLES`], what is not there is `undefined` while `word` is valid.
    LoadCharacter,
    /// Stores into an inline slot of the receiver.
    StoreInline,
    /// Stores into an out-of-line slot of the receiver.
    StoreOut,
    /// Adds a property: the receiver gets the shape `word` and the value goes to inline slot `flags`; `index` is the
    /// validity cell of the chain.
    AddInline,
    /// Adds a property: the receiver gets the shape `word` and the value goes to out-of-line slot `flags`; `index` is the
    /// validity cell of the chain.
    AddOut,
    /// Assigns to the length of an array whose length is writable.
    StoreArrayLength,
    /// The setter of the accessor in an inline slot of the receiver.
    SetterInline,
    /// The setter of the accessor in an out-of-line slot of the receiver.
    SetterOut,
    /// The setter of the accessor in an inline slot of the prototype `cell`, while `word` is valid.
    SetterProtoInline,
    /// The setter of the accessor in an out-of-line slot of the prototype `cell`, while `word` is valid.
    SetterProtoOut,
    /// Overwrites a present dense element. If `flags` has [`GROWS`], also fills holes and appends while `word` is valid.
    StoreElement,
    /// Stores a number into a typed array.
    StoreTypedElement,
    /// The value of the global binding cell `cell`, whatever the shape.
    GlobalBinding,
    /// The value in an out-of-line slot of the global object.
    GlobalSlot,
    /// OrdinaryHasInstance: the right-hand side has the usual `Symbol.hasInstance` while `word` is valid.
    OrdinaryHasInstance,
}

/// Flag of element handlers: missing elements are `undefined` while the validity cell in `word` is valid.
pub const HOLES: u8 = 1;
/// Flag of element stores: elements may be added while the validity cell in `word` is valid.
pub const GROWS: u8 = 2;
/// Flag of element stores: the receiver is an array, whose length grows with its elements.
pub const ARRAY: u8 = 4;

impl Kind {
    const ALL: [Kind; 31] = [
        Kind::None,
        Kind::LoadInline,
        Kind::LoadOut,
        Kind::LoadProtoInline,
        Kind::LoadProtoOut,
        Kind::LoadAbsent,
        Kind::LoadArrayLength,
        Kind::LoadStringLength,
        Kind::LoadFunctionPrototype,
        Kind::LoadBinding,
        Kind::GetterInline,
        Kind::GetterOut,
        Kind::GetterProtoInline,
        Kind::GetterProtoOut,
        Kind::LoadElement,
        Kind::LoadTypedElement,
        Kind::LoadCharacter,
        Kind::StoreInline,
        Kind::StoreOut,
        Kind::AddInline,
        Kind::AddOut,
        Kind::StoreArrayLength,
        Kind::SetterInline,
        Kind::SetterOut,
        Kind::SetterProtoInline,
        Kind::SetterProtoOut,
        Kind::StoreElement,
        Kind::StoreTypedElement,
        Kind::GlobalBinding,
        Kind::GlobalSlot,
        Kind::OrdinaryHasInstance,
    ];

    /// What a handler does.
    #[inline(always)]
    pub fn of(handler: Handler) -> Kind {
        Kind::ALL[handler.kind as usize]
    }

    /// The validity cell that a handler of this kind relies on, if any.
    pub fn validity(handler: Handler) -> Option<ValidityId> {
        match Kind::of(handler) {
            Kind::LoadProtoInline
            | Kind::LoadProtoOut
            | Kind::LoadAbsent
            | Kind::GetterProtoInline
            | Kind::GetterProtoOut
            | Kind::SetterProtoInline
            | Kind::SetterProtoOut
            | Kind::OrdinaryHasInstance => Some(ValidityId::from_raw(handler.word)),
            Kind::LoadElement | Kind::LoadCharacter if handler.flags & HOLES != 0 => {
                Some(ValidityId::from_raw(handler.word))
            }
            Kind::StoreElement if handler.flags & GROWS != 0 => Some(ValidityId::from_raw(handler.word)),
            Kind::AddInline | Kind::AddOut => Some(ValidityId::from_raw(u32::from(handler.index))),
            _ => None,
        }
    }

    /// The shape that a handler gives its receiver, if any.
    pub(crate) fn target_shape(handler: Handler) -> Option<ShapeId> {
        matches!(Kind::of(handler), Kind::AddInline | Kind::AddOut).then(|| ShapeId::from_raw(handler.word))
    }
}

/// A getter or setter as a handler of an own accessor names it.
pub(crate) fn closure_cell(function: Value) -> Option<Gc<Header>> {
    function.to::<Function>().map(Gc::erase)
}

/// The handler of an own accessor that has met another function as well; `None` if it needs no change.
#[inline]
pub(crate) fn joined(handler: Handler, function: Value) -> Option<Handler> {
    let is_own = matches!(
        Kind::of(handler),
        Kind::GetterInline | Kind::GetterOut | Kind::SetterInline | Kind::SetterOut
    );
    let known = handler.cell.filter(|known| is_own && *known != function.as_cell())?;
    let (known, feedback) = (Value::from_cell(known), function.to::<Function>().map(|f| f.feedback));
    if feedback.is_some() && known.to::<FeedbackCell>() == feedback {
        return None;
    }
    let cell = feedback.filter(|&cell| known.to::<Function>().is_some_and(|f| f.feedback == cell));
    Some(Handler { cell: cell.map(Gc::erase), ..handler })
}

/// A handler that needs nothing but its kind.
pub(crate) fn simple(kind: Kind) -> Handler {
    Handler { kind: kind as u8, ..Handler::NONE }
}

/// A handler for a property in a slot of `holder`, of the kind `inline` or `out` by the slot's place; `None` for slots
/// that no handler can name.
pub(crate) fn for_slot(
    cx: Cx<'_>,
    holder: Object,
    property: Property,
    inline: Kind,
    out: Kind,
) -> Option<Handler> {
    let Location::Slot(slot) = property.location else { return None };
    let capacity = u32::from(cx.shapes.inline_capacity(holder.shape()));
    let (kind, index) =
        if slot < capacity { (inline, inline_offset(slot) as u32) } else { (out, slot - capacity) };
    Some(Handler { kind: kind as u8, index: u16::try_from(index).ok()?, ..Handler::NONE })
}

/// Can the shape of a receiver be in a cache? Notes it as cached if so.
pub(crate) fn cacheable_shape(cx: Cx<'_>, shape: ShapeId) -> bool {
    if shape.is_reserved() {
        return true;
    }
    if shape.is_none() {
        return false;
    }
    let flags = cx.shapes.flags(shape);
    if flags.contains(ShapeFlags::DICTIONARY) && !flags.contains(ShapeFlags::UNIQUE) {
        return false;
    }
    cx.shapes.note_cached(shape);
    true
}

/// The head of the object behind a handler's `cell`.
///
/// # Safety
/// The cell is an object.
#[inline(always)]
pub(crate) unsafe fn holder_head(handler: Handler) -> Gc<ObjectHead> {
    // SAFETY: handlers that name a holder are made with its cell, and that cell is an object, which begins with an
    // object head.
    unsafe { handler.cell.unwrap_unchecked().cast::<ObjectHead>() }
}

/// The value in an inline slot.
///
/// # Safety
/// The object has an inline slot at that byte offset.
#[inline(always)]
pub(crate) unsafe fn read_inline(head: Gc<ObjectHead>, offset: u16) -> Value {
    // SAFETY: the handler was made for the shape that the object was just seen to have, and that shape has an inline
    // slot there.
    unsafe { head.value_at(offset as usize) }.get()
}

/// The value in an out-of-line slot.
///
/// # Safety
/// The object has that slot.
#[inline(always)]
pub(crate) unsafe fn read_out(head: Gc<ObjectHead>, index: u16) -> Value {
    // SAFETY: the handler was made for the shape that the object was just seen to have; an object whose shape has
    // that slot has storage for it.
    unsafe { head.slots().unwrap_unchecked().values().get_unchecked(index as usize).get() }
}
