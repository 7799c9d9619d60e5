//! Modules.
use super::Gen;
use oxc_ast::ast as js;
use oxc_span::GetSpan;

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn module_body(&mut self, p: &'a js::Program<'a>) {
        self.fail("modules: not yet", p.span);
    }
    pub(crate) fn module_item(&mut self, s: &'a js::Statement<'a>) {
        self.fail("modules: not yet", s.span());
    }
    pub(crate) fn import_call(&mut self, i: &'a js::ImportExpression<'a>) {
        self.fail("import: not yet", i.span);
    }
    pub(crate) fn import_meta(&mut self, m: &'a js::ImportMeta) {
        self.fail("import: not yet", m.span);
    }
}
