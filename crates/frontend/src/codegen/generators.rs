//! Generators and async functions.
use super::Gen;
use oxc_ast::ast::{self as js, Statement};

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn resumable(&mut self, body: impl FnOnce(&mut Self)) {
        body(self);
    }
    pub(crate) fn start_generator(&mut self) {}
    pub(crate) fn leave_resumable(&mut self) {
        self.b.return_();
    }
    pub(crate) fn await_returned(&mut self, _has_value: bool) {}
    pub(crate) fn await_value(&mut self) {
        self.fail("await: not yet", oxc_span::Span::new(0, 0));
    }
    pub(crate) fn yield_expression(&mut self, y: &'a js::YieldExpression<'a>) {
        self.fail("yield: not yet", y.span);
    }
    pub(crate) fn with_disposal(&mut self, _list: &'a [Statement<'a>], body: impl FnOnce(&mut Self)) {
        body(self);
    }
    pub(crate) fn with_disposal_of(&mut self, _is_async: bool, body: impl FnOnce(&mut Self)) {
        body(self);
    }
    pub(crate) fn add_disposable(&mut self, _is_async: bool, at: u32) {
        self.fail("using: not yet", oxc_span::Span::new(at, at));
    }
}
