//! The functions of higher layers that the runtime calls.

use unspool_runtime::hooks::Hooks;

/// The hooks of an engine that interprets.
pub fn hooks() -> Hooks {
    Hooks {
        run_frames: unspool_interp::run_frames,
        resume: unspool_interp::resume,
        tier_up: |_, _, feedback| {
            unspool_tiering::budget_interrupt(feedback);
        },
        make_intrinsic: unspool_builtins::make_intrinsic,
        initialize_realm: unspool_builtins::initialize_realm,
        assumptions_broken: |_, _| {},
        self_hosted: |_, _, _| unspool_values::Value::UNDEFINED,
        library_intrinsic: |cx, _, _| Err(cx.throw_type_error("this intrinsic is not available")),
        parse_json: unspool_builtins::parse_json,
        create_regexp: unspool_builtins::create_regexp,
    }
}
