//! Inline caches.

pub mod construct {
    //! Receivers of construct calls.
    use unspool_gc::Gc;

    use crate::cells::Function;
    use crate::{Cx, JsResult, Object};

    /// The receiver of `new function(…)` with the given `new.target`.
    pub fn allocate_receiver(cx: Cx<'_>, function: Gc<Function>, new_target: Object) -> JsResult<Object> {
        let _ = (cx, function, new_target);
        todo!()
    }
}
