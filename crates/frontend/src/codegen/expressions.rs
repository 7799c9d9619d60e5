//! Expressions: the dispatch over their kinds, tests, and operands in registers.
//!
//! Three ways to evaluate: for the value in the accumulator (`expr`), for a value that must last while other code runs
//! (`operand`, which uses a local's own register where nothing can assign it meanwhile), and for the truth (`test`, which
//! jumps and makes no boolean). Each group of expressions with more to it has a file of its own.

use super::Gen;
use super::names::LoadMode;
use super::statements::Fallthrough;
use crate::scope::{Pseudo, RefId, VarId};
use oxc_ast::ast::{self as js, Expression};
use oxc_span::GetSpan;
use oxc_syntax::operator::{LogicalOperator, UnaryOperator};
use unspool_bytecode::{Constant, JsString, Label, RegExpLiteral, Register, SlotKind};

impl<'u, 'a> Gen<'u, 'a> {
    /// acc = the value of `e`.
    pub(crate) fn expr(&mut self, e: &'a Expression<'a>) {
        crate::stack::guard(|| self.expr_inner(e));
    }

    /// acc = the value of `e`; an anonymous function or class gets `name`.
    pub(crate) fn named_expr(&mut self, e: &'a Expression<'a>, name: &str) {
        self.expr_with_name(e, &JsString::from(name));
    }

    pub(crate) fn expr_with_name(&mut self, e: &'a Expression<'a>, name: &JsString) {
        match e.without_parentheses() {
            Expression::FunctionExpression(f) if f.id.is_none() => {
                self.function_expression(f, Some(name.clone()));
            }
            Expression::ArrowFunctionExpression(f) => self.arrow_expression(f, Some(name.clone())),
            Expression::ClassExpression(c) if c.id.is_none() => {
                self.class_expression(c, super::classes::ClassName::Static(name.clone()));
            }
            e => self.expr(e),
        }
    }

    /// Evaluates `e` for its effects.
    pub(crate) fn effect(&mut self, e: &'a Expression<'a>) {
        crate::stack::guard(|| match e {
            Expression::ParenthesizedExpression(p) => self.effect(&p.expression),
            Expression::UpdateExpression(u) => self.update(u, super::assignments::Wanted::Nothing),
            Expression::AssignmentExpression(a) => self.assignment(a, super::assignments::Wanted::Nothing),
            Expression::SequenceExpression(s) => {
                for x in &s.expressions {
                    self.scoped(|g| g.effect(x));
                }
            }
            Expression::LogicalExpression(l) => {
                let end = self.b.new_label();
                match l.operator {
                    LogicalOperator::Coalesce => {
                        self.scoped(|g| g.expr(&l.left));
                        self.b.jump_if_not_undefined_or_null(end);
                    }
                    LogicalOperator::And => {
                        let right = self.b.new_label();
                        self.scoped(|g| g.test(&l.left, right, end, Fallthrough::Then));
                        self.b.bind(right);
                    }
                    LogicalOperator::Or => {
                        let right = self.b.new_label();
                        self.scoped(|g| g.test(&l.left, end, right, Fallthrough::Else));
                        self.b.bind(right);
                    }
                }
                self.scoped(|g| g.effect(&l.right));
                self.b.bind(end);
            }
            Expression::ConditionalExpression(c) => self.conditional(c, Self::effect),
            Expression::UnaryExpression(u) if u.operator == UnaryOperator::Void => self.effect(&u.argument),
            e => self.expr_inner(e),
        });
    }

    fn expr_inner(&mut self, e: &'a Expression<'a>) {
        match e {
            Expression::BooleanLiteral(l) => self.b.load_boolean(l.value),
            Expression::NullLiteral(_) => self.b.lda_null(),
            Expression::NumericLiteral(l) => self.b.load_number(l.value),
            Expression::BigIntLiteral(l) => {
                let c = self.b.constant(Constant::BigInt(l.value.as_str().into()));
                self.b.lda_constant(c);
            }
            Expression::RegExpLiteral(l) => self.regexp(l),
            Expression::StringLiteral(l) => self.b.load_string(string_literal(l)),
            Expression::TemplateLiteral(t) => self.template(t),
            Expression::Identifier(id) => {
                let r = self.identifier_ref(id);
                self.load_ref(r, LoadMode::Normal);
            }
            Expression::ArrayExpression(a) => self.array_literal(a),
            Expression::ArrowFunctionExpression(f) => self.arrow_expression(f, None),
            Expression::AssignmentExpression(a) => self.assignment(a, super::assignments::Wanted::Value),
            Expression::AwaitExpression(a) => {
                self.expr(&a.argument);
                self.at(a.span.start);
                self.await_value();
            }
            Expression::BinaryExpression(b) => self.binary(b),
            Expression::CallExpression(c) => self.call(c),
            Expression::ChainExpression(c) => self.chain(c),
            Expression::ClassExpression(c) => self.class_expression(c, super::classes::ClassName::Own),
            Expression::ConditionalExpression(c) => self.conditional(c, Self::expr),
            Expression::FunctionExpression(f) => self.function_expression(f, None),
            Expression::ImportExpression(i) => self.import_call(i),
            Expression::ImportMeta(m) => self.import_meta(m),
            Expression::LogicalExpression(l) => self.logical(l),
            Expression::NewExpression(n) => self.new_expression(n),
            Expression::NewTarget(t) => {
                let r = self.pseudo_ref(t.span.start, Pseudo::NewTarget);
                self.load_ref(r, LoadMode::Normal);
            }
            Expression::ObjectExpression(o) => self.object_literal(o),
            Expression::ParenthesizedExpression(p) => self.expr(&p.expression),
            Expression::SequenceExpression(s) => {
                if let Some((last, first)) = s.expressions.split_last() {
                    for x in first {
                        self.scoped(|g| g.effect(x));
                    }
                    self.expr(last);
                }
            }
            Expression::TaggedTemplateExpression(t) => self.tagged_template(t),
            Expression::ThisExpression(t) => {
                self.load_ref(RefId(t.node_id.get().index() as u32), LoadMode::Normal)
            }
            Expression::UnaryExpression(u) => self.unary(u),
            Expression::UpdateExpression(u) => self.update(u, super::assignments::Wanted::Value),
            Expression::YieldExpression(y) => self.yield_expression(y),
            Expression::PrivateInExpression(p) => {
                self.scoped(|g| {
                    g.load_private_key(&p.left);
                    let key = g.save();
                    g.expr(&p.right);
                    g.at(p.span.start);
                    let slot = g.slot(SlotKind::HasPrivate);
                    g.b.test_private_in(key, slot);
                });
            }
            Expression::TSAsExpression(x) => self.expr(&x.expression),
            Expression::TSSatisfiesExpression(x) => self.expr(&x.expression),
            Expression::TSTypeAssertion(x) => self.expr(&x.expression),
            Expression::TSNonNullExpression(x) => self.expr(&x.expression),
            Expression::TSInstantiationExpression(x) => self.expr(&x.expression),
            Expression::V8IntrinsicExpression(x) => self.native_call(x),
            Expression::Super(s) => self.fail("'super' keyword unexpected here", s.span),
            Expression::JSXElement(_) | Expression::JSXFragment(_) => {
                self.fail("JSX is not supported", e.span())
            }
            e => {
                if let Some(m) = e.as_member_expression() {
                    self.member(m);
                }
            }
        }
    }

    pub(crate) fn pseudo_ref(&self, position: u32, what: Pseudo) -> RefId {
        self.a.pseudo_refs.get(&(position, what)).copied().unwrap_or(RefId(u32::MAX))
    }

    pub(crate) fn load_this(&mut self, position: u32) {
        let r = self.pseudo_ref(position, Pseudo::This);
        self.load_ref(r, LoadMode::Normal);
    }

    // --- operands ---

    /// A register that holds the value of `e` until the caller is done with it, while `later` expressions are evaluated. Locals are used
    /// in place when none of `later` can assign them.
    pub(crate) fn operand(&mut self, e: &'a Expression<'a>, later: &[&'a Expression<'a>]) -> Register {
        if let Some(r) = self.operand_in_place(e, later) {
            return r;
        }
        // The result's register comes first, so that temporaries of the computation can be freed.
        let r = self.temp();
        self.scoped(|g| g.expr(e));
        self.b.star(r);
        r
    }

    fn operand_in_place(&mut self, e: &'a Expression<'a>, later: &[&'a Expression<'a>]) -> Option<Register> {
        let reference = match e.without_parentheses() {
            Expression::Identifier(id) => self.identifier_ref(id),
            Expression::ThisExpression(t) => RefId(t.node_id.get().index() as u32),
            _ => return None,
        };
        let (var, r) = self.plain_register(reference)?;
        if self.a.var(var).assigned {
            let mut budget = 40;
            if later.iter().any(|x| self.may_assign(x, var, &mut budget)) {
                return None;
            }
        }
        Some(r)
    }

    /// Whether evaluating `e` can assign the register variable `var`; `true` when it is too long to find out.
    fn may_assign(&self, e: &Expression<'a>, var: VarId, budget: &mut u32) -> bool {
        if *budget == 0 {
            return true;
        }
        *budget -= 1;
        let is_var = |r: RefId| {
            matches!(self.a.refs[r.index()].resolution,
                crate::scope::Resolution::Variable { var: v, .. } if v == var)
        };
        match e {
            Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::Identifier(_)
            | Expression::ThisExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::NewTarget(_)
            | Expression::ImportMeta(_) => false,
            Expression::ParenthesizedExpression(p) => self.may_assign(&p.expression, var, budget),
            Expression::BinaryExpression(b) => {
                self.may_assign(&b.left, var, budget) || self.may_assign(&b.right, var, budget)
            }
            Expression::LogicalExpression(b) => {
                self.may_assign(&b.left, var, budget) || self.may_assign(&b.right, var, budget)
            }
            Expression::ConditionalExpression(c) => {
                self.may_assign(&c.test, var, budget)
                    || self.may_assign(&c.consequent, var, budget)
                    || self.may_assign(&c.alternate, var, budget)
            }
            Expression::UnaryExpression(u) => self.may_assign(&u.argument, var, budget),
            Expression::StaticMemberExpression(m) => self.may_assign(&m.object, var, budget),
            Expression::PrivateFieldExpression(m) => self.may_assign(&m.object, var, budget),
            Expression::ComputedMemberExpression(m) => {
                self.may_assign(&m.object, var, budget) || self.may_assign(&m.expression, var, budget)
            }
            Expression::CallExpression(c) => {
                self.may_assign(&c.callee, var, budget)
                    || c.arguments.iter().any(|a| match a {
                        js::Argument::SpreadElement(s) => self.may_assign(&s.argument, var, budget),
                        a => a.as_expression().is_none_or(|x| self.may_assign(x, var, budget)),
                    })
            }
            Expression::NewExpression(c) => {
                self.may_assign(&c.callee, var, budget)
                    || c.arguments.iter().any(|a| match a {
                        js::Argument::SpreadElement(s) => self.may_assign(&s.argument, var, budget),
                        a => a.as_expression().is_none_or(|x| self.may_assign(x, var, budget)),
                    })
            }
            Expression::UpdateExpression(u) => match &u.argument {
                js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => is_var(self.identifier_ref(id)),
                target => target.as_member_expression().is_none_or(|m| {
                    self.may_assign(m.object(), var, budget)
                        || match m {
                            js::MemberExpression::ComputedMemberExpression(c) => {
                                self.may_assign(&c.expression, var, budget)
                            }
                            _ => false,
                        }
                }),
            },
            Expression::AssignmentExpression(a) => {
                let target = match &a.left {
                    js::AssignmentTarget::AssignmentTargetIdentifier(id) => is_var(self.identifier_ref(id)),
                    target => target.as_member_expression().is_none_or(|m| {
                        self.may_assign(m.object(), var, budget)
                            || match m {
                                js::MemberExpression::ComputedMemberExpression(c) => {
                                    self.may_assign(&c.expression, var, budget)
                                }
                                _ => false,
                            }
                    }),
                };
                target || self.may_assign(&a.right, var, budget)
            }
            _ => true,
        }
    }

    /// The value of `e` in exactly the register `r`.
    pub(crate) fn expr_to(&mut self, e: &'a Expression<'a>, r: Register) {
        if let Some(from) = self.operand_in_place(e, &[]) {
            self.b.mov(from, r);
            return;
        }
        self.scoped(|g| g.expr(e));
        self.b.star(r);
    }

    // --- members ---

    /// acc = a property.
    pub(crate) fn member(&mut self, m: &'a js::MemberExpression<'a>) {
        if matches!(m.object(), Expression::Super(_)) {
            return self.super_member(m);
        }
        self.scoped(|g| {
            let object = match m {
                js::MemberExpression::ComputedMemberExpression(c) => g.operand(&c.object, &[&c.expression]),
                m => g.operand(m.object(), &[]),
            };
            if m.optional() {
                g.b.ldar(object);
                g.short_circuit();
            }
            g.load_from(object, m);
        });
    }

    pub(crate) fn get_named(&mut self, object: Register, name: &str) {
        let name = self.name_constant(name);
        let slot = self.slot(SlotKind::LoadProperty);
        self.b.get_named_property(object, name, slot);
    }

    /// acc = object[key]; constant string keys are named loads.
    pub(crate) fn get_computed(&mut self, object: Register, key: &'a Expression<'a>) {
        if let Some(name) = constant_name(key) {
            self.at(key.span().start);
            let name = self.b.string(name);
            let slot = self.slot(SlotKind::LoadProperty);
            self.b.get_named_property(object, name, slot);
        } else {
            self.scoped(|g| g.expr(key));
            self.at(key.span().start);
            let slot = self.slot(SlotKind::LoadKeyed);
            self.b.get_keyed_property(object, slot);
        }
    }

    pub(crate) fn get_private(&mut self, object: Register, field: &'a js::PrivateIdentifier<'a>) {
        self.load_private_key(field);
        self.at(field.span.start);
        let slot = self.slot(SlotKind::LoadPrivate);
        self.b.get_private_property(object, slot);
    }

    /// acc = the private name (a symbol).
    pub(crate) fn load_private_key(&mut self, field: &js::PrivateIdentifier<'a>) {
        self.load_ref(RefId(field.node_id.get().index() as u32), LoadMode::Normal);
    }

    fn super_member(&mut self, m: &'a js::MemberExpression<'a>) {
        let at = m.object().span().start;
        self.scoped(|g| {
            // The receiver is read before the key is evaluated, the home object's prototype after.
            g.load_this(at);
            let this = g.save();
            match m {
                js::MemberExpression::StaticMemberExpression(s) => {
                    g.load_home(at);
                    g.at(s.property.span.start);
                    let name = g.name_constant(&s.property.name);
                    let slot = g.slot(SlotKind::LoadSuper);
                    g.b.get_named_property_from_super(this, name, slot);
                }
                js::MemberExpression::ComputedMemberExpression(c) => {
                    g.expr(&c.expression);
                    let key = g.super_key(&c.expression);
                    g.load_home(at);
                    g.at(c.expression.span().start);
                    let slot = g.slot(SlotKind::LoadKeyedSuper);
                    g.b.get_keyed_property_from_super(this, key, slot);
                }
                js::MemberExpression::PrivateFieldExpression(p) => {
                    g.fail("Unexpected private field", p.span);
                }
            }
        });
    }

    pub(crate) fn load_home(&mut self, position: u32) {
        let r = self.pseudo_ref(position, Pseudo::Home);
        self.load_ref(r, LoadMode::Normal);
    }

    /// Saves the key in acc; conversion is left to the instruction that uses it.
    pub(crate) fn super_key(&mut self, _key: &Expression<'a>) -> Register {
        self.save()
    }

    // --- control in expressions ---

    /// Evaluates the branch that the test chooses, by `evaluate`.
    fn conditional(
        &mut self,
        c: &'a js::ConditionalExpression<'a>,
        evaluate: fn(&mut Self, &'a Expression<'a>),
    ) {
        let (then, otherwise, end) = (self.b.new_label(), self.b.new_label(), self.b.new_label());
        self.scoped(|g| g.test(&c.test, then, otherwise, Fallthrough::Then));
        self.b.bind(then);
        self.scoped(|g| evaluate(g, &c.consequent));
        self.b.jump(end);
        self.b.bind(otherwise);
        self.scoped(|g| evaluate(g, &c.alternate));
        self.b.bind(end);
    }

    fn logical(&mut self, l: &'a js::LogicalExpression<'a>) {
        let end = self.b.new_label();
        self.scoped(|g| g.expr(&l.left));
        match l.operator {
            LogicalOperator::And => self.b.jump_if_to_boolean_false(end),
            LogicalOperator::Or => self.b.jump_if_to_boolean_true(end),
            LogicalOperator::Coalesce => self.b.jump_if_not_undefined_or_null(end),
        }
        self.scoped(|g| g.expr(&l.right));
        self.b.bind(end);
    }

    /// Jumps to `then` or `otherwise` by the truth of `e`, falling through to the one that `fall` names (which the caller
    /// binds next).
    pub(crate) fn test(&mut self, e: &'a Expression<'a>, then: Label, otherwise: Label, fall: Fallthrough) {
        crate::stack::guard(|| match e {
            Expression::ParenthesizedExpression(p) => self.test(&p.expression, then, otherwise, fall),
            Expression::UnaryExpression(u) if u.operator == UnaryOperator::LogicalNot => {
                let fall = if fall == Fallthrough::Then { Fallthrough::Else } else { Fallthrough::Then };
                self.test(&u.argument, otherwise, then, fall);
            }
            Expression::LogicalExpression(l) if l.operator != LogicalOperator::Coalesce => {
                let right = self.b.new_label();
                if l.operator == LogicalOperator::And {
                    self.scoped(|g| g.test(&l.left, right, otherwise, Fallthrough::Then));
                } else {
                    self.scoped(|g| g.test(&l.left, then, right, Fallthrough::Else));
                }
                self.b.bind(right);
                self.test(&l.right, then, otherwise, fall);
            }
            Expression::BooleanLiteral(b) => {
                if b.value != (fall == Fallthrough::Then) {
                    self.b.jump(if b.value { then } else { otherwise });
                }
            }
            e => {
                self.expr(e);
                match (fall, gives_boolean(e)) {
                    (Fallthrough::Then, true) => self.b.jump_if_false(otherwise),
                    (Fallthrough::Then, false) => self.b.jump_if_to_boolean_false(otherwise),
                    (Fallthrough::Else, true) => self.b.jump_if_true(then),
                    (Fallthrough::Else, false) => self.b.jump_if_to_boolean_true(then),
                }
            }
        });
    }

    fn regexp(&mut self, l: &'a js::RegExpLiteral<'a>) {
        let pattern = self.source_units(l.regex.pattern.text.as_str(), l.span.start + 1);
        let flags = JsString::from(l.regex.flags.to_string().as_str());
        let c = self.b.constant(Constant::RegExp(RegExpLiteral { pattern, flags }));
        let slot = self.slot(SlotKind::Literal);
        self.at(l.span.start);
        self.b.create_reg_exp_literal(c, slot);
    }

    /// Text that stands in the source at `start`, as the units it originally had.
    pub(crate) fn source_units(&self, text: &str, start: u32) -> JsString {
        match self.unit.source.slice(start, start + text.len() as u32) {
            Some(_) => JsString::from(text),
            None => JsString::from_utf16(&self.unit.source.slice_utf16(start, start + text.len() as u32)),
        }
    }
}

/// A string literal's value.
pub(crate) fn string_literal(l: &js::StringLiteral<'_>) -> JsString {
    if l.lone_surrogates { super::with_lone_surrogates(&l.value) } else { JsString::from(l.value.as_str()) }
}

/// The value of a small-integer literal.
pub(crate) fn smi_literal(e: &Expression<'_>) -> Option<i32> {
    let (value, negative) = match e.without_parentheses() {
        Expression::NumericLiteral(n) => (n.value, false),
        Expression::UnaryExpression(u) if u.operator == UnaryOperator::UnaryNegation => {
            match u.argument.without_parentheses() {
                Expression::NumericLiteral(n) if n.value != 0.0 => (-n.value, true),
                _ => return None,
            }
        }
        _ => return None,
    };
    let smi = value as i32;
    (f64::from(smi) == value && (negative || value.is_sign_positive())).then_some(smi)
}

/// A computed key that is a string literal and not an array index: the same as a named property.
pub(crate) fn constant_name(key: &Expression<'_>) -> Option<JsString> {
    match key.without_parentheses() {
        Expression::StringLiteral(l) if !is_array_index(&l.value) => Some(string_literal(l)),
        _ => None,
    }
}

/// Whether a property name is a canonical array index or another integer that elements may hold.
pub(crate) fn is_array_index(name: &str) -> bool {
    let bytes = name.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 10
        && bytes.iter().all(u8::is_ascii_digit)
        && (bytes.len() == 1 || bytes[0] != b'0')
}

/// Whether an expression's value is always a boolean.
pub(crate) fn gives_boolean(e: &Expression<'_>) -> bool {
    match e {
        Expression::BooleanLiteral(_) | Expression::PrivateInExpression(_) => true,
        Expression::UnaryExpression(u) => {
            matches!(u.operator, UnaryOperator::LogicalNot | UnaryOperator::Delete)
        }
        Expression::BinaryExpression(b) => {
            b.operator.is_compare() || b.operator.is_equality() || b.operator.is_relational()
        }
        Expression::ParenthesizedExpression(p) => gives_boolean(&p.expression),
        _ => false,
    }
}

/// Whether evaluating `e` runs no code that could change what a name means or a variable's value.
pub(crate) fn is_simple(e: &Expression<'_>) -> bool {
    matches!(
        e.without_parentheses(),
        Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::RegExpLiteral(_)
            | Expression::ThisExpression(_)
    )
}
