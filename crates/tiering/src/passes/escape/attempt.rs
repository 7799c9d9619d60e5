//! One attempt: the walk over the blocks in their order, with the memory of virtual objects.
//!
//! Each node is kept, replaced by a value, or dropped because what it does happens in the memory alone (`Fate`). The walk assumes that nothing escapes but what
//! `Refused` says; where that turns out wrong it notes the object and goes on, to find as much as it can, and the graph is thrown away.

use std::collections::{HashMap, HashSet};
use std::mem::offset_of;

use unspool_runtime::cells::Array;
use unspool_values::ObjectHead;

use super::memory::{Class, Fields, Kind, Memory, Virtual};
use super::merge::Open;
use super::{MAX_FIELDS, Refused, is_allocation};
use crate::graph::{
    BlockId, FrameStateId, Graph, Helper, Memory as MemoryClass, NodeId, Op, TaggedConst, Terminator, Types,
};
use crate::passes::Facts;
use crate::passes::edit::{Replacements, is_refinement, replace_terminator, retain_parameters, root};
use crate::passes::fold::{Folded, Folder};

/// What becomes of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Stays,
    Goes,
}

/// An attempt on a copy of the graph.
pub(super) struct Attempt<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) facts: &'a dyn Facts,
    pub(super) refused: &'a Refused,
    /// What turned out not to be virtual.
    found: Refused,
    pub(super) objects: Vec<Virtual>,
    /// Objects by the node that stands for them.
    by_node: HashMap<NodeId, usize>,
    /// Pointers to the elements of virtual arrays.
    elements: HashMap<NodeId, usize>,
    /// Pointers to the out-of-line slots of virtual objects.
    slots: HashMap<NodeId, usize>,
    /// The code goes on in a frame of the interpreter, whose arguments may not be those of the call any more.
    pub(super) in_place: bool,
    /// The objects at the point of the walk.
    pub(super) memory: Memory,
    /// The objects at the end of each block that can be reached.
    pub(super) at_end: HashMap<BlockId, Memory>,
    /// The objects at the start of loops.
    pub(super) headers: HashMap<BlockId, Memory>,
    pub(super) open: Vec<Open>,
    /// Which way the branches at the end of blocks go, where that is known.
    decided: HashMap<BlockId, BlockId>,
    pub(super) replacements: Replacements,
    /// Nodes that go with their objects.
    gone: HashSet<NodeId>,
    pub(super) block: BlockId,
    pub(super) out: Vec<NodeId>,
    /// Descriptions and states that are good for the next node; forgotten when an object changes, and at the end of a block.
    pub(super) captured: HashMap<usize, NodeId>,
    pub(super) states: HashMap<FrameStateId, FrameStateId>,
    /// The number of the first object in the graph's text.
    pub(super) first_number: u32,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(graph: &'a mut Graph, facts: &'a dyn Facts, refused: &'a Refused) -> Attempt<'a> {
        // Numbers are never used twice, also when the pass runs again.
        let used = (0..graph.node_count() as u32).filter_map(|n| match *graph.op(NodeId(n)) {
            Op::CapturedObject { object, .. } => Some(object + 1),
            _ => None,
        });
        let first_number = used.max().unwrap_or(0);
        let entry = &graph.block(Graph::ENTRY).nodes;
        let in_place = entry.iter().any(|node| matches!(graph.op(*node), Op::OsrValue { .. }));
        Attempt {
            graph,
            facts,
            refused,
            found: Refused::default(),
            objects: Vec::new(),
            by_node: HashMap::new(),
            elements: HashMap::new(),
            slots: HashMap::new(),
            in_place,
            memory: Memory::new(),
            at_end: HashMap::new(),
            headers: HashMap::new(),
            open: Vec::new(),
            decided: HashMap::new(),
            replacements: Replacements::default(),
            gone: HashSet::new(),
            block: Graph::ENTRY,
            out: Vec::new(),
            captured: HashMap::new(),
            states: HashMap::new(),
            first_number,
        }
    }

    /// Walks the graph. It is spoiled if something was found to escape.
    pub(super) fn run(&mut self) {
        for block in self.graph.order().to_vec() {
            self.block(block);
        }
        self.close_loops();
    }

    /// What escaped, and how many objects and phis of objects there are.
    pub(super) fn finish(mut self) -> (Refused, u32) {
        let changes = self.objects.len() as u32;
        if self.found.objects.is_empty() && self.found.phis.is_empty() {
            self.clean();
        }
        (self.found, changes)
    }

    fn clean(&mut self) {
        let gone = &self.gone;
        for block in self.graph.order().to_vec() {
            retain_parameters(self.graph, block, |parameter| !gone.contains(&parameter));
        }
        self.replacements.apply(self.graph);
        for block in self.graph.order().to_vec() {
            self.graph.block_mut(block).nodes.retain(|node| !gone.contains(node));
        }
        if !self.decided.is_empty() {
            for (block, to) in self.decided.clone() {
                replace_terminator(self.graph, block, Terminator::Jump(to, Vec::new()));
            }
            self.graph.finish();
        }
    }

    /// The virtual object that a value is.
    pub(super) fn object(&self, value: NodeId) -> Option<usize> {
        self.by_node.get(&self.replacements.resolve(value)).copied()
    }

    pub(super) fn new_object(&mut self, new: Virtual) -> usize {
        let object = self.objects.len();
        self.by_node.insert(new.node, object);
        self.gone.insert(new.node);
        self.objects.push(new);
        object
    }

    /// The object must be made.
    pub(super) fn escape(&mut self, object: usize) {
        let Virtual { node, kind, .. } = self.objects[object].clone();
        match kind {
            Kind::Made => {
                self.found.objects.insert(node);
            }
            Kind::Phi => {
                self.found.phis.insert(node);
            }
            // The next attempt makes its phis anew.
            Kind::Field(parts) => parts.into_iter().for_each(|part| self.escape(part)),
        }
    }

    /// Can control go from a block to another that it leads to?
    pub(super) fn leads(&self, from: BlockId, to: BlockId) -> bool {
        self.at_end.contains_key(&from) && self.decided.get(&from).is_none_or(|decided| *decided == to)
    }

    /// What is known of objects has changed.
    pub(super) fn changed(&mut self) {
        self.captured.clear();
        self.states.clear();
    }

    fn block(&mut self, block: BlockId) {
        let memory = if block == Graph::ENTRY { Some(Memory::new()) } else { self.at_start(block) };
        let Some(memory) = memory else { return };
        if self.graph.block(block).loop_info.is_some() {
            self.headers.insert(block, memory.clone());
        }
        self.memory = memory;
        self.block = block;
        self.changed();
        for node in std::mem::take(&mut self.graph.block_mut(block).nodes) {
            // What is not done does not throw.
            if let Op::Threw {} = self.graph.op(node)
                && let call = self.graph.inputs(node)[0]
                && (self.gone.contains(&call) || self.replacements.contains(call))
            {
                self.becomes(node, Op::ConstBool { value: false });
                self.gone.insert(node);
                continue;
            }
            let mut is_new = false;
            for i in 0..self.graph.inputs(node).len() {
                let old = self.graph.inputs(node)[i];
                let input = self.replacements.resolve(old);
                is_new |= input != old;
                self.graph.inputs_mut(node)[i] = input;
            }
            let fate = match is_new {
                true => self.folded(node).unwrap_or_else(|| self.node(node)),
                false => self.node(node),
            };
            if fate == Fate::Stays {
                self.states_of(node);
                self.out.push(node);
            } else {
                self.gone.insert(node);
            }
        }
        self.end(block);
        let out = std::mem::take(&mut self.out);
        self.graph.block_mut(block).nodes = out;
        self.at_end.insert(block, std::mem::take(&mut self.memory));
    }

    /// What a node is that got other inputs, if that is something simpler: so an index is a constant because it was the field of an object.
    fn folded(&mut self, node: NodeId) -> Option<Fate> {
        let inputs = self.graph.inputs(node).to_vec();
        if inputs.iter().any(|input| self.object(*input).is_some()) {
            return None;
        }
        let types = inputs.first().map_or(Types::ANY, |input| Types::of_node(self.graph, *input));
        let op = match *self.graph.op(node) {
            Op::CheckInt32 {} if types.is(Types::INT32) => Op::UntagInt32 {},
            Op::CheckFloat64 {} if types.is(Types::NUMBER) => Op::UntagFloat64 {},
            Op::CheckBool {} if types.is(Types::BOOLEAN) => Op::UntagBool {},
            op => op,
        };
        let mut folder = Folder { graph: self.graph, block: self.block, out: &mut self.out };
        match folder.fold(op, &inputs)? {
            Folded::Value(value) => Some(self.is(node, value)),
            Folded::Op(op, inputs) if op.effects().is_pure() => {
                let value = self.add(op, &inputs);
                Some(self.is(node, value))
            }
            Folded::Passes => Some(Fate::Goes),
            Folded::Op(..) | Folded::Fails => None,
        }
    }

    fn states_of(&mut self, node: NodeId) {
        let mut states = self.graph.node(node).states;
        for state in [&mut states.eager, &mut states.lazy, &mut states.catch].into_iter().flatten() {
            *state = self.state(*state);
        }
        self.graph.node_mut(node).states = states;
    }

    fn end(&mut self, block: BlockId) {
        match self.graph.block(block).terminator {
            Terminator::Deopt(reason, state) => {
                let state = self.state(state);
                self.graph.block_mut(block).terminator = Terminator::Deopt(reason, state);
            }
            Terminator::Branch(condition, yes, no) => {
                let condition = self.replacements.resolve(condition);
                self.escape_if_virtual(condition);
                if let Op::ConstBool { value } = *self.graph.op(condition) {
                    self.decided.insert(block, if value { yes } else { no });
                }
            }
            Terminator::Return(value) => self.escape_if_virtual(value),
            _ => {}
        }
        // The state of a loop's entry stands behind what enters the loop.
        let next = self.graph.block(block).terminator.successors().next();
        if let Some(header) = next
            && let Some(info) = self.graph.block(header).loop_info
            && let Some(state) = info.entry_state
            && info.back_edge != Some(block)
        {
            let is_only = self.graph.block(header).predecessors.len() == 2;
            let state = is_only.then(|| self.state(state));
            if let Some(info) = &mut self.graph.block_mut(header).loop_info {
                info.entry_state = state;
            }
        }
    }

    fn escape_if_virtual(&mut self, value: NodeId) {
        if let Some(object) = self.object(value) {
            self.escape(object);
        }
    }

    /// The fields of an object that is there.
    pub(super) fn fields(&mut self, object: usize) -> Option<&mut Fields> {
        if self.memory[object].is_none() {
            self.escape(object);
        }
        self.memory[object].as_mut()
    }

    fn node(&mut self, node: NodeId) -> Fate {
        let op = *self.graph.op(node);
        let inputs = self.graph.inputs(node).to_vec();
        if let Some(&pointer) = inputs.first()
            && let Some(&array) = self.elements.get(&pointer)
        {
            return self.elements_access(node, op, &inputs, array);
        }
        if let Some(&pointer) = inputs.first()
            && let Some(&object) = self.slots.get(&pointer)
        {
            return self.slot_access(node, op, &inputs, object);
        }
        if is_allocation(self.graph, node)
            && !self.refused.objects.contains(&node)
            && let Some((class, fields)) = self.made(op, &inputs)
        {
            let object = self.new_object(Virtual { class, node, kind: Kind::Made });
            self.memory.resize(self.objects.len(), None);
            self.memory[object] = Some(fields);
            self.changed();
            return Fate::Goes;
        }
        if let Some(base) = inputs.first().and_then(|base| self.object(*base))
            && let Some(fate) = self.access(node, op, &inputs, base)
        {
            return fate;
        }
        match op {
            Op::TaggedEqual {} if inputs.iter().any(|input| self.object(*input).is_some()) => {
                let (a, b) = (self.object(inputs[0]), self.object(inputs[1]));
                for object in [a, b].into_iter().flatten() {
                    self.fields(object);
                }
                return self.becomes(node, Op::ConstBool { value: a == b });
            }
            Op::ConstructResult {} if self.object(inputs[1]).is_some() => {
                let types = Types::of_node(self.graph, root(self.graph, inputs[0]));
                if types.and(Types::OBJECT).is_empty() {
                    return self.is(node, inputs[1]);
                }
            }
            Op::Int32Compare { condition } => {
                if let Some((a, b)) = self.int32(inputs[0]).zip(self.int32(inputs[1])) {
                    return self.becomes(node, Op::ConstBool { value: condition.of(a, b) });
                }
            }
            Op::CheckBounds {} => {
                if let Some((index, length)) = self.int32(inputs[0]).zip(self.int32(inputs[1]))
                    && (index as u32) < length as u32
                {
                    return self.is(node, inputs[0]);
                }
            }
            _ => {}
        }
        for input in inputs {
            self.escape_if_virtual(input);
        }
        Fate::Stays
    }

    pub(super) fn int32(&self, node: NodeId) -> Option<i32> {
        match *self.graph.op(self.replacements.resolve(node)) {
            Op::ConstInt32 { value } => Some(value),
            _ => None,
        }
    }

    /// The value stands for the node from now on.
    pub(super) fn is(&mut self, node: NodeId, value: NodeId) -> Fate {
        self.replacements.insert(node, value);
        Fate::Goes
    }

    /// A constant stands for the node.
    pub(super) fn becomes(&mut self, node: NodeId, op: Op) -> Fate {
        let constant = self.add(op, &[]);
        self.is(node, constant)
    }

    /// A new object as it is allocated; none if it cannot be virtual.
    fn made(&mut self, op: Op, inputs: &[NodeId]) -> Option<(Class, Fields)> {
        match op {
            Op::AllocateObject { shape, inline_slots } if inline_slots as usize <= MAX_FIELDS => {
                let undefined = self.constant(TaggedConst::UNDEFINED);
                let values = vec![undefined; inline_slots as usize];
                Some((Class::Object { inline: inline_slots }, Fields { shape: Some(shape), values }))
            }
            Op::AllocateArray { shape } => {
                Some((Class::Array, Fields { shape: Some(shape), values: Vec::new() }))
            }
            Op::AllocateContext { function, scope, length } if (length as usize) < MAX_FIELDS => {
                let facts = self.facts;
                let slots: Option<Vec<TaggedConst>> =
                    (0..length).map(|slot| facts.context_slot(function, scope, slot)).collect();
                let mut values = vec![inputs[0]];
                for slot in slots? {
                    values.push(self.constant(slot));
                }
                Some((Class::Context { function, scope }, Fields { shape: None, values }))
            }
            Op::CallHelper { helper: Helper::CloneLiteral } => {
                let Op::ConstTagged { value: TaggedConst::Cell(cell) } = *self.graph.op(inputs[0]) else {
                    return None;
                };
                let (shape, values) = self.facts.boilerplate(cell)?;
                let values = values.iter().map(|value| self.constant(*value)).collect();
                Some((Class::Array, Fields { shape: Some(shape), values }))
            }
            Op::CallHelper { helper: Helper::CreateClosure } => {
                let cell = |node: NodeId| match *self.graph.op(node) {
                    Op::ConstTagged { value: TaggedConst::Cell(cell) } => Some(cell),
                    _ => None,
                };
                let (template, feedback) = (cell(inputs[0])?, cell(inputs[2])?);
                Some((Class::Closure { template, feedback }, Fields { shape: None, values: vec![inputs[1]] }))
            }
            Op::GenericStep { step, .. } => self.made_arguments(step, inputs),
            Op::CallHelper { helper: Helper::CloneContext } => {
                let source = self.object(inputs[0])?;
                let fields = self.fields(source)?.clone();
                Some((self.objects[source].class, fields))
            }
            _ => None,
        }
    }

    pub(super) fn constant(&mut self, value: TaggedConst) -> NodeId {
        self.add(Op::ConstTagged { value }, &[])
    }

    /// An operation whose first input is a virtual object; none if it is not one of those that go without it.
    fn access(&mut self, node: NodeId, op: Op, inputs: &[NodeId], base: usize) -> Option<Fate> {
        let class = self.objects[base].class;
        let fields = self.fields(base)?;
        let count = fields.values.len();
        let shape = fields.shape;
        let types = class.types();
        Some(match op {
            Op::LoadField { offset, memory } => {
                let value = fields.values[class.field(offset, memory, count)?];
                self.is(node, value)
            }
            Op::LoadFunctionContext {} if matches!(class, Class::Closure { .. }) => {
                let value = fields.values[0];
                self.is(node, value)
            }
            Op::StoreField { offset, memory, .. } => {
                fields.values[class.field(offset, memory, count)?] = inputs[1];
                self.changed();
                Fate::Goes
            }
            // Nobody relies on what is in it.
            Op::NoteAssignment { .. } => Fate::Goes,
            Op::StoreShape { shape: new } if shape.is_some() => {
                fields.shape = Some(new);
                self.changed();
                Fate::Goes
            }
            Op::TestShape { shapes } => {
                let value = shapes.as_slice().contains(&shape?);
                self.becomes(node, Op::ConstBool { value })
            }
            // A check that fails needs the object.
            Op::CheckShape { shapes, .. } if !shapes.as_slice().contains(&shape?) => return None,
            Op::CheckFeedbackCell { cell } if !matches!(class, Class::Closure { feedback, .. } if feedback == cell) =>
            {
                return None;
            }
            Op::CheckValue { .. } | Op::CheckString {} | Op::CheckSymbol {} | Op::CheckBigInt {} => {
                return None;
            }
            Op::CheckObject {} | Op::CheckObjectOrNullish {} if !types.is(Types::OBJECT) => return None,
            op if is_refinement(&op) => self.is(node, self.objects[base].node),
            Op::HoleToUndefined {} => self.is(node, self.objects[base].node),
            Op::ConstructResult {} if types.is(Types::OBJECT) => self.is(node, self.objects[base].node),
            Op::ToBoolean {} if types.is(Types::OBJECT) => self.becomes(node, Op::ConstBool { value: true }),
            Op::TestTagged { test } => {
                let wanted = Types::of_test(test);
                if !types.is(wanted) && !types.and(wanted).is_empty() {
                    return None;
                }
                self.becomes(node, Op::ConstBool { value: types.is(wanted) })
            }
            Op::LoadUint32 { offset, memory: MemoryClass::ArrayLength }
                if class == Class::Array && offset as usize == offset_of!(Array, length) =>
            {
                let length = self.add(Op::ConstInt32 { value: count as i32 }, &[]);
                let length = self.add(Op::Int32AsUint32 {}, &[length]);
                self.is(node, length)
            }
            Op::LoadUint32 { offset, memory: MemoryClass::ArrayLength }
                if let Class::FrameRest { formals } = class
                    && offset as usize == offset_of!(Array, length) =>
            {
                let length = self.frame_length(formals);
                let length = self.add(Op::Int32AsUint32 {}, &[length]);
                self.is(node, length)
            }
            Op::LoadPointer { offset, memory: MemoryClass::ElementsPointer }
                if (class.elements().is_some() || class.frame_elements().is_some())
                    && offset as usize == ObjectHead::ELEMENTS_OFFSET =>
            {
                self.elements.insert(node, base);
                self.gone.insert(node);
                Fate::Goes
            }
            Op::LoadPointer { offset, memory: MemoryClass::SlotsPointer }
                if class.has_slots() && offset as usize == ObjectHead::SLOTS_OFFSET =>
            {
                self.slots.insert(node, base);
                self.gone.insert(node);
                Fate::Goes
            }
            Op::EnsureSlots { count: slots } if let Class::Object { inline } = class => {
                let needed = (inline + slots) as usize;
                if needed > MAX_FIELDS {
                    return None;
                }
                let undefined = self.constant(TaggedConst::UNDEFINED);
                let values = &mut self.fields(base)?.values;
                if values.len() < needed {
                    values.resize(needed, undefined);
                }
                self.changed();
                self.slots.insert(node, base);
                self.gone.insert(node);
                Fate::Goes
            }
            Op::CallHelper {
                helper: helper @ (Helper::GetKeyed | Helper::SetKeyedSloppy | Helper::SetKeyedStrict),
            } => return self.keyed_access(node, helper, inputs, base),
            Op::AppendElement { is_array: true }
                if class == Class::Array
                    && count < MAX_FIELDS
                    && self.int32(inputs[1]) == Some(count as i32) =>
            {
                self.fields(base)?.values.push(inputs[2]);
                self.changed();
                Fate::Goes
            }
            _ => return None,
        })
    }

    /// An access by way of the slots pointer of a virtual object.
    fn slot_access(&mut self, node: NodeId, op: Op, inputs: &[NodeId], object: usize) -> Fate {
        let class = self.objects[object].class;
        if let Some(fields) = self.fields(object) {
            let count = fields.values.len();
            let field = |index| class.slot(index).filter(|field| *field < count);
            match op {
                Op::LoadSlot { index } if let Some(field) = field(index) => {
                    let value = fields.values[field];
                    return self.is(node, value);
                }
                Op::StoreSlot { index, .. } if let Some(field) = field(index) => {
                    fields.values[field] = inputs[1];
                    self.changed();
                    return Fate::Goes;
                }
                _ => self.escape(object),
            }
        }
        Fate::Stays
    }

    /// An access by way of the elements pointer of a virtual array.
    fn elements_access(&mut self, node: NodeId, op: Op, inputs: &[NodeId], array: usize) -> Fate {
        let class = self.objects[array].class;
        if let Some(first) = class.frame_elements() {
            return self.frame_access(node, op, inputs, array, first);
        }
        let start = class.elements().unwrap_or(0);
        let index = inputs.get(1).and_then(|index| self.int32(*index));
        let Some(fields) = self.fields(array) else { return Fate::Stays };
        let count = fields.values.len() - start;
        let at = index.filter(|index| (*index as u32) < count as u32).map(|index| index as usize + start);
        match (op, at) {
            (Op::LoadElementsLength {}, _) => self.becomes(node, Op::ConstInt32 { value: count as i32 }),
            (Op::LoadElement {}, Some(at)) => {
                let value = fields.values[at];
                self.is(node, value)
            }
            (Op::LoadElementOrUndefined {}, None) if index.is_some_and(|index| index >= 0) => {
                self.becomes(node, Op::ConstTagged { value: TaggedConst::UNDEFINED })
            }
            (Op::LoadElementOrUndefined {}, Some(at)) => {
                let value = fields.values[at];
                let value = self.add(Op::HoleToUndefined {}, &[value]);
                self.is(node, value)
            }
            // A mapped element is none of the dense ones.
            (Op::StoreElement { .. }, Some(at)) if !self.is_mapped(class, at - start) => {
                if let Some(fields) = self.fields(array) {
                    fields.values[at] = inputs[2];
                }
                self.changed();
                Fate::Goes
            }
            _ => {
                self.escape(array);
                Fate::Stays
            }
        }
    }
}
