//! The walk over functions: parameters, bodies, binding patterns.
//!
//! A function has one scope for parameters and body, or two if a parameter list contains expressions, so that closures in
//! defaults do not see the body's variables (10.2.11, step 27 onward). Patterns are walked twice: once to declare all
//! their names, once to visit the expressions in them.

use super::build::{Builder, FunctionShape};
use super::*;
use oxc_ast::ast::{self as js, BindingPattern};
use oxc_span::Span;
use oxc_syntax::{scope::ScopeId as OxcScopeId, symbol::SymbolId};

/// What the place of a function makes of it.
pub(crate) struct FunctionPlace {
    pub(crate) role: FunctionRole,
    /// A static class element.
    pub(crate) is_static: bool,
    /// What `toString` shows.
    pub(crate) span: Span,
    /// The offset from which on it may exist, for the rules of dead zones.
    pub(crate) created_at: u32,
}

impl FunctionPlace {
    /// A function expression.
    pub(crate) fn expression(node: &js::Function<'_>) -> FunctionPlace {
        FunctionPlace {
            role: FunctionRole::Normal,
            is_static: false,
            span: node.span,
            created_at: node.span.start,
        }
    }
}

impl<'a> Builder<'a> {
    pub(crate) fn push_function(&mut self, shape: FunctionShape<'a>, kind: ScopeKind) -> FunctionId {
        let id = FunctionId(self.functions.len() as u32);
        let parent = self.function;
        let scope = self.new_scope(kind, shape.span.0, shape.strict);
        self.scopes[scope.index()].function = id;
        self.functions.push(Function {
            node: shape.node,
            parent: Some(parent),
            role: shape.role,
            is_async: shape.is_async,
            is_generator: shape.is_generator,
            is_static: shape.is_static,
            strict: shape.strict,
            scope,
            body_scope: scope,
            simple_params: true,
            params_have_expressions: false,
            length: 0,
            span: shape.span,
            created_at: shape.created_at,
            immediately_invoked: false,
            this_var: None,
            new_target_var: None,
            this_function_var: None,
            arguments_var: None,
            name_var: None,
            arguments_escape: false,
            observes_arguments: false,
            direct_eval: false,
            params: Vec::new(),
            class_scope: None,
            has_await: false,
        });
        id
    }

    /// Walks a function as what it is in its place.
    pub(crate) fn walk_function(&mut self, node: &'a js::Function<'a>, place: FunctionPlace) -> FunctionId {
        let strict = self.strict() || node.body.as_ref().is_some_and(|b| b.has_use_strict_directive());
        let id = self.push_function(
            FunctionShape {
                node: FunctionNode::Function(node),
                role: place.role,
                is_async: node.r#async,
                is_generator: node.generator,
                is_static: place.is_static,
                strict,
                span: (place.span.start, place.span.end),
                created_at: place.created_at,
            },
            ScopeKind::Function,
        );
        node.scope_id.set(Some(OxcScopeId::new(id.index())));
        let saved = (self.scope, self.function);
        self.function = id;
        self.scope = self.functions[id.index()].scope;
        self.walk_parameters(id, &node.params);
        if let Some(body) = &node.body {
            self.scope = self.functions[id.index()].body_scope;
            self.walk_statements(&body.statements);
        }
        (self.scope, self.function) = saved;
        id
    }

    pub(crate) fn walk_arrow(&mut self, node: &'a js::ArrowFunctionExpression<'a>) -> FunctionId {
        let strict = self.strict() || node.has_use_strict_directive();
        let id = self.push_function(
            FunctionShape {
                node: FunctionNode::Arrow(node),
                role: FunctionRole::Arrow,
                is_async: node.r#async,
                is_generator: false,
                is_static: false,
                strict,
                span: (node.span.start, node.span.end),
                created_at: node.span.start,
            },
            ScopeKind::Function,
        );
        node.scope_id.set(Some(OxcScopeId::new(id.index())));
        let saved = (self.scope, self.function);
        self.function = id;
        self.scope = self.functions[id.index()].scope;
        self.walk_parameters(id, &node.params);
        self.scope = self.functions[id.index()].body_scope;
        match &node.body {
            js::ArrowFunctionBody::FunctionBody(body) => self.walk_statements(&body.statements),
            body => {
                if let Some(e) = body.as_expression() {
                    self.walk_expression(e);
                }
            }
        }
        (self.scope, self.function) = saved;
        id
    }

    fn walk_parameters(&mut self, id: FunctionId, params: &'a js::FormalParameters<'a>) {
        let simple = params.rest.is_none()
            && params.items.iter().all(|p| {
                p.initializer.is_none() && matches!(p.pattern, BindingPattern::BindingIdentifier(_))
            });
        let expressions =
            params.items.iter().any(|p| p.initializer.is_some() || pattern_has_expression(&p.pattern))
                || params.rest.as_ref().is_some_and(|r| pattern_has_expression(&r.rest.argument));
        let length = params
            .items
            .iter()
            .take_while(|p| {
                p.initializer.is_none() && !matches!(p.pattern, BindingPattern::AssignmentPattern(_))
            })
            .count();
        {
            let f = &mut self.functions[id.index()];
            f.simple_params = simple;
            f.params_have_expressions = expressions;
            f.length = length as u32;
        }
        let scope = self.scope;
        for (i, param) in params.items.iter().enumerate() {
            let end = if expressions { param.span.end } else { 0 };
            if param.accessibility.is_some() || param.readonly || param.r#override {
                self.error("Parameter properties need a transformation that is not supported", param.span);
            }
            if !param.decorators.is_empty() {
                self.error("Decorators are not supported", param.span);
            }
            self.declare_pattern(&param.pattern, scope, VarMode::Param, end);
            if simple && let BindingPattern::BindingIdentifier(b) = &param.pattern {
                let var = self.map[&(scope, b.name)];
                self.vars[var.index()].param_index = i as u32;
                self.functions[id.index()].params.push(var);
            }
            self.walk_pattern(&param.pattern);
            if let Some(init) = &param.initializer {
                self.walk_expression(init);
            }
        }
        if let Some(rest) = &params.rest {
            let end = if expressions { rest.span.end } else { 0 };
            self.declare_pattern(&rest.rest.argument, scope, VarMode::Param, end);
            self.walk_pattern(&rest.rest.argument);
        }
        if expressions {
            // An eval among the parameters declares its variables outside of the parameters.
            if self.scopes[scope.index()].extensible {
                self.scopes[scope.index()].extensible = false;
                let strict = self.scopes[scope.index()].strict;
                let outer = self.scopes[scope.index()].parent;
                let eval_scope = self.new_scope(ScopeKind::ParameterEval, params.span.start, strict);
                let e = &mut self.scopes[eval_scope.index()];
                e.parent = outer;
                e.extensible = true;
                e.inner_eval = true;
                e.function = id;
                self.scopes[scope.index()].parent = Some(eval_scope);
            }
            let strict = self.scopes[scope.index()].strict;
            let body = self.new_scope(ScopeKind::Body, params.span.end, strict);
            self.scopes[body.index()].function = id;
            self.functions[id.index()].body_scope = body;
        }
    }

    /// Declares every name of a pattern in `scope`.
    pub(crate) fn declare_pattern(
        &mut self,
        pattern: &'a BindingPattern<'a>,
        scope: ScopeId,
        mode: VarMode,
        init_end: u32,
    ) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => {
                self.declare_in(scope, id.name, mode, init_end);
            }
            BindingPattern::ObjectPattern(p) => {
                for property in &p.properties {
                    self.declare_pattern(&property.value, scope, mode, init_end);
                }
                if let Some(rest) = &p.rest {
                    self.declare_pattern(&rest.argument, scope, mode, init_end);
                }
            }
            BindingPattern::ArrayPattern(p) => {
                for element in p.elements.iter().flatten() {
                    self.declare_pattern(element, scope, mode, init_end);
                }
                if let Some(rest) = &p.rest {
                    self.declare_pattern(&rest.argument, scope, mode, init_end);
                }
            }
            BindingPattern::AssignmentPattern(p) => self.declare_pattern(&p.left, scope, mode, init_end),
        }
    }

    /// Gives the identifiers of a pattern references (initializing ones) and walks its expressions.
    pub(crate) fn walk_pattern(&mut self, pattern: &'a BindingPattern<'a>) {
        self.walk_pattern_as(pattern, Access::Initialize);
    }

    pub(crate) fn walk_pattern_as(&mut self, pattern: &'a BindingPattern<'a>, access: Access) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.binding(id, access),
            BindingPattern::ObjectPattern(p) => {
                for property in &p.properties {
                    self.walk_property_key(&property.key, property.computed);
                    self.walk_pattern_as(&property.value, access);
                }
                if let Some(rest) = &p.rest {
                    self.walk_pattern_as(&rest.argument, access);
                }
            }
            BindingPattern::ArrayPattern(p) => {
                for element in p.elements.iter().flatten() {
                    self.walk_pattern_as(element, access);
                }
                if let Some(rest) = &p.rest {
                    self.walk_pattern_as(&rest.argument, access);
                }
            }
            BindingPattern::AssignmentPattern(p) => {
                self.walk_pattern_as(&p.left, access);
                self.walk_expression(&p.right);
            }
        }
    }

    pub(crate) fn binding(&mut self, id: &js::BindingIdentifier<'a>, access: Access) {
        let r = self.reference(id.name, id.span.start, access);
        id.symbol_id.set(Some(SymbolId::new(r.index())));
    }
}

/// ContainsExpression: a default value or a computed key inside a pattern.
fn pattern_has_expression(pattern: &BindingPattern<'_>) -> bool {
    match pattern {
        BindingPattern::BindingIdentifier(_) => false,
        BindingPattern::AssignmentPattern(_) => true,
        BindingPattern::ObjectPattern(p) => {
            p.properties.iter().any(|q| q.computed || pattern_has_expression(&q.value))
                || p.rest.as_ref().is_some_and(|r| pattern_has_expression(&r.argument))
        }
        BindingPattern::ArrayPattern(p) => {
            p.elements.iter().flatten().any(pattern_has_expression)
                || p.rest.as_ref().is_some_and(|r| pattern_has_expression(&r.argument))
        }
    }
}
