//! What is known of tagged values: sets of types.
//!
//! Only what never changes of a value counts as type, so a fact holds wherever the block that learned it dominates.

use crate::graph::{Graph, NodeId, Op, TaggedConst, TaggedTest};
use unspool_values::Value;

/// The types that a tagged value may have; a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Types(u16);

impl Types {
    pub(super) const INT32: Types = Types(1);
    /// A number in double form, perhaps an integral one.
    pub(super) const DOUBLE: Types = Types(2);
    pub(super) const NUMBER: Types = Types(3);
    pub(super) const UNDEFINED: Types = Types(4);
    pub(super) const NULL: Types = Types(8);
    pub(super) const FALSE: Types = Types(16);
    pub(super) const TRUE: Types = Types(32);
    pub(super) const BOOL: Types = Types(48);
    pub(super) const HOLE: Types = Types(64);
    pub(super) const STRING: Types = Types(128);
    pub(super) const SYMBOL: Types = Types(256);
    pub(super) const BIGINT: Types = Types(512);
    pub(super) const CALLABLE: Types = Types(1024);
    /// An object that cannot be called.
    pub(super) const PLAIN: Types = Types(2048);
    pub(super) const OBJECT: Types = Types(1024 | 2048);
    /// A cell that is no value of the language, or another special value.
    pub(super) const OTHER: Types = Types(4096);
    pub(super) const CELL: Types = Types(128 | 256 | 512 | 1024 | 2048 | 4096);
    pub(super) const ANY: Types = Types(8191);

    pub(super) const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }
    pub(super) const fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }
    pub(super) const fn not(self) -> Types {
        Types(Types::ANY.0 & !self.0)
    }
    /// Is every type of this set in the other?
    pub(super) const fn is(self, other: Types) -> bool {
        self.0 & !other.0 == 0
    }
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn of_constant(value: TaggedConst) -> Types {
        match value {
            TaggedConst::Cell(_) => Types::CELL,
            TaggedConst::UNDEFINED => Types::UNDEFINED,
            TaggedConst::NULL => Types::NULL,
            TaggedConst::TRUE => Types::TRUE,
            TaggedConst::FALSE => Types::FALSE,
            TaggedConst::HOLE => Types::HOLE,
            _ if value.to_int32().is_some() => Types::INT32,
            _ if value.number().is_some() => Types::DOUBLE,
            TaggedConst::Bits(_) => Types::OTHER,
        }
    }

    /// The types for which a question is answered with yes.
    pub(super) const fn of_test(test: TaggedTest) -> Types {
        match test {
            TaggedTest::Undefined => Types::UNDEFINED,
            TaggedTest::Null => Types::NULL,
            TaggedTest::Nullish => Types::UNDEFINED.or(Types::NULL),
            TaggedTest::Hole => Types::HOLE,
            TaggedTest::True => Types::TRUE,
            TaggedTest::Int32 => Types::INT32,
            TaggedTest::Number => Types::NUMBER,
            TaggedTest::Boolean => Types::BOOL,
            TaggedTest::String => Types::STRING,
            TaggedTest::Symbol => Types::SYMBOL,
            TaggedTest::BigInt => Types::BIGINT,
            TaggedTest::Object => Types::OBJECT,
            TaggedTest::Callable => Types::CALLABLE,
            TaggedTest::TypeOfObject => Types::NULL.or(Types::PLAIN),
        }
    }

    /// The types that a check of a tagged value lets pass.
    pub(super) fn of_check(op: &Op) -> Option<Types> {
        Some(match op {
            Op::CheckInt32 {} => Types::INT32,
            Op::CheckFloat64 {} => Types::NUMBER,
            Op::CheckNumberOrOddball {} => Types::NUMBER.or(Types::BOOL).or(Types::UNDEFINED).or(Types::NULL),
            Op::CheckBool {} => Types::BOOL,
            Op::CheckString {} => Types::STRING,
            Op::CheckSymbol {} => Types::SYMBOL,
            Op::CheckBigInt {} => Types::BIGINT,
            Op::CheckObject {} => Types::OBJECT,
            Op::CheckObjectOrNullish {} => Types::OBJECT.or(Types::UNDEFINED).or(Types::NULL),
            Op::CheckNotHole {} => Types::HOLE.not(),
            Op::CheckFeedbackCell { .. } => Types::CALLABLE,
            Op::CheckShape { .. } => Types::CELL,
            Op::CheckValue { value, .. } => Types::of_constant(*value),
            _ => return None,
        })
    }

    /// What a value's own operation says.
    pub(super) fn of_node(graph: &Graph, node: NodeId) -> Types {
        match graph.op(node) {
            Op::ConstTagged { value } => Types::of_constant(*value),
            Op::TagInt32 {} => Types::INT32,
            Op::TagUint32 {} | Op::TagFloat64 {} => Types::NUMBER,
            Op::TagDouble {} => Types::DOUBLE,
            Op::TagBool {} => Types::BOOL,
            Op::AllocateObject { .. } => Types::PLAIN,
            Op::AllocateContext { .. } => Types::OTHER,
            Op::HoleToUndefined {} => Types::HOLE.not(),
            Op::ParameterCallee {} => Types::CALLABLE,
            op => match Types::of_check(op) {
                Some(types) => types.and(Types::of_node(graph, graph.inputs(node)[0])),
                None => Types::ANY,
            },
        }
    }
}

/// The tagged bits of a double, as `TagFloat64` gives them.
pub(super) fn tag_float64(value: f64) -> TaggedConst {
    TaggedConst::Bits(Value::from_f64(value).bits())
}

/// The tagged bits of a double, in double form.
pub(super) fn tag_double(value: f64) -> TaggedConst {
    TaggedConst::Bits(Value::from_double(value).bits())
}

/// The int32 that a double is; -0 is none.
pub(super) fn exact_int32(value: f64) -> Option<i32> {
    let int = value as i32;
    (f64::from(int).to_bits() == value.to_bits()).then_some(int)
}
