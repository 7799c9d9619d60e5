//! Calls of native functions that the compiler has operations for: `Math`, and characters of strings.
//!
//! There is no feedback about the arguments of natives. What is known of them decides between the forms for int32 and doubles;
//! otherwise a number is expected, and where that bet has failed the function is called. V8 does the same in its call reducer.

use unspool_runtime::native::KnownNative as N;
use unspool_values::CellKind;

use super::FunctionBuilder;
use super::emit::Accepted;
use crate::graph::Types;
use crate::graph::{DeoptReason, Helper, NodeId, Op, Repr, TaggedTest, Terminator};

impl FunctionBuilder<'_, '_> {
    /// The result of a call of a known native, if there is a form for these arguments. Nothing was emitted otherwise.
    pub(super) fn known_native(
        &mut self,
        known: N,
        receiver: NodeId,
        arguments: &[NodeId],
    ) -> Option<NodeId> {
        let double = match known {
            N::StringCharAt | N::StringCharCodeAt => return self.character(known, receiver, arguments),
            N::StringFromCharCode => return self.from_char_code(arguments),
            N::StringSubstring => return self.substring(receiver, arguments),
            N::ArrayValues => {
                return self
                    .types(receiver)
                    .is(Types::OBJECT)
                    .then(|| self.emit(Op::CallHelper { helper: Helper::CreateArrayIterator }, &[receiver]));
            }
            N::MathSqrt => Op::Float64Sqrt {},
            N::MathFround => Op::Float64Fround {},
            N::MathAbs => return self.abs(arguments),
            N::MathCeil => return self.rounded(Op::Float64Ceil {}, arguments),
            N::MathFloor => return self.rounded(Op::Float64Floor {}, arguments),
            N::MathRound => return self.rounded(Op::Float64Round {}, arguments),
            N::MathTrunc => return self.rounded(Op::Float64Trunc {}, arguments),
            N::MathMin => return self.extreme(Op::Int32Min {}, Op::Float64Min {}, arguments),
            N::MathMax => return self.extreme(Op::Int32Max {}, Op::Float64Max {}, arguments),
            N::MathImul => return self.on_bits(Op::Int32Mul {}, 2, arguments),
            N::MathClz32 => return self.on_bits(Op::Int32LeadingZeros {}, 1, arguments),
            N::MathPow => return self.on_doubles(Helper::Float64Power, 2, arguments),
            N::MathAtan2 => return self.on_doubles(Helper::Float64Atan2, 2, arguments),
            N::MathAcos => return self.on_doubles(Helper::Float64Acos, 1, arguments),
            N::MathAsin => return self.on_doubles(Helper::Float64Asin, 1, arguments),
            N::MathAtan => return self.on_doubles(Helper::Float64Atan, 1, arguments),
            N::MathCbrt => return self.on_doubles(Helper::Float64Cbrt, 1, arguments),
            N::MathCos => return self.on_doubles(Helper::Float64Cos, 1, arguments),
            N::MathExp => return self.on_doubles(Helper::Float64Exp, 1, arguments),
            N::MathLog => return self.on_doubles(Helper::Float64Log, 1, arguments),
            N::MathLog10 => return self.on_doubles(Helper::Float64Log10, 1, arguments),
            N::MathLog2 => return self.on_doubles(Helper::Float64Log2, 1, arguments),
            N::MathSin => return self.on_doubles(Helper::Float64Sin, 1, arguments),
            N::MathTan => return self.on_doubles(Helper::Float64Tan, 1, arguments),
            N::ArrayIsArray => {
                let &[value, ..] = arguments else { return None };
                return self.is_array(value).then(|| self.boolean(true));
            }
            N::ArrayPush => {
                let &[value] = arguments else { return None };
                let array = self.growable_array(receiver)?;
                let value = self.refined(value);
                return Some(self.emit_or_exit(Helper::ArrayPush, &[array, value]));
            }
            N::ArrayPop => {
                let array = self.growable_array(receiver)?;
                return Some(self.emit_or_exit(Helper::ArrayPop, &[array]));
            }
            N::NumberIsFinite => return self.about_number(Helper::NumberIsFinite, arguments),
            N::NumberIsInteger => return self.about_number(Helper::NumberIsInteger, arguments),
            N::NumberIsNaN => return self.about_number(Helper::NumberIsNaN, arguments),
            N::ObjectIs => {
                let &[a, b, ..] = arguments else { return None };
                let by_bits = self.types(a).is(Types::OBJECT) || self.types(b).is(Types::OBJECT);
                let helper = Op::CallHelper { helper: Helper::SameValue };
                let inputs = [self.refined(a), self.refined(b)];
                return Some(self.emit(if by_bits { Op::TaggedEqual {} } else { helper }, &inputs));
            }
            N::Any
            | N::FunctionCall
            | N::FunctionApply
            | N::ReflectApply
            | N::GeneratorNext
            | N::GeneratorReturn
            | N::GeneratorThrow => return None,
        };
        let [value] = self.numbers(arguments)?;
        let value = self.to_float64(value, Accepted::Numbers);
        Some(self.emit(double, &[value]))
    }

    /// Exactly so many arguments, if none of them is known to be no number and betting on numbers is allowed.
    fn numbers<const COUNT: usize>(&self, arguments: &[NodeId]) -> Option<[NodeId; COUNT]> {
        let arguments: [NodeId; COUNT] = arguments.try_into().ok()?;
        let may_be = |node: &NodeId| {
            self.shared.graph.repr(*node) != Repr::Bool && !self.types(*node).excludes(Types::NUMBER)
        };
        (self.allows(DeoptReason::NotANumber) && arguments.iter().all(may_be)).then_some(arguments)
    }

    fn is_int32(&self, node: NodeId) -> bool {
        let is_known =
            |node| self.shared.graph.repr(node) == Repr::Int32 || self.types(node).is(Types::INT32);
        is_known(node)
            || self.env().fact(node).int32.is_some()
            || matches!(*self.shared.graph.op(node), Op::TagInt32 {})
    }

    fn abs(&mut self, arguments: &[NodeId]) -> Option<NodeId> {
        let [value] = self.numbers(arguments)?;
        if self.is_int32(value) && self.allows(DeoptReason::Overflow) {
            let value = self.to_int32(value);
            return Some(self.emit_check(Op::Int32AbsChecked {}, &[value]));
        }
        let value = self.to_float64(value, Accepted::Numbers);
        Some(self.emit(Op::Float64Abs {}, &[value]))
    }

    /// Rounding leaves an int32 what it is.
    fn rounded(&mut self, op: Op, arguments: &[NodeId]) -> Option<NodeId> {
        let [value] = self.numbers(arguments)?;
        if self.is_int32(value) {
            return Some(self.to_int32(value));
        }
        let value = self.to_float64(value, Accepted::Numbers);
        Some(self.emit(op, &[value]))
    }

    fn extreme(&mut self, int32: Op, float64: Op, arguments: &[NodeId]) -> Option<NodeId> {
        let [a, b] = self.numbers(arguments)?;
        if self.is_int32(a) && self.is_int32(b) {
            let (a, b) = (self.to_int32(a), self.to_int32(b));
            return Some(self.emit(int32, &[a, b]));
        }
        let (a, b) = (self.to_float64(a, Accepted::Numbers), self.to_float64(b, Accepted::Numbers));
        Some(self.emit(float64, &[a, b]))
    }

    /// An operation on ToInt32 of the first arguments.
    fn on_bits(&mut self, op: Op, count: usize, arguments: &[NodeId]) -> Option<NodeId> {
        let arguments = arguments.get(..count)?;
        let mut inputs = Vec::with_capacity(count);
        for argument in arguments {
            self.numbers::<1>(&[*argument])?;
        }
        for argument in arguments {
            inputs.push(self.to_truncated(*argument, Accepted::Numbers));
        }
        Some(self.emit(op, &inputs))
    }

    /// A pure function of doubles.
    fn on_doubles(&mut self, helper: Helper, count: usize, arguments: &[NodeId]) -> Option<NodeId> {
        let arguments = arguments.get(..count)?;
        for argument in arguments {
            self.numbers::<1>(&[*argument])?;
        }
        let mut inputs = Vec::with_capacity(count);
        for argument in arguments {
            inputs.push(self.to_float64(*argument, Accepted::Numbers));
        }
        Some(self.emit(Op::CallHelper { helper }, &inputs))
    }

    /// A predicate that is false for what is no number.
    fn about_number(&mut self, helper: Helper, arguments: &[NodeId]) -> Option<NodeId> {
        let &[value, ..] = arguments else { return None };
        if self.is_int32(value) {
            return Some(self.boolean(helper != Helper::NumberIsNaN));
        }
        let value = self.refined(value);
        Some(self.emit(Op::CallHelper { helper }, &[value]))
    }

    /// Is the value known to be an array?
    pub(super) fn is_array(&self, node: NodeId) -> bool {
        let by_shape = |node| {
            self.env().fact(node).shapes.is_some_and(|shapes| {
                let kind = |shape| self.shared.snapshot.shape_info(shape).kind;
                shapes.as_slice().iter().all(|&shape| kind(shape) == CellKind::Array)
            })
        };
        self.shared.graph.repr(node) == Repr::Tagged
            && (by_shape(node)
                || matches!(self.shared.graph.op(node), Op::CheckArray {} | Op::AllocateArray { .. })
                || self.env().fact(node).refined.is_some_and(by_shape))
    }

    /// The value as an array, where operations may be bet on that apply to growable arrays with dense elements.
    pub(super) fn growable_array(&mut self, node: NodeId) -> Option<NodeId> {
        let bets = [DeoptReason::WrongInstanceType, DeoptReason::CouldNotGrowElements];
        if !bets.into_iter().all(|reason| self.allows(reason)) {
            return None;
        }
        let value = self.refined(node);
        if self.is_array(value) || self.is_array(node) {
            return Some(value);
        }
        Some(self.emit_check(Op::CheckArray {}, &[value]))
    }

    /// A helper that gives the hole, having done nothing, where it does not apply: then the code is left.
    pub(super) fn emit_or_exit(&mut self, helper: Helper, inputs: &[NodeId]) -> NodeId {
        let result = self.emit(Op::CallHelper { helper }, inputs);
        let hole = self.emit(Op::TestTagged { test: TaggedTest::Hole }, &[result]);
        let (undone, done) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(hole, undone, done));
        let environment = self.env().clone();
        // No check: that could be forced where the effect has happened.
        (self.block, self.before) = (undone, None);
        self.deopt(DeoptReason::CouldNotGrowElements);
        (self.block, self.environment, self.before) = (done, Some(environment), None);
        result
    }

    /// `charAt` and `charCodeAt` inside of the string.
    fn character(&mut self, known: N, receiver: NodeId, arguments: &[NodeId]) -> Option<NodeId> {
        let allowed = [DeoptReason::NotAString, DeoptReason::NotASmi, DeoptReason::OutOfBounds];
        if !allowed.into_iter().all(|reason| self.allows(reason)) {
            return None;
        }
        let string = self.check_type(receiver, Types::STRING, Op::CheckString {});
        let index = match arguments.first() {
            Some(&index) => self.to_int32(index),
            None => self.int32(0),
        };
        let length = self.string_length(string);
        let index = self.emit_check(Op::CheckBounds {}, &[index, length]);
        let helper = if known == N::StringCharAt { Helper::StringCharAt } else { Helper::StringCharCodeAt };
        Some(self.emit(Op::CallHelper { helper }, &[string, index]))
    }

    fn substring(&mut self, receiver: NodeId, arguments: &[NodeId]) -> Option<NodeId> {
        if !self.allows(DeoptReason::NotAString) || !self.allows(DeoptReason::NotInt32) {
            return None;
        }
        let (start, end) = match *arguments {
            [start] => (start, None),
            [start, end, ..] => (start, Some(end)),
            [] => return None,
        };
        if arguments.iter().take(2).any(|&index| self.types(index).excludes(Types::NUMBER)) {
            return None;
        }
        let string = self.check_type(receiver, Types::STRING, Op::CheckString {});
        let start = self.to_int32(start);
        let end = match end {
            Some(end) => self.to_int32(end),
            None => self.string_length(string),
        };
        Some(self.helper(Helper::StringSubstring, &[string, start, end]))
    }

    fn from_char_code(&mut self, arguments: &[NodeId]) -> Option<NodeId> {
        let [code] = self.numbers(arguments)?;
        let code = self.to_truncated(code, Accepted::Numbers);
        Some(self.emit(Op::CallHelper { helper: Helper::StringFromCharCode }, &[code]))
    }
}
