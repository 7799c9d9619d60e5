//! Exits: cold stubs, the shared block of each frame state, and translations.
//!
//! ```text
//! guard:   brif ok, next, stub
//! stub:    hot.exit_site = site             (and the offending value, where a trace shows it)
//!          jump state
//! state:   hot.exit_area[i] = value i …     unboxed, in the order of the translation; constants stand only there, and so do values with a home
//!          jump leave
//! leave:   hot.exit_code = code
//!          call exit entry; return SENTINEL
//! ```
//!
//! The stub is per guard, the stores are per frame state, the rest is there once.

use std::collections::HashMap;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use cranelift_codegen::isa::CallConv;
use unspool_deopt::translation::ArgumentsKind;
use unspool_deopt::{
    FrameState as DeoptState, InterpretedFrame, LiteralId, Location, ObjectId, Placed, Position,
    Representation, ResultLocation as DeoptResult, SiteDetails, SiteId, SiteReason, StateFrame, StateObject,
    StateValue, TranslationIndex,
};
use unspool_runtime::frame::FrameFlags;
use unspool_values::Value;
use unspool_values::value::NOT_CELL_MASK;

use super::homes::Homes;
use super::recipes::{Recipe, described, has_own_context};
use super::{Countdown, Forcing, LowerError, Lowering, rust_signature};
use crate::graph::{
    ArgumentsClass, Captured, DeoptReason, FrameFlavor, FrameState, FrameStateId, NodeId, Op, REASONS, Repr,
    ResultLocation, StateKind, TaggedConst,
};
use crate::log::is_learned;
use crate::machine::exit::class_words;
use crate::machine::inspect::sites::{SiteUse, function_name};

/// Byte offset of a hot field from the start of the isolate.
macro_rules! hot {
    ($field:ident) => {
        std::mem::offset_of!(unspool_runtime::Isolate, hot)
            + std::mem::offset_of!(unspool_runtime::isolate::Hot, $field)
    };
}
pub(super) use hot;

/// What is known of the exits of a graph so far.
#[derive(Default)]
pub(super) struct Exits {
    states: HashMap<FrameStateId, StateBlock>,
    order: Vec<FrameStateId>,
    stubs: Vec<Stub>,
    /// The literals of classes of captured objects.
    classes: HashMap<Captured, LiteralId>,
}

/// The captured objects of a state, by their numbers in the graph: each is described once, where it occurs first.
#[derive(Default)]
struct Objects {
    numbers: HashMap<u32, ObjectId>,
    list: Vec<StateObject<NodeId>>,
}

/// A cold block to be filled.
#[derive(Clone, Copy)]
struct Stub {
    block: ir::Block,
    target: ir::Block,
    site: SiteId,
    /// A word and the offset in the isolate at which it is stored.
    stored: Option<(ir::Value, usize)>,
    /// It is taken although nothing is wrong.
    forced: bool,
}

#[derive(Clone)]
struct StateBlock {
    block: ir::Block,
    translation: TranslationIndex,
    /// What is stored, by exit slot.
    slots: Vec<NodeId>,
}

/// Are these the bits of a cell?
pub(crate) fn is_cell(bits: u64) -> bool {
    bits != 0 && bits & NOT_CELL_MASK == 0
}

impl Lowering<'_, '_> {
    /// A cold block that leaves the code with a state. `shown` is the offending value.
    pub(super) fn eager_stub(
        &mut self,
        reason: DeoptReason,
        state: FrameStateId,
        shown: Option<ir::Value>,
    ) -> ir::Block {
        debug_assert!(REASONS.contains(&reason), "{reason} is not in the list of reasons");
        let site = self.site(SiteReason::Eager(reason), state, SiteUse::Eager);
        let (function, offset) = (self.graph.state(state).function, self.graph.state(state).offset);
        if !is_learned(&self.environment.functions[function.index()].code, offset, reason) {
            self.data.teaches_nothing(site);
        }
        self.force(site, state, None);
        self.stub(site, state, shown.map(|value| (value, hot!(exit_value))))
    }
    /// Leaves the code where a store could not be done, which nobody may force: it is done by then.
    pub(super) fn exit_unless_done(&mut self, done: ir::Value, state: FrameStateId) {
        let reason = DeoptReason::CouldNotGrowElements;
        let site = self.site(SiteReason::Eager(reason), state, SiteUse::Eager);
        let stub = self.stub(site, state, None);
        let next = self.b.create_block();
        self.b.ins().brif(done, next, &[], stub, &[]);
        self.b.switch_to_block(next);
    }

    /// The site of an exit behind a handled interrupt.
    pub(super) fn interrupt_site(&mut self, state: FrameStateId) -> SiteId {
        self.site(SiteReason::Eager(DeoptReason::Interrupt), state, SiteUse::Eager)
    }
    /// A site at a state.
    pub(super) fn site(&mut self, reason: SiteReason, state: FrameStateId, used: SiteUse) -> SiteId {
        let translation = self.state_block(state).translation;
        let by_name = matches!(self.environment.forcing, Forcing::Site(_) | Forcing::Listed(_));
        let wanted = self.environment.name_sites || by_name;
        let place = (wanted && used != SiteUse::Call).then(|| self.place(state));
        self.naming.add(place, reason, used);
        self.data.add_site(translation, reason, SiteDetails::default())
    }
    /// Where a state stands, for names of sites: `code@offset`, and `/function@offset` for each inlined function.
    fn place(&self, state: FrameStateId) -> String {
        let state = self.graph.state(state);
        match state.outer {
            None => format!("{}@{}", self.environment.name, state.offset),
            Some(outer) => {
                let name = function_name(&self.environment.functions[state.function.index()].code);
                format!("{}/{name}@{}", self.place(outer), state.offset)
            }
        }
    }
    /// A cold block that takes a site's exit, after storing a word.
    pub(super) fn stub(
        &mut self,
        site: SiteId,
        state: FrameStateId,
        stored: Option<(ir::Value, usize)>,
    ) -> ir::Block {
        let target = self.state_block(state).block;
        let block = self.cold_block();
        self.exits.stubs.push(Stub { block, target, site, stored, forced: false });
        block
    }
    /// Leaves the code unless a condition holds.
    pub(super) fn guard(
        &mut self,
        condition: ir::Value,
        reason: DeoptReason,
        state: FrameStateId,
        shown: Option<ir::Value>,
    ) {
        let stub = self.eager_stub(reason, state, shown);
        let next = self.b.create_block();
        self.b.ins().brif(condition, next, &[], stub, &[]);
        self.b.switch_to_block(next);
    }
    /// Leaves the code if a condition holds.
    pub(super) fn guard_not(&mut self, condition: ir::Value, reason: DeoptReason, state: FrameStateId) {
        let stub = self.eager_stub(reason, state, None);
        let next = self.b.create_block();
        self.b.ins().brif(condition, stub, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    /// Where a site's exit can be forced: counts that it is passed, and takes it when the count is used up. `stored` is as in
    /// [`Self::stub`].
    pub(super) fn force(&mut self, site: SiteId, state: FrameStateId, stored: Option<(ir::Value, usize)>) {
        let counts = match &self.environment.forcing {
            Forcing::None => false,
            Forcing::All | Forcing::Each(_) | Forcing::Listed(_) => true,
            Forcing::Site(name) => self.naming.name(site) == &**name,
        };
        if !counts {
            return;
        }
        let stub = self.stub(site, state, stored);
        self.exits.stubs.last_mut().expect("just added").forced = true;
        let own_count = match &self.environment.forcing {
            Forcing::Each(nth) => Some(*nth),
            // From 0 down it does not get to 0 again.
            Forcing::Listed(names) => Some(u32::from(names.contains(self.naming.name(site)))),
            Forcing::None | Forcing::All | Forcing::Site(_) => None,
        };
        let over = match own_count {
            Some(start) => {
                let countdown = Box::new(Countdown::new(site, start));
                let address = self.word(countdown.left.as_ptr() as u64);
                self.countdowns.push(countdown);
                let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), address, 0);
                let count = self.b.ins().iadd_imm_s(count, -1);
                self.b.ins().store(MemFlagsData::trusted(), count, address, 0);
                self.b.ins().icmp_imm_s(IntCC::Equal, count, 0)
            }
            None => {
                let count = self.load_isolate(types::I32, hot!(exit_countdown));
                let count = self.b.ins().iadd_imm_s(count, -1);
                self.store_isolate(count, hot!(exit_countdown));
                self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, count, 0)
            }
        };
        let next = self.b.create_block();
        self.b.ins().brif(over, stub, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    fn state_block(&mut self, state: FrameStateId) -> StateBlock {
        if let Some(known) = self.exits.states.get(&state) {
            return known.clone();
        }
        let block = self.cold_block();
        let (translation, slots) = self.translate(state);
        let made = StateBlock { block, translation, slots };
        self.exits.states.insert(state, made.clone());
        self.exits.order.push(state);
        made
    }

    /// The homes without which there are too many stores, if there are none yet.
    pub(super) fn wanted_homes(&self) -> Option<Homes> {
        let states = || self.exits.order.iter().map(|state| &*self.exits.states[state].slots);
        if self.homes.len() == 0 { Homes::that_relieve(states()) } else { None }
    }

    /// Fills the blocks of all states.
    pub(super) fn finish_exits(&mut self) {
        for Stub { block, target, site, stored, forced } in std::mem::take(&mut self.exits.stubs) {
            self.b.switch_to_block(block);
            if let Some((value, offset)) = stored {
                self.store_isolate(value, offset);
            }
            if forced {
                let one = self.b.ins().iconst(types::I32, 1);
                self.store_isolate(one, hot!(exit_forced));
            }
            let number = self.b.ins().iconst(types::I32, i64::from(site.0));
            self.store_isolate(number, hot!(exit_site));
            self.b.ins().jump(target, &[]);
        }
        if self.exits.order.is_empty() {
            return;
        }
        let leave = self.cold_block();
        for state in std::mem::take(&mut self.exits.order) {
            let StateBlock { block, slots, .. } = self.exits.states[&state].clone();
            self.b.switch_to_block(block);
            for (slot, &node) in slots.iter().enumerate() {
                let value = self.value(node);
                self.store_isolate(value, hot!(exit_area) + 8 * slot);
            }
            self.b.ins().jump(leave, &[]);
        }
        self.b.switch_to_block(leave);
        if let (Some(count), Some(arguments)) = (self.entry.argument_count, self.entry.arguments) {
            self.store_isolate(count, hot!(exit_argument_count));
            self.store_isolate(arguments, hot!(exit_arguments));
        }
        self.leave_homes();
        let code = self.b.ins().iconst(types::I32, i64::from(self.environment.code));
        self.store_isolate(code, hot!(exit_code));
        let mut signature = rust_signature(&[types::I64], None);
        signature.call_conv = CallConv::PreserveAll;
        let signature = self.b.import_signature(signature);
        let entry = self.word(crate::machine::exit::entry_address());
        let isolate = self.isolate();
        self.b.ins().call_indirect(signature, entry, &[isolate]);
        let sentinel = self.word(0);
        self.b.ins().return_(&[sentinel]);
    }

    /// The number of a literal.
    fn literal(&mut self, bits: u64) -> LiteralId {
        let index = self.literals.iter().position(|&known| known == bits).unwrap_or_else(|| {
            self.literals.push(bits);
            self.literals.len() - 1
        });
        LiteralId(index as u32)
    }

    /// The translation of a state, and the values that its exit stores.
    fn translate(&mut self, id: FrameStateId) -> (TranslationIndex, Vec<NodeId>) {
        let graph = self.graph;
        let mut chain: Vec<&FrameState> = Vec::new();
        let mut at = Some(id);
        while let Some(state) = at {
            chain.push(graph.state(state));
            at = graph.state(state).outer;
        }
        chain.reverse();
        let mut frames = Vec::new();
        let mut objects = Objects::default();
        for (depth, state) in chain.iter().enumerate() {
            let caller = depth.checked_sub(1).map(|outer| chain[outer]);
            self.frame(state, caller, &mut objects, &mut frames);
        }
        let state = DeoptState { frames, objects: objects.list };
        let mut slots: Vec<NodeId> = Vec::new();
        // Literals are numbered while values are placed.
        let mut literals = std::mem::take(&mut self.literals);
        let (cells, homes) = (&self.environment.cells, &self.homes);
        let translation = self.data.add_state(&state, |&node: &NodeId| {
            let mut literal = |bits: u64| {
                let index = literals.iter().position(|&known| known == bits).unwrap_or_else(|| {
                    literals.push(bits);
                    literals.len() - 1
                });
                Placed::Literal(LiteralId(index as u32))
            };
            match *graph.op(node) {
                Op::ConstInt32 { value } => return Placed::Int32(value),
                Op::ConstFloat64 { value } => return Placed::Float64(value.0),
                Op::ConstBool { value } => return literal(Value::from_bool(value).bits()),
                Op::ConstTagged { value: TaggedConst::OPTIMIZED_OUT } => return Placed::OptimizedOut,
                Op::ConstTagged { value: TaggedConst::Bits(bits) } => return literal(bits),
                Op::ConstTagged { value: TaggedConst::Cell(cell) } => return literal(cells[cell.index()]),
                _ => {}
            }
            let location = match homes.word(node) {
                Some(word) => Location::StackSlot(word as i32),
                None => {
                    let slot = slots.iter().position(|&known| known == node).unwrap_or_else(|| {
                        slots.push(node);
                        slots.len() - 1
                    });
                    Location::ExitSlot(slot as u32)
                }
            };
            let representation = match graph.repr(node) {
                Repr::Int32 => Representation::Int32,
                Repr::Uint32 => Representation::Uint32,
                Repr::Float64 => Representation::Float64,
                Repr::Bool => Representation::Bool,
                _ => Representation::Tagged,
            };
            Placed::At(location, representation)
        });
        self.literals = literals;
        match translation {
            Ok(translation) => (translation, slots),
            Err(error) => {
                self.error = Some(LowerError::State(error.to_string()));
                (TranslationIndex(0), slots)
            }
        }
    }

    fn frame(
        &mut self,
        state: &FrameState,
        caller: Option<&FrameState>,
        objects: &mut Objects,
        frames: &mut Vec<StateFrame<NodeId>>,
    ) {
        let environment = self.environment;
        let function = &environment.functions[state.function.index()];
        let formals = function.code.info.formal_count as usize;
        let mut flags = 0;
        if let Some(caller) = caller {
            let code = &environment.functions[caller.function.index()].code;
            let length = unspool_bytecode::RawInstruction::decode(&code.bytecode, caller.offset)
                .map_or(0, |instruction| instruction.end() - caller.offset);
            flags |= u64::from(length) << FrameFlags::RESUME_SHIFT;
            flags |= match state.flavor {
                FrameFlavor::Construct => FrameFlags::CONSTRUCT,
                FrameFlavor::ConstructDerived => FrameFlags::CONSTRUCT | FrameFlags::DERIVED,
                FrameFlavor::Call | FrameFlavor::Getter | FrameFlavor::Setter => 0,
            };
            let actual = state.argument_count.unwrap_or(state.arguments.len() as u32);
            if actual as usize != formals {
                let surplus = state.arguments.iter().skip(formals);
                let surplus = surplus.map(|&node| self.state_value(node, objects)).collect();
                frames.push(StateFrame::InlinedArguments { actual, surplus });
            }
        }
        let (position, result) = match state.kind {
            StateKind::Before => (Position::Before(state.offset), DeoptResult::None),
            StateKind::After(location) => (
                Position::After(state.offset),
                match location {
                    ResultLocation::Accumulator => DeoptResult::Accumulator,
                    ResultLocation::Register(first) => DeoptResult::Registers { first, count: 1 },
                    ResultLocation::Ignore => DeoptResult::None,
                },
            ),
            StateKind::Catch => (Position::After(state.offset), DeoptResult::None),
        };
        let mut registers = vec![StateValue::OptimizedOut; function.code.register_count as usize];
        for &(register, node) in &state.registers {
            registers[register as usize] = self.state_value(node, objects);
        }
        let mut arguments: Vec<StateValue<NodeId>> =
            state.arguments.iter().take(formals).map(|&node| self.state_value(node, objects)).collect();
        if arguments.len() < formals {
            let undefined = self.literal(Value::UNDEFINED.bits());
            arguments.resize(formals, StateValue::Literal(undefined));
        }
        let template = environment.cells[function.template.index()];
        let code = self.literal(template);
        let feedback = function.vector.map(|vector| self.literal(environment.cells[vector.index()]));
        frames.push(StateFrame::Interpreted {
            head: InterpretedFrame {
                code,
                feedback,
                registers: function.code.register_count,
                formals: formals as u32,
                flags,
                result,
            },
            position,
            function: self.state_value(state.closure, objects),
            receiver: self.state_value(state.receiver, objects),
            formals: arguments,
            // The exit takes it from the closure then.
            context: match has_own_context(self.graph, state) {
                true => StateValue::OptimizedOut,
                false => self.state_value(state.context, objects),
            },
            registers,
            accumulator: match state.accumulator {
                Some(node) => self.state_value(node, objects),
                None => StateValue::OptimizedOut,
            },
        });
    }

    /// A value of a frame, or a field of an object in one.
    fn state_value(&mut self, node: NodeId, objects: &mut Objects) -> StateValue<NodeId> {
        let graph = self.graph;
        match *graph.op(node) {
            Op::CapturedObject { object, of } => {
                if let Some(&known) = objects.numbers.get(&object) {
                    return StateValue::Object(known);
                }
                let id = ObjectId(objects.list.len() as u32);
                objects.numbers.insert(object, id);
                let class = self.class(of);
                objects.list.push(StateObject::Captured { class, fields: Vec::new() });
                let list: Vec<_> =
                    graph.inputs(node).iter().map(|&field| self.state_value(field, objects)).collect();
                let list = list.into_iter().chain(self.own_elements(of, objects)).collect();
                if let StateObject::Captured { fields, .. } = &mut objects.list[id.index()] {
                    *fields = list;
                }
                StateValue::Object(id)
            }
            Op::ParameterArgumentCount {} => StateValue::ArgumentsLength,
            Op::CapturedReference { object } => match objects.numbers.get(&object) {
                Some(&known) => StateValue::Object(known),
                None => {
                    self.error = Some(LowerError::State(format!("object {object} is not described")));
                    StateValue::OptimizedOut
                }
            },
            _ if self.left_to_exits[node.index()] => {
                let recipe = Recipe::of(graph, node).expect("only what has a recipe is left to exits");
                let computes = matches!(recipe, Recipe::Compute(_));
                described(graph, node, recipe, &mut |input| match graph.op(input) {
                    // An operand is a number that was stored.
                    Op::ParameterArgumentCount {} if computes => StateValue::Value(input),
                    _ => self.state_value(input, objects),
                })
            }
            _ => StateValue::Value(node),
        }
    }

    /// The elements of an object that has arguments of the activation, as its last field.
    fn own_elements(&self, of: Captured, objects: &mut Objects) -> Option<StateValue<NodeId>> {
        let formals = self.environment.functions[0].code.info.formal_count;
        let kind = match of {
            Captured::FrameArguments(class) if class.scope.is_some() => ArgumentsKind::Mapped,
            Captured::FrameArguments(_) => ArgumentsKind::Unmapped,
            Captured::FrameRest { .. } => ArgumentsKind::Rest,
            _ => return None,
        };
        let id = ObjectId(objects.list.len() as u32);
        objects.list.push(StateObject::ArgumentsElements { kind, formals });
        Some(StateValue::Object(id))
    }

    /// The literals that tell the materializer what to make; they follow each other in the table.
    fn class(&mut self, of: Captured) -> LiteralId {
        if let Some(&known) = self.exits.classes.get(&of) {
            return known;
        }
        let environment = self.environment;
        let words = class_words(of, environment);
        if let Captured::Object { shape, .. }
        | Captured::Array { shape }
        | Captured::Arguments(ArgumentsClass { shape, .. })
        | Captured::FrameArguments(ArgumentsClass { shape, .. })
        | Captured::FrameRest { shape, .. } = of
        {
            self.shapes.push(environment.shapes[shape.index()]);
        }
        let id = LiteralId(self.literals.len() as u32);
        self.literals.extend(words);
        self.exits.classes.insert(of, id);
        id
    }
}
