//! The walk over expressions and assignment targets.
//!
//! Mostly it descends; what it does besides: it notes references with their access, finds direct evals (after which every
//! name in reach must be findable at run time), and notes uses of `arguments` that let the object escape. Depth is
//! watched, because programs may nest deeper than the machine stack.

use super::build::{Builder, names};
use super::functions::FunctionPlace;
use super::*;
use oxc_ast::ast::{self as js, Expression};
use oxc_span::GetSpan;
use oxc_syntax::{node::NodeId, scope::ScopeId as OxcScopeId};

impl<'a> Builder<'a> {
    pub(crate) fn walk_expression(&mut self, e: &'a Expression<'a>) {
        crate::stack::guard(|| self.walk_expression_inner(e));
    }

    fn walk_expression_inner(&mut self, e: &'a Expression<'a>) {
        match e {
            Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::ImportMeta(_) => {}
            Expression::TemplateLiteral(t) => self.walk_all(&t.expressions),
            Expression::Identifier(id) => self.identifier(id, Access::Read),
            Expression::Super(_) => {}
            Expression::ArrayExpression(a) => self.walk_array(a),
            Expression::ArrowFunctionExpression(f) => {
                self.walk_arrow(f);
            }
            Expression::AssignmentExpression(a) => {
                self.walk_assignment_target(&a.left, Access::Write);
                self.walk_expression(&a.right);
            }
            Expression::AwaitExpression(a) => {
                self.functions[self.function.index()].has_await = true;
                self.walk_expression(&a.argument);
            }
            Expression::BinaryExpression(b) => {
                self.walk_expression(&b.left);
                self.walk_expression(&b.right);
            }
            Expression::CallExpression(c) => self.walk_call(c),
            Expression::ChainExpression(c) => self.walk_chain(c),
            Expression::ClassExpression(c) => self.walk_class(c),
            Expression::ConditionalExpression(c) => {
                self.walk_expression(&c.test);
                self.walk_expression(&c.consequent);
                self.walk_expression(&c.alternate);
            }
            Expression::FunctionExpression(f) => {
                self.walk_function(f, FunctionPlace::expression(f));
            }
            Expression::ImportExpression(i) => {
                self.walk_expression(&i.source);
                self.walk_inherited(i.options.as_ref());
            }
            Expression::LogicalExpression(l) => {
                self.walk_expression(&l.left);
                self.walk_expression(&l.right);
            }
            Expression::NewExpression(n) => {
                self.walk_expression(&n.callee);
                self.walk_arguments(&n.arguments);
            }
            Expression::ObjectExpression(o) => self.walk_object(o),
            Expression::ParenthesizedExpression(p) => self.walk_expression(&p.expression),
            Expression::SequenceExpression(s) => self.walk_all(&s.expressions),
            Expression::TaggedTemplateExpression(t) => {
                self.walk_expression(&t.tag);
                self.walk_all(&t.quasi.expressions);
            }
            Expression::ThisExpression(t) => {
                let r = self.reference(Ident::from(names::THIS), t.span.start, Access::Read);
                t.node_id.set(NodeId::new(r.index()));
            }
            Expression::NewTarget(t) => self.pseudo(Pseudo::NewTarget, t.span.start),
            Expression::UnaryExpression(u) => {
                let argument = u.argument.without_parentheses();
                match argument.as_member_expression() {
                    Some(m) if u.operator == js::UnaryOperator::Delete => self.walk_member(m),
                    _ => self.walk_expression(argument),
                }
            }
            Expression::UpdateExpression(u) => self.walk_simple_target(&u.argument, Access::Write),
            Expression::YieldExpression(y) => self.walk_inherited(y.argument.as_ref()),
            Expression::PrivateInExpression(p) => {
                self.private_name(&p.left);
                self.walk_expression(&p.right);
            }
            Expression::TSAsExpression(x) => self.walk_expression(&x.expression),
            Expression::TSSatisfiesExpression(x) => self.walk_expression(&x.expression),
            Expression::TSTypeAssertion(x) => self.walk_expression(&x.expression),
            Expression::TSNonNullExpression(x) => self.walk_expression(&x.expression),
            Expression::TSInstantiationExpression(x) => self.walk_expression(&x.expression),
            Expression::V8IntrinsicExpression(x) => {
                if self.goal != crate::goal::Goal::SelfHosted {
                    self.native(x);
                }
                self.walk_native_call(x);
            }
            Expression::JSXElement(_) | Expression::JSXFragment(_) => {
                self.error("JSX is not supported", e.span());
            }
            e => {
                if let Some(m) = e.as_member_expression() {
                    self.walk_member_read(m);
                }
            }
        }
    }

    fn walk_all(&mut self, expressions: &'a [Expression<'a>]) {
        for e in expressions {
            self.walk_expression(e);
        }
    }

    fn walk_array(&mut self, a: &'a js::ArrayExpression<'a>) {
        for element in &a.elements {
            match element {
                js::ArrayExpressionElement::SpreadElement(s) => self.walk_expression(&s.argument),
                js::ArrayExpressionElement::Elision(_) => {}
                element => self.walk_inherited(element.as_expression()),
            }
        }
    }

    fn walk_chain(&mut self, c: &'a js::ChainExpression<'a>) {
        match &c.expression {
            js::ChainElement::CallExpression(call) => self.walk_call(call),
            js::ChainElement::TSNonNullExpression(x) => self.walk_expression(&x.expression),
            element => {
                if let Some(m) = element.as_member_expression() {
                    self.walk_member(m);
                }
            }
        }
    }

    /// `%Name(…)`: some intrinsics look at the activation.
    fn walk_native_call(&mut self, x: &'a js::V8IntrinsicExpression<'a>) {
        match x.name.name.as_str() {
            "NewTarget" => self.pseudo(Pseudo::NewTarget, x.span.start),
            "ArgumentsLength" | "GetArgument" | "ArgumentsFrom" => {
                self.functions[self.function.index()].observes_arguments = true;
            }
            _ => {}
        }
        self.walk_arguments(&x.arguments);
    }

    pub(crate) fn walk_inherited(&mut self, e: Option<&'a Expression<'a>>) {
        if let Some(e) = e {
            self.walk_expression(e);
        }
    }

    pub(crate) fn walk_arguments(&mut self, arguments: &'a [js::Argument<'a>]) {
        for argument in arguments {
            match argument {
                js::Argument::SpreadElement(s) => self.walk_expression(&s.argument),
                argument => self.walk_inherited(argument.as_expression()),
            }
        }
    }

    /// A member expression whose value is read and nothing else happens to it: it is no callee, no target, and not deleted. Then
    /// `arguments[i]` does not let the arguments object escape.
    fn walk_member_read(&mut self, m: &'a js::MemberExpression<'a>) {
        if let Expression::Identifier(id) = m.object()
            && id.name == names::ARGUMENTS
            && !m.optional()
            && (m.is_computed() || m.static_property_name() == Some("length"))
        {
            self.identifier(id, Access::Read);
            if let Some(r) = id.reference_id.get() {
                self.plain_arguments.insert(RefId(r.index() as u32));
            }
            self.walk_property(m);
        } else {
            self.walk_member(m);
        }
    }

    /// A member expression, whatever happens to it.
    pub(crate) fn walk_member(&mut self, m: &'a js::MemberExpression<'a>) {
        match m.object() {
            Expression::Super(s) => {
                self.pseudo(Pseudo::This, s.span.start);
                self.pseudo(Pseudo::Home, s.span.start);
            }
            object => self.walk_expression(object),
        }
        self.walk_property(m);
    }

    /// The property of a member expression.
    fn walk_property(&mut self, m: &'a js::MemberExpression<'a>) {
        match m {
            js::MemberExpression::ComputedMemberExpression(c) => self.walk_expression(&c.expression),
            js::MemberExpression::StaticMemberExpression(s) => {
                if self.strict() && crate::parse::is_invalid_target(self.source, s) {
                    self.error("Invalid left-hand side in assignment", s.object.span());
                }
            }
            js::MemberExpression::PrivateFieldExpression(p) => self.private_name(&p.field),
        }
    }

    fn walk_call(&mut self, c: &'a js::CallExpression<'a>) {
        let at = c.span.start;
        match c.callee.get_inner_expression() {
            Expression::Super(_) => {
                self.pseudo(Pseudo::ThisFunction, at);
                self.pseudo(Pseudo::NewTarget, at);
                self.pseudo(Pseudo::BindThis, at);
            }
            Expression::FunctionExpression(f) => {
                let id = self.walk_function(f, FunctionPlace::expression(f));
                self.functions[id.index()].immediately_invoked = true;
            }
            Expression::ArrowFunctionExpression(f) => {
                let id = self.walk_arrow(f);
                self.functions[id.index()].immediately_invoked = true;
            }
            Expression::Identifier(id) if id.name == "eval" && !c.optional => {
                self.identifier(id, Access::Read);
                self.direct_eval(at);
            }
            callee => match callee.as_member_expression() {
                Some(m) => self.walk_member(m),
                None => self.walk_expression(callee),
            },
        }
        self.walk_arguments(&c.arguments);
    }

    /// A call that may be a direct eval: everything in reach must be findable by name.
    fn direct_eval(&mut self, at: u32) {
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            self.scopes[id.index()].inner_eval = true;
            scope = self.scopes[id.index()].parent;
        }
        self.functions[self.function.index()].direct_eval = true;
        if !self.strict() {
            // Variables of scripts, and of eval code outside of functions, are global.
            let target = self.eval_var_scope();
            if matches!(
                self.scopes[target.index()].kind,
                ScopeKind::Function | ScopeKind::Body | ScopeKind::Block
            ) {
                self.scopes[target.index()].extensible = true;
            }
        }
        self.eval_sites.push((self.scope, self.function, at));
        for what in [Pseudo::This, Pseudo::NewTarget, Pseudo::ThisFunction, Pseudo::Home] {
            self.pseudo(what, at);
        }
        self.reference(Ident::from(names::ARGUMENTS), at, Access::Read);
    }

    /// The scope to which a sloppy direct eval here adds its variables: parameters have theirs apart from the body.
    fn eval_var_scope(&self) -> ScopeId {
        let function = &self.functions[self.function.index()];
        let mut scope = self.scope;
        loop {
            if scope == function.body_scope || scope == function.scope {
                return scope;
            }
            match self.scopes[scope.index()].parent {
                Some(parent) if self.scopes[parent.index()].function == self.function => scope = parent,
                _ => return function.scope,
            }
        }
    }

    pub(crate) fn private_name(&mut self, id: &'a js::PrivateIdentifier<'a>) {
        let name = self.private_ident(id);
        let r = self.reference(name, id.span.start, Access::Read);
        id.node_id.set(NodeId::new(r.index()));
    }

    pub(crate) fn walk_property_key(&mut self, key: &'a js::PropertyKey<'a>, computed: bool) {
        if computed {
            self.walk_inherited(key.as_expression());
        }
    }

    fn walk_object(&mut self, o: &'a js::ObjectExpression<'a>) {
        let has_methods = o
            .properties
            .iter()
            .any(|p| p.as_property().is_some_and(|p| p.method || p.kind != js::PropertyKind::Init));
        if has_methods {
            let id = self.in_scope(ScopeKind::ObjectLiteral, o.span.start, |b, scope| {
                b.declare_in(scope, Ident::from(names::HOME), VarMode::Internal, 0);
                b.walk_properties(o);
            });
            self.extra_scopes.insert(o.span.start, id);
        } else {
            self.walk_properties(o);
        }
    }

    fn walk_properties(&mut self, o: &'a js::ObjectExpression<'a>) {
        for property in &o.properties {
            match property {
                js::ObjectPropertyKind::SpreadProperty(s) => self.walk_expression(&s.argument),
                js::ObjectPropertyKind::ObjectProperty(p) => {
                    self.walk_property_key(&p.key, p.computed);
                    let role = match p.kind {
                        js::PropertyKind::Get => FunctionRole::Getter,
                        js::PropertyKind::Set => FunctionRole::Setter,
                        js::PropertyKind::Init => FunctionRole::Method,
                    };
                    match &p.value {
                        Expression::FunctionExpression(f) if p.method || p.kind != js::PropertyKind::Init => {
                            let place = FunctionPlace {
                                role,
                                span: p.span,
                                created_at: p.span.start,
                                ..FunctionPlace::expression(f)
                            };
                            self.walk_function(f, place);
                            self.check_getter(f, role);
                        }
                        value => self.walk_expression(value),
                    }
                }
            }
        }
    }

    // --- assignment targets ---

    pub(crate) fn walk_assignment_target(&mut self, target: &'a js::AssignmentTarget<'a>, access: Access) {
        match target {
            js::AssignmentTarget::ArrayAssignmentTarget(a) => {
                for element in a.elements.iter().flatten() {
                    self.walk_maybe_default(element, access);
                }
                if let Some(rest) = &a.rest {
                    self.walk_assignment_target(&rest.target, access);
                }
            }
            js::AssignmentTarget::ObjectAssignmentTarget(o) => {
                for property in &o.properties {
                    match property {
                        js::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(p) => {
                            self.identifier(&p.binding, access);
                            if let Some(init) = &p.init {
                                self.walk_expression(init);
                            }
                        }
                        js::AssignmentTargetProperty::AssignmentTargetPropertyProperty(p) => {
                            self.walk_property_key(&p.name, p.computed);
                            self.walk_maybe_default(&p.binding, access);
                        }
                    }
                }
                if let Some(rest) = &o.rest {
                    self.walk_assignment_target(&rest.target, access);
                }
            }
            target => {
                if let Some(simple) = target.as_simple_assignment_target() {
                    self.walk_simple_target(simple, access);
                }
            }
        }
    }

    fn walk_maybe_default(&mut self, target: &'a js::AssignmentTargetMaybeDefault<'a>, access: Access) {
        match target {
            js::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(d) => {
                self.walk_assignment_target(&d.binding, access);
                self.walk_expression(&d.init);
            }
            target => {
                if let Some(t) = target.as_assignment_target() {
                    self.walk_assignment_target(t, access);
                }
            }
        }
    }

    pub(crate) fn walk_simple_target(&mut self, target: &'a js::SimpleAssignmentTarget<'a>, access: Access) {
        match target {
            js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => self.identifier(id, access),
            js::SimpleAssignmentTarget::TSAsExpression(x) => self.walk_expression(&x.expression),
            js::SimpleAssignmentTarget::TSSatisfiesExpression(x) => self.walk_expression(&x.expression),
            js::SimpleAssignmentTarget::TSNonNullExpression(x) => self.walk_expression(&x.expression),
            js::SimpleAssignmentTarget::TSTypeAssertion(x) => self.walk_expression(&x.expression),
            target => {
                if let Some(m) = target.as_member_expression() {
                    self.walk_member(m);
                }
            }
        }
    }

    /// Sets the scope cell of a node that has one.
    pub(crate) fn set_scope(cell: &std::cell::Cell<Option<OxcScopeId>>, id: ScopeId) {
        cell.set(Some(OxcScopeId::new(id.index())));
    }
}

impl<'a> Builder<'a> {
    /// A native of V8 must exist and get as many arguments as it takes: both are early errors.
    fn native(&mut self, x: &'a js::V8IntrinsicExpression<'a>) {
        let name = x.name.name.as_str();
        match unspool_bytecode::Native::from_name(name) {
            None => self.error(format!("{name} is not defined"), x.span),
            Some(native) if !native.arity().accepts(x.arguments.len() as u32) => {
                self.error("Runtime function given wrong number of arguments", x.span);
            }
            Some(_) => {}
        }
    }
}
