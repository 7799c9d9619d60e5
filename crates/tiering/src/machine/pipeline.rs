//! From a function to installed code: capture, compile, commit.
//!
//! *Capture* and *commit* happen on the main thread, compilation in between on the compile thread ([`request`]) or at once ([`optimize`]).
//! The commit validates every dependency, finds a place for the code, which may collect garbage, validates every dependency again while it enters
//! them, and links: between the second validation and the link nothing runs that could break one. What is not valid is discarded, counted,
//! and tried again later.
//!
//! A failure is counted by its reason ([`Failure`]). Those that no later try can change end it for the function (or the loop); after the
//! others the policy waits, longer each time.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::compiled::LoopEntry;
use unspool_runtime::config::{Compilation, ForcedExits};
use unspool_values::Value;

use crate::broker::{self, Reliance, Roots, Signature, Snapshot};
use crate::build::Entry;
use crate::log::{Failure, State};
use crate::machine::code::{CodeCell, CodeDependency, CompileError, Compiler, EntryKind, NewCode, Relies};
use crate::machine::exit::function_text;
use crate::machine::jobs::{Background, Job, MAX_PENDING, Next, Pending, Product};
use crate::machine::lower::{Environment, Forcing, FunctionEnvironment};
use crate::policy::{self, Terms};

/// Compiles a function at once and links the code, if that is possible; otherwise the function stays in the interpreter. `why` is for the
/// trace. Gives whether the function has code now.
pub fn optimize(cx: Cx<'_>, function: Gc<Function>, why: &'static str) -> bool {
    let settled = FunctionTemplate::HAS_CODE | FunctionTemplate::NEVER_OPTIMIZE;
    if !cx.config.jitless && function.template.flags.get() & settled == 0 {
        compile_now(cx, function, Entry::Start, why, Terms::Any);
    }
    function.template.has(FunctionTemplate::HAS_CODE)
}

/// Compiles a function that was marked for it and is about to be called.
pub fn optimize_on_call(cx: Cx<'_>, function: Gc<Function>) {
    optimize(cx, function, "marked for its next call");
}

/// Compiles a function where the settings say. Code compiled in the background is linked by a later [`finish_jobs`].
pub fn request(cx: Cx<'_>, function: Gc<Function>, why: &'static str) {
    request_on(cx, function, why, Terms::Any);
}

/// As [`request`], if it costs no more than the terms allow.
pub(crate) fn request_on(cx: Cx<'_>, function: Gc<Function>, why: &'static str, terms: Terms) {
    request_entry(cx, function, Entry::Start, why, terms);
}

/// The entry into code for the loop at `offset` of a function that runs in the interpreter. If there is none, it is requested.
pub fn enter_loop(cx: Cx<'_>, function: Gc<Function>, offset: u32, terms: Terms) -> Option<LoopEntry> {
    let template = function.template;
    if cx.config.jitless || template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        return None;
    }
    let compiler = Compiler::of(cx.isolate());
    let code = compiler.loop_code(template, offset).or_else(|| {
        if State::existing(&template).is_some_and(|state| state.refuses_loop(offset)) {
            return None;
        }
        request_entry(cx, function, Entry::Osr(offset), "hot loop", terms);
        compiler.loop_code(template, offset)
    })?;
    trace_osr(cx, &template, offset, "entry");
    // SAFETY: code for a loop was generated with this signature.
    Some(unsafe { std::mem::transmute::<*const u8, LoopEntry>(code.cell.fast.get()) })
}

/// A line of `--trace-osr`.
fn trace_osr(cx: Cx<'_>, template: &FunctionTemplate, offset: u32, what: &str) {
    if cx.config.trace_osr {
        let name = function_text(cx, template.name.get());
        cx.host.borrow().optimizer_event(&format!("[OSR - {what}. function: {name}, osr offset: {offset}]"));
    }
}

/// Installs what the compile thread has finished.
pub fn finish_jobs(cx: Cx<'_>) {
    finish_each(cx, Background::take);
}

/// Waits for all jobs of the compile thread and installs them. After it no job is under way.
pub fn wait_for_jobs(cx: Cx<'_>) {
    finish_each(cx, Background::wait);
}

/// Installs what `next` gives, until it gives nothing or no job is under way.
fn finish_each(cx: Cx<'_>, next: fn(&Background) -> Next) {
    let Some(compiler) = Compiler::existing(cx.isolate()) else { return };
    while !compiler.pending.borrow().is_empty() {
        let product = compiler.background.borrow().as_ref().map_or(Next::Gone, next);
        match product {
            Next::Product(product) => finish(cx, compiler, *product),
            Next::NotYet => return,
            Next::Gone => return abandon_jobs(cx, compiler),
        }
    }
}

/// Ends the compile thread with its jobs, as if it had died: for tests of what follows.
#[doc(hidden)]
pub fn lose_thread(cx: Cx<'_>) {
    if let Some(compiler) = Compiler::existing(cx.isolate()) {
        drop(compiler.background.take());
    }
}

/// The compile thread has died: its jobs have failed, and the next request starts another thread.
fn abandon_jobs(cx: Cx<'_>, compiler: &Compiler) {
    // Dropped here, not borrowed: the thread is joined.
    drop(compiler.background.take());
    let pending = std::mem::take(&mut *compiler.pending.borrow_mut());
    for Pending { roots, function, entry, .. } in pending {
        let function: Gc<Function> = roots.cells.get(function).to().expect("the job's function");
        roots.release(cx);
        failed(cx, compiler, function, entry, &CompileError::NotReady("the compile thread has died"));
    }
}

/// How many jobs are under way.
pub fn pending_jobs(cx: Cx<'_>) -> usize {
    Compiler::existing(cx.isolate()).map_or(0, |compiler| compiler.pending.borrow().len())
}

/// Is a job for the function under way?
pub(crate) fn is_compiling(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> bool {
    let address = template.addr() as u64;
    Compiler::existing(cx.isolate())
        .is_some_and(|compiler| compiler.pending.borrow().iter().any(|pending| pending.template == address))
}

/// Is a job for the function, entered there, under way?
fn is_pending(compiler: &Compiler, template: Gc<FunctionTemplate>, entry: Entry) -> bool {
    let address = template.addr() as u64;
    compiler.pending.borrow().iter().any(|pending| pending.template == address && pending.entry == entry)
}

/// How a function is entered that is to be entered there: what can be suspended is entered with the interpreter's frame.
fn entry_of(template: Gc<FunctionTemplate>, entry: Entry) -> Entry {
    match entry {
        Entry::Start if template.info.is_resumable() => Entry::Activation,
        entry => entry,
    }
}

fn request_entry(cx: Cx<'_>, function: Gc<Function>, entry: Entry, why: &'static str, terms: Terms) {
    let entry = entry_of(function.template, entry);
    if cx.config.compilation == Compilation::Synchronous {
        return compile_now(cx, function, entry, why, terms);
    }
    let compiler = Compiler::of(cx.isolate());
    if compiler.pending.borrow().len() >= MAX_PENDING || is_pending(compiler, function.template, entry) {
        return;
    }
    let Some((job, pending)) = prepare(cx, compiler, function, entry, why, terms) else { return };
    let mut background = compiler.background.borrow_mut();
    if background.is_none() {
        *background = Background::start().ok();
    }
    let rejected = match &*background {
        Some(thread) => thread.send(job).err(),
        None => Some(Box::new(job)),
    };
    drop(background);
    match rejected {
        None => {
            compiler.count(|c| c.background += 1);
            compiler.pending.borrow_mut().push(pending);
        }
        // The system gives no thread.
        Some(job) => {
            compiler.pending.borrow_mut().push(pending);
            finish(cx, compiler, run_here(*job));
        }
    }
}

fn compile_now(cx: Cx<'_>, function: Gc<Function>, entry: Entry, why: &'static str, terms: Terms) {
    let (compiler, entry) = (Compiler::of(cx.isolate()), entry_of(function.template, entry));
    if let Some((job, pending)) = prepare(cx, compiler, function, entry, why, terms) {
        compiler.pending.borrow_mut().push(pending);
        finish(cx, compiler, run_here(job));
    }
}

/// Runs a job on this thread. Where bugs are looked for, a panic is a panic.
fn run_here(job: Job) -> Product {
    let never = AtomicBool::new(false);
    if cfg!(debug_assertions) { job.run(&never) } else { job.run_caught(&never) }
}

/// The main thread's part before the compilation; none if there is to be none, for whatever reason.
fn prepare(
    cx: Cx<'_>,
    compiler: &Compiler,
    function: Gc<Function>,
    entry: Entry,
    why: &'static str,
    terms: Terms,
) -> Option<(Job, Pending)> {
    let prepared = match capture(cx, compiler, function, entry, why, terms) {
        // There may have to be room for a stub.
        Err(error) if error.failure() == Failure::ArenaFull && compiler.make_room(cx) => {
            capture(cx, compiler, function, entry, why, terms)
        }
        prepared => prepared,
    };
    if let Err(CompileError::TooDear(price)) = prepared {
        State::of(&function.template).note_price(price);
        return None;
    }
    if let Some(feedback) = function.feedback.vector.get() {
        policy::spend(feedback);
    }
    if prepared.is_ok()
        && let Entry::Osr(offset) = entry
    {
        trace_osr(cx, &function.template, offset, "compilation started");
    }
    prepared.map_err(|error| failed(cx, compiler, function, entry, &error)).ok()
}

/// What a compilation needs, on these terms.
fn capture(
    cx: Cx<'_>,
    compiler: &Compiler,
    function: Gc<Function>,
    entry: Entry,
    why: &'static str,
    terms: Terms,
) -> Result<(Job, Pending), CompileError> {
    let started = Instant::now();
    let template = function.template;
    let code = template.code().ok_or(CompileError::NotReady("it was never called"))?;
    if template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        return Err(CompileError::Refused("optimization is disabled"));
    }
    if code.bytecode.len() > policy::MAX_BYTES {
        return Err(CompileError::Refused("it has more than 60 KiB of bytecode"));
    }
    let backend = compiler.backend()?;
    let id = compiler.new_id();
    let (snapshot, roots) = broker::capture(cx, function, id)
        .ok_or(CompileError::NotReady("it has no feedback, or there is no memory"))?;
    let price = policy::price(snapshot.functions.iter().map(|function| function.code.bytecode.len()).sum());
    if matches!(terms, Terms::Periods(periods) if periods < price) {
        roots.release(cx);
        return Err(CompileError::TooDear(price));
    }
    let cell = CodeCell::new();
    let name = compiler.name_code(&code.info, entry);
    trace_start(cx, function, entry, why);
    let environment = match environment(cx, compiler, &snapshot, &roots, id, &cell, entry, name) {
        Ok(environment) => environment,
        Err(error) => {
            roots.release(cx);
            return Err(error);
        }
    };
    let index = roots.cells.len();
    // A list that cannot grow: memory is that short only before termination.
    if roots.cells.push(cx, function.into()).is_err() {
        roots.release(cx);
        return Err(CompileError::NotReady("there is no memory"));
    }
    let print_graph = cx.config.print_graph;
    let pending = Pending {
        id,
        entry,
        roots,
        function: index,
        template: template.addr() as u64,
        cell,
        captured: started.elapsed(),
    };
    Ok((Job { id, entry, snapshot, environment, backend, print_graph }, pending))
}

/// A job is done: commits it and draws the consequences.
fn finish(cx: Cx<'_>, compiler: &Compiler, mut product: Product) {
    let index = compiler.pending.borrow().iter().position(|pending| pending.id == product.id);
    let Some(index) = index else { return };
    let pending = compiler.pending.borrow_mut().remove(index);
    let (entry, roots) = (pending.entry, pending.roots);
    let function: Gc<Function> = roots.cells.get(pending.function).to().expect("the job's function");
    let (captured, compiled, started) = (pending.captured, product.took, Instant::now());
    if let Some(graph) = product.graph.take() {
        cx.host.borrow().optimizer_event(&graph);
    }
    let result = commit(cx, compiler, function.template, pending, product);
    roots.release(cx);
    match result {
        Ok(bytes) => {
            State::of(&function.template).succeeded();
            if cx.config.trace_opt {
                let what = format!("{} (target TURBOFAN){}", traced(cx, function), how(entry));
                let [prepare, execute, finalize] =
                    [captured, compiled, started.elapsed()].map(|time| time.as_secs_f64() * 1e3);
                let host = cx.host.borrow();
                host.optimizer_event(&format!(
                    "[completed compiling {what} - took {prepare:.3}, {execute:.3}, {finalize:.3} ms]"
                ));
                host.optimizer_event(&format!("[completed optimizing {what}, {bytes} bytes]"));
            }
        }
        Err(error) => failed(cx, compiler, function, entry, &error),
    }
}

/// A function as `--trace-opt` names it.
fn traced(cx: Cx<'_>, function: Gc<Function>) -> String {
    format!("{:#x} {}", function.addr(), function_text(cx, function.template.name.get()))
}

/// The lines of `--trace-opt` about a compilation that begins.
fn trace_start(cx: Cx<'_>, function: Gc<Function>, entry: Entry, why: &str) {
    if cx.config.trace_opt {
        let mode = match cx.config.compilation {
            Compilation::Background => "ConcurrencyMode::kConcurrent",
            Compilation::Synchronous => "ConcurrencyMode::kSynchronous",
        };
        let (name, host) = (traced(cx, function), cx.host.borrow());
        host.optimizer_event(&format!(
            "[marking {name} for optimization to TURBOFAN, {mode}, reason: {why}]"
        ));
        let how = how(entry);
        host.optimizer_event(&format!("[compiling method {name} (target TURBOFAN){how}, mode: {mode}]"));
    }
}

fn how(entry: Entry) -> String {
    match entry {
        Entry::Start | Entry::Activation => String::new(),
        Entry::Osr(offset) => format!(" OSR at {offset}"),
    }
}

/// A compilation has failed.
fn failed(cx: Cx<'_>, compiler: &Compiler, function: Gc<Function>, entry: Entry, error: &CompileError) {
    let failure = error.failure();
    let template = function.template;
    compiler.count(|c| c.failed[failure as usize] += 1);
    compiler.inspection.statistics.failed(error);
    let state = State::of(&template);
    match (failure.is_final(), entry) {
        (false, _) => state.back_off(failure),
        (true, Entry::Osr(offset)) => state.refuse_loop(offset),
        (true, Entry::Start | Entry::Activation) => {
            template.flags.set(template.flags.get() | FunctionTemplate::NEVER_OPTIMIZE);
        }
    }
    if cx.config.trace_opt {
        let (name, how) = (traced(cx, function), how(entry));
        cx.host.borrow().optimizer_event(&format!("[aborted optimizing {name}{how} because: {error}]"));
    }
}

/// Installs a product. Gives the size of the code.
fn commit(
    cx: Cx<'_>,
    compiler: &Compiler,
    template: Gc<FunctionTemplate>,
    pending: Pending,
    product: Product,
) -> Result<usize, CompileError> {
    let Pending { id, entry, roots, cell, .. } = pending;
    let Product { snapshot, reliances, observing, result, .. } = product;
    let lowered = result?;
    let has_other_code = match entry {
        Entry::Start | Entry::Activation => template.has(FunctionTemplate::HAS_CODE),
        Entry::Osr(offset) => compiler.loop_code(template, offset).is_some(),
    };
    if has_other_code || template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        return Err(CompileError::Superseded);
    }
    if !roots.holds(cx, &snapshot, &reliances) {
        return Err(CompileError::DependencyBroken);
    }
    let size = lowered.bytes.len();
    let record = compiler.record(&template)?;
    let placed = match compiler.place(&lowered.bytes) {
        Err(error) if error.failure() == Failure::ArenaFull && compiler.make_room(cx) => {
            compiler.place(&lowered.bytes)?
        }
        placed => placed?,
    };
    // From here to the end nothing allocates cells, collects, or runs JavaScript.
    if !roots.depend(cx, &snapshot, &reliances, id, |cell, dependent| compiler.depend_on(cell, dependent)) {
        compiler.displace(placed);
        return Err(CompileError::DependencyBroken);
    }
    let entry = match entry {
        Entry::Osr(offset) => EntryKind::Loop { offset, observing },
        Entry::Activation => EntryKind::Activation,
        Entry::Start if observing => EntryKind::Observing,
        Entry::Start => EntryKind::Formals,
    };
    let relies = relies(cx, &snapshot, &reliances);
    compiler.link(cx, template, record, NewCode { id, cell, entry, lowered, placed, relies });
    Ok(size)
}

/// What the code object remembers of its dependencies.
fn relies(cx: Cx<'_>, snapshot: &Snapshot, reliances: &[Reliance]) -> Relies {
    let template = |function| snapshot.cell_info(snapshot.function(function).template).address;
    let dependencies = reliances.iter().map(|reliance| {
        let dependency = &snapshot.dependencies[reliance.dependency.0 as usize];
        CodeDependency {
            kind: dependency.kind(),
            class: dependency.class(snapshot),
            places: reliance.places.iter().map(|&(function, offset)| (template(function), offset)).collect(),
            text: if cx.config.trace_deopt { dependency.text(snapshot).into() } else { Box::default() },
        }
    });
    let functions = snapshot.functions.iter().map(|f| snapshot.cell_info(f.template).address);
    let cells = reliances.iter().filter_map(|reliance| {
        let (cell, _) = snapshot.dependencies[reliance.dependency.0 as usize].part()?;
        Some(snapshot.cell_info(cell).address)
    });
    Relies {
        cells: cells.collect(),
        dependencies: dependencies.collect(),
        // Only code that counts how much it runs asks for them.
        functions: if snapshot.has_failures { functions.collect() } else { Box::default() },
    }
}

fn environment(
    cx: Cx<'_>,
    compiler: &Compiler,
    snapshot: &Snapshot,
    roots: &Roots,
    id: u32,
    cell: &CodeCell,
    entry: Entry,
    name: Box<str>,
) -> Result<Environment, CompileError> {
    let mut targets = Vec::with_capacity(snapshot.targets.len());
    for target in &snapshot.targets {
        let template: Option<Gc<FunctionTemplate>> = Value::to(roots.cell(target.template));
        let template = template.ok_or(CompileError::Refused("a call target is no closure"))?;
        targets.push(compiler.record(&template)? as u64);
    }
    let functions: Vec<FunctionEnvironment> = snapshot
        .functions
        .iter()
        .map(|function| FunctionEnvironment {
            code: function.code.clone(),
            template: function.template,
            vector: function.vector,
            observing: function.signature() == Signature::Observing,
        })
        .collect();
    let charge = functions[0].code.bytecode.len().max(1) as i32;
    Ok(Environment {
        code: id,
        osr: entry != Entry::Start,
        forcing: match &cx.config.forced_exits {
            ForcedExits::None => Forcing::None,
            ForcedExits::EveryNth(_) | ForcedExits::Random { .. } => Forcing::All,
            ForcedExits::Each(nth) => Forcing::Each(nth.get()),
            ForcedExits::Listed(names) => Forcing::Listed(Arc::clone(names)),
            ForcedExits::Site { name, .. } => Forcing::Site(name.clone()),
        },
        name_sites: cx.config.list_deopt_sites || cx.config.print_opt_code,
        name,
        charge: snapshot.has_failures.then_some(charge),
        code_cell: &raw const *cell as u64,
        cells: snapshot.cells.iter().map(|cell| cell.address).collect(),
        shapes: snapshot.shapes.iter().map(|shape| shape.id).collect(),
        empty_array: snapshot.shapes[snapshot.functions[0].empty_array.index()].id,
        closures: snapshot.closures.clone(),
        targets,
        functions,
    })
}

/// A tick of code with failed bets: its functions' logs grow older.
pub(crate) fn tick(code: &crate::machine::code::CodeObject) {
    // SAFETY: the code is active, at the exit that its own budget asked for.
    for template in unsafe { code.templates() } {
        if let Some(state) = State::existing(&template) {
            state.log.tick();
        }
    }
}
