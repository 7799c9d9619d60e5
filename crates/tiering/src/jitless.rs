//! Stands in the place of `machine` where there is no machine code: everything is interpreted, nothing is ever compiled.

/// What the engine puts into the runtime's table of hooks.
pub mod hooks {
    use unspool_gc::{Gc, SweptCode};
    use unspool_runtime::cells::{BindingCell, Context, FeedbackVector, Function, FunctionTemplate};
    use unspool_runtime::compiled::LoopEntry;
    use unspool_runtime::frame::Frame;
    use unspool_runtime::isolate::Dependent;
    use unspool_runtime::{Cx, Isolate, JsResult};
    use unspool_shapes::Broken;
    use unspool_values::Value;

    /// See `Hooks::tier_up`: asks again as late as can be.
    pub fn tier_up(_: Cx<'_>, _: Frame, feedback: Gc<FeedbackVector>) {
        feedback.budget.set(i32::MAX);
    }

    /// See `Hooks::osr_enter`: as [`tier_up`].
    pub fn osr_enter(cx: Cx<'_>, frame: Frame, _offset: u32) -> Option<LoopEntry> {
        // SAFETY: the interpreter passes the running frame, which is fully built.
        tier_up(cx, frame, unsafe { frame.header() }.feedback.get()?);
        None
    }

    /// See `Hooks::walk_compiled`.
    pub fn walk_compiled(_: Cx<'_>, _: *const usize, _: u64, _: &mut dyn FnMut(Gc<FunctionTemplate>, u32)) {}

    /// See `Hooks::code_swept`.
    pub fn code_swept(_: &Isolate, _: &SweptCode) {}

    /// See `Hooks::assumptions_broken`.
    pub fn assumptions_broken(_: Cx<'_>, _: &[Broken<Dependent>]) {}

    /// See `Hooks::binding_assigned`.
    pub fn binding_assigned(_: Cx<'_>, _: Gc<BindingCell>) {}

    /// See `Hooks::context_slot_assigned`.
    pub fn context_slot_assigned(_: Cx<'_>, _: Gc<Context>, _: u32) {}

    /// See `Hooks::closed_again`.
    pub fn closed_again(_: Cx<'_>, _: Gc<FunctionTemplate>) {}

    /// See `Hooks::optimization_native`: what V8 answers under `--jitless`: lite mode, never optimized, interpreted.
    ///
    /// # Errors
    /// Never.
    pub fn optimization_native(_: Cx<'_>, name: &str, _: &[Value]) -> JsResult<Option<Value>> {
        Ok((name == "GetOptimizationStatus").then(|| Value::from_i32(1 | 1 << 1 | 1 << 7 | 1 << 13)))
    }

    /// See `Hooks::optimize_on_call`.
    pub fn optimize_on_call(_: Cx<'_>, _: Gc<Function>) {}
}

/// What an isolate's compiler says at the end of a run.
pub mod report {
    use unspool_runtime::Cx;

    use crate::forced::NamedExit;

    /// The texts that the isolate's configuration asks for.
    pub fn end_of_run(cx: Cx<'_>) -> String {
        let text = if cx.config.exit_stats {
            "[exit statistics: there is no machine code on this machine]\n"
        } else {
            ""
        };
        text.to_owned()
    }

    /// What became of the one exit that is to be forced by its name: there is none.
    pub(crate) fn named_exit(_: Cx<'_>) -> NamedExit {
        NamedExit::Missing
    }

    /// Waits for the compile thread: there is none.
    pub fn settle(_: Cx<'_>) {}
}
