//! Destructuring, of bindings and of assignment targets.
//!
//! Array patterns read an iterator. A *done* register is true while a step is under way and after the end, so that errors of the iterator
//! itself do not close it; everything else that leaves the pattern early does. When nothing in the pattern can
//! fail or leave (plain local bindings without defaults), no handler is made.

use super::Gen;
use super::assignments::{Target, Wanted};
use super::iteration::IteratorKind;
use super::literals::{Key, key_of};
use crate::scope::{Location, RefId, Resolution};
use oxc_ast::ast::{self as js, BindingPattern, Expression};
use oxc_span::GetSpan;
use unspool_bytecode::{CatchPrediction, JsString, Register, RegisterRange, SlotKind};

/// What a binding pattern does to its names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Initializes them.
    Initialize,
    /// Assigns them (`var`).
    Assign,
}

/// Whether a handler stands around the taking of elements. Then `done` is true while a step is under way, so that the handler does not
/// close an iterator that has thrown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guard {
    None,
    Finally,
}

/// One element or property of a pattern, whichever of oxc's two families it comes from.
#[derive(Clone, Copy)]
enum Leaf<'a> {
    Binding(&'a BindingPattern<'a>, Binding),
    Target(&'a js::AssignmentTarget<'a>),
    TargetWithDefault(&'a js::AssignmentTargetWithDefault<'a>),
    /// `{ a }` or `{ a = init }` as an assignment target.
    Shorthand(&'a js::AssignmentTargetPropertyIdentifier<'a>),
}

impl<'a> Leaf<'a> {
    fn maybe_default(target: &'a js::AssignmentTargetMaybeDefault<'a>) -> Option<Leaf<'a>> {
        match target {
            js::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(d) => {
                Some(Leaf::TargetWithDefault(d))
            }
            target => target.as_assignment_target().map(Leaf::Target),
        }
    }

    fn span(&self) -> oxc_span::Span {
        match self {
            Leaf::Binding(p, _) => p.span(),
            Leaf::Target(t) => t.span(),
            Leaf::TargetWithDefault(t) => t.span,
            Leaf::Shorthand(t) => t.span,
        }
    }

    fn default(&self) -> Option<&'a Expression<'a>> {
        match self {
            Leaf::Binding(BindingPattern::AssignmentPattern(p), _) => Some(&p.right),
            Leaf::TargetWithDefault(d) => Some(&d.init),
            Leaf::Shorthand(s) => s.init.as_ref(),
            _ => None,
        }
    }

    /// The leaf without its default.
    fn inner(&self) -> Leaf<'a> {
        match *self {
            Leaf::Binding(BindingPattern::AssignmentPattern(p), how) => Leaf::Binding(&p.left, how),
            Leaf::TargetWithDefault(d) => Leaf::Target(&d.binding),
            leaf => leaf,
        }
    }
}

/// A place ready to take a value.
enum Place<'a> {
    /// A binding or name known before.
    Ref(RefId, Binding),
    Target(Target),
    /// A nested pattern.
    Pattern(Leaf<'a>),
}

impl<'u, 'a> Gen<'u, 'a> {
    /// Destructures acc into a binding pattern.
    pub(crate) fn bind_pattern(&mut self, pattern: &'a BindingPattern<'a>, how: Binding) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => {
                let r = self.binding_ref(id);
                self.store_binding(r, how);
            }
            _ => crate::stack::guard(|| {
                self.scoped(|g| {
                    let value = g.save();
                    g.destructure(Leaf::Binding(pattern, how), value);
                });
            }),
        }
    }

    fn store_binding(&mut self, r: RefId, how: Binding) {
        match how {
            Binding::Initialize => self.initialize_ref(r),
            Binding::Assign => self.store_ref(r),
        }
    }

    /// Destructures `value` into a pattern of assignment targets.
    pub(crate) fn assign_pattern(&mut self, target: &'a js::AssignmentTarget<'a>, value: Register) {
        crate::stack::guard(|| self.scoped(|g| g.destructure(Leaf::Target(target), value)));
    }

    /// Assigns `value` to any target, as the left side of a for-in or for-of.
    pub(crate) fn assign_value(&mut self, target: &'a js::AssignmentTarget<'a>, value: Register) {
        match target.as_simple_assignment_target() {
            Some(simple) => self.scoped(|g| {
                let target = g.simple_target(simple, &[]);
                g.b.ldar(value);
                g.store_target_wanted(&target, Wanted::Nothing);
            }),
            None => self.assign_pattern(target, value),
        }
    }

    fn destructure(&mut self, leaf: Leaf<'a>, value: Register) {
        match leaf {
            Leaf::Binding(BindingPattern::ObjectPattern(p), how) => self.object_pattern(p, how, value),
            Leaf::Binding(BindingPattern::ArrayPattern(p), how) => {
                let elements: Vec<Option<Leaf<'a>>> =
                    p.elements.iter().map(|e| e.as_ref().map(|e| Leaf::Binding(e, how))).collect();
                let rest = p.rest.as_ref().map(|r| Leaf::Binding(&r.argument, how));
                self.array_pattern(&elements, rest, value, p.span.start);
            }
            Leaf::Target(js::AssignmentTarget::ObjectAssignmentTarget(o)) => self.object_target(o, value),
            Leaf::Target(js::AssignmentTarget::ArrayAssignmentTarget(a)) => {
                let elements: Vec<Option<Leaf<'a>>> =
                    a.elements.iter().map(|e| e.as_ref().and_then(Leaf::maybe_default)).collect();
                let rest = a.rest.as_ref().map(|r| Leaf::Target(&r.target));
                self.array_pattern(&elements, rest, value, a.span.start);
            }
            leaf => {
                let place = self.prepare(leaf);
                self.b.ldar(value);
                self.store_place(&place);
            }
        }
    }

    /// Evaluates what a leaf's target needs before its value is read.
    fn prepare(&mut self, leaf: Leaf<'a>) -> Place<'a> {
        match leaf.inner() {
            Leaf::Binding(BindingPattern::BindingIdentifier(id), how) => {
                let r = self.binding_ref(id);
                if how == Binding::Assign && self.a.refs[r.index()].resolution.is_dynamic() {
                    return Place::Target(Target::Name(self.prepare_name(r)));
                }
                Place::Ref(r, how)
            }
            Leaf::Shorthand(s) => {
                let r = self.identifier_ref(&s.binding);
                Place::Target(Target::Name(self.prepare_name(r)))
            }
            Leaf::Target(target) => match target.as_simple_assignment_target() {
                Some(simple) => Place::Target(self.simple_target_held(simple)),
                None => Place::Pattern(Leaf::Target(target)),
            },
            inner => Place::Pattern(inner),
        }
    }

    /// A simple target evaluated early: locals it is made of may change before the store.
    fn simple_target_held(&mut self, simple: &'a js::SimpleAssignmentTarget<'a>) -> Target {
        let target = match simple {
            js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                let r = self.identifier_ref(id);
                return Target::Name(self.prepare_name(r));
            }
            simple => self.simple_target(simple, &[]),
        };
        match target {
            Target::Named { object, name, position } => {
                let held = self.temp();
                self.b.mov(object, held);
                Target::Named { object: held, name, position }
            }
            Target::Keyed { object, key, position } => {
                let held = self.temps(2);
                self.b.mov(object, held.first);
                self.b.mov(key, held.get(1));
                Target::Keyed { object: held.first, key: held.get(1), position }
            }
            Target::Private { object, key, position } => {
                let held = self.temp();
                self.b.mov(object, held);
                Target::Private { object: held, key, position }
            }
            target => target,
        }
    }

    /// Stores acc in a prepared place.
    fn store_place(&mut self, place: &Place<'a>) {
        match place {
            Place::Ref(r, how) => self.store_binding(*r, *how),
            Place::Target(target) => self.store_target_wanted(target, Wanted::Nothing),
            Place::Pattern(leaf) => crate::stack::guard(|| {
                self.scoped(|g| {
                    let value = g.save();
                    g.destructure(*leaf, value);
                });
            }),
        }
    }

    /// acc = acc or, if that is undefined, the leaf's default.
    fn apply_default(&mut self, leaf: &Leaf<'a>) {
        let Some(init) = leaf.default() else { return };
        let given = self.b.new_label();
        self.b.jump_if_not_undefined(given);
        let name = match leaf.inner() {
            Leaf::Binding(BindingPattern::BindingIdentifier(id), _) => Some(id.name),
            Leaf::Shorthand(s) => Some(s.binding.name),
            Leaf::Target(js::AssignmentTarget::AssignmentTargetIdentifier(id)) => {
                // `[(x) = function(){}]` does not name the function.
                (leaf.span().start == id.span.start).then_some(id.name)
            }
            _ => None,
        };
        self.scoped(|g| match name {
            Some(name) => g.named_expr(init, &name),
            None => g.expr(init),
        });
        self.b.bind(given);
    }

    // --- objects ---

    fn object_pattern(&mut self, p: &'a js::ObjectPattern<'a>, how: Binding, value: Register) {
        self.require_coercible(value, p.span.start, p.properties.first().map(|q| &q.key));
        let excluded = p.rest.is_some().then(|| self.temps(p.properties.len() as u32));
        for (i, property) in p.properties.iter().enumerate() {
            let leaf = Leaf::Binding(&property.value, how);
            self.pattern_property(
                &property.key,
                property.computed,
                leaf,
                value,
                excluded.map(|e| e.get(i as u32)),
            );
        }
        if let Some(rest) = &p.rest {
            self.object_rest(Leaf::Binding(&rest.argument, how), value, excluded);
        }
    }

    fn object_target(&mut self, o: &'a js::ObjectAssignmentTarget<'a>, value: Register) {
        self.require_coercible(value, o.span.start, None);
        let excluded = o.rest.is_some().then(|| self.temps(o.properties.len() as u32));
        for (i, property) in o.properties.iter().enumerate() {
            let keep = excluded.map(|e| e.get(i as u32));
            match property {
                js::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(s) => {
                    self.scoped(|g| {
                        let leaf = Leaf::Shorthand(s);
                        let place = g.prepare(leaf);
                        if let Some(keep) = keep {
                            g.b.load_string(s.binding.name.as_str());
                            g.b.star(keep);
                        }
                        g.at(s.span.start);
                        g.get_named(value, &s.binding.name);
                        g.apply_default(&leaf);
                        g.store_place(&place);
                    });
                }
                js::AssignmentTargetProperty::AssignmentTargetPropertyProperty(p) => {
                    if let Some(leaf) = Leaf::maybe_default(&p.binding) {
                        self.pattern_property(&p.name, p.computed, leaf, value, keep);
                    }
                }
            }
        }
        if let Some(rest) = &o.rest {
            self.object_rest(Leaf::Target(&rest.target), value, excluded);
        }
    }

    /// RequireObjectCoercible, where no property access would do it.
    fn require_coercible(&mut self, value: Register, position: u32, first: Option<&js::PropertyKey<'a>>) {
        let name = first
            .and_then(|k| match k {
                js::PropertyKey::StaticIdentifier(id) => Some(id.name.as_str()),
                _ => None,
            })
            .unwrap_or("value");
        let name = self.name_constant(name);
        self.b.ldar(value);
        self.at(position);
        self.b.throw_pattern_if_null_or_undefined(name);
    }

    fn pattern_property(
        &mut self,
        key: &'a js::PropertyKey<'a>,
        computed: bool,
        leaf: Leaf<'a>,
        value: Register,
        keep: Option<Register>,
    ) {
        self.scoped(|g| {
            // The key comes first, then the target's reference, then the value.
            let position = key.span().start;
            let key = match key_of(key, computed) {
                Key::Constant(name) => Err(name),
                Key::Computed(e) => {
                    let r = g.property_key(e);
                    if let Some(keep) = keep {
                        g.b.mov(r, keep);
                    }
                    Ok(r)
                }
            };
            let place = g.prepare(leaf);
            match key {
                Ok(r) => {
                    g.b.ldar(r);
                    g.at(position);
                    let slot = g.slot(SlotKind::LoadKeyed);
                    g.b.get_keyed_property(value, slot);
                }
                Err(name) => g.get_constant_key(value, name, position, keep),
            }
            g.apply_default(&leaf);
            g.store_place(&place);
        });
    }

    /// acc = value[name] for a name known from the text, which may be an index.
    fn get_constant_key(&mut self, value: Register, name: JsString, position: u32, keep: Option<Register>) {
        if let Some(keep) = keep {
            self.b.load_string(name.clone());
            self.b.star(keep);
        }
        if super::expressions::is_array_index(&name.to_string_lossy()) {
            self.scoped(|g| {
                let key = g.index_key(&name);
                g.b.ldar(key);
                g.at(position);
                let slot = g.slot(SlotKind::LoadKeyed);
                g.b.get_keyed_property(value, slot);
            });
        } else {
            let constant = self.b.string(name);
            self.at(position);
            let slot = self.slot(SlotKind::LoadProperty);
            self.b.get_named_property(value, constant, slot);
        }
    }

    fn object_rest(&mut self, leaf: Leaf<'a>, value: Register, excluded: Option<RegisterRange>) {
        self.scoped(|g| {
            let place = g.prepare(leaf);
            g.b.create_empty_object_literal();
            let rest = g.save();
            g.at(leaf.span().start);
            g.b.copy_data_properties(rest, value, excluded.unwrap_or(RegisterRange::EMPTY));
            g.b.ldar(rest);
            g.store_place(&place);
        });
    }

    // --- arrays ---

    fn array_pattern(
        &mut self,
        elements: &[Option<Leaf<'a>>],
        rest: Option<Leaf<'a>>,
        value: Register,
        position: u32,
    ) {
        let pair = self.temps(2);
        let done = self.temp();
        self.get_iterator(value, pair, position);
        self.b.lda_false();
        self.b.star(done);
        let safe = elements.iter().flatten().chain(rest.iter()).all(|leaf| self.cannot_fail(leaf));
        if safe {
            self.array_elements(elements, rest, pair, done, position, Guard::None);
            self.close_unless_done(pair.first, done);
            return;
        }
        self.try_finally(
            CatchPrediction::Uncaught,
            |g| g.array_elements(elements, rest, pair, done, position, Guard::Finally),
            |g, token, _| {
                let (skip, normal) = (g.b.new_label(), g.b.new_label());
                g.b.ldar(done);
                g.b.jump_if_true(skip);
                g.b.lda_zero();
                let slot = g.slot(SlotKind::Compare);
                g.b.test_equal_strict(token, slot);
                g.b.jump_if_false(normal);
                g.close_iterator_quietly(pair.first, IteratorKind::Sync);
                g.b.jump(skip);
                g.b.bind(normal);
                g.close_iterator(pair.first, IteratorKind::Sync);
                g.b.bind(skip);
            },
        );
    }

    fn close_unless_done(&mut self, iterator: Register, done: Register) {
        let skip = self.b.new_label();
        self.b.ldar(done);
        self.b.jump_if_true(skip);
        self.close_iterator(iterator, IteratorKind::Sync);
        self.b.bind(skip);
    }

    /// Whether storing to a leaf can neither throw nor leave the function.
    fn cannot_fail(&self, leaf: &Leaf<'a>) -> bool {
        let r = match leaf {
            Leaf::Binding(BindingPattern::BindingIdentifier(id), _) => self.binding_ref(id),
            Leaf::Target(js::AssignmentTarget::AssignmentTargetIdentifier(id)) => self.identifier_ref(id),
            _ => return false,
        };
        match self.a.refs[r.index()].resolution {
            Resolution::Variable { var, checked } => {
                let v = self.a.var(var);
                let initializes = matches!(leaf, Leaf::Binding(_, Binding::Initialize));
                (initializes
                    || (!checked && !v.mode.is_immutable() && v.mode != crate::scope::VarMode::FunctionName))
                    && !matches!(v.location, Location::GlobalObject | Location::ScriptLexical)
            }
            // A script lexical's own initialization cannot fail.
            Resolution::Global => matches!(leaf, Leaf::Binding(_, Binding::Initialize)),
            _ => false,
        }
    }

    /// Takes the elements one by one.
    fn array_elements(
        &mut self,
        elements: &[Option<Leaf<'a>>],
        rest: Option<Leaf<'a>>,
        pair: RegisterRange,
        done: Register,
        position: u32,
        guard: Guard,
    ) {
        for (i, element) in elements.iter().enumerate() {
            let mark = self.b.mark();
            let place = element.map(|leaf| self.prepare(leaf));
            let (ended, ready) = (self.b.new_label(), self.b.new_label());
            if i > 0 {
                self.b.ldar(done);
                self.b.jump_if_true(ended);
            }
            if guard == Guard::Finally {
                self.b.lda_true();
                self.b.star(done);
                self.iterator_step(pair, ended, position);
                // Back to not done, with the value kept in acc.
                self.scoped(|g| {
                    let value = g.save();
                    g.b.lda_false();
                    g.b.star(done);
                    g.b.ldar(value);
                });
                self.b.jump(ready);
                self.b.bind(ended);
            } else {
                self.iterator_step(pair, ended, position);
                self.b.jump(ready);
                self.b.bind(ended);
                self.b.lda_true();
                self.b.star(done);
            }
            self.b.lda_undefined();
            self.b.bind(ready);
            if let (Some(leaf), Some(place)) = (element, place) {
                self.apply_default(leaf);
                self.store_place(&place);
            }
            self.b.release(mark);
        }
        if let Some(leaf) = rest {
            self.scoped(|g| {
                let place = g.prepare(leaf);
                let slot = g.slot(SlotKind::Literal);
                g.b.create_empty_array_literal(slot);
                let array = g.save();
                let index = g.temp();
                g.b.lda_zero();
                g.b.star(index);
                let end = g.b.new_label();
                if !elements.is_empty() {
                    g.b.ldar(done);
                    g.b.jump_if_true(end);
                }
                g.b.lda_true();
                g.b.star(done);
                g.drain(pair, position, |g| g.append_acc(array, index));
                g.b.bind(end);
                g.b.ldar(array);
                g.store_place(&place);
            });
        }
    }
}
