//! Destructuring.
use super::Gen;
use oxc_ast::ast as js;
use unspool_bytecode::Register;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Initialize,
    Assign,
}

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn bind_pattern(&mut self, pattern: &'a js::BindingPattern<'a>, how: Binding) {
        match pattern {
            js::BindingPattern::BindingIdentifier(id) => {
                let r = self.binding_ref(id);
                match how {
                    Binding::Initialize => self.initialize_ref(r),
                    Binding::Assign => self.store_ref(r),
                }
            }
            p => self.fail("patterns: not yet", oxc_span::GetSpan::span(p)),
        }
    }
    pub(crate) fn assign_pattern(&mut self, target: &'a js::AssignmentTarget<'a>, _value: Register) {
        self.fail("patterns: not yet", oxc_span::GetSpan::span(target));
    }
}
