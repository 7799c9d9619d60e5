//! The small types that nodes are made of: ids, representations, effects, immediates.
//!
//! Ids name entries of the graph or of the snapshot and print with a prefix. Everything is `Copy`, compares by value, and has a text that the parser reads back.

use std::fmt;

use unspool_values::Value;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $letter:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into a slice.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}
pub(crate) use id;

id!(
    /// A frame state of a graph; prints as `f2`.
    FrameStateId, "f"
);
id!(
    /// A generic step of a graph; prints as `step2`.
    StepId, "step"
);
id!(
    /// A cell that the snapshot names; prints as `c4`.
    CellRef, "c"
);
id!(
    /// A shape that the snapshot names; prints as `sh4`.
    ShapeRef, "sh"
);
id!(
    /// A function of the snapshot: 0 is the one being compiled, others are inlined; prints as `fn1`.
    FunctionRef, "fn"
);
id!(
    /// A call target of the snapshot; prints as `t1`.
    TargetRef, "t"
);

/// How a value is represented in the machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Repr {
    /// No value.
    None,
    /// The bits of a [`Value`], an `i64`.
    Tagged,
    /// A signed 32-bit integer, an `i32`.
    Int32,
    /// An unsigned 32-bit integer, an `i32`.
    Uint32,
    /// A double; any NaN.
    Float64,
    /// A truth value, an `i8` that is 0 or 1.
    Bool,
    /// An untyped word, an `i64`: the address of a cell (kept alive by the object it was loaded from) or of memory.
    Word,
}

impl Repr {
    /// The name in the text form; empty for tagged values.
    pub const fn text(self) -> &'static str {
        match self {
            Repr::None => "none",
            Repr::Tagged => "",
            Repr::Int32 => "int32",
            Repr::Uint32 => "uint32",
            Repr::Float64 => "float64",
            Repr::Bool => "bool",
            Repr::Word => "word",
        }
    }
}

/// What a node does besides computing its value; a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Effects(u16);

#[expect(non_upper_case_globals, reason = "named by identifiers of the operation table")]
impl Effects {
    /// Nothing: the result depends on the inputs only.
    pub const PURE: Effects = Effects(0);
    /// Reads memory that others write.
    pub const Reads: Effects = Effects(1);
    /// Writes memory that others read.
    pub const Writes: Effects = Effects(2);
    /// Gives a new cell: not to be shared, to be dropped when unused.
    pub const Allocates: Effects = Effects(4);
    /// Leaves the code with its eager state.
    pub const CanExit: Effects = Effects(8);
    /// May collect garbage.
    pub const CanGC: Effects = Effects(16);
    /// May invalidate this very code.
    pub const CanInvalidate: Effects = Effects(32);
    /// May run code of the program: every mutable fact is forgotten.
    pub const RunsJs: Effects = Effects(64);
    /// May throw: gives SENTINEL with an exception pending.
    pub const Throws: Effects = Effects(128);
    /// What a call of an unknown function may do.
    pub const Call: Effects = Effects(1 | 2 | 16 | 32 | 64 | 128);

    const NAMES: [&'static str; 8] =
        ["Reads", "Writes", "Allocates", "CanExit", "CanGC", "CanInvalidate", "RunsJs", "Throws"];

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }
    /// Are all of `other` in this set?
    pub const fn contains(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }
    /// Is any of `other` in this set?
    pub const fn intersects(self, other: Effects) -> bool {
        self.0 & other.0 != 0
    }
    /// Is the set empty?
    pub const fn is_pure(self) -> bool {
        self.0 == 0
    }
    /// Does the node need a lazy (or catch) state: can it throw, run the program or invalidate this code?
    pub const fn is_call(self) -> bool {
        self.intersects(Effects(32 | 64 | 128))
    }
    /// May a node with these effects go when nothing uses it? (A check may not: what follows relies on it.)
    pub const fn is_removable(self) -> bool {
        self.0 & !(1 | 4 | 16) == 0
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (bit, name) in Effects::NAMES.iter().enumerate() {
            if self.0 & (1 << bit) != 0 {
                write!(f, "{separator}{name}")?;
                separator = " ";
            }
        }
        Ok(())
    }
}

/// A double compared by its bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct F64Bits(pub u64);

impl F64Bits {
    /// The bits of a number.
    pub const fn new(value: f64) -> F64Bits {
        F64Bits(value.to_bits())
    }
    /// The number.
    pub const fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for F64Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.get())
    }
}

/// A tagged constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaggedConst {
    /// The bits of a value that is no cell.
    Bits(u64),
    /// A cell of the snapshot.
    Cell(CellRef),
}

impl TaggedConst {
    /// `undefined`.
    pub const UNDEFINED: TaggedConst = TaggedConst::Bits(Value::UNDEFINED.bits());
    /// `null`.
    pub const NULL: TaggedConst = TaggedConst::Bits(Value::NULL.bits());
    /// `true`.
    pub const TRUE: TaggedConst = TaggedConst::Bits(Value::TRUE.bits());
    /// `false`.
    pub const FALSE: TaggedConst = TaggedConst::Bits(Value::FALSE.bits());
    /// The hole.
    pub const HOLE: TaggedConst = TaggedConst::Bits(Value::HOLE.bits());
    /// A dead register.
    pub const OPTIMIZED_OUT: TaggedConst = TaggedConst::Bits(Value::OPTIMIZED_OUT.bits());

    /// An int32.
    pub const fn int32(value: i32) -> TaggedConst {
        TaggedConst::Bits(Value::from_i32(value).bits())
    }
    /// `true` or `false`.
    pub const fn bool(value: bool) -> TaggedConst {
        if value { TaggedConst::TRUE } else { TaggedConst::FALSE }
    }
    /// The number, if it is one.
    pub fn number(self) -> Option<f64> {
        let TaggedConst::Bits(bits) = self else { return None };
        if bits >= unspool_values::value::NUMBER_TAG {
            Some(f64::from(bits as i32))
        } else if bits & unspool_values::value::NUMBER_TAG != 0 {
            Some(f64::from_bits(bits.wrapping_sub(unspool_values::value::DOUBLE_OFFSET)))
        } else {
            None
        }
    }
    /// The int32, if it is one.
    pub const fn to_int32(self) -> Option<i32> {
        match self {
            TaggedConst::Bits(bits) if bits >= unspool_values::value::NUMBER_TAG => Some(bits as i32),
            _ => None,
        }
    }
    /// The truth value of a constant that is no cell.
    pub fn to_boolean(self) -> Option<bool> {
        match self {
            TaggedConst::Cell(_) => None,
            TaggedConst::TRUE => Some(true),
            TaggedConst::Bits(_) => self.number().map_or(Some(false), |n| Some(n != 0.0 && !n.is_nan())),
        }
    }
}

impl fmt::Debug for TaggedConst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TaggedConst::Cell(cell) => write!(f, "{cell}"),
            TaggedConst::UNDEFINED => f.write_str("undefined"),
            TaggedConst::NULL => f.write_str("null"),
            TaggedConst::TRUE => f.write_str("true"),
            TaggedConst::FALSE => f.write_str("false"),
            TaggedConst::HOLE => f.write_str("hole"),
            TaggedConst::OPTIMIZED_OUT => f.write_str("optimized-out"),
            TaggedConst::Bits(bits) => match (self.to_int32(), self.number()) {
                (Some(int), _) => write!(f, "{int}"),
                (_, Some(double)) => write!(f, "{double:?}"),
                _ => write!(f, "{bits:#x}"),
            },
        }
    }
}

/// One to four shapes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShapeSet {
    shapes: [ShapeRef; 4],
    count: u8,
}

impl ShapeSet {
    /// One shape.
    pub const fn one(shape: ShapeRef) -> ShapeSet {
        ShapeSet { shapes: [shape; 4], count: 1 }
    }
    /// The shapes of a list that is neither empty nor longer than four.
    pub fn from_slice(list: &[ShapeRef]) -> Option<ShapeSet> {
        let (&first, _) = list.split_first()?;
        if list.len() > 4 {
            return None;
        }
        let mut shapes = [first; 4];
        let mut sorted = list.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        shapes[..sorted.len()].copy_from_slice(&sorted);
        shapes[sorted.len()..].fill(sorted[0]);
        Some(ShapeSet { shapes, count: sorted.len() as u8 })
    }
    /// The shapes.
    pub fn as_slice(&self) -> &[ShapeRef] {
        &self.shapes[..self.count as usize]
    }
    /// Is every shape of this set in the other?
    pub fn is_subset(&self, other: &ShapeSet) -> bool {
        self.as_slice().iter().all(|shape| other.as_slice().contains(shape))
    }
    /// The shapes that are in both, if there are any.
    pub fn intersection(&self, other: &ShapeSet) -> Option<ShapeSet> {
        let both: Vec<ShapeRef> =
            self.as_slice().iter().copied().filter(|s| other.as_slice().contains(s)).collect();
        ShapeSet::from_slice(&both)
    }
    /// The shapes that are in either, if they are at most four.
    pub fn union(&self, other: &ShapeSet) -> Option<ShapeSet> {
        let all: Vec<ShapeRef> = self.as_slice().iter().chain(other.as_slice()).copied().collect();
        let mut unique = all;
        unique.sort_unstable();
        unique.dedup();
        ShapeSet::from_slice(&unique)
    }
}

impl fmt::Debug for ShapeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, shape) in self.as_slice().iter().enumerate() {
            write!(f, "{}{shape}", if i == 0 { "" } else { "|" })?;
        }
        Ok(())
    }
}

/// How two numbers are compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Condition {
    /// `==`; false for NaN.
    Equal,
    /// `!=`; true for NaN.
    NotEqual,
    /// `<`; false for NaN.
    Less,
    /// `<=`; false for NaN.
    LessOrEqual,
    /// `>`; false for NaN.
    Greater,
    /// `>=`; false for NaN.
    GreaterOrEqual,
}

impl Condition {
    /// The comparison of two integers.
    pub fn of<T: PartialOrd>(self, a: T, b: T) -> bool {
        match self {
            Condition::Equal => a == b,
            Condition::NotEqual => a != b,
            Condition::Less => a < b,
            Condition::LessOrEqual => a <= b,
            Condition::Greater => a > b,
            Condition::GreaterOrEqual => a >= b,
        }
    }
}

/// What a tagged value can be asked without an effect; all look only at what never changes of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TaggedTest {
    /// The bits of `undefined`.
    Undefined,
    /// The bits of `null`.
    Null,
    /// `undefined` or `null`.
    Nullish,
    /// The hole.
    Hole,
    /// The bits of `true`.
    True,
    /// An int32 in tagged form (not an integral double).
    Int32,
    /// A number of either form.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A cell whose kind is String.
    String,
    /// A cell whose kind is Symbol.
    Symbol,
    /// A cell whose kind is BigInt.
    BigInt,
    /// A cell whose kind is an object's (`kind >= FIRST_OBJECT`).
    Object,
    /// A cell whose kind is a callable one.
    Callable,
    /// typeof is "object": null, or an object whose kind is not callable.
    TypeOfObject,
}

/// Whether a store needs the write barrier of its owner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Barrier {
    /// The value is no cell, or the owner is younger than every collection.
    None,
    /// Barrier on the owner if the value is a cell.
    IfCell,
}

/// Which memory a load or store touches: accesses of different classes never alias.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Memory {
    /// Never changes once the cell is reachable (string lengths, a closure's context).
    Immutable,
    /// Inline property slots.
    Property,
    /// Context slots.
    Context,
    /// Values of binding cells.
    Binding,
    /// The slots pointer of an object's head.
    SlotsPointer,
    /// The elements pointer of an object's head.
    ElementsPointer,
    /// The length field of an array.
    ArrayLength,
    /// The dense length of an elements cell.
    ElementsLength,
    /// Values in an out-of-line slots cell.
    Slots,
    /// Values in an elements cell.
    Elements,
    /// The bytes of array buffers.
    Bytes,
    /// The shape word of headers.
    Shape,
    /// Position and target of the engine's iterators.
    IteratorState,
    /// Getter and setter of an accessor pair and other parts of the engine.
    Internal,
}

/// What a captured object would have been made as.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Captured {
    /// An ordinary object; the fields are its inline slots.
    Object {
        /// Its shape at this point.
        shape: ShapeRef,
        /// How many inline slots.
        inline_slots: u32,
    },
    /// A context; the fields are the previous context and the slots.
    Context {
        /// Whose scope.
        function: FunctionRef,
        /// Index of the scope among the function's constants.
        scope: u32,
        /// How many slots.
        length: u32,
    },
    /// An array; the fields are its elements, all dense.
    Array {
        /// Its shape at this point.
        shape: ShapeRef,
    },
    /// A closure; its only field is its context.
    Closure {
        /// Its template.
        template: CellRef,
        /// The feedback cell that closures of its creation site share.
        feedback: CellRef,
    },
    /// The arguments object of an inlined call; the fields are `length`, the iterator, `callee` and the context of mapped formals
    /// (undefined where there is none), then the elements.
    Arguments(ArgumentsClass),
    /// The arguments object of the function that is compiled; the fields are `length`, the iterator and `callee`, its elements what the
    /// activation was called with.
    FrameArguments(ArgumentsClass),
    /// The rest parameter of the function that is compiled: an array of what the activation was called with, without fields.
    FrameRest {
        /// Its shape.
        shape: ShapeRef,
        /// How many arguments stand before its elements.
        formals: u32,
    },
}

/// Which arguments object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ArgumentsClass {
    /// Its shape.
    pub shape: ShapeRef,
    /// Whose arguments.
    pub function: FunctionRef,
    /// Of a sloppy function with simple parameters: the constant with the scope that says which formals are mapped.
    pub scope: Option<u32>,
}

impl fmt::Display for ArgumentsClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            Some(scope) => write!(f, "mapped {} {} {scope}", self.shape, self.function),
            None => write!(f, "unmapped {} {}", self.shape, self.function),
        }
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Captured::Object { shape, inline_slots } => write!(f, "object {shape} {inline_slots}"),
            Captured::Context { function, scope, length } => write!(f, "context {function} {scope} {length}"),
            Captured::Array { shape } => write!(f, "array {shape}"),
            Captured::Closure { template, feedback } => write!(f, "closure {template} {feedback}"),
            Captured::Arguments(class) => write!(f, "arguments {class}"),
            Captured::FrameArguments(class) => write!(f, "frame-arguments {class}"),
            Captured::FrameRest { shape, formals } => write!(f, "frame-rest {shape} {formals}"),
        }
    }
}

/// The element type of a typed array, as far as compiled code handles it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TypedElement {
    /// 8-bit signed.
    Int8,
    /// 8-bit unsigned.
    Uint8,
    /// 8-bit unsigned; stores saturate (and round to even from a double).
    Uint8Clamped,
    /// 16-bit signed.
    Int16,
    /// 16-bit unsigned.
    Uint16,
    /// 32-bit signed.
    Int32,
    /// 32-bit unsigned.
    Uint32,
    /// Single precision.
    Float32,
    /// Double precision.
    Float64,
}

impl TypedElement {
    /// The representation in which elements are loaded and stored.
    pub const fn repr(self) -> Repr {
        match self {
            TypedElement::Uint32 => Repr::Uint32,
            TypedElement::Float32 | TypedElement::Float64 => Repr::Float64,
            _ => Repr::Int32,
        }
    }
    /// Bytes of an element.
    pub const fn size(self) -> u32 {
        match self {
            TypedElement::Int8 | TypedElement::Uint8 | TypedElement::Uint8Clamped => 1,
            TypedElement::Int16 | TypedElement::Uint16 => 2,
            TypedElement::Int32 | TypedElement::Uint32 | TypedElement::Float32 => 4,
            TypedElement::Float64 => 8,
        }
    }
}
