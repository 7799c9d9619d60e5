//! Escape analysis: objects and contexts that only this code knows are not made.
//!
//! An allocation *escapes* if it is used by anything but loads and stores of its fields, checks and changes of its shape, and frame
//! states: an exit is no escape, since the deoptimizer makes the object then. What does not escape is followed through the blocks
//! that its allocation dominates; its fields become values, with phis where ways meet that disagree. Loads become the values,
//! stores go, and each frame state that names the object names a [`Op::CapturedObject`] of its fields at that point instead;
//! the state (with its outer states) is copied for that.
//!
//! Not done: objects that flow into phis, objects in cycles, objects whose shape differs where ways meet. An object that is a field
//! of another is replaced after that other one.
//!
//! Precondition: checks of the types of new objects are folded. Postcondition: an allocation without escaping uses is gone.
//!
//! ```text
//! v2 = AllocateObject sh1 1
//! StoreField 24 Property None v2, v1     =>   v5 = CapturedObject 0 object sh1 1 v1
//! v3 = LoadField 24 Property v2
//! v4: int32 = CheckInt32 v3 [f0]              v4: int32 = CheckInt32 v1 [f1]
//! f0 = … {… r0 v2}                            f1 = … {… r0 v5}
//! ```

use std::collections::HashMap;

use unspool_runtime::cells::Context;
use unspool_values::ObjectHead;

use super::edit::{Replacements, root};
use super::numbering::loop_blocks;
use super::{Facts, Stats};
use crate::graph::{
    BlockId, Captured, Dominators, FrameStateId, Graph, Memory, NodeId, Op, Repr, ShapeRef, States,
    TaggedConst, Terminator,
};

/// Objects with more fields are always made, so that frame states stay small.
const MAX_FIELDS: u32 = 32;

/// Runs the pass.
pub fn run(graph: &mut Graph, facts: &dyn Facts) -> Stats {
    let mut changes = 0;
    loop {
        let candidates: Vec<NodeId> = graph
            .order()
            .iter()
            .flat_map(|block| graph.block(*block).nodes.iter().copied())
            .filter(|node| matches!(graph.op(*node), Op::AllocateObject { .. } | Op::AllocateContext { .. }))
            .collect();
        let before = changes;
        for candidate in candidates {
            if escapes(graph, candidate) {
                continue;
            }
            let mut trial = graph.clone();
            if Replacing::new(&mut trial, candidate, changes).is_some_and(|mut r| r.run(facts)) {
                *graph = trial;
                changes += 1;
            }
        }
        if changes == before {
            return Stats { changes };
        }
    }
}

/// Is the object used by more than accesses and frame states?
fn escapes(graph: &Graph, object: NodeId) -> bool {
    let is_object = |node: NodeId| root(graph, node) == object;
    for &block in graph.order() {
        let data = graph.block(block);
        if data.terminator.inputs().iter().any(|v| is_object(*v)) {
            return true;
        }
        for &node in &data.nodes {
            let inputs = graph.inputs(node);
            if !inputs.iter().any(|v| is_object(*v)) {
                continue;
            }
            let fine = match *graph.op(node) {
                Op::LoadField { offset, memory } => field(graph, object, offset, memory).is_some(),
                Op::StoreField { offset, memory, .. } => {
                    field(graph, object, offset, memory).is_some() && !is_object(inputs[1])
                }
                Op::CheckShape { .. } | Op::TestShape { .. } | Op::StoreShape { .. } => true,
                Op::CheckObject {} | Op::CheckObjectOrNullish {} => {
                    matches!(graph.op(object), Op::AllocateObject { .. })
                }
                Op::CheckNotHole {} | Op::CapturedObject { .. } => true,
                _ => false,
            };
            if !fine {
                return true;
            }
        }
    }
    false
}

/// Which field an access is of; of a context, field 0 is the previous context.
fn field(graph: &Graph, object: NodeId, offset: u32, memory: Memory) -> Option<usize> {
    let slot = |start: usize, count: u32| {
        let distance = (offset as usize).checked_sub(start)?;
        (distance % 8 == 0 && distance / 8 < count as usize).then_some(distance / 8)
    };
    match (*graph.op(object), memory) {
        (Op::AllocateObject { inline_slots, .. }, Memory::Property) => slot(ObjectHead::SIZE, inline_slots),
        (Op::AllocateContext { .. }, Memory::Immutable)
            if offset as usize == std::mem::offset_of!(Context, previous) =>
        {
            Some(0)
        }
        (Op::AllocateContext { length, .. }, Memory::Context) => {
            slot(Context::SLOTS_OFFSET, length).map(|i| i + 1)
        }
        _ => None,
    }
}

/// The object at a point of the code.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Object {
    shape: Option<ShapeRef>,
    fields: Vec<NodeId>,
    /// The node that describes it so for the next node, if there is one.
    captured: Option<NodeId>,
}

struct Replacing<'a> {
    graph: &'a mut Graph,
    object: NodeId,
    number: u32,
    dominators: Dominators,
    at_end: HashMap<BlockId, Object>,
    replacements: Replacements,
    states: HashMap<(FrameStateId, NodeId), FrameStateId>,
    /// Parameters of loop headers, by block and field, whose values from the back edge are still to come.
    open: Vec<(BlockId, BlockId, Vec<usize>)>,
}

impl<'a> Replacing<'a> {
    fn new(graph: &'a mut Graph, object: NodeId, number: u32) -> Option<Replacing<'a>> {
        let count = match *graph.op(object) {
            Op::AllocateObject { inline_slots, .. } => inline_slots,
            Op::AllocateContext { length, .. } => length,
            _ => return None,
        };
        // Numbers are never used twice, also when the pass runs again.
        let used = (0..graph.node_count() as u32).filter_map(|n| match *graph.op(NodeId(n)) {
            Op::CapturedObject { object, .. } => Some(object + 1),
            _ => None,
        });
        let number = number.max(used.max().unwrap_or(0));
        (count <= MAX_FIELDS).then(|| Replacing {
            dominators: Dominators::compute(graph),
            graph,
            object,
            number,
            at_end: HashMap::new(),
            replacements: Replacements::default(),
            states: HashMap::new(),
            open: Vec::new(),
        })
    }

    /// Whether it could be done; otherwise the graph is spoiled.
    fn run(&mut self, facts: &dyn Facts) -> bool {
        let home = self.graph.node(self.object).block;
        for block in self.graph.order().to_vec() {
            if self.dominators.dominates(home, block) && !self.block(block, block == home, facts) {
                return false;
            }
        }
        for (header, back, fields) in std::mem::take(&mut self.open) {
            let Some(end) = self.at_end.get(&back).cloned() else { return false };
            if self.at_end.get(&header).is_none_or(|o| o.shape != end.shape) {
                return false;
            }
            let passed = fields.into_iter().map(|f| end.fields[f]).collect::<Vec<_>>();
            self.pass(back, &passed);
        }
        self.replacements.apply(self.graph);
        let object = self.object;
        let graph = &mut *self.graph;
        for block in graph.order().to_vec() {
            let is_gone = |node: NodeId| root(graph, node) == object;
            let gone: Vec<NodeId> =
                graph.block(block).nodes.iter().copied().filter(|n| is_gone(*n)).collect();
            graph.block_mut(block).nodes.retain(|node| !gone.contains(node));
        }
        true
    }

    fn pass(&mut self, from: BlockId, values: &[NodeId]) {
        if let Terminator::Jump(_, list) = &mut self.graph.block_mut(from).terminator {
            list.extend_from_slice(values);
        }
    }

    /// What reaches a block, with phis where that differs.
    fn at_start(&mut self, block: BlockId) -> Option<Object> {
        let data = self.graph.block(block);
        let back = data.loop_info.and_then(|info| info.back_edge);
        let entries: Vec<BlockId> = data.predecessors.iter().copied().filter(|p| Some(*p) != back).collect();
        let reaching: Option<Vec<Object>> = entries.iter().map(|p| self.at_end.get(p).cloned()).collect();
        let reaching = reaching?;
        let mut object = reaching.first()?.clone();
        object.captured = None;
        if reaching.iter().any(|o| o.shape != object.shape) {
            return None;
        }
        let mut differing: Vec<usize> = (0..object.fields.len())
            .filter(|f| reaching.iter().any(|o| o.fields[*f] != object.fields[*f]))
            .collect();
        if let Some(back) = back {
            let stored = self.stored_in_loop(block, back)?;
            differing.extend(stored);
            differing.sort_unstable();
            differing.dedup();
        }
        for (entry, from) in entries.iter().zip(&reaching) {
            let values: Vec<NodeId> = differing.iter().map(|f| from.fields[*f]).collect();
            self.pass(*entry, &values);
        }
        for &f in &differing {
            object.fields[f] = self.graph.add_parameter(block, Repr::Tagged);
        }
        if let Some(back) = back {
            self.open.push((block, back, differing));
        }
        Some(object)
    }

    /// The fields that a loop stores into; none if it changes the shape.
    fn stored_in_loop(&self, header: BlockId, back: BlockId) -> Option<Vec<usize>> {
        let mut stored = Vec::new();
        for block in loop_blocks(self.graph, header, back) {
            for &node in &self.graph.block(block).nodes {
                let is_object = |i: usize| {
                    self.graph.inputs(node).get(i).is_some_and(|v| root(self.graph, *v) == self.object)
                };
                match *self.graph.op(node) {
                    Op::StoreField { offset, memory, .. } if is_object(0) => {
                        stored.push(field(self.graph, self.object, offset, memory)?);
                    }
                    Op::StoreShape { .. } if is_object(0) => return None,
                    _ => {}
                }
            }
        }
        Some(stored)
    }

    fn block(&mut self, block: BlockId, is_home: bool, facts: &dyn Facts) -> bool {
        let mut object = None;
        if !is_home {
            object = self.at_start(block);
            if object.is_none() {
                return false;
            }
        }
        let nodes = std::mem::take(&mut self.graph.block_mut(block).nodes);
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            if node == self.object {
                object = self.made(block, &mut out, facts);
                if object.is_none() {
                    return false;
                }
                out.push(node);
                continue;
            }
            let Some(current) = &mut object else {
                out.push(node);
                continue;
            };
            match self.node(block, node, current, &mut out) {
                Some(true) => out.push(node),
                Some(false) => {}
                None => return false,
            }
            // What a state names must be as it is there, also what its fields name: the next node gets its own.
            if !matches!(self.graph.op(node), Op::CapturedObject { .. }) {
                current.captured = None;
            }
        }
        self.graph.block_mut(block).nodes = out;
        let Some(mut object) = object else { return true };
        let mut out = Vec::new();
        if let Terminator::Deopt(reason, state) = self.graph.block(block).terminator {
            let state = self.state(block, state, &mut object, &mut out);
            self.graph.block_mut(block).terminator = Terminator::Deopt(reason, state);
        }
        // The state of a loop's entry stands behind what enters the loop.
        let next = self.graph.block(block).terminator.successors().next();
        if let Some(header) = next
            && let Some(info) = self.graph.block(header).loop_info
            && let Some(state) = info.entry_state
            && info.back_edge != Some(block)
        {
            let is_only = self.graph.block(header).predecessors.len() == 2;
            let state = is_only.then(|| self.state(block, state, &mut object, &mut out));
            if let Some(info) = &mut self.graph.block_mut(header).loop_info {
                info.entry_state = state;
            }
        }
        self.graph.block_mut(block).nodes.extend(out);
        self.at_end.insert(block, object);
        true
    }

    /// The object as it is allocated.
    fn made(&mut self, block: BlockId, out: &mut Vec<NodeId>, facts: &dyn Facts) -> Option<Object> {
        let mut constant = |graph: &mut Graph, value| {
            let node = graph.add_detached(block, Op::ConstTagged { value }, &[], States::NONE);
            out.push(node);
            node
        };
        match *self.graph.op(self.object) {
            Op::AllocateObject { shape, inline_slots } => {
                let undefined = constant(self.graph, TaggedConst::UNDEFINED);
                let fields = vec![undefined; inline_slots as usize];
                Some(Object { shape: Some(shape), fields, captured: None })
            }
            Op::AllocateContext { function, scope, length } => {
                let mut fields = vec![self.graph.inputs(self.object)[0]];
                for slot in 0..length {
                    let value = facts.context_slot(function, scope, slot)?;
                    fields.push(constant(self.graph, value));
                }
                Some(Object { shape: None, fields, captured: None })
            }
            _ => None,
        }
    }

    /// Whether the node stays.
    fn node(
        &mut self,
        block: BlockId,
        node: NodeId,
        object: &mut Object,
        out: &mut Vec<NodeId>,
    ) -> Option<bool> {
        let op = *self.graph.op(node);
        let is_base = self.graph.inputs(node).first().is_some_and(|v| root(self.graph, *v) == self.object);
        if let Op::CapturedObject { .. } = op {
            self.capture_inputs(block, node, object, out);
            return Some(true);
        }
        if is_base {
            match op {
                Op::LoadField { offset, memory } => {
                    let value = object.fields[field(self.graph, self.object, offset, memory)?];
                    self.replacements.insert(node, value);
                    return Some(false);
                }
                Op::StoreField { offset, memory, .. } => {
                    let value = self.replacements.resolve(self.graph.inputs(node)[1]);
                    object.fields[field(self.graph, self.object, offset, memory)?] = value;
                    object.captured = None;
                    return Some(false);
                }
                Op::StoreShape { shape } => {
                    object.shape = Some(shape);
                    object.captured = None;
                    return Some(false);
                }
                Op::TestShape { shapes } => {
                    let value = shapes.as_slice().contains(&object.shape?);
                    self.graph.replace_op(node, Op::ConstBool { value }, &[]);
                    return Some(true);
                }
                // A check that fails needs the object.
                Op::CheckShape { shapes, .. } if !shapes.as_slice().contains(&object.shape?) => return None,
                // The others pass; the check goes with the object, when nothing names it any more.
                _ => return Some(false),
            }
        }
        let mut states = self.graph.node(node).states;
        for state in [&mut states.eager, &mut states.lazy, &mut states.catch].into_iter().flatten() {
            *state = self.state(block, *state, object, out);
        }
        self.graph.node_mut(node).states = states;
        Some(true)
    }

    /// The object's description here, for the fields of another one.
    fn capture_inputs(&mut self, block: BlockId, node: NodeId, object: &mut Object, out: &mut Vec<NodeId>) {
        for i in 0..self.graph.inputs(node).len() {
            if root(self.graph, self.graph.inputs(node)[i]) == self.object {
                let captured = self.captured(block, object, out);
                self.graph.inputs_mut(node)[i] = captured;
            }
        }
    }

    fn captured(&mut self, block: BlockId, object: &mut Object, out: &mut Vec<NodeId>) -> NodeId {
        if let Some(known) = object.captured {
            return known;
        }
        let of = match (*self.graph.op(self.object), object.shape) {
            (Op::AllocateContext { function, scope, length }, _) => {
                Captured::Context { function, scope, length }
            }
            (_, shape) => Captured::Object {
                shape: shape.unwrap_or(ShapeRef(0)),
                inline_slots: object.fields.len() as u32,
            },
        };
        let op = Op::CapturedObject { object: self.number, of };
        let node = self.graph.add_detached(block, op, &object.fields, States::NONE);
        out.push(node);
        object.captured = Some(node);
        node
    }

    /// The state with the object described as it is now.
    fn state(
        &mut self,
        block: BlockId,
        state: FrameStateId,
        object: &mut Object,
        out: &mut Vec<NodeId>,
    ) -> FrameStateId {
        if !self.names(state) {
            return state;
        }
        let captured = self.captured(block, object, out);
        self.copy(state, captured)
    }

    fn names(&self, state: FrameStateId) -> bool {
        let mut next = Some(state);
        while let Some(id) = next {
            let state = self.graph.state(id);
            if state.values().any(|(_, value)| root(self.graph, value) == self.object) {
                return true;
            }
            next = state.outer;
        }
        false
    }

    fn copy(&mut self, state: FrameStateId, captured: NodeId) -> FrameStateId {
        if let Some(&known) = self.states.get(&(state, captured)) {
            return known;
        }
        let mut copy = self.graph.state(state).clone();
        copy.outer = copy.outer.map(|outer| self.copy(outer, captured));
        for value in copy.values_mut() {
            if root(self.graph, *value) == self.object {
                *value = captured;
            }
        }
        let new = self.graph.add_state(copy);
        self.states.insert((state, captured), new);
        new
    }
}
