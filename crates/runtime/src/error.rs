//! Making and throwing error objects.
//!
//! Errors that the engine itself throws begin here: the message is formatted once, in Rust, and the object gets the stack
//! as it is at that moment. Stacks are captured as *frames*, template and bytecode offset, and become text only when
//! somebody reads `stack`, in the form that V8 gives it. An [`ErrorPlace`] is a place in a text that is not running, such
//! as that of a syntax error.
//!
//! `messages` has the errors whose text is in the instruction set's table; the `Error` constructors are `builtins`'.

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
        let error = new_error_object(self, prototype, StackFrom::Innermost);
        error.define_builtin(
            self,
            self.key(KnownAtom::message),
            self.new_string(message).into(),
            Attributes::HIDDEN,
        );
        error
    }

    /// Throws a `TypeError` of the running realm with a message and the stack as it is now.
    #[cold]
    pub fn throw_type_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::TypeErrorPrototype, &message.to_string())
    }

    /// Throws a `RangeError`; as [`throw_type_error`](Cx::throw_type_error) otherwise.
    #[cold]
    pub fn throw_range_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::RangeErrorPrototype, &message.to_string())
    }

    /// Throws a `ReferenceError`; as [`throw_type_error`](Cx::throw_type_error) otherwise.
    #[cold]
    pub fn throw_reference_error(self, message: impl Display) -> Throw {
        self.throw_error(Intrinsic::ReferenceErrorPrototype, &message.to_string())
    }

    /// Throws a `SyntaxError`; as [`throw_type_error`](Cx::throw_type_error) otherwise. Early errors have a place as well.
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
    pub(crate) fn throw_termination(self) -> Throw {
        self.throw(Value::NULL)
    }
}

/// An error object with this prototype, no own `message`, and the stack captured here.
pub fn new_error_object(cx: Cx<'_>, prototype: Object, from: StackFrom) -> Object {
    let stack = capture_stack(cx, from);
    // After everything else that allocates: until an object has it, a shape lives only by its youth.
    let shape = crate::object::shapes::error_shape(cx, prototype);
    let error = cx.allocate(|header| ErrorObject {
        head: ObjectHead::new(header),
        stack: Barriered::new(stack),
        place: Barriered::new(Value::UNDEFINED),
    });
    let object = ErrorObject::object(error);
    object.initialize_shape(shape);
    object
}

/// The place in a source text that an error is about, other than the call that threw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPlace {
    /// Name of the file, or a description of the text.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 code units.
    pub column: u32,
    /// How many code units are wrong.
    pub length: u32,
    /// The text of the line.
    pub text: String,
}

impl ErrorPlace {
    /// The place of an error, if it has one.
    pub fn of(cx: Cx<'_>, error: Object) -> Option<ErrorPlace> {
        let list = GcVec::from_cell(error.to::<ErrorObject>()?.place.get().to::<ValueList>()?);
        let text =
            |index| list.get(index).to::<JSString>().map(|text| cx.rust_string(text)).unwrap_or_default();
        let number = |index| list.get(index).as_i32() as u32;
        Some(ErrorPlace {
            file: text(0),
            line: number(1),
            column: number(2),
            length: number(3),
            text: text(4),
        })
    }

    /// Gives it to an error object; without memory the error stays without a place.
    pub fn attach(&self, cx: Cx<'_>, error: Object) {
        let Some(cell) = error.to::<ErrorObject>() else { return };
        let list = GcVec::new(cx);
        let values = [
            cx.new_string(&self.file).into(),
            Value::from_u32(self.line),
            Value::from_u32(self.column),
            Value::from_u32(self.length),
            cx.new_string(&self.text).into(),
        ];
        if values.into_iter().all(|value| list.push(cx, value).is_ok()) {
            cell.place.set(cx, cell, Value::from_cell(list.cell()));
        }
    }

    /// What V8 puts before the first line of such an error's stack: place, line, marker, and an empty line.
    fn header(&self) -> String {
        let indent: String = self
            .text
            .chars()
            .take(self.column as usize - 1)
            .map(|c| if c == '\t' { c } else { ' ' })
            .collect();
        let marker = "^".repeat(self.length.max(1) as usize);
        format!("{}:{}\n{}\n{indent}{marker}\n\n", self.file, self.line, self.text)
    }
}

/// What `Error.stackTraceLimit` is at first (V8's default).
pub const STACK_TRACE_LIMIT: i32 = 10;

/// Where a captured stack begins.
#[derive(Clone, Copy, Debug)]
pub enum StackFrom {
    /// At the innermost frame.
    Innermost,
    /// At the caller of this function's innermost activation, if it has one: who makes an error by a function of his own
    /// does not want to see that.
    CallerOf(Gc<FunctionTemplate>),
}

impl StackFrom {
    /// At the caller of this function, if it is one of the program's.
    pub fn caller_of(function: Value) -> StackFrom {
        function
            .to::<Function>()
            .map_or(StackFrom::Innermost, |function| StackFrom::CallerOf(function.template))
    }

    /// How many frames lie below it.
    fn skipped(self, cx: Cx<'_>) -> usize {
        let StackFrom::CallerOf(wanted) = self else { return 0 };
        let (mut count, mut found) = (0, None);
        cx.for_each_frame(|template, _| {
            count += 1;
            if template == wanted {
                found = Some(count);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found.unwrap_or(0)
    }
}

/// How many frames a stack shall hold: `Error.stackTraceLimit`, if it is a number. Runs no JavaScript.
fn stack_trace_limit(cx: Cx<'_>) -> Option<usize> {
    // As long as nobody has seen the constructor its property is what it is at first.
    let Some(error) = cx.realm().existing_intrinsic(Intrinsic::Error) else {
        return Some(STACK_TRACE_LIMIT as usize);
    };
    let limit = error.find_data_value(cx, cx.key(KnownAtom::stackTraceLimit))?;
    limit.is_number().then(|| limit.as_number() as usize)
}

/// The frames from there outward, each as template, bytecode offset and name; the text is made when somebody reads it. `undefined` if the
/// program wants no stacks.
pub(crate) fn capture_stack(cx: Cx<'_>, from: StackFrom) -> Value {
    let Some(limit) = stack_trace_limit(cx) else { return Value::UNDEFINED };
    let list = GcVec::new(cx);
    let mut skip = from.skipped(cx);
    let mut count = 0;
    cx.for_each_frame_with_closure(|template, offset, closure| {
        if skip > 0 {
            skip -= 1;
            return ControlFlow::Continue(());
        }
        if template.has(FunctionTemplate::NATIVE) {
            return ControlFlow::Continue(());
        }
        if count == limit {
            return ControlFlow::Break(());
        }
        count += 1;
        let name = frame_name(cx, template, closure);
        let all = [Value::from_cell(template), Value::from_u32(offset), name];
        if all.into_iter().all(|value| list.push(cx, value).is_ok()) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    Value::from_cell(list.cell())
}

/// The innermost frame of the program as `function (file:line:column)`. Inside of other eval code only the place of that code
/// is told, so that names do not grow with the depth.
pub(crate) fn innermost_frame(cx: Cx<'_>) -> Option<String> {
    let mut text = None;
    cx.for_each_frame_with_closure(|template, offset, closure| {
        if template.has(FunctionTemplate::NATIVE) {
            return ControlFlow::Continue(());
        }
        let data = template.script.data();
        let name = frame_name(cx, template, closure).to::<JSString>().filter(|name| !name.is_empty());
        let name = name.map_or("<anonymous>".to_owned(), |name| cx.rust_string(name));
        text = Some(match data.name.starts_with("eval at ") {
            true => format!("{name} (<anonymous>)"),
            false => format!("{name} ({})", data.position_text(template.source_offset(offset))),
        });
        ControlFlow::Break(())
    });
    text
}

/// The name of a function in the source, or else the one it got when its closure was made (computed keys).
fn frame_name(cx: Cx<'_>, template: Gc<FunctionTemplate>, closure: Option<Gc<Function>>) -> Value {
    let name = template.name.get();
    if name.to::<JSString>().is_some_and(|name| !name.is_empty()) {
        return name;
    }
    let own =
        closure.and_then(|closure| Function::object(closure).find_data_value(cx, cx.key(KnownAtom::name)));
    own.unwrap_or(Value::UNDEFINED)
}

/// The text of a stack captured here, under the header line of `object` (V8's `Error.captureStackTrace`); `undefined` if the program
/// wants no stacks.
pub fn stack_text_for(cx: Cx<'_>, object: Object, from: StackFrom) -> Value {
    let captured = capture_stack(cx, from);
    captured.to::<ValueList>().map_or(captured, |frames| render_stack(cx, object, GcVec::from_cell(frames)))
}

/// The value of an error's `stack`: the header line is made of the error's name and message as they are now, the frames of
/// those captured. The text is kept.
pub(crate) fn stack_value(cx: Cx<'_>, error: Gc<ErrorObject>) -> Value {
    let captured = error.stack.get();
    let Some(frames) = captured.to::<ValueList>().map(GcVec::from_cell) else { return captured };
    let value = render_stack(cx, ErrorObject::object(error), frames);
    error.stack.set(cx, error, value);
    value
}

fn render_stack(cx: Cx<'_>, object: Object, frames: GcVec) -> Value {
    let mut text = ErrorPlace::of(cx, object).map_or(String::new(), |place| place.header());
    text.push_str(&header_line(cx, object));
    let mut i = 0;
    while i + 2 < frames.len() {
        if let Some(template) = frames.get(i).to::<FunctionTemplate>() {
            text.push_str("\n    at ");
            text.push_str(&frame_line(cx, template, frames.get(i + 1).as_i32() as u32, frames.get(i + 2)));
        }
        i += 3;
    }
    cx.new_string(&text).into()
}

/// `Name: message`, from data properties only: reading a stack runs no JavaScript.
fn header_line(cx: Cx<'_>, error: Object) -> String {
    let text = |atom| Some(cx.rust_string(error.find_data_value(cx, cx.key(atom))?.to()?));
    let name = text(KnownAtom::name).unwrap_or_else(|| "Error".to_owned());
    let message = text(KnownAtom::message).unwrap_or_default();
    match (name.is_empty(), message.is_empty()) {
        (_, true) => name,
        (true, false) => message,
        (false, false) => format!("{name}: {message}"),
    }
}

/// `function (file:line:column)`, or the place alone for anonymous code.
fn frame_line(cx: Cx<'_>, template: Gc<FunctionTemplate>, offset: u32, name: Value) -> String {
    let place = template.script.data().position_text(template.source_offset(offset));
    match name.to::<JSString>() {
        Some(name) if !name.is_empty() => format!("{} ({place})", cx.rust_string(name)),
        _ if place.starts_with("eval at ") => format!("eval ({place})"),
        _ => place,
    }
}

/// The name of a function as its source has it; empty if it has none.
pub(crate) fn function_name(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> String {
    template.name.get().to::<JSString>().map_or_else(String::new, |name| cx.rust_string(name))
}
