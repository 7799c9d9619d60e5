//! From bytecode and snapshot to the graph.
//!
//! The bytecode is executed abstractly, once, in the order of its offsets: an `Environment` holds
//! the node that each register has, in whatever representation it was computed. All jumps but `JumpLoop` go
//! forward, so everything that leads to an instruction has been seen when it is reached; where several ways meet, registers that
//! are live and differ become phis. (OSR into an inner loop reaches the back edges of the loops around it first; these are built
//! from their headers afterwards, so the rest of the entered round stands before them.) Loop headers get phis for what is live and assigned in the loop.
//!
//! What is known of a value (its type, shapes, its form in other representations) is a fact of the environment, so that a
//! check that was done is not done again. Facts about the shapes of objects die where something may change them.
//!
//! Every instruction is translated: by its feedback if there is some, as an exit if it never ran, as a call of a helper if everything was
//! seen, and as a generic step if there is no better form.
//!
//! * `environment`: registers, facts, merging;
//! * `emit`: nodes, constants, conversions, frame states;
//! * `flow`: blocks, jumps, loops;
//! * `translate`: one instruction;
//! * `catch`: exceptions and their handlers;
//! * `arguments`, `arithmetic`, `context`, `property`, `element`, `call`, `native`, `intrinsic`, `iteration`, `jumps`, `resumable`, `generic`: its families.

mod arguments;
mod arithmetic;
mod call;
mod catch;
mod context;
mod element;
mod emit;
mod environment;
mod flow;
mod generic;
mod intrinsic;
mod iteration;
mod jumps;
mod native;
mod property;
mod resumable;
mod translate;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, Liveness};

use crate::broker::{Constructed, DependencyRef, Reliance, Snapshot};
use crate::graph::{
    BlockId, FrameFlavor, FrameSlot, FrameStateId, FunctionRef, Graph, NodeId, Op, States, TaggedConst,
};
use environment::Environment;

/// What the builder gives.
#[derive(Clone, Debug)]
pub struct Built {
    /// The graph, verified in debug builds.
    pub graph: Graph,
    /// What the code relies on, to be entered when it is installed.
    pub dependencies: Vec<Reliance>,
}

/// Where the code is entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// At the beginning.
    Start,
    /// On-stack replacement at the loop header at this offset (the target of a `JumpLoop`).
    Osr(u32),
    /// Of a resumable function: in the frame that the interpreter has just pushed, for a call or for a resumption.
    Activation,
}

/// How deep calls are inlined. What bounds the size of the code are the budgets below; this bounds the number of frames that an exit
/// rebuilds.
const MAX_INLINING_DEPTH: usize = 24;
/// Bytes of bytecode inlined into one function altogether (V8's cumulative budget).
const MAX_INLINED_BYTES: u32 = 920;
/// Functions of at most so many bytes are inlined beyond that budget (V8's small function).
const SMALL_FUNCTION_BYTES: u32 = 27;
/// Bytes of bytecode inlined into one function, small functions included (V8's `max_inlined_bytecode_size_absolute`).
const MAX_INLINED_BYTES_ABSOLUTE: u32 = 4600;

/// Builds the graph of the snapshot's first function.
pub fn build(snapshot: &Snapshot, entry: Entry) -> Built {
    let mut shared = Shared {
        snapshot,
        graph: Graph::new(),
        dependencies: BTreeMap::new(),
        constants: HashMap::new(),
        doubles: HashSet::new(),
        inlined_bytes: 0,
        lists: HashMap::new(),
        loops: Vec::new(),
    };
    let block = shared.graph.add_block();
    let function = &snapshot.functions[0];
    let code = Arc::clone(&function.code);
    let osr = |slot| Op::OsrValue { slot };
    let root = |graph: &mut Graph, op| graph.add(block, op, &[], States::NONE);
    let graph = &mut shared.graph;
    let (closure, receiver) = match entry {
        Entry::Start => (root(graph, Op::ParameterCallee {}), root(graph, Op::ParameterReceiver {})),
        Entry::Osr(_) | Entry::Activation => {
            (root(graph, osr(FrameSlot::Closure)), root(graph, osr(FrameSlot::Receiver)))
        }
    };
    let formals = (0..code.info.formal_count)
        .map(|index| match entry {
            Entry::Start => root(graph, Op::ParameterFormal { index }),
            Entry::Osr(_) | Entry::Activation => root(graph, osr(FrameSlot::Argument(index))),
        })
        .collect();
    let context = match entry {
        Entry::Start => graph.add(block, Op::LoadFunctionContext {}, &[closure], States::NONE),
        Entry::Osr(_) | Entry::Activation => root(graph, osr(FrameSlot::Context)),
    };
    let caller = Caller {
        outer: None,
        flavor: FrameFlavor::Call,
        argument_count: None,
        constructs: None,
        catches: false,
        inlining: None,
        chain: Vec::new(),
    };
    let frame = FrameValues { closure, context, receiver, formals, extra: Vec::new() };
    let builder = FunctionBuilder::new(&mut shared, FunctionRef(0), code, caller, frame, block);
    builder.run(entry);
    let Shared { mut graph, dependencies, .. } = shared;
    graph.finish();
    #[cfg(debug_assertions)]
    if let Err(error) = crate::graph::verify::verify(&graph) {
        panic!("the builder made a bad graph: {error}\n{}", graph.to_text(snapshot));
    }
    let dependencies = dependencies
        .into_iter()
        .map(|(dependency, places)| Reliance { dependency, places: places.into_iter().collect() })
        .collect();
    Built { graph, dependencies }
}

/// What the functions of one graph share.
struct Shared<'s> {
    snapshot: &'s Snapshot,
    graph: Graph,
    dependencies: BTreeMap<DependencyRef, BTreeSet<(FunctionRef, u32)>>,
    /// Constants, all in the entry block.
    constants: HashMap<Op, NodeId>,
    /// Results of arithmetic that has only given doubles: tagged as they are, integral or not, as the interpreter does.
    doubles: HashSet<NodeId>,
    inlined_bytes: u32,
    /// The arguments objects and rest arrays that the code makes, by the node that makes them.
    lists: HashMap<NodeId, arguments::List>,
    /// The headers of the loops that are being built.
    loops: Vec<BlockId>,
}

/// Who a function is inlined into.
#[derive(Clone, Debug)]
struct Caller {
    outer: Option<FrameStateId>,
    flavor: FrameFlavor,
    argument_count: Option<u32>,
    /// What `new.target` makes, in a derived constructor.
    constructs: Option<Constructed>,
    /// An exception that the function does not catch has a compiled handler outside of it.
    catches: bool,
    /// The number of the inlined call.
    inlining: Option<u32>,
    /// The functions outside of it, the compiled one first.
    chain: Vec<FunctionRef>,
}

/// The values a frame begins with.
#[derive(Clone, Debug)]
struct FrameValues {
    closure: NodeId,
    context: NodeId,
    receiver: NodeId,
    formals: Vec<NodeId>,
    /// Arguments beyond the formals, of an inlined call.
    extra: Vec<NodeId>,
}

/// An edge that was left open until its target is reached.
#[derive(Clone, Debug)]
struct Incoming {
    block: BlockId,
    environment: Environment,
}

/// A loop whose body is being built.
#[derive(Debug)]
struct OpenLoop {
    header: BlockId,
    /// The registers (operand numbers) that have phis, with them; `None` is the context.
    phis: Vec<(Option<u32>, NodeId)>,
    /// The offset of the last `JumpLoop`.
    end: u32,
    back_edges: Vec<Incoming>,
}

/// One function, compiled or inlined.
struct FunctionBuilder<'b, 's> {
    shared: &'b mut Shared<'s>,
    function: FunctionRef,
    code: Arc<CodeBlock>,
    liveness: Arc<Liveness>,
    caller: Caller,
    closure: NodeId,
    extra: Vec<NodeId>,
    /// The block being filled.
    block: BlockId,
    /// What holds there; `None` where nothing leads.
    environment: Option<Environment>,
    /// The offset of the instruction being translated, and the offset behind it.
    offset: u32,
    end: u32,
    /// The state before the instruction, once asked for.
    before: Option<FrameStateId>,
    incoming: HashMap<u32, Vec<Incoming>>,
    /// Loop headers: offset to the offset of the last `JumpLoop` to it.
    loop_ends: HashMap<u32, u32>,
    open_loops: HashMap<u32, OpenLoop>,
    /// Loops around the one that OSR entered, by the offset of their header, with the back edges that lead there.
    restarts: BTreeMap<u32, Vec<Incoming>>,
    /// Where an inlined function returned, with what.
    returns: Vec<(BlockId, NodeId, Environment)>,
    /// What an inlined function throws into its caller's handler.
    thrown: Vec<Incoming>,
    /// Of a resumable function that is entered at its resumptions: what was sent in.
    sent: Option<NodeId>,
    /// Loops that contain suspensions are left for later: they may also be entered in their middle.
    defers_loops: bool,
    /// Its frame's context may be one that it has made.
    makes_contexts: bool,
    /// It is entered in a frame of the interpreter, whose arguments may have changed since the call.
    resumes: bool,
}

impl FunctionBuilder<'_, '_> {
    fn constant(&mut self, value: TaggedConst) -> NodeId {
        self.shared.constant(Op::ConstTagged { value })
    }
}

impl Shared<'_> {
    fn constant(&mut self, op: Op) -> NodeId {
        if let Some(&node) = self.constants.get(&op) {
            return node;
        }
        let node = self.graph.add(Graph::ENTRY, op, &[], States::NONE);
        self.constants.insert(op, node);
        node
    }
}
