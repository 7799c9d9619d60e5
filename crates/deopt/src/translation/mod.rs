//! Translations: how to read the state of interpreter frames out of an optimized frame, as bytes.
//!
//! A *translation* is a list of *records*, outermost frame first: one for each frame, with what describes it. A record is a sequence of
//! [`Instruction`]s. Frame instructions say what follows; value instructions say
//! where a value is (*location*), how it is stored there (*representation*), or how it is made (*captured object*, *recipe*).
//! All records of one code object share one byte string, the [`TranslationArray`]; a translation is named by the byte at which the record of
//! its innermost frame begins, and that record names the one around it. So states inside of one inlined call share the frames around it.
//!
//! ```text
//! record       := header frame
//! header       := 4 * distance to the base, or 0         (the outermost frame)
//!               | 4 * distance to the base, or 0, + 1, distance to the record of the frame around it
//!               | 4 * distance to the base + 2           (inside of the frame that the base's is in)
//! frame        := (InlinedArguments value{surplus} | ConstructCreate | ConstructInvoke)*     (describe the frame)
//!                 Interpreted (Before | After) value{function receiver formals… context registers… accumulator}
//!               | Continuation value{function context parameters…}
//! value        := Slot | Literal | OptimizedOut | Duplicated | ArgumentsElements | ArgumentsLength | RestLength
//!               | Captured value{fields} | Recipe value{operands}
//! ```
//!
//! Four things keep it small. Records are shared. Exit slots are stored relative to the next new one, so values that the exit stores one
//! after another cost a byte per run, and a word that occurs again costs a byte. Dead registers cost a byte per run. And a record may refer back
//! to a *base*: “the next `k` instructions equal those at the same place of the base”, one byte for up to 64 instructions; “the frame's head
//! is that at the same place of the base, but for its result”, one byte. The base may have a base, up to [`MAX_CHAIN`].
//!
//! [`TranslationBuilder`] writes, [`Decoder`] reads, [`TranslationArray::verify`] checks bytes of unknown origin, and
//! [`TranslationArray::print`] gives text. The idea of the format and most names are V8's.

mod bytes;
mod decode;
mod encode;
mod text;
pub mod verify;
mod walk;

pub use decode::{Decoder, Malformed};
pub(crate) use decode::{DecoderBuffers, TokenKind};
pub use encode::TranslationBuilder;
pub(crate) use text::value_text;
pub use text::{Names, NumberedNames};
pub use verify::{TranslationSummary, VerifyError, VerifyErrorKind};

use crate::ids::{LiteralId, ObjectId};

/// How a raw word stands for a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Representation {
    /// A word of the interpreter.
    Tagged = 0,
    /// A signed 32-bit integer in the low half.
    Int32 = 1,
    /// An unsigned 32-bit integer in the low half.
    Uint32 = 2,
    /// Zero or one in the low byte.
    Bool = 3,
    /// The bits of a double.
    Float64 = 4,
    /// The bits of a double, or the NaN that stands for a hole; a hole reads as `undefined`.
    HoleyFloat64 = 5,
    /// A signed 64-bit integer that is a BigInt.
    SignedBigInt64 = 6,
    /// An unsigned 64-bit integer that is a BigInt.
    UnsignedBigInt64 = 7,
    /// A signed 64-bit integer that is a Number; beyond 2⁵³ it is rounded to the nearest double.
    Int64 = 8,
}

impl Representation {
    /// All of them, by number.
    pub const ALL: [Representation; 9] = [
        Representation::Tagged,
        Representation::Int32,
        Representation::Uint32,
        Representation::Bool,
        Representation::Float64,
        Representation::HoleyFloat64,
        Representation::SignedBigInt64,
        Representation::UnsignedBigInt64,
        Representation::Int64,
    ];
    /// The name in text forms.
    pub const fn name(self) -> &'static str {
        match self {
            Representation::Tagged => "tagged",
            Representation::Int32 => "int32",
            Representation::Uint32 => "uint32",
            Representation::Bool => "bool",
            Representation::Float64 => "double",
            Representation::HoleyFloat64 => "holey double",
            Representation::SignedBigInt64 => "signed bigint64",
            Representation::UnsignedBigInt64 => "unsigned bigint64",
            Representation::Int64 => "int64",
        }
    }
}

/// Where a raw word is when code exits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Location {
    /// A word of the exit area, stored there by the exit.
    ExitSlot(u32),
    /// A machine register: 0–15 general in machine order, 16–31 the low half of a vector register.
    Register(u8),
    /// A word of the machine frame, relative to its frame pointer.
    StackSlot(i32),
}

/// Where execution of an interpreted frame goes on: see [`Resume`](crate::Resume). Frames that are not topmost are
/// always `After`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Position {
    /// Nothing of the instruction at the offset has happened.
    Before(u32),
    /// The instruction at the offset is complete, or under way in the frame above.
    After(u32),
}

impl Position {
    /// The bytecode offset.
    pub const fn offset(self) -> u32 {
        match self {
            Position::Before(offset) | Position::After(offset) => offset,
        }
    }
}

/// Where the result of the call goes at which an `After` frame stands (V8: output frame state combine).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResultLocation {
    /// Nowhere: the values already include it.
    None,
    /// Into the accumulator.
    Accumulator,
    /// Into so many registers from the first on.
    Registers {
        /// The first.
        first: u32,
        /// One or two.
        count: u32,
    },
}

/// An interpreted frame's fixed properties.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct InterpretedFrame {
    /// The literal that names its code.
    pub code: LiteralId,
    /// The literal with its feedback, if it has any.
    pub feedback: Option<LiteralId>,
    /// Registers of its code.
    pub registers: u32,
    /// Formal parameters, without the receiver.
    pub formals: u32,
    /// Flags that go into the frame as they are.
    pub flags: u64,
    /// Where a result goes.
    pub result: ResultLocation,
}

/// A frame in which a builtin goes on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ContinuationFrame {
    /// The embedding's number of the continuation.
    pub id: u32,
    /// How many parameters follow.
    pub parameters: u32,
    /// Whether it also takes exceptions that arrive in it.
    pub catch: Catch,
}

/// Whether a continuation takes exceptions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Catch {
    /// Exceptions pass through it.
    No,
    /// Exceptions end in it.
    Yes,
}

/// What the elements of an arguments object are made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ArgumentsKind {
    /// All actual arguments; the embedding may tie them to the formals.
    Mapped = 0,
    /// All actual arguments.
    Unmapped = 1,
    /// The actual arguments behind the formals.
    Rest = 2,
}

/// A type of raw operand or result of a recipe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecipeType {
    /// A 32-bit integer.
    Int32,
    /// A double.
    Float64,
    /// A word of the interpreter.
    Tagged,
}

macro_rules! recipes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $number:literal $text:literal ($($operand:ident),*) -> $result:ident; )*) => {
        /// A pure operation over other translated values, so that the optimizer need not keep its result alive for
        /// exits alone.
        ///
        /// Operands follow, each either a recipe or a slot of the same type (integers in slots of representation
        /// `Int32`, doubles in
        /// `Float64`), tagged operands also literals and anything boxed.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum RecipeOp { $( $(#[doc = $doc])+ $name = $number, )* }

        impl RecipeOp {
            /// All of them.
            pub const ALL: &'static [RecipeOp] = &[$(RecipeOp::$name),*];
            /// The one with this number.
            pub const fn from_number(number: u8) -> Option<RecipeOp> {
                match number { $( $number => Some(RecipeOp::$name), )* _ => None }
            }
            /// Its name in text forms.
            pub const fn name(self) -> &'static str {
                match self { $( RecipeOp::$name => $text, )* }
            }
            /// Types of its operands.
            pub const fn operands(self) -> &'static [RecipeType] {
                match self { $( RecipeOp::$name => &[$(RecipeType::$operand),*], )* }
            }
            /// Type of its result.
            pub const fn result(self) -> RecipeType {
                match self { $( RecipeOp::$name => RecipeType::$result, )* }
            }
        }
    };
}

recipes! {
    /// The integer as a value.
    TagInt32 = 0 "tag int32" (Int32) -> Tagged;
    /// The double as a value.
    TagFloat64 = 1 "tag double" (Float64) -> Tagged;
    /// Wrapping addition.
    Int32Add = 2 "int32 add" (Int32, Int32) -> Int32;
    /// Wrapping subtraction.
    Int32Sub = 3 "int32 sub" (Int32, Int32) -> Int32;
    /// Wrapping multiplication.
    Int32Mul = 4 "int32 mul" (Int32, Int32) -> Int32;
    /// Bitwise and.
    Int32And = 5 "int32 and" (Int32, Int32) -> Int32;
    /// Bitwise or.
    Int32Or = 6 "int32 or" (Int32, Int32) -> Int32;
    /// Bitwise exclusive or.
    Int32Xor = 7 "int32 xor" (Int32, Int32) -> Int32;
    /// Shift left by the low five bits.
    Int32Shl = 8 "int32 shl" (Int32, Int32) -> Int32;
    /// Arithmetic shift right by the low five bits.
    Int32Sar = 9 "int32 sar" (Int32, Int32) -> Int32;
    /// Logical shift right by the low five bits; the result is read as signed.
    Int32Shr = 10 "int32 shr" (Int32, Int32) -> Int32;
    /// Addition.
    Float64Add = 11 "double add" (Float64, Float64) -> Float64;
    /// Subtraction.
    Float64Sub = 12 "double sub" (Float64, Float64) -> Float64;
    /// Multiplication.
    Float64Mul = 13 "double mul" (Float64, Float64) -> Float64;
    /// Division.
    Float64Div = 14 "double div" (Float64, Float64) -> Float64;
    /// Negation.
    Float64Neg = 15 "double neg" (Float64) -> Float64;
    /// The integer as a double.
    Int32ToFloat64 = 16 "int32 to double" (Int32) -> Float64;
    /// Two strings, one behind the other. Made in phase two.
    StringConcat = 17 "string concat" (Tagged, Tagged) -> Tagged;
}

/// The deepest nesting of captured objects and recipes. The encoder refuses more, the verifier rejects it; it bounds
/// recursion.
pub const MAX_NESTING: u32 = 64;
/// The most values of one translation.
pub const MAX_VALUES: u32 = 1 << 16;
/// The most records that are read for one: itself, its base, the base's base. An exit reads them all.
pub const MAX_CHAIN: usize = 3;
/// The most records of one translation: frames, with what describes them.
pub const MAX_RECORDS: usize = 64;

/// One step of a translation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Instruction {
    /// An interpreted frame; a position and the values follow.
    Interpreted(InterpretedFrame),
    /// Where the interpreted frame stands.
    Position(Position),
    /// The next frame was called with so many arguments, of which the ones beyond its formals follow.
    InlinedArguments {
        /// Actual arguments, without the receiver.
        actual: u32,
        /// How many values follow: those beyond the formals.
        surplus: u32,
    },
    /// The next frame is a constructor whose caller has made the receiver.
    ConstructCreate,
    /// The next frame is a constructor that makes its receiver itself.
    ConstructInvoke,
    /// A builtin goes on; its values follow.
    Continuation(ContinuationFrame),
    /// A value in a raw word.
    Slot {
        /// Where.
        location: Location,
        /// Stored how.
        representation: Representation,
    },
    /// A constant.
    Literal(LiteralId),
    /// A dead value.
    OptimizedOut,
    /// An elided object; its fields follow. It gets the next object id.
    Captured {
        /// The literal that names its class.
        class: LiteralId,
        /// How many fields follow.
        fields: u32,
    },
    /// An object that was captured before.
    Duplicated(ObjectId),
    /// The elements of an arguments object of the outermost frame. Gets the next object id.
    ArgumentsElements {
        /// Which arguments.
        kind: ArgumentsKind,
        /// Formals of the function.
        formals: u32,
    },
    /// How many arguments the outermost frame has.
    ArgumentsLength,
    /// How many arguments the outermost frame has beyond so many formals.
    RestLength {
        /// Formals of the function.
        formals: u32,
    },
    /// A number as an operand of a recipe.
    Int32Constant(i32),
    /// The bits of a double as an operand of a recipe.
    Float64Constant(u64),
    /// An operation; its operands follow.
    Recipe(RecipeOp),
    /// A field of an object that cannot change after the frame state's instant. The object, a tagged slot or literal,
    /// follows. Read in phase two.
    LoadField {
        /// The embedding's number of the field.
        field: u32,
    },
}

impl Instruction {
    /// Whether this is a value, as opposed to a part of a frame's head.
    pub const fn is_value(&self) -> bool {
        !matches!(
            self,
            Instruction::Interpreted(_)
                | Instruction::Position(_)
                | Instruction::InlinedArguments { .. }
                | Instruction::ConstructCreate
                | Instruction::ConstructInvoke
                | Instruction::Continuation(_)
        )
    }

    /// How many values directly below this one follow it.
    pub const fn children(&self) -> u32 {
        match self {
            Instruction::Captured { fields, .. } => *fields,
            Instruction::Recipe(op) => op.operands().len() as u32,
            Instruction::LoadField { .. } => 1,
            _ => 0,
        }
    }
}

/// The translations of one code object: bytes that lie elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TranslationArray<'a> {
    bytes: &'a [u8],
}

impl<'a> TranslationArray<'a> {
    /// Takes bytes as they are; [`verify_all`](Self::verify_all) before use if they did not come from a builder.
    pub const fn new(bytes: &'a [u8]) -> TranslationArray<'a> {
        TranslationArray { bytes }
    }
    /// The bytes.
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }
    /// All instructions of a translation, outermost frame first.
    ///
    /// # Errors
    /// It is not well-formed.
    pub fn instructions(
        self,
        index: crate::ids::TranslationIndex,
    ) -> Result<Vec<Instruction>, VerifyErrorKind> {
        let mut all = walk::Collector::default();
        walk::walk(&mut self.decode(index)?, &mut all)?;
        Ok(all.0)
    }
    /// Reads the translation whose innermost record begins at `index`.
    ///
    /// # Errors
    /// There is no translation there.
    pub fn decode(self, index: crate::ids::TranslationIndex) -> Result<Decoder<'a>, Malformed> {
        Decoder::new(self.bytes, index, DecoderBuffers::default())
    }
}
