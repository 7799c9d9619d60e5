//! From a function to installed code, in one go on the main thread: snapshot, graph, passes, machine code, dependencies, installation.

use std::cell::Cell;
use std::time::Instant;

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::compiled::LoopEntry;
use unspool_runtime::config::ForcedExits;
use unspool_values::Value;

use crate::broker::{self, Signature, Snapshot};
use crate::build::{Entry, build};
use crate::code::{CodeCell, CompileError, Compiler, EntryKind};
use crate::exit::{FAILURES_BEFORE_REFUSAL, function_text};
use crate::lower::{Environment, Forcing, FunctionEnvironment, lower};
use crate::passes;

/// Bytes of bytecode beyond which a function is not compiled (V8's `max_optimized_bytecode_size`).
const MAX_BYTES: usize = 60 * 1024;

/// Compiles a function and links the code, if that is possible; otherwise the function stays in the interpreter. `why` is for the trace.
/// Gives whether the function has code now.
pub fn optimize(cx: Cx<'_>, function: Gc<Function>, why: &str) -> bool {
    let template = function.template;
    if cx.config.jitless || template.has(FunctionTemplate::HAS_CODE) {
        return template.has(FunctionTemplate::HAS_CODE);
    }
    let started = Instant::now();
    let result = compile(cx, function, Entry::Start);
    if cx.config.trace_opt {
        report(cx, function, &result, started, why, "");
    }
    match result {
        Ok(_) => true,
        Err(error) => {
            Compiler::of(cx.isolate()).inspection.statistics.failed(&error);
            // What is refused once is refused for good: nothing of what leads to it changes.
            template.flags.set(template.flags.get() | FunctionTemplate::NEVER_OPTIMIZE);
            false
        }
    }
}

fn report(
    cx: Cx<'_>,
    function: Gc<Function>,
    result: &Result<usize, CompileError>,
    started: Instant,
    why: &str,
    how: &str,
) {
    let name = function_text(cx, function.template.name.get());
    let took = started.elapsed().as_secs_f64() * 1e3;
    let address = function.addr();
    let line = match result {
        Ok(bytes) => format!(
            "[completed optimizing {address:#x} {name} (target TURBOFAN){how}, reason: {why}, {bytes} bytes, took {took:.3} ms]"
        ),
        Err(error) => format!("[aborted optimizing {address:#x} {name}{how} because: {error}]"),
    };
    cx.host.borrow().optimizer_event(&line);
}

/// The entry into code for the loop at `offset` of a function that runs in the interpreter: compiled if need be, none if it cannot be.
pub fn enter_loop(cx: Cx<'_>, function: Gc<Function>, offset: u32) -> Option<LoopEntry> {
    let template = function.template;
    if cx.config.jitless || template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        return None;
    }
    let compiler = Compiler::of(cx.isolate());
    let code = compiler.loop_code(template, offset).or_else(|| {
        let started = Instant::now();
        let result = compile(cx, function, Entry::Osr(offset));
        if cx.config.trace_opt {
            report(cx, function, &result, started, "hot loop", &format!(" OSR at {offset}"));
        }
        if let Err(error) = &result {
            compiler.inspection.statistics.failed(error);
            template.flags.set(template.flags.get() | FunctionTemplate::NEVER_OPTIMIZE);
        }
        compiler.loop_code(template, offset)
    })?;
    // SAFETY: code for a loop was generated with this signature.
    Some(unsafe { std::mem::transmute::<*const u8, LoopEntry>(code.cell.fast.get()) })
}

/// Compiles and installs; gives the size of the code.
fn compile(cx: Cx<'_>, function: Gc<Function>, entry: Entry) -> Result<usize, CompileError> {
    let template = function.template;
    let code = template.code().ok_or(CompileError::Refused("it was never called"))?;
    if template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        return Err(CompileError::Refused("optimization is disabled"));
    }
    let entry = match entry {
        Entry::Start if code.info.is_resumable() => Entry::Activation,
        entry => entry,
    };
    if code.bytecode.len() > MAX_BYTES {
        return Err(CompileError::Refused("it is too large"));
    }
    let compiler = Compiler::of(cx.isolate());
    let isa = compiler.isa()?;
    let (mut snapshot, roots) =
        broker::capture(cx, function).ok_or(CompileError::Refused("it has no feedback"))?;
    snapshot.refused = compiler
        .failures
        .borrow()
        .iter()
        .filter(|&(_, &count)| count >= FAILURES_BEFORE_REFUSAL)
        .map(|(&place, _)| place)
        .collect();
    let mut built = build(&snapshot, entry);
    passes::optimize(&mut built.graph, &snapshot);
    if cx.config.print_graph {
        cx.host.borrow().optimizer_event(&built.graph.to_text(&snapshot));
    }

    let id = compiler.new_id();
    let cell = Box::new(CodeCell { invalidated: Cell::new(0), fast: Cell::new(std::ptr::null()) });
    let mut environment = environment(cx, compiler, &snapshot, &roots, id, &cell)?;
    environment.osr = entry != Entry::Start;
    environment.name = compiler.name_code(&code.info, entry);
    let lowered = lower(&built.graph, &environment, &isa)?;
    let size = lowered.bytes.len();
    if !roots.depend(cx, &snapshot, &built.dependencies, id) {
        return Err(CompileError::Refused("a dependency is broken"));
    }
    let observing = environment.functions[0].observing;
    let kind = match entry {
        Entry::Osr(offset) => EntryKind::Loop { offset, observing },
        Entry::Activation => EntryKind::Activation,
        Entry::Start if observing => EntryKind::Observing,
        Entry::Start => EntryKind::Formals,
    };
    compiler.install(cx, template, id, cell, kind, lowered)?;
    Ok(size)
}

fn environment(
    cx: Cx<'_>,
    compiler: &Compiler,
    snapshot: &Snapshot,
    roots: &broker::Roots,
    id: u32,
    cell: &CodeCell,
) -> Result<Environment, CompileError> {
    let mut targets = Vec::with_capacity(snapshot.targets.len());
    for target in &snapshot.targets {
        let template: Option<Gc<FunctionTemplate>> = Value::to(roots.cell(target.template));
        let template = template.ok_or(CompileError::Refused("a call target is no closure"))?;
        targets.push(compiler.record(&template)? as u64);
    }
    let functions = snapshot
        .functions
        .iter()
        .map(|function| FunctionEnvironment {
            code: function.code.clone(),
            template: function.template,
            vector: function.vector,
            observing: function.signature() == Signature::Observing,
        })
        .collect();
    Ok(Environment {
        code: id,
        osr: false,
        forcing: match &cx.config.forced_exits {
            ForcedExits::None => Forcing::None,
            ForcedExits::EveryNth(_) | ForcedExits::Random { .. } => Forcing::All,
            ForcedExits::Site { name, .. } => Forcing::Site(name.clone()),
        },
        name_sites: cx.config.list_deopt_sites || cx.config.print_opt_code,
        name: Box::default(),
        code_cell: &raw const *cell as u64,
        cells: snapshot.cells.iter().map(|cell| cell.address).collect(),
        shapes: snapshot.shapes.iter().map(|shape| shape.id).collect(),
        closures: snapshot.closures.clone(),
        targets,
        functions,
    })
}
