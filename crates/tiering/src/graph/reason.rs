//! Why compiled code leaves: the reasons of eager exits, with V8's names and texts.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why a check fails, as traces name it.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum DeoptReason { $($(#[$doc])* $name,)* }

        impl DeoptReason {
            /// All reasons, in the order of their numbers.
            pub const ALL: &'static [DeoptReason] = &[$(DeoptReason::$name,)*];
            /// How traces write it.
            pub const fn text(self) -> &'static str {
                match self { $(DeoptReason::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// The call was never executed.
    InsufficientTypeFeedbackForCall = "Insufficient type feedback for call",
    /// The construction was never executed.
    InsufficientTypeFeedbackForConstruct = "Insufficient type feedback for construct",
    /// The named property access was never executed.
    InsufficientTypeFeedbackForGenericNamedAccess = "Insufficient type feedback for generic named access",
    /// The keyed property access was never executed.
    InsufficientTypeFeedbackForGenericKeyedAccess = "Insufficient type feedback for generic keyed access",
    /// The access of a global was never executed.
    InsufficientTypeFeedbackForGenericGlobalAccess = "Insufficient type feedback for generic global access",
    /// The binary operation was never executed.
    InsufficientTypeFeedbackForBinaryOperation = "Insufficient type feedback for binary operation",
    /// The comparison was never executed.
    InsufficientTypeFeedbackForCompareOperation = "Insufficient type feedback for compare operation",
    /// The unary operation was never executed.
    InsufficientTypeFeedbackForUnaryOperation = "Insufficient type feedback for unary operation",
    /// The array literal was never executed.
    InsufficientTypeFeedbackForArrayLiteral = "Insufficient type feedback for array literal",
    /// The object literal was never executed.
    InsufficientTypeFeedbackForObjectLiteral = "Insufficient type feedback for object literal",
    /// The step of an iteration or enumeration was never executed.
    InsufficientTypeFeedbackForForIn = "Insufficient type feedback for ForIn",
    /// A handler that was never entered.
    UnoptimizedCatch = "Optimized code has no catch handler",
    /// The object has another shape.
    WrongMap = "wrong map",
    /// The cell is of another kind.
    WrongInstanceType = "wrong instance type",
    /// Another function is called.
    WrongCallTarget = "wrong call target",
    /// Another function is constructed.
    WrongConstructor = "wrong constructor",
    /// A closure of another creation site is called.
    WrongFeedbackCell = "wrong feedback cell",
    /// Another private name is used.
    WrongName = "wrong name",
    /// A cell was expected.
    Smi = "Smi",
    /// An int32 was expected.
    NotInt32 = "not a Smi",
    /// A number was expected.
    NotANumber = "not a Number",
    /// A number, boolean, undefined or null was expected.
    NotANumberOrOddball = "not a Number or Oddball",
    /// A boolean was expected.
    NotABoolean = "not a Boolean",
    /// A string was expected.
    NotAString = "not a String",
    /// A symbol was expected.
    NotASymbol = "not a Symbol",
    /// A BigInt was expected.
    NotABigInt = "not a BigInt",
    /// An object was expected.
    NotAJavaScriptObject = "not a JavaScript object",
    /// An object, undefined or null was expected.
    NotAJavaScriptObjectOrNullOrUndefined = "not a JavaScript object, Null or Undefined",
    /// A hole was met.
    Hole = "hole",
    /// The result is no int32.
    Overflow = "overflow",
    /// Division by zero.
    DivisionByZero = "division by zero",
    /// The result is -0.
    MinusZero = "minus zero",
    /// The double is no int32.
    LostPrecision = "lost precision",
    /// The double is no int32, or NaN.
    LostPrecisionOrNaN = "lost precision or NaN",
    /// The index is not below the length.
    OutOfBounds = "out of bounds",
    /// The index is negative, or the elements are sparse.
    NotAnArrayIndex = "not an array index",
    /// The elements are not as they were.
    CouldNotGrowElements = "failed to grow elements store",
    /// The code lost an assumption while it called.
    CodeInvalidated = "code dependencies",
    /// An interrupt was handled. Does not invalidate.
    Interrupt = "interrupt",
    /// A test asked for it.
    DeoptimizeNow = "%DeoptimizeNow",
}
