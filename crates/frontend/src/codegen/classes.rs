//! Classes.
use super::Gen;
use oxc_ast::ast as js;
use unspool_bytecode::{JsString, Register};

pub(crate) enum ClassName {
    Own,
    Static(JsString),
    Computed(Register),
}

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn class_declaration(&mut self, c: &'a js::Class<'a>) {
        self.class_expression(c, ClassName::Own);
    }
    pub(crate) fn class_expression(&mut self, c: &'a js::Class<'a>, _name: ClassName) {
        self.fail("classes: not yet", c.span);
    }
    pub(crate) fn instance_initializer(&mut self, c: &'a js::Class<'a>) {
        self.fail("classes: not yet", c.span);
    }
    pub(crate) fn static_initializer(&mut self, c: &'a js::Class<'a>) {
        self.fail("classes: not yet", c.span);
    }
}
