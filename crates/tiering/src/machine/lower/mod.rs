//! From the graph to machine code, by way of Cranelift.
//!
//! All optimization that knows of speculation has happened; Cranelift is a plain back end (`opt_level = none`). One graph
//! becomes two functions: the *body* (tail convention; isolate, callee, receiver, and exactly the formals, or new.target, argc and argv in functions
//! that look at their actual arguments), and the *generic entry* (System V), which takes any number of arguments and calls the body.
//!
//! * `ops`: what each operation becomes, by family: `checks`, `numbers`, `memory` (with `tagged`, the encoding of values);
//! * `calls`: calls, the test for SENTINEL and the test of the invalidated byte behind them;
//! * `exits`: exits out of line, and the translation of frame states;
//! * `recipes`: what exits compute themselves;
//! * `homes`: values that are stored ahead of exits, where too many exits want them.
//!
//! Code contains no relocations: it reaches the runtime through absolute addresses and the isolate through its first argument. So installing it is
//! a copy, and it can be made on any thread.

mod calls;
mod checks;
mod exits;
mod functions;
mod homes;
mod memory;
mod numbers;
mod ops;
mod recipes;
mod tagged;

use std::collections::{BTreeSet, HashMap};
use std::mem::offset_of;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable as _};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use unspool_bytecode::CodeBlock;
use unspool_deopt::{DeoptimizationData, DeoptimizationDataBuilder, FrameLayout as _, SiteId};
use unspool_runtime::compiled::StepDescriptor;
use unspool_runtime::frame::{CanonicalFrame, FrameHeader, HEADER_BYTES, Stack};

use crate::broker::ClosureShape;
use crate::graph::{BlockId, CellRef, Effects, Graph, NodeId, Op, Terminator};
use crate::machine::inspect::sites::{Expected, SiteNaming, SiteUse};

pub(crate) use exits::is_cell;
pub(crate) use functions::STUB_SITE;
pub use functions::interpreter_stub;

/// Most bytes that the frames of an exit take on the isolate's stack, surplus arguments of the outermost one aside: half of the stack's
/// reserve, so that an exit never overflows it.
const MAX_REBUILT_BYTES: usize = Stack::RESERVE_BYTES / 2;

/// What one compilation embeds in its code. Addresses only: `Send`, no access to cells.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Number that the code object will have.
    pub code: u32,
    /// Address of its [`CodeCell`](crate::machine::code::CodeCell).
    pub code_cell: u64,
    /// The code is entered at a loop of the first function, with the interpreter's frame: (isolate, frame pointer), System V.
    pub osr: bool,
    /// Which exits are taken although nothing is wrong.
    pub forcing: Forcing,
    /// Name the sites (always done where a named one is forced).
    pub name_sites: bool,
    /// What the names of its sites call the code.
    pub name: Box<str>,
    /// Charge the code's budget with so many bytes at each entry, and take an interrupt when it is used up.
    pub charge: Option<i32>,
    /// Addresses of the snapshot's cells.
    pub cells: Vec<u64>,
    /// Ids of its shapes.
    pub shapes: Vec<u32>,
    /// The id of the shape of `[]`; 0 if it is not known.
    pub empty_array: u32,
    /// Closures that are made without the runtime.
    pub closures: Vec<ClosureShape>,
    /// Addresses of the entry records of its call targets.
    pub targets: Vec<u64>,
    /// Its functions.
    pub functions: Vec<FunctionEnvironment>,
}

/// Which exits code takes although nothing is wrong. The decrement and the branch of such an exit stand ahead of its check.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Forcing {
    /// None.
    #[default]
    None,
    /// Each that is passed counts; the one at which the count is used up is taken.
    All,
    /// As `All`, but only the site of this name counts.
    Site(Box<str>),
    /// Each counts for itself, and is taken once, after so many times.
    Each(u32),
    /// Each counts for itself; those of these names are taken once, the first time.
    Listed(Arc<BTreeSet<Box<str>>>),
}

/// Counts how often an exit is passed that may be forced.
#[derive(Debug)]
pub struct Countdown {
    /// Its site.
    pub site: SiteId,
    /// Where the count begins. The exit is taken when it gets to 0; it goes on below.
    start: u32,
    left: AtomicU32,
}

impl Countdown {
    fn new(site: SiteId, start: u32) -> Self {
        Self { site, start, left: AtomicU32::new(start) }
    }
    /// How often the exit was passed by now.
    pub fn passed(&self) -> u32 {
        self.start.wrapping_sub(self.left.load(Ordering::Relaxed))
    }
}

/// One function of a snapshot.
#[derive(Clone, Debug)]
pub struct FunctionEnvironment {
    /// Its code.
    pub code: Arc<CodeBlock>,
    /// Its template.
    pub template: CellRef,
    /// Its feedback vector.
    pub vector: Option<CellRef>,
    /// Whether its body takes new.target, argc and argv instead of the formals.
    pub observing: bool,
}

/// Machine code with its metadata.
#[derive(Debug)]
pub struct Lowered {
    /// The bytes; position independent.
    pub bytes: Vec<u8>,
    /// Where the body begins.
    pub fast: usize,
    /// Where the generic entry begins.
    pub generic: usize,
    /// Exits.
    pub data: DeoptimizationData,
    /// Addresses of cells that code and literals mention.
    pub cells: Vec<u64>,
    /// Shapes that the code tests or stores.
    pub shapes: Vec<u32>,
    /// What each site is for.
    pub uses: Vec<SiteUse>,
    /// The stable names of sites, empty for calls; no entries if they were not wanted.
    pub names: Vec<Box<str>>,
    /// What checks expect, by site.
    pub expected: Vec<(SiteId, Expected)>,
    /// What names of sites call the code.
    pub name: Box<str>,
    /// Descriptors of generic steps, whose addresses the code contains.
    pub steps: Vec<Box<StepDescriptor>>,
    /// Counters of exits that count for themselves, whose addresses the code contains.
    pub countdowns: Vec<Box<Countdown>>,
    /// How many words of its frame its translations name.
    pub homes: usize,
}

/// Why a graph has no code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LowerError {
    /// Cranelift does not accept it: a bug.
    Codegen(String),
    /// A frame state cannot be encoded: a bug.
    State(String),
    /// Its exits are beyond a limit.
    Limit(&'static str),
}

impl std::fmt::Display for LowerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LowerError::Codegen(text) => write!(f, "code generation: {text}"),
            LowerError::State(text) => write!(f, "frame state: {text}"),
            LowerError::Limit(text) => f.write_str(text),
        }
    }
}
impl std::error::Error for LowerError {}

/// What compilations share: the code generator's description of this machine, and the generic entries, which differ from each other in the
/// address of the code cell only.
pub struct Backend {
    pub(crate) isa: OwnedTargetIsa,
    entries: Mutex<HashMap<functions::GenericShape, functions::EntryTemplate>>,
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend").field("isa", &self.isa.name()).finish_non_exhaustive()
    }
}

/// The code generator for this machine.
///
/// # Errors
/// The machine is not supported.
pub fn target() -> Result<Arc<Backend>, LowerError> {
    let codegen = |error: &dyn std::fmt::Display| LowerError::Codegen(error.to_string());
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "none"),
        ("preserve_frame_pointers", "true"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("is_pic", "false"),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    ] {
        flags.set(name, value).map_err(|e| codegen(&e))?;
    }
    let mut isa =
        cranelift_codegen::isa::lookup_by_name("x86_64-unknown-linux-gnu").map_err(|e| codegen(&e))?;
    for (present, name) in [
        (std::is_x86_feature_detected!("sse3"), "has_sse3"),
        (std::is_x86_feature_detected!("ssse3"), "has_ssse3"),
        (std::is_x86_feature_detected!("sse4.1"), "has_sse41"),
        (std::is_x86_feature_detected!("sse4.2"), "has_sse42"),
        (std::is_x86_feature_detected!("popcnt"), "has_popcnt"),
        (std::is_x86_feature_detected!("avx"), "has_avx"),
        (std::is_x86_feature_detected!("avx2"), "has_avx2"),
        (std::is_x86_feature_detected!("bmi1"), "has_bmi1"),
        (std::is_x86_feature_detected!("bmi2"), "has_bmi2"),
        (std::is_x86_feature_detected!("lzcnt"), "has_lzcnt"),
    ] {
        if present {
            isa.enable(name).map_err(|e| codegen(&e))?;
        }
    }
    let isa = isa.finish(settings::Flags::new(flags)).map_err(|e| codegen(&e))?;
    Ok(Arc::new(Backend { isa, entries: Mutex::default() }))
}

/// The signature of a body with so many formals.
pub(crate) fn body_signature(formals: usize, observing: bool) -> ir::Signature {
    let mut signature = ir::Signature::new(CallConv::Tail);
    let words = if observing { 6 } else { 3 + formals };
    signature.params.extend((0..words).map(|_| ir::AbiParam::new(types::I64)));
    signature.returns.push(ir::AbiParam::new(types::I64));
    signature
}

/// The signature of a Rust function of integers.
pub(crate) fn rust_signature(parameters: &[ir::Type], result: Option<ir::Type>) -> ir::Signature {
    let mut signature = ir::Signature::new(CallConv::SystemV);
    signature.params.extend(parameters.iter().map(|&ty| ir::AbiParam::new(ty)));
    signature.returns.extend(result.map(ir::AbiParam::new));
    signature
}

/// Compiles a finished graph.
///
/// # Errors
/// See [`LowerError`].
pub fn lower(graph: &Graph, environment: &Environment, backend: &Backend) -> Result<Lowered, LowerError> {
    let mut homes = homes::Homes::default();
    loop {
        match attempt(graph, environment, backend, homes)? {
            Attempt::Done(lowered) => return Ok(*lowered),
            Attempt::Crowded(wanted) if wanted.len() > homes::MAX_HOMES => {
                return Err(LowerError::Limit("its exits want more than 8192 values of the machine frame"));
            }
            Attempt::Crowded(wanted) => homes = wanted,
        }
    }
}

/// What became of an attempt.
enum Attempt {
    Done(Box<Lowered>),
    /// Its exits store too much; with these homes they do not.
    Crowded(homes::Homes),
}

fn attempt(
    graph: &Graph,
    environment: &Environment,
    backend: &Backend,
    homes: homes::Homes,
) -> Result<Attempt, LowerError> {
    let isa = &backend.isa;
    let root = &environment.functions[0];
    let formals = root.code.info.formal_count as usize;
    let mut context = FunctionBuilderContext::new();
    let mut clif = cranelift_codegen::Context::new();
    clif.func.signature = if environment.osr {
        rust_signature(&[types::I64; 2], Some(types::I64))
    } else {
        body_signature(formals, root.observing)
    };
    let mut lowering = Lowering::new(graph, environment, &mut clif.func, &mut context, homes);
    if let Some(wanted) = lowering.run() {
        return Ok(Attempt::Crowded(wanted));
    }
    let Lowering {
        b,
        mut data,
        literals,
        mut cells,
        mut shapes,
        naming,
        steps,
        countdowns,
        homes,
        error,
        ..
    } = lowering;
    let SiteNaming { uses, names, expected, .. } = naming;
    b.finalize(isa.frontend_config());
    if let Some(error) = error {
        return Err(error);
    }
    cells.extend(literals.iter().copied().filter(|&bits| is_cell(bits)));
    cells.sort_unstable();
    cells.dedup();
    shapes.sort_unstable();
    shapes.dedup();

    let mut bytes = Vec::new();
    let compiled = clif
        .compile(&**isa, &mut Default::default())
        .map_err(|e| LowerError::Codegen(format!("{:?}\n{}", e.inner, e.func.display())))?;
    if !compiled.buffer.relocs().is_empty() {
        return Err(LowerError::Codegen(format!("relocations {:?}", compiled.buffer.relocs())));
    }
    bytes.extend_from_slice(compiled.code_buffer());
    // Calls are tagged with their site as source location; the return address lies at the end of the tagged range or in it.
    let locations = compiled.buffer.get_srclocs_sorted();
    for call in compiled.buffer.call_sites() {
        let at = locations.iter().find(|l| l.start < call.ret_addr && call.ret_addr <= l.end);
        if let Some(location) = at
            && !location.loc.is_default()
        {
            data.add_call(call.ret_addr, SiteId(location.loc.bits()));
        }
    }
    bytes.resize(bytes.len().next_multiple_of(16), 0xcc);
    let generic = bytes.len();
    let shape = functions::GenericShape {
        formals,
        observing: root.observing,
        coerces: root.code.info.coerces_receiver(),
    };
    if !environment.osr {
        bytes.extend(functions::generic_entry(shape, environment.code_cell, backend)?);
    }
    let data = data.finish(&literals).map_err(|error| LowerError::State(error.to_string()))?;
    if 8 * data.max_rebuilt_words(CanonicalFrame::FIXED_WORDS) > MAX_REBUILT_BYTES {
        return Err(LowerError::Limit("an exit would rebuild more than 64 KiB of frames"));
    }
    Ok(Attempt::Done(Box::new(Lowered {
        bytes,
        fast: 0,
        generic,
        data,
        cells,
        shapes,
        uses,
        names,
        expected,
        name: environment.name.clone(),
        steps,
        countdowns,
        homes: homes.len(),
    })))
}

/// The body's parameters.
#[derive(Clone, Copy, Default)]
struct EntryValues {
    isolate: Option<ir::Value>,
    callee: Option<ir::Value>,
    receiver: Option<ir::Value>,
    new_target: Option<ir::Value>,
    argument_count: Option<ir::Value>,
    arguments: Option<ir::Value>,
    /// The interpreter's frame (on-stack replacement).
    frame: Option<ir::Value>,
}

/// One lowering.
struct Lowering<'g, 'f> {
    b: FunctionBuilder<'f>,
    graph: &'g Graph,
    environment: &'g Environment,
    values: Vec<Option<ir::Value>>,
    /// Nodes without code: exits compute them.
    left_to_exits: Vec<bool>,
    /// The lengths of strings among them.
    left_lengths: HashMap<NodeId, ir::Value>,
    blocks: Vec<Option<ir::Block>>,
    entry: EntryValues,
    exits: exits::Exits,
    data: DeoptimizationDataBuilder,
    literals: Vec<u64>,
    cells: Vec<u64>,
    shapes: Vec<u32>,
    #[expect(clippy::vec_box, reason = "machine code holds their addresses")]
    steps: Vec<Box<StepDescriptor>>,
    #[expect(clippy::vec_box, reason = "machine code holds their addresses")]
    countdowns: Vec<Box<Countdown>>,
    /// What each site is for, and its name.
    naming: SiteNaming,
    /// What was allocated last in this block, if nothing behind it can collect: it is young, and stores to it need no barrier.
    newest: Option<NodeId>,
    /// The block that returns SENTINEL.
    sentinel: Option<ir::Block>,
    /// Where the exception of the call that is being lowered goes, if it does not leave the code.
    caught: Option<ir::Block>,
    /// Values that are stored where they are defined.
    homes: homes::Homes,
    error: Option<LowerError>,
}

impl<'g, 'f> Lowering<'g, 'f> {
    fn new(
        graph: &'g Graph,
        environment: &'g Environment,
        function: &'f mut ir::Function,
        context: &'f mut FunctionBuilderContext,
        homes: homes::Homes,
    ) -> Lowering<'g, 'f> {
        Lowering {
            b: FunctionBuilder::new(function, context),
            graph,
            environment,
            values: vec![None; graph.node_count()],
            left_to_exits: recipes::left_to_exits(graph),
            left_lengths: HashMap::new(),
            blocks: vec![None; graph.block_count()],
            entry: EntryValues::default(),
            exits: exits::Exits::default(),
            data: DeoptimizationDataBuilder::new(),
            literals: Vec::new(),
            cells: Vec::new(),
            shapes: Vec::new(),
            steps: Vec::new(),
            countdowns: Vec::new(),
            naming: SiteNaming::default(),
            newest: None,
            sentinel: None,
            caught: None,
            homes,
            error: None,
        }
    }

    /// Generates everything, or gives the homes without which its exits store too much.
    fn run(&mut self) -> Option<homes::Homes> {
        let graph = self.graph;
        let start = self.b.create_block();
        self.b.append_block_params_for_function_params(start);
        self.b.switch_to_block(start);
        let parameters = self.b.block_params(start).to_vec();
        self.entry.isolate = Some(parameters[0]);
        if self.environment.osr {
            self.osr_entry(parameters[1]);
        } else {
            self.entry.callee = Some(parameters[1]);
            self.entry.receiver = Some(parameters[2]);
        }
        if self.environment.functions[0].observing && !self.environment.osr {
            self.entry.new_target = Some(parameters[3]);
            self.entry.argument_count = Some(parameters[4]);
            self.entry.arguments = Some(parameters[5]);
        }
        for &id in graph.order() {
            let block = self.b.create_block();
            for &parameter in &graph.block(id).parameters {
                let ty = ops::machine_type(graph.repr(parameter));
                let value = self.b.append_block_param(block, ty);
                self.values[parameter.index()] = Some(value);
            }
            self.blocks[id.index()] = Some(block);
        }
        let first = self.block(Graph::ENTRY);
        self.b.ins().jump(first, &[]);
        for &id in graph.order() {
            let block = self.block(id);
            self.b.switch_to_block(block);
            graph.block(id).parameters.iter().for_each(|&phi| self.bring_home(phi));
            let nodes = &graph.block(id).nodes;
            let caught = self.caught_call(id);
            // Constants may stand behind the call whose handler uses them; the handler follows the call itself.
            if caught.is_some() {
                for &node in nodes.iter().filter(|node| graph.op(**node).is_constant()) {
                    self.node(node, &parameters, &[]);
                }
            }
            for (i, &node) in nodes.iter().enumerate() {
                let done = caught.is_some() && graph.op(node).is_constant();
                if done {
                    continue;
                }
                if self.left_to_exits[node.index()] {
                    self.caught = caught.and_then(|(call, handler)| (call == node).then_some(handler));
                    self.left_string(node);
                    continue;
                }
                self.caught = caught.and_then(|(call, handler)| (call == node).then_some(handler));
                self.node(node, &parameters, &nodes[i + 1..]);
                self.bring_home(node);
                let effects = graph.op(node).effects();
                if effects.contains(Effects::Allocates) {
                    self.newest = Some(node);
                } else if effects.contains(Effects::CanGC) {
                    self.newest = None;
                }
            }
            self.newest = None;
            self.caught = None;
            self.terminator(&graph.block(id).terminator);
        }
        let wanted = self.wanted_homes();
        if wanted.is_some() {
            return wanted;
        }
        self.finish_exits();
        if let Some(block) = self.sentinel {
            self.b.switch_to_block(block);
            self.b.set_cold_block(block);
            let zero = self.b.ins().iconst(types::I64, 0);
            self.b.ins().return_(&[zero]);
        }
        self.b.seal_all_blocks();
        None
    }

    /// The call of a block whose exception stays in the code, and where that goes.
    fn caught_call(&self, block: BlockId) -> Option<(NodeId, ir::Block)> {
        let Terminator::Branch(condition, yes, _) = self.graph.block(block).terminator else { return None };
        let Op::Threw {} = self.graph.op(condition) else { return None };
        Some((self.graph.inputs(condition)[0], self.block(yes)))
    }

    /// The argument area of a frame that is replaced is the frame's own.
    fn osr_entry(&mut self, frame: ir::Value) {
        self.entry.frame = Some(frame);
        let root = &self.environment.functions[0];
        if root.observing {
            let flags = MemFlagsData::trusted();
            let count = offset_of!(FrameHeader, argument_count) as i32 - HEADER_BYTES as i32;
            let count = self.b.ins().load(types::I64, flags, frame, count);
            let first = 8 * (i64::from(root.code.register_count) + 1);
            let arguments = self.b.ins().iadd_imm_s(frame, first);
            self.entry.argument_count = Some(count);
            self.entry.arguments = Some(arguments);
        }
    }

    fn terminator(&mut self, terminator: &Terminator) {
        match terminator {
            Terminator::None | Terminator::Unreachable => {
                // Behind what never returns normally. Were it reached all the same, SENTINEL without exception would be found at once.
                self.b.ins().trap(ir::TrapCode::unwrap_user(1));
            }
            Terminator::Jump(to, values) => {
                let arguments: Vec<ir::BlockArg> =
                    values.iter().map(|&v| ir::BlockArg::Value(self.value(v))).collect();
                let to = self.block(*to);
                self.b.ins().jump(to, &arguments[..]);
            }
            Terminator::Branch(condition, _, no) if matches!(self.graph.op(*condition), Op::Threw {}) => {
                // The call itself went the other way.
                let no = self.block(*no);
                self.b.ins().jump(no, &[]);
            }
            Terminator::Branch(condition, yes, no) => {
                let condition = self.value(*condition);
                let (yes, no) = (self.block(*yes), self.block(*no));
                self.b.ins().brif(condition, yes, &[], no, &[]);
            }
            Terminator::Switch { value, base, targets, default } => {
                let value = self.value(*value);
                let index = self.b.ins().iadd_imm_s(value, -i64::from(*base));
                let mut switch = cranelift_frontend::Switch::new();
                for (i, target) in targets.iter().enumerate() {
                    switch.set_entry(i as u128, self.block(*target));
                }
                let default = self.block(*default);
                switch.emit(&mut self.b, index, default);
            }
            Terminator::Return(value) => {
                let value = self.value(*value);
                self.b.ins().return_(&[value]);
            }
            Terminator::Deopt(reason, state) => {
                let stub = self.eager_stub(*reason, *state, None);
                self.b.ins().jump(stub, &[]);
            }
        }
    }

    fn block(&self, block: BlockId) -> ir::Block {
        self.blocks[block.index()].expect("edges lead to reachable blocks")
    }
    fn value(&self, node: NodeId) -> ir::Value {
        self.values[node.index()].expect("definitions come before uses")
    }
    fn isolate(&self) -> ir::Value {
        self.entry.isolate.expect("set at entry")
    }
    /// A block that is rarely reached.
    fn cold_block(&mut self) -> ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }
    fn word(&mut self, value: u64) -> ir::Value {
        self.b.ins().iconst(types::I64, value as i64)
    }
    /// Loads a word of the isolate.
    fn load_isolate(&mut self, ty: ir::Type, offset: usize) -> ir::Value {
        let isolate = self.isolate();
        self.b.ins().load(ty, MemFlagsData::trusted(), isolate, offset as i32)
    }
    /// Stores into the isolate.
    fn store_isolate(&mut self, value: ir::Value, offset: usize) {
        let isolate = self.isolate();
        self.b.ins().store(MemFlagsData::trusted(), value, isolate, offset as i32);
    }
    /// The address of a cell, which the code object then embeds.
    fn cell(&mut self, cell: CellRef) -> u64 {
        let address = self.environment.cells[cell.index()];
        self.cells.push(address);
        address
    }
    /// The block that returns SENTINEL.
    fn sentinel_block(&mut self) -> ir::Block {
        match self.sentinel {
            Some(block) => block,
            None => *self.sentinel.insert(self.b.create_block()),
        }
    }
    fn equal_to(&mut self, value: ir::Value, constant: u64) -> ir::Value {
        let ty = self.b.func.dfg.value_type(value);
        let constant = self.b.ins().iconst(ty, constant as i64);
        self.b.ins().icmp(IntCC::Equal, value, constant)
    }
}
