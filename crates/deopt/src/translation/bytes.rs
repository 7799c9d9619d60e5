//! The byte level: variable-length numbers and the numbers of opcodes.
//!
//! A number is seven bits a byte, lowest first, the top bit set in all but the last; signed ones are zigzag. Opcodes from `MATCH` on are ranges whose
//! operand is in the byte itself: the frequent instructions with small operands take no second byte.

use super::Malformed;

/// Opcodes with operands. Everything from `MATCH` on carries its operand in the byte.
pub(super) mod op {
    pub(crate) const INTERPRETED: u8 = 0x01;
    pub(crate) const BEFORE: u8 = 0x02;
    pub(crate) const AFTER: u8 = 0x03;
    pub(crate) const INLINED_ARGUMENTS: u8 = 0x04;
    pub(crate) const CONSTRUCT_CREATE: u8 = 0x05;
    pub(crate) const CONSTRUCT_INVOKE: u8 = 0x06;
    pub(crate) const CONTINUATION: u8 = 0x07;
    pub(crate) const CONTINUATION_WITH_CATCH: u8 = 0x08;
    /// A frame as at this place of the base, but for its result: none, in the accumulator, in registers; or for flags and result.
    pub(crate) const HEAD_WITHOUT_RESULT: u8 = 0x09;
    pub(crate) const HEAD_WITH_ACCUMULATOR: u8 = 0x0a;
    pub(crate) const HEAD_WITH_REGISTERS: u8 = 0x0b;
    pub(crate) const HEAD_WITH_FLAGS: u8 = 0x0c;
    pub(crate) const EXIT_SLOT: u8 = 0x10;
    pub(crate) const REGISTER: u8 = 0x11;
    pub(crate) const STACK_SLOT: u8 = 0x12;
    pub(crate) const LITERAL: u8 = 0x13;
    pub(crate) const CAPTURED: u8 = 0x14;
    pub(crate) const DUPLICATED: u8 = 0x15;
    pub(crate) const ARGUMENTS_ELEMENTS: u8 = 0x16;
    pub(crate) const ARGUMENTS_LENGTH: u8 = 0x17;
    pub(crate) const REST_LENGTH: u8 = 0x18;
    pub(crate) const INT32_CONSTANT: u8 = 0x19;
    pub(crate) const FLOAT64_CONSTANT: u8 = 0x1a;
    pub(crate) const LOAD_FIELD: u8 = 0x1b;
    pub(crate) const MATCH_PREVIOUS: u8 = 0x1c;
    /// Recipes: `RECIPE + number`.
    pub(crate) const RECIPE: u8 = 0x20;
    /// `BACK_SLOT + k - 1`: the exit slot k (1–12) before the next new one, a word of the interpreter.
    pub(crate) const BACK_SLOT: u8 = 0x34;
    /// `MATCH + k - 1`: the next k (1–64) instructions equal those of the base.
    pub(crate) const MATCH: u8 = 0x40;
    /// `OPTIMIZED_OUT + k - 1`: k (1–32) dead values.
    pub(crate) const OPTIMIZED_OUT: u8 = 0x80;
    /// `SHORT_LITERAL + index`: literals 0–31.
    pub(crate) const SHORT_LITERAL: u8 = 0xa0;
    /// `NEXT_SLOTS + 8 * representation + k - 1`: the next k (1–8) exit slots.
    pub(crate) const NEXT_SLOTS: u8 = 0xc0;
}

pub(super) fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put(out: &mut Vec<u8>, value: u32) {
    put_u64(out, u64::from(value));
}

pub(super) fn put_signed(out: &mut Vec<u8>, value: i32) {
    put(out, ((value << 1) ^ (value >> 31)) as u32);
}

#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Reader<'_> {
    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let byte = *self.bytes.get(self.at).ok_or(Malformed { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }
    #[inline(always)]
    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        match *self.bytes.get(self.at..).unwrap_or_default() {
            [byte @ 0..0x80, ..] => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            _ => self.long_u64(),
        }
    }
    #[inline(never)]
    fn long_u64(&mut self) -> Result<u64, Malformed> {
        let start = self.at;
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed { at: start });
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                // One number has one form.
                return if byte == 0 && shift > 0 { Err(Malformed { at: start }) } else { Ok(value) };
            }
            shift += 7;
            if shift > 63 {
                return Err(Malformed { at: start });
            }
        }
    }
    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        let value;
        (value, self.at) = Reader::u32_at(self.bytes, self.at)?;
        Ok(value)
    }
    /// A number at some place, and where it ends.
    #[inline(always)]
    pub(super) fn u32_at(bytes: &[u8], at: usize) -> Result<(u32, usize), Malformed> {
        match *bytes.get(at..).unwrap_or_default() {
            [byte @ 0..0x80, ..] => Ok((u32::from(byte), at + 1)),
            [low, high @ 1..0x80, ..] => Ok((u32::from(low & 0x7f) | u32::from(high) << 7, at + 2)),
            _ => {
                let mut reader = Reader { bytes, at };
                Ok((reader.long_u32()?, reader.at))
            }
        }
    }
    #[cold]
    #[inline(never)]
    fn long_u32(&mut self) -> Result<u32, Malformed> {
        let start = self.at;
        u32::try_from(self.long_u64()?).map_err(|_| Malformed { at: start })
    }
    pub(super) fn signed(&mut self) -> Result<i32, Malformed> {
        let value = self.u32()?;
        Ok((value >> 1) as i32 ^ -((value & 1) as i32))
    }
}
