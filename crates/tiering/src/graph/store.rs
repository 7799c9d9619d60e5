//! The graph's arenas, and how nodes get into them.
//!
//! Nodes, blocks, states and steps lie in lists and are named by index; a node is never moved or freed, it is only in a block or not. Building adds to the end of blocks;
//! [`Graph::finish`] computes the order and the predecessors, and passes that change edges call it again.

use std::fmt;

use unspool_bytecode::Opcode;

use super::ops::Op;
use super::reason::DeoptReason;
use super::state::{FrameFlavor, FrameSlot, FrameState};
use super::types::{Effects, FrameStateId, FunctionRef, Repr, StepId, id};

id!(
    /// A node; prints as `v17`.
    NodeId, "v"
);
id!(
    /// A block; prints as `b3`.
    BlockId, "b"
);

/// The states of a node; see the module's description.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct States {
    /// Before the instruction.
    pub eager: Option<FrameStateId>,
    /// After the instruction.
    pub lazy: Option<FrameStateId>,
    /// As a handler sees it.
    pub catch: Option<FrameStateId>,
}

impl States {
    /// No state.
    pub const NONE: States = States { eager: None, lazy: None, catch: None };
    /// An eager state.
    pub const fn eager(state: FrameStateId) -> States {
        States { eager: Some(state), lazy: None, catch: None }
    }
    /// A lazy state.
    pub const fn lazy(state: FrameStateId) -> States {
        States { eager: None, lazy: Some(state), catch: None }
    }
    /// The states that there are.
    pub fn iter(self) -> impl Iterator<Item = FrameStateId> {
        [self.eager, self.lazy, self.catch].into_iter().flatten()
    }
}

/// An operation with its inputs.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    first: u32,
    count: u32,
    /// Its states.
    pub states: States,
    /// The block it is in.
    pub block: BlockId,
}

/// How a block ends.
#[derive(Clone, PartialEq, Debug)]
pub enum Terminator {
    /// Not built yet; no finished graph has it.
    None,
    /// Goes to a block with the values of its parameters.
    Jump(BlockId, Vec<NodeId>),
    /// Goes to the first block if the Bool is true, otherwise to the second. Both have this block as their only predecessor.
    Branch(NodeId, BlockId, BlockId),
    /// Goes to block `targets[value - base]`, or to `default`. Each has this block as its only predecessor.
    Switch {
        /// An int32.
        value: NodeId,
        /// The value of the first target.
        base: i32,
        /// The targets.
        targets: Vec<BlockId>,
        /// For all other values.
        default: BlockId,
    },
    /// Returns the tagged value.
    Return(NodeId),
    /// Leaves the code before an instruction.
    Deopt(DeoptReason, FrameStateId),
    /// Behind what never returns normally.
    Unreachable,
}

impl Terminator {
    /// The blocks that may follow.
    pub fn successors(&self) -> impl Iterator<Item = BlockId> + '_ {
        let (fixed, list): ([Option<BlockId>; 2], &[BlockId]) = match self {
            Terminator::Jump(to, _) => ([Some(*to), None], &[]),
            Terminator::Branch(_, yes, no) => ([Some(*yes), Some(*no)], &[]),
            Terminator::Switch { targets, default, .. } => ([Some(*default), None], targets),
            _ => ([None, None], &[]),
        };
        fixed.into_iter().flatten().chain(list.iter().copied())
    }
    /// The nodes that it uses (not those of a frame state).
    pub fn inputs(&self) -> &[NodeId] {
        match self {
            Terminator::Jump(_, values) => values,
            Terminator::Branch(value, ..) | Terminator::Switch { value, .. } | Terminator::Return(value) => {
                std::slice::from_ref(value)
            }
            _ => &[],
        }
    }
    /// The nodes that it uses, for replacing.
    pub fn inputs_mut(&mut self) -> &mut [NodeId] {
        match self {
            Terminator::Jump(_, values) => values,
            Terminator::Branch(value, ..) | Terminator::Switch { value, .. } | Terminator::Return(value) => {
                std::slice::from_mut(value)
            }
            _ => &mut [],
        }
    }
}

/// What is known of a loop, at its header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoopInfo {
    /// The block of the back edge, once it is built; a header whose loop never comes back is no header any more.
    pub back_edge: Option<BlockId>,
    /// The function and the offset of the header's instruction.
    pub function: FunctionRef,
    /// The offset of the header's instruction.
    pub offset: u32,
    /// The state before the header's instruction with the values that enter the loop: for checks that a pass moves in front of the
    /// loop. Passes drop it when none of them needs it any more.
    pub entry_state: Option<FrameStateId>,
}

/// Nodes in a row.
#[derive(Clone, Debug)]
pub struct Block {
    /// Phis.
    pub parameters: Vec<NodeId>,
    /// The nodes in order.
    pub nodes: Vec<NodeId>,
    /// How it ends.
    pub terminator: Terminator,
    /// The blocks that lead here. A loop header's first one is the entry.
    pub predecessors: Vec<BlockId>,
    /// Whether it is a loop header.
    pub loop_info: Option<LoopInfo>,
}

/// Does the instruction make an arguments object or the array of a rest parameter?
pub const fn is_arguments_creation(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::CreateMappedArguments | Opcode::CreateUnmappedArguments | Opcode::CreateRestParameter
    )
}

/// An instruction that is executed by the runtime in a frame of its own.
///
/// The node's inputs are the values of `inputs`, in that order; `Closure` and `Context` always come first. The instruction is
/// executed with these in a canonical frame of the function; what it does to the accumulator is the node's value
/// (undefined if it does not write it), what it does to the registers of `outputs` are its `StepOutput`s.
///
/// A `SuspendGenerator` is not executed so: its inputs are the generator, the accumulator, and what lives on behind the resumption, for the
/// interpreter's frame; the node's value goes to whoever started or resumed the activation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Whose instruction.
    pub function: FunctionRef,
    /// Where it is.
    pub offset: u32,
    /// What it is.
    pub opcode: Opcode,
    /// The places of the node's inputs.
    pub inputs: Vec<FrameSlot>,
    /// The local registers that it writes.
    pub outputs: Vec<u32>,
    /// Does the instruction look at the actual arguments? The activation's own argument area serves; where the function is inlined, the
    /// arguments are among the inputs.
    pub reads_arguments: bool,
}

/// A call that was inlined: a node of the inlining tree, whose root is the compiled function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Inlining {
    /// The number of the inlined call that the call is a part of; none if it is one of the compiled function's own.
    pub outer: Option<u32>,
    /// The offset of the instruction that calls.
    pub offset: u32,
    /// What is called.
    pub function: FunctionRef,
    /// What for.
    pub flavor: FrameFlavor,
    /// How many arguments are passed.
    pub arguments: u32,
}

/// A function as the optimizer sees it.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    inputs: Vec<NodeId>,
    blocks: Vec<Block>,
    states: Vec<FrameState>,
    steps: Vec<Step>,
    inlinings: Vec<Inlining>,
    /// The order of blocks for passes and printing: reverse postorder.
    order: Vec<BlockId>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Graph {
        Graph::default()
    }
    /// The entry block.
    pub const ENTRY: BlockId = BlockId(0);

    /// A new block without anything.
    pub fn add_block(&mut self) -> BlockId {
        let block = BlockId(self.blocks.len() as u32);
        self.blocks.push(Block {
            parameters: Vec::new(),
            nodes: Vec::new(),
            terminator: Terminator::None,
            predecessors: Vec::new(),
            loop_info: None,
        });
        block
    }
    /// A new node that is in no block's list yet.
    pub fn add_detached(&mut self, block: BlockId, op: Op, inputs: &[NodeId], states: States) -> NodeId {
        let node = NodeId(self.nodes.len() as u32);
        let first = self.inputs.len() as u32;
        self.inputs.extend_from_slice(inputs);
        self.nodes.push(Node { op, first, count: inputs.len() as u32, states, block });
        node
    }
    /// A new node at the end of a block.
    pub fn add(&mut self, block: BlockId, op: Op, inputs: &[NodeId], states: States) -> NodeId {
        let node = self.add_detached(block, op, inputs, states);
        self.blocks[block.index()].nodes.push(node);
        node
    }
    /// A new parameter of a block. Every jump to it must pass one more value.
    pub fn add_parameter(&mut self, block: BlockId, repr: Repr) -> NodeId {
        let node = self.add_detached(block, Op::Phi { repr }, &[], States::NONE);
        self.blocks[block.index()].parameters.push(node);
        node
    }
    /// Ends a block and enters it as predecessor of those that follow.
    pub fn terminate(&mut self, block: BlockId, terminator: Terminator) {
        debug_assert_eq!(self.blocks[block.index()].terminator, Terminator::None, "{block} ends twice");
        let successors: Vec<BlockId> = terminator.successors().collect();
        for successor in successors {
            self.blocks[successor.index()].predecessors.push(block);
        }
        self.blocks[block.index()].terminator = terminator;
    }
    /// A new frame state.
    pub fn add_state(&mut self, state: FrameState) -> FrameStateId {
        self.states.push(state);
        FrameStateId(self.states.len() as u32 - 1)
    }
    /// A new generic step.
    pub fn add_step(&mut self, step: Step) -> StepId {
        self.steps.push(step);
        StepId(self.steps.len() as u32 - 1)
    }

    /// Notes an inlined call, and gives its number.
    pub fn add_inlining(&mut self, inlining: Inlining) -> u32 {
        let known = self.inlinings.iter().position(|known| *known == inlining);
        known.unwrap_or_else(|| {
            self.inlinings.push(inlining);
            self.inlinings.len() - 1
        }) as u32
    }
    /// The inlined calls.
    pub fn inlinings(&self) -> &[Inlining] {
        &self.inlinings
    }

    /// A node.
    pub fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.index()]
    }
    /// A node, for changing its operation or states.
    pub fn node_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.nodes[node.index()]
    }
    /// A node's operation.
    pub fn op(&self, node: NodeId) -> &Op {
        &self.nodes[node.index()].op
    }
    /// The inputs of a node.
    pub fn inputs(&self, node: NodeId) -> &[NodeId] {
        let node = &self.nodes[node.index()];
        &self.inputs[node.first as usize..][..node.count as usize]
    }
    /// The inputs of a node, for replacing.
    pub fn inputs_mut(&mut self, node: NodeId) -> &mut [NodeId] {
        let node = &self.nodes[node.index()];
        &mut self.inputs[node.first as usize..][..node.count as usize]
    }
    /// Makes a node another operation on other inputs, in its place.
    pub fn replace_op(&mut self, node: NodeId, op: Op, inputs: &[NodeId]) {
        let first = self.inputs.len() as u32;
        self.inputs.extend_from_slice(inputs);
        let node = &mut self.nodes[node.index()];
        (node.op, node.first, node.count) = (op, first, inputs.len() as u32);
        if !node.op.effects().contains(Effects::CanExit) {
            node.states.eager = None;
        }
    }
    /// The representation of a node's value.
    pub fn repr(&self, node: NodeId) -> Repr {
        self.nodes[node.index()].op.output()
    }
    /// A block.
    pub fn block(&self, block: BlockId) -> &Block {
        &self.blocks[block.index()]
    }
    /// A block, for changing.
    pub fn block_mut(&mut self, block: BlockId) -> &mut Block {
        &mut self.blocks[block.index()]
    }
    /// A frame state.
    pub fn state(&self, state: FrameStateId) -> &FrameState {
        &self.states[state.index()]
    }
    /// A frame state, for changing.
    pub fn state_mut(&mut self, state: FrameStateId) -> &mut FrameState {
        &mut self.states[state.index()]
    }
    /// A generic step.
    pub fn step(&self, step: StepId) -> &Step {
        &self.steps[step.index()]
    }
    /// How many nodes were ever made.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }
    /// How many blocks were ever made.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }
    /// How many frame states there are.
    pub fn state_count(&self) -> usize {
        self.states.len()
    }
    /// How many generic steps there are.
    pub fn step_count(&self) -> usize {
        self.steps.len()
    }
    /// The reachable blocks, each behind what dominates it.
    pub fn order(&self) -> &[BlockId] {
        &self.order
    }

    /// Computes the order of blocks, drops blocks that cannot be reached, and removes the edges from them (with the values
    /// they passed). To be called when the graph is built, and after a change of its edges.
    pub fn finish(&mut self) {
        let mut seen = vec![false; self.blocks.len()];
        let mut postorder = Vec::with_capacity(self.blocks.len());
        let mut stack = vec![(Graph::ENTRY, 0usize)];
        seen[Graph::ENTRY.index()] = true;
        while let Some((block, next)) = stack.pop() {
            // Later successors first, so that the order of the text is the order of the code.
            let successors: Vec<BlockId> = self.blocks[block.index()].terminator.successors().collect();
            let count = successors.len();
            if next < count {
                stack.push((block, next + 1));
                let successor = successors[count - 1 - next];
                if !std::mem::replace(&mut seen[successor.index()], true) {
                    stack.push((successor, 0));
                }
            } else {
                postorder.push(block);
            }
        }
        postorder.reverse();
        self.order = postorder;
        for block in &mut self.blocks {
            block.predecessors.retain(|p| seen[p.index()]);
        }
        for (index, block) in self.blocks.iter_mut().enumerate() {
            if let Some(info) = &mut block.loop_info
                && (!seen[index] || info.back_edge.is_none_or(|b| !block.predecessors.contains(&b)))
            {
                block.loop_info = None;
            }
        }
    }

    /// Calls `f` for every use of a node by a live node, terminator or state of the reachable blocks.
    pub fn for_each_use(&mut self, mut f: impl FnMut(&mut NodeId)) {
        let order = std::mem::take(&mut self.order);
        let mut states = vec![false; self.states.len()];
        let mut pending = Vec::new();
        for &block in &order {
            for i in 0..self.blocks[block.index()].nodes.len() {
                let node = self.blocks[block.index()].nodes[i];
                self.inputs_mut(node).iter_mut().for_each(&mut f);
                pending.extend(self.node(node).states.iter());
            }
            pending.extend(self.blocks[block.index()].loop_info.and_then(|info| info.entry_state));
            let terminator = &mut self.blocks[block.index()].terminator;
            terminator.inputs_mut().iter_mut().for_each(&mut f);
            if let Terminator::Deopt(_, state) = terminator {
                pending.push(*state);
            }
            while let Some(state) = pending.pop() {
                if !std::mem::replace(&mut states[state.index()], true) {
                    let state = &mut self.states[state.index()];
                    state.values_mut().for_each(&mut f);
                    pending.extend(state.outer);
                }
            }
        }
        self.order = order;
    }
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print::write(self, &super::print::NoNames, f)
    }
}
