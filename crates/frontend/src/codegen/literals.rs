//! Object and array literals, templates.
//!
//! An object literal's leading properties with constant names make its *boilerplate*: the object is created with all of them (in order,
//! with its final shape), constants filled in, the others pending; later instructions store the pending ones. From the first
//! spread, computed key, accessor, `__proto__: v` or repeated name on, properties are defined one by one.

use super::Gen;
use super::expressions::string_literal;
use crate::scope::{Access, VarMode};
use oxc_ast::ast::{
    self as js, ArrayExpressionElement, Expression, ObjectPropertyKind, PropertyKey, PropertyKind,
};
use oxc_span::GetSpan;
use oxc_syntax::operator::UnaryOperator;
use unspool_bytecode::{
    ArrayBoilerplate, BoilerplateValue, Constant, DefineKeyedFlags, DoubleBits, JsString, ObjectBoilerplate,
    Register, RegisterRange, SlotKind, TemplateLiteral,
};

/// A property's key as far as the text tells.
pub(crate) enum Key<'x, 'a> {
    Constant(JsString),
    Computed(&'x Expression<'a>),
}

/// The constant part of an object literal.
struct Boilerplate {
    boilerplate: ObjectBoilerplate,
    /// How many of the literal's properties it covers.
    covered: usize,
    /// Those of them whose values are computed and stored later.
    pending: Vec<usize>,
}

/// The key of a property or class member.
pub(crate) fn key_of<'x, 'a>(key: &'x PropertyKey<'a>, computed: bool) -> Key<'x, 'a> {
    match key {
        PropertyKey::StaticIdentifier(id) => Key::Constant(JsString::from(id.name.as_str())),
        PropertyKey::PrivateIdentifier(id) => Key::Constant(JsString::from(format!("#{}", id.name).as_str())),
        key => match key.as_expression() {
            Some(Expression::StringLiteral(l)) => Key::Constant(string_literal(l)),
            Some(Expression::NumericLiteral(n)) if !computed || is_plain_number(n.value) => {
                Key::Constant(JsString::from(number_to_string(n.value).as_str()))
            }
            Some(Expression::BigIntLiteral(n)) if !computed => {
                Key::Constant(JsString::from(n.value.as_str()))
            }
            Some(e) => Key::Computed(e),
            None => Key::Constant(JsString::default()),
        },
    }
}

/// The cooked value of a part of a template; `None` if its escapes are wrong.
fn cooked_value(part: &js::TemplateElement<'_>) -> Option<JsString> {
    let text = part.value.cooked.as_ref()?;
    Some(match part.lone_surrogates {
        true => super::with_lone_surrogates(text),
        false => JsString::from(text.as_str()),
    })
}

fn is_plain_number(value: f64) -> bool {
    value >= 0.0 && value.trunc() == value && value < 4_294_967_295.0
}

/// Number::toString for literal keys.
pub(crate) fn number_to_string(value: f64) -> String {
    use oxc_syntax::number::ToJsString;
    value.to_js_string()
}

/// The value of a constant expression in a boilerplate.
fn boilerplate_value(e: &Expression<'_>) -> Option<BoilerplateValue> {
    Some(match e.without_parentheses() {
        Expression::NullLiteral(_) => BoilerplateValue::Null,
        Expression::BooleanLiteral(b) => BoilerplateValue::Boolean(b.value),
        Expression::StringLiteral(l) => BoilerplateValue::String(string_literal(l)),
        Expression::NumericLiteral(n) => number_value(n.value),
        Expression::UnaryExpression(u) => match (u.operator, u.argument.without_parentheses()) {
            (UnaryOperator::UnaryNegation, Expression::NumericLiteral(n)) => number_value(-n.value),
            (UnaryOperator::Void, Expression::NumericLiteral(_)) => BoilerplateValue::Undefined,
            _ => return None,
        },
        _ => return None,
    })
}

fn number_value(value: f64) -> BoilerplateValue {
    let smi = value as i32;
    if f64::from(smi) == value && (smi != 0 || value.is_sign_positive()) {
        BoilerplateValue::Smi(smi)
    } else {
        BoilerplateValue::Double(DoubleBits::new(value))
    }
}

impl<'u, 'a> Gen<'u, 'a> {
    // --- arrays ---

    pub(crate) fn array_literal(&mut self, a: &'a js::ArrayExpression<'a>) {
        if a.elements.is_empty() {
            let slot = self.slot(SlotKind::Literal);
            return self.b.create_empty_array_literal(slot);
        }
        if let [ArrayExpressionElement::SpreadElement(s)] = &a.elements[..] {
            self.scoped(|g| g.expr(&s.argument));
            self.at(s.argument.span().start);
            return self.b.create_array_from_iterable();
        }
        let constant_part = a.elements.iter().position(|e| e.is_spread()).unwrap_or(a.elements.len());
        let mut elements = Vec::with_capacity(constant_part);
        for element in &a.elements[..constant_part] {
            elements.push(match element {
                ArrayExpressionElement::Elision(_) => BoilerplateValue::Hole,
                element => {
                    element.as_expression().and_then(boilerplate_value).unwrap_or(BoilerplateValue::Pending)
                }
            });
        }
        let pending: Vec<usize> = elements
            .iter()
            .enumerate()
            .filter(|(_, e)| **e == BoilerplateValue::Pending)
            .map(|(i, _)| i)
            .collect();
        let slot = self.slot(SlotKind::Literal);
        if elements.is_empty() {
            self.b.create_empty_array_literal(slot);
        } else {
            let constant = self.b.constant(Constant::Array(ArrayBoilerplate { elements }));
            self.b.create_array_literal(constant, slot);
        }
        if pending.is_empty() && constant_part == a.elements.len() {
            return;
        }
        let mark = self.b.mark();
        let array = self.save();
        let index = self.temp();
        let store = self.slot(SlotKind::StoreInArrayLiteral);
        for i in pending {
            let Some(e) = a.elements[i].as_expression() else { continue };
            self.b.load_smi(i as i32);
            self.b.star(index);
            self.scoped(|g| g.expr(e));
            self.b.sta_in_array_literal(array, index, store);
        }
        if constant_part < a.elements.len() {
            self.b.load_smi(constant_part as i32);
            self.b.star(index);
            self.append_elements(&a.elements[constant_part..], array, index);
        }
        self.b.ldar(array);
        self.b.release(mark);
    }

    /// Appends elements from `index` on, which counts along.
    fn append_elements(
        &mut self,
        elements: &'a [ArrayExpressionElement<'a>],
        array: Register,
        index: Register,
    ) {
        for element in elements {
            match element {
                ArrayExpressionElement::SpreadElement(s) => {
                    self.scoped(|g| g.expr(&s.argument));
                    self.append_iterable(array, index, s.argument.span().start);
                }
                ArrayExpressionElement::Elision(_) => {
                    self.increment(index);
                    self.set_array_length(array, index);
                }
                element => {
                    if let Some(e) = element.as_expression() {
                        self.scoped(|g| g.expr(e));
                        self.append_acc(array, index);
                    }
                }
            }
        }
    }

    /// array[index++] = acc.
    pub(crate) fn append_acc(&mut self, array: Register, index: Register) {
        let slot = self.slot(SlotKind::StoreInArrayLiteral);
        self.b.sta_in_array_literal(array, index, slot);
        self.increment(index);
    }

    fn increment(&mut self, index: Register) {
        let slot = self.slot(SlotKind::BinaryOp);
        self.b.ldar(index);
        self.b.inc(slot);
        self.b.star(index);
    }

    /// A hole at the end of an array shows in its length only.
    fn set_array_length(&mut self, array: Register, index: Register) {
        let name = self.name_constant("length");
        let slot = self.slot(SlotKind::SetNamedStrict);
        self.b.ldar(index);
        self.b.set_named_property(array, name, slot);
    }

    /// Appends what iterating acc gives.
    fn append_iterable(&mut self, array: Register, index: Register, position: u32) {
        self.for_each_value(position, |g| g.append_acc(array, index));
    }

    /// acc = an array of a call's arguments, with spreads.
    pub(crate) fn array_of_arguments(&mut self, arguments: &'a [js::Argument<'a>]) {
        let slot = self.slot(SlotKind::Literal);
        self.b.create_empty_array_literal(slot);
        let array = self.save();
        let index = self.temp();
        self.b.lda_zero();
        self.b.star(index);
        for argument in arguments {
            match argument {
                js::Argument::SpreadElement(s) => {
                    self.scoped(|g| g.expr(&s.argument));
                    self.append_iterable(array, index, s.argument.span().start);
                }
                argument => {
                    if let Some(e) = argument.as_expression() {
                        self.scoped(|g| g.expr(e));
                        self.append_acc(array, index);
                    }
                }
            }
        }
        self.b.ldar(array);
    }

    // --- objects ---

    pub(crate) fn object_literal(&mut self, o: &'a js::ObjectExpression<'a>) {
        let home = self.a.extra_scopes.get(&o.span.start).copied();
        match home {
            Some(scope) => {
                let mark = self.b.mark();
                let outer = self.scope;
                let pushed = self.enter_scope(scope);
                self.object_properties(o);
                if let Some(saved) = pushed {
                    self.pop_context(saved);
                }
                self.scope = outer;
                self.b.release(mark);
            }
            None => self.object_properties(o),
        }
    }

    /// The variable of the home object, if methods of the literal use it.
    fn literal_home(&self, o: &js::ObjectExpression<'a>) -> Option<crate::scope::VarId> {
        let scope = *self.a.extra_scopes.get(&o.span.start)?;
        let var =
            self.a.scope(scope).vars.iter().copied().find(|&v| self.a.var(v).mode == VarMode::Internal)?;
        (self.a.var(var).location != crate::scope::Location::Unused).then_some(var)
    }

    fn object_properties(&mut self, o: &'a js::ObjectExpression<'a>) {
        let home = self.literal_home(o);
        if o.properties.is_empty() {
            return self.b.create_empty_object_literal();
        }
        // `{...x}` alone or first.
        if let ObjectPropertyKind::SpreadProperty(s) = &o.properties[0] {
            let mark = self.b.mark();
            let source = self.operand(&s.argument, &[]);
            let slot = self.slot(SlotKind::CloneObject);
            self.b.clone_object(source, slot);
            if o.properties.len() > 1 || home.is_some() {
                let object = self.save();
                if let Some(var) = home {
                    self.store_raw(var, Access::Initialize);
                }
                for property in &o.properties[1..] {
                    self.define_property(object, property);
                }
                self.b.ldar(object);
            }
            self.b.release(mark);
            return;
        }
        let Boilerplate { boilerplate, covered: constant_part, pending } = Self::boilerplate(o);
        if boilerplate.properties.is_empty()
            && !boilerplate.null_prototype
            && boilerplate.extra_properties == 0
        {
            self.b.create_empty_object_literal();
        } else {
            let constant = self.b.constant(Constant::Object(boilerplate));
            let slot = self.slot(SlotKind::Literal);
            self.b.create_object_literal(constant, slot);
        }
        if pending.is_empty() && constant_part == o.properties.len() && home.is_none() {
            return;
        }
        let mark = self.b.mark();
        let object = self.save();
        if let Some(var) = home {
            self.store_raw(var, Access::Initialize);
        }
        for i in pending {
            self.define_property(object, &o.properties[i]);
        }
        for property in &o.properties[constant_part..] {
            self.define_property(object, property);
        }
        self.b.ldar(object);
        self.b.release(mark);
    }

    /// The constant part of an object literal.
    fn boilerplate(o: &'a js::ObjectExpression<'a>) -> Boilerplate {
        let mut boilerplate = ObjectBoilerplate::default();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut covered = 0;
        let mut pending = Vec::new();
        for property in &o.properties {
            let Some(p) = property.as_property() else { break };
            if p.kind != PropertyKind::Init {
                break;
            }
            let Key::Constant(name) = key_of(&p.key, p.computed) else { break };
            if is_proto_setter(p) {
                if covered == 0 && matches!(p.value, Expression::NullLiteral(_)) {
                    boilerplate.null_prototype = true;
                    covered += 1;
                    continue;
                }
                break;
            }
            if !seen.insert(name.clone()) {
                break;
            }
            let value = boilerplate_value(&p.value).unwrap_or_else(|| {
                pending.push(covered);
                BoilerplateValue::Pending
            });
            boilerplate.properties.push((name, value));
            covered += 1;
        }
        boilerplate.extra_properties = (o.properties.len() - covered) as u32;
        Boilerplate { boilerplate, covered, pending }
    }

    fn define_property(&mut self, object: Register, property: &'a ObjectPropertyKind<'a>) {
        let p = match property {
            ObjectPropertyKind::SpreadProperty(s) => {
                return self.scoped(|g| {
                    let source = g.operand(&s.argument, &[]);
                    g.at(s.span.start);
                    g.b.copy_data_properties(object, source, RegisterRange::EMPTY);
                });
            }
            ObjectPropertyKind::ObjectProperty(p) => p,
        };
        if is_proto_setter(p) {
            self.scoped(|g| g.expr(&p.value));
            return self.b.set_literal_prototype(object);
        }
        self.scoped(|g| match (key_of(&p.key, p.computed), p.kind) {
            (Key::Constant(name), PropertyKind::Init)
                if super::expressions::is_array_index(&name.to_string_lossy()) =>
            {
                let key = g.index_key(&name);
                g.expr_with_name(&p.value, &name);
                let slot = g.slot(SlotKind::DefineKeyed);
                g.b.define_keyed_own_property(object, key, DefineKeyedFlags::None, slot);
            }
            (Key::Constant(name), PropertyKind::Init) => {
                g.expr_with_name(&p.value, &name);
                let constant = g.b.string(name);
                let slot = g.slot(SlotKind::DefineNamed);
                g.b.define_named_own_property(object, constant, slot);
            }
            (Key::Computed(e), PropertyKind::Init) => {
                let key = g.property_key(e);
                // Methods are named by their key, too.
                let flags = g.value_for_key(&p.value, key);
                let slot = g.slot(SlotKind::DefineKeyed);
                g.b.define_keyed_own_property(object, key, flags, slot);
            }
            (key, kind) => {
                let key = match key {
                    Key::Constant(name) => {
                        g.b.load_string(name);
                        g.save()
                    }
                    Key::Computed(e) => g.property_key(e),
                };
                g.expr(&p.value);
                if kind == PropertyKind::Get {
                    g.b.define_getter(object, key);
                } else {
                    g.b.define_setter(object, key);
                }
            }
        });
    }

    /// A temporary with the number that an index-like name spells.
    pub(crate) fn index_key(&mut self, name: &JsString) -> Register {
        let value: f64 = name.to_string_lossy().parse().unwrap_or(0.0);
        self.b.load_number(value);
        self.save()
    }

    /// A temporary with the property key that `e` evaluates to.
    pub(crate) fn property_key(&mut self, e: &'a Expression<'a>) -> Register {
        let key = self.temp();
        self.scoped(|g| g.expr(e));
        self.at(e.span().start);
        self.b.to_property_key();
        self.b.star(key);
        key
    }

    /// IsAnonymousFunctionDefinition.
    pub(crate) fn anonymous_function(&self, e: &Expression<'a>) -> bool {
        match e.without_parentheses() {
            Expression::FunctionExpression(f) => f.id.is_none(),
            Expression::ArrowFunctionExpression(_) => true,
            Expression::ClassExpression(c) => c.id.is_none(),
            _ => false,
        }
    }

    /// acc = the value of a property whose key is only known at run time, with what its definition must do about names:
    /// functions are named when they are defined, classes before their static elements run.
    pub(crate) fn value_for_key(&mut self, e: &'a Expression<'a>, key: Register) -> DefineKeyedFlags {
        match e.without_parentheses() {
            Expression::ClassExpression(c) if c.id.is_none() => {
                self.class_expression(c, super::classes::ClassName::Computed(key));
                DefineKeyedFlags::None
            }
            e => {
                self.expr(e);
                if self.anonymous_function(e) {
                    DefineKeyedFlags::SetFunctionName
                } else {
                    DefineKeyedFlags::None
                }
            }
        }
    }

    // --- templates ---

    pub(crate) fn template(&mut self, t: &'a js::TemplateLiteral<'a>) {
        // Only tagged templates may have parts without a cooked value.
        let cooked = |q| cooked_value(q).unwrap_or_default();
        let Some(first) = t.quasis.first() else { return self.b.load_string("") };
        if t.expressions.is_empty() {
            return self.b.load_string(cooked(first));
        }
        self.scoped(|g| {
            let sum = g.temp();
            let mut started = false;
            let head = cooked(first);
            if !head.is_empty() {
                g.b.load_string(head);
                g.b.star(sum);
                started = true;
            }
            for (i, e) in t.expressions.iter().enumerate() {
                g.scoped(|g| g.expr(e));
                g.at(e.span().start);
                g.b.to_string();
                let slot = g.slot(SlotKind::BinaryOp);
                if started {
                    g.b.add(sum, slot);
                }
                started = true;
                let next = t.quasis.get(i + 1).map(cooked).unwrap_or_default();
                if !next.is_empty() {
                    g.b.star(sum);
                    g.b.load_string(next);
                    let slot = g.slot(SlotKind::BinaryOp);
                    g.b.add(sum, slot);
                }
                if i + 1 < t.expressions.len() {
                    g.b.star(sum);
                }
            }
        });
    }

    /// tag`…`: the tag is called with the site's template object and the values.
    pub(crate) fn tagged_template(&mut self, t: &'a js::TaggedTemplateExpression<'a>) {
        let mark = self.b.mark();
        let range = self.temps(t.quasi.expressions.len() as u32 + 2);
        let callee = self.temp();
        let tag = t.tag.without_parentheses();
        let dynamic = match tag {
            Expression::Identifier(id) => {
                let r = self.identifier_ref(id);
                self.a.refs[r.index()].resolution.is_dynamic()
            }
            _ => false,
        };
        match (tag, tag.as_member_expression()) {
            (_, Some(m)) => self.load_method(m, range.first, callee),
            (Expression::Identifier(id), _) if dynamic => {
                self.scoped(|g| {
                    let pair = g.temps(2);
                    let name = g.name_constant(&id.name);
                    g.b.load_lookup_slot_for_call(name, pair.first);
                    g.b.mov(pair.first, callee);
                    g.b.mov(pair.get(1), range.first);
                });
            }
            (Expression::ChainExpression(c), _) if c.expression.as_member_expression().is_some() => {
                self.expr_to(&t.tag, callee);
                self.b.lda_undefined();
                self.b.star(range.first);
            }
            _ => {
                self.expr_to(&t.tag, callee);
                self.b.lda_undefined();
                self.b.star(range.first);
            }
        }
        let literal = TemplateLiteral {
            cooked: t.quasi.quasis.iter().map(cooked_value).collect(),
            raw: t.quasi.quasis.iter().map(|q| self.source_units(&q.value.raw, q.span.start)).collect(),
        };
        // One object per site, even where two sites have the same text.
        let constant = self.b.unique_constant(Constant::Template(literal));
        let slot = self.slot(SlotKind::Template);
        self.b.get_template_object(constant, slot);
        self.b.star(range.get(1));
        for (e, r) in t.quasi.expressions.iter().zip(range.iter().skip(2)) {
            self.expr_to(e, r);
        }
        self.at(t.quasi.span.start);
        let slot = self.slot(SlotKind::Call);
        self.b.call_any_receiver(callee, range, slot);
        self.b.release(mark);
    }
}

/// `__proto__: value`: neither shorthand nor computed nor a method.
fn is_proto_setter(p: &js::ObjectProperty<'_>) -> bool {
    p.kind == PropertyKind::Init
        && !p.computed
        && !p.shorthand
        && !p.method
        && match &p.key {
            PropertyKey::StaticIdentifier(id) => id.name == "__proto__",
            PropertyKey::StringLiteral(l) => l.value == "__proto__",
            _ => false,
        }
}
