//! Calls, construct calls, and inlining.
//!
//! A call of a known closure, or of any closure of one creation site, is checked and goes through the target's fast entry, a known native becomes its form in the
//! graph (`native`) or a direct call, and all others are calls of whatever is there. *Inlined* is a target whose body is
//! built in the place of the call by a builder of its own, with the caller's state as the outer one of its states; the budgets are V8's (see the
//! constants of the [module](super)). Constructors additionally make their receiver here, where the shape that they give it is known.

use std::sync::Arc;

use unspool_bytecode::{Register, SlotIndex};

use super::catch::Ends;
use super::environment::Environment;
use super::jumps::Validity;
use super::{
    Caller, Entry, FrameValues, FunctionBuilder, Incoming, MAX_INLINED_BYTES, MAX_INLINED_BYTES_ABSOLUTE,
    MAX_INLINING_DEPTH, SMALL_FUNCTION_BYTES,
};
use crate::broker::{CallPlan, ConstructPlan, Constructed, Signature, SlotPlan};
use crate::graph::Types;
use crate::graph::{
    CellRef, Condition, DeoptReason, FrameFlavor, FunctionRef, Helper, Inlining, NodeId, Op, ResultLocation,
    ShapeSet, States, TaggedConst, TargetRef,
};

impl FunctionBuilder<'_, '_> {
    /// `Call(callee, receiver, arguments)`, into the accumulator.
    pub(super) fn call(&mut self, callee: Register, receiver: NodeId, arguments: &[NodeId], slot: SlotIndex) {
        let callee = self.register(callee);
        let receiver = self.refined(receiver);
        let arguments: Vec<NodeId> = arguments.iter().map(|a| self.refined(*a)).collect();
        let plan = match self.plan(slot) {
            SlotPlan::Uninitialized if self.allows(DeoptReason::InsufficientTypeFeedbackForCall) => {
                return self.deopt(DeoptReason::InsufficientTypeFeedbackForCall);
            }
            SlotPlan::Call(plan) => *plan,
            _ => CallPlan::Any,
        };
        let callable = |target: TargetRef| {
            let info = self.shared.snapshot.target_info(target);
            !info.is_class_constructor && !info.is_resumable
        };
        if let Some(target) = self.known_closure(callee)
            && callable(target)
        {
            let callee = self.refined(callee);
            return self.call_target(callee, receiver, &arguments, target);
        }
        match plan {
            CallPlan::Closure(_, target) | CallPlan::FeedbackCell(_, target)
                if callable(target) && self.can_check_callee(plan) =>
            {
                let (callee, target) = self.check_callee(callee, plan);
                self.call_target(callee, receiver, &arguments, target);
            }
            CallPlan::Native(cell, known)
                if self.allows(DeoptReason::WrongCallTarget)
                    && self.call_applied(callee, cell, known, receiver, &arguments) => {}
            CallPlan::Native(cell, known) if self.allows(DeoptReason::WrongCallTarget) => {
                let callee = self.check_cell(callee, cell, DeoptReason::WrongCallTarget);
                if let Some(result) = self.known_native(known, receiver, &arguments) {
                    return self.set_acc(result);
                }
                let inputs: Vec<NodeId> = [callee, receiver].into_iter().chain(arguments).collect();
                let result = self.emit_call(Op::CallNative { cell }, &inputs);
                self.set_acc(result);
            }
            _ => {
                let callee = self.refined(callee);
                let inputs: Vec<NodeId> = [callee, receiver].into_iter().chain(arguments).collect();
                let result = self.emit_call(Op::Call {}, &inputs);
                self.set_acc(result);
            }
        }
    }

    /// May code bet that closures are those of a plan?
    pub(super) fn can_check_callee(&self, plan: CallPlan) -> bool {
        match plan {
            CallPlan::Closure(..) => self.allows(DeoptReason::WrongCallTarget),
            CallPlan::FeedbackCell(..) => self.allows(DeoptReason::WrongFeedbackCell),
            CallPlan::Native(..) | CallPlan::Any => false,
        }
    }

    /// The callee, which is a closure as [planned](Self::can_check_callee), and what it calls.
    pub(super) fn check_callee(&mut self, callee: NodeId, plan: CallPlan) -> (NodeId, TargetRef) {
        match plan {
            CallPlan::Closure(cell, target) => {
                (self.check_cell(callee, cell, DeoptReason::WrongCallTarget), target)
            }
            CallPlan::FeedbackCell(cell, target) => {
                let callee = self.refined(callee);
                let checked = match self.shared.graph.op(callee) {
                    Op::CheckFeedbackCell { cell: known } if *known == cell => callee,
                    _ => self.emit_check(Op::CheckFeedbackCell { cell }, &[callee]),
                };
                (checked, target)
            }
            CallPlan::Native(..) | CallPlan::Any => unreachable!("no plan for closures"),
        }
    }

    /// What a closure that this code makes calls.
    pub(super) fn known_closure(&self, callee: NodeId) -> Option<TargetRef> {
        let Op::CallHelper { helper: Helper::CreateClosure } = *self.shared.graph.op(callee) else {
            return None;
        };
        let feedback_cell = self.shared.graph.inputs(callee)[2];
        match self.constant_of(feedback_cell) {
            Some(TaggedConst::Cell(cell)) => self.shared.snapshot.closure_target(cell),
            _ => None,
        }
    }

    /// The value, known to be the cell.
    pub(super) fn check_cell(&mut self, node: NodeId, cell: CellRef, reason: DeoptReason) -> NodeId {
        let value = TaggedConst::Cell(cell);
        if self.constant_of(node) != Some(value) {
            let input = self.refined(node);
            self.emit_check(Op::CheckValue { value, reason }, &[input]);
        }
        self.constant(value)
    }

    pub(super) fn call_target(
        &mut self,
        callee: NodeId,
        receiver: NodeId,
        arguments: &[NodeId],
        target: TargetRef,
    ) {
        let info = self.shared.snapshot.target_info(target);
        if info.signature == Signature::Observing && info.inlined.is_some() {
            let receiver = self.coerced_receiver(callee, receiver, target);
            if self.inline(callee, receiver, arguments, target, FrameFlavor::Call) {
                return;
            }
        }
        if info.signature == Signature::Observing {
            let inputs: Vec<NodeId> =
                [callee, receiver].into_iter().chain(arguments.iter().copied()).collect();
            let result = self.emit_call(Op::CallKnownGeneric { target }, &inputs);
            return self.set_acc(result);
        }
        let receiver = self.coerced_receiver(callee, receiver, target);
        if self.inline(callee, receiver, arguments, target, FrameFlavor::Call) {
            return;
        }
        let mut inputs = vec![callee, receiver];
        inputs.extend(self.formals(arguments, info.formals));
        let result = self.emit_call(Op::CallKnown { target }, &inputs);
        self.set_acc(result);
    }

    /// The arguments, cut or padded to the formals.
    fn formals(&mut self, arguments: &[NodeId], formals: u32) -> Vec<NodeId> {
        let undefined = self.constant(TaggedConst::UNDEFINED);
        (0..formals as usize).map(|i| arguments.get(i).copied().unwrap_or(undefined)).collect()
    }

    fn coerced_receiver(&mut self, callee: NodeId, receiver: NodeId, target: TargetRef) -> NodeId {
        let info = self.shared.snapshot.target_info(target);
        if !info.coerces_receiver || self.types(receiver).is(Types::OBJECT) {
            return receiver;
        }
        match (self.constant_of(receiver), info.global_this) {
            (Some(TaggedConst::UNDEFINED | TaggedConst::NULL), Some(global)) => self.cell(global),
            _ => self.emit(Op::CallHelper { helper: Helper::CoerceReceiver }, &[callee, receiver]),
        }
    }

    /// Calls a known getter (without value) or setter.
    pub(super) fn call_accessor(
        &mut self,
        callee: NodeId,
        target: Option<TargetRef>,
        receiver: NodeId,
        value: Option<NodeId>,
    ) {
        let flavor = if value.is_some() { FrameFlavor::Setter } else { FrameFlavor::Getter };
        let arguments: Vec<NodeId> = value.into_iter().collect();
        let target = target.filter(|target| {
            let info = self.shared.snapshot.target_info(*target);
            info.signature == Signature::Formals && !info.is_resumable && !info.is_class_constructor
        });
        let result = match target {
            Some(target) => {
                let receiver = self.coerced_receiver(callee, receiver, target);
                if self.inline(callee, receiver, &arguments, target, flavor) {
                    return;
                }
                let mut inputs = vec![callee, receiver];
                let formals = self.shared.snapshot.target_info(target).formals;
                inputs.extend(self.formals(&arguments, formals));
                self.emit_call(Op::CallKnown { target }, &inputs)
            }
            None => {
                let inputs: Vec<NodeId> = [callee, receiver].into_iter().chain(arguments).collect();
                self.emit_call(Op::Call {}, &inputs)
            }
        };
        self.set_acc(result);
    }

    /// `Construct(constructor, arguments, acc)`, into the accumulator.
    pub(super) fn construct(&mut self, constructor: Register, arguments: &[NodeId], slot: SlotIndex) {
        let callee = self.register(constructor);
        let new_target = self.acc();
        let arguments: Vec<NodeId> = arguments.iter().map(|a| self.refined(*a)).collect();
        let plan = match self.plan(slot) {
            SlotPlan::Uninitialized if self.allows(DeoptReason::InsufficientTypeFeedbackForConstruct) => {
                return self.deopt(DeoptReason::InsufficientTypeFeedbackForConstruct);
            }
            SlotPlan::Construct(plan) => *plan,
            _ => ConstructPlan::Any,
        };
        if let ConstructPlan::Closure { cell, target, made } = plan
            && self.allows(DeoptReason::WrongConstructor)
            && self.allows(DeoptReason::WrongMap)
            && self.construct_known(callee, new_target, &arguments, (cell, target), made)
        {
            return;
        }
        if let ConstructPlan::Array(cell) = plan
            && self.construct_array(callee, new_target, &arguments, cell)
        {
            return;
        }
        let (callee, new_target) = (self.refined(callee), self.refined(new_target));
        let inputs: Vec<NodeId> = [callee, new_target].into_iter().chain(arguments).collect();
        let result = self.emit_call(Op::Construct {}, &inputs);
        self.set_acc(result);
    }

    /// Constructs with a known constructor, into the accumulator. Tells whether there is a way to.
    fn construct_known(
        &mut self,
        callee: NodeId,
        new_target: NodeId,
        arguments: &[NodeId],
        (cell, target): (CellRef, TargetRef),
        made: Option<Constructed>,
    ) -> bool {
        let info = self.shared.snapshot.target_info(target);
        let (is_derived, is_inlined) = (info.is_derived_constructor, info.inlined.is_some());
        let takes_formals = info.signature == Signature::Formals;
        // `super(…)` makes what `new.target` makes.
        let made = match self.constant_of(new_target) {
            _ if new_target == callee => made,
            Some(TaggedConst::Cell(known)) if known == cell => made,
            Some(TaggedConst::Cell(known)) => match self.caller.constructs {
                Some(outer) if outer.new_target == known => Some(outer),
                _ => None,
            },
            // It is another one in a constructor that is derived.
            _ if self.code.new_target_or_generator.is_some() => None,
            _ => made,
        };
        let Some(made) = made else { return false };
        if (is_derived || !takes_formals) && !self.may_inline(target) {
            return false;
        }
        debug_assert!(is_inlined || takes_formals);
        let same = new_target == callee;
        let callee = self.check_cell(callee, cell, DeoptReason::WrongConstructor);
        if !same && made.new_target == cell {
            self.check_cell(new_target, cell, DeoptReason::WrongConstructor);
        }
        if is_derived {
            let hole = self.constant(TaggedConst::HOLE);
            return self.inline_with(
                callee,
                hole,
                arguments,
                target,
                FrameFlavor::ConstructDerived,
                Some(made),
            );
        }
        let (data, shapes) = (self.cell(made.data), ShapeSet::one(made.shape));
        self.emit_check(Op::CheckShape { shapes, known_cell: true }, &[data]);
        let receiver = self.allocate_object(made.shape, made.inline_slots);
        if self.inline(callee, receiver, arguments, target, FrameFlavor::Construct) {
            return true;
        }
        let mut inputs = vec![callee, receiver];
        let formals = self.shared.snapshot.target_info(target).formals;
        inputs.extend(self.formals(arguments, formals));
        let result = self.emit_call(Op::ConstructKnown { target }, &inputs);
        self.set_acc(result);
        true
    }

    /// `super(...arguments)` of a constructor that is not written down; tells whether it knows its arguments.
    pub(super) fn construct_forward(&mut self, constructor: Register, slot: SlotIndex) -> bool {
        let Some(count) = self.caller.argument_count else { return false };
        let formals = self.code.info.formal_count;
        let arguments: Vec<NodeId> = (0..count)
            .map(|index| match index.checked_sub(formals) {
                None => self.register(Register::parameter(index)),
                Some(extra) => self.extra[extra as usize],
            })
            .collect();
        self.construct(constructor, &arguments, slot);
        true
    }

    /// The superclass of the class whose constructor this is, if that is known; exits if it is another one.
    pub(super) fn known_super_constructor(&mut self, function: NodeId) -> Option<NodeId> {
        let Some(TaggedConst::Cell(class)) = self.constant_of(function) else { return None };
        let targets = self.shared.snapshot.targets.iter();
        let superclass = targets.filter_map(|target| target.superclass).find(|known| known.class == class)?;
        if !self.allows(DeoptReason::WrongMap) {
            return None;
        }
        self.check_shapes(function, ShapeSet::one(superclass.shape));
        Some(self.cell(superclass.constructor))
    }

    /// Is the node the constructor of a superclass, as a constant?
    pub(super) fn is_known_superclass(&self, constructor: NodeId) -> bool {
        let Some(TaggedConst::Cell(cell)) = self.constant_of(constructor) else { return false };
        let mut targets = self.shared.snapshot.targets.iter().filter_map(|target| target.superclass);
        targets.any(|known| known.constructor == cell)
    }

    /// `new Array(length)`, into the accumulator.
    fn construct_array(
        &mut self,
        callee: NodeId,
        new_target: NodeId,
        arguments: &[NodeId],
        cell: CellRef,
    ) -> bool {
        let bets = [DeoptReason::WrongConstructor, DeoptReason::NotASmi, DeoptReason::NotAnArrayIndex];
        let &[length] = arguments else { return false };
        if !bets.into_iter().all(|bet| self.allows(bet)) {
            return false;
        }
        self.check_cell(callee, cell, DeoptReason::WrongConstructor);
        if new_target != callee {
            self.check_cell(new_target, cell, DeoptReason::WrongConstructor);
        }
        let length = self.to_int32(length);
        let zero = self.int32(0);
        let condition = Condition::GreaterOrEqual;
        let is_positive = self.emit(Op::Int32Compare { condition }, &[length, zero]);
        self.emit_check(Op::CheckCondition { reason: DeoptReason::NotAnArrayIndex }, &[is_positive]);
        let array = self.helper(Helper::CreateArray, &[length]);
        self.set_acc(array);
        true
    }

    fn is_primitive_constant(&self, node: NodeId) -> bool {
        self.constant_of(node).is_some_and(|value| matches!(value, TaggedConst::Bits(_)))
    }

    /// Is it worth while to build the target's body in the place of a call here?
    fn may_inline(&self, target: TargetRef) -> bool {
        let Some(function) = self.shared.snapshot.target_info(target).inlined else { return false };
        let bytes = self.shared.snapshot.function(function).code.bytecode.len() as u32;
        let is_cold = bytes > SMALL_FUNCTION_BYTES
            && self.shared.snapshot.function(self.function).cold_calls.contains(&self.offset);
        let is_recursive = function == self.function || self.caller.chain.contains(&function);
        let total = self.shared.inlined_bytes + bytes;
        let fits = total <= MAX_INLINED_BYTES
            || (bytes <= SMALL_FUNCTION_BYTES && total <= MAX_INLINED_BYTES_ABSOLUTE);
        !is_recursive
            && !is_cold
            && fits
            && self.caller.chain.len() < MAX_INLINING_DEPTH
            && function != FunctionRef(0)
    }

    /// Builds the target's body in the place of the call, if that is worth while. Tells whether it did.
    fn inline(
        &mut self,
        callee: NodeId,
        receiver: NodeId,
        arguments: &[NodeId],
        target: TargetRef,
        flavor: FrameFlavor,
    ) -> bool {
        self.inline_with(callee, receiver, arguments, target, flavor, None)
    }

    fn inline_with(
        &mut self,
        callee: NodeId,
        receiver: NodeId,
        arguments: &[NodeId],
        target: TargetRef,
        flavor: FrameFlavor,
        constructs: Option<Constructed>,
    ) -> bool {
        let Some(function) =
            self.shared.snapshot.target_info(target).inlined.filter(|_| self.may_inline(target))
        else {
            return false;
        };
        let code = Arc::clone(&self.shared.snapshot.function(function).code);
        let bytes = code.bytecode.len() as u32;
        self.shared.inlined_bytes += bytes;
        let inlining = self.shared.graph.add_inlining(Inlining {
            outer: self.caller.inlining,
            offset: self.offset,
            function,
            flavor,
            arguments: arguments.len() as u32,
        });
        let outer = self.lazy_state(match flavor {
            FrameFlavor::Setter => ResultLocation::Ignore,
            _ => ResultLocation::Accumulator,
        });
        let context = self.shared.graph.add(self.block, Op::LoadFunctionContext {}, &[callee], States::NONE);
        let mut chain = self.caller.chain.clone();
        chain.push(self.function);
        let caller = Caller {
            outer: Some(outer),
            flavor,
            argument_count: Some(arguments.len() as u32),
            constructs,
            catches: self.catches(),
            inlining: Some(inlining),
            chain,
        };
        let count = code.info.formal_count;
        let frame = FrameValues {
            closure: callee,
            context,
            receiver,
            formals: self.formals(arguments, count),
            extra: arguments.get(count as usize..).unwrap_or_default().to_vec(),
        };
        let environment = self.environment.take().expect("a reachable instruction");
        let mut inner = FunctionBuilder::new(self.shared, function, code, caller, frame, self.block);
        if let Some(env) = &mut inner.environment {
            env.take_facts(environment.clone());
        }
        let Ends { returns, thrown } = inner.run(Entry::Start);
        for Incoming { block, environment: facts } in thrown {
            let mut environment = environment.clone();
            environment.accumulator = facts.accumulator;
            environment.take_facts(facts);
            self.continue_at_handler(Incoming { block, environment }, Validity::Unsure);
        }
        self.before = None;
        let mut ways: Vec<Incoming> = Vec::new();
        for (block, result, facts) in returns {
            let mut environment: Environment = environment.clone();
            environment.take_facts(facts);
            environment.accumulator = match flavor {
                FrameFlavor::Setter => None,
                FrameFlavor::Construct if self.is_primitive_constant(result) => Some(receiver),
                _ => Some(result),
            };
            ways.push(Incoming { block, environment });
        }
        match ways.len() {
            0 => {}
            1 => {
                let way = ways.remove(0);
                (self.block, self.environment) = (way.block, Some(way.environment));
            }
            _ => self.join(ways, None),
        }
        if flavor == FrameFlavor::Construct
            && self.environment.is_some()
            && self.env().accumulator != Some(receiver)
        {
            let result = self.acc();
            let result = self.tagged(result);
            let result = self.emit(Op::ConstructResult {}, &[result, receiver]);
            self.set_acc(result);
        }
        true
    }
}
