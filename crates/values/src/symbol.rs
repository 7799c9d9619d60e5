//! Symbols and private names.
//!
//! A [`Symbol`] cell is compared by address. Private names (`#x`) are symbols with a flag: they share the property
//! machinery but are never visible to reflection. Well-known and registered symbols are kept by the [`SymbolTable`].

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ptr::NonNull;

use hashbrown::HashTable;
use unspool_gc::{Gc, Header, ManagedCell, Tracer};

use crate::atom::{AtomTable, KnownAtom};
use crate::cell::{CellAllocator, CellKind, reserved_shape};
use crate::key::PropertyKey;
use crate::string::JSString;

/// A symbol or private name.
#[repr(C)]
pub struct Symbol {
    header: Header,
    /// `None` for `Symbol()` without description; flat if `Some`.
    description: Cell<Option<Gc<JSString>>>,
}

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of `CellKind::Symbol` is `Symbol::trace`.
unsafe impl ManagedCell for Symbol {
    const KIND: u8 = CellKind::Symbol as u8;
}

const PRIVATE: u8 = 1;
const REGISTERED: u8 = 2;
const WELL_KNOWN: u8 = 4;

impl Symbol {
    /// A new symbol.
    pub fn new<A: CellAllocator>(alloc: A, description: Option<Gc<JSString>>) -> Gc<Symbol> {
        Symbol::with_flags(alloc, description, 0)
    }

    /// A new private name; the description includes the `#`.
    pub fn new_private<A: CellAllocator>(alloc: A, description: Gc<JSString>) -> Gc<Symbol> {
        Symbol::with_flags(alloc, Some(description), PRIVATE)
    }

    fn with_flags<A: CellAllocator>(alloc: A, description: Option<Gc<JSString>>, flags: u8) -> Gc<Symbol> {
        if let Some(text) = description {
            // Dumps and `Debug` read the description where they cannot allocate.
            text.flatten_unlimited(alloc);
        }
        let cell = alloc.allocate_cell(CellKind::Symbol, size_of::<Symbol>());
        let symbol = cell.cast::<Symbol>();
        // SAFETY: the cell is new and large enough; its header is initialized, the other field is written here.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::SYMBOL);
            (*cell.as_ptr()).set_flags(flags);
            (&raw mut (*symbol.as_ptr()).description).write(Cell::new(description));
            Gc::from_ptr(symbol)
        }
    }

    /// The description, if it has one.
    #[inline]
    pub fn description(&self) -> Option<Gc<JSString>> {
        self.description.get()
    }

    /// Is it a private name?
    #[inline]
    pub fn is_private(&self) -> bool {
        self.header.flags() & PRIVATE != 0
    }

    /// Was it made by `Symbol.for`?
    #[inline]
    pub fn is_registered(&self) -> bool {
        self.header.flags() & REGISTERED != 0
    }

    /// KeyForSymbol (20.4.5.1): the registry's key of a registered symbol.
    #[inline]
    pub fn registry_key(&self) -> Option<Gc<JSString>> {
        if self.is_registered() { self.description() } else { None }
    }

    /// Reports the description to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized symbol.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Symbol`.
        let symbol = unsafe { cell.cast::<Symbol>().as_ref() };
        if let Some(description) = symbol.description.get() {
            tracer.mark(description.erase());
        }
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.description().map(|d| d.view().to_rust_string_lossy()).unwrap_or_default();
        if self.is_private() { f.write_str(&text) } else { write!(f, "Symbol({text})") }
    }
}

macro_rules! well_known_symbols {
    ($($name:ident $atom:ident $text:literal,)*) => {
        /// The well-known symbols (6.1.5.1).
        #[repr(u8)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[expect(non_camel_case_types, reason = "the variants are named as the properties of Symbol are")]
        pub enum WellKnownSymbol {
            $(#[doc = concat!("`Symbol.", $text, "`")] $name,)*
        }

        impl WellKnownSymbol {
            /// All of them in the order of their numbers.
            pub const ALL: &'static [WellKnownSymbol] = &[$(WellKnownSymbol::$name,)*];
            /// How many there are.
            pub const COUNT: usize = WellKnownSymbol::ALL.len();

            /// The name of the property of `Symbol` that holds it.
            pub fn name(self) -> &'static str {
                match self { $(WellKnownSymbol::$name => $text,)* }
            }

            /// The description: `Symbol.` and the name.
            pub fn description(self) -> KnownAtom {
                match self { $(WellKnownSymbol::$name => KnownAtom::$atom,)* }
            }
        }
    };
}

well_known_symbols! {
    asyncDispose symbol_asyncDispose "asyncDispose",
    asyncIterator symbol_asyncIterator "asyncIterator",
    dispose symbol_dispose "dispose",
    hasInstance symbol_hasInstance "hasInstance",
    isConcatSpreadable symbol_isConcatSpreadable "isConcatSpreadable",
    iterator symbol_iterator "iterator",
    match_ symbol_match "match",
    matchAll symbol_matchAll "matchAll",
    replace symbol_replace "replace",
    search symbol_search "search",
    species symbol_species "species",
    split symbol_split "split",
    toPrimitive symbol_toPrimitive "toPrimitive",
    toStringTag symbol_toStringTag "toStringTag",
    unscopables symbol_unscopables "unscopables",
}

/// The well-known symbols and the global symbol registry of an isolate. All its symbols live as long as the table.
pub struct SymbolTable {
    /// Indexed by `WellKnownSymbol`.
    well_known: Box<[Gc<Symbol>]>,
    /// The registered symbols, hashed by their key, which is an atom.
    registry: RefCell<HashTable<Gc<Symbol>>>,
}

impl SymbolTable {
    /// A table with the well-known symbols. No collection may run before the caller has put it where
    /// [`SymbolTable::trace_roots`] is called.
    pub fn new<A: CellAllocator>(alloc: A, atoms: &AtomTable) -> SymbolTable {
        let well_known = WellKnownSymbol::ALL
            .iter()
            .map(|symbol| Symbol::with_flags(alloc, Some(atoms.known(symbol.description())), WELL_KNOWN))
            .collect();
        SymbolTable { well_known, registry: RefCell::new(HashTable::new()) }
    }

    /// A well-known symbol.
    #[inline(always)]
    pub fn get(&self, symbol: WellKnownSymbol) -> Gc<Symbol> {
        self.well_known[symbol as usize]
    }

    /// A well-known symbol as property key.
    #[inline(always)]
    pub fn key(&self, symbol: WellKnownSymbol) -> PropertyKey {
        PropertyKey::from_symbol(self.get(symbol))
    }

    /// `Symbol.for` (20.4.2.2): the registered symbol of a key, made at its first use.
    pub fn symbol_for<A: CellAllocator>(&self, alloc: A, atoms: &AtomTable, key: Gc<JSString>) -> Gc<Symbol> {
        let key = atoms.intern_string(alloc, key);
        let hash_of =
            |key: Gc<JSString>| (key.cached_hash().expect("atoms are hashed") as u64) * 0x1_0000_0001;
        let is_it = |symbol: &Gc<Symbol>| symbol.description() == Some(key);
        if let Some(&symbol) = self.registry.borrow().find(hash_of(key), is_it) {
            return symbol;
        }
        let symbol = Symbol::with_flags(alloc, Some(key), REGISTERED);
        self.registry.borrow_mut().insert_unique(hash_of(key), symbol, |symbol| {
            hash_of(symbol.description().expect("registered symbols have one"))
        });
        symbol
    }

    /// Marks the well-known and the registered symbols, which live as long as the table.
    pub fn trace_roots(&self, tracer: &mut Tracer<'_>) {
        for symbol in self.well_known.iter().chain(self.registry.borrow().iter()) {
            tracer.mark(symbol.erase());
        }
    }
}

impl fmt::Debug for SymbolTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SymbolTable")
            .field("registered", &self.registry.borrow().len())
            .finish_non_exhaustive()
    }
}
