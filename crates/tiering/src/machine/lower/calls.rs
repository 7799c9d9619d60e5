//! Calls: of JavaScript functions, of the runtime, and what follows them.
//!
//! A call that gives SENTINEL has thrown, or its callee has left rebuilt frames: `finish_call` runs those and gives the value, or
//! SENTINEL for an exception alone. An exception leaves the code for a handler in one of its frames if there is one, otherwise by returning
//! SENTINEL. Behind every call that can invalidate code stands the test of the code object's byte.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, StackSlotData, StackSlotKind, types};
use unspool_bytecode::{Opcode, OperandKind, RawInstruction};
use unspool_deopt::{SiteId, SiteReason};
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::compiled::{EntryRecord, StepDescriptor, StepSlot, helpers};
use unspool_values::{CellKind, JSString, Value};

use super::exits::hot;
use super::ops::Operands;
use super::{Lowering, body_signature, rust_signature};
use crate::graph::ops::CallOp;
use crate::graph::{
    Effects, FrameSlot, FrameStateId, Helper, NodeId, Op, Repr, States, Step, StepId, TaggedConst, TargetRef,
};
use crate::machine::inspect::sites::SiteUse;

/// How a call that gave SENTINEL is finished.
#[derive(Clone, Copy)]
enum Finish {
    /// It is an exception.
    Exception,
    /// Frames may have been rebuilt.
    Call,
    /// As `Call`, of a constructor.
    Construct,
    /// As `Call`, of a derived constructor.
    ConstructDerived,
}

impl Lowering<'_, '_> {
    /// A call, or what belongs to one. `rest` are the nodes behind it in its block.
    pub(super) fn call_op(&mut self, op: CallOp, n: Operands<'_>, rest: &[NodeId]) -> Option<ir::Value> {
        Some(match op {
            CallOp::CallKnown { target } => self.call_known(target, n.inputs, n.node),
            CallOp::Call {} => self.call_any(n.inputs, n.node),
            CallOp::CallWithArguments { first } => self.call_with_arguments(first, n.inputs, n.node),
            CallOp::CallKnownGeneric { .. } => {
                self.call_through(helpers::call as *const () as u64, n.inputs, n.node)
            }
            CallOp::CallNative { .. } => {
                self.call_through(helpers::call_native as *const () as u64, n.inputs, n.node)
            }
            CallOp::Construct {} => self.construct_any(n.inputs, n.node),
            CallOp::ConstructKnown { target } => self.construct_known(target, n.inputs, n.node),
            CallOp::ConstructResult {} => {
                let (result, receiver) = (n.value(0), n.value(1));
                let is_object = self.is_object(result);
                self.b.ins().select(is_object, result, receiver)
            }
            CallOp::CallHelper { helper: Helper::StrictEqual } => self.strict_equal(n.value(0), n.value(1)),
            CallOp::CallHelper { helper: Helper::StringEqual } => self.string_equal(n.value(0), n.value(1)),
            CallOp::CallHelper { helper: Helper::CreateArray } => self.create_array(n.inputs, n.node),
            CallOp::CallHelper { helper } => self.call_helper(helper, n.inputs, n.node),
            CallOp::GenericStep { step, effects } => {
                self.generic_step(step, effects, n.inputs, n.node, rest);
                return None;
            }
            CallOp::TakeException {} => self.take_exception(),
            // Outputs are loaded directly behind their step; the end of its block looks for a `Threw`, and nothing else.
            CallOp::StepOutput { .. } | CallOp::Threw {} => return None,
        })
    }

    /// Calls a Rust function (isolate, parameters…) that neither throws nor walks the stack.
    pub(super) fn rust_call(
        &mut self,
        function: u64,
        parameters: &[ir::Type],
        result: Option<ir::Type>,
        arguments: &[ir::Value],
    ) -> Option<ir::Value> {
        let mut all = vec![types::I64];
        all.extend_from_slice(parameters);
        let signature = self.b.import_signature(rust_signature(&all, result));
        let callee = self.word(function);
        let mut values = vec![self.isolate()];
        values.extend_from_slice(arguments);
        let call = self.b.ins().call_indirect(signature, callee, &values);
        self.b.inst_results(call).first().copied()
    }

    /// Makes this frame known to stack walks, as standing at a site.
    fn publish_frame(&mut self, site: SiteId) {
        let frame = self.b.ins().get_frame_pointer(types::I64);
        self.store_isolate(frame, hot!(compiled_frame));
        let code = self.word(u64::from(self.environment.code) << 32 | u64::from(site.0));
        self.store_isolate(code, hot!(compiled_site));
    }

    /// The site of a call: its lazy state, or what else describes its frames.
    fn call_site(&mut self, states: States) -> Option<SiteId> {
        let state = states.lazy.or(states.catch).or(states.eager)?;
        Some(self.site(SiteReason::Lazy, state, SiteUse::Call))
    }

    /// Emits a call instruction that the tables find by its return address.
    fn tagged_call(
        &mut self,
        signature: ir::Signature,
        callee: ir::Value,
        arguments: &[ir::Value],
        site: Option<SiteId>,
    ) -> ir::Value {
        let signature = self.b.import_signature(signature);
        if let Some(site) = site {
            self.b.set_srcloc(ir::SourceLoc::new(site.0));
        }
        let call = self.b.ins().call_indirect(signature, callee, arguments);
        self.b.set_srcloc(ir::SourceLoc::default());
        self.b.inst_results(call)[0]
    }

    /// A Rust function that can throw or run the program.
    fn throwing_call(
        &mut self,
        function: u64,
        parameters: &[ir::Type],
        arguments: &[ir::Value],
        site: Option<SiteId>,
    ) -> ir::Value {
        let mut all = vec![types::I64];
        all.extend_from_slice(parameters);
        if let Some(site) = site {
            self.publish_frame(site);
        }
        let callee = self.word(function);
        let mut values = vec![self.isolate()];
        values.extend_from_slice(arguments);
        self.tagged_call(rust_signature(&all, Some(types::I64)), callee, &values, site)
    }

    /// Is there a handler for exceptions in the frames of a state?
    fn has_handler(&self, state: FrameStateId) -> bool {
        let mut at = Some(state);
        while let Some(id) = at {
            let state = self.graph.state(id);
            if state.has_handler {
                return true;
            }
            at = state.outer;
        }
        false
    }

    /// The block that an exception leaves to.
    fn exception_block(&mut self, states: States) -> ir::Block {
        if let Some(handler) = self.caught {
            return handler;
        }
        let state = states.catch.or(states.lazy).or(states.eager);
        match state.filter(|&state| self.has_handler(state)) {
            Some(state) => {
                let site = self.site(SiteReason::Lazy, state, SiteUse::Exception);
                self.stub(site, state, None)
            }
            None => self.sentinel_block(),
        }
    }

    /// The value of a call behind the test for SENTINEL.
    fn finish(
        &mut self,
        result: ir::Value,
        finish: Finish,
        states: States,
        site: Option<SiteId>,
    ) -> ir::Value {
        let exception = self.exception_block(states);
        let done = self.b.create_block();
        let value = self.b.append_block_param(done, types::I64);
        let is_sentinel = self.b.ins().icmp_imm_s(IntCC::Equal, result, 0);
        let finisher = match finish {
            Finish::Exception => None,
            Finish::Call => Some(helpers::finish_call as *const () as u64),
            Finish::Construct => Some(helpers::finish_construct as *const () as u64),
            Finish::ConstructDerived => Some(helpers::finish_construct_derived as *const () as u64),
        };
        match finisher {
            None => {
                self.b.ins().brif(is_sentinel, exception, &[], done, &[result.into()]);
            }
            Some(finisher) => {
                let cold = self.cold_block();
                self.b.ins().brif(is_sentinel, cold, &[], done, &[result.into()]);
                self.b.switch_to_block(cold);
                let finished = self.throwing_call(finisher, &[], &[], site);
                let threw = self.b.ins().icmp_imm_s(IntCC::Equal, finished, 0);
                self.b.ins().brif(threw, exception, &[], done, &[finished.into()]);
            }
        }
        self.b.switch_to_block(done);
        value
    }

    /// TakeException.
    pub(super) fn take_exception(&mut self) -> ir::Value {
        let helper = helpers::take_exception as *const () as u64;
        let exception = self.rust_call(helper, &[], Some(types::I64), &[]).expect("a result");
        let (leave, next) = (self.sentinel_block(), self.b.create_block());
        self.b.ins().brif(exception, next, &[], leave, &[]);
        self.b.switch_to_block(next);
        exception
    }

    /// Leaves lazily if the code was invalidated.
    fn test_invalidated(&mut self, value: Option<ir::Value>, effects: Effects, states: States) {
        if !effects.intersects(Effects::CanInvalidate.union(Effects::RunsJs)) {
            return;
        }
        let Some(state) = states.lazy else { return };
        let site = self.site(SiteReason::Lazy, state, SiteUse::Lazy);
        let stored = value.map(|value| (value, hot!(result)));
        let stub = self.stub(site, state, stored);
        self.branch_if_invalidated(stub);
        self.force(site, state, stored);
    }
    /// Goes to a block if the code was invalidated.
    fn branch_if_invalidated(&mut self, stub: ir::Block) {
        let cell = self.word(self.environment.code_cell);
        let offset = offset_of!(crate::machine::code::CodeCell, invalidated) as i32;
        let byte = self.b.ins().load(types::I8, MemFlagsData::trusted(), cell, offset);
        let next = self.b.create_block();
        self.b.ins().brif(byte, stub, &[], next, &[]);
        self.b.switch_to_block(next);
    }
    /// CheckValid.
    pub(super) fn check_valid(&mut self, state: FrameStateId) {
        let stub = self.eager_stub(crate::graph::DeoptReason::CodeInvalidated, state, None);
        self.branch_if_invalidated(stub);
    }

    /// Values in consecutive words of the machine frame; their address.
    fn words(&mut self, values: &[ir::Value], count: usize) -> (ir::StackSlot, ir::Value) {
        let size = 8 * count.max(values.len()).max(1) as u32;
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        for (i, &value) in values.iter().enumerate() {
            self.b.ins().stack_store(types::I64, value, slot, 8 * i as i32);
        }
        (slot, self.b.ins().stack_addr(types::I64, slot, 0))
    }

    /// Of strings that an exit puts together, the code compares their length with the limit.
    pub(super) fn left_string(&mut self, node: NodeId) {
        let Op::CallHelper { helper: Helper::StringConcat } = *self.graph.op(node) else { return };
        let states = self.graph.node(node).states;
        let lengths = [0, 1].map(|i| {
            let part = self.graph.inputs(node)[i];
            match self.left_lengths.get(&part) {
                Some(&length) => length,
                None => {
                    let (string, offset) = (self.value(part), JSString::LENGTH_OFFSET as i32);
                    self.b.ins().load(types::I32, MemFlagsData::trusted(), string, offset)
                }
            }
        });
        let length = self.b.ins().iadd(lengths[0], lengths[1]);
        self.left_lengths.insert(node, length);
        let limit = i64::from(JSString::MAX_LENGTH);
        let too_long = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, length, limit);
        let (throws, next) = (self.cold_block(), self.b.create_block());
        self.b.ins().brif(too_long, throws, &[], next, &[]);
        self.b.switch_to_block(throws);
        let site = self.call_site(states);
        let throw = helpers::throw_string_too_long as *const () as u64;
        let result = self.throwing_call(throw, &[], &[], site);
        self.finish(result, Finish::Exception, states, site);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
    }

    /// CallWithArguments
    pub(super) fn call_with_arguments(&mut self, first: u32, inputs: &[NodeId], node: NodeId) -> ir::Value {
        let states = self.graph.node(node).states;
        let (count, arguments) = self.own_arguments();
        let (callee, receiver) = (self.value(inputs[0]), self.value(inputs[1]));
        let rest = self.b.ins().iadd_imm_s(count, -i64::from(first));
        let (none, has_rest) = (self.word(0), IntCC::UnsignedGreaterThan);
        let has_rest = self.b.ins().icmp_imm_s(has_rest, count, i64::from(first));
        let rest = self.b.ins().select(has_rest, rest, none);
        let address = self.b.ins().iadd_imm_s(arguments, 8 * i64::from(first));
        let site = self.call_site(states);
        let call = helpers::call as *const () as u64;
        let result = self.throwing_call(call, &[types::I64; 4], &[callee, receiver, rest, address], site);
        let value = self.finish(result, Finish::Exception, states, site);
        self.test_invalidated(Some(value), Effects::Call, states);
        value
    }

    /// A call of anything through a helper (callee, receiver or new.target, count, arguments).
    pub(super) fn call_through(&mut self, helper: u64, inputs: &[NodeId], node: NodeId) -> ir::Value {
        let states = self.graph.node(node).states;
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let (_, address) = self.words(&values[2..], 0);
        let count = self.word(values.len() as u64 - 2);
        let site = self.call_site(states);
        let result =
            self.throwing_call(helper, &[types::I64; 4], &[values[0], values[1], count, address], site);
        let value = self.finish(result, Finish::Exception, states, site);
        self.test_invalidated(Some(value), Effects::Call, states);
        value
    }

    /// Call: closures of this realm that take exactly the arguments given are entered directly, the runtime calls everything else.
    pub(super) fn call_any(&mut self, inputs: &[NodeId], node: NodeId) -> ir::Value {
        let states = self.graph.node(node).states;
        let trusted = MemFlagsData::trusted();
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let (callee, receiver) = (values[0], values[1]);
        let count = values.len() - 2;
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let require = |this: &mut Self, condition: ir::Value, otherwise: ir::Block| {
            let next = this.b.create_block();
            this.b.ins().brif(condition, next, &[], otherwise, &[]);
            this.b.switch_to_block(next);
        };
        let is_cell = self.is_cell(callee);
        require(self, is_cell, slow);
        let closure = CellKind::Function as u8;
        let is_closure = self.kind_in(callee, closure, closure);
        require(self, is_closure, slow);
        let template = self.b.ins().load(types::I64, trusted, callee, offset_of!(Function, template) as i32);
        let record = self.b.ins().load(types::I64, trusted, template, FunctionTemplate::RECORD_OFFSET as i32);
        require(self, record, slow);
        let formals = self.b.ins().load(types::I32, trusted, record, offset_of!(EntryRecord, formals) as i32);
        let fits = self.b.ins().icmp_imm_u(IntCC::Equal, formals, count as i64);
        require(self, fits, slow);
        let realm =
            self.b.ins().load(types::I64, trusted, template, offset_of!(FunctionTemplate, realm) as i32);
        let current = self.load_isolate(types::I64, hot!(realm));
        let is_here = self.b.ins().icmp(IntCC::Equal, realm, current);
        require(self, is_here, slow);
        let coerces = self.b.ins().load(types::I8, trusted, record, offset_of!(EntryRecord, coerces) as i32);
        let (direct, sloppy) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(coerces, sloppy, &[], direct, &[]);
        self.b.switch_to_block(sloppy);
        let is_object = self.is_object(receiver);
        self.b.ins().brif(is_object, direct, &[], slow, &[]);

        self.b.switch_to_block(direct);
        let mut arguments = vec![self.isolate()];
        arguments.extend_from_slice(&values);
        let fast = self.b.ins().load(types::I64, trusted, record, offset_of!(EntryRecord, fast) as i32);
        let site = self.call_site(states);
        let returned = self.tagged_call(body_signature(count, false), fast, &arguments, site);
        self.b.ins().jump(done, &[returned.into()]);

        self.b.switch_to_block(slow);
        let (_, address) = self.words(&values[2..], 0);
        let count = self.word(count as u64);
        let helper = helpers::call as *const () as u64;
        let returned =
            self.throwing_call(helper, &[types::I64; 4], &[callee, receiver, count, address], site);
        self.b.ins().jump(done, &[returned.into()]);

        self.b.switch_to_block(done);
        // The helper leaves no rebuilt frames, and then there is nothing to finish but the exception.
        let result = self.finish(result, Finish::Call, states, site);
        self.test_invalidated(Some(result), Effects::Call, states);
        result
    }

    /// Construct: constructors of this realm with machine code are entered directly, the runtime calls everything else. That includes
    /// base constructors for a `new.target` other than a closure, whose `prototype` may be a getter's: what that does may break what the
    /// code to be entered relies on.
    pub(super) fn construct_any(&mut self, inputs: &[NodeId], node: NodeId) -> ir::Value {
        let states = self.graph.node(node).states;
        let trusted = MemFlagsData::trusted();
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let (callee, new_target) = (values[0], values[1]);
        let (_, address) = self.words(&values[2..], 0);
        let count = self.word(values.len() as u64 - 2);
        let site = self.call_site(states);
        let (slow, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let require = |this: &mut Self, condition: ir::Value| {
            let next = this.b.create_block();
            this.b.ins().brif(condition, next, &[], slow, &[]);
            this.b.switch_to_block(next);
        };
        let closure = CellKind::Function as u8;
        let is_closure = self.is_kind(callee, closure, closure);
        require(self, is_closure);
        let template = self.b.ins().load(types::I64, trusted, callee, offset_of!(Function, template) as i32);
        let record = self.b.ins().load(types::I64, trusted, template, FunctionTemplate::RECORD_OFFSET as i32);
        require(self, record);
        let generic = offset_of!(EntryRecord, generic) as i32;
        let entry = self.b.ins().load(types::I64, trusted, record, generic);
        require(self, entry);
        let realm =
            self.b.ins().load(types::I64, trusted, template, offset_of!(FunctionTemplate, realm) as i32);
        let current = self.load_isolate(types::I64, hot!(realm));
        let is_here = self.b.ins().icmp(IntCC::Equal, realm, current);
        require(self, is_here);
        let flags =
            self.b.ins().load(types::I32, trusted, template, offset_of!(FunctionTemplate, flags) as i32);
        let constructor = self.b.ins().band_imm_s(flags, i64::from(FunctionTemplate::CONSTRUCTOR));
        require(self, constructor);
        let derived = self.b.ins().band_imm_s(flags, i64::from(FunctionTemplate::DERIVED));
        let (base_block, derived_block) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(derived, derived_block, &[], base_block, &[]);
        let signature = || rust_signature(&[types::I64; 6], Some(types::I64));

        self.b.switch_to_block(derived_block);
        let hole = self.word(Value::HOLE.bits());
        let arguments = [self.isolate(), callee, hole, new_target, count, address];
        let made = self.tagged_call(signature(), entry, &arguments, site);
        let made = self.finish(made, Finish::ConstructDerived, states, site);
        self.b.ins().jump(done, &[made.into()]);

        self.b.switch_to_block(base_block);
        let is_closure = self.is_kind(new_target, closure, closure);
        require(self, is_closure);
        let helper = helpers::allocate_receiver as *const () as u64;
        let receiver = self.throwing_call(helper, &[types::I64; 2], &[callee, new_target], site);
        let receiver = self.finish(receiver, Finish::Exception, states, site);
        // A collection, or the shape of what is constructed, may have ended the code.
        let entry = self.b.ins().load(types::I64, trusted, record, generic);
        require(self, entry);
        let arguments = [self.isolate(), callee, receiver, new_target, count, address];
        let made = self.tagged_call(signature(), entry, &arguments, site);
        let made = self.finish(made, Finish::Construct, states, site);
        let is_object = self.is_object(made);
        let made = self.b.ins().select(is_object, made, receiver);
        self.b.ins().jump(done, &[made.into()]);

        self.b.switch_to_block(slow);
        let helper = helpers::construct as *const () as u64;
        let made = self.throwing_call(helper, &[types::I64; 4], &[callee, new_target, count, address], site);
        let made = self.finish(made, Finish::Exception, states, site);
        self.b.ins().jump(done, &[made.into()]);

        self.b.switch_to_block(done);
        self.test_invalidated(Some(result), Effects::Call, states);
        result
    }

    /// CallKnown.
    pub(super) fn call_known(&mut self, target: TargetRef, inputs: &[NodeId], node: NodeId) -> ir::Value {
        let states = self.graph.node(node).states;
        let mut arguments = vec![self.isolate()];
        arguments.extend(inputs.iter().map(|&input| self.values[input.index()].expect("defined")));
        let record = self.word(self.environment.targets[target.index()]);
        let fast = offset_of!(EntryRecord, fast) as i32;
        let callee = self.b.ins().load(types::I64, MemFlagsData::trusted(), record, fast);
        let site = self.call_site(states);
        let result = self.tagged_call(body_signature(inputs.len() - 2, false), callee, &arguments, site);
        let value = self.finish(result, Finish::Call, states, site);
        self.test_invalidated(Some(value), Effects::Call, states);
        value
    }

    /// ConstructKnown: as `call_known`, but uncompiled constructors need a frame of their own kind.
    pub(super) fn construct_known(
        &mut self,
        target: TargetRef,
        inputs: &[NodeId],
        node: NodeId,
    ) -> ir::Value {
        let states = self.graph.node(node).states;
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let receiver = values[1];
        let record = self.word(self.environment.targets[target.index()]);
        let generic = offset_of!(EntryRecord, generic) as i32;
        let generic = self.b.ins().load(types::I64, MemFlagsData::trusted(), record, generic);
        let (compiled, interpreted, done) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let site = self.call_site(states);
        self.b.ins().brif(generic, compiled, &[], interpreted, &[]);

        self.b.switch_to_block(compiled);
        let fast = offset_of!(EntryRecord, fast) as i32;
        let callee = self.b.ins().load(types::I64, MemFlagsData::trusted(), record, fast);
        let mut arguments = vec![self.isolate()];
        arguments.extend_from_slice(&values);
        let made = self.tagged_call(body_signature(inputs.len() - 2, false), callee, &arguments, site);
        let made = self.finish(made, Finish::Construct, states, site);
        self.b.ins().jump(done, &[made.into()]);

        self.b.switch_to_block(interpreted);
        let (_, address) = self.words(&values[2..], 0);
        let count = self.word(values.len() as u64 - 2);
        let made = self.throwing_call(
            helpers::construct_with_receiver as *const () as u64,
            &[types::I64; 4],
            &[values[0], receiver, count, address],
            site,
        );
        let made = self.finish(made, Finish::Exception, states, site);
        self.b.ins().jump(done, &[made.into()]);

        self.b.switch_to_block(done);
        let is_object = self.is_object(result);
        let value = self.b.ins().select(is_object, result, receiver);
        self.test_invalidated(Some(value), Effects::Call, states);
        value
    }

    /// CallHelper.
    pub(super) fn call_helper(&mut self, helper: Helper, inputs: &[NodeId], node: NodeId) -> ir::Value {
        if helper == Helper::CreateClosure
            && let Op::ConstTagged { value: TaggedConst::Cell(feedback) } = *self.graph.op(inputs[2])
            && let Some(&closure) = self.environment.closures.iter().find(|c| c.feedback_cell == feedback)
        {
            return self.allocate_closure(closure, inputs);
        }
        let states = self.graph.node(node).states;
        let effects = helper.effects();
        let parameters: Vec<ir::Type> =
            helper.inputs().iter().map(|&repr| super::ops::machine_type(repr)).collect();
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let address = super::functions::helper_address(helper);
        if !effects.is_call() && helper.output() != Repr::Tagged {
            let raw = match helper.output() {
                Repr::Bool => types::I64,
                repr => super::ops::machine_type(repr),
            };
            let result = self.rust_call(address, &parameters, Some(raw), &values).expect("a result");
            return if helper.output() == Repr::Bool {
                self.b.ins().ireduce(types::I8, result)
            } else {
                result
            };
        }
        let site = if effects.is_call() { self.call_site(states) } else { None };
        let result = self.throwing_call(address, &parameters, &values, site);
        let value = if effects.contains(Effects::Throws) {
            self.finish(result, Finish::Exception, states, site)
        } else {
            result
        };
        self.test_invalidated(Some(value), effects, states);
        value
    }

    /// StackCheck and LoopInterruptCheck: `wanted` says that the slow path is needed, `words` are its arguments.
    pub(super) fn interrupt_check(
        &mut self,
        wanted: ir::Value,
        helper: u64,
        words: &[ir::Value],
        states: States,
    ) {
        let exit = states.eager.map(|state| (self.interrupt_site(state), state));
        let stub = exit.map(|(site, state)| self.stub(site, state, None));
        let slow = self.cold_block();
        let next = self.b.create_block();
        self.b.ins().brif(wanted, slow, &[], next, &[]);
        self.b.switch_to_block(slow);
        let site = self.call_site(states);
        let types = vec![types::I64; words.len()];
        let result = self.throwing_call(helper, &types, words, site);
        self.finish(result, Finish::Exception, states, site);
        // What was assumed before the interrupt need not hold behind it.
        match stub {
            Some(stub) => {
                self.b.ins().jump(stub, &[]);
            }
            None => {
                self.b.ins().jump(next, &[]);
            }
        }
        self.b.switch_to_block(next);
        // Behind the check: a forced exit, too, needs the room on the stack that the check has seen.
        if let Some((site, state)) = exit {
            self.force(site, state, None);
        }
    }

    /// GenericStep, with the outputs that follow it.
    pub(super) fn generic_step(
        &mut self,
        id: StepId,
        effects: Effects,
        inputs: &[NodeId],
        node: NodeId,
        rest: &[NodeId],
    ) {
        let states = self.graph.node(node).states;
        let step = self.graph.step(id);
        if step.opcode == Opcode::SuspendGenerator {
            return self.suspend(step, inputs, node);
        }
        let descriptor = Box::new(StepDescriptor {
            offset: step.offset,
            inputs: step.inputs.iter().map(|&slot| step_slot(slot)).collect(),
            outputs: step.outputs.clone().into_boxed_slice(),
            targets: RawInstruction::decode(
                &self.environment.functions[step.function.index()].code.bytecode,
                step.offset,
            )
            .map(|raw| raw.jump_targets().collect())
            .unwrap_or_default(),
        });
        let address = self.word(&raw const *descriptor as u64);
        let words = descriptor.words();
        self.steps.push(descriptor);
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let (slot, array) = self.words(&values, words);
        let none = self.word(0);
        let own = step.function.index() == 0 && step.reads_arguments;
        let (count, arguments) = match (self.entry.argument_count, self.entry.arguments) {
            (Some(count), Some(arguments)) if own => (count, arguments),
            _ => (none, none),
        };
        let site = self.call_site(states);
        let result = self.throwing_call(
            helpers::interpret_one as *const () as u64,
            &[types::I64; 4],
            &[address, array, count, arguments],
            site,
        );
        let value = self.finish(result, Finish::Exception, states, site);
        self.values[node.index()] = Some(value);
        for &output in rest {
            let Op::StepOutput { index } = *self.graph.op(output) else { break };
            let loaded = self.b.ins().stack_load(types::I64, types::I64, slot, 8 * (1 + index as i32));
            self.values[output.index()] = Some(loaded);
        }
        self.test_invalidated(Some(value), effects, states);
    }

    /// SuspendGenerator: the interpreter's frame gets the values that live on, and is saved. Inputs: generator, value, then those of the
    /// step's other places.
    fn suspend(&mut self, step: &Step, inputs: &[NodeId], node: NodeId) {
        let states = self.graph.node(node).states;
        let frame = self.entry.frame.expect("suspensions are compiled in the interpreter's frame");
        for (&slot, &input) in step.inputs.iter().zip(inputs).skip(2) {
            let Some(offset) = self.frame_offset(slot) else { continue };
            let mut value = self.value(input);
            if slot == FrameSlot::Context {
                let missing = self.equal_to(value, Value::UNDEFINED.bits());
                let null = self.word(0);
                value = self.b.ins().select(missing, null, value);
            }
            self.b.ins().store(MemFlagsData::trusted(), value, frame, offset);
        }
        let code = &self.environment.functions[0].code.bytecode;
        let operation = RawInstruction::decode(code, step.offset).map_or(0, |raw| {
            let operand = |kind| raw.first_of(kind).unwrap_or(0);
            operand(OperandKind::UImm) << 8 | operand(OperandKind::SuspendKind)
        });
        let offset = self.b.ins().iconst(types::I32, i64::from(step.offset));
        let operation = self.b.ins().iconst(types::I32, i64::from(operation));
        let (generator, value) = (self.value(inputs[0]), self.value(inputs[1]));
        let site = self.call_site(states);
        let result = self.throwing_call(
            helpers::suspend_activation as *const () as u64,
            &[types::I64, types::I32, types::I64, types::I32, types::I64],
            &[frame, offset, generator, operation, value],
            site,
        );
        let value = self.finish(result, Finish::Exception, states, site);
        self.values[node.index()] = Some(value);
    }

    /// The interpreter's undefined, as a machine value.
    pub(super) fn undefined(&mut self) -> ir::Value {
        self.word(Value::UNDEFINED.bits())
    }
}

fn step_slot(slot: FrameSlot) -> StepSlot {
    match slot {
        FrameSlot::Closure => StepSlot::Closure,
        FrameSlot::Context => StepSlot::Context,
        FrameSlot::Receiver => StepSlot::Receiver,
        FrameSlot::Argument(index) => StepSlot::Argument(index),
        FrameSlot::Register(index) => StepSlot::Register(index),
        FrameSlot::Accumulator => StepSlot::Accumulator,
    }
}
