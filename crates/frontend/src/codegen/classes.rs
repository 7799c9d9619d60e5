//! Classes.
//!
//! `DefineClass` makes constructor and prototype with all public methods and accessors at once; nobody can see either object before. Private names are
//! variables of the class scope that hold private symbols. Two synthetic methods do the rest: the *instance initializer* (an
//! own slot of the constructor, run on `this` by base constructors first thing and after `super()`) adds private methods and fields
//! to an instance; the *static initializer* is called once on the constructor. Both have the class's home objects.

use super::Gen;
use super::literals::{Key, key_of};
use crate::scope::{Access, ClassRecord, Location, ScopeId, VarId};
use oxc_ast::ast::{self as js, ClassElement, MethodDefinitionKind, PropertyKey};
use oxc_span::GetSpan;
use unspool_bytecode::{
    ClassBoilerplate, ClassMember, ClassMemberKey, ClassMemberKind, Constant, DefineKeyedFlags,
    FunctionNamePrefix, JsString, MessageId, Placement, Register, RegisterRange, SlotKind,
};

/// Where a class gets its name.
pub(crate) enum ClassName {
    /// Its own identifier, or none.
    Own,
    /// The place it stands in.
    Static(JsString),
    /// A computed key.
    Computed(Register),
}

/// Constructor, superclass and its `prototype` come before the members among the arguments of `DefineClass`.
const CLASS_ARGUMENTS: u32 = 3;

/// What the methods of a class are, and how many arguments `DefineClass` takes for it.
fn class_boilerplate(c: &js::Class<'_>) -> (ClassBoilerplate, u32) {
    let mut registers = CLASS_ARGUMENTS;
    let mut boilerplate = ClassBoilerplate::default();
    for element in &c.body.body {
        if let ClassElement::MethodDefinition(m) = element
            && let Some(kind) = member_kind(m)
        {
            let key = match key_of(&m.key, m.computed) {
                Key::Constant(name) => ClassMemberKey::Name(name),
                Key::Computed(_) => {
                    registers += 1;
                    ClassMemberKey::Computed
                }
            };
            registers += 1;
            let placement = if m.r#static { Placement::Static } else { Placement::Prototype };
            boilerplate.members.push(ClassMember { kind, placement, key });
        }
    }
    (boilerplate, registers)
}

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn class_declaration(&mut self, c: &'a js::Class<'a>) {
        if c.declare {
            return;
        }
        self.b.statement_position(c.span.start);
        let name = if c.id.is_some() { ClassName::Own } else { ClassName::Static(JsString::from("default")) };
        self.class_expression(c, name);
        let r = match &c.id {
            Some(id) => self.binding_ref(id),
            None => match self.a.annex_b.get(&c.span.start) {
                Some(&r) => r,
                None => return,
            },
        };
        self.initialize_ref(r);
    }

    fn used(&self, var: Option<VarId>) -> Option<VarId> {
        var.filter(|&v| self.a.var(v).location != Location::Unused)
    }

    pub(crate) fn class_expression(&mut self, c: &'a js::Class<'a>, name: ClassName) {
        let Some(scope) = Self::scope_cell(&c.scope_id) else { return };
        let Some(record) = self.a.classes.get(&scope) else { return };
        let mark = self.b.mark();
        let outer = self.scope;
        let pushed = self.enter_scope(scope);
        for private in &record.private_names {
            let text = self.a.var(private.var).name;
            let constant = self.name_constant(&text);
            self.b.create_private_name(constant);
            self.store_raw(private.var, Access::Initialize);
        }
        let dst = self.temps(2);
        self.scoped(|g| g.define_class(c, record, &name, dst));
        let constructor = dst.first;
        if let ClassName::Computed(key) = name
            && !has_static_name(c)
        {
            self.b.ldar(constructor);
            self.b.set_function_name(key, FunctionNamePrefix::None);
        }
        if let Some(home) = self.used(record.home_var) {
            self.b.ldar(dst.get(1));
            self.store_raw(home, Access::Initialize);
        }
        if let Some(home) = self.used(record.static_home_var) {
            self.b.ldar(constructor);
            self.store_raw(home, Access::Initialize);
        }
        self.private_methods(c, record, constructor);
        if let Some(id) = record.instance_initializer {
            self.closure(id, Some(JsString::from("<instance_members_initializer>")));
            self.b.set_class_field_initializer(constructor);
        }
        if let Some(var) = self.used(record.name_var) {
            self.b.ldar(constructor);
            self.store_raw(var, Access::Initialize);
        }
        self.install_static_private_methods(c, record, constructor);
        if let Some(id) = record.static_initializer {
            self.scoped(|g| {
                g.closure(id, Some(JsString::from("<static_initializer>")));
                let initializer = g.save();
                let slot = g.slot(SlotKind::Call);
                g.at(c.span.start);
                g.b.call_property0(initializer, constructor, slot);
            });
        }
        self.b.ldar(constructor);
        self.leave_class_scope(outer, pushed);
        self.b.release(mark);
    }

    fn leave_class_scope(&mut self, outer: ScopeId, pushed: Option<Register>) {
        if let Some(saved) = pushed {
            self.pop_context(saved);
        }
        self.scope = outer;
    }

    /// Evaluates heritage and keys in source order and makes the class.
    fn define_class(
        &mut self,
        c: &'a js::Class<'a>,
        record: &ClassRecord,
        name: &ClassName,
        dst: RegisterRange,
    ) {
        let (boilerplate, registers) = class_boilerplate(c);
        let args = self.temps(registers);
        self.class_heritage(c, args);
        if let Some(id) = record.constructor {
            let static_name = match name {
                ClassName::Own => {
                    Some(c.id.as_ref().map_or_else(JsString::default, |id| JsString::from(id.name.as_str())))
                }
                ClassName::Static(name) => Some(name.clone()),
                ClassName::Computed(_) => None,
            };
            self.closure(id, static_name);
            self.b.star(args.first);
        }
        self.class_members(c, record, args);
        let constant = self.b.constant(Constant::Class(boilerplate));
        self.at(c.span.start);
        self.b.define_class(constant, args, dst.first);
    }

    /// Evaluates the superclass and its `prototype` into the second and third of `args`.
    fn class_heritage(&mut self, c: &'a js::Class<'a>, args: RegisterRange) {
        match &c.heritage {
            Some(heritage) => {
                let (null, ready) = (self.b.new_label(), self.b.new_label());
                self.expr_to(&heritage.expression, args.get(1));
                self.at(heritage.expression.span().start);
                self.b.check_class_heritage(args.get(1));
                self.b.ldar(args.get(1));
                self.b.jump_if_null(null);
                self.at(heritage.expression.span().start);
                self.get_named(args.get(1), "prototype");
                self.b.throw_if_not_object_or_null(MessageId::ClassPrototypeNotObjectOrNull);
                self.b.jump(ready);
                self.b.bind(null);
                self.b.lda_null();
                self.b.bind(ready);
                self.b.star(args.get(2));
            }
            None => {
                self.b.lda_the_hole();
                self.b.star(args.get(1));
                self.b.lda_undefined();
                self.b.star(args.get(2));
            }
        }
    }

    /// Evaluates computed keys and makes the closures of methods, from the fourth of `args` on, as the boilerplate lists them. The
    /// computed keys of fields go to their variables.
    fn class_members(&mut self, c: &'a js::Class<'a>, record: &ClassRecord, args: RegisterRange) {
        let mut next = CLASS_ARGUMENTS;
        for (index, element) in c.body.body.iter().enumerate() {
            match element {
                ClassElement::MethodDefinition(m) if member_kind(m).is_some() => {
                    let name = match key_of(&m.key, m.computed) {
                        Key::Constant(name) => Some(name),
                        Key::Computed(e) => {
                            let key = args.get(next);
                            next += 1;
                            self.scoped(|g| g.expr(e));
                            self.at(e.span().start);
                            self.b.to_property_key();
                            self.b.star(key);
                            if m.r#static {
                                self.reject_static_prototype(key, e.span().start);
                            }
                            None
                        }
                    };
                    let closure = args.get(next);
                    next += 1;
                    self.method_closure(m, name);
                    self.b.star(closure);
                }
                ClassElement::PropertyDefinition(p) if p.computed => {
                    if let (Some(e), Some(&(_, var))) =
                        (p.key.as_expression(), record.computed_keys.iter().find(|(i, _)| *i == index as u32))
                    {
                        self.scoped(|g| g.expr(e));
                        self.at(e.span().start);
                        self.b.to_property_key();
                        self.store_raw(var, Access::Initialize);
                    }
                }
                _ => {}
            }
        }
    }

    /// acc = the closure of a method with its name, if the text says it.
    fn method_closure(&mut self, m: &'a js::MethodDefinition<'a>, name: Option<JsString>) {
        let prefix = match m.kind {
            MethodDefinitionKind::Get => "get ",
            MethodDefinitionKind::Set => "set ",
            _ => "",
        };
        let name = name.map(|name| {
            let mut units: Vec<u16> = prefix.encode_utf16().collect();
            units.extend(name.units());
            JsString::from_utf16(&units)
        });
        self.at(m.span.start);
        self.closure(Self::function_id(&m.value.scope_id), name);
    }

    fn reject_static_prototype(&mut self, key: Register, position: u32) {
        let fine = self.b.new_label();
        self.b.load_string("prototype");
        let slot = self.slot(SlotKind::Compare);
        self.b.test_equal_strict(key, slot);
        self.b.jump_if_false(fine);
        self.at(position);
        self.b.throw_message(MessageId::ClassStaticPrototype, RegisterRange::EMPTY);
        self.b.bind(fine);
    }

    fn private_methods_of(
        c: &'a js::Class<'a>,
        placement: Placement,
    ) -> impl Iterator<Item = (&'a js::MethodDefinition<'a>, &'a js::PrivateIdentifier<'a>)> {
        c.body.body.iter().filter_map(move |element| match element {
            ClassElement::MethodDefinition(m) if m.r#static == (placement == Placement::Static) => {
                match &m.key {
                    PropertyKey::PrivateIdentifier(id) => Some((&**m, &**id)),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// Makes the closures of instance private methods and keeps them for the instance initializer.
    fn private_methods(&mut self, c: &'a js::Class<'a>, record: &ClassRecord, _constructor: Register) {
        for (m, id) in Self::private_methods_of(c, Placement::Prototype) {
            let Some(private) = record.private_name(&id.name) else { continue };
            let var =
                if m.kind == MethodDefinitionKind::Set { private.setter_var } else { private.method_var };
            if let Some(var) = var {
                self.method_closure(m, Some(JsString::from(format!("#{}", id.name).as_str())));
                self.store_raw(var, Access::Initialize);
            }
        }
    }

    fn install_static_private_methods(
        &mut self,
        c: &'a js::Class<'a>,
        record: &ClassRecord,
        constructor: Register,
    ) {
        let all: Vec<_> = Self::private_methods_of(c, Placement::Static).collect();
        for (index, &(m, id)) in all.iter().enumerate() {
            let Some(private) = record.private_name(&id.name) else { continue };
            let name = JsString::from(format!("#{}", id.name).as_str());
            self.scoped(|g| {
                g.load_initialized(private.var);
                let key = g.save();
                if m.kind == MethodDefinitionKind::Method {
                    g.method_closure(m, Some(name));
                    g.b.define_private_method(constructor, key);
                    return;
                }
                // Getter and setter are installed together, at the first of the two.
                if all[..index].iter().any(|(_, other)| other.name == id.name) {
                    return;
                }
                let getter = g.temp();
                let find = |kind| all.iter().find(|(m, other)| m.kind == kind && other.name == id.name);
                match find(MethodDefinitionKind::Get) {
                    Some((m, _)) => g.method_closure(m, Some(name.clone())),
                    None => g.b.lda_undefined(),
                }
                g.b.star(getter);
                match find(MethodDefinitionKind::Set) {
                    Some((m, _)) => g.method_closure(m, Some(name)),
                    None => g.b.lda_undefined(),
                }
                g.b.define_private_accessor(constructor, key, getter);
            });
        }
    }

    // --- the synthetic functions ---

    pub(crate) fn instance_initializer(&mut self, c: &'a js::Class<'a>) {
        let Some(record) = Self::scope_cell(&c.scope_id).and_then(|s| self.a.classes.get(&s)) else { return };
        let mut installed = rustc_hash::FxHashSet::default();
        for (m, id) in Self::private_methods_of(c, Placement::Prototype) {
            let Some(private) = record.private_name(&id.name) else { continue };
            if !installed.insert(private.var) {
                continue;
            }
            self.scoped(|g| {
                g.load_initialized(private.var);
                let key = g.save();
                if m.kind == MethodDefinitionKind::Method {
                    if let Some(method) = private.method_var {
                        g.load_initialized(method);
                    }
                    g.b.define_private_method(Register::THIS, key);
                    return;
                }
                let getter = g.temp();
                match private.method_var {
                    Some(var) => g.load_initialized(var),
                    None => g.b.lda_undefined(),
                }
                g.b.star(getter);
                match private.setter_var {
                    Some(var) => g.load_initialized(var),
                    None => g.b.lda_undefined(),
                }
                g.b.define_private_accessor(Register::THIS, key, getter);
            });
        }
        for (index, element) in c.body.body.iter().enumerate() {
            if let ClassElement::PropertyDefinition(p) = element
                && !p.r#static
            {
                self.field(p, index as u32, record);
            }
        }
        self.b.lda_undefined();
        self.b.return_();
    }

    pub(crate) fn static_initializer(&mut self, c: &'a js::Class<'a>) {
        let Some(record) = Self::scope_cell(&c.scope_id).and_then(|s| self.a.classes.get(&s)) else { return };
        for (index, element) in c.body.body.iter().enumerate() {
            match element {
                ClassElement::PropertyDefinition(p) if p.r#static => self.field(p, index as u32, record),
                ClassElement::StaticBlock(b) => self.block_like(Self::scope_cell(&b.scope_id), &b.body),
                _ => {}
            }
        }
        self.b.lda_undefined();
        self.b.return_();
    }

    fn field(&mut self, p: &'a js::PropertyDefinition<'a>, index: u32, record: &ClassRecord) {
        if p.declare || p.r#type == js::PropertyDefinitionType::TSAbstractPropertyDefinition {
            return;
        }
        self.b.statement_position(p.span.start);
        let this = Register::THIS;
        self.scoped(|g| {
            if let PropertyKey::PrivateIdentifier(id) = &p.key {
                let Some(private) = record.private_name(&id.name) else { return };
                g.load_initialized(private.var);
                let key = g.save();
                g.field_value(p, &JsString::from(format!("#{}", id.name).as_str()));
                g.at(p.span.start);
                let slot = g.slot(SlotKind::DefinePrivate);
                g.b.define_private_field(this, key, slot);
                return;
            }
            if let Some(&(_, var)) = record.computed_keys.iter().find(|(i, _)| *i == index) {
                g.load_initialized(var);
                let key = g.save();
                let flags = match &p.value {
                    Some(value) => g.value_for_key(value, key),
                    None => {
                        g.b.lda_undefined();
                        DefineKeyedFlags::None
                    }
                };
                g.at(p.span.start);
                let slot = g.slot(SlotKind::DefineKeyed);
                g.b.define_keyed_field(this, key, flags, slot);
                return;
            }
            let Key::Constant(name) = key_of(&p.key, p.computed) else { return };
            if super::expressions::is_array_index(&name.to_string_lossy()) {
                let key = g.index_key(&name);
                g.field_value(p, &name);
                g.at(p.span.start);
                let slot = g.slot(SlotKind::DefineKeyed);
                g.b.define_keyed_field(this, key, DefineKeyedFlags::None, slot);
            } else {
                g.field_value(p, &name);
                let constant = g.b.string(name);
                g.at(p.span.start);
                let slot = g.slot(SlotKind::DefineNamed);
                g.b.define_named_field(this, constant, slot);
            }
        });
    }

    fn field_value(&mut self, p: &'a js::PropertyDefinition<'a>, name: &JsString) {
        match &p.value {
            Some(value) => self.expr_with_name(value, name),
            None => self.b.lda_undefined(),
        }
    }
}

/// What kind of member of `DefineClass` a definition is: constructors and private methods are none.
fn member_kind(m: &js::MethodDefinition<'_>) -> Option<ClassMemberKind> {
    if m.value.body.is_none() || matches!(m.key, PropertyKey::PrivateIdentifier(_)) {
        return None;
    }
    match m.kind {
        MethodDefinitionKind::Constructor => None,
        MethodDefinitionKind::Method => Some(ClassMemberKind::Method),
        MethodDefinitionKind::Get => Some(ClassMemberKind::Getter),
        MethodDefinitionKind::Set => Some(ClassMemberKind::Setter),
    }
}

/// Whether a static method or accessor is called `name`: then the class keeps that property.
fn has_static_name(c: &js::Class<'_>) -> bool {
    c.body.body.iter().any(|element| match element {
        ClassElement::MethodDefinition(m) => {
            m.r#static
                && matches!(key_of(&m.key, m.computed), Key::Constant(name) if name == JsString::from("name"))
        }
        _ => false,
    })
}
