//! Making and throwing error objects.

use std::fmt::Display;

use unspool_values::Value;

use crate::completion::{JsResult, Throw};
use crate::isolate::Cx;
use crate::object::Object;
use crate::realm::Intrinsic;

impl Cx<'_> {
    /// An error object of the given prototype with message and captured stack.
    pub fn new_error(self, prototype: Intrinsic, message: &str) -> Object {
        todo!()
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
        self.throw_range_error("Out of memory")
    }
    /// Text of a value for messages: strings quoted, objects by their class, functions by name. Runs no JavaScript.
    pub fn describe(self, value: Value) -> String {
        todo!()
    }
}
