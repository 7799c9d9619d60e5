//! Scope analysis: which declaration every name means, and where its value lives.
//!
//! oxc's own scope data is not exact enough for code generation (parameters and body share a scope even when parameters
//! have expressions; annex B functions appear once), so it is used for early errors only and this module walks the tree
//! again. The walk ([`build`]) creates *functions*, *scopes*, *variables* and *references*; then [`resolve`] hoists annex B
//! functions, binds every reference, and decides for every variable between a register and a context slot.
//!
//! Terms:
//! - A *function* is everything with its own frame: function, arrow, script, module, eval code, and two synthetic ones
//!   per class: the *instance initializer* (runs instance fields) and the *static initializer* (static fields and blocks).
//! - A *scope* holds variables. A scope *needs a context* when a variable of it is captured by an inner function or must
//!   be found by name at run time (`with`, direct eval); then entering the scope creates a heap context with slots.
//! - A *reference* is one occurrence of a name (or of `this`, `new.target`, a private name …) and resolves to a
//!   variable, to a global, or to a *dynamic* lookup by name when a `with` object or a sloppy direct eval may interfere.
//! - *Pseudo variables* make `this`, `new.target`, `arguments`, the active function and home objects ordinary captured
//!   variables for arrows and evals.
//!
//! The `ScopeId`/`SymbolId`/`ReferenceId` cells of the oxc tree are overwritten with indices into the tables here, so that
//! the code generator goes from a tree node to its record without hashing.
//!
//! Every index is dense and every walk deterministic: analysing the same source under the same goal gives the same ids,
//! which is what makes a [`FunctionId`] a stable key for lazy compilation after the tree was dropped.

pub(crate) mod build;
mod classes;
mod dump;
mod expressions;
mod functions;
pub(crate) mod resolve;

use oxc_ast::ast;
use oxc_str::Ident;
use rustc_hash::FxHashMap;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub u32);
        impl $name {
            /// The index as `usize`.
            #[must_use]
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

index!(
    /// Names a function of the program in the order in which the analysis meets them; the main program is 0.
    FunctionId, "fn");
index!(
    /// Names a scope.
    ScopeId, "s");
index!(
    /// Names a variable.
    VarId, "v");
index!(
    /// Names a reference.
    RefId, "ref");

/// What kind of binding a variable is; decides about the temporal dead zone and about assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VarMode {
    /// `var`, and functions at the top level of a function or script.
    Var,
    /// A formal parameter.
    Param,
    /// `let`.
    Let,
    /// `const`, `using`, `await using`.
    Const,
    /// A class declaration (like `let`).
    Class,
    /// A function declared in a block (like `let`, but initialized on entry).
    BlockFunction,
    /// The name of a function expression: assignment throws in strict code and does nothing in sloppy code.
    FunctionName,
    /// The binding of a class's name inside the class (like `const`).
    ClassName,
    /// The parameter of `catch (e)`.
    SimpleCatch,
    /// A name in a destructuring catch parameter.
    Catch,
    /// An import binding: immutable, lives in another module's cell.
    Import,
    /// The `arguments` object.
    Arguments,
    /// `this` of a function; in derived constructors in its dead zone until `super()` returned.
    This,
    /// `new.target`.
    NewTarget,
    /// The active function, for `super()`.
    ThisFunction,
    /// A private name; the variable holds the private symbol.
    Private,
    /// Made by the compiler: home objects, computed keys, field initializers.
    Internal,
}

impl VarMode {
    /// Whether the binding starts in the temporal dead zone.
    #[must_use]
    pub(crate) fn has_dead_zone(self) -> bool {
        matches!(self, VarMode::Let | VarMode::Const | VarMode::Class | VarMode::ClassName)
    }

    /// Whether assignment throws a TypeError in all code.
    #[must_use]
    pub(crate) fn is_immutable(self) -> bool {
        matches!(self, VarMode::Const | VarMode::ClassName | VarMode::Import)
    }

    /// Whether the binding belongs to LexicallyDeclaredNames.
    #[must_use]
    pub(crate) fn is_lexical(self) -> bool {
        matches!(
            self,
            VarMode::Let | VarMode::Const | VarMode::Class | VarMode::BlockFunction | VarMode::Import
        )
    }
}

/// Where a variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// Nothing refers to it.
    Unused,
    /// A register of the frame, assigned when the scope is entered.
    Register,
    /// A slot of the scope's context.
    Context(u32),
    /// A cell of the module environment: an exported local or an import, by index into the module's cells.
    ModuleCell(u32),
    /// A property of the global object.
    GlobalObject,
    /// An entry in the realm's table of script lexicals.
    ScriptLexical,
}

/// One variable.
#[derive(Debug)]
pub(crate) struct Variable<'a> {
    /// The name; pseudo and internal variables have names that no identifier can have.
    pub(crate) name: Ident<'a>,
    /// Where it is declared.
    pub(crate) scope: ScopeId,
    /// The kind of binding.
    pub(crate) mode: VarMode,
    /// Where it lives.
    pub(crate) location: Location,
    /// Some reference names it.
    pub(crate) used: bool,
    /// It must live in a context because of a capture or of dynamic lookup.
    pub(crate) captured: bool,
    /// It is written by something else than its declaration.
    pub(crate) assigned: bool,
    /// Some access may see it uninitialized, so that it must start as the hole.
    pub(crate) needs_hole: bool,
    /// From this byte on, code of the same activation sees it initialized.
    pub(crate) init_end: u32,
    /// A function declaration initializes it when its scope is entered.
    pub(crate) has_function: bool,
    /// Only annex B.3.3 declares it.
    pub(crate) soft: bool,
    /// For parameters with simple lists: the position.
    pub(crate) param_index: u32,
}

/// What a reference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// Not resolved yet.
    Pending,
    /// A variable; `checked` says that a dead-zone check is needed.
    Variable {
        /// The variable.
        var: VarId,
        /// The access may come before the initialization.
        checked: bool,
    },
    /// A script lexical or a property of the global object that this script declares.
    Global,
    /// No declaration in sight: such a name of another script, or nothing.
    Undeclared,
    /// Must be looked up by name at run time; if no object has the name, it is the variable (with its dead-zone check), or
    /// a global.
    Dynamic(Option<(VarId, bool)>),
}

impl Resolution {
    /// Whether the name must be looked up at run time.
    pub(crate) fn is_dynamic(self) -> bool {
        matches!(self, Resolution::Dynamic(_))
    }
}

/// One occurrence of a name.
#[derive(Debug)]
pub(crate) struct Reference<'a> {
    /// The name.
    pub(crate) name: Ident<'a>,
    /// Where the search begins.
    pub(crate) scope: ScopeId,
    /// The function in which the occurrence is.
    pub(crate) function: FunctionId,
    /// Byte offset of the occurrence.
    pub(crate) position: u32,
    /// What kind of access.
    pub(crate) access: Access,
    /// The meaning.
    pub(crate) resolution: Resolution,
}

/// How a reference uses its variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads.
    Read,
    /// Writes (and perhaps reads).
    Write,
    /// Initializes the binding at its declaration.
    Initialize,
}

/// What a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// A scope of code outside of this program that encloses eval code.
    Outer,
    /// The top level of a script.
    Script,
    /// The top level of a module.
    Module,
    /// The top level of eval code.
    Eval,
    /// Holds variables declared by sloppy direct evals in parameter expressions.
    ParameterEval,
    /// Parameters, and the body too unless the parameters have expressions.
    Function,
    /// The body of a function whose parameters have expressions.
    Body,
    /// A block, a `for` head, or a `switch` body.
    Block,
    /// A `switch` body: entries may be skipped, so the dead zone cannot be decided by position.
    Switch,
    /// The head of a `for` statement with lexical declarations.
    For,
    /// The dead zone of `for (let x of …)` while the right side is evaluated.
    ForDeadZone,
    /// A catch parameter.
    Catch,
    /// The inner scope of a class: its name, private names, home objects.
    Class,
    /// The home object of an object literal's methods.
    ObjectLiteral,
    /// A `with` statement's object.
    With,
}

/// One scope.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// What it is.
    pub(crate) kind: ScopeKind,
    /// The enclosing scope.
    pub(crate) parent: Option<ScopeId>,
    /// The function whose frame executes it.
    pub(crate) function: FunctionId,
    /// First byte.
    pub(crate) start: u32,
    /// Its variables in order of declaration.
    pub(crate) vars: Vec<VarId>,
    /// Function declarations to instantiate on entry, in order.
    pub(crate) functions: Vec<(VarId, &'a ast::Function<'a>)>,
    /// A direct eval inside (not across functions) may add variables here.
    pub(crate) extensible: bool,
    /// Some direct eval is inside, at any depth.
    pub(crate) inner_eval: bool,
    /// Strict code.
    pub(crate) strict: bool,
    /// Entering creates a context.
    pub(crate) needs_context: bool,
    /// The variables in slots, by slot.
    pub(crate) slots: Vec<VarId>,
    /// Number of contexts from the outermost scope to this one inclusive.
    pub(crate) context_depth: u32,
    /// For [`ScopeKind::Outer`] (and `With` outside): what the scope is.
    pub(crate) outer_kind: Option<unspool_bytecode::ScopeKind>,
}

/// The tree node that is a function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FunctionNode<'a> {
    /// The main program.
    Program(&'a ast::Program<'a>),
    /// A function, method or accessor.
    Function(&'a ast::Function<'a>),
    /// An arrow.
    Arrow(&'a ast::ArrowFunctionExpression<'a>),
    /// The constructor of a class that writes none.
    DefaultConstructor,
    /// Runs the instance fields of a class.
    InstanceInitializer(&'a ast::Class<'a>),
    /// Runs the static fields and blocks of a class.
    StaticInitializer(&'a ast::Class<'a>),
}

/// What role a function plays for `this`, `super` and construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FunctionRole {
    /// The main code of a script.
    Script,
    /// The main code of a module.
    Module,
    /// Eval code.
    Eval,
    /// `function`.
    Normal,
    /// An arrow.
    Arrow,
    /// A method of a class or literal, or an accessor.
    Method,
    /// `get`.
    Getter,
    /// `set`.
    Setter,
    /// The constructor of a class without heritage.
    BaseConstructor,
    /// The constructor of a class with heritage.
    DerivedConstructor,
    /// A class's instance fields or static elements.
    Initializer,
}

/// One function.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    /// The tree node.
    pub(crate) node: FunctionNode<'a>,
    /// The enclosing function.
    pub(crate) parent: Option<FunctionId>,
    /// Its role.
    pub(crate) role: FunctionRole,
    /// `async`.
    pub(crate) is_async: bool,
    /// `function*`.
    pub(crate) is_generator: bool,
    /// A static class element.
    pub(crate) is_static: bool,
    /// Strict code.
    pub(crate) strict: bool,
    /// Parameters (and body, unless `body_scope` differs).
    pub(crate) scope: ScopeId,
    /// The scope of `var` declarations.
    pub(crate) body_scope: ScopeId,
    /// No defaults, patterns or rest.
    pub(crate) simple_params: bool,
    /// The parameter list has a default, or a pattern with a computed key or default.
    pub(crate) params_have_expressions: bool,
    /// The number of parameters before the first default or rest.
    pub(crate) length: u32,
    /// The span that `toString` shows.
    pub(crate) span: (u32, u32),
    /// Code of the function cannot run before this place of the enclosing code was reached.
    pub(crate) created_at: u32,
    /// It is called where it stands (`(function(){…})()`).
    pub(crate) immediately_invoked: bool,
    /// The variable of `this`, if anything needs it as a variable.
    pub(crate) this_var: Option<VarId>,
    /// The variable of `new.target`.
    pub(crate) new_target_var: Option<VarId>,
    /// The variable of the active function.
    pub(crate) this_function_var: Option<VarId>,
    /// The variable of the `arguments` object.
    pub(crate) arguments_var: Option<VarId>,
    /// The variable of a function expression's own name.
    pub(crate) name_var: Option<VarId>,
    /// `arguments` is used in another way than `arguments[i]` and `arguments.length`.
    pub(crate) arguments_escape: bool,
    /// Reads its actual arguments through an intrinsic.
    pub(crate) observes_arguments: bool,
    /// Contains a direct eval call directly (not in inner functions other than arrows).
    pub(crate) direct_eval: bool,
    /// Parameters declared by it, in order (simple lists; duplicates keep the last).
    pub(crate) params: Vec<VarId>,
    /// The scope of the class whose constructor or initializer this is.
    pub(crate) class_scope: Option<ScopeId>,
    /// Contains `await` or `for await` or `await using` at its own level (top-level await of modules).
    pub(crate) has_await: bool,
}

impl Function<'_> {
    /// Whether it has a `this` of its own.
    #[must_use]
    pub(crate) fn is_receiver_scope(&self) -> bool {
        self.role != FunctionRole::Arrow && self.role != FunctionRole::Eval
    }
}

/// What one class needs at run time.
#[derive(Debug, Default)]
pub(crate) struct ClassRecord {
    /// Holds the prototype for `super` in instance elements.
    pub(crate) home_var: Option<VarId>,
    /// Holds the constructor for `super` in static elements.
    pub(crate) static_home_var: Option<VarId>,
    /// The inner binding of the name.
    pub(crate) name_var: Option<VarId>,
    /// The function that runs instance fields, if there are instance elements to install.
    pub(crate) instance_initializer: Option<FunctionId>,
    /// The function that runs static fields and blocks.
    pub(crate) static_initializer: Option<FunctionId>,
    /// The constructor, written or default.
    pub(crate) constructor: Option<FunctionId>,
    /// Variables that keep computed field keys, by element index.
    pub(crate) computed_keys: Vec<(u32, VarId)>,
    /// The private names in order of first declaration.
    pub(crate) private_names: Vec<PrivateName>,
    /// Where each is in the list, by its name without `#`.
    pub(crate) private_index: FxHashMap<Box<str>, usize>,
}

impl ClassRecord {
    /// The private name that is written `#name`.
    pub(crate) fn private_name(&self, name: &str) -> Option<PrivateName> {
        self.private_index.get(name).map(|&at| self.private_names[at])
    }
}

/// One private name of a class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PrivateName {
    /// Holds the symbol.
    pub(crate) var: VarId,
    /// For private methods and accessors that live on instances: closures kept until instances are made.
    pub(crate) method_var: Option<VarId>,
    /// The setter's closure.
    pub(crate) setter_var: Option<VarId>,
}

/// The result of the analysis: all tables.
pub(crate) struct Analysis<'a> {
    /// Functions by id.
    pub(crate) functions: Vec<Function<'a>>,
    /// Scopes by id.
    pub(crate) scopes: Vec<Scope<'a>>,
    /// Variables by id.
    pub(crate) vars: Vec<Variable<'a>>,
    /// References by id.
    pub(crate) refs: Vec<Reference<'a>>,
    /// Per class scope.
    pub(crate) classes: FxHashMap<ScopeId, ClassRecord>,
    /// Function declarations in blocks whose value is copied to the enclosing `var` when evaluated (annex B.3.3), by start.
    pub(crate) annex_b: FxHashMap<u32, RefId>,
    /// References that no tree node has a cell for, by (offset, what). (`this` and private names use the node's id.)
    pub(crate) pseudo_refs: FxHashMap<(u32, Pseudo), RefId>,
    /// Scopes of nodes without a cell: object literals with methods and functions as `if` branches, by start.
    pub(crate) extra_scopes: FxHashMap<u32, ScopeId>,
    /// (local name, export name, place) of every local export, in order.
    pub(crate) exported: Vec<(Ident<'a>, unspool_bytecode::JsString, oxc_span::Span)>,
    /// The scope of the main program.
    pub(crate) main_scope: ScopeId,
}

/// The kinds of reference that are not identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pseudo {
    /// `this` as the receiver of a super property.
    This,
    /// `new.target`, and the one of `super()`.
    NewTarget,
    /// The active function, for `super()`.
    ThisFunction,
    /// The home object, for super properties.
    Home,
    /// `this`, bound by `super()`.
    BindThis,
}

impl<'a> Analysis<'a> {
    pub(crate) fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.index()]
    }

    pub(crate) fn var(&self, id: VarId) -> &Variable<'a> {
        &self.vars[id.index()]
    }

    pub(crate) fn function(&self, id: FunctionId) -> &Function<'a> {
        &self.functions[id.index()]
    }
}
