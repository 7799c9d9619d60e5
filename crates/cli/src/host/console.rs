//! The `console` object.
//!
//! Lines of plain text are written at once. Everything else (objects, format strings, groups, counters, timers, tables) is the
//! work of `console.js`, which is compiled when a program first needs it and which gets from here what only the engine can
//! tell: the state of promises and what is behind proxies.

use unspool_frontend::{Goal, Options, SourceText};
use unspool_runtime::cells::{CallableProxyObject, PromiseObject, ProxyObject};
use unspool_runtime::native::{Arguments, NativeFn};
use unspool_runtime::object::{Object, ValueExt as _};
use unspool_runtime::script::{compile_source, run_main, throw_early_error};
use unspool_runtime::{Cx, JsResult, OrThrow as _, convert, error, function};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::object::GcVec;
use unspool_values::string::JSString;

use super::functions::{define, key};
use super::state::State;

const SOURCE: &str = include_str!("console.js");

/// Stack frames and syntax errors of the formatter have this name.
const NAME: &str = "unspool:console";

macro_rules! methods {
    ($($name:literal, $length:literal, $function:ident => $member:literal;)*) => {
        const METHODS: &[(&str, u32, NativeFn)] = &[$(($name, $length, $function)),*];
        $(fn $function(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
            call(cx, $member, arguments.values)
        })*
    };
}

methods! {
    "dir", 0, dir => "dir";
    "dirxml", 0, dirxml => "out";
    "table", 1, table => "table";
    "count", 0, count => "count";
    "countReset", 0, count_reset => "countReset";
    "group", 0, group => "group";
    "groupCollapsed", 0, group_collapsed => "group";
    "groupEnd", 0, group_end => "groupEnd";
    "time", 0, time => "time";
    "timeLog", 0, time_log => "timeLog";
    "timeEnd", 0, time_end => "timeEnd";
}

/// Defines `console` on the global object of the running realm.
pub(crate) fn install(cx: Cx<'_>) {
    let console = Object::ordinary(cx);
    for name in ["log", "info", "debug"] {
        define_enumerable(cx, console, name, 0, log);
    }
    for name in ["error", "warn"] {
        define_enumerable(cx, console, name, 0, log_error);
    }
    define_enumerable(cx, console, "clear", 0, clear);
    define_enumerable(cx, console, "trace", 0, trace);
    define_enumerable(cx, console, "assert", 0, assert);
    for &(name, length, code) in METHODS {
        define_enumerable(cx, console, name, length, code);
    }
    cx.global().define_builtin(cx, key(cx, "console"), console.into(), Attributes::HIDDEN);
}

/// As all namespaces of Web IDL have them, its methods are enumerable.
fn define_enumerable(cx: Cx<'_>, object: Object, name: &str, length: u32, code: NativeFn) {
    let key = key(cx, name);
    let native = function::new_native(cx, key, length, code);
    object.define_builtin(cx, key, native.into(), Attributes::ALL);
}

/// `console.clear`: clears a terminal, and does nothing to a file.
fn clear(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    let state = State::of(cx);
    if state.is_terminal() {
        state.write(b"\x1b[1;1H\x1b[0J");
    }
    Ok(Value::UNDEFINED)
}

/// What the console shows of a value; `None` when showing it throws.
pub(crate) fn inspect(cx: Cx<'_>, value: Value) -> Option<String> {
    let shown = implementation(cx).and_then(|console| {
        let inspect = console.get(cx, key(cx, "inspect"))?;
        let shown = function::call(cx, inspect, console.into(), &[value])?;
        text(cx, shown)
    });
    shown.map_err(|throw| cx.take_exception(throw)).ok()
}

/// The line of arguments that need no formatter, while there is none.
fn plain_line(cx: Cx<'_>, values: &[Value]) -> Option<String> {
    if State::of(cx).console.get().is_some() {
        return None;
    }
    let mut line = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        match value.to::<JSString>() {
            Some(text) => {
                let text = cx.rust_string(text);
                if index == 0 && values.len() > 1 && text.contains('%') {
                    return None;
                }
                line.push_str(&text);
            }
            None if value.is_nullish() || *value == Value::TRUE || *value == Value::FALSE => {
                line.push_str(&format!("{value:?}"))
            }
            None => return None,
        }
    }
    line.push('\n');
    Some(line)
}

fn log(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    match plain_line(cx, arguments.values) {
        Some(line) => {
            State::of(cx).write(line.as_bytes());
            Ok(Value::UNDEFINED)
        }
        None => call(cx, "out", arguments.values),
    }
}

fn log_error(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    match plain_line(cx, arguments.values) {
        Some(line) => {
            State::of(cx).write_error(&line);
            Ok(Value::UNDEFINED)
        }
        None => call(cx, "err", arguments.values),
    }
}

fn assert(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    if convert::to_boolean(arguments.get(0)) {
        return Ok(Value::UNDEFINED);
    }
    call(cx, "assert", arguments.values)
}

fn trace(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    // Taken here: the formatter's own frames are nobody's business.
    let nameless = Object::ordinary(cx);
    nameless.create_data_property_or_throw(cx, key(cx, "name"), cx.new_string("").into())?;
    let stack = error::stack_text_for(cx, nameless, error::StackFrom::Innermost);
    let list = GcVec::new(cx);
    list.push(cx, stack).or_throw(cx)?;
    for &value in arguments.values {
        list.push(cx, value).or_throw(cx)?;
    }
    let console = implementation(cx)?;
    let method = console.get(cx, key(cx, "trace"))?;
    function::call_with_list(cx, method, console.into(), list)
}

fn call(cx: Cx<'_>, member: &str, values: &[Value]) -> JsResult<Value> {
    let console = implementation(cx)?;
    let method = console.get(cx, key(cx, member))?;
    function::call(cx, method, console.into(), values)?;
    Ok(Value::UNDEFINED)
}

/// What `console.js` makes; made at the first use.
fn implementation(cx: Cx<'_>) -> JsResult<Object> {
    let state = State::of(cx);
    if let Some(list) = state.console.get() {
        return Ok(list.get(0).as_object_unchecked());
    }
    let source = SourceText::from(SOURCE);
    let main = match compile_source(cx, source, NAME, Goal::Script, Options::default(), Value::UNDEFINED) {
        Ok(main) => main,
        Err(error) => return Err(throw_early_error(cx, NAME, &error)),
    };
    let make = run_main(cx, main, None)?;
    let host = Object::ordinary(cx);
    let functions: &[(&str, NativeFn)] = &[
        ("write", write),
        ("writeError", write_error),
        ("now", now),
        ("promise", promise),
        ("isProxy", is_proxy),
        ("proxyTarget", proxy_target),
    ];
    for &(name, code) in functions {
        define(cx, host, name, 1, code);
    }
    let console = function::call(cx, make, Value::UNDEFINED, &[host.into()])?;
    let list = GcVec::new(cx);
    list.push(cx, console).or_throw(cx)?;
    cx.root_forever(Value::from_cell(list.cell()));
    state.console.set(Some(list));
    Ok(console.as_object_unchecked())
}

fn text(cx: Cx<'_>, value: Value) -> JsResult<String> {
    Ok(cx.rust_string(convert::to_string(cx, value)?))
}

fn write(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = text(cx, arguments.get(0))?;
    State::of(cx).write(text.as_bytes());
    Ok(Value::UNDEFINED)
}

fn write_error(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = text(cx, arguments.get(0))?;
    State::of(cx).write_error(&text);
    Ok(Value::UNDEFINED)
}

fn now(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(State::of(cx).started.elapsed().as_nanos() as f64 / 1e6))
}

/// State (0 pending, 1 fulfilled, 2 rejected) and result of a promise; undefined for anything else.
fn promise(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    use unspool_runtime::cells::PromiseState as S;
    let Some(promise) = arguments.get(0).to::<PromiseObject>() else { return Ok(Value::UNDEFINED) };
    let state = match promise.state.get() {
        S::Pending => 0,
        S::Fulfilled => 1,
        S::Rejected => 2,
    };
    let list = GcVec::new(cx);
    list.push(cx, Value::from_i32(state)).or_throw(cx)?;
    list.push(cx, promise.result.get()).or_throw(cx)?;
    Object::array_from_list(cx, list).map(Value::from)
}

fn is_proxy(_: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    Ok(arguments.get(0).as_object().is_some_and(|object| object.is_proxy()).into())
}

/// The target of a proxy, `null` when it was revoked.
fn proxy_target(_: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let value = arguments.get(0);
    let target = value.to::<ProxyObject>().map(|proxy| proxy.target.get());
    let target = target.or_else(|| value.to::<CallableProxyObject>().map(|proxy| proxy.target.get()));
    Ok(target.unwrap_or(Value::NULL))
}
