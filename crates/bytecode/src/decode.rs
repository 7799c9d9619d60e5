//! From bytes to instructions.
//!
//! [`RawInstruction`] is the cheap form: an opcode, a width and integer fields. [`Instruction`] is the typed form. The interpreter
//! needs neither: it reads fields at constant offsets (see `encode`).

use crate::encode::{JUMP_BYTES, Width, field_kinds};
use crate::opcode::{FieldReader, FieldWriter, Instruction, Opcode, OperandKind};
use std::fmt;

/// Why bytes are not an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The byte at this offset is not an opcode.
    UnknownOpcode {
        /// Where.
        offset: u32,
        /// The byte.
        byte: u8,
    },
    /// A prefix is followed by another prefix, or by an instruction without fields to widen.
    MisplacedPrefix {
        /// Start of the instruction.
        offset: u32,
    },
    /// The instruction reaches beyond the end of the code.
    Truncated {
        /// Start of the instruction.
        offset: u32,
    },
    /// An operand is not a value of its enumeration, or a jump leaves the code's 32-bit range.
    BadOperand {
        /// Start of the instruction.
        offset: u32,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::UnknownOpcode { offset, byte } => write!(f, "no opcode {byte:#04x} (at {offset})"),
            DecodeError::MisplacedPrefix { offset } => write!(f, "misplaced prefix (at {offset})"),
            DecodeError::Truncated { offset } => write!(f, "instruction is cut off (at {offset})"),
            DecodeError::BadOperand { offset } => write!(f, "operand out of range (at {offset})"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// One instruction as opcode and integer fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawInstruction {
    /// Start of the instruction, its prefix included.
    pub offset: u32,
    /// Size in bytes, prefix included.
    pub size: u32,
    /// The opcode, never a prefix.
    pub opcode: Opcode,
    /// The width of its fields.
    pub width: Width,
    fields: FieldWriter,
}

impl RawInstruction {
    /// Decodes the instruction that starts at `offset`.
    pub fn decode(code: &[u8], offset: u32) -> Result<RawInstruction, DecodeError> {
        let mut at = offset as usize;
        let mut next_opcode = || {
            let &byte = code.get(at).ok_or(DecodeError::Truncated { offset })?;
            at += 1;
            Opcode::from_byte(byte).ok_or(DecodeError::UnknownOpcode { offset: at as u32 - 1, byte })
        };
        let (width, opcode) = match next_opcode()? {
            Opcode::Wide => (Width::Wide, next_opcode()?),
            Opcode::ExtraWide => (Width::ExtraWide, next_opcode()?),
            opcode => (Width::Narrow, opcode),
        };
        if opcode.is_prefix() || (width != Width::Narrow && opcode.scaled_fields() == 0) {
            return Err(DecodeError::MisplacedPrefix { offset });
        }
        let mut fields = FieldWriter::default();
        for kind in field_kinds(opcode) {
            let size = if kind == OperandKind::Jump { JUMP_BYTES } else { width.bytes() };
            let bytes = code.get(at..at + size).ok_or(DecodeError::Truncated { offset })?;
            at += size;
            let value = bytes.iter().rev().fold(0u32, |value, &byte| value << 8 | u32::from(byte));
            let unused = 32 - 8 * size as u32;
            fields.push(if kind.is_signed() { ((value << unused) as i32 >> unused) as u32 } else { value });
        }
        Ok(RawInstruction { offset, size: at as u32 - offset, opcode, width, fields })
    }

    /// The fields in encoding order: registers as encoded, signed numbers sign-extended, jumps relative to `offset`.
    pub fn fields(&self) -> &[u32] {
        &self.fields.fields[..self.fields.len as usize]
    }

    /// The offset of the next instruction.
    pub fn end(&self) -> u32 {
        self.offset + self.size
    }

    /// The instruction with typed operands, in a function with `register_count` registers.
    pub fn typed(&self, register_count: u32) -> Result<Instruction, DecodeError> {
        let mut reader = FieldReader { fields: self.fields(), offset: self.offset, register_count };
        Instruction::from_fields(self.opcode, &mut reader)
            .ok_or(DecodeError::BadOperand { offset: self.offset })
    }

    /// The operands as (kind, fields) pairs: one field each, two for register ranges.
    pub fn operands(&self) -> impl Iterator<Item = (OperandKind, &[u32])> {
        let mut fields = self.fields();
        self.opcode.operands().iter().map(move |operand| {
            let (now, rest) = fields.split_at(operand.kind.fields());
            fields = rest;
            (operand.kind, now)
        })
    }

    /// The value of the first operand of `kind`.
    pub fn first_of(&self, kind: OperandKind) -> Option<u32> {
        self.operands().find(|(k, _)| *k == kind).map(|(_, fields)| fields[0])
    }

    /// Absolute targets of the jump operands, which may lie outside of the code if it has not been verified.
    pub fn jump_targets(&self) -> impl Iterator<Item = u32> {
        self.operands()
            .filter(|(kind, _)| *kind == OperandKind::Jump)
            .map(|(_, fields)| self.offset.wrapping_add(fields[0]))
    }
}

/// Iterates over the instructions of some bytecode; stops after the first error.
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    code: &'a [u8],
    offset: u32,
}

impl<'a> Instructions<'a> {
    /// From the beginning of `code`.
    pub fn new(code: &'a [u8]) -> Instructions<'a> {
        Instructions { code, offset: 0 }
    }
}

impl Iterator for Instructions<'_> {
    type Item = Result<RawInstruction, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset as usize >= self.code.len() {
            return None;
        }
        let result = RawInstruction::decode(self.code, self.offset);
        self.offset = result.map_or(self.code.len() as u32, |instruction| instruction.end());
        Some(result)
    }
}
