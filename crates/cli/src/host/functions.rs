//! The functions that a program finds on the global object, after those of V8's shell.
//!
//! | name | does |
//! |---|---|
//! | `print(…)`, `printErr(…)` | a line of the arguments, with blanks between them |
//! | `console` | see the module `console` |
//! | `write(…)` | the arguments, and nothing more |
//! | `load(path)` | runs a file as a script in this realm; its value |
//! | `read(path)`, `readFile(path)` | the text of a file |
//! | `quit(code)` | ends the program now |
//! | `performance.now()` | milliseconds since the start, with fractions |
//! | `setTimeout`, `setInterval`, `clearTimeout`, `clearInterval` | timers, by number |
//! | `queueMicrotask(f)` | a job |
//! | `arguments` | what follows `--` on the command line, if there is one |
//! | `gc()` | a full collection; with `--expose-gc` |

use std::fs;
use std::time::{Duration, Instant};

use unspool_gc::{CollectionKind, Gc};
use unspool_runtime::function::{self, new_native};
use unspool_runtime::native::{Arguments, NativeFn};
use unspool_runtime::object::{Object, ValueExt as _};
use unspool_runtime::realm::Intrinsic;
use unspool_runtime::{Cx, JsResult, OrThrow as _, Throw, convert};
use unspool_shapes::Attributes;
use unspool_values::object::GcVec;
use unspool_values::string::{JSString, StrView};
use unspool_values::symbol::Symbol;
use unspool_values::{PropertyKey, Value};

use super::state::State;
use super::timers::{Fired, TimerId};

/// Defines the host functions on the global object of the running realm.
pub(crate) fn install(cx: Cx<'_>) {
    let global = cx.global();
    let functions: &[(&str, u32, NativeFn)] = &[
        ("print", 0, print),
        ("printErr", 0, print_error),
        ("write", 0, write),
        ("load", 1, load),
        ("read", 1, read_file),
        ("readFile", 1, read_file),
        ("quit", 0, quit),
        ("setTimeout", 2, set_timeout),
        ("setInterval", 2, set_interval),
        ("clearTimeout", 1, clear_timer),
        ("clearInterval", 1, clear_timer),
        ("queueMicrotask", 1, queue_microtask),
    ];
    for &(name, length, code) in functions {
        define(cx, global, name, length, code);
    }
    let performance = Object::ordinary(cx);
    define(cx, performance, "now", 0, performance_now);
    global.define_builtin(cx, key(cx, "performance"), performance.into(), Attributes::HIDDEN);
    super::console::install(cx);
}

/// Defines the array `arguments`.
pub(crate) fn install_arguments(cx: Cx<'_>, arguments: &[String]) -> JsResult<()> {
    let list = GcVec::new(cx);
    for argument in arguments {
        list.push(cx, cx.new_string(argument).into()).or_throw(cx)?;
    }
    let array = Object::array_from_list(cx, list)?;
    cx.global().define_builtin(cx, key(cx, "arguments"), array.into(), Attributes::HIDDEN);
    Ok(())
}

/// Defines `gc()`.
pub(crate) fn install_gc(cx: Cx<'_>, gc: NativeFn) {
    define(cx, cx.global(), "gc", 0, gc);
}

/// Defines a function as a property that is not enumerated.
pub(crate) fn define(cx: Cx<'_>, object: Object, name: &str, length: u32, code: NativeFn) {
    let key = key(cx, name);
    let native = new_native(cx, key, length, code);
    object.define_builtin(cx, key, native.into(), Attributes::HIDDEN);
}

/// The property key of a name.
pub(crate) fn key(cx: Cx<'_>, name: &str) -> PropertyKey {
    PropertyKey::from_view(cx, &cx.atoms, StrView::Latin1(name.as_bytes()))
}

/// Throws an `Error`.
pub(crate) fn throw(cx: Cx<'_>, message: &str) -> Throw {
    let error = cx.new_error(Intrinsic::ErrorPrototype, message);
    cx.throw(error.into())
}

/// A full collection. What the compile thread works on keeps cells alive, so it is finished first.
pub(crate) fn gc(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    unspool_tiering::machine::report::settle(cx);
    cx.collect_garbage(CollectionKind::Full);
    Ok(Value::UNDEFINED)
}

/// A full collection, and all verifiers after it, which see the frames of the program here.
pub(crate) fn verified_gc(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    gc(cx, arguments)?;
    unspool_runtime::verify::verify_isolate(cx)
        .map_err(|error| throw(cx, &format!("verification failed: {error}")))?;
    Ok(Value::UNDEFINED)
}

/// The arguments as text, with blanks between them. Symbols show their description.
fn joined(cx: Cx<'_>, arguments: &[Value], separator: &str) -> JsResult<String> {
    let mut text = String::new();
    for (index, &value) in arguments.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(&display(cx, value)?);
    }
    Ok(text)
}

/// ToString, except that symbols show their description.
fn display(cx: Cx<'_>, value: Value) -> JsResult<String> {
    if let Some(symbol) = value.to::<Symbol>() {
        let description = symbol.description().map_or(String::new(), |text| cx.rust_string(text));
        return Ok(format!("Symbol({description})"));
    }
    Ok(cx.rust_string(convert::to_string(cx, value)?))
}

pub(crate) fn print(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let mut text = joined(cx, arguments.values, " ")?;
    text.push('\n');
    State::of(cx).write(text.as_bytes());
    Ok(Value::UNDEFINED)
}

fn print_error(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = joined(cx, arguments.values, " ")?;
    State::of(cx).write_error(&(text + "\n"));
    Ok(Value::UNDEFINED)
}

fn write(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = joined(cx, arguments.values, " ")?;
    State::of(cx).write(text.as_bytes());
    Ok(Value::UNDEFINED)
}

/// The content of the file that an argument names.
fn file(cx: Cx<'_>, path: Value) -> JsResult<(String, Vec<u8>)> {
    let path = cx.rust_string(convert::to_string(cx, path)?);
    match fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) => Err(throw(cx, &format!("{path}: {error}"))),
    }
}

fn read_file(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let (_, bytes) = file(cx, arguments.get(0))?;
    Ok(text_value(cx, &bytes)?.into())
}

/// Bytes as a string; what is no UTF-8 becomes U+FFFD.
fn text_value(cx: Cx<'_>, bytes: &[u8]) -> JsResult<Gc<JSString>> {
    if bytes.is_ascii() {
        return cx.string_from_view(StrView::Latin1(bytes));
    }
    let units: Vec<u16> = String::from_utf8_lossy(bytes).encode_utf16().collect();
    cx.string_from_view(StrView::Utf16(&units))
}

fn load(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let (path, bytes) = file(cx, arguments.get(0))?;
    crate::run::run_script_here(cx, &path, &bytes)
}

#[expect(clippy::exit, reason = "the program asks for it")]
fn quit(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let code = if arguments.is_empty() { 0 } else { convert::to_int32(cx, arguments.get(0))? };
    let state = State::of(cx);
    crate::run::end_of_run(cx, &state);
    state.flush();
    std::process::exit(code)
}

fn performance_now(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    let elapsed = State::of(cx).started.elapsed();
    Ok(Value::from_f64(elapsed.as_nanos() as f64 / 1e6))
}

fn queue_microtask(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let callback = arguments.get(0);
    if !callback.is_callable() {
        return Err(cx.throw_type_error("queueMicrotask: the argument is not a function"));
    }
    let run = |cx: Cx<'_>, values: [Value; 4]| function::call(cx, values[0], Value::UNDEFINED, &[]);
    cx.enqueue_job(cx.realm(), run, [callback, Value::UNDEFINED, Value::UNDEFINED, Value::UNDEFINED]);
    Ok(Value::UNDEFINED)
}

fn set_timeout(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let (state, delay) = timer_arguments(cx, arguments)?;
    let id = state.timers.borrow_mut().add_timeout(Instant::now(), delay);
    keep_callback(cx, &state, id, arguments)
}

fn set_interval(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let (state, delay) = timer_arguments(cx, arguments)?;
    let id = state.timers.borrow_mut().add_interval(Instant::now(), delay);
    keep_callback(cx, &state, id, arguments)
}

fn timer_arguments(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<(std::rc::Rc<State>, Duration)> {
    if !arguments.get(0).is_callable() {
        return Err(cx.throw_type_error("the callback of a timer is not a function"));
    }
    let milliseconds = convert::to_number(cx, arguments.get(1))?;
    // Beyond 31 bits a delay counts as none, as in browsers.
    let milliseconds = if (0.0..2_147_483_648.0).contains(&milliseconds) { milliseconds } else { 0.0 };
    Ok((State::of(cx), Duration::from_micros((milliseconds * 1000.0) as u64)))
}

/// Keeps callback and further arguments where the collector finds them.
fn keep_callback(cx: Cx<'_>, state: &State, id: TimerId, arguments: Arguments<'_>) -> JsResult<Value> {
    let list = state.callbacks.get().unwrap_or_else(|| {
        let list = GcVec::new(cx);
        cx.root_forever(Value::from_cell(list.cell()));
        state.callbacks.set(Some(list));
        list
    });
    let rest = GcVec::new(cx);
    for &value in arguments.values.iter().skip(2) {
        rest.push(cx, value).or_throw(cx)?;
    }
    let slot = 2 * id.slot();
    while list.len() < slot + 2 {
        list.push(cx, Value::UNDEFINED).or_throw(cx)?;
    }
    list.set(cx, slot, arguments.get(0));
    list.set(cx, slot + 1, Value::from_cell(rest.cell()));
    Ok(Value::from_f64(id.number()))
}

fn clear_timer(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let number = convert::to_number(cx, arguments.get(0))?;
    let state = State::of(cx);
    let removed = TimerId::from_number(number).filter(|&id| state.timers.borrow_mut().remove(id));
    if let (Some(id), Some(list)) = (removed, state.callbacks.get()) {
        forget(cx, list, id);
    }
    Ok(Value::UNDEFINED)
}

fn forget(cx: Cx<'_>, list: GcVec, id: TimerId) {
    list.set(cx, 2 * id.slot(), Value::UNDEFINED);
    list.set(cx, 2 * id.slot() + 1, Value::UNDEFINED);
}

/// Runs the callback of a timer.
pub(crate) fn fire(cx: Cx<'_>, state: &State, fired: Fired) -> JsResult<Value> {
    let list = state.callbacks.get().expect("a timer has a callback");
    let (Fired::Once(id) | Fired::Repeating(id)) = fired;
    let callback = list.get(2 * id.slot());
    let arguments = list.get(2 * id.slot() + 1).to().map(GcVec::from_cell);
    if let Fired::Once(id) = fired {
        forget(cx, list, id);
    }
    let arguments = arguments.unwrap_or_else(|| GcVec::new(cx));
    function::call_with_list(cx, callback, Value::UNDEFINED, arguments)
}
