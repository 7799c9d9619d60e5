//! Which feedback a function collects: one [`SlotKind`] per slot.
//!
//! The layout says nothing about how feedback is stored; `runtime` sizes its vectors from the kinds. A slot is named by
//! one instruction, or by several of the same kind that may share what they learn (two loads of one global).

use crate::operand::{SlotIndex, operand_enum};

operand_enum! {
    /// What one feedback slot records.
    SlotKind {
        /// A global load (cell or property of the global object).
        LoadGlobal = "LoadGlobal",
        /// A global load inside `typeof`.
        LoadGlobalInsideTypeof = "LoadGlobalInsideTypeof",
        /// A sloppy global store.
        StoreGlobalSloppy = "StoreGlobalSloppy",
        /// A strict global store.
        StoreGlobalStrict = "StoreGlobalStrict",
        /// Initialization of a script-level lexical binding.
        InitGlobal = "InitGlobal",
        /// A named load.
        LoadProperty = "LoadProperty",
        /// A named load from super.
        LoadSuper = "LoadSuper",
        /// A keyed load.
        LoadKeyed = "LoadKeyed",
        /// A keyed load from super.
        LoadKeyedSuper = "LoadKeyedSuper",
        /// A sloppy named store.
        SetNamedSloppy = "SetNamedSloppy",
        /// A strict named store.
        SetNamedStrict = "SetNamedStrict",
        /// A sloppy keyed store.
        SetKeyedSloppy = "SetKeyedSloppy",
        /// A strict keyed store.
        SetKeyedStrict = "SetKeyedStrict",
        /// A definition with a constant name.
        DefineNamed = "DefineNamed",
        /// A definition with a computed key.
        DefineKeyed = "DefineKeyed",
        /// Elements of an array literal.
        StoreInArrayLiteral = "StoreInArrayLiteral",
        /// A private load or brand check.
        LoadPrivate = "LoadPrivate",
        /// A private store.
        SetPrivate = "SetPrivate",
        /// Addition of a private field or brand.
        DefinePrivate = "DefinePrivate",
        /// `#x in o`.
        HasPrivate = "HasPrivate",
        /// Operand types of an arithmetic or unary operator.
        BinaryOp = "BinaryOp",
        /// Operand types of a comparison.
        Compare = "Compare",
        /// Types seen by `typeof`.
        TypeOf = "TypeOf",
        /// The right-hand side of `instanceof`.
        InstanceOf = "InstanceOf",
        /// `in`.
        HasProperty = "HasProperty",
        /// Call target and count.
        Call = "Call",
        /// Constructor and count.
        Construct = "Construct",
        /// The feedback cell shared by all closures made at one site.
        Closure = "Closure",
        /// A literal's boilerplate or allocation site.
        Literal = "Literal",
        /// The template object of one site.
        Template = "Template",
        /// `{...source}`.
        CloneObject = "CloneObject",
        /// The fast step of an iteration.
        IteratorStep = "IteratorStep",
        /// for-in.
        ForIn = "ForIn",
        /// A loop's back-edge counter and OSR code.
        JumpLoop = "JumpLoop",
    }
}

/// Declares the feedback column of the instruction table: each use with the slot kinds that satisfy it.
macro_rules! feedback_uses {
    ($($name:ident => [$($kind:ident),*],)*) => {
        /// What an instruction demands of its slot operand.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[expect(missing_docs, reason = "each variant is documented by the slot kinds of the same name")]
        pub enum FeedbackUse { $($name),* }

        impl FeedbackUse {
            /// The slot kinds that the instruction accepts; empty if it has no slot.
            pub const fn kinds(self) -> &'static [SlotKind] {
                match self { $(FeedbackUse::$name => &[$(SlotKind::$kind),*]),* }
            }
        }
    };
}

feedback_uses! {
    None => [],
    LoadGlobal => [LoadGlobal],
    LoadGlobalInsideTypeof => [LoadGlobalInsideTypeof],
    StoreGlobal => [StoreGlobalSloppy, StoreGlobalStrict],
    InitGlobal => [InitGlobal],
    LoadProperty => [LoadProperty],
    LoadSuper => [LoadSuper],
    LoadKeyed => [LoadKeyed],
    LoadKeyedSuper => [LoadKeyedSuper],
    SetNamed => [SetNamedSloppy, SetNamedStrict],
    SetKeyed => [SetKeyedSloppy, SetKeyedStrict],
    DefineNamed => [DefineNamed],
    DefineKeyed => [DefineKeyed],
    StoreInArrayLiteral => [StoreInArrayLiteral],
    LoadPrivate => [LoadPrivate],
    SetPrivate => [SetPrivate],
    DefinePrivate => [DefinePrivate],
    HasPrivate => [HasPrivate],
    BinaryOp => [BinaryOp],
    Compare => [Compare],
    TypeOf => [TypeOf],
    InstanceOf => [InstanceOf],
    HasProperty => [HasProperty],
    Call => [Call],
    Construct => [Construct],
    Closure => [Closure],
    Literal => [Literal],
    Template => [Template],
    CloneObject => [CloneObject],
    IteratorStep => [IteratorStep],
    ForIn => [ForIn],
    JumpLoop => [JumpLoop],
}

/// The slots of one function.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FeedbackLayout {
    kinds: Box<[SlotKind]>,
}

impl FeedbackLayout {
    /// A layout of these kinds.
    pub fn new(kinds: impl Into<Box<[SlotKind]>>) -> FeedbackLayout {
        FeedbackLayout { kinds: kinds.into() }
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether the function collects nothing.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The kind of `slot`, if it exists.
    pub fn get(&self, slot: SlotIndex) -> Option<SlotKind> {
        self.kinds.get(slot.index()).copied()
    }

    /// All kinds in slot order.
    pub fn kinds(&self) -> &[SlotKind] {
        &self.kinds
    }
}
