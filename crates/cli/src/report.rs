//! How uncaught values and early errors look on standard error.
//!
//! ```text
//! Uncaught TypeError: nobody catches this
//!     at thrower (app.js:4:9)
//!     at app.js:8:1
//! ```
//!
//! Reading the properties of a thrown object may run JavaScript that throws again; then the property counts as absent.

use std::fmt::Write as _;

use unspool_frontend::{EarlyErrorKind, SyntaxError};
use unspool_runtime::error::ErrorPlace;
use unspool_runtime::object::{Object, ValueExt as _};
use unspool_runtime::{Cx, convert};
use unspool_values::string::JSString;
use unspool_values::{CellKind, Value};

use crate::host::console;
use crate::host::functions::key;
use crate::options::{Options, Switch};
use crate::snippet::Snippet;

/// Causes of causes are followed so far.
const MAX_CAUSES: u32 = 8;

/// Errors of an `AggregateError` are shown so far.
const MAX_ERRORS: u32 = 8;

/// How to name an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By its `name`, as its stack does.
    Name,
    /// By its constructor's name: what test262's negative tests ask for.
    Constructor,
}

impl Naming {
    pub(crate) fn of(options: &Options) -> Self {
        if options.has(Switch::Test262) { Self::Constructor } else { Self::Name }
    }
}

/// An uncaught value with its stack, a line end after each line.
pub(crate) fn uncaught(cx: Cx<'_>, value: Value, naming: Naming) -> String {
    let mut text = String::from("Uncaught ");
    describe(cx, value, naming, MAX_CAUSES, &mut text);
    text
}

fn describe(cx: Cx<'_>, value: Value, naming: Naming, causes: u32, text: &mut String) {
    let Some(object) = value.as_object() else {
        let _ = writeln!(text, "{}", primitive(cx, value));
        return;
    };
    let is_error = object.kind() == CellKind::Error;
    let constructor = property(cx, object, "constructor").as_object();
    let constructor = || constructor.and_then(|constructor| text_property(cx, constructor, "name"));
    let name = match naming {
        Naming::Constructor => constructor().or_else(|| text_property(cx, object, "name")),
        Naming::Name if is_error => text_property(cx, object, "name").or_else(constructor),
        Naming::Name => None,
    };
    match name {
        Some(name) => {
            let message = text_property(cx, object, "message").unwrap_or_default();
            let separator = if message.is_empty() { "" } else { ": " };
            let _ = writeln!(text, "{name}{separator}{message}");
        }
        None => {
            // Objects without a text of their own are shown as the console shows them.
            let shown = Some(primitive(cx, value)).filter(|shown| !shown.starts_with("[object "));
            let shown = shown.or_else(|| console::inspect(cx, value));
            let _ = writeln!(text, "{}", shown.unwrap_or_else(|| cx.describe(value)));
        }
    }
    if !is_error {
        return;
    }
    if let Some(place) = ErrorPlace::of(cx, object) {
        text.push_str(&snippet(&place).render());
    }
    let stack = text_property(cx, object, "stack").unwrap_or_default();
    for line in stack.lines().filter(|line| line.starts_with("    at ")) {
        let _ = writeln!(text, "{line}");
    }
    if let Some(errors) = property(cx, object, "errors").as_object().filter(|_| causes > 0) {
        let count = length_of(cx, errors);
        for index in 0..count.min(MAX_ERRORS) {
            let _ = write!(text, "error {}: ", index + 1);
            describe(cx, property(cx, errors, &index.to_string()), naming, causes - 1, text);
        }
        if count > MAX_ERRORS {
            let _ = writeln!(text, "and {} more errors", count - MAX_ERRORS);
        }
    }
    let cause = property(cx, object, "cause");
    if !cause.is_undefined() && causes > 0 {
        text.push_str("caused by ");
        describe(cx, cause, naming, causes - 1, text);
    }
}

fn primitive(cx: Cx<'_>, value: Value) -> String {
    if value.is_symbol() {
        return cx.describe(value);
    }
    match convert::to_string(cx, value) {
        Ok(string) => cx.rust_string(string),
        Err(throw) => {
            cx.take_exception(throw);
            cx.describe(value)
        }
    }
}

fn property(cx: Cx<'_>, object: Object, name: &str) -> Value {
    object.get(cx, key(cx, name)).unwrap_or_else(|throw| {
        cx.take_exception(throw);
        Value::UNDEFINED
    })
}

/// The length of an array-like object.
fn length_of(cx: Cx<'_>, object: Object) -> u32 {
    property(cx, object, "length").to_i32().and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

fn text_property(cx: Cx<'_>, object: Object, name: &str) -> Option<String> {
    let text = property(cx, object, name).to::<JSString>().map(|text| cx.rust_string(text));
    text.filter(|text| !text.is_empty())
}

/// An early error with the place in its text.
pub(crate) fn early_error(error: &SyntaxError, file: &str) -> String {
    let name = match error.kind {
        EarlyErrorKind::Syntax => "SyntaxError",
        EarlyErrorKind::Range => "RangeError",
    };
    let snippet = Snippet {
        file,
        line: error.position.line,
        column: error.position.column,
        length: error.end.saturating_sub(error.start),
        text: &error.line_text,
    };
    format!("Uncaught {name}: {}\n{}", error.message, snippet.render())
}

fn snippet(place: &ErrorPlace) -> Snippet<'_> {
    Snippet {
        file: &place.file,
        line: place.line,
        column: place.column,
        length: place.length,
        text: &place.text,
    }
}
