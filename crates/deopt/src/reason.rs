//! Why optimized code was left.
//!
//! An *eager* exit is taken by the code itself when a guard fails; its [`DeoptReason`] says what the guard found. A
//! *lazy* exit is taken when
//! something the code depended on was broken elsewhere, at the next return into it; its [`LazyReason`] names the dependency.
//! Both are closed tables: number and text stand side by side, and metadata stores the number. Texts are V8's, because
//! people, tools and tests know them.

use std::fmt;

/// How an exit came about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DeoptKind {
    /// A guard of the code itself failed; nothing of the bytecode has happened.
    Eager,
    /// The code was invalidated while a call was under way; the call is complete.
    Lazy,
}

impl fmt::Display for DeoptKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeoptKind::Eager => "deopt-eager",
            DeoptKind::Lazy => "deopt-lazy",
        })
    }
}

macro_rules! reasons {
    ($(#[doc = $enum_doc:literal])+ $enum:ident { $( $name:ident = $number:literal $text:literal, )* }) => {
        $(#[doc = $enum_doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum $enum { $( #[doc = concat!("“", $text, "”")] $name = $number, )* }

        impl $enum {
            /// All of them, by number.
            pub const ALL: &'static [$enum] = &[$($enum::$name),*];

            /// The number stored in metadata.
            pub const fn number(self) -> u8 {
                self as u8
            }
            /// The reason with this number.
            pub const fn from_number(number: u8) -> Option<$enum> {
                match number {
                    $( $number => Some($enum::$name), )*
                    _ => None,
                }
            }
            /// The text of traces and listings.
            pub const fn text(self) -> &'static str {
                match self { $( $enum::$name => $text, )* }
            }
            /// The reason with this text.
            pub fn from_text(text: &str) -> Option<$enum> {
                Self::ALL.iter().copied().find(|reason| reason.text() == text)
            }
        }
        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text())
            }
        }
    };
}

reasons! {
    /// What a failing guard found. Numbers below 128; they are part of the metadata format.
    DeoptReason {
        InsufficientTypeFeedbackForArrayLiteral = 0 "Insufficient type feedback for array literal",
        InsufficientTypeFeedbackForBinaryOperation = 1 "Insufficient type feedback for binary operation",
        InsufficientTypeFeedbackForCall = 2 "Insufficient type feedback for call",
        InsufficientTypeFeedbackForCompareOperation = 3 "Insufficient type feedback for compare operation",
        InsufficientTypeFeedbackForConstruct = 4 "Insufficient type feedback for construct",
        InsufficientTypeFeedbackForForIn = 5 "Insufficient type feedback for for-in",
        InsufficientTypeFeedbackForGenericGlobalAccess = 6 "Insufficient type feedback for generic global access",
        InsufficientTypeFeedbackForGenericKeyedAccess = 7 "Insufficient type feedback for generic keyed access",
        InsufficientTypeFeedbackForGenericNamedAccess = 8 "Insufficient type feedback for generic named access",
        InsufficientTypeFeedbackForInstanceOf = 9 "Insufficient type feedback for instanceof",
        InsufficientTypeFeedbackForObjectLiteral = 10 "Insufficient type feedback for object literal",
        InsufficientTypeFeedbackForTypeOf = 11 "Insufficient type feedback for typeof",
        InsufficientTypeFeedbackForUnaryOperation = 12 "Insufficient type feedback for unary operation",
        UnoptimizedCatch = 13 "Unoptimized catch",

        WrongMap = 14 "wrong map",
        WrongInstanceType = 15 "wrong instance type",
        WrongCallTarget = 16 "wrong call target",
        WrongConstructor = 17 "wrong constructor",
        WrongFeedbackCell = 18 "wrong feedback cell",
        WrongName = 19 "wrong name",
        WrongValue = 20 "wrong value",
        ValueMismatch = 21 "value mismatch",
        WrongEnumIndices = 22 "wrong enum indices",
        KeyedAccessChanged = 23 "unexpected name in keyed access",
        DeprecatedMap = 24 "deprecated map",
        NoCache = 25 "no cache",

        Smi = 26 "Smi",
        NotASmi = 27 "not a Smi",
        NotInt32 = 28 "not int32",
        NotUint32 = 29 "not unsigned int32",
        NotAHeapNumber = 30 "not a heap number",
        NotANumber = 31 "not a Number",
        NotANumberOrBoolean = 32 "not a Number or Boolean",
        NotANumberOrOddball = 33 "not a Number or Oddball",
        NotAString = 34 "not a String",
        NotAStringWrapper = 35 "not a String wrapper",
        NotASymbol = 36 "not a Symbol",
        NotABigInt = 37 "not a BigInt",
        NotABigInt64 = 38 "not a BigInt64",
        NotAJavaScriptObject = 39 "not a JavaScript object",
        NotAJavaScriptObjectOrNullOrUndefined = 40 "not a JavaScript object, Null or Undefined",
        NotDetectableReceiver = 41 "not a detectable receiver",
        NotAnArrayIndex = 42 "not an array index",
        NotABoolean = 43 "not a Boolean",
        NotASafeInteger = 44 "not an additive safe integer",
        Hole = 45 "hole",

        Overflow = 46 "overflow",
        DivisionByZero = 47 "division by zero",
        MinusZero = 48 "minus zero",
        LostPrecision = 49 "lost precision",
        LostPrecisionOrNaN = 50 "lost precision or NaN",
        NaN = 51 "NaN",
        BigIntTooBig = 52 "BigInt too big",

        OutOfBounds = 53 "out of bounds",
        ArrayBufferWasDetached = 54 "array buffer was detached",
        ArrayLengthChanged = 55 "the array length changed",
        CowArrayElementsChanged = 56 "copy-on-write array's elements changed",
        CouldNotGrowElements = 57 "failed to grow elements store",
        GreaterThanMaxFastElementArray = 58 "length is greater than the maximum for fast elements array",
        NoInitialElement = 59 "no initial element",
        StoreToConstant = 60 "store to constant field",
        StringTooLarge = 61 "result string larger than String::kMaxLength",

        ConstTrackingLet = 62 "const tracking let constness invalidated",
        UnexpectedContextExtension = 63 "unexpected context extension",
        SuspendGeneratorIsDead = 64 "SuspendGenerator is in a dead branch",
        UninitializedBinding = 65 "binding is not initialized",

        OSREarlyExit = 66 "exit from OSR'd inner loop",
        PrepareForOnStackReplacement = 67 "prepare for on stack replacement (OSR)",
        DeoptimizeNow = 68 "%_DeoptimizeNow",
        StressDeopt = 69 "forced by a flag",
        Interrupt = 70 "interrupt",
        CodeInvalidated = 71 "code dependencies",
        SuspendGenerator = 72 "suspend generator",
        UnsupportedOperation = 73 "unsupported operation",
    }
}

reasons! {
    /// The dependency whose breaking invalidated the code. V8 prints most of these as one string, “code dependencies”, or as
    /// “(unknown)”; here each keeps its own name.
    LazyReason {
        ShapeStabilityChange = 0 "map is no longer stable",
        PrototypeChange = 1 "prototype change",
        PropertyCellChange = 2 "property cell change",
        FieldConstChange = 3 "field constness change",
        FieldTypeChange = 4 "field type change",
        FieldRepresentationChange = 5 "field representation change",
        InitialMapChange = 6 "initial map change",
        TransitionChange = 7 "allocation site transition change",
        ContextCellChange = 8 "context cell change",
        EmptyContextExtensionChange = 9 "empty context extension change",
        ElementsProtector = 10 "no-elements protector invalidated",
        IteratorProtector = 11 "array iterator protector invalidated",
        SpeciesProtector = 12 "species protector invalidated",
        PromiseProtector = 13 "promise protector invalidated",
        DetachProtector = 14 "array buffer detaching protector invalidated",
        FunctionIdentityChange = 15 "inlined callee changed",
        WeakObjects = 16 "embedded weak objects cleared",
        Debugger = 17 "debugger",
        Testing = 18 "testing",
        ExceptionCaught = 19 "exception with omitted catch handler",
        EagerDeopt = 20 "another activation deoptimized eagerly",
        MapDeprecated = 21 "dependent map was deprecated",
        ClosedAgain = 22 "another closure of the function was made",
    }
}

impl DeoptReason {
    /// Whether an exit for this reason says nothing against the code: it is kept.
    pub const fn keeps_code(self) -> bool {
        matches!(
            self,
            DeoptReason::OSREarlyExit
                | DeoptReason::PrepareForOnStackReplacement
                | DeoptReason::StressDeopt
                | DeoptReason::Interrupt
                | DeoptReason::SuspendGenerator
                | DeoptReason::UnsupportedOperation
        )
    }
    /// Whether the exit only says that this place had never been executed before.
    pub const fn is_insufficient_feedback(self) -> bool {
        self.number() <= DeoptReason::UnoptimizedCatch.number()
    }
}

/// The reason of a site: what its guard checks, or that it stands behind a call and is taken lazily. Which dependency
/// broke is known only
/// when it breaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum SiteReason {
    /// A guard.
    Eager(DeoptReason),
    /// Behind a call.
    Lazy,
}

impl SiteReason {
    const LAZY: u8 = 0xff;

    /// The kind of exit taken here.
    pub const fn kind(self) -> DeoptKind {
        match self {
            SiteReason::Eager(_) => DeoptKind::Eager,
            SiteReason::Lazy => DeoptKind::Lazy,
        }
    }
    /// The number stored in metadata.
    pub const fn number(self) -> u8 {
        match self {
            SiteReason::Eager(reason) => reason.number(),
            SiteReason::Lazy => Self::LAZY,
        }
    }
    /// The reason with this number.
    pub const fn from_number(number: u8) -> Option<SiteReason> {
        if number == Self::LAZY {
            return Some(SiteReason::Lazy);
        }
        match DeoptReason::from_number(number) {
            Some(reason) => Some(SiteReason::Eager(reason)),
            None => None,
        }
    }
}

impl fmt::Display for SiteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SiteReason::Eager(reason) => reason.fmt(f),
            SiteReason::Lazy => f.write_str("lazy"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn c02_numbers_and_texts_are_bijective() {
        for (number, reason) in DeoptReason::ALL.iter().enumerate() {
            assert_eq!(reason.number() as usize, number);
            assert_eq!(DeoptReason::from_number(reason.number()), Some(*reason));
            assert_eq!(DeoptReason::from_text(reason.text()), Some(*reason));
            assert_eq!(SiteReason::from_number(reason.number()), Some(SiteReason::Eager(*reason)));
        }
        for reason in LazyReason::ALL {
            assert_eq!(LazyReason::from_number(reason.number()), Some(*reason));
            assert_eq!(LazyReason::from_text(reason.text()), Some(*reason));
        }
        let texts: HashSet<_> = DeoptReason::ALL.iter().map(|reason| reason.text()).collect();
        assert_eq!(texts.len(), DeoptReason::ALL.len());
        assert_eq!(SiteReason::from_number(0xff), Some(SiteReason::Lazy));
        assert_eq!(SiteReason::from_number(200), None);
    }

    #[test]
    fn no_reason_is_unknown() {
        assert!(DeoptReason::ALL.iter().all(|reason| !reason.text().contains("nknown")));
        assert!(LazyReason::ALL.iter().all(|reason| !reason.text().contains("nknown")));
    }
}
