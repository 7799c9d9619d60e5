//! Iteration: for-of and destructuring over arrays.
//!
//! A step over an array is its parts: the iterator's position is compared with the array's length, the element loaded, the
//! position increased. So the loads that do not change leave the loop, and nothing is called. V8 inlines `next` to the same effect.

use std::mem::offset_of;

use unspool_bytecode::{Register, SlotIndex};
use unspool_runtime::cells::{Array, BuiltinIterator};

use super::FunctionBuilder;
use super::element::ELEMENTS_POINTER;
use crate::broker::{CallPlan, SlotPlan};
use crate::graph::{Barrier, Condition, DeoptReason, Memory, NodeId, Op, TaggedConst, Terminator};

const STATE: Memory = Memory::IteratorState;
const TARGET: u32 = offset_of!(BuiltinIterator, target) as u32;
const INDEX: u32 = offset_of!(BuiltinIterator, index) as u32;
const LENGTH: Op = Op::LoadUint32 { offset: offset_of!(Array, length) as u32, memory: Memory::ArrayLength };
impl FunctionBuilder<'_, '_> {
    /// Calls the method that `GetIteratorMethod` found, if it is a known one (otherwise the error would have another text).
    pub(super) fn call_iterator_method(&mut self, method: Register, object: NodeId, slot: SlotIndex) -> bool {
        use DeoptReason as D;
        let bets = [D::InsufficientTypeFeedbackForCall, D::WrongCallTarget, D::WrongFeedbackCell];
        let is_known = match self.plan(slot) {
            SlotPlan::Uninitialized => true,
            SlotPlan::Call(plan) => *plan != CallPlan::Any,
            _ => false,
        };
        if !is_known || !bets.into_iter().all(|bet| self.allows(bet)) {
            return false;
        }
        self.call(method, object, &[], slot);
        true
    }

    /// A step over an array, if the site has met nothing else. `pair` is the iterator and its `next`.
    pub(super) fn array_step(&mut self, pair: Register, slot: SlotIndex, done: u32) -> bool {
        use DeoptReason as D;
        let next = match *self.plan(slot) {
            SlotPlan::ArrayStep(next) => next,
            SlotPlan::Uninitialized if self.allows(D::InsufficientTypeFeedbackForForIn) => {
                self.deopt(D::InsufficientTypeFeedbackForForIn);
                return true;
            }
            _ => return false,
        };
        let bets = [D::WrongCallTarget, D::WrongInstanceType, D::OutOfBounds, D::Hole];
        if !bets.into_iter().all(|bet| self.allows(bet)) {
            return false;
        }
        let (iterator, method) = (self.register(pair), self.register(pair.offset(1)));
        self.check_cell(method, next, D::WrongCallTarget);
        let iterator = self.refined(iterator);
        let iterator = self.emit_check(Op::CheckArrayIterator {}, &[iterator]);
        let target = self.emit(Op::LoadField { offset: TARGET, memory: STATE }, &[iterator]);
        let array = self.emit_check(Op::CheckArray {}, &[target]);
        // Positions are below 2^32, and those of elements that exist below 2^31.
        let index = self.emit(Op::LoadInt32 { offset: INDEX, memory: STATE }, &[iterator]);
        let length = self.emit(LENGTH, &[array]);
        let position = self.emit(Op::Int32AsUint32 {}, &[index]);
        let condition = Condition::GreaterOrEqual;
        let is_over = self.emit(Op::Uint32Compare { condition }, &[position, length]);
        let (over, more) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(is_over, over, more));
        let before = self.before;
        let environment = self.env().clone();

        self.block = over;
        let undefined = self.constant(TaggedConst::UNDEFINED);
        let exhausted = Op::StoreField { offset: TARGET, memory: STATE, barrier: Barrier::None };
        self.emit(exhausted, &[iterator, undefined]);
        self.set_acc(undefined);
        self.before = None;
        self.jump_to(done);

        self.block = more;
        self.environment = Some(environment);
        self.before = before;
        let elements = self.emit(ELEMENTS_POINTER, &[array]);
        let dense = self.emit(Op::LoadElementsLength {}, &[elements]);
        let index = self.emit_check(Op::CheckBounds {}, &[index, dense]);
        let value = self.emit(Op::LoadElement {}, &[elements, index]);
        let value = self.emit_check(Op::CheckNotHole {}, &[value]);
        let one = self.int32(1);
        let advanced = self.emit(Op::Int32Add {}, &[index, one]);
        self.emit(Op::StoreInt32 { offset: INDEX, memory: STATE }, &[iterator, advanced]);
        self.set_acc(value);
        self.before = None;
        true
    }
}
