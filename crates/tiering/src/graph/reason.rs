//! Why compiled code leaves: those of `deopt`'s reasons that graphs have.

pub use unspool_deopt::DeoptReason;

/// The reasons of eager exits of compiled code; lowering asserts in debug builds that there is no other. `NotASmi` is V8's name: the value
/// is no int32.
pub const REASONS: &[DeoptReason] = &[
    DeoptReason::InsufficientTypeFeedbackForCall,
    DeoptReason::InsufficientTypeFeedbackForConstruct,
    DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess,
    DeoptReason::InsufficientTypeFeedbackForGenericKeyedAccess,
    DeoptReason::InsufficientTypeFeedbackForGenericGlobalAccess,
    DeoptReason::InsufficientTypeFeedbackForBinaryOperation,
    DeoptReason::InsufficientTypeFeedbackForCompareOperation,
    DeoptReason::InsufficientTypeFeedbackForUnaryOperation,
    DeoptReason::InsufficientTypeFeedbackForArrayLiteral,
    DeoptReason::InsufficientTypeFeedbackForObjectLiteral,
    DeoptReason::InsufficientTypeFeedbackForForIn,
    DeoptReason::UnoptimizedCatch,
    DeoptReason::WrongMap,
    DeoptReason::WrongInstanceType,
    DeoptReason::WrongCallTarget,
    DeoptReason::WrongConstructor,
    DeoptReason::WrongFeedbackCell,
    DeoptReason::WrongName,
    DeoptReason::Smi,
    DeoptReason::NotASmi,
    DeoptReason::NotANumber,
    DeoptReason::NotANumberOrOddball,
    DeoptReason::NotABoolean,
    DeoptReason::NotAString,
    DeoptReason::NotASymbol,
    DeoptReason::NotABigInt,
    DeoptReason::NotAJavaScriptObject,
    DeoptReason::NotAJavaScriptObjectOrNullOrUndefined,
    DeoptReason::Hole,
    DeoptReason::Overflow,
    DeoptReason::DivisionByZero,
    DeoptReason::MinusZero,
    DeoptReason::LostPrecision,
    DeoptReason::LostPrecisionOrNaN,
    DeoptReason::OutOfBounds,
    DeoptReason::NotAnArrayIndex,
    DeoptReason::CouldNotGrowElements,
    DeoptReason::ConstTrackingLet,
    DeoptReason::CodeInvalidated,
    DeoptReason::Interrupt,
    DeoptReason::DeoptimizeNow,
];

/// What the checks for a reason also exit for. Who bets against the reason bets against these too, and asks the speculation log about all.
pub(crate) const fn companions(reason: DeoptReason) -> &'static [DeoptReason] {
    use DeoptReason as R;
    match reason {
        R::WrongMap => &[R::Smi],
        R::WrongFeedbackCell => &[R::WrongCallTarget],
        R::NotASmi => &[R::LostPrecision, R::LostPrecisionOrNaN],
        R::Overflow | R::DivisionByZero => &[R::MinusZero],
        R::LostPrecision => &[R::DivisionByZero, R::MinusZero, R::Overflow],
        _ => &[],
    }
}
