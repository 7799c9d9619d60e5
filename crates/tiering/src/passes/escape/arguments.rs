//! Arguments objects and rest arrays.
//!
//! Of an inlined call all arguments are known; of the compiled function itself they are where the activation was called with them,
//! which the code may read as long as it runs.

use unspool_bytecode::Opcode;
use unspool_runtime::cells::Context;

use super::MAX_FIELDS;
use super::attempt::{Attempt, Fate};
use super::memory::{ARGUMENTS_CONTEXT, Class, Fields};
use crate::graph::{FrameSlot, FunctionRef, Helper, Memory as MemoryClass, NodeId, Op, StepId, TaggedConst};

impl Class {
    /// The number of the argument at which the elements begin, if they are arguments of the activation.
    pub(super) const fn frame_elements(self) -> Option<u32> {
        match self {
            Class::FrameArguments { .. } => Some(0),
            Class::FrameRest { formals } => Some(formals),
            _ => None,
        }
    }
}

impl Attempt<'_> {
    /// What the instruction of a generic step makes.
    pub(super) fn made_arguments(&mut self, step: StepId, inputs: &[NodeId]) -> Option<(Class, Fields)> {
        let step = self.graph.step(step).clone();
        let function = step.function;
        let facts = self.facts.arguments(function, step.offset)?;
        let is_rest = step.opcode == Opcode::CreateRestParameter;
        let shape = Some(facts.shape);
        if function == FunctionRef(0) {
            if self.in_place {
                return None;
            }
            if is_rest {
                return Some((
                    Class::FrameRest { formals: facts.formals },
                    Fields { shape, values: Vec::new() },
                ));
            }
            // Mapped elements are no arguments of the activation.
            if let Some(scope) = facts.scope
                && (0..facts.formals).any(|i| self.facts.mapped_formal(function, scope, i).is_some())
            {
                return None;
            }
            let length = self.add(Op::ParameterArgumentCount {}, &[]);
            let length = self.add(Op::TagInt32 {}, &[length]);
            let values = vec![length, self.constant(facts.iterator), self.callee(facts.scope, inputs)];
            return Some((Class::FrameArguments { function, scope: facts.scope }, Fields { shape, values }));
        }
        let arguments: Vec<NodeId> = step
            .inputs
            .iter()
            .zip(inputs)
            .filter(|(slot, _)| matches!(slot, FrameSlot::Argument(_)))
            .map(|(_, value)| *value)
            .collect();
        if arguments.len() + ARGUMENTS_CONTEXT + 1 > MAX_FIELDS {
            return None;
        }
        if is_rest {
            let values = arguments.get(facts.formals as usize..).unwrap_or_default().to_vec();
            return Some((Class::Array, Fields { shape, values }));
        }
        let length = self.constant(TaggedConst::int32(arguments.len() as i32));
        let mut values = vec![length, self.constant(facts.iterator), self.callee(facts.scope, inputs)];
        let class = Class::Arguments { function, scope: facts.scope };
        let is_mapped = (0..arguments.len()).any(|index| self.is_mapped(class, index));
        values.push(if is_mapped { inputs[1] } else { self.constant(TaggedConst::UNDEFINED) });
        for (index, argument) in arguments.into_iter().enumerate() {
            let is_mapped = self.is_mapped(class, index);
            values.push(if is_mapped { self.constant(TaggedConst::HOLE) } else { argument });
        }
        Some((class, Fields { shape, values }))
    }

    fn callee(&mut self, scope: Option<u32>, inputs: &[NodeId]) -> NodeId {
        if scope.is_some() { inputs[0] } else { self.constant(TaggedConst::UNDEFINED) }
    }

    /// Is an element of an arguments object the slot of a formal?
    pub(super) fn is_mapped(&self, class: Class, index: usize) -> bool {
        self.mapped_slot(class, index).is_some()
    }

    fn mapped_slot(&self, class: Class, index: usize) -> Option<u32> {
        match class {
            Class::Arguments { function, scope: Some(scope) } => {
                self.facts.mapped_formal(function, scope, index as u32)
            }
            _ => None,
        }
    }

    /// How many arguments the activation has from `first` on.
    pub(super) fn frame_length(&mut self, first: u32) -> NodeId {
        let count = self.add(Op::ParameterArgumentCount {}, &[]);
        if first == 0 {
            return count;
        }
        let formals = self.add(Op::ConstInt32 { value: first as i32 }, &[]);
        let zero = self.add(Op::ConstInt32 { value: 0 }, &[]);
        let rest = self.add(Op::Int32Sub {}, &[count, formals]);
        self.add(Op::Int32Max {}, &[rest, zero])
    }

    /// An access by way of the elements pointer of an object whose elements are arguments of the activation.
    pub(super) fn frame_access(
        &mut self,
        node: NodeId,
        op: Op,
        inputs: &[NodeId],
        object: usize,
        first: u32,
    ) -> Fate {
        if self.fields(object).is_some() {
            match op {
                Op::LoadElementsLength {} => {
                    let length = self.frame_length(first);
                    return self.is(node, length);
                }
                Op::LoadElement {} => {
                    let argument = self.add(Op::LoadArgument { first }, &inputs[1..]);
                    return self.is(node, argument);
                }
                Op::LoadElementOrUndefined {} => {
                    self.graph.replace_op(node, Op::LoadArgumentOrUndefined { first }, &inputs[1..]);
                    return Fate::Stays;
                }
                _ => self.escape(object),
            }
        }
        Fate::Stays
    }

    /// `object[index]` or `object[index] = value` of an inlined call's arguments object, as everything could have been there; none if it
    /// is not known which element is meant.
    pub(super) fn keyed_access(
        &mut self,
        node: NodeId,
        helper: Helper,
        inputs: &[NodeId],
        object: usize,
    ) -> Option<Fate> {
        let class = self.objects[object].class;
        let Class::Arguments { .. } = class else { return None };
        let key = self.replacements.resolve(inputs[1]);
        let index = match *self.graph.op(key) {
            Op::ConstTagged { value } => value.to_int32()?,
            Op::TagInt32 {} => self.int32(self.graph.inputs(key)[0])?,
            _ => return None,
        };
        let fields = self.fields(object)?;
        let at = usize::try_from(index).ok()? + class.elements()?;
        let (element, context) = (*fields.values.get(at)?, fields.values[ARGUMENTS_CONTEXT]);
        let slot = self.mapped_slot(class, index as usize);
        if helper == Helper::GetKeyed {
            let value = match slot {
                Some(slot) => self.context_value(context, slot)?,
                None => element,
            };
            return Some(self.is(node, value));
        }
        match slot {
            // Code may rely on the slot of a context that is made.
            Some(slot) => {
                let context = self.object(context)?;
                *self.fields(context)?.values.get_mut(slot as usize + 1)? = inputs[2];
            }
            None => self.fields(object)?.values[at] = inputs[2],
        }
        self.changed();
        Some(self.becomes(node, Op::ConstTagged { value: TaggedConst::UNDEFINED }))
    }

    fn context_value(&mut self, context: NodeId, slot: u32) -> Option<NodeId> {
        if let Some(object) = self.object(context) {
            return self.fields(object)?.values.get(slot as usize + 1).copied();
        }
        let op = Op::LoadField { offset: slot_offset(slot), memory: MemoryClass::Context };
        Some(self.add(op, &[context]))
    }
}

fn slot_offset(slot: u32) -> u32 {
    (Context::SLOTS_OFFSET + 8 * slot as usize) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{ShapeRef, parse, verify::verify};
    use crate::passes::{ArgumentsFacts, Facts, Pass};

    /// Functions with one formal, which function 2 has in slot 0 of its context.
    struct World;

    impl Facts for World {
        fn allows(&self, _: FunctionRef, _: u32, _: crate::graph::DeoptReason) -> bool {
            true
        }
        fn context_slot(&self, _: FunctionRef, _: u32, _: u32) -> Option<TaggedConst> {
            Some(TaggedConst::UNDEFINED)
        }
        fn arguments(&self, function: FunctionRef, _: u32) -> Option<ArgumentsFacts> {
            let (shape, iterator) = (ShapeRef(7), TaggedConst::UNDEFINED);
            Some(ArgumentsFacts { shape, formals: 1, scope: (function.0 == 2).then_some(0), iterator })
        }
        fn mapped_formal(&self, function: FunctionRef, _: u32, index: u32) -> Option<u32> {
            (function.0 == 2 && index == 0).then_some(0)
        }
    }

    /// Behind escape analysis: a function that makes `v5` of `v3` and `v4` (or its own arguments) and returns `v9`.
    fn escaped(instruction: &str, function: u32, between: &str) -> String {
        let inputs = if function == 0 { "v0, v1, v2" } else { "v0, v1, v2, v3, v4" };
        let outer = if function == 0 { "" } else { " argc 2 outer f3" };
        let text = format!(
            "b0:\n  v0 = ParameterCallee\n  v1 = LoadFunctionContext v0\n  v2 = ParameterReceiver\n  v3 = ParameterFormal 0\n  \
            v4 = ParameterFormal 1\n  v5 = GenericStep {instruction} fn{function}@0 {inputs} [lazy f0]\n  {between}Return v9\n\
            f0 = fn{function}@0 after -> acc {{closure v0, context v1, this v2}}{outer}\n\
            f1 = fn{function}@4 before {{closure v0, context v1, this v2, r0 v5}}{outer}\n\
            f2 = fn{function}@6 after -> acc {{closure v0, context v1, this v2}}{outer}\n\
            f3 = fn0@9 after -> acc {{closure v0, context v1, this v2}}\n"
        );
        let mut graph = parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        assert_eq!(verify(&graph), Ok(()));
        Pass::Escape.run(&mut graph, &World);
        assert_eq!(verify(&graph), Ok(()));
        graph.to_string()
    }

    const ELEMENT: &str = "v6: word = LoadPointer 16 ElementsPointer v5\n  v7: int32 = LoadElementsLength v6\n  \
        v8: int32 = ConstInt32 1\n  v10: int32 = CheckBounds v8, v7 [f1]\n  v9 = LoadElement v6, v10\n  ";

    fn has(text: &str, wanted: &[&str]) {
        for wanted in wanted {
            assert!(text.contains(wanted), "{wanted} is not in\n{text}");
        }
        assert!(!text.contains("GenericStep"), "{text}");
    }

    #[test]
    fn own_arguments_are_read_where_they_are() {
        let text = escaped("CreateUnmappedArguments", 0, ELEMENT);
        has(&text, &["= LoadArgument 0 v", "= ParameterArgumentCount", "frame-arguments unmapped sh7 fn0 "]);
        let text = escaped("CreateRestParameter", 0, ELEMENT);
        has(&text, &["= LoadArgument 1 v", "= Int32Max ", "frame-rest sh7 1"]);
    }

    #[test]
    fn inlined_arguments_are_values() {
        let text = escaped("CreateUnmappedArguments", 1, ELEMENT);
        has(&text, &["Return v4\n"]);
        assert!(!text.contains("CheckBounds"), "{text}");
        // The check's state goes with it; another check's names the object.
        let text = escaped("CreateRestParameter", 1, "v9 = CheckString v4 [f1]\n  ");
        has(&text, &["array sh7 v4\n"]);
    }

    #[test]
    fn mapped_elements_are_slots_of_the_context() {
        let stores = "v6 = ConstTagged 0\n  v7 = CallHelper SetKeyedSloppy v5, v6, v4 [lazy f2]\n  \
            v9 = CallHelper GetKeyed v5, v6 [lazy f2]\n  ";
        // The context is made: its slots are assigned where it is noted.
        let text = escaped("CreateMappedArguments", 2, stores);
        assert!(text.contains("GenericStep") && text.contains("SetKeyedSloppy"), "{text}");
        let loads = "v6 = ConstTagged 0\n  v9 = CallHelper GetKeyed v5, v6 [lazy f2]\n  ";
        has(&escaped("CreateMappedArguments", 2, loads), &[" Context v1\n"]);
        // The second element is no formal's.
        let other = stores.replace("ConstTagged 0", "ConstTagged 1");
        has(&escaped("CreateMappedArguments", 2, &other), &["Return v4\n"]);
    }

    #[test]
    fn what_others_see_is_made() {
        for use_of_it in [
            "v9 = Call v5, v4 [lazy f2]\n  ",
            "v6 = ConstTagged 9\n  v9 = CallHelper GetKeyed v5, v6 [lazy f2]\n  ",
            "StoreField 24 Property IfCell v4, v5\n  v9 = ConstTagged 0\n  ",
        ] {
            let text = escaped("CreateUnmappedArguments", 1, use_of_it);
            assert!(text.contains("GenericStep"), "{text}");
        }
    }
}
