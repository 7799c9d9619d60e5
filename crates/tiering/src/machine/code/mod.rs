//! Code objects: what was compiled, where it lies, and whether it may still be entered.
//!
//! A [`CodeObject`] is installed in the isolate's [`CodeMemory`] and entered in the heap's code space, which tells when it can be freed. The
//! function's entry record leads to it. *Invalidating* sets the byte that the code tests behind every call, and redirects the entry record;
//! activations leave at their next return.

mod broken;
mod exits;
pub mod memory;
mod table;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

use unspool_deopt::{DeoptimizationData, Deoptimizer, LazyReason, MaterializationCounts, SiteId};
use unspool_gc::{CollectionKind, Gc, Header, ManagedCode, SweptCode};
use unspool_runtime::cells::FunctionTemplate;
use unspool_runtime::compiled::{EntryRecord, GenericEntry, LoopEntry, StepDescriptor};
use unspool_runtime::config::ForcedExits;
use unspool_runtime::frame::CanonicalFrame;
use unspool_runtime::isolate::Dependent;
use unspool_runtime::{Cx, Isolate};
use unspool_values::CellKind;

use crate::log::{DependencyKind, Failure, TICK_BUDGETS};
use crate::machine::inspect::sites::{Expected, SiteUse};
use crate::machine::inspect::{ForcedSoFar, Inspection};
use crate::machine::jobs::{Background, Pending};
use crate::machine::lower::{Backend, Countdown, LowerError, Lowered, interpreter_stub, target};
use broken::CellPart;
use exits::ExitCounts;
pub use exits::SiteExits;
use memory::{CodeMemory, CodeMemoryError, CodeRange};
pub(crate) use table::Metadata;
use table::{NumberHasher, ObjectTable};

/// Compilations that find the arena full between two collections that bring nothing.
const ARENA_PATIENCE: u32 = 32;

/// The words of a code object that the code itself reads.
#[repr(C)]
#[derive(Debug)]
pub struct CodeCell {
    /// The code must not go on behind a call.
    pub invalidated: Cell<u8>,
    /// Bytes of bytecode until the function has run optimized for another tick (only code with failed bets counts).
    pub budget: Cell<i32>,
    /// Address of the body.
    pub fast: Cell<*const u8>,
}

impl CodeCell {
    /// The cell of valid code that lies nowhere yet.
    pub fn new() -> Box<CodeCell> {
        Box::new(CodeCell {
            invalidated: Cell::new(0),
            budget: Cell::new(0),
            fast: Cell::new(std::ptr::null()),
        })
    }
}

/// A dependency of installed code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeDependency {
    /// What it is about.
    pub kind: DependencyKind,
    /// The class of the object that it is about.
    pub class: CellKind,
    /// The instructions that rely on it: address of the function's template, which is among the embedded cells, and bytecode offset.
    pub places: Box<[(u64, u32)]>,
    /// What it is about, for traces.
    pub text: Box<str>,
}

/// Compiled code with its metadata.
#[derive(Debug)]
pub struct CodeObject {
    /// Its number, never given again.
    pub id: u32,
    /// Address of the function's template, which is among the embedded cells.
    template: u64,
    /// The words that the code reads.
    pub cell: Box<CodeCell>,
    range: CodeRange,
    /// Where it runs.
    pub start: usize,
    /// Bytes of code.
    pub size: usize,
    /// Exits.
    pub data: DeoptimizationData,
    /// Whether it gets its actual arguments.
    pub observing: bool,
    /// How many words of its machine frame its translations name.
    pub homes: usize,
    /// Where the loop begins at which it is entered.
    loop_offset: Option<u32>,
    /// How often sites were left at; those that never were have no entry.
    exits: RefCell<ExitCounts>,
    /// What each site is for.
    pub uses: Box<[SiteUse]>,
    /// The stable names of sites; no entries unless a flag wants them.
    pub names: Box<[Box<str>]>,
    /// What it relies on, by the numbers under which the dependencies are entered.
    pub dependencies: Box<[CodeDependency]>,
    /// Addresses of the templates of its functions, inlined ones included; they are among the embedded cells.
    functions: Box<[u64]>,
    /// What checks expect, by site.
    pub expected: Box<[(SiteId, Expected)]>,
    /// Addresses of the cells that it embeds; no entries unless it is printed.
    pub(crate) cells: Box<[u64]>,
    /// The assumption that broke, in words; empty unless exits are traced.
    pub(crate) broken: RefCell<String>,
    /// Why it was invalidated.
    pub invalidation: Cell<Option<LazyReason>>,
    #[expect(clippy::vec_box, reason = "machine code holds their addresses")]
    _steps: Vec<Box<StepDescriptor>>,
    #[expect(clippy::vec_box, reason = "machine code holds their addresses")]
    countdowns: Vec<Box<Countdown>>,
    charged: usize,
}

impl CodeObject {
    /// The function's template.
    ///
    /// # Safety
    /// The template is alive: it was found by way of a live function, or the code is active.
    pub unsafe fn template(&self) -> Gc<FunctionTemplate> {
        // SAFETY: the address is that of a template, alive as the caller says.
        unsafe { template_at(self.template) }
    }
    /// The templates of its functions, inlined ones included.
    ///
    /// # Safety
    /// As for [`CodeObject::template`].
    pub unsafe fn templates(&self) -> impl Iterator<Item = Gc<FunctionTemplate>> + '_ {
        // SAFETY: code embeds the templates of its functions, so they are alive with it.
        self.functions.iter().map(|&address| unsafe { template_at(address) })
    }
    /// How often a site was left at.
    pub fn exits(&self, site: SiteId) -> SiteExits {
        self.exits.borrow().get(site)
    }
    /// A site is left at; gives how often for its reason by now.
    pub(crate) fn count_exit(&self, site: SiteId) -> u32 {
        let mut exits = self.exits.borrow_mut();
        let exits = exits.of(site);
        exits.taken = exits.taken.saturating_add(1);
        exits.taken
    }
    /// How often an exit was passed; none if that is not counted.
    pub fn passes(&self, site: SiteId) -> Option<u32> {
        let mut counts =
            self.countdowns.iter().filter(|count| count.site == site).map(|count| count.passed());
        let first = counts.next()?;
        Some(counts.fold(first, u32::saturating_add))
    }
    /// A site is left at because a flag wants it.
    pub(crate) fn count_forced(&self, site: SiteId) {
        let mut exits = self.exits.borrow_mut();
        let exits = exits.of(site);
        exits.forced = exits.forced.saturating_add(1);
    }
    /// Where the function's template lies, to be fetched ahead.
    pub(crate) fn template_address(&self) -> *const u8 {
        std::ptr::without_provenance(self.template as usize)
    }
    /// May it not be entered any more?
    pub fn is_invalidated(&self) -> bool {
        self.cell.invalidated.get() != 0
    }
}

/// The template at an address.
///
/// # Safety
/// It is the address of a live template.
pub(crate) unsafe fn template_at(address: u64) -> Gc<FunctionTemplate> {
    // SAFETY: a live template is at the address, as the caller promises, so it is not null.
    unsafe { Gc::from_ptr(NonNull::new_unchecked(address as *mut FunctionTemplate)) }
}

/// How code is entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// With exactly the formals.
    Formals,
    /// With the actual arguments.
    Observing,
    /// Of a resumable function: with the frame that the interpreter has pushed. Exits find the actual arguments in the isolate.
    Activation,
    /// At a loop, with the interpreter's frame.
    Loop {
        /// Offset of the loop's header.
        offset: u32,
        /// Whether exits find actual arguments in the isolate.
        observing: bool,
    },
}

/// Why code cannot be installed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CompileError {
    /// No code was generated.
    Lower(LowerError),
    /// There is no room.
    Memory(CodeMemoryError),
    /// The function cannot be compiled, now or ever.
    Refused(&'static str),
    /// The function cannot be compiled yet.
    NotReady(&'static str),
    /// It has not run long enough for what its compilation would cost, in periods of the tier-up policy.
    TooDear(u32),
    /// What the code relies on broke while it was compiled.
    DependencyBroken,
    /// The function got other code meanwhile, or may not be optimized any more.
    Superseded,
    /// The compiler panicked, with this message.
    Panicked(String),
}

impl CompileError {
    /// The class under which it is counted.
    pub fn failure(&self) -> Failure {
        match self {
            CompileError::Lower(LowerError::Limit(_)) => Failure::Refused,
            CompileError::Lower(_) => Failure::Codegen,
            CompileError::Memory(CodeMemoryError::Full) => Failure::ArenaFull,
            CompileError::Memory(CodeMemoryError::Unavailable) => Failure::NoMemory,
            CompileError::Refused(_) => Failure::Refused,
            CompileError::NotReady(_) | CompileError::TooDear(_) => Failure::NotReady,
            CompileError::DependencyBroken => Failure::Dependency,
            CompileError::Superseded => Failure::Superseded,
            CompileError::Panicked(_) => Failure::Panicked,
        }
    }
}
impl From<LowerError> for CompileError {
    fn from(error: LowerError) -> Self {
        CompileError::Lower(error)
    }
}
impl From<CodeMemoryError> for CompileError {
    fn from(error: CodeMemoryError) -> Self {
        CompileError::Memory(error)
    }
}
impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Lower(error) => error.fmt(f),
            CompileError::Memory(error) => error.fmt(f),
            CompileError::Refused(why) | CompileError::NotReady(why) => f.write_str(why),
            CompileError::TooDear(price) => write!(f, "it has not run for {price} periods"),
            CompileError::DependencyBroken | CompileError::Superseded => f.write_str(self.failure().text()),
            CompileError::Panicked(message) => write!(f, "{}: {message}", self.failure().text()),
        }
    }
}
impl std::error::Error for CompileError {}

/// Counters of an isolate's compiled code.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CodeCounters {
    /// Code objects installed.
    pub compiled: u64,
    /// Eager exits taken.
    pub eager: u64,
    /// Lazy exits taken.
    pub lazy: u64,
    /// Of these, forced ones.
    pub forced: u64,
    /// Code objects invalidated.
    pub invalidated: u64,
    /// Of these, because a dependency broke.
    pub dependencies_broken: u64,
    /// Compilations that failed, by [`Failure`].
    pub failed: [u64; Failure::COUNT],
    /// Collections because the arena was full.
    pub arena_collections: u64,
    /// Compilations handed to the compile thread.
    pub background: u64,
}

impl CodeCounters {
    /// Compilations that failed in a way.
    pub fn failures(&self, failure: Failure) -> u64 {
        self.failed[failure as usize]
    }
}

/// The least interrupt budget from which the length of a tick is computed.
const MIN_TICK_BUDGET: i32 = 1024;

/// Bytes of bytecode between two ticks of optimized code.
pub(crate) fn tick_budget(cx: Cx<'_>) -> i32 {
    cx.config.interrupt_budget.max(MIN_TICK_BUDGET).saturating_mul(TICK_BUDGETS)
}

/// Code in the arena that is not linked yet.
#[derive(Debug)]
pub struct Placed {
    range: CodeRange,
    start: usize,
}

/// What new code relies on.
#[derive(Debug, Default)]
pub(crate) struct Relies {
    pub(crate) dependencies: Box<[CodeDependency]>,
    pub(crate) functions: Box<[u64]>,
    /// Addresses of the cells that dependencies are entered for. The code embeds them, so it goes before another cell has the address.
    pub(crate) cells: Box<[u64]>,
}

/// All parts of a code object that is about to be linked.
#[derive(Debug)]
pub(crate) struct NewCode {
    pub(crate) id: u32,
    pub(crate) cell: Box<CodeCell>,
    pub(crate) entry: EntryKind,
    pub(crate) lowered: Lowered,
    pub(crate) placed: Placed,
    pub(crate) relies: Relies,
}

impl NewCode {
    /// Addresses of the cells that the code and what belongs to it mention, each once.
    fn embedded_cells(&mut self, template: Gc<FunctionTemplate>) -> Vec<u64> {
        let mut cells = std::mem::take(&mut self.lowered.cells);
        cells.push(template.addr() as u64);
        let places = self.relies.dependencies.iter().flat_map(|dependency| dependency.places.iter());
        cells.extend(places.map(|&(template, _)| template));
        cells.extend(&self.relies.functions);
        cells.extend(&self.relies.cells);
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// The object; `cells` are those that a listing names.
    fn into_object(self, template: Gc<FunctionTemplate>, cells: Box<[u64]>) -> CodeObject {
        let NewCode { id, cell, entry, lowered, placed: Placed { range, start }, relies } = self;
        let metadata = lowered.data.statistics().total();
        CodeObject {
            id,
            template: template.addr() as u64,
            cell,
            range,
            start,
            size: lowered.bytes.len(),
            data: lowered.data,
            observing: matches!(
                entry,
                EntryKind::Observing | EntryKind::Activation | EntryKind::Loop { observing: true, .. }
            ),
            homes: lowered.homes,
            loop_offset: match entry {
                EntryKind::Loop { offset, .. } => Some(offset),
                _ => None,
            },
            exits: RefCell::default(),
            uses: lowered.uses.into(),
            names: lowered.names.into(),
            dependencies: relies.dependencies,
            functions: relies.functions,
            expected: lowered.expected.into(),
            cells,
            broken: RefCell::default(),
            invalidation: Cell::new(None),
            _steps: lowered.steps,
            countdowns: lowered.countdowns,
            charged: range.size + metadata,
        }
    }
}

/// What `--print-opt-code` shows of new code beside the object.
struct Printed {
    name: Box<str>,
    bytes: Vec<u8>,
    generic: usize,
}

impl Printed {
    fn of(lowered: &mut Lowered) -> Printed {
        let name = std::mem::take(&mut lowered.name);
        Printed { name, bytes: lowered.bytes.clone(), generic: lowered.generic }
    }
}

/// The compiler's state in an isolate.
pub struct Compiler {
    memory: RefCell<Option<CodeMemory>>,
    backend: RefCell<Option<Arc<Backend>>>,
    objects: RefCell<ObjectTable>,
    next_id: Cell<u32>,
    stubs: RefCell<HashMap<usize, usize, BuildHasherDefault<NumberHasher>>>,
    /// Code that is entered at a loop, by template and offset of the loop's header.
    loops: RefCell<HashMap<(u64, u32), u32>>,
    pub(crate) deoptimizer: RefCell<Deoptimizer<CanonicalFrame>>,
    /// Code that relies on a cell: on the value of a binding, on the slots of a context that share a bit, on a function having one closure.
    cell_dependents: RefCell<HashMap<CellPart, Vec<Dependent>>>,
    /// Jobs under way.
    pub(crate) pending: RefCell<Vec<Pending>>,
    /// The compile thread, from the first job on.
    pub(crate) background: RefCell<Option<Background>>,
    /// Compilations that find the arena full before another collection is tried.
    arena_patience: Cell<u32>,
    /// Dead code objects that the last such collection could not free.
    arena_dead: Cell<usize>,
    arena_bytes: usize,
    pub(crate) counters: Cell<CodeCounters>,
    pub(crate) inspection: Inspection,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("counters", &self.counters.get()).finish_non_exhaustive()
    }
}

impl Compiler {
    /// The compiler of an isolate, made at its first use.
    pub fn of(isolate: &Isolate) -> &Compiler {
        let compiler = isolate.compiler.get_or_init(|| {
            Box::new(Compiler {
                memory: RefCell::default(),
                backend: RefCell::default(),
                objects: RefCell::default(),
                next_id: Cell::new(1),
                stubs: RefCell::default(),
                loops: RefCell::default(),
                deoptimizer: RefCell::new(Deoptimizer::new()),
                cell_dependents: RefCell::default(),
                pending: RefCell::default(),
                background: RefCell::default(),
                arena_patience: Cell::new(0),
                arena_dead: Cell::new(0),
                arena_bytes: isolate.config.code_arena_bytes,
                counters: Cell::default(),
                inspection: Inspection::default(),
            })
        });
        compiler.downcast_ref().expect("only this crate fills the slot")
    }
    /// The compiler, if it was ever used.
    pub fn existing(isolate: &Isolate) -> Option<&Compiler> {
        isolate.compiler.get()?.downcast_ref()
    }
    /// The counters.
    pub fn counters(&self) -> CodeCounters {
        self.counters.get()
    }
    /// What the exits so far have made.
    pub fn materialization(&self) -> MaterializationCounts {
        self.deoptimizer.borrow().counts()
    }
    pub(crate) fn count(&self, f: impl FnOnce(&mut CodeCounters)) {
        let mut counters = self.counters.get();
        f(&mut counters);
        self.counters.set(counters);
    }
    /// A code object that was not freed.
    pub fn object(&self, id: u32) -> Option<Rc<CodeObject>> {
        self.objects.borrow().get(id).map(|(code, _)| Rc::clone(code))
    }
    /// The object with a number, which is being left, and where its metadata lies.
    pub(crate) fn object_at_exit(&self, id: u32) -> Option<(Rc<CodeObject>, Metadata)> {
        self.objects.borrow().get(id).map(|(code, metadata)| (Rc::clone(code), metadata))
    }
    /// The code generator's description of the machine.
    ///
    /// # Errors
    /// The machine is not supported.
    pub fn backend(&self) -> Result<Arc<Backend>, CompileError> {
        if let Some(backend) = &*self.backend.borrow() {
            return Ok(Arc::clone(backend));
        }
        let backend = target()?;
        *self.backend.borrow_mut() = Some(Arc::clone(&backend));
        Ok(backend)
    }
    fn with_memory<R>(
        &self,
        f: impl FnOnce(&mut CodeMemory) -> Result<R, CodeMemoryError>,
    ) -> Result<R, CompileError> {
        let isa = self.backend()?.isa.clone();
        let mut memory = self.memory.borrow_mut();
        if memory.is_none() {
            *memory = Some(CodeMemory::new(self.arena_bytes, isa)?);
        }
        Ok(f(memory.as_mut().expect("just made"))?)
    }
    /// The valid code that is entered at a loop of a function.
    pub fn loop_code(&self, template: Gc<FunctionTemplate>, offset: u32) -> Option<Rc<CodeObject>> {
        let id = *self.loops.borrow().get(&(template.addr() as u64, offset))?;
        self.object(id)
    }
    /// A number for new code.
    pub fn new_id(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        id
    }
    /// The fast entry of functions with so many formals that have no machine code. Never freed.
    ///
    /// # Errors
    /// No memory.
    pub fn stub(&self, formals: usize) -> Result<*const u8, CompileError> {
        if let Some(&stub) = self.stubs.borrow().get(&formals) {
            return Ok(stub as *const u8);
        }
        let code = interpreter_stub(formals, &self.backend()?.isa)?;
        let address = self.with_memory(|memory| {
            let range = memory.install(&code)?;
            Ok(memory.address(range.offset))
        })?;
        self.stubs.borrow_mut().insert(formals, address as usize);
        Ok(address)
    }
    /// The entry record of a template.
    ///
    /// # Errors
    /// No memory for the stub.
    pub fn record(&self, template: &FunctionTemplate) -> Result<*const EntryRecord, CompileError> {
        let stub = self.stub(template.formal_count.get() as usize)?;
        Ok(template.entry_record(stub))
    }

    /// Puts machine code into the arena, where it is not linked to anything.
    ///
    /// # Errors
    /// No room.
    pub fn place(&self, bytes: &[u8]) -> Result<Placed, CompileError> {
        self.with_memory(|memory| {
            let range = memory.install(bytes)?;
            Ok(Placed { range, start: memory.address(range.offset) as usize })
        })
    }
    /// Takes code out of the arena that was never linked.
    pub fn displace(&self, placed: Placed) {
        if let Some(memory) = &mut *self.memory.borrow_mut() {
            memory.free(placed.range);
        }
    }
    /// Something found no room in the arena: collects dead code, unless that brought nothing lately. Tells whether another try makes
    /// sense.
    pub(crate) fn make_room(&self, cx: Cx<'_>) -> bool {
        let used = || self.memory.borrow().as_ref().map_or(0, CodeMemory::used);
        let patience = self.arena_patience.get();
        self.arena_patience.set(patience.saturating_sub(1));
        let dead = || cx.heap.code.statistics().deoptimized;
        if patience > 0 && dead() <= self.arena_dead.get() {
            return false;
        }
        let before = used();
        cx.collect_garbage(CollectionKind::Full);
        self.count(|c| c.arena_collections += 1);
        let brought = used() < before;
        self.arena_dead.set(dead());
        self.arena_patience.set(if brought { 0 } else { ARENA_PATIENCE });
        brought
    }

    /// Installs code that relies on nothing and links it to its function.
    ///
    /// # Errors
    /// No room.
    pub fn install(
        &self,
        cx: Cx<'_>,
        template: Gc<FunctionTemplate>,
        id: u32,
        cell: Box<CodeCell>,
        entry: EntryKind,
        lowered: Lowered,
    ) -> Result<Rc<CodeObject>, CompileError> {
        let record = self.record(&template)?;
        let placed = self.place(&lowered.bytes)?;
        let functions = Box::from([template.addr() as u64]);
        let relies = Relies { functions, ..Relies::default() };
        Ok(self.link(cx, template, record, NewCode { id, cell, entry, lowered, placed, relies }))
    }

    /// Links code that lies in the arena to its function. Cannot fail, and neither collects garbage nor runs JavaScript. `record` is
    /// the template's.
    pub(crate) fn link(
        &self,
        cx: Cx<'_>,
        template: Gc<FunctionTemplate>,
        record: *const EntryRecord,
        mut new: NewCode,
    ) -> Rc<CodeObject> {
        let start = new.placed.start;
        new.cell.fast.set((start + new.lowered.fast) as *const u8);
        new.cell.budget.set(tick_budget(cx));
        let (entry, generic) = (new.entry, start + new.lowered.generic);
        let cells = new.embedded_cells(template);
        let shapes = std::mem::take(&mut new.lowered.shapes);
        let printed = cx.config.print_opt_code.then(|| Printed::of(&mut new.lowered));
        let shown = if printed.is_some() { cells.clone().into() } else { Box::default() };
        let code = Rc::new(new.into_object(template, shown));
        cx.heap.add_external_bytes(code.charged);
        cx.heap.code.insert(ManagedCode {
            id: code.id,
            start,
            size: code.size,
            metadata_bytes: code.charged - code.range.size,
            cells: cells.iter().filter_map(|&cell| NonNull::new(cell as *mut Header)).collect(),
            metas: shapes.into(),
        });
        self.objects.borrow_mut().insert(Rc::clone(&code));
        self.announce(cx, template, &code, printed);
        if let EntryKind::Loop { offset, .. } = entry {
            self.loops.borrow_mut().insert((code.template, offset), code.id);
        } else if entry == EntryKind::Activation {
            // SAFETY: the body was generated with this signature; the record is the template's and lives as long.
            unsafe {
                let body = std::mem::transmute::<*const u8, LoopEntry>(code.cell.fast.get());
                template.link_activation_code(&*record, body, code.id);
            }
        } else {
            // SAFETY: the generic entry was generated with this signature; the record is the template's and lives as long.
            unsafe {
                let generic = std::mem::transmute::<*const u8, GenericEntry>(generic as *const u8);
                template.link_code(&*record, code.cell.fast.get(), generic, code.id);
            }
        }
        self.count(|c| c.compiled += 1);
        code
    }

    /// Tells whoever wants to know of new code.
    fn announce(
        &self,
        cx: Cx<'_>,
        template: Gc<FunctionTemplate>,
        code: &Rc<CodeObject>,
        printed: Option<Printed>,
    ) {
        if cx.config.list_deopt_sites {
            self.inspection.installed.borrow_mut().push(Rc::clone(code));
        }
        if let ForcedExits::Site { name, .. } = &cx.config.forced_exits
            && code.names.contains(name)
        {
            self.inspection.forced_site_exists.set(true);
        }
        self.inspection.statistics.installed(code);
        if let Some(Printed { name, bytes, generic }) = printed {
            let text = crate::machine::inspect::disassembly::text(cx, code, &name, &bytes, generic);
            cx.host.borrow().optimizer_event(&text);
        }
        if cx.config.perf_basic_prof {
            let name = template.name.get().to().map_or(String::new(), |name| cx.rust_string(name));
            let place = template.script.data().position_text(template.info.span.start);
            cx.host.borrow().code_installed(code.start, code.size, &format!("JS:*{name} {place}"));
        }
        if self.counters.get().compiled == 0 {
            crate::machine::inspect::arm_forced_exits(cx, &self.inspection, ForcedSoFar::None);
        }
    }

    /// Marks code that must not be entered or returned to any more. Gives it if it was valid.
    pub fn invalidate(&self, isolate: &Isolate, id: u32, reason: LazyReason) -> Option<Rc<CodeObject>> {
        let code = self.object(id)?;
        self.invalidate_object(isolate, &code, reason).then_some(code)
    }

    /// [`Compiler::invalidate`] of an object that was found already; tells whether it was valid.
    pub(crate) fn invalidate_object(&self, isolate: &Isolate, code: &CodeObject, reason: LazyReason) -> bool {
        if code.cell.invalidated.replace(1) != 0 {
            return false;
        }
        code.invalidation.set(Some(reason));
        self.inspection.statistics.invalidated(reason);
        // SAFETY: code embeds its template: it is alive, or has died in the collection that is under way and is still intact.
        let template = unsafe { code.template() };
        if template.existing_entry_record().is_some_and(|record| record.code.get() == code.id) {
            let formals = template.formal_count.get() as usize;
            let stub = self.stubs.borrow().get(&formals).copied();
            template.unlink_code(stub.expect("made when the code was installed") as *const u8);
        }
        if let Some(offset) = code.loop_offset {
            let mut loops = self.loops.borrow_mut();
            if loops.get(&(code.template, offset)) == Some(&code.id) {
                loops.remove(&(code.template, offset));
            }
        }
        isolate.heap.code.deoptimized(code.start);
        self.count(|c| c.invalidated += 1);
        true
    }

    /// Marks all code of a function, that of its loops included. Gives whether there was any that was valid.
    pub fn invalidate_function(
        &self,
        isolate: &Isolate,
        template: Gc<FunctionTemplate>,
        reason: LazyReason,
    ) -> bool {
        let address = template.addr() as u64;
        let mut ids: Vec<u32> = Vec::new();
        if template.has(FunctionTemplate::HAS_CODE) {
            ids.extend(template.existing_entry_record().map(|record| record.code.get()));
        }
        ids.extend(self.loops.borrow().iter().filter(|((of, _), _)| *of == address).map(|(_, &id)| id));
        ids.into_iter().filter(|&id| self.invalidate(isolate, id, reason).is_some()).count() > 0
    }

    /// What a collection found.
    pub fn swept(&self, isolate: &Isolate, swept: &SweptCode) {
        for &id in &swept.cleared {
            self.invalidate(isolate, id, LazyReason::WeakObjects);
        }
        if !swept.freed.is_empty() || !swept.cleared.is_empty() {
            let gone: BTreeSet<u32> = swept.freed.iter().chain(&swept.cleared).copied().collect();
            isolate.shapes.retain_dependents(|dependent| !gone.contains(&dependent.code));
            self.cell_dependents.borrow_mut().retain(|_, list| {
                list.retain(|dependent| !gone.contains(&dependent.code));
                !list.is_empty()
            });
        }
        for id in &swept.freed {
            if let Some(code) = self.objects.borrow_mut().remove(*id) {
                isolate.heap.sub_external_bytes(code.charged);
                if let Some(memory) = &mut *self.memory.borrow_mut() {
                    memory.free(code.range);
                }
            }
        }
    }
}
