//! Making and throwing error objects.

use std::ops::ControlFlow;

use std::fmt::Display;

use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom;
use unspool_values::object::{GcVec, ObjectHead, ValueList};
use unspool_values::string::JSString;
use unspool_values::symbol::Symbol;
use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, ErrorObject, Function, FunctionTemplate, NativeFunction};
use crate::completion::Throw;
use crate::isolate::{Cx, Interrupt};
use crate::object::Object;
use crate::realm::Intrinsic;

impl Cx<'_> {
    /// An error object of the given prototype with message and captured stack.
    pub fn new_error(self, prototype: Intrinsic, message: &str) -> Object {
        let prototype = self.intrinsic(prototype);
        let error = new_error_object(self, prototype);
        error.define_builtin(
            self,
            self.key(KnownAtom::message),
            self.new_string(message).into(),
            Attributes::HIDDEN,
        );
        error
    }
    /// Throws a `TypeError`.
    #[cold]
    pub fn throw_type_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::TypeErrorPrototype, &message.to_string())
    }
    /// Throws a `RangeError`.
    #[cold]
    pub fn throw_range_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::RangeErrorPrototype, &message.to_string())
    }
    /// Throws a `ReferenceError`.
    #[cold]
    pub fn throw_reference_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::ReferenceErrorPrototype, &message.to_string())
    }
    /// Throws a `SyntaxError`.
    #[cold]
    pub fn throw_syntax_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::SyntaxErrorPrototype, &message.to_string())
    }
    #[cold]
    fn throw_error(self, prototype: Intrinsic, message: &str) -> Throw {
        let error = self.new_error(prototype, message);
        self.throw(error.into())
    }
    /// Throws the `RangeError` of a stack overflow.
    #[cold]
    pub fn throw_stack_overflow(self) -> Throw {
        self.throw_range_error("Maximum call stack size exceeded")
    }
    /// Throws the error of an allocation beyond the memory limit.
    #[cold]
    pub fn throw_out_of_memory(self) -> Throw {
        let throw = self.throw_range_error("Out of memory");
        // Making the error may have gone beyond the limit; the program shall not get a second one for it.
        self.withdraw_interrupt(Interrupt::OUT_OF_MEMORY);
        throw
    }
    /// Text of a value for messages: strings quoted, objects by their class, functions by name. Runs no JavaScript.
    pub fn describe(self, value: Value) -> String {
        let Some(kind) = value.cell_kind() else { return format!("{value:?}") };
        match kind {
            CellKind::String => format!("{:?}", self.rust_string(value.to().expect("a string"))),
            CellKind::Symbol => {
                let symbol = value.to::<Symbol>().expect("a symbol");
                format!("Symbol({})", symbol.description().map_or(String::new(), |d| self.rust_string(d)))
            }
            CellKind::BigInt => "a BigInt".to_string(),
            CellKind::Function => {
                let name = value.to::<Function>().expect("a closure").template.name.get();
                format!("function {}", name.to().map_or(String::new(), |s| self.rust_string(s)))
            }
            CellKind::NativeFunction => {
                let name = value.to::<NativeFunction>().expect("a native function").name;
                format!("function {}", name.to().map_or(String::new(), |s| self.rust_string(s)))
            }
            CellKind::Array => "[object Array]".to_string(),
            kind if kind >= CellKind::FIRST_OBJECT => "#<Object>".to_string(),
            kind => format!("<{}>", kind.name()),
        }
    }

    /// Throws the exception that ends the program at the host's request. No handler catches it.
    #[cold]
    pub fn throw_termination(self) -> Throw {
        self.throw(Value::NULL)
    }
}

/// An error object with this prototype, no own `message`, and the stack captured here.
pub fn new_error_object(cx: Cx<'_>, prototype: Object) -> Object {
    let stack = capture_stack(cx);
    // After everything else that allocates: until an object has it, a shape lives only by its youth.
    let shape = crate::object::shapes::error_shape(cx, prototype);
    let error =
        cx.allocate(|header| ErrorObject { head: ObjectHead::new(header), stack: Barriered::new(stack) });
    let object = ErrorObject::object(error);
    object.initialize_shape(shape);
    object
}

/// Frames that a captured stack holds at most (V8's `Error.stackTraceLimit` default).
pub const STACK_TRACE_LIMIT: usize = 10;

/// The innermost frames as pairs of template and bytecode offset; the text is made when somebody reads it.
pub fn capture_stack(cx: Cx<'_>) -> Value {
    let list = GcVec::new(cx);
    let mut count = 0;
    cx.for_each_frame(|template, offset| {
        if template.has(FunctionTemplate::NATIVE) {
            return ControlFlow::Continue(());
        }
        if count == STACK_TRACE_LIMIT {
            return ControlFlow::Break(());
        }
        count += 1;
        let pushed =
            list.push(cx, Value::from_cell(template)).and_then(|()| list.push(cx, Value::from_u32(offset)));
        if pushed.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Value::from_cell(list.cell())
}

/// The text of a stack captured here, under the header line of `object` (V8's `Error.captureStackTrace`).
pub fn stack_text_for(cx: Cx<'_>, object: Object) -> Value {
    let captured = capture_stack(cx);
    let frames = captured.to::<ValueList>().map(GcVec::from_cell);
    render_stack(cx, object, frames.unwrap_or(GcVec::new(cx)))
}

/// The value of an error's `stack`: the header line is made of the error's name and message as they are now, the frames of
/// those captured. The text is kept.
pub fn stack_value(cx: Cx<'_>, error: Gc<ErrorObject>) -> Value {
    let captured = error.stack.get();
    let Some(frames) = captured.to::<ValueList>().map(GcVec::from_cell) else { return captured };
    let value = render_stack(cx, ErrorObject::object(error), frames);
    error.stack.set(cx, error, value);
    value
}

fn render_stack(cx: Cx<'_>, object: Object, frames: GcVec) -> Value {
    let mut text = header_line(cx, object);
    let mut i = 0;
    while i + 1 < frames.len() {
        if let Some(template) = frames.get(i).to::<FunctionTemplate>() {
            text.push_str("\n    at ");
            text.push_str(&frame_line(cx, template, frames.get(i + 1).as_i32() as u32));
        }
        i += 2;
    }
    cx.new_string(&text).into()
}

/// `Name: message`, from data properties only: reading a stack runs no JavaScript.
fn header_line(cx: Cx<'_>, error: Object) -> String {
    let text = |atom| {
        error
            .find_data_value(cx, cx.key(atom))
            .and_then(|v| v.to())
            .map_or(String::new(), |s| cx.rust_string(s))
    };
    let (name, message) = (text(KnownAtom::name), text(KnownAtom::message));
    match (name.is_empty(), message.is_empty()) {
        (_, true) => name,
        (true, false) => message,
        (false, false) => format!("{name}: {message}"),
    }
}

/// `function (file:line:column)`, or the place alone for anonymous code.
fn frame_line(cx: Cx<'_>, template: Gc<FunctionTemplate>, offset: u32) -> String {
    let place = template.script.data().position_text(template.source_offset(offset));
    match function_name(cx, template) {
        name if name.is_empty() => place,
        name => format!("{name} ({place})"),
    }
}

/// The name of a function as its source has it; empty if it has none.
pub(crate) fn function_name(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> String {
    template.name.get().to::<JSString>().map_or_else(String::new, |name| cx.rust_string(name))
}
