//! What a single operation simplifies to: constants, identities, conversions there and back.
//!
//! Nothing here looks at facts or at other places of the graph than the inputs, so it holds everywhere.

use crate::graph::{BlockId, Condition, F64Bits, Graph, Helper, NodeId, Op, States, TaggedConst};

/// What an operation is instead.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Folded {
    /// Another value.
    Value(NodeId),
    /// Another operation, without an exit or with one of the same state.
    Op(Op, Vec<NodeId>),
    /// A check that passes and gives no value.
    Passes,
    /// A check that never passes.
    Fails,
}

use Folded::{Fails, Passes, Value};

fn int(value: i32) -> Folded {
    Folded::Op(Op::ConstInt32 { value }, Vec::new())
}
fn float(value: f64) -> Folded {
    Folded::Op(Op::ConstFloat64 { value: F64Bits::new(value) }, Vec::new())
}
fn boolean(value: bool) -> Folded {
    Folded::Op(Op::ConstBool { value }, Vec::new())
}
fn tagged(value: TaggedConst) -> Folded {
    Folded::Op(Op::ConstTagged { value }, Vec::new())
}

/// A block that is being written anew.
pub(super) struct Folder<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) block: BlockId,
    /// The nodes of the block so far.
    pub(super) out: &'a mut Vec<NodeId>,
}

impl Folder<'_> {
    /// A new node without states at the end of what is written.
    pub(super) fn emit(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let node = self.graph.add_detached(self.block, op, inputs, States::NONE);
        self.out.push(node);
        node
    }

    fn int32(&self, node: NodeId) -> Option<i32> {
        match *self.graph.op(node) {
            Op::ConstInt32 { value } => Some(value),
            _ => None,
        }
    }
    fn float64(&self, node: NodeId) -> Option<f64> {
        match *self.graph.op(node) {
            Op::ConstFloat64 { value } => Some(value.get()),
            _ => None,
        }
    }
    fn constant(&self, node: NodeId) -> Option<TaggedConst> {
        match *self.graph.op(node) {
            Op::ConstTagged { value } => Some(value),
            _ => None,
        }
    }
    /// The int32 that a double is the conversion of.
    fn widened(&mut self, node: NodeId) -> Option<NodeId> {
        match *self.graph.op(node) {
            Op::Int32ToFloat64 {} => Some(self.graph.inputs(node)[0]),
            Op::ConstFloat64 { value } => {
                let value = exact_int32(value.get())?;
                Some(self.emit(Op::ConstInt32 { value }, &[]))
            }
            _ => None,
        }
    }

    /// Both as int32, if at least one is the conversion of one and the other is too or is a constant.
    fn widened_pair(&mut self, a: NodeId, b: NodeId) -> Option<Vec<NodeId>> {
        let is_conversion = |node| matches!(self.graph.op(node), Op::Int32ToFloat64 {});
        let is_int = |node| {
            is_conversion(node)
                || matches!(*self.graph.op(node), Op::ConstFloat64 { value } if exact_int32(value.get()).is_some())
        };
        if !(is_int(a) && is_int(b) && (is_conversion(a) || is_conversion(b))) {
            return None;
        }
        Some(vec![self.widened(a)?, self.widened(b)?])
    }

    /// What a node with this operation and these inputs is instead, if it is something simpler.
    pub(super) fn fold(&mut self, op: Op, inputs: &[NodeId]) -> Option<Folded> {
        match *inputs {
            [a] => self.unary(op, a),
            [a, b] => match op {
                Op::Float64Compare { condition } => self.float64_compare(condition, a, b),
                Op::TaggedEqual {} => self.tagged_equal(a, b),
                Op::CheckBounds {} => self.check_bounds(a, b),
                _ if matches!(op.inputs(), [crate::graph::Repr::Int32, crate::graph::Repr::Int32]) => {
                    self.int32_binary(op, a, b)
                }
                _ => self.float64_binary(op, a, b),
            },
            _ => None,
        }
    }

    fn check_bounds(&self, index: NodeId, length: NodeId) -> Option<Folded> {
        let (i, n) = (self.int32(index)?, self.int32(length)?);
        Some(if (i as u32) < n as u32 { Value(index) } else { Fails })
    }

    fn int32_binary(&self, op: Op, a: NodeId, b: NodeId) -> Option<Folded> {
        let (x, y) = (self.int32(a), self.int32(b));
        if let (Some(x), Some(y)) = (x, y) {
            let checked = |value: Option<i32>| Some(value.map_or(Fails, int));
            return match op {
                Op::Int32Add {} => Some(int(x.wrapping_add(y))),
                Op::Int32Sub {} => Some(int(x.wrapping_sub(y))),
                Op::Int32Mul {} => Some(int(x.wrapping_mul(y))),
                Op::Int32And {} => Some(int(x & y)),
                Op::Int32Or {} => Some(int(x | y)),
                Op::Int32Xor {} => Some(int(x ^ y)),
                Op::Int32Shl {} => Some(int(x.wrapping_shl(y as u32))),
                Op::Int32Sar {} => Some(int(x.wrapping_shr(y as u32))),
                Op::Int32Compare { condition } => Some(boolean(condition.of(x, y))),
                Op::Int32AddChecked {} => checked(x.checked_add(y)),
                Op::Int32SubChecked {} => checked(x.checked_sub(y)),
                Op::Int32MulChecked {} => {
                    checked(x.checked_mul(y).filter(|product| *product != 0 || (x >= 0 && y >= 0)))
                }
                Op::Int32DivChecked {} => {
                    checked(x.checked_div(y).filter(|q| *q != 0 || (x == 0 && y > 0)).filter(|q| q * y == x))
                }
                Op::Int32ModChecked {} => {
                    let rest = if y == -1 { Some(0) } else { x.checked_rem(y) };
                    checked(rest.filter(|r| *r != 0 || x >= 0))
                }
                _ => None,
            };
        }
        if a == b {
            return match op {
                Op::Int32And {} | Op::Int32Or {} => Some(Value(a)),
                Op::Int32Xor {} | Op::Int32Sub {} | Op::Int32SubChecked {} => Some(int(0)),
                Op::Int32Compare { condition } => Some(boolean(condition.of(0, 0))),
                _ => None,
            };
        }
        match (op, x, y) {
            (Op::Int32Add {} | Op::Int32AddChecked {} | Op::Int32Or {} | Op::Int32Xor {}, Some(0), _) => {
                Some(Value(b))
            }
            (
                Op::Int32Add {}
                | Op::Int32AddChecked {}
                | Op::Int32Sub {}
                | Op::Int32SubChecked {}
                | Op::Int32Or {}
                | Op::Int32Xor {},
                _,
                Some(0),
            ) => Some(Value(a)),
            (Op::Int32Shl {} | Op::Int32Sar {}, _, Some(y)) if y & 31 == 0 => Some(Value(a)),
            (Op::Int32Mul {} | Op::Int32MulChecked {} | Op::Int32DivChecked {}, _, Some(1)) => Some(Value(a)),
            (Op::Int32Mul {} | Op::Int32MulChecked {}, Some(1), _) => Some(Value(b)),
            (Op::Int32And {}, _, Some(-1)) => Some(Value(a)),
            (Op::Int32And {}, Some(-1), _) => Some(Value(b)),
            (Op::Int32And {}, _, Some(0)) | (Op::Int32And {}, Some(0), _) => Some(int(0)),
            _ => None,
        }
    }

    fn float64_binary(&mut self, op: Op, a: NodeId, b: NodeId) -> Option<Folded> {
        let (x, y) = (self.float64(a), self.float64(b));
        if let (Some(x), Some(y)) = (x, y) {
            return match op {
                Op::Float64Add {} => Some(float(x + y)),
                Op::Float64Sub {} => Some(float(x - y)),
                Op::Float64Mul {} => Some(float(x * y)),
                Op::Float64Div {} => Some(float(x / y)),
                Op::CallHelper { helper: Helper::Float64Modulo } => Some(float(x % y)),
                _ => None,
            };
        }
        let is_zero = |value: Option<f64>, negative: bool| {
            value.is_some_and(|v| v == 0.0 && v.is_sign_negative() == negative)
        };
        match op {
            Op::Float64Add {} if is_zero(y, true) => Some(Value(a)),
            Op::Float64Add {} if is_zero(x, true) => Some(Value(b)),
            Op::Float64Sub {} if is_zero(y, false) => Some(Value(a)),
            Op::Float64Mul {} | Op::Float64Div {} if y == Some(1.0) => Some(Value(a)),
            Op::Float64Mul {} if x == Some(1.0) => Some(Value(b)),
            _ => None,
        }
    }

    fn float64_compare(&mut self, condition: Condition, a: NodeId, b: NodeId) -> Option<Folded> {
        if let (Some(x), Some(y)) = (self.float64(a), self.float64(b)) {
            return Some(boolean(condition.of(x, y)));
        }
        let pair = self.widened_pair(a, b)?;
        Some(Folded::Op(Op::Int32Compare { condition }, pair))
    }

    fn tagged_equal(&mut self, a: NodeId, b: NodeId) -> Option<Folded> {
        if a == b {
            return Some(boolean(true));
        }
        if let (Some(x), Some(y)) = (self.constant(a), self.constant(b)) {
            // Two cells of the snapshot with different numbers are different cells.
            return Some(boolean(x == y));
        }
        match (*self.graph.op(a), *self.graph.op(b)) {
            (Op::TagInt32 {}, Op::TagInt32 {}) => {
                let inputs = vec![self.graph.inputs(a)[0], self.graph.inputs(b)[0]];
                Some(Folded::Op(Op::Int32Compare { condition: Condition::Equal }, inputs))
            }
            (Op::TagBool {}, Op::ConstTagged { value: TaggedConst::TRUE }) => {
                Some(Value(self.graph.inputs(a)[0]))
            }
            (Op::ConstTagged { value: TaggedConst::TRUE }, Op::TagBool {}) => {
                Some(Value(self.graph.inputs(b)[0]))
            }
            (Op::TagBool {}, Op::ConstTagged { value: TaggedConst::FALSE }) => {
                Some(Folded::Op(Op::BoolNot {}, self.graph.inputs(a).to_vec()))
            }
            _ => None,
        }
    }

    fn unary(&mut self, op: Op, a: NodeId) -> Option<Folded> {
        let below = *self.graph.op(a);
        let inner = self.graph.inputs(a).first().copied();
        let conversion = |op: Op| inner.map(|v| Folded::Op(op, vec![v]));
        if let Some(value) = self.int32(a) {
            return match op {
                Op::TagInt32 {} => Some(tagged(TaggedConst::int32(value))),
                Op::Int32ToFloat64 {} => Some(float(f64::from(value))),
                Op::Int32Not {} => Some(int(!value)),
                Op::Int32NegChecked {} => Some(value.checked_neg().filter(|v| *v != 0).map_or(Fails, int)),
                _ => None,
            };
        }
        if let Some(value) = self.float64(a) {
            return float64_constant(op, value);
        }
        if let Some(value) = self.constant(a) {
            return tagged_constant(op, value, a);
        }
        if let Op::ConstBool { value } = below {
            return match op {
                Op::TagBool {} => Some(tagged(TaggedConst::bool(value))),
                Op::BoolNot {} => Some(boolean(!value)),
                Op::CheckCondition { .. } => Some(if value { Passes } else { Fails }),
                _ => None,
            };
        }
        match (op, below) {
            // There and back again.
            (Op::UntagInt32 {} | Op::CheckInt32 {}, Op::TagInt32 {})
            | (Op::UntagBool {} | Op::CheckBool {} | Op::ToBoolean {}, Op::TagBool {})
            | (
                Op::UntagFloat64 {} | Op::CheckFloat64 {} | Op::CheckNumberOrOddball {},
                Op::TagFloat64 {} | Op::TagDouble {},
            )
            | (Op::TagInt32 {}, Op::CheckInt32 {} | Op::UntagInt32 {})
            | (Op::TagBool {}, Op::CheckBool {} | Op::UntagBool {})
            | (Op::BoolNot {}, Op::BoolNot {})
            | (Op::CheckFloat64IsInt32 {} | Op::TruncateFloat64 {}, Op::Int32ToFloat64 {})
            | (Op::Uint32AsInt32 {}, Op::Int32AsUint32 {})
            | (Op::Int32AsUint32 {}, Op::Uint32AsInt32 {})
            | (Op::Int32Not {}, Op::Int32Not {})
            | (Op::Float64Neg {}, Op::Float64Neg {}) => inner.map(Value),
            // The same by a shorter way.
            (Op::UntagFloat64 {} | Op::CheckFloat64 {} | Op::CheckNumberOrOddball {}, Op::TagInt32 {}) => {
                conversion(Op::Int32ToFloat64 {})
            }
            (Op::UntagFloat64 {} | Op::CheckFloat64 {} | Op::CheckNumberOrOddball {}, Op::TagUint32 {}) => {
                conversion(Op::Uint32ToFloat64 {})
            }
            (Op::CheckInt32 {}, Op::TagFloat64 {} | Op::TagDouble {}) => {
                conversion(Op::CheckFloat64IsInt32 {})
            }
            (Op::CheckInt32 {}, Op::TagUint32 {}) | (Op::CheckFloat64IsInt32 {}, Op::Uint32ToFloat64 {}) => {
                conversion(Op::CheckUint32IsInt32 {})
            }
            (Op::TagFloat64 {}, Op::Int32ToFloat64 {}) => conversion(Op::TagInt32 {}),
            (Op::TagFloat64 {}, Op::Uint32ToFloat64 {}) => conversion(Op::TagUint32 {}),
            (Op::TruncateFloat64 {}, Op::Uint32ToFloat64 {}) => conversion(Op::Uint32AsInt32 {}),
            (Op::ToBoolean {}, Op::TagFloat64 {} | Op::TagDouble {}) => conversion(Op::Float64ToBoolean {}),
            (Op::ToBoolean {}, Op::TagInt32 {}) => self.is_not_zero(inner?),
            (Op::Float64ToBoolean {}, Op::Int32ToFloat64 {}) => self.is_not_zero(inner?),
            (Op::Float64Abs {}, Op::Float64Neg {} | Op::Float64Abs {}) => conversion(Op::Float64Abs {}),
            (
                Op::Float64Floor {} | Op::Float64Ceil {} | Op::Float64Trunc {},
                Op::Int32ToFloat64 {} | Op::Float64Floor {} | Op::Float64Ceil {} | Op::Float64Trunc {},
            ) => Some(Value(a)),
            (Op::BoolNot {}, Op::Int32Compare { condition }) => {
                let op = Op::Int32Compare { condition: opposite(condition) };
                Some(Folded::Op(op, self.graph.inputs(a).to_vec()))
            }
            (Op::BoolNot {}, Op::Float64Compare { condition: Condition::Equal }) => Some(Folded::Op(
                Op::Float64Compare { condition: Condition::NotEqual },
                self.graph.inputs(a).to_vec(),
            )),
            (Op::BoolNot {}, Op::Float64Compare { condition: Condition::NotEqual }) => Some(Folded::Op(
                Op::Float64Compare { condition: Condition::Equal },
                self.graph.inputs(a).to_vec(),
            )),
            (Op::TruncateFloat64 {}, Op::Float64Add {} | Op::Float64Sub {}) => {
                // Sums of int32 are exact as doubles, so that they wrap like the truncated sum.
                let (x, y) = (self.graph.inputs(a)[0], self.graph.inputs(a)[1]);
                let pair = self.widened_pair(x, y)?;
                let op = if below == (Op::Float64Add {}) { Op::Int32Add {} } else { Op::Int32Sub {} };
                Some(Folded::Op(op, pair))
            }
            _ => None,
        }
    }

    fn is_not_zero(&mut self, value: NodeId) -> Option<Folded> {
        let zero = self.emit(Op::ConstInt32 { value: 0 }, &[]);
        Some(Folded::Op(Op::Int32Compare { condition: Condition::NotEqual }, vec![value, zero]))
    }
}

const fn opposite(condition: Condition) -> Condition {
    match condition {
        Condition::Equal => Condition::NotEqual,
        Condition::NotEqual => Condition::Equal,
        Condition::Less => Condition::GreaterOrEqual,
        Condition::LessOrEqual => Condition::Greater,
        Condition::Greater => Condition::LessOrEqual,
        Condition::GreaterOrEqual => Condition::Less,
    }
}

fn float64_constant(op: Op, value: f64) -> Option<Folded> {
    Some(match op {
        Op::TagFloat64 {} => tagged(tag_float64(value)),
        Op::TagDouble {} => tagged(tag_double(value)),
        Op::Float64Neg {} => float(-value),
        Op::Float64Abs {} => float(value.abs()),
        Op::Float64Sqrt {} => float(value.sqrt()),
        Op::Float64Floor {} => float(value.floor()),
        Op::Float64Ceil {} => float(value.ceil()),
        Op::Float64Trunc {} => float(value.trunc()),
        Op::Float64ToBoolean {} => boolean(value != 0.0 && !value.is_nan()),
        Op::TruncateFloat64 {} | Op::CallHelper { helper: Helper::Float64ToInt32 } => int(to_int32(value)),
        Op::CheckFloat64IsInt32 {} => exact_int32(value).map_or(Fails, int),
        _ => return None,
    })
}

/// ToInt32 of the specification.
fn to_int32(value: f64) -> i32 {
    if !value.is_finite() {
        return 0;
    }
    value.trunc().rem_euclid(4_294_967_296.0) as u32 as i32
}

fn tagged_constant(op: Op, value: TaggedConst, node: NodeId) -> Option<Folded> {
    if let TaggedConst::Cell(_) = value {
        return match op {
            Op::UntagInt32 {} | Op::UntagFloat64 {} | Op::UntagBool {} => None,
            Op::CheckNotHole {} => Some(Value(node)),
            Op::CheckInt32 {} | Op::CheckFloat64 {} | Op::CheckBool {} | Op::CheckNumberOrOddball {} => {
                Some(Fails)
            }
            Op::CheckValue { value: wanted, .. } => Some(if value == wanted { Value(node) } else { Fails }),
            Op::HoleToUndefined {} => Some(Value(node)),
            _ => None,
        };
    }
    let number = value.number();
    Some(match op {
        Op::UntagInt32 {} => int(value.to_int32()?),
        Op::CheckInt32 {} => value.to_int32().map_or(Fails, int),
        Op::UntagFloat64 {} => float(number?),
        Op::CheckFloat64 {} => number.map_or(Fails, float),
        Op::CheckNumberOrOddball {} => match (number, value) {
            (Some(number), _) => float(number),
            (_, TaggedConst::UNDEFINED) => float(f64::NAN),
            (_, TaggedConst::NULL | TaggedConst::FALSE) => float(0.0),
            (_, TaggedConst::TRUE) => float(1.0),
            _ => Fails,
        },
        Op::UntagBool {} | Op::CheckBool {} => match value {
            TaggedConst::TRUE => boolean(true),
            TaggedConst::FALSE => boolean(false),
            _ if matches!(op, Op::CheckBool {}) => Fails,
            _ => return None,
        },
        Op::ToBoolean {} => boolean(value.to_boolean()?),
        Op::HoleToUndefined {} if value == TaggedConst::HOLE => tagged(TaggedConst::UNDEFINED),
        Op::HoleToUndefined {} => Value(node),
        Op::CheckNotHole {} => {
            if value == TaggedConst::HOLE {
                Fails
            } else {
                Value(node)
            }
        }
        Op::CheckValue { value: wanted, .. } => {
            if value == wanted {
                Value(node)
            } else {
                Fails
            }
        }
        Op::CheckString {} | Op::CheckSymbol {} | Op::CheckBigInt {} | Op::CheckObject {} => Fails,
        Op::CheckShape { .. } | Op::CheckFeedbackCell { .. } => Fails,
        _ => return None,
    })
}

/// The tagged bits of a double, as `TagFloat64` gives them.
fn tag_float64(value: f64) -> TaggedConst {
    TaggedConst::Bits(unspool_values::Value::from_f64(value).bits())
}

/// The tagged bits of a double, in double form.
fn tag_double(value: f64) -> TaggedConst {
    TaggedConst::Bits(unspool_values::Value::from_double(value).bits())
}

/// The int32 that a double is; -0 is none.
fn exact_int32(value: f64) -> Option<i32> {
    let int = value as i32;
    (f64::from(int).to_bits() == value.to_bits()).then_some(int)
}
