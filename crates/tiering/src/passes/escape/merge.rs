//! Where ways meet: which objects reach a block, and which of its phis are objects themselves.
//!
//! Fields that disagree become parameters of the block. At a loop header the back edges are not known yet: whatever the loop may write gets a parameter, and is closed
//! when the walk is over; what the back edge then brings of another class escapes.

use std::collections::{HashMap, HashSet};

use super::attempt::Attempt;
use super::is_allocation;
use super::memory::{Fields, Kind, Memory, Virtual};
use crate::graph::{BlockId, Helper, NodeId, Op, Repr, Terminator};
use crate::passes::edit::root;
use crate::passes::numbering::loop_blocks;

/// A parameter of a loop header whose value from the back edge is still to come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pending {
    /// The field of an object.
    Field { object: usize, field: usize },
    /// A field of what the phi `object` stands for next time.
    Next { object: usize, field: usize },
}

/// A loop header with its new parameters, in their order.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) header: BlockId,
    pub(super) back: BlockId,
    pub(super) pending: Vec<Pending>,
    /// Phis that are objects, with the place of their values in the jump.
    pub(super) phis: Vec<(usize, usize)>,
}

/// What happens to objects where ways meet.
#[derive(Default)]
struct Meeting {
    /// Objects with the phi that they moved into.
    moved: HashMap<usize, NodeId>,
    /// Phis that are objects, by the values that come.
    known: HashMap<Vec<NodeId>, NodeId>,
    /// Phis whose fields are still to be found, with what moved into them.
    made: Vec<(usize, Vec<usize>)>,
}

impl Attempt<'_> {
    /// The objects at the start of a block; none if the block cannot be reached.
    pub(super) fn at_start(&mut self, block: BlockId) -> Option<Memory> {
        let data = self.graph.block(block);
        let back = data.loop_info.and_then(|info| info.back_edge);
        let entries: Vec<BlockId> =
            data.predecessors.iter().copied().filter(|p| Some(*p) != back && self.leads(*p, block)).collect();
        if entries.is_empty() {
            return None;
        }
        let parameters = data.parameters.clone();
        let mut open =
            Open { header: block, back: back.unwrap_or(block), pending: Vec::new(), phis: Vec::new() };
        // Which phis are objects, and what moves into them.
        let mut meeting = Meeting::default();
        for (index, &phi) in parameters.iter().enumerate() {
            let values: Vec<NodeId> = entries.iter().map(|entry| self.passed(*entry, index)).collect();
            let objects: Vec<Option<usize>> = values.iter().map(|value| self.object(*value)).collect();
            if objects.iter().all(Option::is_none) {
                continue;
            }
            if back.is_none() && values.iter().all(|value| *value == values[0]) {
                self.replacements.insert(phi, values[0]);
                continue;
            }
            if back.is_none()
                && let Some(&same) = meeting.known.get(&values)
            {
                self.replacements.insert(phi, same);
                continue;
            }
            let together = self.same_class(&entries, &objects).filter(|_| !self.refused.phis.contains(&phi));
            let Some(parts) = together else {
                objects.into_iter().flatten().for_each(|object| self.escape(object));
                continue;
            };
            if let Some(object) = self.moves(&mut meeting, values, parts, phi, Kind::Phi)
                && back.is_some()
            {
                open.phis.push((object, index));
            }
        }
        let mut memory: Memory = vec![None; self.objects.len()];
        self.fields_of_phis(block, &entries, &mut meeting, &mut memory, &mut open);
        // What reaches the block on every way.
        let written = back.map(|back| self.written_in_loop(block, back, &entries));
        for (object, known) in memory.iter_mut().enumerate() {
            if meeting.moved.contains_key(&object) || known.is_some() {
                continue;
            }
            let reaching: Option<Vec<Fields>> =
                entries.iter().map(|entry| self.at_end[entry].get(object).cloned().flatten()).collect();
            let Some(reaching) = reaching else { continue };
            let mut fields = reaching[0].clone();
            let alike = |f: &Fields| f.shape == fields.shape && f.values.len() == fields.values.len();
            let mut reshaped = !reaching.iter().all(alike);
            for field in 0..fields.values.len() {
                let is_written = match written.as_ref().map(|w| w.writes(self, object, field)) {
                    None | Some(Written::No) => false,
                    Some(Written::Field) => true,
                    Some(Written::Shape) => {
                        reshaped = true;
                        true
                    }
                };
                if reshaped {
                    break;
                }
                let values: Vec<NodeId> = reaching.iter().map(|f| f.values[field]).collect();
                if !is_written && values.iter().all(|value| *value == values[0]) {
                    continue;
                }
                fields.values[field] = if back.is_some() {
                    open.pending.push(Pending::Field { object, field });
                    self.parameter(block, &entries, &values)
                } else {
                    self.field(block, &entries, values, &mut meeting)
                };
            }
            // Arrays and objects without fields have none to ask about.
            if fields.values.is_empty()
                && written.as_ref().is_some_and(|w| w.writes(self, object, 0) != Written::No)
            {
                reshaped = true;
            }
            if reshaped {
                self.escape(object);
            }
            *known = Some(fields);
        }
        self.fields_of_phis(block, &entries, &mut meeting, &mut memory, &mut open);
        // What has moved is known by no other name.
        for object in meeting.moved.into_keys() {
            memory[object] = None;
        }
        if back.is_some() {
            self.open.push(open);
        }
        Some(memory)
    }

    /// Objects move into a phi, which is their object from now on, if none of them has moved already.
    fn moves(
        &mut self,
        meeting: &mut Meeting,
        values: Vec<NodeId>,
        parts: Vec<usize>,
        phi: NodeId,
        kind: Kind,
    ) -> Option<usize> {
        let mut alone = true;
        for &part in &parts {
            alone &= meeting.moved.insert(part, phi).is_none_or(|other| other == phi);
        }
        if !alone {
            parts.into_iter().for_each(|object| self.escape(object));
            return None;
        }
        let class = self.objects[parts[0]].class;
        let object = self.new_object(Virtual { class, node: phi, kind });
        meeting.known.insert(values, phi);
        meeting.made.push((object, parts));
        Some(object)
    }

    /// The fields of the phis that are objects.
    fn fields_of_phis(
        &mut self,
        block: BlockId,
        entries: &[BlockId],
        meeting: &mut Meeting,
        memory: &mut Memory,
        open: &mut Open,
    ) {
        let is_loop = self.graph.block(block).loop_info.is_some_and(|info| info.back_edge.is_some());
        while let Some((object, parts)) = meeting.made.pop() {
            let per_entry: Vec<Fields> = entries
                .iter()
                .zip(&parts)
                .map(|(entry, part)| self.at_end[entry][*part].clone().expect("just looked at"))
                .collect();
            let mut fields = per_entry[0].clone();
            for field in 0..fields.values.len() {
                let values: Vec<NodeId> = per_entry.iter().map(|f| f.values[field]).collect();
                if is_loop {
                    open.pending.push(Pending::Next { object, field });
                    fields.values[field] = self.parameter(block, entries, &values);
                } else if values.iter().any(|value| *value != values[0]) {
                    fields.values[field] = self.field(block, entries, values, meeting);
                }
            }
            memory.resize(self.objects.len(), None);
            memory[object] = Some(fields);
        }
        memory.resize(self.objects.len(), None);
    }

    /// A field that differs where ways meet: a phi of objects, if it is an object of one class on all ways.
    fn field(
        &mut self,
        block: BlockId,
        entries: &[BlockId],
        values: Vec<NodeId>,
        meeting: &mut Meeting,
    ) -> NodeId {
        let values: Vec<NodeId> = values.iter().map(|value| self.replacements.resolve(*value)).collect();
        if let Some(&same) = meeting.known.get(&values) {
            return same;
        }
        let objects: Vec<Option<usize>> = values.iter().map(|value| self.object(*value)).collect();
        let Some(parts) = self.same_class(entries, &objects) else {
            return self.parameter(block, entries, &values);
        };
        // The parameter goes, with what is passed for it, because it is an object.
        let phi = self.graph.add_parameter(block, Repr::Tagged);
        for (&entry, &value) in entries.iter().zip(&values) {
            if let Terminator::Jump(_, list) = &mut self.graph.block_mut(entry).terminator {
                list.push(value);
            }
        }
        self.moves(meeting, values, parts.clone(), phi, Kind::Field(parts));
        phi
    }

    /// A new parameter of a block with the values that its entries pass.
    fn parameter(&mut self, block: BlockId, entries: &[BlockId], values: &[NodeId]) -> NodeId {
        for (&entry, &value) in entries.iter().zip(values) {
            self.pass(entry, value);
        }
        self.graph.add_parameter(block, Repr::Tagged)
    }

    /// One more value for the block that a block jumps to.
    pub(super) fn pass(&mut self, from: BlockId, value: NodeId) {
        let value = self.replacements.resolve(value);
        if let Some(object) = self.object(value) {
            self.escape(object);
        }
        if let Terminator::Jump(_, list) = &mut self.graph.block_mut(from).terminator {
            list.push(value);
        }
    }

    /// What a block passes for a parameter.
    pub(super) fn passed(&self, from: BlockId, index: usize) -> NodeId {
        match &self.graph.block(from).terminator {
            Terminator::Jump(_, values) => self.replacements.resolve(values[index]),
            _ => unreachable!("only jumps lead to blocks with parameters"),
        }
    }

    /// The objects, if each entry brings one and they are of one class and shape.
    fn same_class(&self, entries: &[BlockId], objects: &[Option<usize>]) -> Option<Vec<usize>> {
        let objects: Vec<usize> = objects.iter().copied().collect::<Option<_>>()?;
        let first = self.at_end[&entries[0]].get(objects[0])?.as_ref()?;
        for (entry, &object) in entries.iter().zip(&objects) {
            let fields = self.at_end[entry].get(object)?.as_ref()?;
            let alike = self.objects[object].class == self.objects[objects[0]].class
                && fields.shape == first.shape
                && fields.values.len() == first.values.len();
            if !alike {
                return None;
            }
        }
        Some(objects)
    }

    /// Passes what the back edges bring.
    pub(super) fn close_loops(&mut self) {
        for open in std::mem::take(&mut self.open) {
            // A loop that never comes back needs nothing.
            if self.leads(open.back, open.header) {
                self.close(open);
            }
        }
        for block in self.graph.order().to_vec() {
            if self.at_end.contains_key(&block) {
                self.jump(block);
            }
        }
    }

    /// What a jump passes for anything but a phi that is an object escapes.
    fn jump(&mut self, from: BlockId) {
        let Terminator::Jump(to, values) = &self.graph.block(from).terminator else { return };
        let mut escaping = Vec::new();
        for (value, parameter) in values.iter().zip(&self.graph.block(*to).parameters) {
            if !self.replacements.contains(*parameter)
                && self.object(*parameter).is_none()
                && let Some(object) = self.object(*value)
            {
                escaping.push(object);
            }
        }
        escaping.into_iter().for_each(|object| self.escape(object));
    }

    fn close(&mut self, Open { header, back, pending, phis }: Open) {
        let end = self.at_end[&back].clone();
        let start = self.headers[&header].clone();
        let at_start = |object: usize| start.get(object).and_then(Option::as_ref);
        let at_end = |object: usize| end.get(object).and_then(Option::as_ref);
        let alike = |a: Option<&Fields>, b: Option<&Fields>| {
            a.zip(b).is_some_and(|(a, b)| a.shape == b.shape && a.values.len() == b.values.len())
        };
        let mut next: HashMap<usize, usize> = HashMap::new();
        let mut taken: Vec<usize> = Vec::new();
        for &(object, index) in &phis {
            let value = self.passed(back, index);
            match self.object(value) {
                // What moves in must be known by no other name in the next round.
                Some(part)
                    if self.objects[part].class == self.objects[object].class
                        && alike(at_end(part), at_start(object))
                        && (part == object || at_start(part).is_none())
                        && !taken.contains(&part) =>
                {
                    taken.push(part);
                    next.insert(object, part);
                }
                Some(part) => {
                    self.escape(part);
                    self.escape(object);
                }
                None => self.escape(object),
            }
        }
        for object in 0..start.len() {
            let Some(before) = at_start(object) else { continue };
            if phis.iter().any(|(phi, _)| *phi == object) {
                continue;
            }
            let is_pending = |f: usize| {
                pending
                    .iter()
                    .any(|p| matches!(p, Pending::Field { object: o, field } if (*o, *field) == (object, f)))
            };
            let kept = alike(at_end(object), Some(before))
                && at_end(object).is_some_and(|after| {
                    (0..after.values.len()).all(|f| {
                        is_pending(f)
                            || self.replacements.resolve(after.values[f])
                                == self.replacements.resolve(before.values[f])
                    })
                });
            if !kept {
                self.escape(object);
            }
        }
        for item in pending {
            let value = match item {
                Pending::Field { object, field } => at_end(object).and_then(|f| f.values.get(field)).copied(),
                Pending::Next { object, field } => {
                    next.get(&object).and_then(|part| at_end(*part)).map(|fields| fields.values[field])
                }
            };
            // Without a value something has escaped, and the attempt is thrown away.
            if let Some(value) = value {
                self.pass(back, value);
            }
        }
    }

    /// What a loop may write of the objects that enter it.
    fn written_in_loop(&self, header: BlockId, back: BlockId, entries: &[BlockId]) -> LoopWrites {
        let mut writes = LoopWrites { stores: Vec::new(), contained: HashSet::new() };
        let values = entries.iter().flat_map(|entry| self.at_end[entry].iter().flatten());
        let values: Vec<NodeId> = values.flat_map(|fields| fields.values.iter().copied()).collect();
        writes.contained.extend(values.iter().filter_map(|value| self.object(*value)));
        for block in loop_blocks(self.graph, header, back) {
            for &node in &self.graph.block(block).nodes {
                let op = *self.graph.op(node);
                if let Op::StoreField { .. }
                | Op::StoreShape { .. }
                | Op::AppendElement { .. }
                | Op::StoreElement { .. }
                | Op::StoreSlot { .. }
                | Op::EnsureSlots { .. }
                | Op::CallHelper { helper: Helper::SetKeyedSloppy | Helper::SetKeyedStrict } = op
                {
                    let inputs = self.graph.inputs(node);
                    let behind_checks = |value: NodeId| {
                        let value = root(self.graph, self.replacements.resolve(value));
                        self.replacements.resolve(value)
                    };
                    writes.stores.push((behind_checks(inputs[0]), op));
                    let values = inputs[1..].iter().map(|value| behind_checks(*value));
                    writes.contained.extend(values.filter_map(|value| self.object(value)));
                } else if is_allocation(self.graph, node) {
                    let values = self.graph.inputs(node).iter();
                    writes.contained.extend(values.filter_map(|value| self.object(*value)));
                }
            }
        }
        writes
    }
}

/// The stores of a loop with what they store into, and the objects that a load may give because they are fields of others.
struct LoopWrites {
    stores: Vec<(NodeId, Op)>,
    contained: HashSet<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    No,
    Field,
    /// Shape or length.
    Shape,
}

impl LoopWrites {
    fn writes(&self, attempt: &Attempt<'_>, object: usize, field: usize) -> Written {
        let Virtual { class, node, .. } = attempt.objects[object];
        let mut result = Written::No;
        for &(base, op) in &self.stores {
            // A base that is loaded in the loop, or a phi, may be the object; one that is known is it or not.
            let may_be = match attempt.graph.op(base) {
                Op::LoadField { .. }
                | Op::LoadSlot { .. }
                | Op::LoadElement {}
                | Op::LoadFunctionContext {} => base == node || self.contained.contains(&object),
                // Elements or slots of an object that may be loaded.
                Op::LoadPointer { .. } | Op::EnsureSlots { .. } => {
                    let array = attempt.graph.inputs(base)[0];
                    attempt.object(array).is_none_or(|array| array == object)
                }
                _ => base == node,
            };
            if !may_be {
                continue;
            }
            match op {
                Op::StoreField { offset, memory, .. } => {
                    let count = field + 1;
                    if class.field(offset, memory, count) == Some(field) {
                        result = Written::Field;
                    }
                }
                Op::StoreElement { .. } if class.elements().is_some() => result = Written::Field,
                Op::StoreSlot { index, .. } if class.slot(index) == Some(field) => result = Written::Field,
                // It may store into a context too.
                Op::StoreShape { .. }
                | Op::AppendElement { .. }
                | Op::EnsureSlots { .. }
                | Op::CallHelper { .. } => {
                    return Written::Shape;
                }
                _ => {}
            }
        }
        result
    }
}
