//! Atoms: one string per sequence of characters, compared by address.
//!
//! The [`AtomTable`] of an isolate finds the atom of given characters. It holds its atoms weakly: a dead one leaves the
//! table in [`AtomTable::process_weak`]. After a minor collection only the atoms made since the last collection are
//! looked at, for older ones cannot have died. The [known](KnownAtom) atoms, the empty string and the single Latin-1
//! characters live as long as the table.
//!
//! The table also owns what must be one per isolate among strings: the hash seed and the cache of numbers' strings.
//!
//! The cells it refers to sit in Rust memory, which the collector does not scan: strong ones are reported by
//! [`AtomTable::trace_roots`], weak ones are handled as described. No borrow of the table is held across an allocation.

mod known;
mod number_cache;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;

use hashbrown::HashTable;
use unspool_gc::{Gc, Tracer, WeakContext};

use crate::cell::CellAllocator;
use crate::string::{HashSeed, JSString, StrView};

pub use known::KnownAtom;
use number_cache::NumberCache;

/// The atoms of an isolate.
pub struct AtomTable {
    seed: HashSeed,
    /// Weak. Every entry is flat, has its hash computed, and has the atom flag.
    atoms: RefCell<HashTable<Gc<JSString>>>,
    /// The entries made since the last collection.
    young: RefCell<Vec<Gc<JSString>>>,
    /// Strong; indexed by `KnownAtom`.
    known: Box<[Gc<JSString>]>,
    /// Strong; indexed by the character.
    singles: Box<[Gc<JSString>]>,
    numbers: NumberCache,
}

impl AtomTable {
    /// A table with the known atoms.
    ///
    /// The new strings are not reachable for the collector until the caller has put the table where
    /// [`AtomTable::trace_roots`] is called: no collection may run before.
    pub fn new<A: CellAllocator>(alloc: A, seed: HashSeed) -> AtomTable {
        let mut table = AtomTable {
            seed,
            atoms: RefCell::new(HashTable::with_capacity(2 * KnownAtom::COUNT)),
            young: RefCell::new(Vec::with_capacity(2 * KnownAtom::COUNT)),
            known: Box::new([]),
            singles: Box::new([]),
            numbers: NumberCache::new(),
        };
        table.known =
            KnownAtom::ALL.iter().map(|atom| table.intern(alloc, StrView::ascii(atom.text()))).collect();
        table.singles = (0..=255u8).map(|c| table.intern(alloc, StrView::Latin1(&[c]))).collect();
        table
    }

    /// The seed of all string hashes of the isolate.
    #[inline]
    pub fn seed(&self) -> HashSeed {
        self.seed
    }

    /// The atom of a known name.
    #[inline(always)]
    pub fn known(&self, atom: KnownAtom) -> Gc<JSString> {
        self.known[atom as usize]
    }

    /// The empty string.
    #[inline(always)]
    pub fn empty(&self) -> Gc<JSString> {
        self.known[KnownAtom::empty as usize]
    }

    /// The string of one Latin-1 character.
    #[inline(always)]
    pub fn single(&self, c: u8) -> Gc<JSString> {
        self.singles[c as usize]
    }

    /// The string of one code unit.
    #[inline]
    pub fn single_unit<A: CellAllocator>(&self, alloc: A, unit: u16) -> Gc<JSString> {
        if unit < 256 { self.single(unit as u8) } else { JSString::short(alloc, StrView::Utf16(&[unit])) }
    }

    /// Number::toString(x, 10) (6.1.6.1.20), remembered for the numbers asked for lately.
    #[inline]
    pub fn number_to_string<A: CellAllocator>(&self, alloc: A, x: f64) -> Gc<JSString> {
        self.numbers.get(self, alloc, x)
    }

    /// The decimal digits of an int32.
    #[inline]
    pub fn int_to_string<A: CellAllocator>(&self, alloc: A, n: i32) -> Gc<JSString> {
        if (0..10).contains(&n) {
            return self.single(b'0' + n as u8);
        }
        self.numbers.get_int(alloc, n)
    }

    /// The hash of a string; a rope is flattened.
    #[inline]
    pub fn hash<A: CellAllocator>(&self, alloc: A, string: Gc<JSString>) -> u32 {
        string.hash(alloc, self.seed)
    }

    /// How many atoms there are.
    pub fn len(&self) -> usize {
        self.atoms.borrow().len()
    }

    /// Never: there are always the known ones.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The atom of the characters, if there is one already.
    #[inline]
    pub fn find(&self, view: StrView<'_>) -> Option<Gc<JSString>> {
        self.find_hashed(view, view.hash(self.seed))
    }

    #[inline]
    fn find_hashed(&self, view: StrView<'_>, hash: u32) -> Option<Gc<JSString>> {
        self.atoms
            .borrow()
            .find(widen_hash(hash), |atom| atom.cached_hash() == Some(hash) && atom.view() == view)
            .copied()
    }

    /// The atom of the characters.
    #[inline]
    pub fn intern<A: CellAllocator>(&self, alloc: A, view: StrView<'_>) -> Gc<JSString> {
        let hash = view.hash(self.seed);
        match self.find_hashed(view, hash) {
            Some(atom) => atom,
            None => self.add(alloc, view, hash),
        }
    }

    /// The atom of UTF-8 text.
    pub fn intern_str<A: CellAllocator>(&self, alloc: A, text: &str) -> Gc<JSString> {
        if text.is_ascii() {
            self.intern(alloc, StrView::Latin1(text.as_bytes()))
        } else {
            let units: Vec<u16> = text.encode_utf16().collect();
            self.intern(alloc, StrView::Utf16(&units))
        }
    }

    #[cold]
    fn add<A: CellAllocator>(&self, alloc: A, view: StrView<'_>, hash: u32) -> Gc<JSString> {
        let string = JSString::short(alloc, view);
        string.set_hash(hash, view);
        self.insert(string, hash);
        string
    }

    fn insert(&self, string: Gc<JSString>, hash: u32) {
        string.become_atom();
        self.atoms.borrow_mut().insert_unique(widen_hash(hash), string, |atom| {
            widen_hash(atom.cached_hash().expect("atoms are hashed"))
        });
        self.young.borrow_mut().push(string);
    }

    /// The atom of a string's characters. Where possible the string itself becomes the atom, or remembers it.
    #[inline]
    pub fn intern_string<A: CellAllocator>(&self, alloc: A, string: Gc<JSString>) -> Gc<JSString> {
        if string.is_atom() {
            return string;
        }
        if let Some(atom) = string.known_atom() {
            return atom;
        }
        self.intern_string_slow(alloc, string)
    }

    fn intern_string_slow<A: CellAllocator>(&self, alloc: A, string: Gc<JSString>) -> Gc<JSString> {
        let view = string.flatten_unlimited(alloc);
        let hash = string.hash(alloc, self.seed);
        let atom = match self.find_hashed(view, hash) {
            Some(atom) => atom,
            None if string.is_flat() && (string.is_latin1() || !view.fits_latin1()) => {
                self.insert(string, hash);
                return string;
            }
            None => self.add(alloc, view, hash),
        };
        string.remember_atom(alloc, atom);
        atom
    }

    /// Reports what lives as long as the table.
    pub fn trace_roots(&self, tracer: &mut Tracer<'_>) {
        for atom in self.known.iter().chain(self.singles.iter()) {
            tracer.mark(atom.erase());
        }
    }

    /// Drops dead atoms and forgets dead strings of numbers.
    pub fn process_weak(&self, context: &WeakContext<'_>) {
        let mut atoms = self.atoms.borrow_mut();
        let mut young = self.young.borrow_mut();
        // SAFETY: atoms are cells of this heap, and a dead one left the table when it died.
        let is_live = |atom: Gc<JSString>| unsafe { context.is_live_cell(atom.erase().as_ptr()) };
        if context.is_full() {
            atoms.retain(|&mut atom| is_live(atom));
        } else {
            for &atom in young.iter().filter(|&&atom| !is_live(atom)) {
                // A dead cell's contents stay until it is swept, which is after this.
                let hash = atom.cached_hash().expect("atoms are hashed");
                if let Ok(entry) = atoms.find_entry(widen_hash(hash), |&other| other == atom) {
                    entry.remove();
                }
            }
        }
        young.clear();
        self.numbers.process_weak(context);
    }
}

impl fmt::Debug for AtomTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomTable").field("atoms", &self.len()).finish_non_exhaustive()
    }
}

/// The hash table takes its bucket from the low bits and its tag from the high ones.
#[inline(always)]
fn widen_hash(hash: u32) -> u64 {
    (hash as u64) | (hash as u64) << 32
}
