//! The dispatch loop.
//!
//! [`execute`] exists twice: with narrow operands it loops until the entry frame is left; the instance for wide operands
//! executes one instruction behind a prefix and comes back. Its arms are generated from the instruction table: each decodes
//! its operands at constant offsets and calls the function of `ops` that is named in the table. A third instance executes one narrow
//! instruction for compiled code ([`step`]).
//!
//! The loop's set of requests, and the ways by which its machine is replaced, are as few as can be: one more request for budget
//! interrupts and a request handed over by the wide instances cost 20 to 40 % on Richards, Queens and Sieve, at 2 % more
//! instructions, because the machine's words no longer stayed in registers.

use unspool_bytecode::Opcode;
use unspool_runtime::frame::Frame;
use unspool_runtime::frame_dump::{self, DumpedBy};
use unspool_runtime::{Cx, JsResult, Throw, ValueExt as _, function, messages};
use unspool_values::Value;

use crate::compiled::Replacement;
use crate::machine::{CallRequest, ConstructRequest, Flow, Machine};
use crate::{calls, compiled, ops, unwind};

/// Runs interpreter frames from `frame`, which has the ENTRY flag, until it returns or throws.
pub fn run_frames(cx: Cx<'_>, frame: Frame) -> JsResult<Value> {
    cx.hot.current_frame.set(frame.0);
    // SAFETY: `push_frame` built the frame, and only verified code is installed in templates.
    unsafe {
        let mut machine = Machine::at(cx, frame.0, Value::UNDEFINED);
        if let Some(result) = compiled::run_activation(&mut machine) {
            return result;
        }
        if cx.config.dump_frames.interpreter {
            return run_observed(&mut machine);
        }
        match execute::<1>(&mut machine) {
            Exit::Left(result) => result,
            _ => unreachable!("the narrow loop leaves by returning from the entry frame"),
        }
    }
}

/// Continues at the current instruction of the machine until the entry frame is left.
///
/// # Safety
/// The machine's frame is fully built, below an entry frame or one itself.
pub(crate) unsafe fn run(machine: &mut Machine<'_>) -> JsResult<Value> {
    if machine.cx.config.dump_frames.interpreter {
        // SAFETY: the frame is fully built and below an entry frame, or one itself, as the caller promises.
        return unsafe { run_observed(machine) };
    }
    // SAFETY: the frame is fully built, and only verified bytecode gets into frames.
    match unsafe { execute::<1>(machine) } {
        Exit::Left(result) => result,
        _ => unreachable!("the narrow loop leaves by returning from the entry frame"),
    }
}

/// As the loop of [`execute`], instruction by instruction, with a dump of the frame ahead of each.
///
/// # Safety
/// As for [`run`].
#[cold]
#[inline(never)]
unsafe fn run_observed(machine: &mut Machine<'_>) -> JsResult<Value> {
    // SAFETY: the frame is fully built; requests are answered as the loop answers them.
    unsafe {
        loop {
            machine.save();
            frame_dump::dump_frame(
                machine.cx,
                machine.frame(),
                DumpedBy::Interpreter,
                machine.offset() as u32,
                machine.acc,
            );
            let request = match execute::<STEP>(machine) {
                Exit::Stepped => continue,
                Exit::Left(result) => return result,
                Exit::Requested(request) => request,
            };
            let unwound = match request {
                Request::Call(call) => {
                    calls::enter_function(machine, call) || calls::call_slow(machine, call)
                }
                Request::Construct(construct) => calls::construct(machine, construct),
                Request::Return => {
                    if !calls::leave_function(machine) && calls::return_slow(machine) {
                        return Ok(machine.acc);
                    }
                    true
                }
                Request::Suspend => {
                    if calls::suspend(machine) {
                        return Ok(machine.acc);
                    }
                    true
                }
                Request::Throw => match interrupted_or_thrown(machine) {
                    Some(Exit::Left(result)) => return result,
                    _ => true,
                },
            };
            if !unwound {
                unwind::unwind(machine)?;
            }
        }
    }
}

/// Executes the machine's instruction, calls that it makes included, and gives the accumulator.
///
/// # Safety
/// The machine's frame is fully built, innermost, and an entry frame; the instruction neither returns nor suspends.
#[inline(never)]
pub(crate) unsafe fn step(machine: &mut Machine<'_>) -> JsResult<Value> {
    // SAFETY: the frame is fully built and verified, and is an entry frame, so leaving it leaves this loop.
    match unsafe { execute::<STEP>(machine) } {
        Exit::Left(result) => result,
        Exit::Stepped => Ok(machine.acc),
        Exit::Requested(request) => {
            machine.save();
            let cx = machine.cx;
            match request {
                Request::Call(call) => {
                    calls::protect_arguments(machine, call.arguments);
                    // SAFETY: the request's arguments are live words.
                    let arguments = unsafe { std::slice::from_raw_parts(call.arguments, call.count) };
                    if !call.callee.is_callable() {
                        return Err(messages::throw_not_callable(cx, call.callee));
                    }
                    function::call(cx, call.callee, call.this, arguments)
                }
                Request::Construct(construct) => {
                    calls::protect_arguments(machine, construct.arguments);
                    // SAFETY: the request's arguments are live words: registers of the frame.
                    let arguments =
                        unsafe { std::slice::from_raw_parts(construct.arguments, construct.count) };
                    let Some(callee) = construct.callee.as_object().filter(|o| o.is_constructor()) else {
                        return Err(messages::throw_not_constructor(cx, construct.callee));
                    };
                    let new_target = construct.new_target.as_object_unchecked();
                    function::construct(cx, callee, arguments, new_target).map(Value::from)
                }
                Request::Throw => Err(Throw::pending(cx)),
                Request::Return | Request::Suspend => unreachable!("a step stays in its frame"),
            }
        }
    }
}

/// How [`execute`] ended.
enum Exit {
    /// The entry frame was left.
    Left(JsResult<Value>),
    /// One instruction was executed.
    Stepped,
    /// One instruction was executed and asks for something; the machine is still at it.
    Requested(Request),
}

/// The width that means: narrow operands, and leave after one instruction.
const STEP: usize = 0;

/// What an instruction asks of the loop.
enum Request {
    Throw,
    Call(CallRequest),
    Construct(ConstructRequest),
    Return,
    Suspend,
}

/// Reads field after field of an instruction.
struct Cursor<const WIDTH: usize>(*const u8);

impl<const WIDTH: usize> Cursor<WIDTH> {
    /// # Safety
    /// The cursor is before a field of a verified instruction.
    #[inline(always)]
    unsafe fn unsigned(&mut self) -> usize {
        // SAFETY: the field lies inside a verified instruction, whose encoding has all its fields at this width.
        unsafe {
            let value = match WIDTH {
                STEP | 1 => *self.0 as usize,
                2 => self.0.cast::<u16>().read_unaligned() as usize,
                _ => self.0.cast::<u32>().read_unaligned() as usize,
            };
            self.0 = self.0.add(if WIDTH == STEP { 1 } else { WIDTH });
            value
        }
    }

    /// # Safety
    /// As for `unsigned`.
    #[inline(always)]
    unsafe fn signed(&mut self) -> i32 {
        // SAFETY: the field lies inside a verified instruction, as `unsigned` demands.
        let value = unsafe { self.unsigned() };
        match WIDTH {
            STEP | 1 => value as u8 as i8 as i32,
            2 => value as u16 as i16 as i32,
            _ => value as u32 as i32,
        }
    }

    /// # Safety
    /// The cursor is before a jump field of a verified instruction.
    #[inline(always)]
    unsafe fn jump(&mut self) -> i32 {
        // SAFETY: four bytes of a verified instruction follow: jump fields have one width.
        unsafe {
            let value = self.0.cast::<i32>().read_unaligned();
            self.0 = self.0.add(4);
            value
        }
    }
}

macro_rules! decode {
    (RegRange, $m:ident, $at:ident) => {{
        let first = $m.fp.add($at.unsigned());
        (first, $at.unsigned())
    }};
    (RegRangeOut, $m:ident, $at:ident) => {{
        let first = $m.fp.add($at.unsigned());
        (first, $at.unsigned())
    }};
    (Imm, $m:ident, $at:ident) => {
        $at.signed()
    };
    (Jump, $m:ident, $at:ident) => {
        $at.jump()
    };
    (UImm, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (Const, $m:ident, $at:ident) => {
        $at.unsigned()
    };
    (Slot, $m:ident, $at:ident) => {
        $at.unsigned()
    };
    (Runtime, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (Intrinsic, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (Message, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (LanguageMode, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (LookupStoreFlags, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (DefineKeyedFlags, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (FunctionNamePrefix, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (TypeOfLiteral, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    (SuspendKind, $m:ident, $at:ident) => {
        $at.unsigned() as u32
    };
    ($register:ident, $m:ident, $at:ident) => {
        $m.fp.add($at.unsigned())
    };
}

macro_rules! define_execute {
    ($( $(#[doc = $doc:literal])+ $name:ident $method:ident ( $($op:ident : $kind:ident),* )
        | $acc:ident | $flow:ident | [$($effect:ident)*] | $call:ident | $feedback:ident ; )*) => {
        /// Executes instructions with fields of `WIDTH` bytes.
        ///
        /// # Safety
        /// The machine is at an instruction of verified bytecode in a fully built frame; for wide operands at the prefix.
        unsafe fn execute<const WIDTH: usize>(machine: &mut Machine<'_>) -> Exit {
            let mut m = *machine;
            // SAFETY: verified bytecode: every byte that is decoded here as an opcode or operand is one.
            unsafe {
                loop {
                    let request = 'dispatch: loop {
                        let opcode_at = if WIDTH <= 1 { m.pc } else { m.pc.add(1) };
                        let opcode = std::mem::transmute::<u8, Opcode>(*opcode_at);
                        match opcode {
                            $(Opcode::$name => {
                                #[allow(unused_mut, reason = "only instructions with operands advance it")]
                                let mut at = Cursor::<WIDTH>(opcode_at.add(1));
                                $(let $op = decode!($kind, m, at);)*
                                m.next = at.0;
                                if const { is_prefix(Opcode::$name) } {
                                    if WIDTH > 1 {
                                        // SAFETY: verified bytecode has no two prefixes in a row.
                                        std::hint::unreachable_unchecked();
                                    }
                                    let mut copy = m;
                                    if WIDTH == STEP {
                                        let exit = wide(&mut copy, opcode);
                                        *machine = copy;
                                        return exit;
                                    }
                                    match wide_answered(&mut copy, opcode) {
                                        Exit::Stepped => m = copy,
                                        left => return left,
                                    }
                                    continue 'dispatch;
                                }
                                match ops::$method(&mut m, $($op),*) {
                                    Flow::Next => m.pc = m.next,
                                    Flow::Jump => {}
                                    Flow::Throw => break 'dispatch Request::Throw,
                                    Flow::Call(call) => break 'dispatch Request::Call(call),
                                    Flow::Construct(construct) => break 'dispatch Request::Construct(construct),
                                    Flow::Return => break 'dispatch Request::Return,
                                    Flow::Suspend => break 'dispatch Request::Suspend,
                                }
                                if WIDTH == 1 {
                                    continue 'dispatch;
                                }
                                *machine = m;
                                return Exit::Stepped;
                            })*
                        }
                    };
                    if WIDTH != 1 {
                        *machine = m;
                        return Exit::Requested(request);
                    }
                    match request {
                        Request::Call(call) => {
                            if !calls::enter_function(&mut m, call) {
                                let mut copy = m;
                                let ok = calls::call_slow(&mut copy, call);
                                m = copy;
                                if !ok {
                                    let mut copy = m;
                                    match unwind::unwind(&mut copy) {
                                        Ok(()) => m = copy,
                                        Err(throw) => return Exit::Left(Err(throw)),
                                    }
                                }
                            }
                        }
                        Request::Return => {
                            if !calls::leave_function(&mut m) {
                                let mut copy = m;
                                let left = calls::return_slow(&mut copy);
                                m = copy;
                                if left {
                                    return Exit::Left(Ok(m.acc));
                                }
                            }
                        }
                        Request::Construct(construct) => {
                            let mut copy = m;
                            let ok = calls::construct(&mut copy, construct);
                            m = copy;
                            if !ok {
                                let mut copy = m;
                                match unwind::unwind(&mut copy) {
                                    Ok(()) => m = copy,
                                    Err(throw) => return Exit::Left(Err(throw)),
                                }
                            }
                        }
                        Request::Throw => {
                            let mut copy = m;
                            match interrupted_or_thrown(&mut copy) {
                                None => m = copy,
                                Some(left) => return left,
                            }
                        }
                        Request::Suspend => {
                            let mut copy = m;
                            let left = calls::suspend(&mut copy);
                            m = copy;
                            if left {
                                return Exit::Left(Ok(m.acc));
                            }
                        }
                    }
                }
            }
        }
    };
}

unspool_bytecode::for_each_instruction!(define_execute);

/// Answers what an instruction with wide operands asks for. Gives how the entry frame was left, if it was.
///
/// # Safety
/// The machine is at the instruction, in a fully built frame.
#[cold]
#[inline(never)]
unsafe fn answer(m: &mut Machine<'_>, request: Request) -> Option<Exit> {
    // SAFETY: each request comes from the machine's current instruction and is answered in that instruction's frame,
    // which is fully built.
    unsafe {
        let ok = match request {
            Request::Call(call) => calls::call_slow(m, call),
            Request::Construct(construct) => calls::construct(m, construct),
            Request::Throw => return interrupted_or_thrown(m),
            Request::Return => {
                if !calls::leave_function(m) && calls::return_slow(m) {
                    return Some(Exit::Left(Ok(m.acc)));
                }
                true
            }
            Request::Suspend => {
                if calls::suspend(m) {
                    return Some(Exit::Left(Ok(m.acc)));
                }
                true
            }
        };
        if ok { None } else { unwind::unwind(m).err().map(|throw| Exit::Left(Err(throw))) }
    }
}

/// A `JumpLoop` that used up the budget comes this way too, so that the loop has no more ways than it needs. Gives how the entry frame was
/// left, if it was.
///
/// # Safety
/// An exception is pending, or the machine is at a `JumpLoop` that set the flag.
#[cold]
#[inline(never)]
unsafe fn interrupted_or_thrown(m: &mut Machine<'_>) -> Option<Exit> {
    // SAFETY: the flag says which of the two states the machine is in: at a `JumpLoop`, or with an exception pending.
    unsafe {
        if m.cx.hot.loop_interrupt.take() {
            return loop_interrupt(m);
        }
        unwind::unwind(m).err().map(|throw| Exit::Left(Err(throw)))
    }
}

/// The budget was used up at a back edge. Gives how the entry frame was left, if it was.
///
/// # Safety
/// The machine is at a `JumpLoop` of verified bytecode, in a fully built frame.
#[cold]
#[inline(never)]
unsafe fn loop_interrupt(m: &mut Machine<'_>) -> Option<Exit> {
    // SAFETY: the machine is at a `JumpLoop` in a fully built frame; what replaces it is continued by the loop that
    // it was replaced for.
    unsafe {
        match compiled::leave_to_loop_code(m) {
            Replacement::None => {
                // The narrow field behind the opcode, or the wide one: the decoder knows.
                compiled::take_back_edge(m);
                None
            }
            Replacement::Returned(value) => {
                m.acc = value;
                answer(m, Request::Return)
            }
            Replacement::Suspended(value) => {
                m.acc = value;
                answer(m, Request::Suspend)
            }
            Replacement::Adopted => None,
            Replacement::Threw => unwind::unwind_callers(m).err().map(|throw| Exit::Left(Err(throw))),
        }
    }
}

const fn is_prefix(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::Wide | Opcode::ExtraWide)
}

/// Executes the instruction behind a prefix, and answers what it asks for.
///
/// # Safety
/// The machine is at a prefix of verified bytecode.
#[cold]
#[inline(never)]
unsafe fn wide_answered(machine: &mut Machine<'_>, prefix: Opcode) -> Exit {
    // SAFETY: verified bytecode has an instruction behind each prefix.
    unsafe {
        match wide(machine, prefix) {
            Exit::Requested(request) => answer(machine, request).unwrap_or(Exit::Stepped),
            exit => exit,
        }
    }
}

/// Executes the instruction behind a prefix.
///
/// # Safety
/// The machine is at a prefix of verified bytecode.
#[cold]
#[inline(never)]
unsafe fn wide(machine: &mut Machine<'_>, prefix: Opcode) -> Exit {
    // SAFETY: the instruction behind a prefix is verified at the prefix's width, which selects the instance of the
    // loop.
    unsafe {
        match prefix {
            Opcode::Wide => execute::<2>(machine),
            _ => execute::<4>(machine),
        }
    }
}
