//! Functions of higher layers that the runtime calls, set once by the engine.
//!
//! The runtime cannot name the interpreter, the library or the compiler, which all depend on it. Where meaning needs them
//! (to run a frame, to make an intrinsic, to ask whether a function shall be compiled) it calls through this table, which
//! the crate `engine` fills when it makes an isolate. Function pointers, not a trait: there is one set of them, and they
//! carry no state.

use unspool_bytecode::{CodeBlock, IntrinsicId};
use unspool_gc::{Gc, SweptCode};
use unspool_shapes::Broken;
use unspool_values::{JSString, PropertyKey, Value};

use crate::cells::{
    BindingCell, Context, FeedbackVector, Function, FunctionTemplate, GeneratorObject, ResumeMode,
};
use crate::compiled::{LoopEntry, Rebuilt};
use crate::completion::JsResult;
use crate::frame::Frame;
use crate::isolate::{Cx, Dependent, Isolate};
use crate::object::Object;
use crate::realm::{Intrinsic, Realm};

/// The table of functions that `engine` fills in.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Runs interpreter frames from `frame` (which has the ENTRY flag) until it returns or throws.
    pub run_frames: for<'a> fn(Cx<'a>, Frame) -> JsResult<Value>,
    /// Runs frames that an exit has rebuilt until the outermost one returns or throws.
    pub resume_rebuilt: for<'a> fn(Cx<'a>, Rebuilt) -> JsResult<Value>,
    /// Executes the one instruction at the offset of a frame, with this accumulator; gives the accumulator after it. Calls that the
    /// instruction makes are complete. If it jumps, the frame's offset becomes that of the target.
    pub interpret_one: for<'a> fn(Cx<'a>, Frame, Value) -> JsResult<Value>,
    /// Calls the function with template and offset of each compiled frame from this frame pointer and call site outward to the entry from
    /// Rust, innermost first.
    pub walk_compiled: for<'a> fn(Cx<'a>, *const usize, u64, &mut dyn FnMut(Gc<FunctionTemplate>, u32)),
    /// A collection found code that is to be invalidated, and code whose memory can be released. Must not allocate cells.
    pub code_swept: fn(&Isolate, &SweptCode),
    /// A native about optimization (`--allow-natives-syntax`), by its name; none if it is not one of these.
    pub optimization_native: for<'a> fn(Cx<'a>, &str, &[Value]) -> JsResult<Option<Value>>,
    /// A function that is marked for it (`FunctionTemplate::OPTIMIZE_ON_CALL`) is about to be called: compile it.
    pub optimize_on_call: for<'a> fn(Cx<'a>, Gc<Function>),
    /// Resumes a suspended generator or async function; gives what it yields, awaits or returns.
    pub resume: for<'a> fn(Cx<'a>, Gc<GeneratorObject>, ResumeMode, Value) -> JsResult<Value>,
    /// The interrupt budget of the innermost frame, which is kept in its feedback, is used up at a return: decide about tier-up.
    pub tier_up: for<'a> fn(Cx<'a>, Frame, Gc<FeedbackVector>),
    /// The interrupt budget is used up at a back edge to the loop header at this offset: decide, and give code to enter there, if there is
    /// some.
    pub osr_enter: for<'a> fn(Cx<'a>, Frame, u32) -> Option<LoopEntry>,
    /// Makes an intrinsic (and those that come with it).
    pub make_intrinsic: for<'a> fn(Cx<'a>, Gc<Realm>, Intrinsic),
    /// Makes the global object of a new realm with its properties.
    pub initialize_realm: for<'a> fn(Cx<'a>, Gc<Realm>),
    /// Assumptions about shapes broke on which compiled code relied: mark the code invalid before anything else runs.
    pub assumptions_broken: for<'a> fn(Cx<'a>, &[Broken<Dependent>]),
    /// A `let` of a script on whose value compiled code relied is assigned: mark the code invalid before anything else runs.
    pub binding_assigned: for<'a> fn(Cx<'a>, Gc<BindingCell>),
    /// A slot with this `assigned_bit` of a context on whose slots compiled code relies is assigned: mark the code invalid before anything else
    /// runs.
    pub context_slot_assigned: for<'a> fn(Cx<'a>, Gc<Context>, u32),
    /// A second closure of a function is made, and compiled code relies on there being one: mark the code invalid before anything else
    /// runs.
    pub closed_again: for<'a> fn(Cx<'a>, Gc<FunctionTemplate>),
    /// A closure over a self-hosted function, for a property of that name: (name, length, function's name in the source).
    pub self_hosted: for<'a> fn(Cx<'a>, PropertyKey, u8, &'static str) -> Object,
    /// The code of the self-hosted function with this key, if the engine has such a function.
    pub self_hosted_code: fn(u32) -> Option<CodeBlock>,
    /// `JSON.parse` of the text of a module with this name.
    pub parse_json: for<'a> fn(Cx<'a>, &str, Gc<JSString>) -> JsResult<Value>,
    /// An intrinsic of self-hosted code that belongs to a chapter of the library.
    pub library_intrinsic: for<'a> fn(Cx<'a>, IntrinsicId, &[Value]) -> JsResult<Value>,
    /// RegExpCreate of pattern and flags (both strings), for regular expression literals.
    pub create_regexp: for<'a> fn(Cx<'a>, Gc<JSString>, Gc<JSString>) -> JsResult<Object>,
}

impl Hooks {
    /// A table without higher layers: nothing is ever compiled, and what would need an interpreter or the library panics. For tests of a
    /// layer by itself, which put their own functions in the places that they need.
    pub fn without_higher_layers() -> Hooks {
        Hooks {
            run_frames: |_, _| unreachable!("no interpreter"),
            resume: |_, _, _, _| unreachable!("no interpreter"),
            resume_rebuilt: |_, _| unreachable!("no interpreter"),
            interpret_one: |_, _, _| unreachable!("no interpreter"),
            code_swept: |_, _| {},
            walk_compiled: |_, _, _, _| {},
            optimization_native: |_, _, _| Ok(None),
            optimize_on_call: |_, _| {},
            tier_up: |_, _, _| {},
            osr_enter: |_, _, _| None,
            make_intrinsic: |_, _, _| unreachable!("no library"),
            initialize_realm: |_, _| unreachable!("no library"),
            assumptions_broken: |_, _| {},
            binding_assigned: |_, _| {},
            context_slot_assigned: |_, _, _| {},
            closed_again: |_, _| {},
            self_hosted: |_, _, _, _| unreachable!("no library"),
            self_hosted_code: |_| None,
            parse_json: |_, _, _| unreachable!("no library"),
            library_intrinsic: |_, _, _| unreachable!("no library"),
            create_regexp: |_, _, _| unreachable!("no library"),
        }
    }
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hooks")
    }
}
