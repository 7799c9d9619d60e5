//! How an instruction becomes bytes.
//!
//! `[prefix] opcode field… jump…`: fields are little-endian, one byte each without a prefix, two behind `Wide`, four behind
//! `ExtraWide`. Jump operands come last and always take four bytes, so that forward jumps can be patched without
//! moving code. A jump is relative to the start of its instruction, prefix included. With narrow operands, field
//! `i` of the instruction at `pc` therefore is the byte at `pc + 1 + i`.

use crate::opcode::{Opcode, OperandKind};

/// The encoded size of a jump operand.
pub const JUMP_BYTES: usize = 4;

/// The width of an instruction's fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Width {
    /// One byte, no prefix.
    Narrow = 1,
    /// Two bytes behind `Wide`.
    Wide = 2,
    /// Four bytes behind `ExtraWide`.
    ExtraWide = 4,
}

impl Width {
    /// Bytes per field.
    pub const fn bytes(self) -> usize {
        self as usize
    }

    /// The prefix opcode, if there is one.
    pub const fn prefix(self) -> Option<Opcode> {
        match self {
            Width::Narrow => None,
            Width::Wide => Some(Opcode::Wide),
            Width::ExtraWide => Some(Opcode::ExtraWide),
        }
    }

    /// The size of a whole instruction with this width, prefix included.
    pub const fn instruction_size(self, opcode: Opcode) -> usize {
        let prefix = matches!(self, Width::Narrow) as usize ^ 1;
        prefix + 1 + opcode.scaled_fields() * self.bytes() + opcode.jump_fields() * JUMP_BYTES
    }

    const fn of_unsigned(value: u32) -> Width {
        match value {
            0..=0xff => Width::Narrow,
            0x100..=0xffff => Width::Wide,
            _ => Width::ExtraWide,
        }
    }

    const fn of_signed(value: i32) -> Width {
        match value {
            -0x80..=0x7f => Width::Narrow,
            -0x8000..=0x7fff => Width::Wide,
            _ => Width::ExtraWide,
        }
    }
}

/// The kinds of an opcode's fields, in order: a register range gives its first register's kind and then `UImm`.
pub(crate) fn field_kinds(opcode: Opcode) -> impl Iterator<Item = OperandKind> {
    opcode.operands().iter().flat_map(|operand| {
        std::iter::once(operand.kind).chain((operand.kind.fields() == 2).then_some(OperandKind::UImm))
    })
}

/// The narrowest width that holds `fields` of `opcode`.
pub(crate) fn width_of(opcode: Opcode, fields: &[u32]) -> Width {
    field_kinds(opcode)
        .zip(fields)
        .map(|(kind, &field)| match kind {
            OperandKind::Jump => Width::Narrow,
            kind if kind.is_signed() => Width::of_signed(field as i32),
            _ => Width::of_unsigned(field),
        })
        .max()
        .unwrap_or(Width::Narrow)
}

/// Appends one instruction. Jump fields hold offsets relative to its start.
///
/// # Panics
/// If the number of fields is not the opcode's, or a field does not fit `width`.
pub(crate) fn encode_into(out: &mut Vec<u8>, opcode: Opcode, width: Width, fields: &[u32]) {
    assert_eq!(fields.len(), opcode.scaled_fields() + opcode.jump_fields(), "fields of {opcode}");
    assert!(width_of(opcode, fields) <= width, "operands of {opcode} need more than {width:?}");
    out.extend(width.prefix().map(Opcode::byte));
    out.push(opcode.byte());
    for (kind, field) in field_kinds(opcode).zip(fields) {
        let size = if kind == OperandKind::Jump { JUMP_BYTES } else { width.bytes() };
        out.extend_from_slice(&field.to_le_bytes()[..size]);
    }
}
