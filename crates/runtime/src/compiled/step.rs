//! Executing one instruction for compiled code, in a frame of its own.
//!
//! Compiled code that has no better plan for an instruction puts the values that the instruction reads into an array and calls
//! [`interpret_one`](super::helpers::interpret_one). A frame of the function is pushed, with these values in their places and
//! everything else `undefined`; the interpreter executes the one instruction with all its effects (feedback included); the accumulator and the registers
//! it writes are copied back. Slow, but it is the interpreter's own meaning of the instruction.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use unspool_values::Value;

use crate::cells::{Context, Function};
use crate::completion::JsResult;
use crate::frame::{Frame, FrameFlags, FrameHeader, HEADER_WORDS};
use crate::isolate::Cx;

/// Where a value goes in the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepSlot {
    /// The function.
    Closure,
    /// The current context.
    Context,
    /// The receiver.
    Receiver,
    /// An argument.
    Argument(u32),
    /// A register.
    Register(u32),
    /// The accumulator.
    Accumulator,
}

/// One instruction with its surroundings. Owned by the code object.
#[derive(Clone, Debug)]
pub struct StepDescriptor {
    /// Bytecode offset of the instruction.
    pub offset: u32,
    /// The places of the input values; the first is the function.
    pub inputs: Box<[StepSlot]>,
    /// The registers that it writes.
    pub outputs: Box<[u32]>,
    /// The offsets that it may jump to, in the order of its operands. If there are any, one more output says which was taken: the
    /// index plus one, or 0.
    pub targets: Box<[u32]>,
}

impl StepDescriptor {
    /// Words of the array of values: inputs, or the accumulator and outputs.
    pub fn words(&self) -> usize {
        self.inputs.len().max(2 + self.outputs.len())
    }
}

/// Executes the instruction. Inputs are read from `values`; then the accumulator and the outputs are written there.
///
/// # Errors
/// What the instruction throws.
pub(super) fn interpret_one(
    cx: Cx<'_>,
    step: &StepDescriptor,
    values: &[Cell<Value>],
    actual_arguments: &[Value],
) -> JsResult<()> {
    let function = values[0].get().to::<Function>().expect("the first input is the function");
    let template = function.template;
    let registers = template.register_count.get() as usize;
    let mut passed = actual_arguments.len().max(template.formal_count.get() as usize);
    let mut count = actual_arguments.len();
    for slot in &step.inputs {
        if let StepSlot::Argument(index) = *slot {
            passed = passed.max(index as usize + 1);
            count = count.max(index as usize + 1);
        }
    }
    let words = HEADER_WORDS + registers + 1 + passed;
    let top = cx.hot.stack_top.get();
    let new_top = (top as usize).wrapping_sub(words * 8);
    if new_top < cx.hot.stack_limit.load(Ordering::Relaxed) || new_top > top as usize {
        crate::interrupt::handle_stack_check(cx, new_top)?;
    }
    let caller = cx.hot.current_frame.get();
    let mut accumulator = Value::UNDEFINED;
    // SAFETY: `words` words below `top` are inside the stack (just checked) and unused; places are those of the function's frame.
    let frame = unsafe {
        let base = new_top as *mut Value;
        let fp = base.add(HEADER_WORDS);
        for i in 0..registers + 1 + passed {
            fp.add(i).write(Value::UNDEFINED);
        }
        let a0 = fp.add(registers + 1);
        for (i, value) in actual_arguments.iter().enumerate() {
            a0.add(i).write(*value);
        }
        let mut context = function.context;
        for (slot, value) in step.inputs.iter().zip(values) {
            let value = value.get();
            match *slot {
                StepSlot::Closure => {}
                StepSlot::Context => context = value.to::<Context>(),
                StepSlot::Receiver => fp.add(registers).write(value),
                StepSlot::Argument(index) => a0.add(index as usize).write(value),
                StepSlot::Register(index) => fp.add(index as usize).write(value),
                StepSlot::Accumulator => accumulator = value,
            }
        }
        base.cast::<FrameHeader>().write(FrameHeader {
            caller_fp: Cell::new(caller),
            flags: Cell::new(FrameFlags::ENTRY | FrameFlags::STEP),
            context: Cell::new(context),
            function: Cell::new(function),
            template: Cell::new(template),
            bytecode_offset: Cell::new(u64::from(step.offset)),
            feedback: Cell::new(function.feedback.vector.get()),
            argument_count: Cell::new(count as u64),
        });
        cx.hot.stack_top.set(base);
        cx.hot.current_frame.set(fp);
        Frame(fp)
    };
    let result = (cx.hooks.interpret_one)(cx, frame, accumulator);
    if let Ok(accumulator) = result {
        values[0].set(accumulator);
        for (value, register) in values[1..].iter().zip(&step.outputs) {
            // SAFETY: the frame is intact: the instruction has left it as the innermost one.
            value.set(unsafe { *frame.0.add(*register as usize) });
        }
        if !step.targets.is_empty() {
            // SAFETY: the frame is still the innermost one, and its header is what it was pushed with.
            let at = unsafe { frame.header() }.bytecode_offset.get();
            let taken = step.targets.iter().position(|&target| u64::from(target) == at);
            values[1 + step.outputs.len()].set(Value::from_usize(taken.map_or(0, |index| index + 1)));
        }
    }
    cx.hot.current_frame.set(caller);
    cx.hot.stack_top.set(top);
    result.map(|_| ())
}
