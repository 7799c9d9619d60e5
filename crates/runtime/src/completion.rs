//! Completion values: how an exception travels.
//!
//! An exception is a value kept in the isolate while a [`Throw`] token travels outward through `Result`. The token is
//! zero-sized and [`Value`] has a niche at zero, so a [`JsResult`] fits one register, and its `Err` is the sentinel word
//! that compiled code tests.

use unspool_values::Value;

/// Proof that an exception is pending in the isolate. Made only by `Cx::throw` and its relatives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a pending exception must be propagated or taken"]
pub struct Throw(pub(crate) ());

impl Throw {
    /// The token of an exception that is pending although its token is gone (the interpreter's loop drops it).
    pub fn pending(cx: crate::isolate::Cx<'_>) -> Throw {
        debug_assert!(cx.hot.pending_exception.get() != 0, "an exception is pending");
        Throw(())
    }
}

/// The result of an operation that may throw.
pub type JsResult<T = Value> = Result<T, Throw>;
