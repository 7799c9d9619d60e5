//! Names for messages: how the source spells what was called, iterated or taken apart at a place.
//!
//! Nothing is prepared for this: when an error is made, the tree is searched for the node whose code has the position that the
//! source-position table gives. The spelling is V8's: `o.f.g`, `f(...)`, `(intermediate value)`.

use crate::program::Program;
use crate::scope::FunctionNode;
use oxc_ast::ast::{self as js, ArrayExpressionElement, Expression};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};

/// What went wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// A value was called or constructed.
    Call,
    /// A value was iterated over.
    Iteration,
    /// A value was destructured by an object pattern.
    Pattern,
}

/// The answer of [`Program::spell`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// The source of the value; none for parameters and values inside of patterns.
    pub value: Option<String>,
    /// The first property that a pattern takes.
    pub property: Option<String>,
    /// Whether the pattern is inside of another one.
    pub is_nested: bool,
}

/// The position in the source of a call: where the name of the method is, or where the arguments begin.
pub(crate) fn call_position(callee: &Expression<'_>) -> u32 {
    match callee.get_inner_expression() {
        Expression::Identifier(id) => id.span.start,
        Expression::StaticMemberExpression(s) => s.property.span.start,
        Expression::PrivateFieldExpression(p) => p.field.span.start,
        Expression::Super(s) => s.span.start,
        _ => callee.span().end,
    }
}

impl Program {
    /// How the source spells the value that the code at byte offset `position` failed on.
    #[must_use]
    pub fn spell(&self, site: Site, position: u32) -> Option<Spelling> {
        let analysis = self.analysis();
        let FunctionNode::Program(tree) = analysis.functions.first()?.node else { return None };
        crate::stack::with_room_for(self.source().text(), || {
            let mut finder = Finder { site, position, depth: 0, found: None };
            finder.visit_program(tree);
            finder.found
        })
        .ok()
        .flatten()
    }
}

struct Finder {
    site: Site,
    position: u32,
    /// Patterns around the one that is looked at.
    depth: u32,
    found: Option<Spelling>,
}

impl Finder {
    fn may_be_in(&self, span: Span) -> bool {
        self.found.is_none() && span.start <= self.position && self.position <= span.end
    }

    fn found_value(&mut self, value: &Expression<'_>) {
        self.found = Some(Spelling { value: Some(spelled(value)), property: None, is_nested: false });
    }

    fn found_pattern(&mut self, property: Option<String>, value: Option<&Expression<'_>>) {
        self.found = Some(Spelling { value: value.map(spelled), property, is_nested: self.depth > 1 });
    }

    fn is(&self, site: Site, position: u32) -> bool {
        self.found.is_none() && self.site == site && self.position == position
    }
}

impl<'a> Visit<'a> for Finder {
    fn visit_statement(&mut self, it: &js::Statement<'a>) {
        if self.may_be_in(it.span()) {
            walk::walk_statement(self, it);
        }
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        if self.may_be_in(it.span()) {
            walk::walk_expression(self, it);
        }
    }

    fn visit_call_expression(&mut self, it: &js::CallExpression<'a>) {
        if self.is(Site::Call, call_position(&it.callee)) {
            return self.found_value(&it.callee);
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &js::NewExpression<'a>) {
        if self.is(Site::Call, it.span.start) {
            return self.found_value(&it.callee);
        }
        walk::walk_new_expression(self, it);
    }

    fn visit_tagged_template_expression(&mut self, it: &js::TaggedTemplateExpression<'a>) {
        if self.is(Site::Call, it.quasi.span.start) {
            return self.found_value(&it.tag);
        }
        walk::walk_tagged_template_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &js::ForOfStatement<'a>) {
        if self.is(Site::Iteration, it.right.span().start) {
            return self.found_value(&it.right);
        }
        walk::walk_for_of_statement(self, it);
    }

    fn visit_array_expression(&mut self, it: &js::ArrayExpression<'a>) {
        for element in &it.elements {
            if let ArrayExpressionElement::SpreadElement(spread) = element
                && self.is(Site::Iteration, spread.argument.span().start)
            {
                return self.found_value(&spread.argument);
            }
        }
        walk::walk_array_expression(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &js::VariableDeclarator<'a>) {
        if let Some(init) = &it.init {
            match &it.id {
                js::BindingPattern::ArrayPattern(p) if self.is(Site::Iteration, p.span.start) => {
                    return self.found_value(init);
                }
                js::BindingPattern::ObjectPattern(p) if self.is(Site::Pattern, p.span.start) => {
                    return self.found_pattern(first_property(p), Some(init));
                }
                _ => {}
            }
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &js::AssignmentExpression<'a>) {
        match &it.left {
            js::AssignmentTarget::ArrayAssignmentTarget(p) if self.is(Site::Iteration, p.span.start) => {
                return self.found_value(&it.right);
            }
            js::AssignmentTarget::ObjectAssignmentTarget(p) if self.is(Site::Pattern, p.span.start) => {
                return self.found_pattern(first_target(p), Some(&it.right));
            }
            _ => {}
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_object_pattern(&mut self, it: &js::ObjectPattern<'a>) {
        self.depth += 1;
        if self.is(Site::Pattern, it.span.start) {
            self.found_pattern(first_property(it), None);
        } else {
            walk::walk_object_pattern(self, it);
        }
        self.depth -= 1;
    }

    fn visit_array_pattern(&mut self, it: &js::ArrayPattern<'a>) {
        self.depth += 1;
        walk::walk_array_pattern(self, it);
        self.depth -= 1;
    }

    fn visit_object_assignment_target(&mut self, it: &js::ObjectAssignmentTarget<'a>) {
        self.depth += 1;
        if self.is(Site::Pattern, it.span.start) {
            self.found_pattern(first_target(it), None);
        } else {
            walk::walk_object_assignment_target(self, it);
        }
        self.depth -= 1;
    }
}

fn first_property(p: &js::ObjectPattern<'_>) -> Option<String> {
    key_text(&p.properties.first()?.key)
}

fn first_target(p: &js::ObjectAssignmentTarget<'_>) -> Option<String> {
    match p.properties.first()? {
        js::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(s) => {
            Some(s.binding.name.to_string())
        }
        js::AssignmentTargetProperty::AssignmentTargetPropertyProperty(s) => key_text(&s.name),
    }
}

fn key_text(key: &js::PropertyKey<'_>) -> Option<String> {
    match key {
        js::PropertyKey::StaticIdentifier(id) => Some(id.name.to_string()),
        js::PropertyKey::StringLiteral(s) => Some(s.value.to_string()),
        js::PropertyKey::NumericLiteral(n) => Some(n.raw_str().to_string()),
        _ => None,
    }
}

/// Expressions are spelled so deep; what lies deeper is an ellipsis.
const MAX_DEPTH: u32 = 40;

fn spelled(x: &Expression<'_>) -> String {
    let mut text = String::new();
    spell(x, MAX_DEPTH, &mut text);
    text
}

fn spell(x: &Expression<'_>, depth: u32, out: &mut String) {
    let Some(depth) = depth.checked_sub(1) else { return out.push_str("...") };
    match x.get_inner_expression() {
        Expression::Identifier(id) => out.push_str(&id.name),
        Expression::ThisExpression(_) => out.push_str("this"),
        Expression::NullLiteral(_) => out.push_str("null"),
        Expression::BooleanLiteral(b) => out.push_str(if b.value { "true" } else { "false" }),
        Expression::NumericLiteral(n) => out.push_str(&n.raw_str()),
        Expression::StringLiteral(s) => {
            out.push('"');
            out.push_str(&s.value);
            out.push('"');
        }
        Expression::RegExpLiteral(r) => out.push_str(r.raw.as_ref().map_or("/(?:)/", |raw| raw.as_str())),
        Expression::ArrayExpression(a) => {
            out.push('[');
            for (i, element) in a.elements.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                match element {
                    ArrayExpressionElement::SpreadElement(s) => {
                        out.push_str("...");
                        spell(&s.argument, depth, out);
                    }
                    element => {
                        if let Some(x) = element.as_expression() {
                            spell(x, depth, out);
                        }
                    }
                }
            }
            out.push(']');
        }
        Expression::ObjectExpression(o) if o.properties.is_empty() => out.push_str("{}"),
        Expression::ObjectExpression(_) => out.push_str("{(intermediate value)}"),
        Expression::CallExpression(c) => {
            spell(&c.callee, depth, out);
            out.push_str(if c.optional { "?.(...)" } else { "(...)" });
        }
        Expression::NewExpression(n) => {
            out.push_str("new ");
            spell(&n.callee, depth, out);
            out.push_str("(...)");
        }
        Expression::ChainExpression(c) => match &c.expression {
            js::ChainElement::CallExpression(c) => {
                spell(&c.callee, depth, out);
                out.push_str(if c.optional { "?.(...)" } else { "(...)" });
            }
            element => match element.as_member_expression() {
                Some(m) => member(m, depth, out),
                None => out.push_str(UNNAMED),
            },
        },
        Expression::UnaryExpression(u) => {
            out.push('(');
            out.push_str(u.operator.as_str());
            spell(&u.argument, depth, out);
            out.push(')');
        }
        Expression::BinaryExpression(b) => binary(&b.left, b.operator.as_str(), &b.right, depth, out),
        Expression::LogicalExpression(b) => binary(&b.left, b.operator.as_str(), &b.right, depth, out),
        Expression::SequenceExpression(s) => {
            out.push('(');
            for (i, x) in s.expressions.iter().enumerate() {
                if i > 0 {
                    out.push_str(" , ");
                }
                spell(x, depth, out);
            }
            out.push(')');
        }
        Expression::AwaitExpression(a) => spell(&a.argument, depth, out),
        inner => match inner.as_member_expression() {
            Some(m) => member(m, depth, out),
            None => out.push_str(UNNAMED),
        },
    }
}

const UNNAMED: &str = "(intermediate value)";

fn binary(left: &Expression<'_>, operator: &str, right: &Expression<'_>, depth: u32, out: &mut String) {
    out.push('(');
    spell(left, depth, out);
    out.push(' ');
    out.push_str(operator);
    out.push(' ');
    spell(right, depth, out);
    out.push(')');
}

fn member(m: &js::MemberExpression<'_>, depth: u32, out: &mut String) {
    spell(m.object(), depth, out);
    let optional = m.optional();
    match m {
        js::MemberExpression::StaticMemberExpression(s) => {
            out.push_str(if optional { "?." } else { "." });
            out.push_str(&s.property.name);
        }
        js::MemberExpression::PrivateFieldExpression(p) => {
            out.push_str(if optional { "?.#" } else { ".#" });
            out.push_str(&p.field.name);
        }
        js::MemberExpression::ComputedMemberExpression(k) => match &k.expression {
            Expression::StringLiteral(s) => {
                out.push_str(if optional { "?." } else { "." });
                out.push_str(&s.value);
            }
            key => {
                out.push_str(if optional { "?.[" } else { "[" });
                spell(key, depth, out);
                out.push(']');
            }
        },
    }
}
