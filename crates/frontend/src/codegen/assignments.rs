//! Assignment, compound assignment, `++` and `--`.
//!
//! The left side is evaluated first, into a `Target`: registers that hold what the store will need (object, key, a
//! resolved holder). Then comes the right side, then the store. A target costs nothing if it is a plain local, and the
//! code says beforehand whether the expression's value is *wanted*, because most assignments are statements.
//! Destructuring is in `patterns`.

use super::Gen;
use super::expressions::{constant_name, is_simple, smi_literal};
use super::names::{LoadMode, NameTarget};
use oxc_ast::ast::{self as js, Expression};
use oxc_span::GetSpan;
use oxc_syntax::operator::{AssignmentOperator, UpdateOperator};
use unspool_bytecode::{JsString, LanguageMode, MessageId, Register, RegisterRange, RuntimeId, SlotKind};

/// Whether an expression's value is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Value,
    Nothing,
}

/// An evaluated left side.
pub(crate) enum Target {
    Name(NameTarget),
    Named {
        object: Register,
        name: JsString,
        position: u32,
    },
    Keyed {
        object: Register,
        key: Register,
        position: u32,
    },
    Private {
        object: Register,
        key: Register,
        position: u32,
    },
    /// (this, home object).
    SuperNamed {
        pair: Register,
        name: JsString,
        position: u32,
    },
    /// Five registers: super's base object, key, this, and room for the value and the language mode.
    SuperKeyed {
        range: RegisterRange,
        position: u32,
    },
    /// `f() = …`: the call has been evaluated; using the target throws.
    Invalid {
        position: u32,
    },
}

impl<'u, 'a> Gen<'u, 'a> {
    fn language_mode(&self) -> LanguageMode {
        if self.strict() { LanguageMode::Strict } else { LanguageMode::Sloppy }
    }

    /// Evaluates a member expression as a reference; `later` is evaluated while it is held.
    pub(crate) fn member_target(
        &mut self,
        m: &'a js::MemberExpression<'a>,
        later: &[&'a Expression<'a>],
    ) -> Target {
        let position = m.span().start;
        if let Expression::Super(s) = m.object() {
            let at = s.span.start;
            return match m {
                js::MemberExpression::ComputedMemberExpression(c) => {
                    let range = self.temps(5);
                    self.load_this(at);
                    self.b.star(range.get(2));
                    self.expr_to(&c.expression, range.get(1));
                    self.load_home(at);
                    // The home object's prototype is read now; the key is converted later.
                    self.b.get_super_constructor(range.get(0));
                    Target::SuperKeyed { range, position }
                }
                m => {
                    let name = m.static_property_name().unwrap_or("");
                    if !later.iter().all(|e| is_simple(e)) {
                        // What is computed meanwhile may change the home object's prototype.
                        let range = self.temps(5);
                        self.load_this(at);
                        self.b.star(range.get(2));
                        self.b.load_string(name);
                        self.b.star(range.get(1));
                        self.load_home(at);
                        self.b.get_super_constructor(range.get(0));
                        return Target::SuperKeyed { range, position };
                    }
                    let range = self.temps(2);
                    self.load_this(at);
                    self.b.star(range.get(0));
                    self.load_home(at);
                    self.b.star(range.get(1));
                    Target::SuperNamed { pair: range.first, name: JsString::from(name), position }
                }
            };
        }
        match m {
            js::MemberExpression::StaticMemberExpression(s) => {
                if crate::parse::is_invalid_target(self.unit.source, s) {
                    // The error comes before the right side is evaluated.
                    self.scoped(|g| g.effect(&s.object));
                    let target = Target::Invalid { position };
                    self.store_target(&target);
                    return target;
                }
                let object = self.operand(&s.object, later);
                Target::Named {
                    object,
                    name: JsString::from(s.property.name.as_str()),
                    position: s.property.span.start,
                }
            }
            js::MemberExpression::ComputedMemberExpression(c) => {
                let mut all = vec![&c.expression];
                all.extend_from_slice(later);
                let object = self.operand(&c.object, &all);
                if let Some(name) = constant_name(&c.expression) {
                    return Target::Named { object, name, position: c.expression.span().start };
                }
                let key = self.operand(&c.expression, later);
                Target::Keyed { object, key, position: c.expression.span().start }
            }
            js::MemberExpression::PrivateFieldExpression(p) => {
                let object = self.operand(&p.object, later);
                self.load_private_key(&p.field);
                let key = self.save();
                Target::Private { object, key, position: p.field.span.start }
            }
        }
    }

    /// Evaluates the left side of an assignment that is not a pattern.
    pub(crate) fn simple_target(
        &mut self,
        target: &'a js::SimpleAssignmentTarget<'a>,
        later: &[&'a Expression<'a>],
    ) -> Target {
        match target {
            js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                let r = self.identifier_ref(id);
                Target::Name(match later.iter().all(|e| is_simple(e)) {
                    true => NameTarget::Static(r),
                    false => self.prepare_name(r),
                })
            }
            target => match target.as_member_expression() {
                Some(m) => self.member_target(m, later),
                None => {
                    let inner = match target {
                        js::SimpleAssignmentTarget::TSAsExpression(x) => Some(&x.expression),
                        js::SimpleAssignmentTarget::TSSatisfiesExpression(x) => Some(&x.expression),
                        js::SimpleAssignmentTarget::TSNonNullExpression(x) => Some(&x.expression),
                        js::SimpleAssignmentTarget::TSTypeAssertion(x) => Some(&x.expression),
                        _ => None,
                    };
                    match inner.map(|e| e.get_inner_expression()) {
                        Some(Expression::Identifier(id)) => {
                            let r = self.identifier_ref(id);
                            Target::Name(self.prepare_name(r))
                        }
                        Some(e) if e.as_member_expression().is_some() => match e.as_member_expression() {
                            Some(m) => self.member_target(m, later),
                            None => Target::Invalid { position: target.span().start },
                        },
                        _ => Target::Invalid { position: target.span().start },
                    }
                }
            },
        }
    }

    /// Stores acc. The accumulator survives only where [`Self::keeps_accumulator`] says so.
    pub(crate) fn store_target(&mut self, target: &Target) {
        match target {
            Target::Name(name) => self.store_prepared(name),
            Target::Named { object, name, position } => {
                let constant = self.b.string(name.clone());
                self.at(*position);
                let kind = if self.strict() { SlotKind::SetNamedStrict } else { SlotKind::SetNamedSloppy };
                let slot = self.slot(kind);
                self.b.set_named_property(*object, constant, slot);
            }
            Target::Keyed { object, key, position } => {
                self.at(*position);
                let kind = if self.strict() { SlotKind::SetKeyedStrict } else { SlotKind::SetKeyedSloppy };
                let slot = self.slot(kind);
                self.b.set_keyed_property(*object, *key, slot);
            }
            Target::Private { object, key, position } => {
                self.at(*position);
                let slot = self.slot(SlotKind::SetPrivate);
                self.b.set_private_property(*object, *key, slot);
            }
            Target::SuperNamed { pair, name, position } => {
                let constant = self.b.string(name.clone());
                let mode = self.language_mode();
                self.at(*position);
                self.b.set_named_property_to_super(*pair, constant, mode);
            }
            Target::SuperKeyed { range, position } => {
                self.b.star(range.get(3));
                let strict = self.strict();
                self.b.load_boolean(strict);
                self.b.star(range.get(4));
                self.at(*position);
                self.b.call_runtime(RuntimeId::SetSuperBaseProperty, *range);
            }
            Target::Invalid { position } => {
                self.at(*position);
                self.b.throw_message(MessageId::InvalidAssignmentTarget, RegisterRange::EMPTY);
            }
        }
    }

    fn keeps_accumulator(&self, target: &Target) -> bool {
        matches!(target, Target::Name(NameTarget::Static(r)) if self.store_keeps_accumulator(*r))
    }

    /// Stores acc and, if the value is wanted, leaves it in acc.
    pub(crate) fn store_target_wanted(&mut self, target: &Target, wanted: Wanted) {
        if wanted == Wanted::Nothing || self.keeps_accumulator(target) {
            return self.store_target(target);
        }
        self.scoped(|g| {
            let value = g.save();
            g.store_target(target);
            g.b.ldar(value);
        });
    }

    /// acc = the present value of a target, for compound assignment. Keys that are objects become property keys once.
    fn load_target(&mut self, target: &Target) {
        match target {
            Target::Name(NameTarget::Static(r) | NameTarget::Global(r, _)) => {
                self.load_ref(*r, LoadMode::Normal);
            }
            Target::Name(NameTarget::Resolved(r, holder)) => self.load_resolved(*r, *holder),
            Target::Named { object, name, position } => {
                let constant = self.b.string(name.clone());
                self.at(*position);
                let slot = self.slot(SlotKind::LoadProperty);
                self.b.get_named_property(*object, constant, slot);
            }
            Target::Keyed { object, key, position } => {
                self.at(*position);
                let slot = self.slot(SlotKind::LoadKeyed);
                self.b.get_keyed_property_for_update(*object, *key, slot);
            }
            Target::Private { object, key, position } => {
                self.b.ldar(*key);
                self.at(*position);
                let slot = self.slot(SlotKind::LoadPrivate);
                self.b.get_private_property(*object, slot);
            }
            Target::SuperNamed { pair, name, position } => {
                let constant = self.b.string(name.clone());
                self.b.ldar(pair.offset(1));
                self.at(*position);
                let slot = self.slot(SlotKind::LoadSuper);
                self.b.get_named_property_from_super(*pair, constant, slot);
            }
            Target::SuperKeyed { range, position } => {
                self.at(*position);
                self.b.ldar(range.get(1));
                self.b.to_property_key();
                self.b.star(range.get(1));
                self.b.call_runtime(RuntimeId::GetSuperBaseProperty, range.prefix(3));
            }
            Target::Invalid { position } => {
                self.at(*position);
                self.b.throw_message(MessageId::InvalidAssignmentTarget, RegisterRange::EMPTY);
            }
        }
    }

    pub(crate) fn assignment(&mut self, a: &'a js::AssignmentExpression<'a>, wanted: Wanted) {
        let mark = self.b.mark();
        match a.operator {
            AssignmentOperator::Assign => self.plain_assignment(a, wanted),
            op if op.is_logical() => self.logical_assignment(a, wanted),
            op => self.compound_assignment(a, op, wanted),
        }
        self.b.release(mark);
    }

    fn plain_assignment(&mut self, a: &'a js::AssignmentExpression<'a>, wanted: Wanted) {
        match &a.left {
            js::AssignmentTarget::ArrayAssignmentTarget(_)
            | js::AssignmentTarget::ObjectAssignmentTarget(_) => {
                let value = self.temp();
                self.scoped(|g| g.expr(&a.right));
                self.b.star(value);
                self.assign_pattern(&a.left, value);
                if wanted == Wanted::Value {
                    self.b.ldar(value);
                }
            }
            left => {
                let Some(simple) = left.as_simple_assignment_target() else { return };
                let target = self.simple_target(simple, &[&a.right]);
                match simple {
                    // `(x) = function(){}` does not name the function.
                    js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id)
                        if id.span.start == a.span.start =>
                    {
                        self.scoped(|g| g.named_expr(&a.right, &id.name));
                    }
                    _ => self.scoped(|g| g.expr(&a.right)),
                }
                self.store_target_wanted(&target, wanted);
            }
        }
    }

    fn compound_assignment(
        &mut self,
        a: &'a js::AssignmentExpression<'a>,
        op: AssignmentOperator,
        wanted: Wanted,
    ) {
        let Some(simple) = a.left.as_simple_assignment_target() else { return };
        let Some(op) = op.to_binary_operator() else { return };
        let target = self.update_target(simple, &[&a.right]);
        self.scoped(|g| {
            if let Some(smi) = smi_literal(&a.right).filter(|_| super::operators::has_smi_form(op)) {
                g.load_target(&target);
                g.at(a.span.start);
                g.binary_smi(op, smi);
            } else {
                let old = match g.target_in_place(&target, &a.right) {
                    Some(r) => r,
                    None => {
                        let old = g.temp();
                        g.load_target(&target);
                        g.b.star(old);
                        old
                    }
                };
                g.scoped(|g| g.expr(&a.right));
                g.at(a.span.start);
                g.binary_operator(op, old);
            }
        });
        self.store_target_wanted(&target, wanted);
    }

    /// The register of a local that is the target and that the right side does not assign.
    fn target_in_place(&mut self, target: &Target, right: &Expression<'a>) -> Option<Register> {
        let Target::Name(NameTarget::Static(r)) = target else { return None };
        let (_, register) = self.plain_register(*r)?;
        (is_simple(right) || matches!(right.without_parentheses(), Expression::Identifier(_)))
            .then_some(register)
    }

    /// As [`Self::simple_target`], for targets that are read and written.
    fn update_target(
        &mut self,
        target: &'a js::SimpleAssignmentTarget<'a>,
        later: &[&'a Expression<'a>],
    ) -> Target {
        if let js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = target {
            let r = self.identifier_ref(id);
            // A dynamic name is resolved once.
            return Target::Name(match self.a.refs[r.index()].resolution.is_dynamic() {
                true => self.prepare_name(r),
                false => NameTarget::Static(r),
            });
        }
        match self.simple_target(target, later) {
            // The key's register is overwritten with the property key: it must not be a local's.
            Target::Keyed { object, key, position } => {
                let own = if self.is_temporary(key) {
                    key
                } else {
                    let own = self.temp();
                    self.b.mov(key, own);
                    own
                };
                Target::Keyed { object, key: own, position }
            }
            target => target,
        }
    }

    /// Whether a register is not a variable's.
    fn is_temporary(&self, r: Register) -> bool {
        r.as_local().is_some() && !self.regs.values().any(|&v| v == r)
    }

    fn logical_assignment(&mut self, a: &'a js::AssignmentExpression<'a>, wanted: Wanted) {
        let Some(simple) = a.left.as_simple_assignment_target() else { return };
        let target = self.update_target(simple, &[&a.right]);
        let end = self.b.new_label();
        self.load_target(&target);
        match a.operator {
            AssignmentOperator::LogicalAnd => self.b.jump_if_to_boolean_false(end),
            AssignmentOperator::LogicalOr => self.b.jump_if_to_boolean_true(end),
            _ => self.b.jump_if_not_undefined_or_null(end),
        }
        match simple {
            js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) if id.span.start == a.span.start => {
                self.scoped(|g| g.named_expr(&a.right, &id.name));
            }
            _ => self.scoped(|g| g.expr(&a.right)),
        }
        self.store_target_wanted(&target, wanted);
        self.b.bind(end);
    }

    pub(crate) fn update(&mut self, u: &'a js::UpdateExpression<'a>, wanted: Wanted) {
        let mark = self.b.mark();
        let target = self.update_target(&u.argument, &[]);
        self.load_target(&target);
        let old = (!u.prefix && wanted == Wanted::Value).then(|| {
            let slot = self.slot(SlotKind::BinaryOp);
            self.at(u.span.start);
            self.b.to_numeric(slot);
            self.save()
        });
        self.at(u.span.start);
        let slot = self.slot(SlotKind::BinaryOp);
        match u.operator {
            UpdateOperator::Increment => self.b.inc(slot),
            UpdateOperator::Decrement => self.b.dec(slot),
        }
        match old {
            Some(old) => {
                self.store_target(&target);
                self.b.ldar(old);
            }
            None => self.store_target_wanted(&target, wanted),
        }
        self.b.release(mark);
    }
}
