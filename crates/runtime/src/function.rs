//! Making and calling functions.
//!
//! [`call`] and [`construct`] are the only ways from Rust into JavaScript. They push a frame on the isolate's stack and run
//! the interpreter through the hooks; native functions are called directly.

use unspool_gc::Gc;
use unspool_values::{PropertyKey, Value};

use crate::cells::{Context, Function, FunctionTemplate, NativeFunction};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::native::{NativeFn, Property};
use crate::object::Object;

/// Call(F, V, args); throws a `TypeError` when `callee` is not callable.
pub fn call(cx: Cx<'_>, callee: Value, this: Value, arguments: &[Value]) -> JsResult<Value> {
    todo!()
}
/// Construct(F, args, newTarget); `callee` is a constructor.
pub fn construct(cx: Cx<'_>, callee: Object, arguments: &[Value], new_target: Object) -> JsResult<Object> {
    todo!()
}
/// A native function that is no constructor. `name` becomes its `name` property ("[symbol.iterator]" forms included).
pub fn new_native(cx: Cx<'_>, name: PropertyKey, length: u32, function: NativeFn) -> Gc<NativeFunction> {
    todo!()
}
/// A native constructor with its `prototype` property (and the prototype's `constructor`).
pub fn new_native_constructor(cx: Cx<'_>, name: PropertyKey, length: u32, function: NativeFn, prototype: Option<Object>) -> Gc<NativeFunction> {
    todo!()
}
/// A native function that captures two values (`Arguments::data`), for promise resolving functions and such.
pub fn new_native_closure(cx: Cx<'_>, name: PropertyKey, length: u32, function: NativeFn, data: [Value; 2]) -> Gc<NativeFunction> {
    todo!()
}
/// Defines declared properties on a builtin object.
pub fn define_properties(cx: Cx<'_>, object: Object, properties: &[Property]) {
    todo!()
}
/// A closure over `template` in `context` (CreateClosure).
pub fn new_closure(cx: Cx<'_>, template: Gc<FunctionTemplate>, context: Option<Gc<Context>>, feedback: Gc<crate::cells::FeedbackCell>) -> Gc<Function> {
    todo!()
}
/// SetFunctionName: defines `name` with an optional prefix ("get", "set").
pub fn set_function_name(cx: Cx<'_>, function: Object, name: PropertyKey, prefix: Option<&str>) {
    todo!()
}
