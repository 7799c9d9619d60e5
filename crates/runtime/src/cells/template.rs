//! Function templates and scripts: code as the heap sees it.
//!
//! The front end's `CodeBlock` is plain data, shareable and without cells. A [`FunctionTemplate`] joins it with one
//! realm: the constant pool as values, the name as a string, the script it came from, and copies of the few numbers that
//! a call needs. It exists before its code does (functions are compiled at their first call). A [`Script`] keeps the
//! source and the parsed program, from which its functions are compiled and their positions told.

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, FunctionFlags, FunctionInfo, FunctionKind, Suspension};
use unspool_gc::{Gc, Header, ManagedCell, Tracer};
use unspool_values::object::ValueBuffer;
use unspool_values::{CellKind, Value};

use super::{Barriered, Trace};
use crate::compiled::EntryRecord;
use crate::isolate::Cx;
use crate::realm::Realm;
use crate::script::ScriptData;

/// One function's code in one realm (V8's SharedFunctionInfo): shared by all its closures.
///
/// The first fields repeat what a call needs from the code block, so that a call touches one cache line.
#[repr(C)]
pub struct FunctionTemplate {
    header: Header,
    /// First bytecode; null until the function is compiled.
    pub bytecode: Cell<*const u8>,
    /// The constant pool as values; constants that are plain data stay in the code block and are holes here.
    pub constants: Barriered<Option<Gc<ValueBuffer>>>,
    /// How many local registers a frame has.
    pub register_count: Cell<u32>,
    /// Formal parameters (the receiver not counted).
    pub formal_count: Cell<u32>,
    /// The function's kind and properties; the constants of [`FunctionTemplate`].
    pub flags: Cell<u32>,
    /// Register that receives `new.target` (or the generator object), plus one; 0 for none.
    pub new_target_register: Cell<u32>,
    /// The realm it was made in.
    pub realm: Gc<Realm>,
    /// The script or module it came from.
    pub script: Gc<Script>,
    /// Its name, a string.
    pub name: Barriered<Value>,
    /// What is known without compiling.
    pub info: Arc<FunctionInfo>,
    code: OnceCell<Arc<CodeBlock>>,
    /// Where compiled code is entered; made when code or a compiled caller needs it.
    pub(crate) record: OnceCell<Box<EntryRecord>>,
    /// What the tier-up policy remembers of the function: failed bets and failed compilations. Dies with the function.
    pub tiering: OnceCell<Box<dyn Any>>,
}

/// Compiled code reads the record's pointer as a word.
const _: () = assert!(size_of::<OnceCell<Box<EntryRecord>>>() == size_of::<usize>());

// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for FunctionTemplate {
    const KIND: u8 = CellKind::FunctionTemplate as u8;
}

impl FunctionTemplate {
    /// Strict mode.
    pub const STRICT: u32 = 1;
    /// Calling without `new` throws (class constructors).
    pub const CLASS_CONSTRUCTOR: u32 = 1 << 1;
    /// `this` comes from `super()`.
    pub const DERIVED: u32 = 1 << 2;
    /// May be called with `new`.
    pub const CONSTRUCTOR: u32 = 1 << 3;
    /// An arrow function (lexical `this`).
    pub(crate) const ARROW: u32 = 1 << 4;
    /// A generator of either sort.
    pub const GENERATOR: u32 = 1 << 5;
    /// Async of any sort.
    pub const ASYNC: u32 = 1 << 6;
    /// Written by the engine: hidden from stack traces, source text is "[native code]".
    pub const NATIVE: u32 = 1 << 7;
    /// Sloppy and uses `this`: the receiver is converted at entry.
    pub const SLOPPY_THIS: u32 = 1 << 8;
    /// There is machine code: calls go to the entry record.
    pub const HAS_CODE: u32 = 1 << 9;
    /// To be compiled to machine code at its next call.
    pub const OPTIMIZE_ON_CALL: u32 = 1 << 11;
    /// A closure was made.
    pub const CLOSED: u32 = 1 << 12;
    /// More than one closure was made.
    pub const CLOSED_AGAIN: u32 = 1 << 13;
    /// Compiled code relies on there being one closure, whose context it knows.
    const ONE_CLOSURE: u32 = 1 << 14;
    /// Never to be compiled to machine code (`%NeverOptimizeFunction`).
    pub const NEVER_OPTIMIZE: u32 = 1 << 10;

    /// Byte offset of the pointer to the [`EntryRecord`], null while there is none.
    pub const RECORD_OFFSET: usize = offset_of!(FunctionTemplate, record);

    /// A template that is compiled at its first call.
    pub fn new(
        cx: Cx<'_>,
        realm: Gc<Realm>,
        script: Gc<Script>,
        info: Arc<FunctionInfo>,
    ) -> Gc<FunctionTemplate> {
        let name = crate::script::string_value(cx, &info.name);
        let mut flags = 0;
        let mut set = |condition: bool, flag: u32| flags |= if condition { flag } else { 0 };
        set(info.flags.contains(FunctionFlags::STRICT), Self::STRICT);
        set(info.kind.is_class_constructor(), Self::CLASS_CONSTRUCTOR);
        set(info.kind == FunctionKind::DerivedConstructor, Self::DERIVED);
        set(info.is_constructor(), Self::CONSTRUCTOR);
        set(info.kind == FunctionKind::Arrow, Self::ARROW);
        set(matches!(info.suspension, Suspension::Generator | Suspension::AsyncGenerator), Self::GENERATOR);
        set(matches!(info.suspension, Suspension::Async | Suspension::AsyncGenerator), Self::ASYNC);
        set(info.flags.contains(FunctionFlags::NATIVE), Self::NATIVE);
        set(info.coerces_receiver(), Self::SLOPPY_THIS);
        cx.allocate(|header| FunctionTemplate {
            header,
            bytecode: Cell::new(std::ptr::null()),
            constants: Barriered::new(None),
            register_count: Cell::new(0),
            formal_count: Cell::new(info.formal_count),
            flags: Cell::new(flags),
            new_target_register: Cell::new(0),
            realm,
            script,
            name: Barriered::new(name),
            info,
            code: OnceCell::new(),
            record: OnceCell::new(),
            tiering: OnceCell::new(),
        })
    }

    /// Are all of these flags set?
    #[inline(always)]
    pub fn has(&self, flags: u32) -> bool {
        self.flags.get() & flags == flags
    }

    /// A closure is made, and it may be the first or the second one.
    #[inline(never)]
    pub(crate) fn note_closure(this: Gc<Self>, cx: Cx<'_>) {
        let flags = this.flags.get();
        let new = if flags & Self::CLOSED == 0 { Self::CLOSED } else { Self::CLOSED_AGAIN };
        this.flags.set(flags & !Self::ONE_CLOSURE | new);
        if flags & Self::ONE_CLOSURE != 0 {
            (cx.hooks.closed_again)(cx, this);
        }
    }

    /// Is there one closure, and was there never another one? (Closures that compiled code does without are none.)
    pub fn has_one_closure(&self) -> bool {
        self.flags.get() & (Self::CLOSED | Self::CLOSED_AGAIN) == Self::CLOSED
    }

    /// Compiled code wants to know which closure it is called with. False: there is more than one.
    pub fn depend_on_one_closure(&self) -> bool {
        let holds = self.has_one_closure();
        if holds {
            self.flags.set(self.flags.get() | Self::ONE_CLOSURE);
        }
        holds
    }

    /// Is it compiled?
    #[inline(always)]
    pub fn is_compiled(&self) -> bool {
        !self.bytecode.get().is_null()
    }

    /// The code, if compiled.
    pub fn code(&self) -> Option<&Arc<CodeBlock>> {
        self.code.get()
    }

    /// Gives the template its code and constant pool. Done once.
    pub fn install_code(this: Gc<Self>, cx: Cx<'_>, code: Arc<CodeBlock>, constants: Gc<ValueBuffer>) {
        this.register_count.set(code.register_count);
        this.formal_count.set(code.info.formal_count);
        this.new_target_register
            .set(code.new_target_or_generator.and_then(|r| r.as_local()).map_or(0, |r| r + 1));
        this.constants.set(cx, this, Some(constants));
        let bytes = code.bytecode.as_ptr();
        if this.code.set(code).is_ok() {
            this.bytecode.set(bytes);
        }
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `FunctionTemplate`.
        let this = unsafe { cell.cast::<Self>().as_ref() };
        this.constants.trace(tracer);
        this.realm.trace(tracer);
        this.script.trace(tracer);
        this.name.trace(tracer);
    }

    pub(crate) unsafe fn finalize_cell(cell: NonNull<Header>) {
        // SAFETY: the collector calls this once, on a dead cell whose fields are still intact.
        unsafe {
            std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).code);
            std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).info);
            std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).record);
            std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).tiering);
        }
    }

    /// Byte offset in the source of the instruction at `offset`.
    pub fn source_offset(&self, offset: u32) -> u32 {
        self.code()
            .and_then(|code| code.positions.lookup(offset))
            .map_or(self.info.span.start, |p| p.position)
    }
}

/// A script, module, eval text or the engine's own code, as far as its functions need it.
#[repr(C)]
pub struct Script {
    header: Header,
    /// Host-defined referrer for `import()`: the module record, or `undefined`.
    pub referrer: Barriered<Value>,
    data: Box<ScriptData>,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for Script {
    const KIND: u8 = CellKind::Script as u8;
}

impl Script {
    /// A script cell around parsed source.
    pub fn new(cx: Cx<'_>, data: ScriptData) -> Gc<Script> {
        let data = Box::new(data);
        cx.allocate(|header| Script { header, referrer: Barriered::new(Value::UNDEFINED), data })
    }

    /// Source, name and parsed program, as far as they are kept.
    pub fn data(&self) -> &ScriptData {
        &self.data
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Script`.
        unsafe { cell.cast::<Self>().as_ref() }.referrer.trace(tracer);
    }

    pub(crate) unsafe fn finalize_cell(cell: NonNull<Header>) {
        // SAFETY: the collector calls this once, on a dead cell whose fields are still intact.
        unsafe { std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).data) };
    }
}
