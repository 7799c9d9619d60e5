//! [`PropertyKey`]: what names a property.
//!
//! One word that is an atom, a symbol (private names included), or an array index; two keys are the same property exactly
//! when the words are equal. A string that spells an array index is never a key as an atom: the constructors here turn it
//! into the index.
//!
//! ```text
//! atom, symbol   0000:pppp:pppp:pppp     the cell's address
//! index          fffe:0000:iiii:iiii     0 ..= 2^32 − 2; an index below 2^31 has the bits of the int32 value
//! ```

use std::fmt;
use std::num::NonZeroU64;

use unspool_gc::{Gc, Header, Tracer};

use crate::atom::{AtomTable, KnownAtom};
use crate::cell::{CellAllocator, CellKind};
use crate::string::{JSString, MAX_ARRAY_INDEX, StrView};
use crate::symbol::Symbol;
use crate::value::{NUMBER_TAG, Value};

/// The name of a property.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PropertyKey(NonZeroU64);

impl PropertyKey {
    /// The largest index: 2^32 − 2.
    pub const MAX_INDEX: u32 = MAX_ARRAY_INDEX;

    /// The raw word.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// A key from its raw word.
    ///
    /// # Safety
    /// `bits` came from [`PropertyKey::bits`], and a cell it refers to is alive.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> PropertyKey {
        // SAFETY: the bits of a key are never zero.
        PropertyKey(unsafe { NonZeroU64::new_unchecked(bits) })
    }

    /// An array index.
    ///
    /// # Panics
    /// In debug builds if `index` is 2^32 − 1, which is no array index; see [`PropertyKey::from_u64`].
    #[inline(always)]
    pub const fn from_index(index: u32) -> PropertyKey {
        debug_assert!(index <= PropertyKey::MAX_INDEX);
        match NonZeroU64::new(NUMBER_TAG | index as u64) {
            Some(bits) => PropertyKey(bits),
            None => unreachable!(),
        }
    }

    /// An index from a number that is one.
    #[inline(always)]
    pub fn from_i32(n: i32) -> Option<PropertyKey> {
        if n >= 0 { Some(PropertyKey::from_index(n as u32)) } else { None }
    }

    /// A non-negative integer: an index if it is small enough, otherwise the atom of its digits.
    #[inline]
    pub fn from_u64<A: CellAllocator>(alloc: A, atoms: &AtomTable, n: u64) -> PropertyKey {
        if n <= PropertyKey::MAX_INDEX as u64 {
            PropertyKey::from_index(n as u32)
        } else {
            let string = atoms.number_to_string(alloc, n as f64);
            PropertyKey::from_atom(atoms.intern_string(alloc, string))
        }
    }

    /// A number as property key: ToString of it, or the index it is.
    #[inline]
    pub fn from_number<A: CellAllocator>(alloc: A, atoms: &AtomTable, n: f64) -> PropertyKey {
        let index = n as u32;
        if index as f64 == n && index <= PropertyKey::MAX_INDEX {
            // −0 is index 0, for its string is "0".
            return PropertyKey::from_index(index);
        }
        let string = atoms.number_to_string(alloc, n);
        PropertyKey::from_atom(atoms.intern_string(alloc, string))
    }

    /// An atom that spells no array index.
    ///
    /// # Panics
    /// In debug builds if it is no atom or spells an index.
    #[inline(always)]
    pub fn from_atom(atom: Gc<JSString>) -> PropertyKey {
        debug_assert!(atom.is_key_atom(), "{atom:?}");
        PropertyKey::from_cell(atom.erase())
    }

    /// A name the engine knows.
    #[inline(always)]
    pub fn known(atoms: &AtomTable, atom: KnownAtom) -> PropertyKey {
        PropertyKey::from_atom(atoms.known(atom))
    }

    /// A symbol or private name.
    #[inline(always)]
    pub fn from_symbol(symbol: Gc<Symbol>) -> PropertyKey {
        PropertyKey::from_cell(symbol.erase())
    }

    #[inline(always)]
    fn from_cell(cell: Gc<Header>) -> PropertyKey {
        // SAFETY: an address is not zero.
        PropertyKey(unsafe { NonZeroU64::new_unchecked(cell.addr() as u64) })
    }

    /// The key a string is: its index if it spells one, otherwise its atom.
    #[inline]
    pub fn from_string<A: CellAllocator>(alloc: A, atoms: &AtomTable, string: Gc<JSString>) -> PropertyKey {
        if string.is_key_atom() {
            return PropertyKey::from_cell(string.erase());
        }
        match string.array_index() {
            Some(index) => PropertyKey::from_index(index),
            None => PropertyKey::from_atom(atoms.intern_string(alloc, string)),
        }
    }

    /// The key that characters are.
    #[inline]
    pub fn from_view<A: CellAllocator>(alloc: A, atoms: &AtomTable, view: StrView<'_>) -> PropertyKey {
        match view.array_index() {
            Some(index) => PropertyKey::from_index(index),
            None => PropertyKey::from_atom(atoms.intern(alloc, view)),
        }
    }

    /// The key that UTF-8 text is.
    pub fn from_text<A: CellAllocator>(alloc: A, atoms: &AtomTable, text: &str) -> PropertyKey {
        match StrView::Latin1(text.as_bytes()).array_index() {
            Some(index) => PropertyKey::from_index(index),
            None => PropertyKey::from_atom(atoms.intern_str(alloc, text)),
        }
    }

    /// The key that a string, symbol or number value is, without calling into the program; `None` for other values,
    /// which need ToPropertyKey's conversion first.
    #[inline]
    pub fn from_primitive<A: CellAllocator>(
        alloc: A,
        atoms: &AtomTable,
        value: Value,
    ) -> Option<PropertyKey> {
        if value.is_i32() {
            let n = value.as_i32();
            return Some(match PropertyKey::from_i32(n) {
                Some(key) => key,
                None => PropertyKey::from_number(alloc, atoms, n as f64),
            });
        }
        if let Some(string) = value.to::<JSString>() {
            return Some(PropertyKey::from_string(alloc, atoms, string));
        }
        if let Some(symbol) = value.to::<Symbol>() {
            return Some(PropertyKey::from_symbol(symbol));
        }
        value.is_double().then(|| PropertyKey::from_number(alloc, atoms, value.as_double()))
    }

    /// Is it an array index?
    #[inline(always)]
    pub const fn is_index(self) -> bool {
        self.bits() >= NUMBER_TAG
    }

    /// The array index, if it is one.
    #[inline(always)]
    pub const fn as_index(self) -> Option<u32> {
        if self.is_index() { Some(self.bits() as u32) } else { None }
    }

    /// The cell of an atom or symbol.
    #[inline(always)]
    pub fn as_cell(self) -> Option<Gc<Header>> {
        if self.is_index() {
            None
        } else {
            // SAFETY: keys that are no index are made from cells only, and a key is held only while its cell is reachable.
            Some(unsafe {
                Gc::from_ptr(std::ptr::NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(
                    self.bits() as usize,
                )))
            })
        }
    }

    /// The atom, if it is one.
    #[inline]
    pub fn as_atom(self) -> Option<Gc<JSString>> {
        let cell = self.as_cell()?;
        // SAFETY: the kind says what the cell is.
        (cell.kind() == CellKind::String as u8).then(|| unsafe { cell.cast::<JSString>() })
    }

    /// The symbol or private name, if it is one.
    #[inline]
    pub fn as_symbol(self) -> Option<Gc<Symbol>> {
        let cell = self.as_cell()?;
        // SAFETY: the kind says what the cell is.
        (cell.kind() == CellKind::Symbol as u8).then(|| unsafe { cell.cast::<Symbol>() })
    }

    /// Is it a symbol or private name?
    #[inline]
    pub fn is_symbol(self) -> bool {
        self.as_symbol().is_some()
    }

    /// Is it an atom or an index, that is, a String in the sense of the specification?
    #[inline]
    pub fn is_string(self) -> bool {
        !self.is_symbol()
    }

    /// Is it a private name?
    #[inline]
    pub fn is_private(self) -> bool {
        self.as_symbol().is_some_and(|symbol| symbol.is_private())
    }

    /// The string or symbol that the key is for the program.
    #[inline]
    pub fn to_value<A: CellAllocator>(self, alloc: A, atoms: &AtomTable) -> Value {
        match self.as_cell() {
            Some(cell) => Value::from_cell(cell),
            None => Value::from_cell(self.index_to_string(alloc, atoms)),
        }
    }

    /// The string that the key is; `None` for symbols.
    #[inline]
    pub fn to_js_string<A: CellAllocator>(self, alloc: A, atoms: &AtomTable) -> Option<Gc<JSString>> {
        if self.is_index() { Some(self.index_to_string(alloc, atoms)) } else { self.as_atom() }
    }

    fn index_to_string<A: CellAllocator>(self, alloc: A, atoms: &AtomTable) -> Gc<JSString> {
        atoms.number_to_string(alloc, self.bits() as u32 as f64)
    }

    /// Reports the atom or symbol to the collector.
    #[inline]
    pub fn trace(self, tracer: &mut Tracer<'_>) {
        if let Some(cell) = self.as_cell() {
            tracer.mark(cell);
        }
    }
}

impl fmt::Debug for PropertyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for PropertyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.as_index() {
            write!(f, "{index}")
        } else if let Some(atom) = self.as_atom() {
            f.write_str(&atom.view().to_rust_string_lossy())
        } else if let Some(symbol) = self.as_symbol() {
            write!(f, "{:?}", &*symbol)
        } else {
            f.write_str("<not a key>")
        }
    }
}
