//! A compiled function as plain data, and what is known of a function before it is compiled.
//!
//! Functions are compiled lazily, so each is described twice. [`FunctionInfo`] is what parsing its outer function tells
//! (name, kind, length, a few facts), enough to make closures; [`CodeBlock`] is the compiled body: instructions,
//! constants, handlers, positions, feedback layout. A [`FunctionUnit`] holds the first and, once compiled, the second;
//! code blocks hold the units of their inner functions, which makes a program a tree. [`ModuleInfo`] is the static part
//! of a Source Text Module Record (16.2.1.7).
//!
//! Apart from units being filled, all of it is immutable; it is `Send` and free of heap references: strings are Rust memory, and an isolate makes its own
//! cells from them when it first instantiates the code.

use crate::constant::{Constant, JsString, ScopeInfo};
use crate::decode::Instructions;
use crate::feedback::FeedbackLayout;
use crate::opcode::{Opcode, OperandKind};
use crate::operand::{ConstIndex, LanguageMode, Register};
use crate::position::SourcePositionTable;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, OnceLock};

/// Declares a set of named flags.
macro_rules! flag_set {
    ($(#[$meta:meta])* $name:ident: $repr:ty { $($(#[$fmeta:meta])* $flag:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name($repr);

        impl $name {
            /// No flags.
            pub const EMPTY: $name = $name(0);

            $crate::code::flag_set!(@consts $name $repr; 0; $($(#[$fmeta])* $flag,)*);

            const NAMES: &'static [&'static str] = &[$($text),*];

            /// Whether all of `other` are set.
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Both sets together.
            #[must_use]
            pub const fn union(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }

            /// This set and `other` if `condition` holds.
            #[must_use]
            pub const fn with_if(self, other: $name, condition: bool) -> $name {
                if condition { self.union(other) } else { self }
            }

            /// The set as a number, for serialization; [`from_bits`](Self::from_bits) reads it back.
            pub const fn bits(self) -> $repr {
                self.0
            }

            /// The set with these bits, if all of them mean something.
            pub const fn from_bits(bits: $repr) -> Option<$name> {
                if (bits as u64) >> Self::NAMES.len() == 0 { Some($name(bits)) } else { None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut separator = "";
                for (bit, name) in Self::NAMES.iter().enumerate() {
                    if self.0 & (1 << bit) != 0 {
                        write!(f, "{separator}{name}")?;
                        separator = " ";
                    }
                }
                Ok(())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{{{self}}}")
            }
        }
    };
    (@consts $name:ident $repr:ty; $bit:expr; $(#[$fmeta:meta])* $flag:ident, $($rest:tt)*) => {
        $(#[$fmeta])*
        pub const $flag: $name = $name(1 << ($bit));
        $crate::code::flag_set!(@consts $name $repr; $bit + 1; $($rest)*);
    };
    (@consts $name:ident $repr:ty; $bit:expr;) => {};
}
pub(crate) use flag_set;

/// A byte range of the source text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

crate::operand::operand_enum! {
    /// What kind of function; whether it can suspend is [`Suspension`].
    FunctionKind {
        /// `function`.
        Normal = "normal",
        /// An arrow function.
        Arrow = "arrow",
        /// A method of an object literal or class.
        Method = "method",
        /// A getter.
        Getter = "getter",
        /// A setter.
        Setter = "setter",
        /// The constructor of a class without heritage.
        BaseConstructor = "base-constructor",
        /// The constructor of a class with heritage.
        DerivedConstructor = "derived-constructor",
        /// The synthetic method that defines a class's instance members, or runs its static fields and blocks.
        ClassMembersInitializer = "class-members-initializer",
        /// The top level of a script.
        Script = "script",
        /// The top level of a module.
        Module = "module",
        /// Eval code.
        Eval = "eval",
    }
}

impl FunctionKind {
    /// Whether `new` works on functions of this kind that cannot suspend.
    pub const fn is_constructor(self) -> bool {
        matches!(
            self,
            FunctionKind::Normal | FunctionKind::BaseConstructor | FunctionKind::DerivedConstructor
        )
    }

    /// Whether it is a class constructor: calling it without `new` is a TypeError.
    pub const fn is_class_constructor(self) -> bool {
        matches!(self, FunctionKind::BaseConstructor | FunctionKind::DerivedConstructor)
    }
}

crate::operand::operand_enum! {
    /// How a function can be left and entered again.
    Suspension {
        /// Not at all.
        None = "sync",
        /// At `yield`.
        Generator = "generator",
        /// At `await`.
        Async = "async",
        /// At both.
        AsyncGenerator = "async-generator",
    }
}

flag_set! {
    /// Facts about a function, known from parsing and scope analysis.
    FunctionFlags: u32 {
        /// Strict code. Sloppy functions that use `this` get their receiver coerced by the call sequence.
        STRICT = "strict",
        /// Reads `this` (or contains an arrow function or eval that may).
        USES_THIS = "uses-this",
        /// Makes an arguments object.
        USES_ARGUMENTS = "uses-arguments",
        /// Reads actual arguments beyond the formals in another way (rest parameter, forwarding).
        USES_REST = "uses-rest",
        /// Reads `new.target`.
        USES_NEW_TARGET = "uses-new-target",
        /// Uses `super.x`.
        USES_SUPER_PROPERTY = "uses-super-property",
        /// Contains `super()`.
        USES_SUPER_CALL = "uses-super-call",
        /// Contains a direct eval.
        HAS_EVAL = "has-eval",
        /// Parameters are plain names.
        SIMPLE_PARAMETERS = "simple-parameters",
        /// A class constructor whose class has instance fields or private methods.
        HAS_CLASS_FIELDS = "has-class-fields",
        /// A function expression that can see its own name.
        NAMED_EXPRESSION = "named-expression",
        /// The name is not known until run time (`SetFunctionName` gives it).
        ANONYMOUS = "anonymous",
        /// A self-hosted builtin: hidden from stack traces, its source text is "native code", not a constructor.
        NATIVE = "native",
        /// Made by the front end, without source of its own (default constructors, initializers).
        SYNTHETIC = "synthetic",
        /// Likely to be called at once: compile it with its outer function.
        EAGER = "eager",
        /// Contains a loop.
        HAS_LOOP = "has-loop",
    }
}

/// What is known of a function before it is compiled: enough to make its closures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionInfo {
    /// Its `name` property; empty if it has none.
    pub name: JsString,
    /// What it may do as seen by its callers: whether `new` works, which `this` it has.
    pub kind: FunctionKind,
    /// At which expressions its activation can be left and entered again.
    pub suspension: Suspension,
    /// What parsing and scope analysis found in its body.
    pub flags: FunctionFlags,
    /// How many formal parameters have an argument register (a rest parameter does not).
    pub formal_count: u32,
    /// Its `length` property: the parameters before the first with a default value or the rest parameter.
    pub length: u32,
    /// The source text that `toString` gives (for a class constructor, the class).
    pub span: Span,
    /// The front end's own number for the function, by which it compiles it later.
    pub key: u32,
}

impl FunctionInfo {
    /// A sloppy function of `kind` called `name`, without parameters.
    pub fn new(name: impl Into<JsString>, kind: FunctionKind) -> FunctionInfo {
        FunctionInfo {
            name: name.into(),
            kind,
            suspension: Suspension::None,
            flags: FunctionFlags::EMPTY,
            formal_count: 0,
            length: 0,
            span: Span::default(),
            key: 0,
        }
    }

    /// Whether its code is strict.
    pub fn language_mode(&self) -> LanguageMode {
        if self.flags.contains(FunctionFlags::STRICT) { LanguageMode::Strict } else { LanguageMode::Sloppy }
    }

    /// Whether closures have `[[Construct]]`: the kind allows it, nothing suspends, and it is not self-hosted.
    pub fn is_constructor(&self) -> bool {
        self.kind.is_constructor()
            && self.suspension == Suspension::None
            && !self.flags.contains(FunctionFlags::NATIVE)
    }

    /// Whether the function suspends at all.
    pub fn is_resumable(&self) -> bool {
        self.suspension != Suspension::None
    }

    /// Whether the call sequence must coerce the receiver: null and undefined to the global object, primitives to objects.
    pub fn coerces_receiver(&self) -> bool {
        self.flags.contains(FunctionFlags::USES_THIS)
            && !self.flags.contains(FunctionFlags::STRICT)
            && !self.flags.contains(FunctionFlags::NATIVE)
    }

    /// Whether it can observe its actual arguments, so that they must not be padded or cut.
    pub fn observes_actual_arguments(&self) -> bool {
        self.flags.contains(FunctionFlags::USES_ARGUMENTS) || self.flags.contains(FunctionFlags::USES_REST)
    }
}

crate::operand::operand_enum! {
    /// Whether an exception that reaches a handler is caught by the program, as a debugger sees it.
    CatchPrediction {
        /// It will be thrown on (a `finally`, an iterator being closed).
        Uncaught = "uncaught",
        /// A `catch` clause takes it.
        Caught = "caught",
        /// It rejects a promise.
        Promise = "promise",
    }
}

/// A range of instructions with its exception handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    /// First byte covered.
    pub start: u32,
    /// One past the last byte covered.
    pub end: u32,
    /// Where execution continues, with the exception in the accumulator.
    pub handler: u32,
    /// The register that holds the context to restore.
    pub context: Register,
    /// What becomes of the exception.
    pub prediction: CatchPrediction,
}

/// A function's handlers, innermost first: of two ranges that overlap, the earlier is contained in the later.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct HandlerTable {
    entries: Box<[Handler]>,
    /// Where the entry that counts changes: from the offset on it is the one with this index. Ascending.
    changes: Box<[(u32, Option<u32>)]>,
}

impl HandlerTable {
    /// A table of these entries, which are innermost first.
    pub fn new(entries: impl Into<Box<[Handler]>>) -> HandlerTable {
        let entries = entries.into();
        let changes = changes(&entries);
        HandlerTable { entries, changes }
    }

    /// The handler for an exception thrown by the instruction at `offset`.
    pub fn lookup(&self, offset: u32) -> Option<&Handler> {
        let after = self.changes.partition_point(|&(from, _)| from <= offset);
        let (_, entry) = self.changes.get(after.checked_sub(1)?)?;
        entry.map(|entry| &self.entries[entry as usize])
    }

    /// All entries, innermost first.
    pub fn entries(&self) -> &[Handler] {
        &self.entries
    }
}

/// Which of `entries` is the first to contain an offset, as the offsets where that changes.
fn changes(entries: &[Handler]) -> Box<[(u32, Option<u32>)]> {
    let mut by_start: Vec<u32> = (0..entries.len() as u32).collect();
    by_start.sort_by_key(|&entry| entries[entry as usize].start);
    let mut by_start = by_start.into_iter().peekable();
    let mut bounds: Vec<u32> = entries.iter().flat_map(|entry| [entry.start, entry.end]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    // Entries that have begun, the first of the list on top; those that have ended leave when they come to the top.
    let mut open: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
    let mut changes: Vec<(u32, Option<u32>)> = Vec::new();
    for bound in bounds {
        while let Some(entry) = by_start.next_if(|&entry| entries[entry as usize].start <= bound) {
            open.push(Reverse(entry));
        }
        while open.peek().is_some_and(|&Reverse(entry)| entries[entry as usize].end <= bound) {
            open.pop();
        }
        changes.push((bound, open.peek().map(|&Reverse(entry)| entry)));
    }
    changes.into()
}

/// A function that may not have been compiled yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionUnit {
    info: Arc<FunctionInfo>,
    code: OnceLock<Arc<CodeBlock>>,
}

impl FunctionUnit {
    /// A function to be compiled when it is first called.
    pub fn lazy(info: Arc<FunctionInfo>) -> FunctionUnit {
        FunctionUnit { info, code: OnceLock::new() }
    }

    /// A function whose code is there already.
    pub fn compiled(code: Arc<CodeBlock>) -> FunctionUnit {
        FunctionUnit { info: Arc::clone(&code.info), code: OnceLock::from(code) }
    }

    /// What is known without compiling.
    pub fn info(&self) -> &Arc<FunctionInfo> {
        &self.info
    }

    /// The code, once compiled.
    pub fn code(&self) -> Option<&Arc<CodeBlock>> {
        self.code.get()
    }

    /// Supplies the code; if another thread was faster, its code stays. Gives the code that counts.
    pub fn fill(&self, code: Arc<CodeBlock>) -> &Arc<CodeBlock> {
        self.code.get_or_init(|| code)
    }
}

crate::operand::operand_enum! {
    /// The phase of an import.
    ImportPhase {
        /// `import`.
        Evaluation = "evaluation",
        /// `import source`.
        Source = "source",
        /// `import defer`.
        Defer = "defer",
    }
}

/// A ModuleRequest record: what `import … from` names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleRequest {
    /// The specifier.
    pub specifier: JsString,
    /// Import attributes, sorted by key.
    pub attributes: Vec<(JsString, JsString)>,
    /// Whether the module itself is wanted, or only its source.
    pub phase: ImportPhase,
    /// Where the specifier stands, for errors.
    pub span: Span,
}

/// Which export an import takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ImportName {
    /// The export of this name.
    Name(JsString),
    /// The namespace object; for a request of the source phase the module source object.
    Namespace,
}

/// An ImportEntry record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportEntry {
    /// Index into [`ModuleInfo::requests`].
    pub request: u32,
    /// What is imported.
    pub import: ImportName,
    /// The local binding's cell.
    pub cell: u32,
    /// The local binding's name, for errors.
    pub local_name: JsString,
    /// Where it stands, for errors.
    pub span: Span,
}

/// An export of a local binding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalExport {
    /// The name it is exported under.
    pub export: JsString,
    /// The cell of the binding.
    pub cell: u32,
}

/// An export of another module's export.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndirectExport {
    /// The name it is exported under.
    pub export: JsString,
    /// Index into [`ModuleInfo::requests`].
    pub request: u32,
    /// What is re-exported.
    pub import: ImportName,
    /// Where it stands, for errors.
    pub span: Span,
}

/// An ExportEntry record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExportEntry {
    /// `export` of a binding of this module.
    Local(LocalExport),
    /// `export { a } from` and `export * as a from`.
    Indirect(IndirectExport),
    /// `export * from` the request with this index.
    Star(u32),
}

/// What a module imports and exports.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ModuleInfo {
    /// The modules it asks for, in source order, without duplicates.
    pub requests: Vec<ModuleRequest>,
    /// Its imports.
    pub imports: Vec<ImportEntry>,
    /// Its exports.
    pub exports: Vec<ExportEntry>,
    /// The bindings reached by `LdaModuleVariable`: their names, and whether each starts as the hole. Cells of imports are
    /// resolved when the module is linked.
    pub cells: Vec<ModuleCell>,
    /// The context in which the closure of the main code is made: the runtime makes it (it holds the module), the code
    /// never does. It has slots for bindings that inner functions use and that are not in cells.
    pub scope: Option<Arc<ScopeInfo>>,
    /// Whether the module contains top-level `await`.
    pub has_top_level_await: bool,
}

/// A binding of a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleCell {
    /// Its name.
    pub name: JsString,
    /// Whether it is uninitialized (the hole) until its declaration runs; otherwise it starts as undefined.
    pub starts_as_hole: bool,
    /// Whether it is an import: its cell is the exporting module's.
    pub is_import: bool,
}

/// A compiled function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeBlock {
    /// What was known before compiling.
    pub info: Arc<FunctionInfo>,
    /// How many local registers a frame has.
    pub register_count: u32,
    /// The local that holds `new.target` on a first entry (undefined when called), or the generator object when a
    /// resumable function is resumed (undefined on its first entry). `None` if the function needs neither.
    pub new_target_or_generator: Option<Register>,
    /// The encoded instructions; offsets everywhere else count its bytes.
    pub bytecode: Box<[u8]>,
    /// The constant pool, addressed by [`ConstIndex`].
    pub constants: Box<[Constant]>,
    /// Which instruction ranges have an exception handler.
    pub handlers: HandlerTable,
    /// Where in the source the instructions that can throw come from.
    pub positions: SourcePositionTable,
    /// What kind each feedback slot has; the slots themselves belong to closures.
    pub feedback: FeedbackLayout,
    /// Inner functions, by the index in `Constant::Function`.
    pub inner: Box<[FunctionUnit]>,
    /// Imports and exports, for the top level of a module.
    pub module: Option<Box<ModuleInfo>>,
}

impl CodeBlock {
    /// The instructions one by one.
    pub fn instructions(&self) -> Instructions<'_> {
        Instructions::new(&self.bytecode)
    }

    /// The constant at `index`; `None` if the pool is shorter, which the verifier excludes.
    pub fn constant(&self, index: ConstIndex) -> Option<&Constant> {
        self.constants.get(index.index())
    }

    /// Where the suspension `suspend_id` is resumed; `None` if the function has none of this number.
    pub fn resume_offset(&self, suspend_id: u32) -> Option<u32> {
        let switch = self.instructions().next()?.ok()?;
        if switch.opcode != Opcode::SwitchOnGeneratorState {
            return None;
        }
        let table = self.constant(ConstIndex(switch.first_of(OperandKind::Const)?))?;
        let Constant::JumpTable(table) = table else { return None };
        table.target(i32::try_from(suspend_id).ok()?)
    }

    /// How many registers, receiver and formals together can be named by operands.
    pub fn operand_limit(&self) -> u32 {
        self.register_count + 1 + self.info.formal_count
    }
}
