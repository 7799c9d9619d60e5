//! The Rust side of exits: between compiled code, the generic deoptimizer and the runtime.
//!
//! Compiled code has stored its live values, its number and the site's in the isolate, and calls `exit_entry`. The frames are
//! rebuilt on the isolate's stack, below what is in use; values that need an allocation are materialized; the exit is counted, and the
//! code invalidated if its bet has failed often enough. Then the compiled function returns SENTINEL, and whoever called it finds the frames in
//! `hot.rebuilt`.
//!
//! What is in between phase one and two is on the isolate's stack or in the exit area, both of which the collector scans.

mod materialize;
mod trace;
mod walk;

use std::rc::Rc;
use std::time::Instant;

use unspool_deopt::description::ActualArguments;
use unspool_deopt::entry::{ExitContext, ExitHandler, deoptimization_entry};
use unspool_deopt::{
    Completion, DeoptError, Deoptimizer, FrameDescription, FrameLayout as _, Handler, LazyReason, LiteralId,
    MachineFrame, NoTrace, Output, OutputCode, OutputFrame, RawValues, Resume, Site, SiteId, SiteReason,
    TranslationIndex,
};
use unspool_gc::Gc;
use unspool_runtime::cells::FunctionTemplate;
use unspool_runtime::compiled::{Continuation, Rebuilt};
use unspool_runtime::config::ExitPhase;
use unspool_runtime::frame::{CanonicalFrame, Frame, FrameFlags, HEADER_BYTES};
use unspool_runtime::frame_dump::{DumpedBy, dump_frame};
use unspool_runtime::{Cx, Isolate};
use unspool_values::Value;

use crate::graph::DeoptReason;
use crate::log::{Bet, State};
use crate::machine::code::{CodeCell, CodeObject, Compiler, Metadata};
use crate::machine::inspect::{ForcedSoFar, arm_forced_exits};
use crate::machine::lower::is_cell;
use materialize::HeapMaterializer;

pub(crate) use materialize::class_words;
pub(crate) use trace::{dependency as trace_dependency, function_text};
pub use walk::walk_compiled;

/// Words of the interpreter from raw bits.
pub(crate) struct Words<'c> {
    code: &'c CodeObject,
}

impl RawValues for Words<'_> {
    fn literal(&self, literal: LiteralId) -> u64 {
        let bits = self.code.data.literal(literal);
        // Closures are read for their contexts.
        if is_cell(bits) {
            prefetch(std::ptr::without_provenance(bits as usize));
        }
        bits
    }
    fn frame_ahead(&self, code: LiteralId, feedback: Option<LiteralId>) {
        // Templates and feedback vectors are read when the frames are complete.
        prefetch(std::ptr::without_provenance(self.code.data.literal(code) as usize));
        if let Some(feedback) = feedback {
            let vector: *const u8 = std::ptr::without_provenance(self.code.data.literal(feedback) as usize);
            prefetch(vector);
            prefetch(vector.wrapping_add(LINE));
        }
    }
    fn int32(&self, value: i32) -> Option<u64> {
        Some(Value::from_i32(value).bits())
    }
    fn float64(&self, bits: u64) -> Option<u64> {
        Some(Value::from_f64(f64::from_bits(bits)).bits())
    }
    fn boolean(&self, value: bool) -> u64 {
        Value::from_bool(value).bits()
    }
    fn undefined(&self) -> u64 {
        Value::UNDEFINED.bits()
    }
    fn is_hole(&self, _: u64) -> bool {
        false
    }
    fn optimized_out(&self) -> u64 {
        Value::OPTIMIZED_OUT.bits()
    }
    fn marker(&self) -> u64 {
        Value::LAZY.bits()
    }
}

/// An exit is rare, so nothing of what it reads is in the caches: the time of an exit is that of waiting for memory. What is known to be
/// needed is asked for at once, so that the waits overlap.
fn prefetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and faults nowhere, whatever the address.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
}

/// Bytes that come from memory at once.
const LINE: usize = 64;

/// The most lines that are asked for ahead without a look at what is needed of them.
const MAX_LINES: usize = 16;

fn prefetch_range(start: *const u8, bytes: usize) {
    for line in 0..bytes.div_ceil(LINE).min(MAX_LINES) {
        prefetch(start.wrapping_add(LINE * line));
    }
}

/// The object itself, before anything in it is read.
fn prefetch_object(code: &CodeObject) {
    prefetch_range(std::ptr::from_ref(code).cast(), size_of::<CodeObject>());
}

/// What the exit will read of the metadata, of much of it the beginning.
fn prefetch_metadata(metadata: Metadata) {
    prefetch_range(metadata.start, metadata.bytes);
}

/// The row of the site, if there is much metadata.
fn prefetch_site(code: &CodeObject, site: SiteId) {
    if code.data.block().len() > MAX_LINES * LINE {
        prefetch(code.data.site_address(site));
    }
}

/// What invalidating the code writes.
fn prefetch_validity(code: &CodeObject) {
    prefetch(std::ptr::from_ref::<CodeCell>(&code.cell).cast());
    prefetch_range(code.template_address(), size_of::<FunctionTemplate>());
}

/// A translation of much metadata: the innermost frame's record and what is told before it, to which it refers.
fn prefetch_translation(code: &CodeObject, translation: TranslationIndex) {
    if code.data.block().len() > MAX_LINES * LINE {
        let bytes = code.data.translations().bytes().as_ptr();
        let from = translation.index().saturating_sub(6 * LINE);
        prefetch_range(bytes.wrapping_add(from), translation.index() - from + 2 * LINE);
    }
}

/// The bytecode of the rebuilt frames. Where that is has been asked for when the frames were read.
fn prefetch_frames(frames: &[OutputFrame]) {
    for frame in frames {
        // SAFETY: phase one has just written the fixed parts of the frames.
        let header = unsafe { Frame(frame.frame_pointer as *mut Value).header() };
        let offset = header.bytecode_offset.get() as usize;
        prefetch(header.template.get().bytecode.get().wrapping_add(offset));
    }
}

/// What an exit writes that says something against the code: the entry record of its function, and the log of the innermost one.
fn prefetch_consequences(code: &CodeObject, innermost: &OutputFrame) {
    // SAFETY: the code is active.
    if let Some(record) = unsafe { code.template() }.existing_entry_record() {
        prefetch(std::ptr::from_ref(record).cast());
    }
    // SAFETY: as in `prefetch_frames`.
    let template = unsafe { Frame(innermost.frame_pointer as *mut Value).header() }.template.get();
    if let Some(state) = template.tiering.get() {
        prefetch(std::ptr::from_ref(&**state).cast());
    }
}

/// Is there room on the isolate's stack for an exit from code that replaces this frame? What such code checks at its entry for
/// its actual arguments, those who enter it in the middle check here.
pub(crate) fn has_room(cx: Cx<'_>, frame: Frame) -> bool {
    // SAFETY: the frame is running and fully built.
    let words = unsafe { frame.header() }.argument_count.get() as usize;
    (cx.hot.stack_top.get() as usize).saturating_sub(8 * words) >= cx.stack.limit()
}

/// What the assembly entry calls.
struct Exits;

impl ExitHandler for Exits {
    fn exit(context: &ExitContext) {
        // SAFETY: compiled code passes the isolate that it was entered with, which outlives the call.
        let cx = Cx::of(unsafe { &*context.isolate.cast::<Isolate>() });
        let compiler = Compiler::of(cx.isolate());
        let found = compiler.object_at_exit(cx.hot.exit_code.get());
        let (code, metadata) = found.expect("code with an activation is not freed");
        prefetch_object(&code);
        prefetch_metadata(metadata);
        let site = SiteId(cx.hot.exit_site.get());
        prefetch_site(&code, site);
        leave(cx, compiler, &code, site, context);
    }
}

/// The address that compiled code calls to leave: with the isolate, by the convention that preserves all registers.
pub(crate) fn entry_address() -> u64 {
    deoptimization_entry::<Exits>().map_or(0, |entry| entry as u64)
}

fn leave(cx: Cx<'_>, compiler: &Compiler, code: &Rc<CodeObject>, id: SiteId, context: &ExitContext) {
    let traced = cx.config.trace_deopt;
    let shown = if traced { cx.hot.exit_value.replace(0) } else { 0 };
    let started = traced.then(Instant::now);
    let mut lines = trace::Lines::default();
    let hot = &cx.hot;
    let cause = match hot.exit_forced.replace(0) {
        0 => trace::Cause::Real,
        _ => {
            arm_forced_exits(cx, &compiler.inspection, ForcedSoFar::Some);
            trace::Cause::Forced
        }
    };
    let left = code.data.site(id).expect("exits name sites of their code");
    let Site { translation, reason, .. } = left;
    prefetch_translation(code, translation);
    if matches!(reason, SiteReason::Eager(_)) {
        prefetch_validity(code);
    }
    let throws = hot.pending_exception.get() != 0;
    let words = Words { code };
    let handler_at = |literal: LiteralId, offset: u32| handler(cx, code, literal, offset);
    let completion = match reason {
        _ if throws => Completion::Throw { exception: hot.pending_exception.get(), handler_at: &handler_at },
        SiteReason::Eager(_) => Completion::Normal,
        SiteReason::Lazy => Completion::Result([hot.result.get(); 2]),
    };
    let slots = code.data.exit_slots() as usize;
    hot.exit_live.set(slots);
    cx.collect_at_exit(ExitPhase::Entry);
    // SAFETY: a `Cell<u64>` has the layout of a word, and nobody writes the exit area while an exit is under way.
    let area = unsafe { std::slice::from_raw_parts(hot.exit_area.as_ptr().cast::<u64>(), slots) };
    let given = given_arguments(cx, code);
    let homes = given_homes(cx, code);
    let top = hot.stack_top.get();
    let input = FrameDescription {
        exit_area: area,
        registers: Some(&context.registers),
        machine_frame: Some(MachineFrame { words: homes, frame_pointer: 0 }),
        arguments: if code.observing { ActualArguments::Given(given) } else { ActualArguments::Formals },
        caller_frame: hot.current_frame.get() as u64,
        flags: FrameFlags::ENTRY,
        stack_top: top as u64,
    };
    let size = code.data.max_rebuilt_words(CanonicalFrame::FIXED_WORDS) + given.len();
    if !cx.stack.has_words_below(top, size) {
        return refuse(cx, &DeoptError::StackTooSmall { needed: size });
    }
    // SAFETY: the words below the top are inside the stack, just checked, and not in use.
    let stack = unsafe { std::slice::from_raw_parts_mut(top.sub(size).cast::<u64>(), size) };
    let mut deoptimizer = compiler.deoptimizer.borrow_mut();
    let output = if traced && cx.config.trace_deopt_verbose {
        deoptimizer.compute_output_frames(
            &code.data,
            translation,
            &input,
            completion,
            &words,
            stack,
            &mut lines,
        )
    } else {
        deoptimizer.compute_output_frames(
            &code.data,
            translation,
            &input,
            completion,
            &words,
            stack,
            &mut NoTrace,
        )
    };
    let output = match output {
        Ok(output) => output,
        Err(DeoptError::NoCatcher) => {
            hot.exit_live.set(0);
            return;
        }
        Err(error) => return refuse(cx, &error),
    };
    let lowest = output.accumulator.address(input.stack_top) as *mut Value;
    hot.stack_top.set(lowest);
    let outermost = Frame(deoptimizer.output_frames()[0].frame_pointer as *mut Value);
    prefetch_frames(deoptimizer.output_frames());
    if matches!(reason, SiteReason::Eager(_)) {
        prefetch_consequences(code, &output.top);
    }
    complete_frames(cx, code, &mut deoptimizer, output.queued, input.stack_top);
    drop(deoptimizer);
    hot.exit_live.set(0);
    cx.collect_at_exit(ExitPhase::Drained);
    if throws {
        let _ = cx.take_pending();
        enter_omitted_handler(cx, compiler, code, Frame(output.top.frame_pointer as *mut Value));
    }
    publish(cx, &output, outermost, lowest);
    compiler.inspection.statistics.rebuilt(&output);
    if cx.config.dump_frames.exits {
        dump_innermost(cx);
    }
    match cause {
        trace::Cause::Forced => count_forced(compiler, code, id, reason),
        trace::Cause::Real => {
            match reason {
                SiteReason::Eager(reason) => compiler.inspection.statistics.eager_exit(reason),
                SiteReason::Lazy => compiler.inspection.statistics.lazy_exit(lazy_cause(code, throws)),
            }
            count(cx, compiler, code, id, left, &output);
        }
    }
    if let Some(started) = started {
        trace::Bailout {
            code,
            site: id,
            reason,
            cause,
            throws,
            frames: output.frames,
            took: started.elapsed(),
            shown,
            lines,
        }
        .print(cx);
    }
}

/// The actual arguments that the exit has handed over; none of code that was called with its formals alone.
#[inline]
fn given_arguments<'a>(cx: Cx<'a>, code: &CodeObject) -> &'a [u64] {
    if !code.observing {
        return &[];
    }
    let hot = &cx.isolate().hot;
    // SAFETY: the exit stored its argument area, which its caller keeps alive until the call is over.
    unsafe { std::slice::from_raw_parts(hot.exit_arguments.get().cast(), hot.exit_argument_count.get()) }
}

/// The values that the code keeps in its machine frame for exits.
#[inline]
fn given_homes<'a>(cx: Cx<'a>, code: &CodeObject) -> &'a [u64] {
    if code.homes == 0 {
        return &[];
    }
    // SAFETY: the exit stored the address of these words of its machine frame, which stands below this call and to which nobody writes now.
    unsafe { std::slice::from_raw_parts(cx.isolate().hot.exit_homes.get(), code.homes) }
}

/// Completes the written frames: their contexts, and by phase two the values that have to be made.
#[inline]
fn complete_frames(
    cx: Cx<'_>,
    code: &Rc<CodeObject>,
    deoptimizer: &mut Deoptimizer<CanonicalFrame>,
    queued: u32,
    stack_top: u64,
) {
    for frame in deoptimizer.output_frames() {
        complete_context(Frame(frame.frame_pointer as *mut Value));
    }
    cx.collect_at_exit(ExitPhase::Translated);
    if queued > 0 {
        let mut materializer = HeapMaterializer::new(cx, code, stack_top);
        deoptimizer.materialize(&mut materializer);
        materializer.finish();
    }
}

/// Leaves the code with an exception instead of frames. Not expected: entries into code look for room for its exits, and metadata is
/// verified when code is made. But an error is better than no process.
#[cold]
fn refuse(cx: Cx<'_>, error: &DeoptError) {
    debug_assert!(false, "an exit cannot be taken: {error}");
    let _ = cx.throw_stack_overflow();
    cx.hot.exit_live.set(0);
}

/// Completes the context of a rebuilt frame: graphs have `undefined` where a function has no context, frames have nothing; and
/// translations leave out the context that the closure has.
fn complete_context(frame: Frame) {
    // SAFETY: phase one has just written the frame's fixed part. Where the context is left out, the function is no
    // marker: contexts of closures that are still to be made are described.
    unsafe {
        let header = frame.header();
        let context = (&raw const header.context).cast::<u64>().read();
        if context == Value::UNDEFINED.bits() {
            header.context.set(None);
        } else if context == Value::OPTIMIZED_OUT.bits() {
            header.context.set(header.function.get().context);
        }
    }
}

/// An exception has left the code for a handler that it does not contain: the next code will, so this one goes, unless that has not helped
/// before.
fn enter_omitted_handler(cx: Cx<'_>, compiler: &Compiler, code: &CodeObject, frame: Frame) {
    // SAFETY: phase one has just written the frame's fixed part.
    let header = unsafe { frame.header() };
    let template = header.template.get();
    let offset = header.bytecode_offset.get() as u32;
    let handlers = template.code().map(|code| code.handlers.entries()).unwrap_or_default();
    if let Some(vector) = header.feedback.get()
        && let Some(handler) = handlers.iter().find(|handler| handler.handler == offset)
    {
        vector.note_handler(handler);
    }
    let (log, bet) = (&State::of(&template).log, Bet::Guard(DeoptReason::UnoptimizedCatch));
    if !log.refuses(offset, bet)
        && compiler.invalidate(cx.isolate(), code.id, LazyReason::ExceptionCaught).is_some()
    {
        log.note_failure(offset, bet);
    }
}

fn publish(cx: Cx<'_>, output: &Output, outermost: Frame, lowest: *mut Value) {
    let innermost = Frame(output.top.frame_pointer as *mut Value);
    // SAFETY: phase one wrote the accumulator there, and phase two made it a value.
    let accumulator = unsafe { *lowest };
    // SAFETY: the fixed part lies below register 0.
    cx.hot.stack_top.set(unsafe { innermost.0.byte_sub(HEADER_BYTES) });
    let continuation = match output.top.resume {
        Resume::Before(_) => Continuation::Before,
        Resume::After(_) => Continuation::After,
        Resume::Catch(_) => Continuation::Catch,
        Resume::Builtin(_) | Resume::BuiltinCatch(_) => {
            unreachable!("graphs have no continuations of builtins")
        }
    };
    cx.hot.rebuilt.set(Some(Rebuilt { innermost, outermost, continuation, accumulator }));
}

/// Dumps the innermost frame that was rebuilt, as it will be when the interpreter's next instruction begins.
fn dump_innermost(cx: Cx<'_>) {
    let Some(rebuilt) = cx.hot.rebuilt.get() else { return };
    // SAFETY: the exit has just built the frame.
    let header = unsafe { rebuilt.innermost.header() };
    let mut offset = header.bytecode_offset.get() as u32;
    if rebuilt.continuation == Continuation::After {
        let template = header.template.get();
        let instruction = template
            .code()
            .and_then(|code| unspool_bytecode::RawInstruction::decode(&code.bytecode, offset).ok());
        // Which way an instruction has gone that jumps is not known here.
        match instruction.filter(|instruction| instruction.jump_targets().next().is_none()) {
            Some(instruction) => offset = instruction.end(),
            None => return,
        }
    }
    // SAFETY: the exit has just rebuilt the frame, all its words.
    unsafe { dump_frame(cx, rebuilt.innermost, DumpedBy::Exit, offset, rebuilt.accumulator) };
}

/// Why a lazy exit is taken.
fn lazy_cause(code: &CodeObject, throws: bool) -> LazyReason {
    match code.invalidation.get() {
        _ if throws => LazyReason::ExceptionCaught,
        Some(reason) => reason,
        // Only a test sets the byte alone.
        None => LazyReason::Testing,
    }
}

/// Counts an exit that was forced: nothing follows from it.
fn count_forced(compiler: &Compiler, code: &CodeObject, id: SiteId, reason: SiteReason) {
    code.count_forced(id);
    compiler.count(|c| {
        c.forced += 1;
        match reason {
            SiteReason::Eager(_) => c.eager += 1,
            SiteReason::Lazy => c.lazy += 1,
        }
    });
}

/// Counts an exit and draws the consequences.
fn count(
    cx: Cx<'_>,
    compiler: &Compiler,
    code: &CodeObject,
    id: SiteId,
    Site { reason, lesson, .. }: Site,
    output: &Output,
) {
    let taken = code.count_exit(id);
    let SiteReason::Eager(eager) = reason else {
        compiler.count(|c| c.lazy += 1);
        return;
    };
    compiler.count(|c| c.eager += 1);
    if eager.keeps_code() || taken < cx.config.deopt_threshold {
        crate::machine::tier_up::exit_kept_code(cx, code, eager);
        return;
    }
    let lost = compiler.invalidate_object(cx.isolate(), code, LazyReason::EagerDeopt);
    if lost {
        compiler.inspection.statistics.lost(eager);
    }
    if lost
        && let (OutputCode::Interpreted(template), Some(offset)) =
            (output.top.code, output.top.resume.offset())
    {
        crate::machine::tier_up::bet_failed(code, (eager, lesson), template, offset);
    }
}

/// The handler at an offset of the function that a literal names.
fn handler(cx: Cx<'_>, code: &CodeObject, literal: LiteralId, offset: u32) -> Option<Handler> {
    if cx.is_terminating() {
        return None;
    }
    let template = template_of(code, literal)?;
    let found = *template.code()?.handlers.lookup(offset)?;
    let context = found.context.to_operand(template.register_count.get());
    Some(Handler { offset: found.handler, context })
}

/// The template that a literal of active code names.
pub(crate) fn template_of(code: &CodeObject, literal: LiteralId) -> Option<Gc<FunctionTemplate>> {
    // SAFETY: literals of active code are alive.
    unsafe { Value::from_bits(code.data.literal(literal)) }.to::<FunctionTemplate>()
}
