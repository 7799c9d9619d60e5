//! From a function to installed code, in one go on the main thread: snapshot, graph, passes, machine code, dependencies, installation.

use std::cell::Cell;
use std::time::Instant;

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_values::Value;

use crate::broker::{self, Signature, Snapshot};
use crate::build::{Entry, build};
use crate::code::{CodeCell, CompileError, Compiler};
use crate::exit::{FAILURES_BEFORE_REFUSAL, function_text};
use crate::lower::{Environment, FunctionEnvironment, lower};
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
    let result = compile(cx, function);
    if cx.config.trace_opt {
        let name = function_text(cx, template.name.get());
        let took = started.elapsed().as_secs_f64() * 1e3;
        let line = match &result {
            Ok(bytes) => format!(
                "[completed optimizing {:#x} {name} (target TURBOFAN), reason: {why}, {bytes} bytes, took {took:.3} ms]",
                function.addr()
            ),
            Err(error) => format!("[aborted optimizing {:#x} {name} because: {error}]", function.addr()),
        };
        cx.host.borrow().optimizer_event(&line);
    }
    match result {
        Ok(_) => true,
        Err(_) => {
            // What is refused once is refused for good: nothing of what leads to it changes.
            template.flags.set(template.flags.get() | FunctionTemplate::NEVER_OPTIMIZE);
            false
        }
    }
}

/// Compiles and installs; gives the size of the code.
fn compile(cx: Cx<'_>, function: Gc<Function>) -> Result<usize, CompileError> {
    let template = function.template;
    let code = template.code().ok_or(CompileError::Refused("it was never called"))?;
    if template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        return Err(CompileError::Refused("optimization is disabled"));
    }
    if template.flags.get() & (FunctionTemplate::GENERATOR | FunctionTemplate::ASYNC) != 0 {
        return Err(CompileError::Refused("it can be suspended"));
    }
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
    let mut built = build(&snapshot, Entry::Start);
    passes::optimize(&mut built.graph, &snapshot);
    if cx.config.print_graph {
        cx.host.borrow().optimizer_event(&built.graph.to_text(&snapshot));
    }

    let id = compiler.new_id();
    let cell = Box::new(CodeCell { invalidated: Cell::new(0), fast: Cell::new(std::ptr::null()) });
    let environment = environment(compiler, &snapshot, &roots, id, &cell)?;
    let lowered = lower(&built.graph, &environment, &isa)?;
    let size = lowered.bytes.len();
    if !roots.depend(cx, &snapshot, &built.dependencies, id) {
        return Err(CompileError::Refused("a dependency is broken"));
    }
    let observing = environment.functions[0].observing;
    compiler.install(cx, template, id, cell, observing, lowered)?;
    Ok(size)
}

fn environment(
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
        code_cell: &raw const *cell as u64,
        cells: snapshot.cells.iter().map(|cell| cell.address).collect(),
        shapes: snapshot.shapes.iter().map(|shape| shape.id).collect(),
        targets,
        functions,
    })
}
