//! Opcodes and the facts about them, generated from the instruction table.
//!
//! The macro `define_opcodes!` turns each row of `table.rs` into a variant of [`Opcode`], a variant of the typed
//! [`Instruction`] and an [`OpcodeInfo`] with the row's facts: operands, use of the accumulator, control flow,
//! [`Effects`], calls, feedback. Builder, printer, verifier, liveness and the compiler ask these facts instead of
//! matching on opcodes; what an instruction does and how it is written down thus cannot disagree between them.
//!
//! An operand takes one *field* (register ranges take two). Fields all have the width that the instruction's prefix
//! selects, except jumps, which come last and always take four bytes. Bytes are the business of `encode.rs` and
//! `decode.rs`.

use crate::feedback::FeedbackUse;
use crate::ids::{IntrinsicId, MessageId, RuntimeId};
use crate::operand::{
    ConstIndex, DefineKeyedFlags, FunctionNamePrefix, LanguageMode, LookupStoreFlags, Register,
    RegisterRange, SlotIndex, SuspendKind, TypeOfLiteral,
};
use std::fmt;

/// What an operand means and how its field is read: a register, a number, or an index into one of the tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OperandKind {
    /// A register that is read.
    RegIn,
    /// A register that is written.
    RegOut,
    /// A register that is read and written.
    RegInOut,
    /// The first of two registers that are read.
    RegPairIn,
    /// The first of three registers that are read.
    RegTripleIn,
    /// The first of two registers that are written.
    RegPairOut,
    /// The first of three registers that are written.
    RegTripleOut,
    /// Two fields: first register and count of registers that are read.
    RegRange,
    /// Two fields: first register and count of registers that are written.
    RegRangeOut,
    /// A signed integer.
    Imm,
    /// An unsigned integer.
    UImm,
    /// A constant-pool index.
    Const,
    /// A feedback slot index.
    Slot,
    /// A signed 32-bit offset from the start of the instruction (its prefix, if it has one) to the target.
    Jump,
    /// A [`RuntimeId`].
    Runtime,
    /// An [`IntrinsicId`].
    Intrinsic,
    /// A [`MessageId`].
    Message,
    /// A [`LanguageMode`].
    LanguageMode,
    /// [`LookupStoreFlags`].
    LookupStoreFlags,
    /// [`DefineKeyedFlags`].
    DefineKeyedFlags,
    /// A [`FunctionNamePrefix`].
    FunctionNamePrefix,
    /// A [`TypeOfLiteral`].
    TypeOfLiteral,
    /// A [`SuspendKind`].
    SuspendKind,
}

impl OperandKind {
    /// How many encoded fields the operand takes.
    pub const fn fields(self) -> usize {
        match self {
            OperandKind::RegRange | OperandKind::RegRangeOut => 2,
            _ => 1,
        }
    }

    /// How many consecutive registers it reads, if that is fixed.
    pub const fn registers_read(self) -> u32 {
        match self {
            OperandKind::RegIn | OperandKind::RegInOut => 1,
            OperandKind::RegPairIn => 2,
            OperandKind::RegTripleIn => 3,
            _ => 0,
        }
    }

    /// How many consecutive registers it writes, if that is fixed.
    pub const fn registers_written(self) -> u32 {
        match self {
            OperandKind::RegOut | OperandKind::RegInOut => 1,
            OperandKind::RegPairOut => 2,
            OperandKind::RegTripleOut => 3,
            _ => 0,
        }
    }

    /// Whether the (first) field is a register.
    pub const fn is_register(self) -> bool {
        self.registers_read() + self.registers_written() > 0
            || matches!(self, OperandKind::RegRange | OperandKind::RegRangeOut)
    }

    /// Whether the field is a signed number when it is extended from its encoded width.
    pub const fn is_signed(self) -> bool {
        matches!(self, OperandKind::Imm | OperandKind::Jump)
    }
}

/// A named operand of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    /// Its name in the table.
    pub name: &'static str,
    /// What it is.
    pub kind: OperandKind,
}

/// What an instruction does with the accumulator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccumulatorUse {
    /// Neither reads nor changes it.
    None,
    /// Reads it and leaves it as it is.
    Read,
    /// Overwrites it.
    Write,
    /// Reads and overwrites it.
    ReadWrite,
    /// Leaves it unspecified.
    Clobber,
    /// Reads it and leaves it unspecified.
    ReadClobber,
}

impl AccumulatorUse {
    /// Whether the old value matters.
    pub const fn reads(self) -> bool {
        matches!(self, AccumulatorUse::Read | AccumulatorUse::ReadWrite | AccumulatorUse::ReadClobber)
    }

    /// Whether a specified new value is written.
    pub const fn writes(self) -> bool {
        matches!(self, AccumulatorUse::Write | AccumulatorUse::ReadWrite)
    }

    /// Whether the value is unspecified afterwards.
    pub const fn clobbers(self) -> bool {
        matches!(self, AccumulatorUse::Clobber | AccumulatorUse::ReadClobber)
    }
}

/// Where execution goes when an instruction completes without throwing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To the jump operand.
    Jump,
    /// To a jump operand or to the next instruction.
    Branch,
    /// To an entry of the jump table that the constant operand names, or to the next instruction.
    Switch,
    /// Out of the function (a suspended one is entered again through its jump table).
    Return,
    /// Nowhere: it always throws.
    Throw,
    /// A prefix: not an instruction of its own.
    Prefix,
}

impl Flow {
    /// Whether the next instruction may follow.
    pub const fn falls_through(self) -> bool {
        matches!(self, Flow::Next | Flow::Branch | Flow::Switch)
    }
}

/// What an instruction may do besides computing its result; a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Effects(u8);

impl Effects {
    /// Nothing: the result depends on the operands only.
    pub const PURE: Effects = Effects(0);
    /// Reads mutable heap state.
    #[expect(non_upper_case_globals, reason = "named by identifiers of the instruction table")]
    pub const ReadHeap: Effects = Effects(1);
    /// Writes heap state that existed before.
    #[expect(non_upper_case_globals, reason = "named by identifiers of the instruction table")]
    pub const WriteHeap: Effects = Effects(2);
    /// Makes new cells.
    #[expect(non_upper_case_globals, reason = "named by identifiers of the instruction table")]
    pub const Allocates: Effects = Effects(4);
    /// May throw (running out of memory or stack apart).
    #[expect(non_upper_case_globals, reason = "named by identifiers of the instruction table")]
    pub const Throws: Effects = Effects(8);
    /// May run code of the program.
    #[expect(non_upper_case_globals, reason = "named by identifiers of the instruction table")]
    pub const RunsJs: Effects = Effects(16);

    const NAMES: [&'static str; 5] = ["ReadHeap", "WriteHeap", "Allocates", "Throws", "RunsJs"];

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }

    /// Whether all of `other` are in this set.
    pub const fn contains(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    pub const fn is_pure(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_pure() {
            return f.write_str("Pure");
        }
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

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How an instruction calls functions of the program.
///
/// An optimizer may inline the callee of a `Last…` instruction: the call is the last effect, so a frame resumed after
/// the instruction only needs the result put into its place. (Where the instruction's own result is something
/// else, as for stores, the accumulator is clobbered and the callee's result may land there.)
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UserCall {
    /// Never.
    None,
    /// At most one inlinable call, as the last effect; its result goes to the accumulator.
    LastAcc,
    /// At most one inlinable call, as the last effect; its result goes to the single output register.
    LastReg,
    /// May run any number of calls, with work in between: not inlinable.
    Opaque,
}

/// Everything the table says about one instruction.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeInfo {
    /// The mnemonic.
    pub name: &'static str,
    /// What it does, in one line of Markdown.
    pub doc: &'static str,
    /// Its operands in encoding order.
    pub operands: &'static [Operand],
    /// What it does with the accumulator.
    pub accumulator: AccumulatorUse,
    /// Where execution goes.
    pub flow: Flow,
    /// What else it may do.
    pub effects: Effects,
    /// How it calls functions of the program.
    pub user_call: UserCall,
    /// What its slot operand must be.
    pub feedback: FeedbackUse,
}

/// The Rust type of an operand in [`Instruction`]; `$jump` is the type of jump targets.
macro_rules! operand_type {
    (RegIn, $jump:ty) => {
        Register
    };
    (RegOut, $jump:ty) => {
        Register
    };
    (RegInOut, $jump:ty) => {
        Register
    };
    (RegPairIn, $jump:ty) => {
        Register
    };
    (RegTripleIn, $jump:ty) => {
        Register
    };
    (RegPairOut, $jump:ty) => {
        Register
    };
    (RegTripleOut, $jump:ty) => {
        Register
    };
    (RegRange, $jump:ty) => {
        RegisterRange
    };
    (RegRangeOut, $jump:ty) => {
        RegisterRange
    };
    (Imm, $jump:ty) => {
        i32
    };
    (UImm, $jump:ty) => {
        u32
    };
    (Const, $jump:ty) => {
        ConstIndex
    };
    (Slot, $jump:ty) => {
        SlotIndex
    };
    (Jump, $jump:ty) => {
        $jump
    };
    (Runtime, $jump:ty) => {
        RuntimeId
    };
    (Intrinsic, $jump:ty) => {
        IntrinsicId
    };
    (Message, $jump:ty) => {
        MessageId
    };
    ($other:ident, $jump:ty) => {
        $other
    };
}
pub(crate) use operand_type;

/// Reads and writes operands as fields. Registers are in the form the caller's mapping gives them.
pub(crate) trait FieldValue: Sized {
    fn write(self, out: &mut FieldWriter);
    fn read(input: &mut FieldReader<'_>) -> Option<Self>;
}

/// The most fields any instruction has; checked by a test.
pub(crate) const MAX_FIELDS: usize = 6;

/// Operand fields of one instruction, before encoding or after decoding.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct FieldWriter {
    pub(crate) fields: [u32; MAX_FIELDS],
    pub(crate) len: u8,
}

impl FieldWriter {
    pub(crate) fn with(mut self, operand: impl FieldValue) -> FieldWriter {
        operand.write(&mut self);
        self
    }

    pub(crate) fn push(&mut self, value: u32) {
        self.fields[self.len as usize] = value;
        self.len += 1;
    }
}

pub(crate) struct FieldReader<'a> {
    pub(crate) fields: &'a [u32],
    /// Start of the instruction, for jump targets.
    pub(crate) offset: u32,
    /// Registers of the function, for mapping register operands.
    pub(crate) register_count: u32,
}

impl FieldReader<'_> {
    fn next(&mut self) -> Option<u32> {
        let (&value, rest) = self.fields.split_first()?;
        self.fields = rest;
        Some(value)
    }
}

impl FieldValue for Register {
    fn write(self, out: &mut FieldWriter) {
        out.push(self.bits());
    }

    fn read(input: &mut FieldReader<'_>) -> Option<Self> {
        let operand = input.next()?;
        Some(Register::from_operand(operand, input.register_count))
    }
}

impl FieldValue for RegisterRange {
    fn write(self, out: &mut FieldWriter) {
        out.push(self.first.bits());
        out.push(self.count);
    }

    fn read(input: &mut FieldReader<'_>) -> Option<Self> {
        let first = Register::read(input)?;
        Some(RegisterRange { first, count: input.next()? })
    }
}

impl FieldValue for i32 {
    fn write(self, out: &mut FieldWriter) {
        out.push(self as u32);
    }

    fn read(input: &mut FieldReader<'_>) -> Option<Self> {
        Some(input.next()? as i32)
    }
}

/// Absolute jump targets of decoded instructions, and plain unsigned operands. The table's kinds tell them apart: see
/// `read_operand`.
impl FieldValue for u32 {
    fn write(self, out: &mut FieldWriter) {
        out.push(self);
    }

    fn read(input: &mut FieldReader<'_>) -> Option<Self> {
        input.next()
    }
}

macro_rules! field_newtype {
    ($($name:ident),*) => {$(
        impl FieldValue for $name {
            fn write(self, out: &mut FieldWriter) {
                out.push(self.0);
            }

            fn read(input: &mut FieldReader<'_>) -> Option<Self> {
                Some($name(input.next()?))
            }
        }
    )*};
}
field_newtype!(ConstIndex, SlotIndex);

macro_rules! field_enum {
    ($($name:ident),*) => {$(
        impl FieldValue for $name {
            fn write(self, out: &mut FieldWriter) {
                out.push(self.to_operand());
            }

            fn read(input: &mut FieldReader<'_>) -> Option<Self> {
                $name::from_operand(input.next()?)
            }
        }
    )*};
}
field_enum!(
    RuntimeId,
    IntrinsicId,
    MessageId,
    LanguageMode,
    LookupStoreFlags,
    DefineKeyedFlags,
    FunctionNamePrefix,
    TypeOfLiteral,
    SuspendKind
);

macro_rules! read_operand {
    (Jump, $reader:ident) => {{
        let delta = $reader.next()? as i32;
        $reader.offset.checked_add_signed(delta)?
    }};
    ($kind:ident, $reader:ident) => {
        <operand_type!($kind, u32) as FieldValue>::read($reader)?
    };
}

macro_rules! define_opcodes {
    ($( $(#[doc = $doc:literal])+ $name:ident $method:ident ( $($op:ident : $kind:ident),* )
        | $acc:ident | $flow:ident | [$($effect:ident)*] | $call:ident | $feedback:ident ; )*) => {
        /// An operation code: the byte an instruction (behind its prefix, if any) begins with.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Opcode { $( $(#[doc = $doc])+ $name ),* }

        impl Opcode {
            /// All opcodes; an opcode's byte is its index here.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name),*];

            /// How many opcodes there are.
            pub const COUNT: usize = Self::ALL.len();

            const INFO: [OpcodeInfo; Self::COUNT] = [$(OpcodeInfo {
                name: stringify!($name),
                doc: concat!($($doc),+),
                operands: &[$(Operand { name: stringify!($op), kind: OperandKind::$kind }),*],
                accumulator: AccumulatorUse::$acc,
                flow: Flow::$flow,
                effects: Effects::PURE$(.union(Effects::$effect))*,
                user_call: UserCall::$call,
                feedback: FeedbackUse::$feedback,
            }),*];
        }

        /// A decoded instruction with typed operands; jump targets are absolute offsets in the bytecode.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "operands are documented by the instruction's own line")]
        pub enum Instruction { $( $(#[doc = $doc])+ $name { $($op: operand_type!($kind, u32)),* } ),* }

        impl Instruction {
            /// Which row of the table the instruction comes from.
            pub const fn opcode(&self) -> Opcode {
                match self { $(Instruction::$name { .. } => Opcode::$name),* }
            }

            /// `None` if an enumeration operand is out of range or a jump leaves the 32-bit range.
            pub(crate) fn from_fields(opcode: Opcode, reader: &mut FieldReader<'_>) -> Option<Instruction> {
                Some(match opcode {
                    $(Opcode::$name => Instruction::$name { $($op: read_operand!($kind, reader)),* }),*
                })
            }
        }
    };
}

crate::for_each_instruction!(define_opcodes);

impl Opcode {
    /// The opcode of a byte.
    pub const fn from_byte(byte: u8) -> Option<Opcode> {
        if (byte as usize) < Self::COUNT { Some(Self::ALL[byte as usize]) } else { None }
    }

    /// Its byte.
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// What the table says about it.
    pub const fn info(self) -> &'static OpcodeInfo {
        const INFO: &[OpcodeInfo; Opcode::COUNT] = &Opcode::INFO;
        &INFO[self as usize]
    }

    /// The mnemonic.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// Its operands in encoding order.
    pub const fn operands(self) -> &'static [Operand] {
        self.info().operands
    }

    /// Whether this is `Wide` or `ExtraWide`.
    pub const fn is_prefix(self) -> bool {
        matches!(self, Opcode::Wide | Opcode::ExtraWide)
    }

    /// The number of encoded fields that scale with the width (everything but jumps).
    pub const fn scaled_fields(self) -> usize {
        let operands = self.operands();
        let (mut i, mut count) = (0, 0);
        while i < operands.len() {
            if !matches!(operands[i].kind, OperandKind::Jump) {
                count += operands[i].kind.fields();
            }
            i += 1;
        }
        count
    }

    /// The number of jump fields; they follow the scaled ones, four bytes each.
    pub const fn jump_fields(self) -> usize {
        let operands = self.operands();
        let (mut i, mut count) = (0, 0);
        while i < operands.len() {
            count += matches!(operands[i].kind, OperandKind::Jump) as usize;
            i += 1;
        }
        count
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
