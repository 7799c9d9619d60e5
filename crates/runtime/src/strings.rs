//! String operations that can throw, on top of the value layer's strings.
//!
//! `unspool_values` reports "too long" and "out of memory" as error values; here they become the `RangeError`s of the
//! language. Strings for messages and names are exempt up to a few kilobytes, because the message of an error must not
//! fail for the same reason as the operation that it tells of.

use std::ptr::NonNull;

use unspool_gc::{Gc, Header, OutOfMemory};
use unspool_values::bigint::BigIntError;
use unspool_values::string::{JSString, StrView, StringBuilder, StringError};
use unspool_values::{CellAllocator, CellKind, PropertyKey, Value};

use crate::completion::{JsResult, Throw};
use crate::isolate::Cx;

/// Length of text that [`Cx::new_string`] makes a string of whatever the memory limit.
const MESSAGE_BYTES: usize = 4096;

/// Grants small cells beyond the memory limit. The program gets its error at the next poll.
#[derive(Clone, Copy)]
struct Granted<'a>(Cx<'a>);

impl CellAllocator for Granted<'_> {
    fn allocate_cell(self, kind: CellKind, size: usize) -> NonNull<Header> {
        self.0.allocate_cell(kind, size)
    }

    fn try_allocate_cell(self, kind: CellKind, size: usize) -> Result<NonNull<Header>, OutOfMemory> {
        Ok(self.0.allocate_cell(kind, size))
    }

    fn write_barrier(self, owner: NonNull<Header>) {
        CellAllocator::write_barrier(self.0, owner);
    }
}

impl Cx<'_> {
    /// A string of Rust text of modest length (messages, names).
    ///
    /// # Panics
    /// When the text is longer than a string can be.
    /// Text up to `MESSAGE_BYTES` is granted beyond the memory limit: the message of an error must not get lost because
    /// the error is that memory is short.
    pub fn new_string(self, text: &str) -> Gc<JSString> {
        if text.len() <= MESSAGE_BYTES {
            return JSString::from_str(Granted(self), text).unwrap_or_else(|_| self.atoms.empty());
        }
        JSString::from_str(self, text).unwrap_or_else(|_| self.atoms.empty())
    }

    /// A string of the given characters.
    ///
    /// # Errors
    /// A `RangeError` when it would be too long or memory is short.
    pub fn string_from_view(self, view: StrView<'_>) -> JsResult<Gc<JSString>> {
        JSString::from_view(self, view).map_err(|e| self.throw_string_error(e))
    }

    /// The finished string of a builder.
    ///
    /// # Errors
    /// A `RangeError` when it is too long or memory is short.
    pub fn finish_string(self, builder: StringBuilder) -> JsResult<Gc<JSString>> {
        builder.finish(self).map_err(|e| self.throw_string_error(e))
    }

    /// The string's characters, flattened if need be. The view is valid while the string lives.
    ///
    /// # Errors
    /// A `RangeError` when memory is short.
    pub fn flatten<'s>(self, string: &'s Gc<JSString>) -> JsResult<StrView<'s>> {
        string.flatten(self).map_err(|OutOfMemory| self.throw_out_of_memory())
    }

    /// `a` followed by `b`.
    ///
    /// # Errors
    /// A `RangeError` when the result would be too long or memory is short.
    #[inline]
    pub fn concat(self, a: Gc<JSString>, b: Gc<JSString>) -> JsResult<Gc<JSString>> {
        JSString::concat(self, a, b).map_err(|e| self.throw_string_error(e))
    }

    /// The string as Rust text; lone surrogates become U+FFFD.
    pub fn rust_string(self, string: Gc<JSString>) -> String {
        string.to_rust_string_lossy(self).unwrap_or_default()
    }

    /// The `name` that SetFunctionName gives for a key: symbols in brackets, with an optional prefix ("get", "set").
    pub fn function_name(self, key: PropertyKey, prefix: Option<&str>) -> Value {
        let base = match key.as_symbol() {
            None => match key.to_js_string(self, &self.isolate().atoms) {
                Some(string) => string,
                None => self.atoms.empty(),
            },
            Some(symbol) if symbol.is_private() => symbol.description().unwrap_or(self.atoms.empty()),
            Some(symbol) => match symbol.description() {
                Some(description) => self.new_string(&format!("[{}]", self.rust_string(description))),
                None => self.atoms.empty(),
            },
        };
        match prefix {
            None => base.into(),
            Some(prefix) => match self.concat(self.new_string(&format!("{prefix} ")), base) {
                Ok(name) => name.into(),
                Err(throw) => {
                    // Only a name close to the longest possible string gets here; it goes without its prefix.
                    self.take_exception(throw);
                    base.into()
                }
            },
        }
    }

    /// Throws what a string operation reported.
    #[cold]
    pub fn throw_string_error(self, error: StringError) -> Throw {
        match error {
            StringError::TooLong => self.throw_range_error("Invalid string length"),
            StringError::OutOfMemory => self.throw_out_of_memory(),
        }
    }
}

/// Turns the errors of the value layer into exceptions.
pub trait OrThrow<T> {
    /// The value, or the exception thrown.
    ///
    /// # Errors
    /// The `RangeError` of the error.
    fn or_throw(self, cx: Cx<'_>) -> JsResult<T>;
}

impl<T> OrThrow<T> for Result<T, OutOfMemory> {
    #[inline]
    fn or_throw(self, cx: Cx<'_>) -> JsResult<T> {
        self.map_err(|OutOfMemory| cx.throw_out_of_memory())
    }
}

impl<T> OrThrow<T> for Result<T, BigIntError> {
    #[inline]
    fn or_throw(self, cx: Cx<'_>) -> JsResult<T> {
        self.map_err(|e| match e {
            BigIntError::OutOfMemory => cx.throw_out_of_memory(),
            e => cx.throw_range_error(e),
        })
    }
}

impl<T> OrThrow<T> for Result<T, StringError> {
    #[inline]
    fn or_throw(self, cx: Cx<'_>) -> JsResult<T> {
        self.map_err(|e| cx.throw_string_error(e))
    }
}
