//! The names of V8's natives: what programs may call as `%Name(…)` under `--allow-natives-syntax`.
//!
//! Test suites and fuzzers made for V8 are full of these calls. Natives about optimization are runtime functions with a number of their
//! own ([`RuntimeId`](crate::RuntimeId)); all others are called by name. What asks about a structure that this engine has, answers for it; what
//! tells V8 to prepare something that this engine has no need to prepare, does nothing. A name that is not here is an early error, as
//! it is in V8.

use crate::ids::{Arity, RuntimeId};

const fn arity(min: u8, max: u8) -> Arity {
    Arity { min, max: Some(max) }
}

/// Natives that are called by name, in alphabetical order, with the least and the greatest number of arguments.
const NAMED: &[(&str, u8, u8)] = &[
    ("Abort", 1, 1),
    ("AbortJS", 1, 1),
    ("ActiveTierIsIgnition", 1, 1),
    ("ActiveTierIsMaglev", 1, 1),
    ("ActiveTierIsSparkplug", 1, 1),
    ("ActiveTierIsTurbofan", 1, 1),
    ("ArrayBufferDetach", 1, 2),
    ("ArrayIteratorProtector", 0, 0),
    ("ArraySpeciesProtector", 0, 0),
    ("BaselineOsr", 0, 0),
    ("CollectGarbage", 1, 1),
    ("CompileBaseline", 1, 1),
    ("CompleteInobjectSlackTracking", 1, 1),
    ("ConstructConsString", 2, 2),
    ("ConstructDouble", 2, 2),
    ("ConstructInternalizedString", 1, 1),
    ("ConstructSlicedString", 2, 2),
    ("ConstructThinString", 1, 1),
    ("DebugPrintFloat", 0, 5),
    ("DebugPrintWord", 0, 5),
    ("DebugTrace", 0, 0),
    ("DisableOptimizationFinalization", 0, 0),
    ("EnsureFeedbackVectorForFunction", 1, 1),
    ("FinalizeOptimization", 0, 0),
    ("FlattenString", 1, 1),
    ("GetFeedback", 1, 1),
    ("GlobalPrint", 1, 2),
    ("HasDictionaryElements", 1, 1),
    ("HasDoubleElements", 1, 1),
    ("HasElementsInALargeObjectSpace", 1, 1),
    ("HasFastElements", 1, 1),
    ("HasHoleyElements", 1, 1),
    ("HasObjectElements", 1, 1),
    ("HasPackedElements", 1, 1),
    ("HasSmiElements", 1, 1),
    ("HasSmiOrObjectElements", 1, 1),
    ("HeapObjectVerify", 1, 1),
    ("InLargeObjectSpace", 1, 1),
    ("InYoungGeneration", 1, 1),
    ("InternalizeString", 1, 1),
    ("Is64Bit", 0, 0),
    ("IsAtomicsWaitAllowed", 0, 0),
    ("IsConcatSpreadableProtector", 0, 0),
    ("IsConcurrentRecompilationSupported", 0, 0),
    ("IsDictPropertyConstTrackingEnabled", 0, 0),
    ("IsInternalizedString", 1, 1),
    ("IsJSReceiver", 1, 1),
    ("IsMaglevEnabled", 0, 0),
    ("IsSmi", 1, 1),
    ("IsSparkplugEnabled", 0, 0),
    ("IsTurbofanEnabled", 0, 0),
    ("MapIteratorProtector", 0, 0),
    ("NoElementsProtector", 0, 0),
    ("NormalizeElements", 1, 1),
    ("NotifyContextDisposed", 0, 0),
    ("OptimizeFunctionForTopTier", 1, 1),
    ("OptimizeMaglevEager", 1, 1),
    ("OptimizeMaglevOnNextCall", 1, 1),
    ("PerformMicrotaskCheckpoint", 0, 0),
    ("PrepareForBaseline", 1, 1),
    ("PretenureAllocationSite", 1, 1),
    ("PromiseSpeciesProtector", 0, 0),
    ("RegExpSpeciesProtector", 0, 0),
    ("RunMicrotasks", 0, 0),
    ("SetAllocationTimeout", 2, 3),
    ("SetBatterySaverMode", 1, 1),
    ("SetForceSlowPath", 1, 1),
    ("SetIteratorProtector", 0, 0),
    ("SimulateNewspaceFull", 0, 0),
    ("StringIsFlat", 1, 1),
    ("StringIteratorProtector", 0, 0),
    ("StringLengthProtector", 0, 0),
    ("ToFastProperties", 1, 1),
    ("TurbofanStaticAssert", 1, 1),
    ("TypedArraySpeciesProtector", 0, 0),
    ("WaitForBackgroundOptimization", 0, 0),
];

/// How a native is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Native {
    /// As the runtime function.
    Runtime(RuntimeId),
    /// By this name, through [`RuntimeId::CallNative`].
    Named(&'static str, Arity),
}

impl Native {
    /// The native of this name, with or without the underscore that V8 puts before those that its compilers know.
    pub fn from_name(name: &str) -> Option<Native> {
        let name = name.strip_prefix('_').unwrap_or(name);
        if let Some(id) = RuntimeId::from_name(name) {
            return (id >= RuntimeId::DebugPrint && id != RuntimeId::CallNative)
                .then_some(Native::Runtime(id));
        }
        let index = NAMED.binary_search_by_key(&name, |(known, _, _)| known).ok()?;
        let (name, min, max) = NAMED[index];
        Some(Native::Named(name, arity(min, max)))
    }
    /// How many arguments it takes.
    pub fn arity(self) -> Arity {
        match self {
            Native::Runtime(id) => id.arity(),
            Native::Named(_, arity) => arity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(NAMED.is_sorted_by(|a, b| a.0 < b.0));
        for (name, _, _) in NAMED {
            assert!(matches!(Native::from_name(name), Some(Native::Named(found, _)) if found == *name));
        }
        assert_eq!(Native::from_name("_DeoptimizeNow"), Some(Native::Runtime(RuntimeId::DeoptimizeNow)));
        for name in ["Nonsense", "CallNative", "ImportCall", "IsCallable", ""] {
            assert_eq!(Native::from_name(name), None, "{name}");
        }
    }
}
