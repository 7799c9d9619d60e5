//! What is known of values: sets of types.
//!
//! Only what never changes of a value counts as type, so a fact holds wherever the block that learned it dominates. The builder and the
//! passes share this.

use super::helpers::Helper;
use super::ops::Op;
use super::store::{Graph, NodeId};
use super::types::{Repr, TaggedConst, TaggedTest};

/// The types that a tagged value may have; a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Types(u16);

impl Types {
    pub(crate) const INT32: Types = Types(1);
    /// A number in double form, perhaps an integral one.
    pub(crate) const DOUBLE: Types = Types(2);
    pub(crate) const NUMBER: Types = Types(3);
    pub(crate) const UNDEFINED: Types = Types(4);
    pub(crate) const NULL: Types = Types(8);
    pub(crate) const FALSE: Types = Types(16);
    pub(crate) const TRUE: Types = Types(32);
    pub(crate) const BOOLEAN: Types = Types(48);
    pub(crate) const HOLE: Types = Types(64);
    pub(crate) const STRING: Types = Types(128);
    pub(crate) const SYMBOL: Types = Types(256);
    pub(crate) const BIGINT: Types = Types(512);
    pub(crate) const CALLABLE: Types = Types(1024);
    /// An object that cannot be called.
    pub(crate) const PLAIN: Types = Types(2048);
    pub(crate) const OBJECT: Types = Types(1024 | 2048);
    /// A cell that is no value of the language, or another special value.
    pub(crate) const OTHER: Types = Types(4096);
    pub(crate) const CELL: Types = Types(128 | 256 | 512 | 1024 | 2048 | 4096);
    pub(crate) const ANY: Types = Types(8191);

    pub(crate) const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }
    pub(crate) const fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }
    pub(crate) const fn not(self) -> Types {
        Types(Types::ANY.0 & !self.0)
    }
    /// Is every type of this set in the other?
    pub(crate) const fn is(self, other: Types) -> bool {
        self.0 & !other.0 == 0
    }
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Those that are not in the other.
    pub(crate) const fn without(self, other: Types) -> Types {
        self.and(other.not())
    }
    /// Is no type in both?
    pub(crate) const fn excludes(self, other: Types) -> bool {
        self.and(other).is_empty()
    }

    pub(crate) fn of_constant(value: TaggedConst) -> Types {
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
    pub(crate) const fn of_test(test: TaggedTest) -> Types {
        match test {
            TaggedTest::Undefined => Types::UNDEFINED,
            TaggedTest::Null => Types::NULL,
            TaggedTest::Nullish => Types::UNDEFINED.or(Types::NULL),
            TaggedTest::Hole => Types::HOLE,
            TaggedTest::True => Types::TRUE,
            TaggedTest::Int32 => Types::INT32,
            TaggedTest::Number => Types::NUMBER,
            TaggedTest::Boolean => Types::BOOLEAN,
            TaggedTest::String => Types::STRING,
            TaggedTest::Symbol => Types::SYMBOL,
            TaggedTest::BigInt => Types::BIGINT,
            TaggedTest::Object => Types::OBJECT,
            TaggedTest::Callable => Types::CALLABLE,
            TaggedTest::TypeOfObject => Types::NULL.or(Types::PLAIN),
        }
    }

    /// The types that a check of a tagged value lets pass.
    pub(crate) fn of_check(op: &Op) -> Option<Types> {
        Some(match op {
            Op::CheckInt32 {} => Types::INT32,
            Op::CheckFloat64 {} => Types::NUMBER,
            Op::CheckNumberOrOddball {} => {
                Types::NUMBER.or(Types::BOOLEAN).or(Types::UNDEFINED).or(Types::NULL)
            }
            Op::CheckBool {} => Types::BOOLEAN,
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
    pub(crate) fn of_node(graph: &Graph, node: NodeId) -> Types {
        match graph.repr(node) {
            Repr::Int32 => return Types::INT32,
            Repr::Uint32 | Repr::Float64 => return Types::NUMBER,
            Repr::Bool => return Types::BOOLEAN,
            Repr::None | Repr::Tagged | Repr::Word => {}
        }
        match graph.op(node) {
            Op::ConstTagged { value } => Types::of_constant(*value),
            Op::TagInt32 {} => Types::INT32,
            Op::TagUint32 {} | Op::TagFloat64 {} => Types::NUMBER,
            Op::TagDouble {} => Types::DOUBLE,
            Op::TagBool {} => Types::BOOLEAN,
            Op::AllocateObject { .. } | Op::AllocateArray { .. } => Types::PLAIN,
            Op::CallHelper { helper } => match helper {
                Helper::CreateClosure => Types::CALLABLE,
                Helper::CloneLiteral | Helper::CreateArray | Helper::CreateArrayIterator => Types::PLAIN,
                Helper::StringConcat
                | Helper::StringCharAt
                | Helper::StringSubstring
                | Helper::TypeOf
                | Helper::ToString => Types::STRING,
                _ => Types::ANY,
            },
            Op::Construct {} | Op::ConstructKnown { .. } | Op::ConstructResult {} => Types::OBJECT,
            Op::CheckTypedArray { .. } | Op::CheckArray {} | Op::CheckArrayIterator {} => Types::PLAIN,
            // Of constants it may be the data of a constructor, which has the shape of its objects.
            Op::CheckShape { .. } if !matches!(graph.op(graph.inputs(node)[0]), Op::ConstTagged { .. }) => {
                Types::OBJECT.and(Types::of_node(graph, graph.inputs(node)[0]))
            }
            Op::AllocateContext { .. } => Types::OTHER,
            Op::HoleToUndefined {} | Op::LoadArgument { .. } | Op::LoadArgumentOrUndefined { .. } => {
                Types::HOLE.not()
            }
            Op::ParameterCallee {} => Types::CALLABLE,
            op => match Types::of_check(op) {
                Some(types) => types.and(Types::of_node(graph, graph.inputs(node)[0])),
                None => Types::ANY,
            },
        }
    }
}
