//! Unary and binary operators.
//!
//! The left operand is in a register, the right one in the accumulator. Chains such as `a + b + c` are compiled in a
//! loop, not by recursion. Small-integer operands and comparisons with `null`, `undefined` or a `typeof` result have
//! shorter instructions. `delete` is here because it is a unary operator, though it works on references.

use super::Gen;
use super::expressions::smi_literal;
use super::names::LoadMode;
use oxc_ast::ast::{self as js, Expression};
use oxc_span::GetSpan;
use oxc_syntax::operator::{BinaryOperator as Op, UnaryOperator};
use unspool_bytecode::{MessageId, Register, RegisterRange, SlotKind, TypeOfLiteral};

/// Where the left operand of an operator is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LeftOperand {
    /// It is the result of the operator before.
    InAccumulator,
    /// It is the first of its chain.
    Unevaluated,
}

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn binary(&mut self, b: &'a js::BinaryExpression<'a>) {
        if self.special_comparison(b) {
            return;
        }
        // Chains lean to the left and may be long: walk down, then build up.
        let mut chain = vec![b];
        let mut left = &b.left;
        while let Expression::BinaryExpression(inner) = left.without_parentheses() {
            if is_special(inner) {
                break;
            }
            chain.push(inner);
            left = &inner.left;
        }
        let Some(first) = chain.pop() else { return };
        self.binary_step(first, LeftOperand::Unevaluated);
        while let Some(next) = chain.pop() {
            self.binary_step(next, LeftOperand::InAccumulator);
        }
    }

    /// One operator of a chain.
    fn binary_step(&mut self, b: &'a js::BinaryExpression<'a>, left: LeftOperand) {
        if let Some(smi) = smi_literal(&b.right).filter(|_| has_smi_form(b.operator)) {
            if left == LeftOperand::Unevaluated {
                self.scoped(|g| g.expr(&b.left));
            }
            self.at(b.span.start);
            return self.binary_smi(b.operator, smi);
        }
        self.scoped(|g| {
            let left = match left {
                LeftOperand::InAccumulator => g.save(),
                LeftOperand::Unevaluated => g.operand(&b.left, &[&b.right]),
            };
            g.scoped(|g| g.expr(&b.right));
            g.at(b.span.start);
            g.binary_operator(b.operator, left);
        });
    }

    /// acc = left OP acc.
    pub(crate) fn binary_operator(&mut self, op: Op, left: Register) {
        let kind = match op {
            Op::Instanceof => SlotKind::InstanceOf,
            Op::In => SlotKind::HasProperty,
            op if op.is_equality() || op.is_compare() => SlotKind::Compare,
            _ => SlotKind::BinaryOp,
        };
        let slot = self.slot(kind);
        let b = &mut self.b;
        match op {
            Op::Equality => b.test_equal(left, slot),
            Op::Inequality => {
                b.test_equal(left, slot);
                b.logical_not();
            }
            Op::StrictEquality => b.test_equal_strict(left, slot),
            Op::StrictInequality => {
                b.test_equal_strict(left, slot);
                b.logical_not();
            }
            Op::LessThan => b.test_less_than(left, slot),
            Op::LessEqualThan => b.test_less_than_or_equal(left, slot),
            Op::GreaterThan => b.test_greater_than(left, slot),
            Op::GreaterEqualThan => b.test_greater_than_or_equal(left, slot),
            Op::Addition => b.add(left, slot),
            Op::Subtraction => b.sub(left, slot),
            Op::Multiplication => b.mul(left, slot),
            Op::Division => b.div(left, slot),
            Op::Remainder => b.mod_(left, slot),
            Op::Exponential => b.exp(left, slot),
            Op::ShiftLeft => b.shift_left(left, slot),
            Op::ShiftRight => b.shift_right(left, slot),
            Op::ShiftRightZeroFill => b.shift_right_logical(left, slot),
            Op::BitwiseOR => b.bitwise_or(left, slot),
            Op::BitwiseXOR => b.bitwise_xor(left, slot),
            Op::BitwiseAnd => b.bitwise_and(left, slot),
            Op::In => b.test_in(left, slot),
            Op::Instanceof => b.test_instance_of(left, slot),
        }
    }

    /// acc = acc OP smi, for operators that have such a form.
    pub(crate) fn binary_smi(&mut self, op: Op, smi: i32) {
        let slot = self.slot(SlotKind::BinaryOp);
        let b = &mut self.b;
        match op {
            Op::Addition => b.add_smi(smi, slot),
            Op::Subtraction => b.sub_smi(smi, slot),
            Op::Multiplication => b.mul_smi(smi, slot),
            Op::Division => b.div_smi(smi, slot),
            Op::Remainder => b.mod_smi(smi, slot),
            Op::Exponential => b.exp_smi(smi, slot),
            Op::ShiftLeft => b.shift_left_smi(smi, slot),
            Op::ShiftRight => b.shift_right_smi(smi, slot),
            Op::ShiftRightZeroFill => b.shift_right_logical_smi(smi, slot),
            Op::BitwiseOR => b.bitwise_or_smi(smi, slot),
            Op::BitwiseXOR => b.bitwise_xor_smi(smi, slot),
            Op::BitwiseAnd => b.bitwise_and_smi(smi, slot),
            _ => unreachable!("the operator has no form with a small integer"),
        }
    }

    /// Comparisons with null, undefined and `typeof` results.
    fn special_comparison(&mut self, b: &'a js::BinaryExpression<'a>) -> bool {
        let Some((kind, value)) = special_kind(b) else { return false };
        match kind {
            Special::TypeOf(literal) => {
                self.scoped(|g| g.typeof_operand(value));
                self.b.test_type_of(literal);
            }
            kind => {
                self.scoped(|g| g.expr(value));
                match kind {
                    Special::Null => self.b.test_null(),
                    Special::Undefined => self.b.test_undefined(),
                    _ => self.b.test_undetectable(),
                }
            }
        }
        if matches!(b.operator, Op::Inequality | Op::StrictInequality) {
            self.b.logical_not();
        }
        true
    }

    /// acc = the operand of `typeof`.
    fn typeof_operand(&mut self, e: &'a Expression<'a>) {
        match e.without_parentheses() {
            Expression::Identifier(id) => {
                let r = self.identifier_ref(id);
                self.load_ref(r, LoadMode::Typeof);
            }
            e => self.expr(e),
        }
    }

    pub(crate) fn unary(&mut self, u: &'a js::UnaryExpression<'a>) {
        match u.operator {
            UnaryOperator::Void => {
                self.scoped(|g| g.effect(&u.argument));
                self.b.lda_undefined();
            }
            UnaryOperator::Typeof => {
                self.scoped(|g| g.typeof_operand(&u.argument));
                let slot = self.slot(SlotKind::TypeOf);
                self.b.type_of(slot);
            }
            UnaryOperator::Delete => self.delete(u),
            UnaryOperator::LogicalNot => {
                self.scoped(|g| g.expr(&u.argument));
                if super::expressions::gives_boolean(&u.argument) {
                    self.b.logical_not();
                } else {
                    self.b.to_boolean_logical_not();
                }
            }
            UnaryOperator::UnaryNegation => {
                if let Expression::NumericLiteral(n) = u.argument.without_parentheses() {
                    self.b.load_number(-n.value);
                    return;
                }
                self.scoped(|g| g.expr(&u.argument));
                self.at(u.span.start);
                let slot = self.slot(SlotKind::BinaryOp);
                self.b.negate(slot);
            }
            UnaryOperator::UnaryPlus => {
                self.scoped(|g| g.expr(&u.argument));
                self.at(u.span.start);
                let slot = self.slot(SlotKind::BinaryOp);
                self.b.to_number(slot);
            }
            UnaryOperator::BitwiseNot => {
                self.scoped(|g| g.expr(&u.argument));
                self.at(u.span.start);
                let slot = self.slot(SlotKind::BinaryOp);
                self.b.bitwise_not(slot);
            }
        }
    }

    fn delete(&mut self, u: &'a js::UnaryExpression<'a>) {
        self.at(u.span.start);
        match u.argument.without_parentheses() {
            Expression::Identifier(id) => self.delete_name(id),
            Expression::ChainExpression(c) => self.delete_chain(c),
            e => match e.as_member_expression() {
                Some(m) => self.delete_member(m),
                None => {
                    self.scoped(|g| g.effect(e));
                    self.b.lda_true();
                }
            },
        }
    }

    fn delete_name(&mut self, id: &js::IdentifierReference<'a>) {
        use crate::scope::{Location, Resolution};
        let r = self.identifier_ref(id);
        let name = self.name_constant(&id.name);
        let is_static = match self.a.refs[r.index()].resolution {
            Resolution::Variable { var, .. } => {
                !matches!(self.a.var(var).location, Location::GlobalObject | Location::ScriptLexical)
            }
            _ => false,
        };
        if is_static {
            self.b.lda_false();
        } else {
            self.b.delete_lookup_slot(name);
        }
    }

    pub(crate) fn delete_member(&mut self, m: &'a js::MemberExpression<'a>) {
        if let Expression::Super(s) = m.object() {
            // The reference is evaluated (this, then the key) before the error.
            let at = s.span.start;
            self.scoped(|g| {
                g.load_this(at);
                if let js::MemberExpression::ComputedMemberExpression(c) = m {
                    g.expr(&c.expression);
                }
                g.b.throw_message(MessageId::UnsupportedSuper, RegisterRange::EMPTY);
            });
            return;
        }
        self.scoped(|g| {
            let object = match m {
                js::MemberExpression::ComputedMemberExpression(c) => g.operand(&c.object, &[&c.expression]),
                m => g.operand(m.object(), &[]),
            };
            g.delete_from(object, m);
        });
    }

    /// acc = delete of the property that `m` names, in an object already evaluated.
    pub(crate) fn delete_from(&mut self, object: Register, m: &'a js::MemberExpression<'a>) {
        match m {
            js::MemberExpression::StaticMemberExpression(s) => self.b.load_string(s.property.name.as_str()),
            js::MemberExpression::ComputedMemberExpression(c) => self.scoped(|g| g.expr(&c.expression)),
            js::MemberExpression::PrivateFieldExpression(p) => {
                self.fail("Private fields can not be deleted", p.span)
            }
        }
        self.at(m.span().start);
        if self.strict() {
            self.b.delete_property_strict(object);
        } else {
            self.b.delete_property_sloppy(object);
        }
    }
}

/// A comparison that has an instruction without a left register.
enum Special {
    TypeOf(TypeOfLiteral),
    Null,
    Undefined,
    NullOrUndefined,
}

fn is_special(b: &js::BinaryExpression<'_>) -> bool {
    special_kind(b).is_some()
}

fn special_kind<'x, 'a>(b: &'x js::BinaryExpression<'a>) -> Option<(Special, &'x Expression<'a>)> {
    if !b.operator.is_equality() {
        return None;
    }
    let strict = matches!(b.operator, Op::StrictEquality | Op::StrictInequality);
    for (value, other) in [(&b.left, &b.right), (&b.right, &b.left)] {
        match (value.without_parentheses(), other.without_parentheses()) {
            (Expression::UnaryExpression(u), Expression::StringLiteral(l))
                if u.operator == UnaryOperator::Typeof =>
            {
                return Some((Special::TypeOf(typeof_literal(&l.value)), &u.argument));
            }
            (_, Expression::NullLiteral(_)) => {
                return Some((if strict { Special::Null } else { Special::NullOrUndefined }, value));
            }
            (_, Expression::UnaryExpression(u))
                if u.operator == UnaryOperator::Void && u.argument.is_number_0() =>
            {
                return Some((if strict { Special::Undefined } else { Special::NullOrUndefined }, value));
            }
            _ => {}
        }
    }
    None
}

fn typeof_literal(text: &str) -> TypeOfLiteral {
    match text {
        "undefined" => TypeOfLiteral::Undefined,
        "boolean" => TypeOfLiteral::Boolean,
        "number" => TypeOfLiteral::Number,
        "bigint" => TypeOfLiteral::BigInt,
        "string" => TypeOfLiteral::String,
        "symbol" => TypeOfLiteral::Symbol,
        "object" => TypeOfLiteral::Object,
        "function" => TypeOfLiteral::Function,
        _ => TypeOfLiteral::Other,
    }
}

/// Whether `acc OP smi` has an instruction.
pub(crate) fn has_smi_form(op: Op) -> bool {
    !op.is_equality() && !op.is_compare() && !matches!(op, Op::In | Op::Instanceof)
}
