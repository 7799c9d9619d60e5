//! What the abstract execution knows at a point: a node per register, and facts about nodes.

use std::collections::HashMap;

use crate::graph::{Graph, Helper, NodeId, Op, Repr, ShapeSet, TaggedConst};

/// A set of the types a tagged value may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Types(u16);

impl Types {
    pub(super) const INT32: Types = Types(1);
    pub(super) const DOUBLE: Types = Types(2);
    pub(super) const NUMBER: Types = Types(3);
    pub(super) const BOOLEAN: Types = Types(4);
    pub(super) const UNDEFINED: Types = Types(8);
    pub(super) const NULL: Types = Types(16);
    pub(super) const STRING: Types = Types(32);
    pub(super) const SYMBOL: Types = Types(64);
    pub(super) const BIGINT: Types = Types(128);
    pub(super) const OBJECT: Types = Types(256);
    pub(super) const HOLE: Types = Types(512);
    /// Any value of a program, or the hole, or an internal cell.
    pub(super) const ANY: Types = Types(u16::MAX);
    /// Cells.
    const CELL: Types = Types(32 | 64 | 128 | 256);

    pub(super) const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }
    pub(super) const fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }
    pub(super) const fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }
    pub(super) const fn is(self, other: Types) -> bool {
        self.0 & !other.0 == 0
    }
    pub(super) const fn excludes(self, other: Types) -> bool {
        self.0 & other.0 == 0
    }
    pub(super) const fn is_cell(self) -> bool {
        self.is(Types::CELL)
    }
}

/// What is known of one node.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Fact {
    /// What it may be.
    pub(super) types: Types,
    /// It as an int32, after a check.
    pub(super) int32: Option<NodeId>,
    /// It as a double.
    pub(super) float64: Option<NodeId>,
    /// It as a tagged value.
    pub(super) tagged: Option<NodeId>,
    /// The tagged value behind the latest check of it.
    pub(super) refined: Option<NodeId>,
    /// The shapes it may have.
    pub(super) shapes: Option<ShapeSet>,
}

impl Fact {
    const NOTHING: Fact =
        Fact { types: Types::ANY, int32: None, float64: None, tagged: None, refined: None, shapes: None };
}

/// Registers and facts.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// By operand number: locals, the receiver, the formals. `None` is dead.
    pub(super) registers: Vec<Option<NodeId>>,
    /// The accumulator; `None` is dead or unspecified.
    pub(super) accumulator: Option<NodeId>,
    /// The current context.
    pub(super) context: NodeId,
    facts: HashMap<NodeId, Fact>,
}

impl Environment {
    pub(super) fn new(registers: Vec<Option<NodeId>>, context: NodeId) -> Environment {
        Environment { registers, accumulator: None, context, facts: HashMap::new() }
    }

    pub(super) fn fact(&self, node: NodeId) -> Fact {
        self.facts.get(&node).copied().unwrap_or(Fact::NOTHING)
    }

    pub(super) fn fact_mut(&mut self, node: NodeId) -> &mut Fact {
        self.facts.entry(node).or_insert(Fact::NOTHING)
    }

    /// Nothing is known of the shapes of objects any more.
    pub(super) fn forget_shapes(&mut self) {
        for fact in self.facts.values_mut() {
            fact.shapes = None;
        }
    }

    /// An object with a shape among `changed` may have got another.
    pub(super) fn forget_shapes_overlapping(&mut self, changed: &ShapeSet) {
        for fact in self.facts.values_mut() {
            if fact.shapes.is_some_and(|shapes| shapes.intersection(changed).is_some()) {
                fact.shapes = None;
            }
        }
    }

    /// Takes over the facts that another environment has, too (for what is behind an inlined call).
    pub(super) fn take_facts(&mut self, other: Environment) {
        self.facts = other.facts;
    }

    /// Keeps what both environments know; alternatives must be the same nodes, which then dominate the merge.
    pub(super) fn intersect_facts(&mut self, other: &Environment) {
        self.facts.retain(|node, fact| {
            let Some(theirs) = other.facts.get(node) else { return false };
            let both = |a: Option<NodeId>, b: Option<NodeId>| if a == b { a } else { None };
            *fact = Fact {
                types: fact.types.or(theirs.types),
                int32: both(fact.int32, theirs.int32),
                float64: both(fact.float64, theirs.float64),
                tagged: both(fact.tagged, theirs.tagged),
                refined: both(fact.refined, theirs.refined),
                shapes: match (fact.shapes, theirs.shapes) {
                    (Some(a), Some(b)) => a.union(&b),
                    _ => None,
                },
            };
            *fact != Fact::NOTHING
        });
    }
}

/// What a node's operation says of its type.
pub(super) fn types_of(graph: &Graph, node: NodeId) -> Types {
    match graph.repr(node) {
        Repr::Int32 => return Types::INT32,
        Repr::Uint32 | Repr::Float64 => return Types::NUMBER,
        Repr::Bool => return Types::BOOLEAN,
        _ => {}
    }
    match *graph.op(node) {
        Op::TagInt32 {} => Types::INT32,
        Op::TagFloat64 {} | Op::TagUint32 {} | Op::TagDouble {} => Types::NUMBER,
        Op::TagBool {} => Types::BOOLEAN,
        Op::CheckString {} => Types::STRING,
        Op::CheckSymbol {} => Types::SYMBOL,
        Op::CheckBigInt {} => Types::BIGINT,
        Op::CheckObject {}
        | Op::CheckShape { .. }
        | Op::CheckFeedbackCell { .. }
        | Op::AllocateObject { .. }
        | Op::AllocateArray { .. }
        | Op::CheckTypedArray { .. }
        | Op::Construct {}
        | Op::ConstructKnown { .. }
        | Op::ConstructResult {}
        | Op::ParameterCallee {} => Types::OBJECT,
        Op::CallHelper {
            helper:
                Helper::CreateClosure | Helper::CloneLiteral | Helper::CreateArray | Helper::CreateArrayIterator,
        } => Types::OBJECT,
        Op::CallHelper {
            helper: Helper::StringConcat | Helper::StringCharAt | Helper::TypeOf | Helper::ToString,
        } => Types::STRING,
        Op::ConstTagged { value } => match value {
            TaggedConst::Cell(_) => Types::ANY,
            TaggedConst::UNDEFINED => Types::UNDEFINED,
            TaggedConst::NULL => Types::NULL,
            TaggedConst::TRUE | TaggedConst::FALSE => Types::BOOLEAN,
            TaggedConst::HOLE => Types::HOLE,
            value if value.to_int32().is_some() => Types::INT32,
            value if value.number().is_some() => Types::DOUBLE,
            TaggedConst::Bits(_) => Types::ANY,
        },
        _ => Types::ANY,
    }
}
