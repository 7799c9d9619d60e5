//! From bytecode offsets to places in the source.
//!
//! Entries ascend by offset. Each is stored as two variable-length integers: the offset's increase, with the statement flag in
//! its lowest bit, and the position's change in zigzag form. An instruction without an entry of its own belongs to
//! the nearest entry before it.

use std::fmt;

/// One entry of the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SourcePosition {
    /// Offset of the instruction in the bytecode.
    pub offset: u32,
    /// Byte offset in the source text.
    pub position: u32,
    /// Whether a statement begins here (a debugger may stop), rather than an expression.
    pub is_statement: bool,
}

/// Source positions of one function, delta-coded.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SourcePositionTable {
    bytes: Box<[u8]>,
}

impl SourcePositionTable {
    /// Encodes entries that ascend by offset.
    ///
    /// # Panics
    /// If offsets do not ascend strictly.
    pub fn encode(entries: impl IntoIterator<Item = SourcePosition>) -> SourcePositionTable {
        let mut bytes = Vec::new();
        let (mut offset, mut position) = (0u32, 0u32);
        let mut first = true;
        for entry in entries {
            assert!(first || entry.offset > offset, "source positions must ascend by offset");
            first = false;
            write_varint(&mut bytes, (u64::from(entry.offset - offset) << 1) | u64::from(entry.is_statement));
            let delta = i64::from(entry.position) - i64::from(position);
            write_varint(&mut bytes, ((delta << 1) ^ (delta >> 63)) as u64);
            (offset, position) = (entry.offset, entry.position);
        }
        SourcePositionTable { bytes: bytes.into() }
    }

    /// Takes encoded bytes as they are; [`verify`](Self::is_well_formed) tells whether they make sense.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> SourcePositionTable {
        SourcePositionTable { bytes: bytes.into() }
    }

    /// The encoded bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the table has no entries.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The entries; ends early at malformed bytes.
    pub fn iter(&self) -> impl Iterator<Item = SourcePosition> {
        let mut bytes = &self.bytes[..];
        let (mut offset, mut position) = (0u32, 0u32);
        std::iter::from_fn(move || {
            let head = read_varint(&mut bytes)?;
            let delta = read_varint(&mut bytes)?;
            offset = offset.checked_add(u32::try_from(head >> 1).ok()?)?;
            let delta = (delta >> 1) as i64 ^ -((delta & 1) as i64);
            position = u32::try_from(i64::from(position).checked_add(delta)?).ok()?;
            Some(SourcePosition { offset, position, is_statement: head & 1 != 0 })
        })
    }

    /// Whether every byte belongs to an entry and offsets ascend.
    pub fn is_well_formed(&self) -> bool {
        let entries: Vec<SourcePosition> = self.iter().collect();
        entries.windows(2).all(|pair| pair[0].offset < pair[1].offset)
            && SourcePositionTable::encode(entries).bytes == self.bytes
    }

    /// The source position of the instruction at `offset`.
    pub fn lookup(&self, offset: u32) -> Option<SourcePosition> {
        self.iter().take_while(|entry| entry.offset <= offset).last()
    }
}

impl fmt::Debug for SourcePositionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
