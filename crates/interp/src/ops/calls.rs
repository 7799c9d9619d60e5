//! Calls and construct calls: they put a request together for the loop.
//!
//! Nothing is called here. An instruction notes its target in the feedback, finds receiver and arguments, and gives a
//! [`Flow::Call`] or [`Flow::Construct`] for `crate::calls` to fulfil. Arguments are named by address: a register range
//! is passed where it lies, in ascending order; single registers and spread lists are first laid out below the frame.

use unspool_runtime::cells::FeedbackSlot;
use unspool_runtime::frame::HEADER_BYTES;
use unspool_runtime::{Cx, JsResult, ValueExt as _, array_iteration, feedback, runtime_calls};
use unspool_values::Value;

use crate::machine::{CallRequest, ConstructRequest, Flow, Machine, Reg};

type M<'a> = Machine<'a>;

/// Records a call's target.
#[inline(always)]
pub(super) fn note_call(m: &M<'_>, slot: usize, callee: Value) {
    if let Some(slot) = m.slot(slot) {
        slot.count.set(slot.count.get().saturating_add(1));
        if !(callee.is_cell() && slot.handler.get().cell == Some(callee.as_cell())) {
            note_new_target(m, slot, callee);
        }
    }
}

#[cold]
#[inline(never)]
fn note_new_target(m: &M<'_>, slot: &FeedbackSlot, callee: Value) {
    if let Some(vector) = m.vector() {
        feedback::note_new_target(m.cx, vector, slot, callee);
    }
}

#[inline(always)]
fn request(
    m: &mut M<'_>,
    callee: Reg,
    this: Value,
    arguments: *const Value,
    count: usize,
    slot: usize,
) -> Flow {
    let callee = m.get(callee);
    note_call(m, slot, callee);
    Flow::Call(CallRequest { callee, this, arguments, count })
}

/// Puts arguments from separate registers where the callee's frame will have them if it has no more formals.
#[inline(always)]
pub(super) fn place_arguments<const N: usize>(m: &M<'_>, arguments: [Value; N]) -> *const Value {
    // SAFETY: the words below the frame are free, and the stack's reserve is larger than a few of them.
    unsafe {
        let base = m.fp.byte_sub(HEADER_BYTES).sub(N);
        for (i, value) in arguments.into_iter().enumerate() {
            *base.add(i) = value;
        }
        base
    }
}

/// The words behind the first of a range.
#[inline(always)]
fn behind(first: Reg) -> *const Value {
    // SAFETY: verified bytecode: these ranges have at least one register, the receiver.
    unsafe { first.add(1) }
}

#[inline(always)]
pub(crate) fn call_property(m: &mut M<'_>, callee: Reg, args: (Reg, usize), slot: usize) -> Flow {
    request(m, callee, m.get(args.0), behind(args.0), args.1 - 1, slot)
}

#[inline(always)]
pub(crate) fn call_any_receiver(m: &mut M<'_>, callee: Reg, args: (Reg, usize), slot: usize) -> Flow {
    call_property(m, callee, args, slot)
}

#[inline(always)]
pub(crate) fn call_property0(m: &mut M<'_>, callee: Reg, receiver: Reg, slot: usize) -> Flow {
    request(m, callee, m.get(receiver), place_arguments(m, []), 0, slot)
}

#[inline(always)]
pub(crate) fn call_property1(m: &mut M<'_>, callee: Reg, receiver: Reg, arg0: Reg, slot: usize) -> Flow {
    request(m, callee, m.get(receiver), place_arguments(m, [m.get(arg0)]), 1, slot)
}

#[inline(always)]
pub(crate) fn call_property2(
    m: &mut M<'_>,
    callee: Reg,
    receiver: Reg,
    arg0: Reg,
    arg1: Reg,
    slot: usize,
) -> Flow {
    request(m, callee, m.get(receiver), place_arguments(m, [m.get(arg0), m.get(arg1)]), 2, slot)
}

#[inline(always)]
pub(crate) fn call_undefined_receiver(m: &mut M<'_>, callee: Reg, args: (Reg, usize), slot: usize) -> Flow {
    request(m, callee, Value::UNDEFINED, args.0, args.1, slot)
}

#[inline(always)]
pub(crate) fn call_undefined_receiver0(m: &mut M<'_>, callee: Reg, slot: usize) -> Flow {
    request(m, callee, Value::UNDEFINED, place_arguments(m, []), 0, slot)
}

#[inline(always)]
pub(crate) fn call_undefined_receiver1(m: &mut M<'_>, callee: Reg, arg0: Reg, slot: usize) -> Flow {
    request(m, callee, Value::UNDEFINED, place_arguments(m, [m.get(arg0)]), 1, slot)
}

#[inline(always)]
pub(crate) fn call_undefined_receiver2(
    m: &mut M<'_>,
    callee: Reg,
    arg0: Reg,
    arg1: Reg,
    slot: usize,
) -> Flow {
    request(m, callee, Value::UNDEFINED, place_arguments(m, [m.get(arg0), m.get(arg1)]), 2, slot)
}

/// Lays out `fixed` and then the elements of the list `spread` below the frame. The room is checked.
#[inline(never)]
fn spread_arguments(cx: Cx<'_>, fp: Reg, fixed: &[Value], spread: Value) -> JsResult<(*const Value, usize)> {
    array_iteration::lay_out_spread(cx, fp.cast(), fixed, spread)
}

#[inline(always)]
pub(crate) fn call_with_spread(m: &mut M<'_>, callee: Reg, args: (Reg, usize), slot: usize) -> Flow {
    m.save();
    let fixed = m.range(behind(args.0).cast_mut(), args.1 - 2);
    match spread_arguments(m.cx, m.fp, fixed, m.get_at(args.0, args.1 - 1)) {
        Ok((arguments, count)) => request(m, callee, m.get(args.0), arguments, count, slot),
        Err(_) => Flow::Throw,
    }
}

#[inline(always)]
pub(crate) fn call_direct_eval(
    m: &mut M<'_>,
    callee: Reg,
    args: (Reg, usize),
    scope: usize,
    slot: usize,
) -> Flow {
    m.save();
    if unspool_runtime::eval::is_realm_eval(m.cx, m.get(callee)) {
        let source = if args.1 > 1 { m.get_at(args.0, 1) } else { Value::UNDEFINED };
        let result = unspool_runtime::eval::direct_eval(m.cx, m.frame(), source, scope as u32);
        return m.finish(result);
    }
    request(m, callee, m.get(args.0), behind(args.0), args.1 - 1, slot)
}

#[inline(always)]
pub(crate) fn construct(m: &mut M<'_>, constructor: Reg, args: (Reg, usize), slot: usize) -> Flow {
    let callee = m.get(constructor);
    note_call(m, slot, callee);
    Flow::Construct(ConstructRequest { callee, new_target: m.acc, arguments: args.0, count: args.1 })
}

#[inline(always)]
pub(crate) fn construct_with_spread(
    m: &mut M<'_>,
    constructor: Reg,
    args: (Reg, usize),
    slot: usize,
) -> Flow {
    m.save();
    let fixed = m.range(args.0, args.1 - 1);
    match spread_arguments(m.cx, m.fp, fixed, m.get_at(args.0, args.1 - 1)) {
        Ok((arguments, count)) => {
            let callee = m.get(constructor);
            note_call(m, slot, callee);
            Flow::Construct(ConstructRequest { callee, new_target: m.acc, arguments, count })
        }
        Err(_) => Flow::Throw,
    }
}

#[inline(always)]
pub(crate) fn construct_forward_all_args(m: &mut M<'_>, constructor: Reg, slot: usize) -> Flow {
    let callee = m.get(constructor);
    note_call(m, slot, callee);
    let (arguments, count) = actual_arguments(m);
    Flow::Construct(ConstructRequest { callee, new_target: m.acc, arguments, count })
}

/// The actual arguments of the running activation.
#[inline(always)]
pub(super) fn actual_arguments(m: &M<'_>) -> (*const Value, usize) {
    let header = m.header();
    let registers = header.template.get().register_count.get() as usize;
    // SAFETY: the arguments lie behind registers and receiver.
    unsafe { (m.fp.add(registers + 1).cast_const(), header.argument_count.get() as usize) }
}

#[inline(always)]
pub(crate) fn get_super_constructor(m: &mut M<'_>, dst: Reg) -> Flow {
    m.save();
    let function = m.acc.as_object_unchecked();
    match function.get_prototype_of(m.cx) {
        Ok(prototype) => {
            m.set(dst, prototype.map_or(Value::NULL, Value::from));
            Flow::Next
        }
        Err(_) => Flow::Throw,
    }
}

#[inline(always)]
pub(crate) fn prepare_spread(m: &mut M<'_>) -> Flow {
    m.save();
    let result = array_iteration::prepare_spread(m.cx, m.acc);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn call_runtime(m: &mut M<'_>, id: u32, args: (Reg, usize)) -> Flow {
    m.save();
    let result = runtime_calls::call_runtime(m.cx, m.frame(), id, m.range(args.0, args.1));
    m.finish(result)
}

#[inline(always)]
pub(crate) fn call_intrinsic(m: &mut M<'_>, id: u32, args: (Reg, usize)) -> Flow {
    m.save();
    let result = runtime_calls::call_intrinsic(m.cx, m.frame(), id, m.range(args.0, args.1));
    m.finish(result)
}
