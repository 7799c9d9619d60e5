//! What tests of compiled code share: isolates that compile synchronously and only when told, and what they look at.
#![allow(dead_code, reason = "each test file uses its part")]

use std::rc::Rc;

use unspool::Isolate;
use unspool::runtime::Cx;
use unspool::runtime::cells::Function;
use unspool::runtime::config::{Compilation, Config};
use unspool::runtime::host::DefaultHost;
use unspool::values::PropertyKey;
use unspool_gc::{CollectionKind, Gc};
use unspool_tiering::log::State;
use unspool_tiering::machine::code::{CodeCounters, CodeObject, Compiler};

/// Compiles on the program's thread, and only what `%OptimizeFunctionOnNextCall` names.
pub(crate) fn manual() -> Config {
    Config {
        allow_natives_syntax: true,
        compilation: Compilation::Synchronous,
        interrupt_budget: i32::MAX,
        ..Config::default()
    }
}

/// Compiles on the program's thread, soon.
pub(crate) fn eager() -> Config {
    Config { interrupt_budget: 2000, ..manual() }
}

pub(crate) fn with(config: Config) -> Isolate {
    Isolate::new(config, Box::new(DefaultHost))
}

pub(crate) fn isolate() -> Isolate {
    with(manual())
}

#[track_caller]
pub(crate) fn run(isolate: &Isolate, source: &str) -> String {
    match isolate.run_script(source, "test.js") {
        Ok(text) => text,
        Err(error) => panic!("{error}\nin {source}"),
    }
}

/// Warms a function up with a call (an expression), compiles it, and calls it once more.
#[track_caller]
pub(crate) fn optimize(isolate: &Isolate, function: &str, call: &str) -> String {
    let result = warm_up(isolate, function, call);
    assert!(is_optimized(isolate, function), "{function} was not compiled: {:?}", counters(isolate));
    result
}

/// As [`optimize`]; the code may have left at once for want of feedback, and is then compiled again.
#[track_caller]
pub(crate) fn warm_up(isolate: &Isolate, function: &str, call: &str) -> String {
    run(isolate, &format!("%PrepareFunctionForOptimization({function}); {call}; {call}; {call}"));
    let optimize = format!("%OptimizeFunctionOnNextCall({function}); {call}");
    let result = run(isolate, &optimize);
    if is_optimized(isolate, function) { result } else { run(isolate, &optimize) }
}

pub(crate) fn global_function(cx: Cx<'_>, name: &str) -> Gc<Function> {
    let realm = cx.hot.realm.get().expect("a realm");
    let global = unspool::runtime::ValueExt::as_object(realm.global.get()).expect("a global object");
    let key = PropertyKey::from_text(cx, &cx.atoms, name);
    global.own_data_value(cx, key).and_then(|value| value.to::<Function>()).expect("a function")
}

pub(crate) fn counters(isolate: &Isolate) -> CodeCounters {
    isolate.enter(|cx| Compiler::of(cx.isolate()).counters())
}

/// The code of a global function.
#[track_caller]
pub(crate) fn code(isolate: &Isolate, name: &str) -> Rc<CodeObject> {
    isolate.enter(|cx| {
        let template = global_function(cx, name).template;
        let record = template.existing_entry_record().expect("it was compiled");
        Compiler::of(cx.isolate()).object(record.code.get()).expect("its code is there")
    })
}

pub(crate) fn is_optimized(isolate: &Isolate, function: &str) -> bool {
    run(isolate, &format!("(%GetOptimizationStatus({function}) & 16) !== 0")) == "true"
}

/// Each bet of a function's log, as text with its failures.
pub(crate) fn bets(isolate: &Isolate, name: &str) -> Vec<(String, u32)> {
    isolate.enter(|cx| {
        let template = global_function(cx, name).template;
        let bets = State::existing(&template).map(|state| state.log.bets()).unwrap_or_default();
        bets.into_iter().map(|(offset, bet, failures)| (format!("{offset}: {bet:?}"), failures)).collect()
    })
}

pub(crate) fn collect(isolate: &Isolate) {
    isolate.enter(|cx| cx.collect_garbage(CollectionKind::Full));
}

/// Gives programs a function `gc()` that collects everything.
pub(crate) fn install_gc(isolate: &Isolate) {
    isolate.enter(|cx| {
        let key = PropertyKey::from_text(cx, &cx.atoms, "gc");
        let gc = unspool::runtime::function::new_native(cx, key, 0, |cx, _| {
            cx.collect_garbage(CollectionKind::Full);
            Ok(unspool::values::Value::UNDEFINED)
        });
        let realm = cx.hot.realm.get().expect("a realm");
        let global = unspool::runtime::ValueExt::as_object(realm.global.get()).expect("a global object");
        global.create_data_property_infallible(cx, key, gc.into());
    });
}
