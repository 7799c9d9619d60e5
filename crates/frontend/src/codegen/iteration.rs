//! for-in, for-of.
use super::Gen;
use oxc_ast::ast as js;

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn for_in(&mut self, s: &'a js::ForInStatement<'a>, _labels: &[&'a str]) {
        self.fail("for-in: not yet", s.span);
    }
    pub(crate) fn for_of(&mut self, s: &'a js::ForOfStatement<'a>, _labels: &[&'a str]) {
        self.fail("for-of: not yet", s.span);
    }
    pub(crate) fn for_each_value(&mut self, position: u32, _body: impl FnOnce(&mut Self)) {
        self.fail("spread: not yet", oxc_span::Span::new(position, position));
    }
}
