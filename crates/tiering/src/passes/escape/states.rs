//! Frame states with virtual objects: copies that name descriptions of them.
//!
//! A description has the fields at that point, so each state is copied where its node stands, with its outer states. Descriptions and copies are used
//! again until an object changes. An object that contains itself names itself by its number.

use super::MAX_DEPTH;
use super::attempt::Attempt;
use crate::graph::{FrameStateId, NodeId, Op, States};

impl Attempt<'_> {
    /// The state with all virtual objects described as they are now. The descriptions stand in front of the next node.
    pub(super) fn state(&mut self, state: FrameStateId) -> FrameStateId {
        if let Some(&known) = self.states.get(&state) {
            return known;
        }
        let new = if self.names_virtual(state) { self.copy(state) } else { state };
        self.states.insert(state, new);
        new
    }

    fn names_virtual(&self, state: FrameStateId) -> bool {
        let mut next = Some(state);
        while let Some(id) = next {
            let state = self.graph.state(id);
            if state.values().any(|(_, value)| self.object(value).is_some()) {
                return true;
            }
            next = state.outer;
        }
        false
    }

    fn copy(&mut self, state: FrameStateId) -> FrameStateId {
        let mut copy = self.graph.state(state).clone();
        copy.outer = copy.outer.map(|outer| self.state(outer));
        for value in copy.values_mut() {
            *value = self.replacements.resolve(*value);
            if let Some(object) = self.object(*value) {
                *value = self.captured(object, &mut Vec::new()).0;
            }
        }
        self.graph.add_state(copy)
    }

    /// The description of an object, and the outermost place in `path` that it refers back to. `path` are the objects whose
    /// fields are being described.
    fn captured(&mut self, object: usize, path: &mut Vec<usize>) -> (NodeId, usize) {
        if let Some(&known) = self.captured.get(&object) {
            return (known, usize::MAX);
        }
        let number = self.first_number + object as u32;
        if let Some(place) = path.iter().position(|outer| *outer == object) {
            let op = Op::CapturedReference { object: number };
            return (self.add(op, &[]), place);
        }
        let Some(fields) = self.memory[object].clone().filter(|_| path.len() < MAX_DEPTH) else {
            self.escape(object);
            return (self.objects[object].node, usize::MAX);
        };
        path.push(object);
        let mut inputs = Vec::with_capacity(fields.values.len());
        let mut back = usize::MAX;
        for &value in &fields.values {
            let value = self.replacements.resolve(value);
            inputs.push(match self.object(value) {
                None => value,
                Some(part) => {
                    let (node, place) = self.captured(part, path);
                    back = back.min(place);
                    node
                }
            });
        }
        path.pop();
        let of = fields.captured(self.objects[object].class);
        let node = self.add(Op::CapturedObject { object: number, of }, &inputs);
        // What refers to an object around it is only good as a part of that.
        if back >= path.len() {
            self.captured.insert(object, node);
            back = usize::MAX;
        }
        (node, back)
    }

    /// A new node in front of the next one.
    pub(super) fn add(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let node = self.graph.add_detached(self.block, op, inputs, States::NONE);
        self.out.push(node);
        node
    }
}
