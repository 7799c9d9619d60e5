//! Module code.
//!
//! The runtime makes the module's context (from `ModuleInfo::scope`) and its cells, makes the closure of the main code in that
//! context and calls it: functions are instantiated, then the code suspends and returns a generator (with
//! top-level await an async state). Evaluation resumes that. See `generators` for what is returned in the end.

use super::Gen;
use crate::scope::{Access, Location};
use oxc_ast::ast::{self as js, ExportDefaultDeclarationKind as Default, Statement};
use unspool_bytecode::{RegisterRange, RuntimeId, SuspendKind, Suspension};

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn module_body(&mut self, program: &'a js::Program<'a>) {
        let info = crate::module::module_info(self.unit, program);
        self.b.set_module(info);
        self.resumable(|g| {
            if g.suspension() == Suspension::Generator
                && let Some(generator) = g.generator
            {
                g.b.create_generator_object();
                g.b.star(generator);
            }
            let scope = g.function().scope;
            g.scope = scope;
            g.allocate_registers(scope);
            if let Some(this) = g.function().this_var
                && g.a.var(this).location != Location::Unused
            {
                g.b.lda_undefined();
                g.store_raw(this, Access::Initialize);
            }
            g.hoist_functions(scope);
            if let Some(generator) = g.generator {
                g.b.ldar(generator);
                g.suspend(SuspendKind::Initial);
            }
            g.with_disposal(&program.body, |g| g.statements(&program.body));
            g.finish_body();
        });
    }

    /// Import and export declarations.
    pub(crate) fn module_item(&mut self, s: &'a Statement<'a>) {
        match s {
            Statement::ExportDeclaration(d) => match &d.declaration {
                js::Declaration::VariableDeclaration(v) => self.variable_declaration(v),
                js::Declaration::ClassDeclaration(c) => self.class_declaration(c),
                // Functions were instantiated at the start; types do not exist.
                _ => {}
            },
            Statement::ExportDefaultDeclaration(d) => match &d.declaration {
                Default::ClassDeclaration(c) => self.class_declaration(c),
                Default::FunctionDeclaration(_) | Default::TSInterfaceDeclaration(_) => {}
                declaration => {
                    if let (Some(e), Some(&r)) =
                        (declaration.as_expression(), self.a.annex_b.get(&d.span.start))
                    {
                        self.b.statement_position(d.span.start);
                        self.scoped(|g| g.named_expr(e, "default"));
                        self.initialize_ref(r);
                    }
                }
            },
            _ => {}
        }
    }

    /// `import(specifier, options)`, `import.source(specifier)`, `import.defer(specifier)`.
    pub(crate) fn import_call(&mut self, i: &'a js::ImportExpression<'a>) {
        self.scoped(|g| {
            let args = g.temps(3);
            g.expr_to(&i.source, args.first);
            match &i.options {
                Some(options) => g.expr_to(options, args.get(1)),
                None => {
                    g.b.lda_undefined();
                    g.b.star(args.get(1));
                }
            }
            match i.phase {
                None => g.b.lda_zero(),
                Some(js::ImportPhase::Source) => g.b.lda_smi(1),
                Some(js::ImportPhase::Defer) => g.b.lda_smi(2),
            }
            g.b.star(args.get(2));
            g.at(i.span.start);
            g.b.call_runtime(RuntimeId::ImportCall, args);
        });
    }

    pub(crate) fn import_meta(&mut self, m: &'a js::ImportMeta) {
        self.at(m.span.start);
        self.b.call_runtime(RuntimeId::ImportMeta, RegisterRange::EMPTY);
    }
}
