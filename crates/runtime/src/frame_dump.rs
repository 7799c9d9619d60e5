//! What a frame holds, as text: for tests that compare the frames of two runs (`--dump-out-filename`).
//!
//! The interpreter dumps its frame ahead of each instruction, the optimizer each frame that an exit has rebuilt. A dump of the second kind
//! must equal one of the first, in order; a register that is dead at an exit matches anything. Texts name no address and nothing else that
//! differs between runs: the register in which a `for`-`in` keeps the number of a shape is shown as such.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, Instruction};
use unspool_values::Value;

use crate::frame::Frame;
use crate::isolate::Cx;
use crate::object::ValueExt as _;

/// Who dumps a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DumpedBy {
    /// The interpreter, ahead of an instruction.
    Interpreter,
    /// An exit of compiled code.
    Exit,
}

/// The contents of a frame at an instruction that is about to be executed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameDump {
    /// Who dumps it.
    pub by: DumpedBy,
    /// The instruction's offset.
    pub offset: u32,
    /// The function, by a number that is the same in each run.
    pub function: u32,
    /// The accumulator.
    pub accumulator: String,
    /// The formals.
    pub arguments: Vec<String>,
    /// The registers.
    pub registers: Vec<String>,
}

/// What a dead register looks like, as in `deopt::dumpling`.
const OPTIMIZED_OUT: &str = "<optimized_out>";

/// What a number of a shape looks like.
const SHAPE: &str = "<shape>";

/// Properties of an object that its text shows.
const PROPERTIES_SHOWN: usize = 8;

/// Hands the contents of a frame to the host.
///
/// # Safety
/// The frame is fully built, for a template with code.
pub unsafe fn dump_frame(cx: Cx<'_>, frame: Frame, by: DumpedBy, offset: u32, accumulator: Value) {
    // SAFETY: the frame is fully built, as the caller promises.
    let header = unsafe { frame.header() };
    let template = header.template.get();
    let registers = template.register_count.get() as usize;
    let guards = template.code().map(|code| cx.dumped_guards.of(code));
    // SAFETY: registers ascend from the frame pointer; behind them lie the receiver and at least as many arguments as formals.
    let word = |index: usize| unsafe { *frame.0.add(index) };
    // The guards of `for`-`in` loops are numbers of shapes, which differ between runs.
    let is_guard = |register: usize| {
        word(register).is_i32() && guards.as_ref().is_some_and(|guards| guards.contains(&register))
    };
    let dump = FrameDump {
        by,
        offset,
        function: function_number(&template.script.data().name, template.info.span.start),
        accumulator: text(cx, accumulator),
        arguments: (0..template.formal_count.get() as usize)
            .map(|i| text(cx, word(registers + 1 + i)))
            .collect(),
        registers: (0..registers)
            .map(|i| if is_guard(i) { SHAPE.into() } else { text(cx, word(i)) })
            .collect(),
    };
    cx.host.borrow().frame_dumped(&dump);
}

/// The registers that hold numbers of shapes, by the address of the code, which stays where it is as it is kept.
#[derive(Debug, Default)]
pub(crate) struct Guards(RefCell<HashMap<usize, (Arc<CodeBlock>, Rc<[usize]>)>>);

impl Guards {
    fn of(&self, code: &Arc<CodeBlock>) -> Rc<[usize]> {
        let mut known = self.0.borrow_mut();
        let entry = known.entry(Arc::as_ptr(code).addr());
        Rc::clone(&entry.or_insert_with(|| (Arc::clone(code), guard_registers(code).into())).1)
    }
}

/// The registers of a function in which `for`-`in` loops keep what tells them that the object is as it was.
fn guard_registers(code: &CodeBlock) -> Vec<usize> {
    let prepares = code.instructions().filter_map(Result::ok).filter_map(|raw| {
        match raw.typed(code.register_count).ok()? {
            Instruction::ForInPrepare { state, .. } => state.as_local().map(|register| register as usize),
            _ => None,
        }
    });
    prepares.collect()
}

/// FNV-1a of where the function stands.
fn function_number(script: &str, start: u32) -> u32 {
    let bytes = script.bytes().chain(start.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) & 0x7fff_ffff
}

/// A value in one line; of an object the first data properties.
fn text(cx: Cx<'_>, value: Value) -> String {
    if value == Value::OPTIMIZED_OUT {
        return OPTIMIZED_OUT.into();
    }
    if value.to_number().is_some_and(|n| n == 0.0 && n.is_sign_negative()) {
        return "-0".into();
    }
    let mut out = cx.describe(value).replace(['\n', '\r'], " ");
    if let Some(object) = value.as_object()
        && !cx.shapes.is_dictionary(object.shape())
    {
        let keys: Vec<_> = cx.shapes.keys(object.shape()).take(PROPERTIES_SHOWN).collect();
        for key in keys {
            if let Some(value) = object.own_data_value(cx, key) {
                out.push_str(&format!(" {key}={}", cx.describe(value).replace(['\n', '\r'], " ")));
            }
        }
    }
    out
}
