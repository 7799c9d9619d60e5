//! Arguments objects and rest parameters (10.4.4), as the instructions make them.
//!
//! Three instructions, three functions: *mapped* arguments objects alias the formals of a sloppy function with simple
//! parameters, *unmapped* ones are plain lists, and a rest parameter is an array. The caller gives the actual arguments
//! as the frame holds them; which formal lives in which context slot is read from the scope's description. How a mapped
//! object behaves afterwards is in `object::arguments`.

use unspool_bytecode::{ConstIndex, Constant};
use unspool_gc::Gc;
use unspool_values::Value;

use crate::cells::{Context, FunctionTemplate};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::Object;

/// The arguments object of a sloppy function with simple parameters; `scope` is the constant whose mapped parameters say
/// which formals live in slots of `context`.
///
/// # Errors
/// Out of memory.
pub fn mapped(
    cx: Cx<'_>,
    template: Gc<FunctionTemplate>,
    scope: u32,
    context: Option<Gc<Context>>,
    values: &[Value],
    function: Value,
) -> JsResult<Value> {
    let function = function.to().expect("the running function");
    let code = template.code().expect("running code is compiled");
    let map = match code.constant(ConstIndex(scope)) {
        Some(Constant::Scope(info)) => &info.mapped_parameters[..],
        _ => &[],
    };
    let context = if map.is_empty() { None } else { context };
    Object::mapped_arguments(cx, function, values, context, map.iter().copied()).map(Value::from)
}

/// The arguments object of other functions.
///
/// # Errors
/// Out of memory.
pub fn unmapped(cx: Cx<'_>, values: &[Value]) -> JsResult<Value> {
    Object::unmapped_arguments(cx, values).map(Value::from)
}

/// The array of a rest parameter.
///
/// # Errors
/// Out of memory.
pub fn rest(cx: Cx<'_>, values: &[Value]) -> JsResult<Value> {
    Object::array_from_values(cx, values).map(Value::from)
}
