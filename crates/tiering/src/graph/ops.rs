//! The operations, as one table.
//!
//! A family of operations, with a row for each, reads
//!
//! ```text
//! /// What they have in common.
//! Name: EnumOfThem {
//!     /// What it does.
//!     Name { immediate: Type, … } (input: Representation, …; rest: Representation) -> Representation | [effects] | reason;
//! }
//! ```
//!
//! * inputs behind the semicolon are any number of further ones;
//! * *effects* are [`Effects`]; none means that the result depends on the inputs and immediates alone;
//! * *reason* is the [`DeoptReason`] of the eager exit of an operation with `CanExit`, `-` where there is none or an
//!   immediate tells.
//!
//! A check gives the value that it checked, refined: what relies on the check takes its input from it, so that no pass can
//! move the use above the check. All other operations may assume what their line says of their inputs ("known").
//!
//! SENTINEL is never the value of a node: a call that gives SENTINEL leaves the code (by its handler's exit or by returning).

use super::helpers::Helper;
use super::parse::{Immediate, Words};
use super::reason::DeoptReason;
use super::state::FrameSlot;
use super::types::{
    Barrier, Captured, CellRef, Condition, Effects, F64Bits, FunctionRef, Memory, Repr, ShapeRef, ShapeSet,
    StepId, TaggedConst, TaggedTest, TargetRef, TypedElement,
};

macro_rules! reason_of {
    (-) => {
        None
    };
    ($reason:ident) => {
        Some(DeoptReason::$reason)
    };
}

macro_rules! operations {
    ($(
        $(#[doc = $family_doc:literal])+
        $family:ident: $kind:ident {$(
            $(#[doc = $doc:literal])+
            $name:ident { $($field:ident : $fty:ty),* } ( $($input:ident : $irepr:ident),* $(; $rest:ident : $rrepr:ident)? )
                -> $output:ident | [$($effect:ident)*] | $reason:tt;
        )*}
    )*) => {
        /// An operation with its immediates; see the table in the module.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Op {
            $($($(#[doc = $doc])+ $name { $(#[doc = "Immediate."] $field: $fty),* },)*)*
        }

        $(
            $(#[doc = $family_doc])+
            #[derive(Clone, Copy, Debug)]
            pub enum $kind {
                $($(#[doc = $doc])+ $name { $(#[doc = "Immediate."] $field: $fty),* },)*
            }
        )*

        /// An operation in its family. What treats each operation matches on this and then on the family, so that no match is as long as the table
        /// and the compiler still sees that none is forgotten.
        #[derive(Clone, Copy, Debug)]
        pub enum Family {
            $($(#[doc = $family_doc])+ $family($kind),)*
        }

        impl Op {
            /// The operation in its family.
            pub const fn family(self) -> Family {
                match self {
                    $($(Op::$name { $($field),* } => Family::$family($kind::$name { $($field),* }),)*)*
                }
            }
            /// The name.
            pub const fn name(&self) -> &'static str {
                match self { $($(Op::$name { .. } => stringify!($name),)*)* }
            }
            /// The representations of the fixed inputs.
            pub const fn inputs(&self) -> &'static [Repr] {
                if let Op::CallHelper { helper } = self {
                    return helper.inputs();
                }
                match self {
                    $($(Op::$name { .. } => &[$(Repr::$irepr),*],)*)*
                }
            }
            /// The representation of further inputs, where there may be some.
            pub const fn rest(&self) -> Option<Repr> {
                match self {
                    $($(Op::$name { .. } => { const REST: &[Repr] = &[$(Repr::$rrepr)?]; if REST.is_empty() { None } else { Some(REST[0]) } })*)*
                }
            }
            /// The representation of the result.
            pub const fn output(&self) -> Repr {
                match self {
                    Op::Phi { repr } => return *repr,
                    Op::CallHelper { helper } => return helper.output(),
                    Op::LoadTyped { element } => return element.repr(),
                    _ => {}
                }
                match self {
                    $($(Op::$name { .. } => Repr::$output,)*)*
                }
            }
            /// What the operation may do.
            pub const fn effects(&self) -> Effects {
                match self {
                    Op::CallHelper { helper } => return helper.effects(),
                    Op::GenericStep { effects, .. } => return *effects,
                    Op::LoadField { memory: Memory::Immutable, .. }
                    | Op::LoadInt32 { memory: Memory::Immutable, .. }
                    | Op::LoadPointer { memory: Memory::Immutable, .. } => return Effects::PURE,
                    _ => {}
                }
                match self {
                    $($(Op::$name { .. } => Effects::PURE$(.union(Effects::$effect))*,)*)*
                }
            }
            /// Why its eager exit is taken.
            pub const fn reason(&self) -> Option<DeoptReason> {
                if let Op::CheckValue { reason, .. } | Op::CheckCondition { reason, .. } = self {
                    return Some(*reason);
                }
                match self {
                    $($(Op::$name { .. } => reason_of!($reason),)*)*
                }
            }
            /// The operation of a name, whose immediates are the next words of its text.
            pub(super) fn from_text(name: &str, words: &mut Words<'_>) -> Option<Op> {
                match name {
                    $($(stringify!($name) => Some(Op::$name { $($field: <$fty as Immediate>::read(stringify!($field), words)?),* }),)*)*
                    _ => None,
                }
            }
            /// The immediates, for the text form.
            pub(super) fn immediates(&self, f: &mut dyn FnMut(&'static str, &dyn std::fmt::Debug)) {
                match self { $($(Op::$name { $($field),* } => { $(f(stringify!($field), $field);)* let _ = &f; })*)* }
            }
        }
    };
}

operations! {
    /// Where values come from: constants, parameters of blocks and of the function, places of the frame that is replaced.
    Source: SourceOp {
        /// An int32.
        ConstInt32 { value: i32 } () -> Int32 | [] | -;
        /// A double.
        ConstFloat64 { value: F64Bits } () -> Float64 | [] | -;
        /// A truth value.
        ConstBool { value: bool } () -> Bool | [] | -;
        /// A tagged constant; a cell is embedded in the code.
        ConstTagged { value: TaggedConst } () -> Tagged | [] | -;
        /// A parameter of a block; its values come with the jumps to the block.
        Phi { repr: Repr } () -> Tagged | [] | -;
        /// The closure that was called.
        ParameterCallee {} () -> Tagged | [] | -;
        /// The receiver; of a sloppy function that uses it, coerced (by the caller of the fast entry, by the generic entry).
        ParameterReceiver {} () -> Tagged | [] | -;
        /// Formal parameter `index`; in functions with the observing signature `argv[index]`, or undefined beyond argc.
        ParameterFormal { index: u32 } () -> Tagged | [] | -;
        /// `new.target`; only in functions with the observing signature.
        ParameterNewTarget {} () -> Tagged | [] | -;
        /// The number of actual arguments; only in functions with the observing signature.
        ParameterArgumentCount {} () -> Int32 | [] | -;
        /// The actual argument `first + index` of the activation, which is there; only in functions with the observing signature.
        LoadArgument { first: u32 } (index: Int32) -> Tagged | [] | -;
        /// The actual argument `first + index` of the activation, undefined if it has no such one. Exits for a negative index.
        LoadArgumentOrUndefined { first: u32 } (index: Int32) -> Tagged | [CanExit] | NotAnArrayIndex;
        /// On-stack replacement: the value that the interpreter's frame has in `slot` at the entry.
        OsrValue { slot: FrameSlot } () -> Tagged | [] | -;
    }

    /// Checks: of tagged values, of numbers, of the code itself.
    Check: CheckOp {
        /// The value is a cell with one of the shapes (its header's `meta`). `known_cell` says that the cell test is not needed.
        CheckShape { shapes: ShapeSet, known_cell: bool } (value: Tagged) -> Tagged | [Reads CanExit] | WrongMap;
        /// The value is a tagged int32; gives it untagged.
        CheckInt32 {} (value: Tagged) -> Int32 | [CanExit] | NotASmi;
        /// The value is a number of either form; gives it as a double.
        CheckFloat64 {} (value: Tagged) -> Float64 | [CanExit] | NotANumber;
        /// The value is a number, boolean, undefined (NaN) or null (0); gives ToNumber of it as a double.
        CheckNumberOrOddball {} (value: Tagged) -> Float64 | [CanExit] | NotANumberOrOddball;
        /// The value is true or false; gives it untagged.
        CheckBool {} (value: Tagged) -> Bool | [CanExit] | NotABoolean;
        /// The value is a cell of kind String.
        CheckString {} (value: Tagged) -> Tagged | [CanExit] | NotAString;
        /// The value is a cell of kind Symbol.
        CheckSymbol {} (value: Tagged) -> Tagged | [CanExit] | NotASymbol;
        /// The value is a cell of kind BigInt.
        CheckBigInt {} (value: Tagged) -> Tagged | [CanExit] | NotABigInt;
        /// The value is an object (a cell with `kind >= FIRST_OBJECT`).
        CheckObject {} (value: Tagged) -> Tagged | [CanExit] | NotAJavaScriptObject;
        /// The value is an object, undefined or null.
        CheckObjectOrNullish {} (value: Tagged) -> Tagged | [CanExit] | NotAJavaScriptObjectOrNullOrUndefined;
        /// The value's bits are those of the constant.
        CheckValue { value: TaggedConst, reason: DeoptReason } (input: Tagged) -> Tagged | [CanExit] | -;
        /// The value is a cell of kind Function whose `feedback` field is the cell (any closure of one creation site).
        CheckFeedbackCell { cell: CellRef } (value: Tagged) -> Tagged | [CanExit] | WrongFeedbackCell;
        /// The value is not the hole.
        CheckNotHole {} (value: Tagged) -> Tagged | [CanExit] | Hole;
        /// The condition is true.
        CheckCondition { reason: DeoptReason } (condition: Bool) -> None | [CanExit] | -;
        /// `index` is below `length` as unsigned numbers; gives `index`.
        CheckBounds {} (index: Int32, length: Int32) -> Int32 | [CanExit] | OutOfBounds;
        /// The code has not been invalidated (its byte). Follows a call whose own state cannot be resumed.
        CheckValid {} () -> None | [Reads CanExit] | CodeInvalidated;
        /// The double is an int32 and not -0; gives it.
        CheckFloat64IsInt32 {} (value: Float64) -> Int32 | [CanExit] | LostPrecisionOrNaN;
        /// The unsigned number is an int32; gives it.
        CheckUint32IsInt32 {} (value: Uint32) -> Int32 | [CanExit] | LostPrecision;
        /// An iterator over the values of an array or array-like; gives it.
        CheckArrayIterator {} (value: Tagged) -> Tagged | [CanExit] | WrongInstanceType;
        /// An array; gives it.
        CheckArray {} (value: Tagged) -> Tagged | [CanExit] | WrongInstanceType;
        /// The typed array, known to be one, has elements of this type; gives it.
        CheckTypedArray { element: TypedElement } (array: Tagged) -> Tagged | [CanExit] | WrongInstanceType;
    }

    /// From one representation to another, and questions about values.
    Conversion: ConversionOp {
        /// The tagged form of an int32.
        TagInt32 {} (value: Int32) -> Tagged | [] | -;
        /// The canonical tagged form of an unsigned number: int32 where possible, otherwise a double.
        TagUint32 {} (value: Uint32) -> Tagged | [] | -;
        /// The canonical tagged form of a double: int32 where possible (not for -0), NaN purified.
        TagFloat64 {} (value: Float64) -> Tagged | [] | -;
        /// The double form of a double, NaN purified, even where it is integral.
        TagDouble {} (value: Float64) -> Tagged | [] | -;
        /// true or false.
        TagBool {} (value: Bool) -> Tagged | [] | -;
        /// The int32 of a value known to be a tagged int32.
        UntagInt32 {} (value: Tagged) -> Int32 | [] | -;
        /// The number of a value known to be a number of either form.
        UntagFloat64 {} (value: Tagged) -> Float64 | [] | -;
        /// Whether a value known to be a boolean is true.
        UntagBool {} (value: Tagged) -> Bool | [] | -;
        /// The double of an int32.
        Int32ToFloat64 {} (value: Int32) -> Float64 | [] | -;
        /// The double of an unsigned number.
        Uint32ToFloat64 {} (value: Uint32) -> Float64 | [] | -;
        /// ToInt32 of a double (modulo 2^32; 0 for NaN and infinities).
        TruncateFloat64 {} (value: Float64) -> Int32 | [] | -;
        /// The same 32 bits as a signed number.
        Uint32AsInt32 {} (value: Uint32) -> Int32 | [] | -;
        /// The same 32 bits as an unsigned number.
        Int32AsUint32 {} (value: Int32) -> Uint32 | [] | -;
        /// undefined for the hole, otherwise the value.
        HoleToUndefined {} (value: Tagged) -> Tagged | [] | -;
        /// ToBoolean of any value (a pure slow path decides strings and BigInts).
        ToBoolean {} (value: Tagged) -> Bool | [] | -;
        /// Whether a number is neither 0 nor NaN.
        Float64ToBoolean {} (value: Float64) -> Bool | [] | -;
        /// Not.
        BoolNot {} (value: Bool) -> Bool | [] | -;
        /// A question about a tagged value that looks only at what never changes.
        TestTagged { test: TaggedTest } (value: Tagged) -> Bool | [] | -;
        /// The bits are equal.
        TaggedEqual {} (a: Tagged, b: Tagged) -> Bool | [] | -;
    }

    /// Arithmetic of int32s, and comparison.
    Int32: Int32Op {
        /// a + b; exits when it is no int32.
        Int32AddChecked {} (a: Int32, b: Int32) -> Int32 | [CanExit] | Overflow;
        /// a - b; exits when it is no int32.
        Int32SubChecked {} (a: Int32, b: Int32) -> Int32 | [CanExit] | Overflow;
        /// a * b; exits when it is no int32 or -0.
        Int32MulChecked {} (a: Int32, b: Int32) -> Int32 | [CanExit] | Overflow;
        /// a / b; exits for b = 0, a remainder, -0 and overflow (MIN / -1).
        Int32DivChecked {} (a: Int32, b: Int32) -> Int32 | [CanExit] | LostPrecision;
        /// a % b with the sign of a; exits for b = 0 and -0 (a negative with remainder 0).
        Int32ModChecked {} (a: Int32, b: Int32) -> Int32 | [CanExit] | DivisionByZero;
        /// -a; exits for 0 and MIN.
        Int32NegChecked {} (a: Int32) -> Int32 | [CanExit] | MinusZero;
        /// The absolute value; exits for MIN.
        Int32AbsChecked {} (a: Int32) -> Int32 | [CanExit] | Overflow;
        /// The smaller one.
        Int32Min {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// The larger one.
        Int32Max {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// The number of leading zero bits.
        Int32LeadingZeros {} (a: Int32) -> Int32 | [] | -;
        /// a + b modulo 2^32.
        Int32Add {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a - b modulo 2^32.
        Int32Sub {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a * b modulo 2^32.
        Int32Mul {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a & b.
        Int32And {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a | b.
        Int32Or {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a ^ b.
        Int32Xor {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a << (b & 31).
        Int32Shl {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a >> (b & 31), arithmetic.
        Int32Sar {} (a: Int32, b: Int32) -> Int32 | [] | -;
        /// a >>> (b & 31) of the bits of a.
        Int32Shr {} (a: Int32, b: Int32) -> Uint32 | [] | -;
        /// ~a.
        Int32Not {} (a: Int32) -> Int32 | [] | -;
        /// Compares signed numbers.
        Int32Compare { condition: Condition } (a: Int32, b: Int32) -> Bool | [] | -;
        /// Compares unsigned numbers.
        Uint32Compare { condition: Condition } (a: Uint32, b: Uint32) -> Bool | [] | -;
    }

    /// Arithmetic of doubles, and comparison.
    Float64: Float64Op {
        /// a + b.
        Float64Add {} (a: Float64, b: Float64) -> Float64 | [] | -;
        /// a - b.
        Float64Sub {} (a: Float64, b: Float64) -> Float64 | [] | -;
        /// a * b.
        Float64Mul {} (a: Float64, b: Float64) -> Float64 | [] | -;
        /// a / b.
        Float64Div {} (a: Float64, b: Float64) -> Float64 | [] | -;
        /// -a (the sign bit is flipped).
        Float64Neg {} (a: Float64) -> Float64 | [] | -;
        /// The absolute value.
        Float64Abs {} (a: Float64) -> Float64 | [] | -;
        /// The square root.
        Float64Sqrt {} (a: Float64) -> Float64 | [] | -;
        /// Rounded down.
        Float64Floor {} (a: Float64) -> Float64 | [] | -;
        /// Rounded up.
        Float64Ceil {} (a: Float64) -> Float64 | [] | -;
        /// Rounded towards zero.
        Float64Trunc {} (a: Float64) -> Float64 | [] | -;
        /// Rounded to the nearest integer, halves up, with the sign of zero that `Math.round` gives.
        Float64Round {} (a: Float64) -> Float64 | [] | -;
        /// Rounded to the nearest single-precision number.
        Float64Fround {} (a: Float64) -> Float64 | [] | -;
        /// The smaller one; -0 is below 0, NaN wins.
        Float64Min {} (a: Float64, b: Float64) -> Float64 | [] | -;
        /// The larger one; -0 is below 0, NaN wins.
        Float64Max {} (a: Float64, b: Float64) -> Float64 | [] | -;
        /// Compares doubles; see the conditions about NaN.
        Float64Compare { condition: Condition } (a: Float64, b: Float64) -> Bool | [] | -;
    }

    /// Reading memory. Offsets are in bytes from the start of the cell; objects are known to have the field.
    Load: LoadOp {
        /// The value word at `offset`.
        LoadField { offset: u32, memory: Memory } (object: Tagged) -> Tagged | [Reads] | -;
        /// The pointer at `offset`, which may be null: the slots or elements of an object's head.
        LoadPointer { offset: u32, memory: Memory } (object: Tagged) -> Word | [Reads] | -;
        /// The 32-bit number at `offset`, known to be below 2^31.
        LoadInt32 { offset: u32, memory: Memory } (object: Tagged) -> Int32 | [Reads] | -;
        /// The unsigned byte at `offset`.
        LoadByte { offset: u32, memory: Memory } (object: Tagged) -> Int32 | [Reads] | -;
        /// The unsigned 32-bit number at `offset`.
        LoadUint32 { offset: u32, memory: Memory } (object: Tagged) -> Uint32 | [Reads] | -;
        /// The value of an out-of-line slot of a `Slots` cell that is not null.
        LoadSlot { index: u32 } (slots: Word) -> Tagged | [Reads] | -;
        /// The dense length of an `Elements` pointer; 0 when it is null.
        LoadElementsLength {} (elements: Word) -> Int32 | [Reads] | -;
        /// The value (perhaps the hole) of an `Elements` cell at an index known to be below its length.
        LoadElement {} (elements: Word, index: Int32) -> Tagged | [Reads] | -;
        /// The value of an `Elements` pointer at an index: undefined for a hole and at or behind the dense length. Exits for a negative
        /// index and for sparse elements.
        LoadElementOrUndefined {} (elements: Word, index: Int32) -> Tagged | [Reads CanExit] | NotAnArrayIndex;
        /// The current length of a typed array in elements; 0 when it is detached or out of bounds.
        LoadTypedLength {} (array: Tagged) -> Int32 | [Reads] | -;
        /// The address of element 0 of a typed array; anything where its length is 0.
        LoadTypedData {} (array: Tagged) -> Word | [Reads] | -;
        /// The element at an index known to be below the length; `array` keeps the memory alive. The output is of the element's
        /// representation; a NaN is whatever it is.
        LoadTyped { element: TypedElement } (data: Word, array: Tagged, index: Int32) -> Int32 | [Reads] | -;
        /// The context of a closure; undefined where it has none.
        LoadFunctionContext {} (closure: Tagged) -> Tagged | [] | -;
        /// Whether the value, known to be a cell, has one of the shapes.
        TestShape { shapes: ShapeSet } (value: Tagged) -> Bool | [Reads] | -;
    }

    /// Writing memory. Offsets are as for loads.
    Store: StoreOp {
        /// Stores into an integer element of up to 32 bits (modulo its size; saturating for `Uint8Clamped`).
        StoreTypedInt32 { element: TypedElement } (data: Word, array: Tagged, index: Int32, value: Int32) -> None | [Writes] | -;
        /// Stores into a floating-point element, or saturating with round-half-even into `Uint8Clamped`.
        StoreTypedFloat64 { element: TypedElement } (data: Word, array: Tagged, index: Int32, value: Float64) -> None | [Writes] | -;
        /// Stores a value word; the barrier is the object's.
        StoreField { offset: u32, memory: Memory, barrier: Barrier } (object: Tagged, value: Tagged) -> None | [Writes] | -;
        /// The slot of the context is about to be assigned, which is noted in the context for good. Exits if code may rely on its value: the
        /// interpreter's assignment tells that code.
        NoteAssignment { slot: u32 } (context: Tagged) -> None | [CanExit] | ConstTrackingLet;
        /// Stores a 32-bit number.
        StoreInt32 { offset: u32, memory: Memory } (object: Tagged, value: Int32) -> None | [Writes] | -;
        /// Stores into a slot of a `Slots` cell that is not null; the barrier is that cell's.
        StoreSlot { index: u32, barrier: Barrier } (slots: Word, value: Tagged) -> None | [Writes] | -;
        /// Overwrites an element at an index known to be below the length; the barrier is that of the `Elements` cell.
        StoreElement { barrier: Barrier } (elements: Word, index: Int32, value: Tagged) -> None | [Writes] | -;
        /// Gives an object another shape (a transition; the slot of the new property is stored next).
        StoreShape { shape: ShapeRef } (object: Tagged) -> None | [Writes] | -;
        /// The out-of-line slots of the object, grown so that they have room for `count` values.
        EnsureSlots { count: u32 } (object: Tagged) -> Word | [Reads Writes CanGC] | -;
        /// Appends a value to dense elements: `index` is known to equal their length (0 where there are none, and of sparse ones). Grows them if
        /// need be; the length of an array grows with them where `index` reaches it. Exits, with nothing done, where that takes more.
        AppendElement { is_array: bool } (object: Tagged, index: Int32, value: Tagged) -> None | [Reads Writes CanGC CanExit] | -;
    }

    /// New cells, and those that are not made.
    Allocation: AllocationOp {
        /// A new ordinary object of kind Object: no out-of-line slots, no elements, inline slots undefined.
        AllocateObject { shape: ShapeRef, inline_slots: u32 } () -> Tagged | [Allocates CanGC] | -;
        /// A new empty array of kind Array: length 0 (writable), no out-of-line slots, no elements.
        AllocateArray { shape: ShapeRef } () -> Tagged | [Allocates CanGC] | -;
        /// A new context for the scope at index `scope` of the function's constants, with `length` slots of the values that
        /// the scope's modes say. `previous` is a context or undefined.
        AllocateContext { function: FunctionRef, scope: u32, length: u32 } (previous: Tagged) -> Tagged | [Allocates CanGC] | -;
        /// An object or context that is not made, as frame states and fields of other captured objects name it; gives no code. Nodes
        /// with one `object` are the same object at different times: what a state names (with its outer states) has one node of
        /// it. The inputs are the fields, in any representation.
        CapturedObject { object: u32, of: Captured } (; fields: Tagged) -> Tagged | [] | -;
        /// The captured object of that number as one of its own fields, or a field of one of its fields, names it.
        CapturedReference { object: u32 } () -> Tagged | [] | -;
    }

    /// Calls: of functions, of the runtime, of the interpreter for one instruction; and what they throw.
    Call: CallOp {
        /// Calls the closure through the fast entry of its template: the inputs are exactly the formals. The callee is known to be a
        /// closure of the target, the receiver is what the callee wants (coerced, if it does so).
        CallKnown { target: TargetRef } (callee: Tagged, receiver: Tagged; formals: Tagged) -> Tagged | [Call] | -;
        /// Calls the closure through the generic entry of its template with `new.target` undefined; the callee is known to be a
        /// closure of the target, the receiver is passed as it is.
        CallKnownGeneric { target: TargetRef } (callee: Tagged, receiver: Tagged; arguments: Tagged) -> Tagged | [Call] | -;
        /// Call(callee, receiver, the actual arguments of the activation from `first` on) for anything; a TypeError if it cannot be called. Only
        /// in functions with the observing signature.
        CallWithArguments { first: u32 } (callee: Tagged, receiver: Tagged) -> Tagged | [Call] | -;
        /// Calls the Rust function that the cell is, known to be the callee.
        CallNative { cell: CellRef } (callee: Tagged, receiver: Tagged; arguments: Tagged) -> Tagged | [Call] | -;
        /// Call(callee, receiver, arguments) for anything; a TypeError if it cannot be called.
        Call {} (callee: Tagged, receiver: Tagged; arguments: Tagged) -> Tagged | [Call] | -;
        /// Construct(constructor, arguments, new_target) for anything; a TypeError if it cannot be constructed.
        Construct {} (constructor: Tagged, new_target: Tagged; arguments: Tagged) -> Tagged | [Call] | -;
        /// Calls the base constructor with the new object as receiver through its fast entry, and gives the result if it is an
        /// object, otherwise the receiver. That is done before the code's byte is tested. The inputs are exactly the formals.
        ConstructKnown { target: TargetRef } (callee: Tagged, receiver: Tagged; formals: Tagged) -> Tagged | [Call] | -;
        /// What `new` gives: `result` if it is an object, otherwise the receiver. (Of an inlined constructor.)
        ConstructResult {} (result: Tagged, receiver: Tagged) -> Tagged | [] | -;
        /// A runtime operation; see [`Helper`].
        CallHelper { helper: Helper } () -> Tagged | [Call] | -;
        /// Executes one instruction in a frame of its own; see [`Step`](super::Step). Gives the accumulator.
        GenericStep { step: StepId, effects: Effects } (; values: Tagged) -> Tagged | [Call] | -;
        /// The `index`th register that the generic step wrote. Stands directly behind it.
        StepOutput { index: u32 } (step: Tagged) -> Tagged | [] | -;
        /// Whether the call has thrown. Stands behind the call (and its `StepOutput`s) in its block, which ends with a branch on it: the
        /// exception goes that way instead of leaving the code.
        Threw {} (call: Tagged) -> Bool | [] | -;
        /// The pending exception, which is pending no more. An exception that cannot be caught (termination) leaves the code instead.
        TakeException {} () -> Tagged | [Reads Writes] | -;
    }

    /// Where the runtime may interrupt the code.
    Control: ControlOp {
        /// At entry: there is room on the machine stack and the isolate's, and no interrupt is requested. Otherwise the runtime
        /// throws, or handles the interrupt and then the code is left with the eager state in any case.
        StackCheck {} () -> None | [CanExit CanGC CanInvalidate Throws] | Interrupt;
        /// At a back edge: no interrupt is requested. Otherwise the runtime handles it (it may throw), and then the code is left
        /// with the eager state in any case: what was assumed before the interrupt need not hold behind it.
        LoopInterruptCheck {} () -> None | [CanExit CanGC CanInvalidate Throws] | Interrupt;
    }
}

impl Op {
    /// The memory that a load reads or a store writes, if it is one class.
    pub const fn memory(&self) -> Option<Memory> {
        match self {
            Op::LoadField { memory, .. }
            | Op::LoadPointer { memory, .. }
            | Op::LoadInt32 { memory, .. }
            | Op::LoadByte { memory, .. }
            | Op::LoadUint32 { memory, .. }
            | Op::StoreField { memory, .. }
            | Op::StoreInt32 { memory, .. } => Some(*memory),
            Op::LoadSlot { .. } | Op::StoreSlot { .. } => Some(Memory::Slots),
            Op::LoadElement { .. } | Op::StoreElement { .. } => Some(Memory::Elements),
            Op::LoadElementsLength { .. } => Some(Memory::ElementsLength),
            Op::LoadTyped { .. } | Op::StoreTypedInt32 { .. } | Op::StoreTypedFloat64 { .. } => {
                Some(Memory::Bytes)
            }
            Op::LoadTypedLength { .. } | Op::LoadTypedData { .. } => Some(Memory::Internal),
            Op::StoreShape { .. } | Op::CheckShape { .. } | Op::TestShape { .. } => Some(Memory::Shape),
            _ => None,
        }
    }
    /// Whether the operation is a constant.
    pub const fn is_constant(&self) -> bool {
        matches!(
            self,
            Op::ConstInt32 { .. } | Op::ConstFloat64 { .. } | Op::ConstBool { .. } | Op::ConstTagged { .. }
        )
    }
}
