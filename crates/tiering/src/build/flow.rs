//! Blocks, joins and loops.
//!
//! The instructions are translated in the order of their offsets. A jump ahead leaves its environment at the target (*incoming*); when the scan gets there, what has come in is joined, and
//! registers that differ become phis. A loop header is opened before its back edges are known: it gets phis for all that its body assigns, and the `JumpLoop`s are
//! connected when the last of them has been passed. Entries in the middle (on-stack replacement, resumption) begin with the values of the interpreter's frame.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use unspool_bytecode::{
    CodeBlock, Liveness, Opcode, OperandKind, RawInstruction, Register, SlotIndex, SlotKind,
};

use super::catch::Ends;
use super::environment::Environment;
use super::{Caller, Entry, FrameValues, FunctionBuilder, Incoming, OpenLoop, Shared};
use crate::broker::{ElementKind, LoadAccess, Receiver, SlotPlan, StoreAccess};
use crate::graph::{BlockId, FunctionRef, LoopInfo, NodeId, Op, Repr, States, TaggedConst, Terminator};

impl<'b, 's> FunctionBuilder<'b, 's> {
    pub(super) fn new(
        shared: &'b mut Shared<'s>,
        function: FunctionRef,
        code: Arc<CodeBlock>,
        caller: Caller,
        frame: FrameValues,
        block: BlockId,
    ) -> FunctionBuilder<'b, 's> {
        let undefined = shared.constant(Op::ConstTagged { value: TaggedConst::UNDEFINED });
        let mut registers = vec![Some(undefined); code.register_count as usize];
        registers.push(Some(frame.receiver));
        registers.extend(frame.formals.iter().copied().map(Some));
        let (mut loop_ends, mut makes_contexts) = (HashMap::new(), false);
        for raw in code.instructions().map_while(Result::ok) {
            makes_contexts |= raw.opcode == Opcode::PushContext;
            if raw.opcode == Opcode::JumpLoop {
                for target in raw.jump_targets() {
                    loop_ends.insert(target, raw.offset);
                }
            }
        }
        FunctionBuilder {
            liveness: Arc::new(Liveness::analyze(&code)),
            shared,
            function,
            code,
            caller,
            closure: frame.closure,
            extra: frame.extra,
            block,
            environment: Some(Environment::new(registers, frame.context)),
            offset: 0,
            end: 0,
            before: None,
            incoming: HashMap::new(),
            loop_ends,
            open_loops: HashMap::new(),
            returns: Vec::new(),
            thrown: Vec::new(),
            sent: None,
            defers_loops: false,
            makes_contexts,
            resumes: false,
            restarts: BTreeMap::new(),
        }
    }

    /// Translates the whole function. Gives where it returned, if it is inlined.
    pub(super) fn run(mut self, entry: Entry) -> Ends {
        self.resumes = entry != Entry::Start;
        match entry {
            Entry::Osr(header) => self.enter_osr(header),
            Entry::Start => self.enter(),
            Entry::Activation => self.enter_activation(),
        }
        self.scan(0);
        self.defers_loops = false;
        while let Some((header, ways)) = self.restarts.pop_last() {
            self.incoming.entry(header).or_default().extend(ways);
            self.scan(header);
        }
        Ends { returns: self.returns, thrown: self.thrown }
    }

    /// Translates the instructions from an offset on, as far as anything leads to them.
    fn scan(&mut self, from: u32) {
        let code = Arc::clone(&self.code);
        let mut offset = from;
        while let Ok(raw) = RawInstruction::decode(&code.bytecode, offset) {
            self.offset = offset;
            self.end = raw.end();
            self.before = None;
            self.merge(offset);
            if let Some(&end) = self.loop_ends.get(&offset)
                && self.environment.is_some()
            {
                if self.defers_loops && self.contains_suspension(offset, end) {
                    let environment = self.environment.take().expect("just tested");
                    let way = Incoming { block: self.block, environment };
                    self.restarts.entry(offset).or_default().push(way);
                } else {
                    self.open_loop(offset);
                }
            }
            if self.environment.is_some() {
                self.forget_dead(offset);
                self.instruction(&raw);
            } else {
                self.close_dead_loop(&raw);
            }
            offset = raw.end();
        }
        debug_assert!(self.environment.is_none(), "the code ends without return");
    }

    fn enter(&mut self) {
        // Ahead of the check, whose exit restores the register.
        if let Some(register) = self.code.new_target_or_generator
            && !self.code.info.is_resumable()
            && self.caller.outer.is_none()
        {
            let new_target = self.emit(Op::ParameterNewTarget {}, &[]);
            self.set_register(register, new_target);
        }
        if let Some(register) = self.code.new_target_or_generator
            && let Some(made) = self.caller.constructs
        {
            let new_target = self.cell(made.new_target);
            self.set_register(register, new_target);
        }
        if self.caller.outer.is_none() {
            let (eager, catch) = (self.state_before(0), self.catch_state());
            let states = States { eager: Some(eager), lazy: None, catch: Some(catch) };
            self.shared.graph.add(self.block, Op::StackCheck {}, &[], states);
        }
    }

    /// The frame's live values come from the interpreter; execution begins at the loop header.
    fn enter_osr(&mut self, header: u32) {
        let liveness = Arc::clone(&self.liveness);
        // Whoever ends the activation looks for its generator, which no instruction need read.
        let live = liveness.before(header);
        let generator = self.generator_register().filter(|&register| !live.contains(register));
        for register in live.registers().chain(generator) {
            let Some(index) = register.as_local() else { continue };
            let slot = crate::graph::FrameSlot::Register(index);
            let value = self.emit(Op::OsrValue { slot }, &[]);
            self.set_register(register, value);
        }
        let environment = self.environment.take().expect("the entry");
        self.incoming.entry(header).or_default().push(Incoming { block: self.block, environment });
    }

    /// The frame's values come from the interpreter, which has just pushed it; the switch that the function begins with leads on.
    fn enter_activation(&mut self) {
        self.defers_loops = true;
        let value = |slot| Op::OsrValue { slot };
        self.sent = Some(self.emit(value(crate::graph::FrameSlot::Accumulator), &[]));
        if let Some(register) = self.code.new_target_or_generator
            && let Some(index) = register.as_local()
        {
            let generator = self.emit(value(crate::graph::FrameSlot::Register(index)), &[]);
            self.set_register(register, generator);
        }
    }

    /// `ResumeGenerator` gives all registers the values that the frame has.
    pub(super) fn resume_generator(&mut self) {
        let liveness = Arc::clone(&self.liveness);
        for register in liveness.after(self.offset).registers() {
            let Some(index) = register.as_local() else { continue };
            if Some(register) != self.generator_register() {
                let slot = crate::graph::FrameSlot::Register(index);
                let value = self.emit(Op::OsrValue { slot }, &[]);
                self.set_register(register, value);
            }
        }
        let sent = self.sent.expect("resumptions are entries");
        self.set_acc(sent);
    }

    /// Is there a suspension among the instructions from `start` to `end`?
    fn contains_suspension(&self, start: u32, end: u32) -> bool {
        let mut offset = start;
        while offset <= end
            && let Ok(raw) = RawInstruction::decode(&self.code.bytecode, offset)
        {
            if raw.opcode == Opcode::SuspendGenerator {
                return true;
            }
            offset = raw.end();
        }
        false
    }

    /// The register of a resumable function in which whoever ends the activation finds its generator.
    pub(super) fn generator_register(&self) -> Option<Register> {
        self.code.new_target_or_generator.filter(|_| self.code.info.is_resumable())
    }

    /// Registers that are dead need no phis and no place in states.
    fn forget_dead(&mut self, offset: u32) {
        let liveness = Arc::clone(&self.liveness);
        let live = liveness.before(offset);
        let count = self.code.register_count;
        let generator = self.generator_register();
        let env = self.env_mut();
        for register in 0..count {
            if !live.contains(Register::local(register)) && generator != Some(Register::local(register)) {
                env.registers[register as usize] = None;
            }
        }
        if !live.accumulator() {
            env.accumulator = None;
        }
    }

    // ---- edges ---------------------------------------------------------------------------------------------------------

    /// The current block goes on at `target`, which lies ahead.
    pub(super) fn jump_to(&mut self, target: u32) {
        let environment = self.environment.take().expect("a reachable instruction");
        self.incoming.entry(target).or_default().push(Incoming { block: self.block, environment });
    }

    /// A new block behind the current one, for an edge.
    pub(super) fn new_block(&mut self) -> BlockId {
        self.shared.graph.add_block()
    }

    /// Joins what leads to `offset`, the fallthrough included.
    fn merge(&mut self, offset: u32) {
        let Some(mut ways) = self.incoming.remove(&offset) else { return };
        if let Some(environment) = self.environment.take() {
            ways.push(Incoming { block: self.block, environment });
        }
        if ways.len() == 1 {
            let Incoming { block, environment } = ways.remove(0);
            (self.block, self.environment) = (block, Some(environment));
            return;
        }
        self.join(ways, Some(offset));
    }

    /// Joins ways in a new block. Registers that are live at `offset` (all, if there is none) get phis where they differ.
    pub(super) fn join(&mut self, ways: Vec<Incoming>, offset: Option<u32>) {
        let liveness = Arc::clone(&self.liveness);
        let live = offset.map(|offset| liveness.before(offset));
        let join = self.new_block();
        let mut joined = ways[0].environment.clone();
        let mut values: Vec<Vec<NodeId>> = vec![Vec::new(); ways.len()];
        for index in 0..joined.registers.len() {
            let local = (index as u32) < self.code.register_count;
            let register = Register::local(index as u32);
            let is_live = !local
                || live.is_none_or(|live| live.contains(register))
                || self.generator_register() == Some(register);
            let ours: Option<Vec<NodeId>> = ways.iter().map(|way| way.environment.registers[index]).collect();
            joined.registers[index] = match ours {
                Some(nodes) if is_live => Some(self.join_value(join, &ways, &nodes, &mut values)),
                _ => None,
            };
        }
        let ours: Option<Vec<NodeId>> = ways.iter().map(|way| way.environment.accumulator).collect();
        joined.accumulator = match ours {
            Some(nodes) if live.is_none_or(|live| live.accumulator()) => {
                Some(self.join_value(join, &ways, &nodes, &mut values))
            }
            _ => None,
        };
        let contexts: Vec<NodeId> = ways.iter().map(|way| way.environment.context).collect();
        joined.context = self.join_value(join, &ways, &contexts, &mut values);
        for way in &ways[1..] {
            joined.intersect_facts(&way.environment);
        }
        for (way, values) in ways.iter().zip(values) {
            self.shared.graph.terminate(way.block, Terminator::Jump(join, values));
        }
        self.block = join;
        self.environment = Some(joined);
        self.before = None;
    }

    fn join_value(
        &mut self,
        join: BlockId,
        ways: &[Incoming],
        nodes: &[NodeId],
        values: &mut [Vec<NodeId>],
    ) -> NodeId {
        if nodes.iter().all(|node| *node == nodes[0]) {
            return nodes[0];
        }
        let repr = self.shared.graph.repr(nodes[0]);
        let same = nodes.iter().all(|node| self.shared.graph.repr(*node) == repr) && repr != Repr::Word;
        let phi = self.shared.graph.add_parameter(join, if same { repr } else { Repr::Tagged });
        for ((way, node), list) in ways.iter().zip(nodes).zip(values) {
            list.push(if same { *node } else { self.tag_at(way, *node) });
        }
        phi
    }

    /// The tagged form of a node at the end of a way.
    fn tag_at(&mut self, way: &Incoming, node: NodeId) -> NodeId {
        way.environment
            .fact(node)
            .tagged
            .filter(|_| self.shared.graph.repr(node) != Repr::Tagged)
            .unwrap_or_else(|| self.shared.tag_in(way.block, node))
    }

    // ---- loops ---------------------------------------------------------------------------------------------------------

    fn open_loop(&mut self, offset: u32) {
        let end = self.loop_ends[&offset];
        let body = self.scan_loop(offset, end);
        let header = self.new_block();
        let liveness = Arc::clone(&self.liveness);
        let live = liveness.before(offset);
        let entry_state = Some(self.state_before(offset));
        let entry = Incoming {
            block: self.block,
            environment: self.environment.take().expect("a reachable instruction"),
        };
        let mut environment = entry.environment.clone();
        let (mut phis, mut values) = (Vec::new(), Vec::new());
        for index in 0..environment.registers.len() {
            let local = (index as u32) < self.code.register_count;
            let register = Register::local(index as u32);
            if local && !live.contains(register) && self.generator_register() != Some(register) {
                environment.registers[index] = None;
                continue;
            }
            let Some(value) = environment.registers[index].filter(|_| body.assigned[index]) else { continue };
            let phi = self.shared.graph.add_parameter(header, Repr::Tagged);
            values.push(self.tag_at(&entry, value));
            phis.push((Some(index as u32), phi));
            environment.registers[index] = Some(phi);
        }
        if body.changes_context {
            let phi = self.shared.graph.add_parameter(header, Repr::Tagged);
            values.push(self.tag_at(&entry, environment.context));
            phis.push((None, phi));
            environment.context = phi;
        }
        environment.accumulator = None;
        if !body.is_quiet {
            environment.forget_shapes();
        }
        self.shared.graph.terminate(entry.block, Terminator::Jump(header, values));
        self.shared.graph.block_mut(header).loop_info =
            Some(LoopInfo { back_edge: None, function: self.function, offset, entry_state });
        self.shared.loops.push(header);
        self.open_loops.insert(offset, OpenLoop { header, phis, end, back_edges: Vec::new() });
        self.block = header;
        self.environment = Some(environment);
        self.before = None;
    }

    /// `JumpLoop`: the back edge.
    pub(super) fn jump_loop(&mut self, target: u32) {
        // The state at the header: the accumulator is dead there.
        self.env_mut().accumulator = None;
        let eager = self.state_before(target);
        let catch = self.catch_state();
        let states = States { eager: Some(eager), lazy: None, catch: Some(catch) };
        self.shared.graph.add(self.block, Op::LoopInterruptCheck {}, &[], states);
        let environment = self.environment.take().expect("a reachable instruction");
        let way = Incoming { block: self.block, environment };
        match self.open_loops.get_mut(&target) {
            Some(open) => open.back_edges.push(way),
            None => {
                // OSR into an inner loop: the outer loop is built from its header when this way through the code ends.
                self.restarts.entry(target).or_default().push(way);
            }
        }
        self.close_loop(target);
    }

    fn close_dead_loop(&mut self, raw: &RawInstruction) {
        if raw.opcode == Opcode::JumpLoop {
            for target in raw.jump_targets() {
                self.close_loop(target);
            }
        }
    }

    /// Behind the last `JumpLoop` of a loop: connects the back edges.
    fn close_loop(&mut self, target: u32) {
        if self.open_loops.get(&target).is_none_or(|open| open.end != self.offset) {
            return;
        }
        let Some(open) = self.open_loops.remove(&target) else { return };
        self.shared.loops.retain(|header| *header != open.header);
        if open.back_edges.is_empty() {
            return;
        }
        if open.back_edges.len() == 1 {
            let way = &open.back_edges[0];
            let values = open.phis.iter().map(|(index, _)| self.value_at(way, *index)).collect();
            self.shared.graph.terminate(way.block, Terminator::Jump(open.header, values));
            self.set_back_edge(open.header, way.block);
            return;
        }
        let latch = self.new_block();
        let phis: Vec<NodeId> =
            open.phis.iter().map(|_| self.shared.graph.add_parameter(latch, Repr::Tagged)).collect();
        for way in &open.back_edges {
            let values = open.phis.iter().map(|(index, _)| self.value_at(way, *index)).collect();
            self.shared.graph.terminate(way.block, Terminator::Jump(latch, values));
        }
        self.shared.graph.terminate(latch, Terminator::Jump(open.header, phis));
        self.set_back_edge(open.header, latch);
    }

    fn set_back_edge(&mut self, header: BlockId, from: BlockId) {
        if let Some(info) = &mut self.shared.graph.block_mut(header).loop_info {
            info.back_edge = Some(from);
        }
    }

    fn value_at(&mut self, way: &Incoming, index: Option<u32>) -> NodeId {
        let node = match index {
            Some(index) => way.environment.registers[index as usize],
            None => Some(way.environment.context),
        };
        match node {
            Some(node) => self.tag_at(way, node),
            None => self.constant(TaggedConst::OPTIMIZED_OUT),
        }
    }

    fn scan_loop(&self, start: u32, end: u32) -> LoopBody {
        let limit = self.code.operand_limit() as usize;
        let mut body = LoopBody { assigned: vec![false; limit], changes_context: false, is_quiet: true };
        let mut offset = start;
        while offset <= end
            && let Ok(raw) = RawInstruction::decode(&self.code.bytecode, offset)
        {
            // Nothing leads to a resumption but an entry of the code.
            let never = raw.opcode == Opcode::ResumeGenerator;
            for (kind, fields) in raw.operands().filter(|_| !never) {
                let written = match kind {
                    OperandKind::RegRangeOut => fields[1],
                    kind => kind.registers_written(),
                };
                for register in fields[0]..fields[0] + written {
                    if let Some(assigned) = body.assigned.get_mut(register as usize) {
                        *assigned = true;
                    }
                }
            }
            body.changes_context |= matches!(
                raw.opcode,
                Opcode::PushContext | Opcode::PopContext | Opcode::SwitchOnGeneratorState
            );
            body.is_quiet &= self.is_quiet(&raw);
            offset = raw.end();
        }
        // A handler inside the loop restores a context.
        body.changes_context |=
            self.code.handlers.entries().iter().any(|h| start <= h.handler && h.handler <= end);
        body
    }

    /// Does the instruction leave the shapes of all objects as they are, as it will be translated?
    fn is_quiet(&self, raw: &RawInstruction) -> bool {
        use unspool_bytecode::Effects as E;
        let effects = raw.opcode.info().effects;
        let leaves =
            matches!(raw.opcode, Opcode::JumpLoop | Opcode::SuspendGenerator | Opcode::ResumeGenerator);
        if leaves || !(effects.contains(E::RunsJs) || effects.contains(E::WriteHeap)) {
            return true;
        }
        let Some(slot) = raw.first_of(OperandKind::Slot) else { return false };
        let slot = SlotIndex(slot);
        if !self.follows_plan(raw.opcode, slot) || self.shared.snapshot.has_refused(self.function, raw.offset)
        {
            return false;
        }
        match self.plan(slot) {
            SlotPlan::Uninitialized
            | SlotPlan::GlobalLoad(_)
            | SlotPlan::GlobalStore(_)
            | SlotPlan::ArrayStep(_) => true,
            SlotPlan::Binary(bits) => *bits & !super::arithmetic::NUMBERS == 0,
            SlotPlan::Compare(bits) => *bits & !super::arithmetic::COMPARED_NUMBERS == 0,
            SlotPlan::Load(cases) => cases.iter().all(|case| {
                matches!(case.receiver, Receiver::Shape(_))
                    && !matches!(
                        case.access,
                        LoadAccess::Generic | LoadAccess::Getter(..) | LoadAccess::OwnGetter(..)
                    )
            }),
            SlotPlan::Store(cases) => {
                cases.iter().all(|case| matches!(case.access, StoreAccess::Inline(_) | StoreAccess::Out(_)))
            }
            SlotPlan::Elements { cases, out_of_bounds: false, holes, appended: false } => {
                cases.iter().all(|case| {
                    matches!(case.kind, ElementKind::Array | ElementKind::Object)
                        && matches!(case.receiver, Receiver::Shape(_))
                        // Otherwise what a hole gives is looked up, and may be a getter's.
                        && (!*holes || case.absent.is_some())
                })
            }
            _ => false,
        }
    }

    /// Does the plan of its slot say what becomes of an instruction? Of others it says what they have met; they are generic steps, which
    /// do whatever comes.
    fn follows_plan(&self, opcode: Opcode, slot: SlotIndex) -> bool {
        use Opcode as O;
        let is_operator =
            matches!(self.code.feedback.get(slot), Some(SlotKind::BinaryOp | SlotKind::Compare));
        is_operator
            || matches!(
                opcode,
                O::LdaGlobal
                    | O::LdaGlobalInsideTypeof
                    | O::StaGlobal
                    | O::GetNamedProperty
                    | O::SetNamedProperty
                    | O::DefineNamedOwnProperty
                    | O::GetKeyedProperty
                    | O::GetKeyedPropertyForUpdate
                    | O::SetKeyedProperty
                    | O::GetPrivateProperty
                    | O::SetPrivateProperty
                    | O::DefinePrivateField
                    | O::CallProperty
                    | O::CallProperty0
                    | O::CallProperty1
                    | O::CallProperty2
                    | O::CallUndefinedReceiver
                    | O::CallUndefinedReceiver0
                    | O::CallUndefinedReceiver1
                    | O::CallUndefinedReceiver2
                    | O::CallAnyReceiver
                    | O::CallIteratorMethod
                    | O::Construct
                    | O::GetIteratorMethod
                    | O::IteratorStepFast
            )
    }
}

struct LoopBody {
    assigned: Vec<bool>,
    changes_context: bool,
    is_quiet: bool,
}
