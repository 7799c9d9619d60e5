//! What to do at a site.
//!
//! The feedback of a slot, once captured, is a *plan*: which receivers the site has met and what the access does for each ([`LoadCase`], [`StoreCase`],
//! [`ElementCase`]), which target a call has, which operand types an operator. A plan says nothing of how it is done: the builder may follow it, if the bets
//! that it takes are allowed, or do the generic thing. What must stay true for a case is listed with it.

use unspool_runtime::native::KnownNative;

use super::dependency::DependencyRef;
use crate::graph::{CellRef, ShapeRef, TaggedConst, TargetRef, TypedElement};

/// The plan of one feedback slot.
#[derive(Clone, PartialEq, Debug)]
pub enum SlotPlan {
    /// The slot collects nothing that the optimizer looks at.
    Opaque,
    /// Never executed: an exit.
    Uninitialized,
    /// Everything was seen: the generic operation.
    Generic,
    /// A named load.
    Load(Vec<LoadCase>),
    /// A named store or definition.
    Store(Vec<StoreCase>),
    /// An access of the member with this private name: a load or a store.
    Private(CellRef, Box<SlotPlan>),
    /// A keyed load or store with int32 keys.
    Elements {
        /// The kinds of receiver.
        cases: Vec<ElementCase>,
        /// A load has met an index beyond the dense elements.
        out_of_bounds: bool,
        /// A load has met a hole.
        holes: bool,
        /// A store has appended.
        appended: bool,
    },
    /// A load of a global.
    GlobalLoad(GlobalLoad),
    /// A store to a global.
    GlobalStore(GlobalStore),
    /// A call.
    Call(CallPlan),
    /// A construct call.
    Construct(ConstructPlan),
    /// Operand types of an arithmetic operator, the bits of `BinaryFeedback`.
    Binary(u8),
    /// Operand types of a comparison, the bits of `CompareFeedback`.
    Compare(u8),
    /// A step of an iteration that has only met arrays: the `next` method of their iterators.
    ArrayStep(CellRef),
    /// A closure is created with this feedback cell.
    Closure(CellRef),
    /// A literal of this shape with these values in its inline slots (undefined ones left out), by byte offset.
    ObjectLiteral {
        /// The shape.
        shape: ShapeRef,
        /// The number of inline slots.
        inline_slots: u32,
        /// The values.
        values: Vec<(u32, TaggedConst)>,
    },
    /// A literal that is a copy of this boilerplate.
    Literal(CellRef),
}

/// What a receiver is recognized by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
    /// An object with the shape.
    Shape(ShapeRef),
    /// Any string.
    String,
    /// Any number.
    Number,
    /// A boolean.
    Boolean,
    /// Any symbol.
    Symbol,
    /// Any BigInt.
    BigInt,
}

/// One receiver of a named load.
#[derive(Clone, PartialEq, Debug)]
pub struct LoadCase {
    /// The receiver.
    pub receiver: Receiver,
    /// What the load does.
    pub access: LoadAccess,
    /// What must stay true for it.
    pub dependencies: Vec<DependencyRef>,
}

/// Where a property of an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// At a byte offset of the object.
    Inline(u32),
    /// In an out-of-line slot.
    Out(u32),
}

/// How a property is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoadAccess {
    /// The value at a byte offset of the receiver.
    Inline(u32),
    /// The value of an out-of-line slot of the receiver.
    Out(u32),
    /// A constant: absent, or a property that nobody overwrites.
    Constant(TaggedConst),
    /// The value at a byte offset of a known object.
    HolderInline(CellRef, u32),
    /// The value of an out-of-line slot of a known object.
    HolderOut(CellRef, u32),
    /// The length of an array.
    ArrayLength,
    /// The length of a string.
    StringLength,
    /// The value of a binding cell, which is not the hole.
    Binding(CellRef),
    /// A call of a known getter; the target if it is a closure.
    Getter(CellRef, Option<TargetRef>),
    /// A call of the getter in the accessor at a place of the receiver, which is one of these.
    OwnGetter(Place, CallPlan),
    /// None of these.
    Generic,
}

/// One receiver of a named store.
#[derive(Clone, PartialEq, Debug)]
pub struct StoreCase {
    /// The shape of the receiver before.
    pub shape: ShapeRef,
    /// What the store does.
    pub access: StoreAccess,
    /// What must stay true for it.
    pub dependencies: Vec<DependencyRef>,
}

/// How a property is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoreAccess {
    /// Overwrites the value at a byte offset.
    Inline(u32),
    /// Overwrites an out-of-line slot.
    Out(u32),
    /// Adds a property: the new shape, and the byte offset.
    AddInline(ShapeRef, u32),
    /// Adds a property: the new shape, and the out-of-line slot.
    AddOut(ShapeRef, u32),
    /// A call of a known setter; the target if it is a closure.
    Setter(CellRef, Option<TargetRef>),
    /// A call of the setter in the accessor at a place of the receiver, which is one of these.
    OwnSetter(Place, CallPlan),
    /// None of these.
    Generic,
}

/// One receiver of an element access.
#[derive(Clone, PartialEq, Debug)]
pub struct ElementCase {
    /// The receiver.
    pub receiver: Receiver,
    /// Where its elements are.
    pub kind: ElementKind,
    /// Given if what is not there is undefined (loads), or may be added (stores), while this stays true.
    pub absent: Option<Vec<DependencyRef>>,
}

/// Where elements are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ElementKind {
    /// Dense elements of an array.
    Array,
    /// Dense elements of another object.
    Object,
    /// Characters.
    String,
    /// A typed array; the element type is a guess to be checked.
    Typed(Option<TypedElement>),
}

/// How a global is loaded.
#[derive(Clone, PartialEq, Debug)]
pub enum GlobalLoad {
    /// A constant.
    Constant(TaggedConst, Vec<DependencyRef>),
    /// The value of an initialized binding cell.
    Binding(CellRef),
    /// An out-of-line slot of the global object.
    Slot(CellRef, u32, Vec<DependencyRef>),
}

/// How a global is stored.
#[derive(Clone, PartialEq, Debug)]
pub enum GlobalStore {
    /// Into an initialized, mutable binding cell.
    Binding(CellRef),
    /// Into an out-of-line slot of the global object.
    Slot(CellRef, u32, Vec<DependencyRef>),
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallPlan {
    /// Always this closure.
    Closure(CellRef, TargetRef),
    /// Closures with this feedback cell.
    FeedbackCell(CellRef, TargetRef),
    /// Always this Rust function.
    Native(CellRef, KnownNative),
    /// Anything.
    Any,
}

/// What objects are made as with a constructor as `new.target`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Constructed {
    /// The constructor.
    pub new_target: CellRef,
    /// Its `ConstructorData`, whose header's `meta` is the initial shape.
    pub data: CellRef,
    /// The initial shape.
    pub shape: ShapeRef,
    /// The number of inline slots of new objects.
    pub inline_slots: u32,
}

/// What is constructed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConstructPlan {
    /// Always this constructor, with what it makes where it is `new.target` itself.
    Closure {
        /// The closure.
        cell: CellRef,
        /// Its target.
        target: TargetRef,
        /// What `new` of it makes, if that is settled.
        made: Option<Constructed>,
    },
    /// Always `Array` of the function's realm.
    Array(CellRef),
    /// Anything.
    Any,
}
