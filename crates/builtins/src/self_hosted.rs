//! Builtins written in JavaScript (`self_hosted/*.js`), compiled ahead of time.
//!
//! Methods that take callbacks are written in JavaScript so that they inline into their callers, deoptimize like any
//! function and gather feedback. `cargo run -p unspool-builtins --example compile_self_hosted` compiles the files to
//! `self_hosted/compiled.bin`, which is embedded here; a test checks that it is up to date. Functions are decoded one by
//! one at their first call. A file of another bytecode version (while the instruction set is being changed) is not used:
//! the sources are then compiled when the first function is wanted, which costs a few milliseconds.
//!
//! Such functions are no constructors, are hidden from stack traces, and say `[native code]`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use unspool_bytecode::{CodeBlock, CodeTree, FunctionInfo, JsString, Suspension, encode_tree};
use unspool_frontend::{Goal, Options, Program, SourceText};
use unspool_gc::Gc;
use unspool_runtime::cells::{FeedbackCell, Function, FunctionTemplate, Script};
use unspool_runtime::function::new_closure;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::script::ScriptData;
use unspool_runtime::{Cx, Object};
use unspool_values::{PropertyKey, Value};

/// The sources, in the order in which they are put together.
const SOURCES: &[&str] = &[
    include_str!("../self_hosted/array.js"),
    include_str!("../self_hosted/typed_array.js"),
    include_str!("../self_hosted/collections.js"),
];

/// The sources compiled ahead of time.
static COMPILED: &[u8] = include_bytes!("../self_hosted/compiled.bin");

/// The functions and where they are. Never changes once made.
struct Library {
    tree: CodeTree<'static>,
    keys: HashMap<String, u32>,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let tree = CodeTree::open(COMPILED).unwrap_or_else(|_| {
        let bytes: &'static [u8] = compile().leak();
        CodeTree::open(bytes).expect("what was just encoded can be decoded")
    });
    let root = tree.function(0).expect("the root of the self-hosted code");
    let keys = root.inner.iter().map(|unit| (unit.info().name.to_string_lossy(), unit.info().key)).collect();
    Library { tree, keys }
});

/// Compiles the sources to the bytes of `compiled.bin`.
///
/// # Panics
/// When the sources have an error.
pub fn compile() -> Vec<u8> {
    let program =
        Program::parse(SourceText::from(SOURCES.concat().as_str()), Goal::SelfHosted, Options::default());
    let code = program.and_then(|program| program.compile_all());
    let code = code.unwrap_or_else(|error| panic!("self-hosted code: {error:?}"));
    encode_tree(&code).expect("self-hosted code can be encoded")
}

/// The bytes compiled ahead of time, for the test of their freshness.
pub fn compiled_ahead() -> &'static [u8] {
    COMPILED
}

/// The code of the self-hosted function with this key.
pub fn code(key: u32) -> Option<CodeBlock> {
    LIBRARY.tree.function(key).ok()
}

/// A closure over the self-hosted function `source_name` for the property `key`.
///
/// # Panics
/// If there is no such function.
pub fn function(cx: Cx<'_>, key: PropertyKey, length: u8, source_name: &'static str) -> Object {
    let number =
        *LIBRARY.keys.get(source_name).unwrap_or_else(|| panic!("no self-hosted function {source_name}"));
    let info = LIBRARY.tree.info(number).expect("a self-hosted function is well-formed");
    let info = FunctionInfo { name: JsString::default(), length: u32::from(length), key: number, ..info };
    let is_async = info.suspension == Suspension::Async;
    let template = FunctionTemplate::new(cx, cx.realm(), script(cx), Arc::new(info));
    template.name.set(cx, template, cx.function_name(key, None));
    let function = Function::object(new_closure(cx, template, None, FeedbackCell::new(cx)));
    if is_async {
        // Builtins inherit from %Function.prototype% whatever they are made of.
        let prototype = cx.intrinsic(Intrinsic::FunctionPrototype);
        let set = function.set_prototype_of(cx, Some(prototype));
        debug_assert_eq!(set, Ok(true), "a new function accepts a prototype");
    }
    function
}

/// The script cell of the running realm that self-hosted functions belong to.
fn script(cx: Cx<'_>) -> Gc<Script> {
    let realm = cx.realm();
    let slot = &realm.registries[Realm::SELF_HOSTED];
    if let Some(script) = slot.get().to::<Script>() {
        return script;
    }
    let script = Script::new(cx, ScriptData::compiled("native".to_string(), SourceText::from("")));
    slot.set(cx, realm, Value::from_cell(script));
    script
}
