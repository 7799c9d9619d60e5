//! Code objects by number.
//!
//! Numbers ascend and are never given again, so the table is a list, in pieces that go when the last object of theirs is gone. An exit finds its
//! object with one look into the piece; exits of code that was made at about the same time look at the same lines of memory. The table says
//! too where the metadata lies, so that an exit need not wait for the object before it asks for that.

use std::hash::Hasher;
use std::rc::Rc;

use super::CodeObject;

/// Objects of a piece.
const PIECE: usize = 256;

struct Entry {
    code: Rc<CodeObject>,
    metadata: Metadata,
}

/// Where what exits read of a code object lies: addresses to be fetched ahead, for nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Metadata {
    pub(crate) start: *const u8,
    pub(crate) bytes: usize,
}

#[derive(Default)]
struct Piece {
    objects: Vec<Option<Entry>>,
    used: usize,
}

/// All code objects that were not freed.
#[derive(Default)]
pub(super) struct ObjectTable {
    /// Empty where no object is left.
    pieces: Vec<Piece>,
}

impl ObjectTable {
    fn place(id: u32) -> (usize, usize) {
        (id as usize / PIECE, id as usize % PIECE)
    }

    /// The object with a number.
    #[inline]
    pub(super) fn get(&self, id: u32) -> Option<(&Rc<CodeObject>, Metadata)> {
        let (piece, place) = Self::place(id);
        let entry = self.pieces.get(piece)?.objects.get(place)?.as_ref()?;
        Some((&entry.code, entry.metadata))
    }

    /// Enters an object.
    pub(super) fn insert(&mut self, code: Rc<CodeObject>) {
        let (piece, place) = Self::place(code.id);
        if self.pieces.len() <= piece {
            self.pieces.resize_with(piece + 1, Piece::default);
        }
        let piece = &mut self.pieces[piece];
        if piece.objects.is_empty() {
            piece.objects.resize_with(PIECE, || None);
        }
        let block = code.data.block();
        let metadata = Metadata { start: block.as_ptr(), bytes: block.len() };
        piece.used += usize::from(piece.objects[place].replace(Entry { code, metadata }).is_none());
    }

    /// Takes an object out.
    pub(super) fn remove(&mut self, id: u32) -> Option<Rc<CodeObject>> {
        let (piece, place) = Self::place(id);
        let piece = self.pieces.get_mut(piece)?;
        let entry = piece.objects.get_mut(place)?.take()?;
        piece.used -= 1;
        if piece.used == 0 {
            *piece = Piece::default();
        }
        Some(entry.code)
    }
}

/// Hashes small numbers that nobody chooses in bad faith: by a multiplication.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
    fn write_u64(&mut self, number: u64) {
        // The upper bits choose the group, the lower ones the place: both depend on all bits of the number.
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
