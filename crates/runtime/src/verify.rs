//! The verifier of everything that an isolate holds: heap, shapes, objects, feedback and frames in one call.
//!
//! The parts have their own rules: [`Heap::verify`](unspool_gc::Heap::verify) (pointers, barrier states),
//! `ShapeTree::verify` (tables, transitions, constness), `verify_object`. Here are
//! those of feedback and frames.
//!
//! Feedback vectors:
//! 1. A vector has as many slots as its function's feedback layout.
//! 2. A monomorphic inline cache has a shape, a polymorphic one two to four entries of which the slot repeats the first,
//!    a megamorphic one neither shape nor handler.
//! 3. Cells that handlers name are alive.
//!
//! Frames, from the innermost outward:
//! 4. A frame lies above the one that it called, inside the stack.
//! 5. Its function has its template, which is compiled; the offset is that of an instruction.
//! 6. Its feedback is that of the template's functions.
//! 7. Every register, the receiver and every argument is a value; pointers point to cells.
//!
//! It runs between tasks (`--verify-heap`), in tests and in fuzzing: cells that are being initialized would fail.

use unspool_bytecode::SlotIndex;
use unspool_gc::{Gc, Header};
use unspool_values::{CellKind, Value};

use crate::cells::{FeedbackSlot, FeedbackVector, Handler, IcState};
use crate::frame::Frame;
use crate::ic::dump;
use crate::ic::site::polymorphic;
use crate::isolate::Cx;
use crate::object::verify::verify_object;
use crate::object::{Object, ValueExt as _};

/// Checks all rules.
///
/// # Errors
/// The first broken rule found, in words.
pub fn verify_isolate(cx: Cx<'_>) -> Result<(), String> {
    cx.heap.verify(cx.isolate()).map_err(|error| error.to_string())?;
    cx.shapes.verify()?;
    let mut vectors = Vec::new();
    let mut result = Ok(());
    cx.heap.for_each_cell(|cell, _| {
        // SAFETY: the visited cells are initialized, and the kind says what they are.
        let cell = unsafe { Gc::from_ptr(cell) };
        if cell.kind() == CellKind::FeedbackVector as u8 {
            vectors.push(cell.addr());
        } else if result.is_ok()
            && let Some(object) = Value::from_cell(cell).as_object()
        {
            result = verify_object(cx, object);
        }
    });
    result?;
    for address in vectors {
        let pointer = std::ptr::with_exposed_provenance_mut::<FeedbackVector>(address);
        // SAFETY: an address of a vector that the heap has just given; nothing was collected since.
        let vector = unsafe { Gc::from_ptr(std::ptr::NonNull::new_unchecked(pointer)) };
        verify_feedback(cx, vector)?;
    }
    verify_frames(cx)
}

/// Checks rules 1 to 3.
///
/// # Errors
/// The rule that does not hold, with the slot.
pub(crate) fn verify_feedback(cx: Cx<'_>, vector: Gc<FeedbackVector>) -> Result<(), String> {
    let Some(code) = vector.template.code() else {
        return Err("rule 1: feedback of a function that is not compiled".into());
    };
    if code.feedback.len() != vector.length as usize {
        return Err(format!("rule 1: {} slots for a layout of {}", vector.length, code.feedback.len()));
    }
    for index in 0..vector.length {
        let slot = vector.slot(index);
        let kind = code.feedback.get(SlotIndex(index));
        verify_slot(cx, slot).map_err(|rule| {
            let kind = kind.map_or_else(String::new, |kind| kind.to_string());
            format!("{rule}: slot s{index} {kind} {}", dump::slot_text(slot))
        })?;
    }
    Ok(())
}

fn verify_slot(cx: Cx<'_>, slot: &FeedbackSlot) -> Result<(), &'static str> {
    match (slot.state.get(), polymorphic(slot)) {
        (IcState::Monomorphic, Some(_)) => return Err("rule 2: monomorphic with several entries"),
        (IcState::Polymorphic, Some(entries)) => {
            let first = entries.cache.entries().next();
            if entries.cache.len() > 4 || first.is_some_and(|(shape, _)| shape != slot.shape.get()) {
                return Err("rule 2: entries and slot disagree");
            }
            if entries.cache.entries().any(|(_, handler)| !handler_is_alive(cx, handler)) {
                return Err("rule 3: a dead cell in an entry");
            }
        }
        (IcState::Megamorphic, _) if !slot.shape.get().is_none() => {
            return Err("rule 2: megamorphic with a shape");
        }
        _ => {}
    }
    if handler_is_alive(cx, slot.handler.get()) { Ok(()) } else { Err("rule 3: a dead cell") }
}

fn handler_is_alive(cx: Cx<'_>, handler: Handler) -> bool {
    handler.cell.is_none_or(|cell| is_alive(cx, cell))
}

fn is_alive(cx: Cx<'_>, cell: Gc<Header>) -> bool {
    cx.heap.is_live(cell.as_ptr())
}

/// Checks rules 4 to 7 for all frames of the stack.
///
/// # Errors
/// The rule that does not hold, with the frame.
pub(crate) fn verify_frames(cx: Cx<'_>) -> Result<(), String> {
    let mut inner = cx.hot.stack_top.get();
    for frame in cx.frames() {
        if frame.0 <= inner {
            return Err(format!("rule 4: {}: a frame below the one that it called", frame_text(cx, frame)));
        }
        verify_frame(cx, frame).map_err(|rule| format!("{rule}: {}", frame_text(cx, frame)))?;
        inner = frame.0;
    }
    Ok(())
}

fn verify_frame(cx: Cx<'_>, frame: Frame) -> Result<(), String> {
    // SAFETY: saved frames are fully built.
    let header = unsafe { frame.header() };
    let template = header.template.get();
    if header.function.get().template != template {
        return Err("rule 5: function and template disagree".into());
    }
    let Some(code) = template.code() else { return Err("rule 5: the template is not compiled".into()) };
    let offset = header.bytecode_offset.get();
    if !code.instructions().flatten().any(|instruction| u64::from(instruction.offset) == offset) {
        return Err(format!("rule 5: no instruction at {offset}"));
    }
    if header.feedback.get().is_some_and(|vector| vector.template != template) {
        return Err("rule 6: feedback of another function".into());
    }
    let words = frame_words(frame);
    match words.iter().position(|value| value.to_cell().is_some_and(|cell| !is_alive(cx, cell))) {
        Some(word) => Err(format!("rule 7: word {word} is a pointer to no cell")),
        None => Ok(()),
    }
}

/// Registers, receiver and arguments.
fn frame_words<'f>(frame: Frame) -> &'f [Value] {
    // SAFETY: saved frames are fully built: these words follow the frame pointer, and all of them are initialized.
    unsafe {
        let header = frame.header();
        let template = header.template.get();
        let passed = (header.argument_count.get() as usize).max(template.formal_count.get() as usize);
        std::slice::from_raw_parts(frame.0, template.register_count.get() as usize + 1 + passed)
    }
}

/// A frame as text: function, offset, argument count, and every word with its register's name.
pub(crate) fn frame_text(cx: Cx<'_>, frame: Frame) -> String {
    use std::fmt::Write as _;
    // SAFETY: saved frames are fully built.
    let header = unsafe { frame.header() };
    let template = header.template.get();
    let registers = template.register_count.get() as usize;
    let mut text = format!(
        "{}@{} argc={}",
        crate::error::function_name(cx, template),
        header.bytecode_offset.get(),
        header.argument_count.get()
    );
    for (i, value) in frame_words(frame).iter().enumerate() {
        let name = match i.checked_sub(registers) {
            None => format!("r{i}"),
            Some(0) => "this".into(),
            Some(argument) => format!("a{}", argument - 1),
        };
        let _ = write!(text, " {name}={}", value_text(*value));
    }
    text
}

fn value_text(value: Value) -> String {
    match value.as_object() {
        Some(object) => format!("{} {}", object.kind().name(), Object::shape(object)),
        None => format!("{value:?}"),
    }
}

/// All feedback of the program's functions as text, in the order in which their vectors were made: what has been seen at
/// each slot of each function.
pub fn feedback_text(cx: Cx<'_>) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    cx.heap.for_each_cell(|cell, _| {
        // SAFETY: the visited cells are initialized.
        let cell: Gc<Header> = unsafe { Gc::from_ptr(cell) };
        if cell.kind() != CellKind::FeedbackVector as u8 {
            return;
        }
        // SAFETY: the kind says what the cell is.
        let vector = unsafe { cell.cast::<FeedbackVector>() };
        let Some(code) = vector.template.code() else { return };
        let name = crate::error::function_name(cx, vector.template);
        let _ = writeln!(text, "[feedback of {}]", if name.is_empty() { "(anonymous)" } else { &name });
        for index in 0..vector.length {
            let kind = code.feedback.get(SlotIndex(index)).map_or_else(String::new, |kind| kind.to_string());
            let slot = vector.slot(index);
            let _ = writeln!(text, "  s{index} {kind}: {} {:#04x}", dump::slot_text(slot), slot.bits.get());
        }
    });
    text
}
