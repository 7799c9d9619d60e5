//! The functions of higher layers that the runtime calls.
//!
//! This is the one place that knows all parts of the engine by name: the runtime's hooks on one side, interpreter,
//! library and compiler on the other.

use unspool_runtime::hooks::Hooks;
use unspool_tiering::machine::hooks as tiering;

/// The hooks of an engine that interprets.
pub fn hooks() -> Hooks {
    Hooks {
        run_frames: unspool_interp::run_frames,
        resume_rebuilt: unspool_interp::resume_rebuilt,
        interpret_one: unspool_interp::interpret_one,
        code_swept: tiering::code_swept,
        walk_compiled: tiering::walk_compiled,
        optimization_native: tiering::optimization_native,
        optimize_on_call: tiering::optimize_on_call,
        resume: unspool_interp::resume,
        tier_up: tiering::tier_up,
        osr_enter: tiering::osr_enter,
        make_intrinsic: unspool_builtins::make_intrinsic,
        initialize_realm: unspool_builtins::initialize_realm,
        assumptions_broken: tiering::assumptions_broken,
        binding_assigned: tiering::binding_assigned,
        context_slot_assigned: tiering::context_slot_assigned,
        closed_again: tiering::closed_again,
        self_hosted: unspool_builtins::self_hosted_function,
        self_hosted_code: unspool_builtins::self_hosted_code,
        library_intrinsic: unspool_builtins::library_intrinsic,
        parse_json: unspool_builtins::parse_json,
        create_regexp: unspool_builtins::create_regexp,
    }
}
