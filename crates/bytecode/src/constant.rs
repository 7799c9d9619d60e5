//! The constant pool: plain data that instructions name by index.
//!
//! Besides strings and numbers there are *boilerplates*, which describe what an object, array or class literal makes,
//! *scopes*, which describe contexts for those who look up names in them, and jump tables. Equal constants have equal
//! representations, so the builder enters each once.
//!
//! Nothing here is a heap value. `runtime` turns constants into values when a function is first instantiated.

use std::fmt;
use std::sync::Arc;

/// The code units of a JavaScript string, in the narrowest of two forms.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StringData {
    /// Every code unit is below 256.
    Latin1(Arc<[u8]>),
    /// Some code unit is not; may hold lone surrogates.
    Utf16(Arc<[u16]>),
}

/// A JavaScript string as plain data. Equal strings have equal representations.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JsString(StringData);

impl JsString {
    /// The string of these code units.
    pub fn from_utf16(units: &[u16]) -> JsString {
        if units.iter().all(|&unit| unit < 0x100) {
            JsString(StringData::Latin1(units.iter().map(|&unit| unit as u8).collect()))
        } else {
            JsString(StringData::Utf16(units.into()))
        }
    }

    /// The string whose code units are these bytes.
    pub fn from_latin1(bytes: &[u8]) -> JsString {
        JsString(StringData::Latin1(bytes.into()))
    }

    /// The code units.
    pub fn data(&self) -> &StringData {
        &self.0
    }

    /// The number of code units.
    pub fn len(&self) -> usize {
        match &self.0 {
            StringData::Latin1(bytes) => bytes.len(),
            StringData::Utf16(units) => units.len(),
        }
    }

    /// Whether there are no code units.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code units one by one.
    pub fn units(&self) -> impl Iterator<Item = u16> {
        let (bytes, units): (&[u8], &[u16]) = match &self.0 {
            StringData::Latin1(bytes) => (bytes, &[]),
            StringData::Utf16(units) => (&[], units),
        };
        bytes.iter().map(|&byte| u16::from(byte)).chain(units.iter().copied())
    }

    /// As Rust text; lone surrogates become U+FFFD.
    pub fn to_string_lossy(&self) -> String {
        char::decode_utf16(self.units()).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

impl Default for JsString {
    fn default() -> Self {
        JsString::from_latin1(b"")
    }
}

impl From<&str> for JsString {
    fn from(text: &str) -> Self {
        if text.is_ascii() {
            JsString::from_latin1(text.as_bytes())
        } else {
            JsString::from_utf16(&text.encode_utf16().collect::<Vec<_>>())
        }
    }
}

/// Escaped, without quotes.
impl fmt::Display for JsString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for unit in char::decode_utf16(self.units()) {
            match unit {
                Ok(c) => write!(f, "{}", c.escape_debug())?,
                Err(lone) => write!(f, "\\u{{{:x}}}", lone.unpaired_surrogate())?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for JsString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A number compared and hashed by its bits (so that -0 and 0 are different constants).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DoubleBits(u64);

impl DoubleBits {
    /// The bits of `value`; every NaN becomes the same one.
    pub fn new(value: f64) -> DoubleBits {
        DoubleBits(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for DoubleBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.get())
    }
}

crate::operand::operand_enum! {
    /// A well-known symbol.
    WellKnownSymbol {
        /// `Symbol.asyncIterator`.
        AsyncIterator = "Symbol.asyncIterator",
        /// `Symbol.hasInstance`.
        HasInstance = "Symbol.hasInstance",
        /// `Symbol.isConcatSpreadable`.
        IsConcatSpreadable = "Symbol.isConcatSpreadable",
        /// `Symbol.iterator`.
        Iterator = "Symbol.iterator",
        /// `Symbol.match`.
        Match = "Symbol.match",
        /// `Symbol.matchAll`.
        MatchAll = "Symbol.matchAll",
        /// `Symbol.replace`.
        Replace = "Symbol.replace",
        /// `Symbol.search`.
        Search = "Symbol.search",
        /// `Symbol.species`.
        Species = "Symbol.species",
        /// `Symbol.split`.
        Split = "Symbol.split",
        /// `Symbol.toPrimitive`.
        ToPrimitive = "Symbol.toPrimitive",
        /// `Symbol.toStringTag`.
        ToStringTag = "Symbol.toStringTag",
        /// `Symbol.unscopables`.
        Unscopables = "Symbol.unscopables",
        /// `Symbol.dispose`.
        Dispose = "Symbol.dispose",
        /// `Symbol.asyncDispose`.
        AsyncDispose = "Symbol.asyncDispose",
    }
}

/// A constant.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Constant {
    /// A small integer.
    Smi(i32),
    /// Any other number.
    Double(DoubleBits),
    /// A string or property name.
    String(JsString),
    /// The decimal digits of a non-negative BigInt literal.
    BigInt(Box<str>),
    /// A well-known symbol.
    Symbol(WellKnownSymbol),
    /// A scope, for the instructions that make contexts.
    Scope(Arc<ScopeInfo>),
    /// An inner function, as an index into [`CodeBlock::inner`](crate::CodeBlock::inner).
    Function(u32),
    /// An object literal.
    Object(ObjectBoilerplate),
    /// An array literal.
    Array(ArrayBoilerplate),
    /// A tagged template.
    Template(TemplateLiteral),
    /// A regular-expression literal.
    RegExp(RegExpLiteral),
    /// A class.
    Class(ClassBoilerplate),
    /// Targets of a switch.
    JumpTable(JumpTable),
    /// What a script or a sloppy eval declares.
    Declarations(Declarations),
}

/// What a boilerplate holds in a place.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum BoilerplateValue {
    /// An element that is missing.
    Hole,
    /// Filled by later instructions; the place and its order are reserved. Holds undefined until then.
    Pending,
    /// undefined.
    Undefined,
    /// null.
    Null,
    /// true or false.
    Boolean(bool),
    /// A small integer.
    Smi(i32),
    /// Any other number.
    Double(DoubleBits),
    /// A string.
    String(JsString),
    /// A nested object literal made of constants only.
    Object(Box<ObjectBoilerplate>),
    /// A nested array literal made of constants only.
    Array(Box<ArrayBoilerplate>),
}

/// The constant part of an object literal.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct ObjectBoilerplate {
    /// Names (array indices included) and values in source order; no name occurs twice.
    pub properties: Vec<(JsString, BoilerplateValue)>,
    /// Whether the literal says `__proto__: null`.
    pub null_prototype: bool,
    /// How many further properties later instructions add (a hint for the number of inline slots).
    pub extra_properties: u32,
}

/// The constant part of an array literal.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct ArrayBoilerplate {
    /// The elements up to the first spread.
    pub elements: Vec<BoilerplateValue>,
}

/// A tagged template's strings; both lists have the same length.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct TemplateLiteral {
    /// Cooked strings; `None` where an escape was invalid.
    pub cooked: Vec<Option<JsString>>,
    /// Raw strings.
    pub raw: Vec<JsString>,
}

/// A regular-expression literal.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct RegExpLiteral {
    /// The pattern between the slashes.
    pub pattern: JsString,
    /// The flags.
    pub flags: JsString,
}

/// What a class defines when it is evaluated: its methods and accessors, in order. Fields are not members; they are in
/// initializer functions.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct ClassBoilerplate {
    /// The members in source order.
    pub members: Vec<ClassMember>,
}

impl ClassBoilerplate {
    /// How many argument registers `DefineClass` needs: constructor, superclass, its prototype, and per member its
    /// closure and computed key.
    pub fn register_count(&self) -> usize {
        let member = |member: &ClassMember| 1 + usize::from(member.key == ClassMemberKey::Computed);
        3 + self.members.iter().map(member).sum::<usize>()
    }
}

/// One method or accessor of a class.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClassMember {
    /// What it is.
    pub kind: ClassMemberKind,
    /// Where it goes.
    pub placement: Placement,
    /// Its name.
    pub key: ClassMemberKey,
}

/// What kind of class member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClassMemberKind {
    /// A method of any kind.
    Method,
    /// A getter.
    Getter,
    /// A setter.
    Setter,
}

/// On which object a class member is defined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Placement {
    /// The class's prototype object.
    Prototype,
    /// The constructor.
    Static,
}

/// The name of a class member.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ClassMemberKey {
    /// A constant name (array indices included).
    Name(JsString),
    /// In the argument registers of `DefineClass`, ahead of the member's closure; has been through `ToPropertyKey`.
    Computed,
}

/// The targets of a switch: entry `i` is for the integer `base + i`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct JumpTable {
    /// The integer of the first entry.
    pub base: i32,
    /// Absolute bytecode offsets; `None` falls through.
    pub targets: Vec<Option<u32>>,
}

impl JumpTable {
    /// The target for `value`.
    pub fn target(&self, value: i32) -> Option<u32> {
        let index = usize::try_from(i64::from(value) - i64::from(self.base)).ok()?;
        self.targets.get(index).copied().flatten()
    }
}

/// What a script or eval code declares, for the instantiation of its environment.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Declarations {
    /// Names of `var` declarations, without those of functions.
    pub vars: Vec<JsString>,
    /// Names of functions in blocks that annex B.3.3 makes a `var` of, unless a lexical declaration has the name or the
    /// global object cannot take it; then nothing happens (no error).
    pub annex_b: Vec<JsString>,
    /// Names of top-level functions; their closures are stored by instructions that follow.
    pub functions: Vec<JsString>,
    /// Script-level let, const and class declarations.
    pub lexical: Vec<LexicalDeclaration>,
    /// Whether the bindings can be deleted (eval code).
    pub deletable: bool,
}

/// A script-level lexical declaration.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LexicalDeclaration {
    /// Its name.
    pub name: JsString,
    /// Whether it is a `const`.
    pub is_const: bool,
}

crate::operand::operand_enum! {
    /// What makes a scope.
    ScopeKind {
        /// A function's parameters and variables.
        Function = "function",
        /// A function's variables when parameters have expressions.
        FunctionBody = "function-body",
        /// A block, loop, switch or class body.
        Block = "block",
        /// A class: its private names, inner binding, home objects.
        Class = "class",
        /// A catch clause's parameter.
        Catch = "catch",
        /// A `with` statement; it has no slots, the object is the scope.
        With = "with",
        /// Eval code.
        Eval = "eval",
        /// A module.
        Module = "module",
        /// A script.
        Script = "script",
    }
}

crate::operand::operand_enum! {
    /// What a context slot is.
    VariableMode {
        /// `var`, or a function declaration of a variable scope.
        Var = "var",
        /// A formal parameter.
        Parameter = "parameter",
        /// `let`, or a block-level function.
        Let = "let",
        /// `const`.
        Const = "const",
        /// A class declaration or the inner name of a class.
        Class = "class",
        /// A catch parameter.
        CatchParameter = "catch-parameter",
        /// The own name of a function expression: assignments are ignored (sloppy) or throw (strict).
        FunctionName = "function-name",
        /// `using` or `await using`.
        Using = "using",
        /// `this` of a function, for arrow functions and eval; the hole in a derived constructor until super returns.
        This = "this",
        /// `new.target`.
        NewTarget = "new.target",
        /// The function object itself, for super calls in arrow functions and eval.
        ThisFunction = "this-function",
        /// `arguments`.
        Arguments = "arguments",
        /// The home object of methods.
        HomeObject = "home-object",
        /// The home object of static methods.
        StaticHomeObject = "static-home-object",
        /// A private field's name (`#x`).
        PrivateField = "private-field",
        /// A private method (`#m`).
        PrivateMethod = "private-method",
        /// A private accessor (`#a`).
        PrivateAccessor = "private-accessor",
        /// The brand of a class with private methods.
        Brand = "brand",
        /// Made by the front end (generator objects, saved iterators, computed field keys).
        Internal = "internal",
    }
}

impl VariableMode {
    /// Whether a slot of this mode holds the hole until it is initialized.
    pub const fn starts_as_hole(self) -> bool {
        matches!(
            self,
            VariableMode::Let
                | VariableMode::Const
                | VariableMode::Class
                | VariableMode::Using
                | VariableMode::This
        )
    }
}

/// A slot of a context.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScopeSlot {
    /// The variable's name.
    pub name: JsString,
    /// What it is.
    pub mode: VariableMode,
}

crate::code::flag_set! {
    /// Facts about a scope that direct eval and dynamic lookup need.
    ScopeFlags: u16 {
        /// Its code is strict.
        STRICT = "strict",
        /// A sloppy direct eval may add variables to it.
        SLOPPY_EVAL = "sloppy-eval",
        /// `var` declarations of eval code stop here.
        VARIABLE_SCOPE = "variable-scope",
        /// `new.target` is allowed inside.
        ALLOWS_NEW_TARGET = "new.target",
        /// `super.x` is allowed inside.
        ALLOWS_SUPER_PROPERTY = "super-property",
        /// `super()` is allowed inside.
        ALLOWS_SUPER_CALL = "super-call",
        /// Inside a class field initializer: `arguments` is an early error in eval code.
        FIELD_INITIALIZER = "field-initializer",
        /// `arguments` of an ordinary function is in scope.
        HAS_ARGUMENTS = "arguments",
        /// Inside an async function (eval code still may not await).
        ASYNC = "async",
        /// In a static class element: `super` means the constructor's side.
        STATIC = "static",
        /// The `this` binding of this scope must be checked for the hole (derived constructors).
        THIS_MAY_BE_HOLE = "this-may-be-hole",
    }
}

/// The shape of a context: what its slots are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScopeInfo {
    /// What makes the scope.
    pub kind: ScopeKind,
    /// Facts about it.
    pub flags: ScopeFlags,
    /// Its context slots; slot `i` is `LdaContextSlot`'s index `i`.
    pub slots: Vec<ScopeSlot>,
    /// For a function with a mapped arguments object: the slot that each formal parameter lives in, by position (`None`
    /// where a later parameter of the same name hides it). Empty if nothing is mapped.
    pub mapped_parameters: Vec<Option<u32>>,
}

impl ScopeInfo {
    /// A scope of `kind` with these slots and no flags.
    pub fn new(kind: ScopeKind, slots: Vec<ScopeSlot>) -> ScopeInfo {
        ScopeInfo { kind, flags: ScopeFlags::EMPTY, slots, mapped_parameters: Vec::new() }
    }

    /// The index of the slot called `name`.
    pub fn slot_of(&self, name: &JsString) -> Option<usize> {
        self.slots.iter().position(|slot| slot.name == *name)
    }
}
