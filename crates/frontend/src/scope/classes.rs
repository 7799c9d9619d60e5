//! The walk over classes: the class scope, private names, and the two synthetic initializer functions.
//!
//! Fields and static elements are evaluated as if each were a method of its own (15.7.10). We make two functions of them
//! instead, one for instances and one for the class itself, in which every initializer is in the scope that the
//! specification gives it. Private names are variables of the class scope with a mark in their name, so they are
//! resolved, captured and reached by eval like others.

use super::build::{Builder, FunctionShape, names};
use super::functions::FunctionPlace;
use super::*;
use crate::javascript;
use oxc_ast::ast as js;
use oxc_span::Span;
use unspool_bytecode::Placement;

/// Elements that are evaluated by an initializer, not where they stand.
#[derive(Default)]
struct InitializedElements<'a> {
    instance_fields: Vec<&'a js::ClassElement<'a>>,
    /// Static fields and blocks, in source order.
    static_elements: Vec<&'a js::ClassElement<'a>>,
}

impl<'a> Builder<'a> {
    pub(crate) fn walk_class_declaration(&mut self, c: &'a js::Class<'a>) {
        if c.declare {
            return;
        }
        let name = c.id.as_ref().map_or(Ident::from(names::DEFAULT_EXPORT), |id| id.name);
        let scope = self.scope;
        self.declare_in(scope, name, VarMode::Class, c.span.end);
        match &c.id {
            Some(id) => self.binding(id, Access::Initialize),
            None => {
                let r = self.reference(name, c.span.start, Access::Initialize);
                self.annex_b.insert(c.span.start, r);
            }
        }
        self.walk_class(c);
    }

    pub(crate) fn walk_class(&mut self, c: &'a js::Class<'a>) {
        if let Some(d) = c.decorators.first() {
            self.error("Decorators are not supported", d.span);
        }
        if self.is_javascript {
            let excess = c.body.body.iter().find_map(|e| javascript::class_member(self.source.text(), e));
            if let Some(excess) = excess {
                self.error(excess.message, excess.span);
            }
        }
        let scope = self.new_scope(ScopeKind::Class, c.span.start, true);
        Self::set_scope(&c.scope_id, scope);
        let saved = std::mem::replace(&mut self.scope, scope);
        let mut record = ClassRecord::default();
        if let Some(id) = &c.id {
            record.name_var = Some(self.declare_in(scope, id.name, VarMode::ClassName, last_offset(c)));
        }
        record.home_var = Some(self.declare_in(scope, Ident::from(names::HOME), VarMode::Internal, 0));
        record.static_home_var =
            Some(self.declare_in(scope, Ident::from(names::STATIC_HOME), VarMode::Internal, 0));
        self.declare_private_names(c, scope, &mut record);

        if let Some(heritage) = &c.heritage {
            self.walk_expression(&heritage.expression);
        }
        let elements = self.walk_elements(c, scope, &mut record);
        if record.constructor.is_none() {
            record.constructor = Some(self.default_constructor(c, scope));
        }
        let private_instance_methods =
            record.private_names.iter().any(|p| p.method_var.is_some() || p.setter_var.is_some());
        if !elements.instance_fields.is_empty() || private_instance_methods {
            let node = FunctionNode::InstanceInitializer(c);
            let id = self.initializer(c, scope, node, Placement::Prototype, &elements.instance_fields);
            record.instance_initializer = Some(id);
        }
        if !elements.static_elements.is_empty() {
            let node = FunctionNode::StaticInitializer(c);
            let id = self.initializer(c, scope, node, Placement::Static, &elements.static_elements);
            record.static_initializer = Some(id);
        }
        self.classes.insert(scope, record);
        self.scope = saved;
    }

    /// Walks methods and keys of fields in source order, and sorts out what belongs into the initializers.
    fn walk_elements(
        &mut self,
        c: &'a js::Class<'a>,
        scope: ScopeId,
        record: &mut ClassRecord,
    ) -> InitializedElements<'a> {
        let mut elements = InitializedElements::default();
        for (index, element) in c.body.body.iter().enumerate() {
            match element {
                js::ClassElement::MethodDefinition(m) => self.walk_method_definition(c, m, scope, record),
                js::ClassElement::PropertyDefinition(p) => {
                    if let Some(d) = p.decorators.first() {
                        self.error("Decorators are not supported", d.span);
                    }
                    if p.declare || p.r#type == js::PropertyDefinitionType::TSAbstractPropertyDefinition {
                        continue;
                    }
                    self.walk_property_key(&p.key, p.computed);
                    if p.computed {
                        let name = self.alloc_ident(&format!(".key{index}"));
                        let var = self.declare_in(scope, name, VarMode::Internal, 0);
                        self.capture(var);
                        record.computed_keys.push((index as u32, var));
                    }
                    match p.r#static {
                        true => elements.static_elements.push(element),
                        false => elements.instance_fields.push(element),
                    }
                }
                js::ClassElement::StaticBlock(_) => elements.static_elements.push(element),
                js::ClassElement::AccessorProperty(a) => {
                    self.error("`accessor` fields are not supported", a.span);
                }
                js::ClassElement::TSIndexSignature(_) => {}
            }
        }
        elements
    }

    fn walk_method_definition(
        &mut self,
        c: &'a js::Class<'a>,
        m: &'a js::MethodDefinition<'a>,
        scope: ScopeId,
        record: &mut ClassRecord,
    ) {
        if let Some(d) = m.decorators.first() {
            self.error("Decorators are not supported", d.span);
        }
        if m.value.body.is_none() {
            return;
        }
        self.walk_property_key(&m.key, m.computed);
        let role = match m.kind {
            js::MethodDefinitionKind::Constructor => constructor_role(c),
            js::MethodDefinitionKind::Method => FunctionRole::Method,
            js::MethodDefinitionKind::Get => FunctionRole::Getter,
            js::MethodDefinitionKind::Set => FunctionRole::Setter,
        };
        let is_constructor = m.kind == js::MethodDefinitionKind::Constructor;
        let span = if is_constructor { c.span } else { self.method_span(m) };
        let place = FunctionPlace { role, is_static: m.r#static, span, created_at: last_offset(c) };
        let id = self.walk_function(&m.value, place);
        self.check_getter(&m.value, role);
        if is_constructor {
            self.functions[id.index()].class_scope = Some(scope);
            record.constructor = Some(id);
        }
    }

    fn default_constructor(&mut self, c: &'a js::Class<'a>, scope: ScopeId) -> FunctionId {
        let node = FunctionNode::DefaultConstructor;
        let id = self.synthetic(c, node, constructor_role(c), Placement::Prototype, |_| {});
        self.functions[id.index()].class_scope = Some(scope);
        if c.heritage.is_some() {
            // The generator needs these three as variables even though no source names them.
            let f = &self.functions[id.index()];
            let (from, function) = (f.scope, self.function);
            self.function = id;
            for what in [Pseudo::ThisFunction, Pseudo::NewTarget, Pseudo::BindThis] {
                self.pseudo_from(from, what, c.span.start);
            }
            self.function = function;
        }
        id
    }

    fn initializer(
        &mut self,
        c: &'a js::Class<'a>,
        scope: ScopeId,
        node: FunctionNode<'a>,
        placement: Placement,
        elements: &[&'a js::ClassElement<'a>],
    ) -> FunctionId {
        let id = self.synthetic(c, node, FunctionRole::Initializer, placement, |b| b.walk_fields(elements));
        self.functions[id.index()].class_scope = Some(scope);
        id
    }

    pub(crate) fn capture(&mut self, var: VarId) {
        let v = &mut self.vars[var.index()];
        v.used = true;
        v.captured = true;
    }

    /// The parser takes a rest parameter in getters.
    pub(crate) fn check_getter(&mut self, f: &js::Function<'_>, role: FunctionRole) {
        if role == FunctionRole::Getter
            && let Some(rest) = &f.params.rest
        {
            self.error("Getter must not have any formal parameters", rest.span);
        }
    }

    /// The text of a method: without `static`.
    fn method_span(&self, m: &js::MethodDefinition<'_>) -> Span {
        if !m.r#static {
            return m.span;
        }
        let text = &self.source.text()[m.span.start as usize..m.span.end as usize];
        let rest = skip_trivia(text.strip_prefix("static").unwrap_or(text));
        Span::new(m.span.end - rest.len() as u32, m.span.end)
    }

    /// A function without source of its own; it shows the text of the class.
    fn synthetic(
        &mut self,
        c: &'a js::Class<'a>,
        node: FunctionNode<'a>,
        role: FunctionRole,
        placement: Placement,
        walk: impl FnOnce(&mut Self),
    ) -> FunctionId {
        let id = self.push_function(
            FunctionShape {
                node,
                role,
                is_async: false,
                is_generator: false,
                is_static: placement == Placement::Static,
                strict: true,
                span: (c.span.start, c.span.end),
                created_at: last_offset(c),
            },
            ScopeKind::Function,
        );
        let saved = (self.scope, self.function);
        self.function = id;
        self.scope = self.functions[id.index()].scope;
        walk(self);
        (self.scope, self.function) = saved;
        id
    }

    fn walk_fields(&mut self, elements: &[&'a js::ClassElement<'a>]) {
        for element in elements {
            match element {
                js::ClassElement::PropertyDefinition(p) => {
                    if let Some(value) = &p.value {
                        self.walk_expression(value);
                    }
                }
                js::ClassElement::StaticBlock(block) => {
                    let function = self.function.index();
                    let outer = self.functions[function].body_scope;
                    let id = self.in_scope(ScopeKind::Block, block.span.start, |b, scope| {
                        b.functions[function].body_scope = scope;
                        b.walk_statements(&block.body);
                    });
                    self.functions[function].body_scope = outer;
                    Self::set_scope(&block.scope_id, id);
                }
                _ => unreachable!("only fields and static blocks are initializer elements"),
            }
        }
    }

    fn declare_private_names(&mut self, c: &'a js::Class<'a>, scope: ScopeId, record: &mut ClassRecord) {
        for element in &c.body.body {
            let (key, is_static, kind) = match element {
                js::ClassElement::MethodDefinition(m) => (&m.key, m.r#static, Some(m.kind)),
                js::ClassElement::PropertyDefinition(p) => (&p.key, p.r#static, None),
                _ => continue,
            };
            let js::PropertyKey::PrivateIdentifier(id) = key else { continue };
            let name = self.private_ident(id);
            let var = self.declare_in(scope, name, VarMode::Private, 0);
            let next = record.private_names.len();
            let at = *record.private_index.entry(id.name.as_str().into()).or_insert(next);
            if at == next {
                record.private_names.push(PrivateName { var, method_var: None, setter_var: None });
            }
            // Fields and instance methods are installed by an initializer function.
            if kind.is_none() || !is_static {
                self.capture(var);
            } else {
                self.vars[var.index()].used = true;
            }
            if let (Some(kind), false) = (kind, is_static) {
                let setter = kind == js::MethodDefinitionKind::Set;
                let internal = self.alloc_ident(&format!("{name}{}", if setter { ".set" } else { ".fn" }));
                let method = self.declare_in(scope, internal, VarMode::Internal, 0);
                self.capture(method);
                if setter {
                    record.private_names[at].setter_var = Some(method);
                } else {
                    record.private_names[at].method_var = Some(method);
                }
            }
        }
    }

    pub(crate) fn private_ident(&mut self, id: &js::PrivateIdentifier<'a>) -> Ident<'a> {
        self.alloc_ident(&format!("#{}", id.name))
    }
}

fn constructor_role(c: &js::Class<'_>) -> FunctionRole {
    if c.heritage.is_some() { FunctionRole::DerivedConstructor } else { FunctionRole::BaseConstructor }
}

/// Where the functions of a class count as created and its own name as initialized: before the end of the class, because static
/// elements run while a variable that the class is the value of is still in its dead zone.
fn last_offset(c: &js::Class<'_>) -> u32 {
    c.span.end - 1
}

/// The text behind white space and comments.
fn skip_trivia(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        let comment_end = if text.starts_with("//") {
            text.find(['\n', '\r', '\u{2028}', '\u{2029}'])
        } else if text.starts_with("/*") {
            text.find("*/").map(|end| end + 2)
        } else {
            return text;
        };
        text = comment_end.map_or("", |end| &text[end..]);
    }
}
