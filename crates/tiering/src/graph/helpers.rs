//! Operations that compiled code leaves to the runtime, by name.
//!
//! The runtime's own table of functions is made to match; here stand the inputs and the effects that the optimizer reckons
//! with. All inputs are tagged unless the row says otherwise.

use super::types::{Effects, Repr};

macro_rules! helpers {
    ($($(#[doc = $doc:literal])+ $name:ident ( $($input:ident),* ) -> $output:ident | [$($effect:ident)*];)*) => {
        /// A runtime operation; see the table in the module.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Helper { $($(#[doc = $doc])+ $name,)* }

        impl Helper {
            /// All helpers, in the order of their numbers.
            pub const ALL: &'static [Helper] = &[$(Helper::$name,)*];
            /// The representations of the inputs.
            pub const fn inputs(self) -> &'static [Repr] {
                match self { $(Helper::$name => &[$(Repr::$input),*],)* }
            }
            /// The representation of the result.
            pub const fn output(self) -> Repr {
                match self { $(Helper::$name => Repr::$output,)* }
            }
            /// What the operation may do.
            pub const fn effects(self) -> Effects {
                match self { $(Helper::$name => Effects::PURE$(.union(Effects::$effect))*,)* }
            }
            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Helper::$name => stringify!($name),)* }
            }
        }
    };
}

helpers! {
    /// `a + b` for any values.
    Add(Tagged, Tagged) -> Tagged | [Call];
    /// `a - b` for any values.
    Subtract(Tagged, Tagged) -> Tagged | [Call];
    /// `a * b` for any values.
    Multiply(Tagged, Tagged) -> Tagged | [Call];
    /// `a / b` for any values.
    Divide(Tagged, Tagged) -> Tagged | [Call];
    /// `a % b` for any values.
    Remainder(Tagged, Tagged) -> Tagged | [Call];
    /// `a ** b` for any values.
    Exponentiate(Tagged, Tagged) -> Tagged | [Call];
    /// `a & b` for any values.
    BitwiseAnd(Tagged, Tagged) -> Tagged | [Call];
    /// `a | b` for any values.
    BitwiseOr(Tagged, Tagged) -> Tagged | [Call];
    /// `a ^ b` for any values.
    BitwiseXor(Tagged, Tagged) -> Tagged | [Call];
    /// `a << b` for any values.
    ShiftLeft(Tagged, Tagged) -> Tagged | [Call];
    /// `a >> b` for any values.
    ShiftRight(Tagged, Tagged) -> Tagged | [Call];
    /// `a >>> b` for any values.
    ShiftRightLogical(Tagged, Tagged) -> Tagged | [Call];
    /// ToNumeric(a) + 1.
    Increment(Tagged) -> Tagged | [Call];
    /// ToNumeric(a) - 1.
    Decrement(Tagged) -> Tagged | [Call];
    /// `-a`.
    Negate(Tagged) -> Tagged | [Call];
    /// `~a`.
    BitwiseNot(Tagged) -> Tagged | [Call];
    /// ToNumber(a).
    ToNumber(Tagged) -> Tagged | [Call];
    /// ToNumeric(a).
    ToNumeric(Tagged) -> Tagged | [Call];
    /// ToString(a).
    ToString(Tagged) -> Tagged | [Call];
    /// ToPropertyKey(a).
    ToPropertyKey(Tagged) -> Tagged | [Call];
    /// ToObject(a).
    ToObject(Tagged) -> Tagged | [Reads CanGC Throws];
    /// `a == b` for any values, as a tagged boolean.
    Equal(Tagged, Tagged) -> Tagged | [Call];
    /// `a < b` for any values, as a tagged boolean.
    LessThan(Tagged, Tagged) -> Tagged | [Call];
    /// `a > b` for any values (b < a with a evaluated first), as a tagged boolean.
    GreaterThan(Tagged, Tagged) -> Tagged | [Call];
    /// `a <= b` for any values, as a tagged boolean.
    LessThanOrEqual(Tagged, Tagged) -> Tagged | [Call];
    /// `a >= b` for any values, as a tagged boolean.
    GreaterThanOrEqual(Tagged, Tagged) -> Tagged | [Call];
    /// `a === b` for any values; may flatten ropes.
    StrictEqual(Tagged, Tagged) -> Bool | [CanGC];
    /// Whether two strings are equal; may flatten ropes.
    StringEqual(Tagged, Tagged) -> Bool | [CanGC];
    /// Whether string `a` is before string `b`; may flatten ropes.
    StringLessThan(Tagged, Tagged) -> Bool | [CanGC];
    /// The concatenation of two strings; a RangeError when it is too long.
    StringConcat(Tagged, Tagged) -> Tagged | [CanGC Throws];
    /// The code unit of a string at an index below its length; may flatten ropes.
    StringCharCodeAt(Tagged, Int32) -> Int32 | [CanGC];
    /// The string of one code unit of a string at an index below its length.
    StringCharAt(Tagged, Int32) -> Tagged | [CanGC];
    /// The part of a string between two indices, as `substring` takes them.
    StringSubstring(Tagged, Int32, Int32) -> Tagged | [CanGC Throws];
    /// The string of one code unit (the low 16 bits).
    StringFromCharCode(Int32) -> Tagged | [CanGC];
    /// SameValue; may flatten ropes.
    SameValue(Tagged, Tagged) -> Bool | [CanGC];
    /// Number.isInteger.
    NumberIsInteger(Tagged) -> Bool | [];
    /// Number.isFinite.
    NumberIsFinite(Tagged) -> Bool | [];
    /// Number.isNaN.
    NumberIsNaN(Tagged) -> Bool | [];
    /// Appends a value to an array; gives the new length, or the hole if that takes more than appending to dense elements (then nothing has
    /// happened).
    ArrayPush(Tagged, Tagged) -> Tagged | [Reads Writes CanGC];
    /// Takes the last element of an array away and gives it; the hole if that takes more than shortening dense elements (then nothing has
    /// happened).
    ArrayPop(Tagged) -> Tagged | [Reads Writes];
    /// Defines an element of an array that accepts elements, at most one past the dense ones. The hole if that takes more (then nothing has
    /// happened).
    ArrayDefine(Tagged, Int32, Tagged) -> Tagged | [Reads Writes CanGC];
    /// The prototype of an ordinary object, or null.
    Prototype(Tagged) -> Tagged | [Reads];
    /// The function that initializes the fields of the class of a constructor, or undefined.
    FieldInitializer(Tagged) -> Tagged | [Reads];
    /// IsConstructor.
    IsConstructor(Tagged) -> Bool | [];
    /// The key of a for-in over an object at an index, or undefined if the property is gone; guard and keys are those of its state.
    ForInNext(Tagged, Int32, Tagged, Tagged) -> Tagged | [Call];
    /// typeof a, as a string.
    TypeOf(Tagged) -> Tagged | [];
    /// ToBoolean(a).
    ToBoolean(Tagged) -> Bool | [];
    /// `a % b` of doubles.
    Float64Modulo(Float64, Float64) -> Float64 | [];
    /// `a ** b` of doubles.
    Float64Power(Float64, Float64) -> Float64 | [];
    /// `Math.atan2(a, b)` of doubles.
    Float64Atan2(Float64, Float64) -> Float64 | [];
    /// `Math.acos(a)` of a double.
    Float64Acos(Float64) -> Float64 | [];
    /// `Math.asin(a)` of a double.
    Float64Asin(Float64) -> Float64 | [];
    /// `Math.atan(a)` of a double.
    Float64Atan(Float64) -> Float64 | [];
    /// `Math.cbrt(a)` of a double.
    Float64Cbrt(Float64) -> Float64 | [];
    /// `Math.cos(a)` of a double.
    Float64Cos(Float64) -> Float64 | [];
    /// `Math.exp(a)` of a double.
    Float64Exp(Float64) -> Float64 | [];
    /// `Math.log(a)` of a double.
    Float64Log(Float64) -> Float64 | [];
    /// `Math.log10(a)` of a double.
    Float64Log10(Float64) -> Float64 | [];
    /// `Math.log2(a)` of a double.
    Float64Log2(Float64) -> Float64 | [];
    /// `Math.sin(a)` of a double.
    Float64Sin(Float64) -> Float64 | [];
    /// `Math.tan(a)` of a double.
    Float64Tan(Float64) -> Float64 | [];
    /// ToInt32 of a double.
    Float64ToInt32(Float64) -> Int32 | [];
    /// `receiver[key]` for a constant that is a string or a symbol.
    GetNamed(Tagged, Tagged) -> Tagged | [Call];
    /// `receiver[key]` for any key.
    GetKeyed(Tagged, Tagged) -> Tagged | [Call];
    /// `receiver[key] = value` of sloppy code, for a constant key. The result is `value`.
    SetNamedSloppy(Tagged, Tagged, Tagged) -> Tagged | [Call];
    /// `receiver[key] = value` of strict code, for a constant key. The result is `value`.
    SetNamedStrict(Tagged, Tagged, Tagged) -> Tagged | [Call];
    /// `receiver[key] = value` of sloppy code, for any key. The result is `value`.
    SetKeyedSloppy(Tagged, Tagged, Tagged) -> Tagged | [Call];
    /// `receiver[key] = value` of strict code, for any key. The result is `value`.
    SetKeyedStrict(Tagged, Tagged, Tagged) -> Tagged | [Call];
    /// `value instanceof target`, as a tagged boolean.
    InstanceOf(Tagged, Tagged) -> Tagged | [Call];
    /// `key in object`, as a tagged boolean.
    HasProperty(Tagged, Tagged) -> Tagged | [Call];
    /// CreateDataPropertyOrThrow(object, key, value). The result is undefined.
    CreateDataProperty(Tagged, Tagged, Tagged) -> Tagged | [Call];
    /// Throws a value. Never returns normally.
    Throw(Tagged) -> Tagged | [CanGC CanInvalidate Throws];
    /// Throws a value again, without a new stack trace. Never returns normally.
    ReThrow(Tagged) -> Tagged | [CanGC CanInvalidate Throws];
    /// A closure of a template (first) in a context or undefined, with a feedback cell: counts it there.
    CreateClosure(Tagged, Tagged, Tagged) -> Tagged | [CanGC];
    /// An iterator over the values of an object.
    CreateArrayIterator(Tagged) -> Tagged | [CanGC];
    /// `new Array(length)`: all holes.
    CreateArray(Int32) -> Tagged | [CanGC Throws];
    /// A copy of a literal's boilerplate, as the interpreter makes it (nested literals are copied too).
    CloneLiteral(Tagged) -> Tagged | [CanGC Throws];
    /// A copy of a block context.
    CloneContext(Tagged) -> Tagged | [Reads CanGC];
    /// The receiver of a sloppy function: undefined and null become the global object of the function, primitives objects.
    /// Inputs: closure, receiver.
    CoerceReceiver(Tagged, Tagged) -> Tagged | [CanGC];
}
