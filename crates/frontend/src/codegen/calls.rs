//! Calls, construction, optional chains, `super()`, and the `%Name(…)` calls of natives and self-hosted code.
//!
//! There is an instruction for each way in which a receiver comes about (none, the base of a property, anything), short
//! ones for up to two arguments, and one for a list that ends in a spread; arguments with a spread elsewhere are first
//! collected in an array. A call of the name `eval` checks at run time whether it is the realm's `eval` and otherwise is
//! an ordinary call. Optional chains jump to one common end.

use super::Gen;
use super::names::LoadMode;
use crate::callsite::call_position;
use crate::goal::Goal;
use crate::scope::{Access, FunctionRole, Pseudo, Resolution};
use oxc_ast::ast::{self as js, Argument, Expression};
use oxc_span::GetSpan;
use std::sync::Arc;
use unspool_bytecode::{
    Constant, IntrinsicId, MessageId, Native, Register, RegisterRange, RuntimeId, ScopeFlags, SlotKind,
};

/// How the arguments of a call are shaped.
enum Shape {
    /// No spread.
    Plain,
    /// Only the last one is spread.
    LastSpread,
    /// Spread somewhere else.
    Spread,
}

fn shape(arguments: &[Argument<'_>]) -> Shape {
    match arguments.iter().position(Argument::is_spread) {
        None => Shape::Plain,
        Some(at) if at + 1 == arguments.len() => Shape::LastSpread,
        Some(_) => Shape::Spread,
    }
}

/// What a call passes as `this`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiver {
    /// undefined; the range has no place for it.
    None,
    /// The base of a property: never null or undefined.
    Base,
    /// Anything.
    Any,
}

impl<'u, 'a> Gen<'u, 'a> {
    fn argument(argument: &'a Argument<'a>) -> Option<&'a Expression<'a>> {
        match argument {
            Argument::SpreadElement(s) => Some(&s.argument),
            argument => argument.as_expression(),
        }
    }

    /// `r` = an argument; of a spread one the list of its values.
    fn argument_to(&mut self, argument: &'a Argument<'a>, r: Register) {
        match argument {
            Argument::SpreadElement(s) => {
                self.scoped(|g| g.expr(&s.argument));
                self.at(s.argument.span().start);
                self.b.prepare_spread();
                self.b.star(r);
            }
            argument => {
                if let Some(x) = argument.as_expression() {
                    self.expr_to(x, r);
                }
            }
        }
    }

    fn argument_expressions(arguments: &'a [Argument<'a>]) -> Vec<&'a Expression<'a>> {
        arguments.iter().filter_map(Self::argument).collect()
    }

    /// The next instruction calls: its position is the one at which `Program::spell` finds the call.
    fn at_call(&mut self, c: &js::CallExpression<'_>) {
        let self_hosted = *self.unit.goal == Goal::SelfHosted;
        self.at(if self_hosted { c.span.start } else { call_position(&c.callee) });
    }

    pub(crate) fn call(&mut self, c: &'a js::CallExpression<'a>) {
        let mark = self.b.mark();
        match c.callee.get_inner_expression() {
            Expression::Super(_) => self.super_call(c),
            Expression::Identifier(id) if id.name == "eval" && !c.optional => self.direct_eval_call(c, id),
            Expression::Identifier(id) => {
                let r = self.identifier_ref(id);
                if self.a.refs[r.index()].resolution.is_dynamic() {
                    self.dynamic_call(c, id);
                } else {
                    self.value_call(c);
                }
            }
            Expression::ChainExpression(chain) => {
                // `(a?.b)()` keeps `a` as the receiver.
                match chain.expression.as_member_expression() {
                    Some(m) => {
                        let short = self.b.new_label();
                        let ready = self.b.new_label();
                        self.chains.push(short);
                        let range = self.temps(c.arguments.len() as u32 + 1);
                        let callee = self.temp();
                        self.load_method(m, range.first, callee);
                        self.chains.pop();
                        self.b.jump(ready);
                        self.b.bind(short);
                        self.b.lda_undefined();
                        self.b.star(callee);
                        self.b.star(range.first);
                        self.b.bind(ready);
                        self.call_prepared(c, callee, range, Receiver::Any);
                    }
                    None => self.value_call(c),
                }
            }
            callee => match callee.as_member_expression() {
                Some(m) => self.method_call(c, m),
                None => self.value_call(c),
            },
        }
        self.b.release(mark);
    }

    /// `f(…)`: the receiver is undefined.
    fn value_call(&mut self, c: &'a js::CallExpression<'a>) {
        let arguments = Self::argument_expressions(&c.arguments);
        let callee = self.operand(&c.callee, &arguments);
        if c.optional {
            self.b.ldar(callee);
            self.short_circuit();
        }
        match (shape(&c.arguments), arguments.len()) {
            (Shape::Plain, 0) => {
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_undefined_receiver0(callee, slot);
            }
            (Shape::Plain, 1) => {
                let a0 = self.operand(arguments[0], &[]);
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_undefined_receiver1(callee, a0, slot);
            }
            (Shape::Plain, 2) => {
                let a0 = self.operand(arguments[0], &arguments[1..]);
                let a1 = self.operand(arguments[1], &[]);
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_undefined_receiver2(callee, a0, a1, slot);
            }
            (Shape::Plain, n) => {
                let range = self.temps(n as u32);
                for (x, r) in arguments.iter().zip(range.iter()) {
                    self.expr_to(x, r);
                }
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_undefined_receiver(callee, range, slot);
            }
            _ => {
                let range = self.temps(arguments.len() as u32 + 1);
                self.b.lda_undefined();
                self.b.star(range.first);
                self.call_prepared(c, callee, range, Receiver::None);
            }
        }
    }

    /// `o.m(…)`.
    fn method_call(&mut self, c: &'a js::CallExpression<'a>, m: &'a js::MemberExpression<'a>) {
        let arguments = Self::argument_expressions(&c.arguments);
        let is_super = matches!(m.object(), Expression::Super(_));
        let small = matches!(shape(&c.arguments), Shape::Plain) && arguments.len() <= 2 && !is_super;
        if !small {
            let range = self.temps(arguments.len() as u32 + 1);
            let callee = self.temp();
            self.load_method(m, range.first, callee);
            if c.optional {
                self.b.ldar(callee);
                self.short_circuit();
            }
            let receiver = if is_super { Receiver::Any } else { Receiver::Base };
            return self.call_prepared(c, callee, range, receiver);
        }
        let mut later = arguments.clone();
        if let js::MemberExpression::ComputedMemberExpression(k) = m {
            later.insert(0, &k.expression);
        }
        let object = self.operand(m.object(), &later);
        if m.optional() {
            self.b.ldar(object);
            self.short_circuit();
        }
        let callee = self.temp();
        self.load_from(object, m);
        self.b.star(callee);
        if c.optional {
            self.b.ldar(callee);
            self.short_circuit();
        }
        match arguments.len() {
            0 => {
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_property0(callee, object, slot);
            }
            1 => {
                let a0 = self.operand(arguments[0], &[]);
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_property1(callee, object, a0, slot);
            }
            _ => {
                let a0 = self.operand(arguments[0], &arguments[1..]);
                let a1 = self.operand(arguments[1], &[]);
                self.at_call(c);
                let slot = self.slot(SlotKind::Call);
                self.b.call_property2(callee, object, a0, a1, slot);
            }
        }
    }

    /// acc = the property of an evaluated object that `m` names.
    pub(crate) fn load_from(&mut self, object: Register, m: &'a js::MemberExpression<'a>) {
        match m {
            js::MemberExpression::StaticMemberExpression(s) => {
                self.at(s.property.span.start);
                self.get_named(object, &s.property.name);
            }
            js::MemberExpression::ComputedMemberExpression(k) => self.get_computed(object, &k.expression),
            js::MemberExpression::PrivateFieldExpression(p) => self.get_private(object, &p.field),
        }
    }

    /// `receiver` and `callee` = base and value of a member expression.
    pub(crate) fn load_method(
        &mut self,
        m: &'a js::MemberExpression<'a>,
        receiver: Register,
        callee: Register,
    ) {
        if let Expression::Super(s) = m.object() {
            self.load_this(s.span.start);
            self.b.star(receiver);
            self.member(m);
        } else {
            self.expr_to(m.object(), receiver);
            if m.optional() {
                self.b.ldar(receiver);
                self.short_circuit();
            }
            self.load_from(receiver, m);
        }
        self.b.star(callee);
    }

    /// Calls with the receiver in the first register of `range`, which has room for all arguments.
    fn call_prepared(
        &mut self,
        c: &'a js::CallExpression<'a>,
        callee: Register,
        range: RegisterRange,
        receiver: Receiver,
    ) {
        let mark = self.b.mark();
        let args = self.arguments_into(&c.arguments, range);
        self.at_call(c);
        let slot = self.slot(SlotKind::Call);
        match (shape(&c.arguments), receiver) {
            (Shape::Plain, Receiver::Base) => self.b.call_with_receiver(callee, args, slot),
            (Shape::Plain, _) => self.b.call_any_receiver(callee, args, slot),
            _ => self.b.call_with_spread(callee, args, slot),
        }
        self.b.release(mark);
    }

    /// Evaluates arguments behind the first register of `range`. With spreads the last register of the result holds a list.
    fn arguments_into(&mut self, arguments: &'a [Argument<'a>], range: RegisterRange) -> RegisterRange {
        match shape(arguments) {
            Shape::Plain | Shape::LastSpread => {
                for (i, argument) in arguments.iter().enumerate() {
                    let r = range.get(i as u32 + 1);
                    self.argument_to(argument, r);
                }
                range
            }
            Shape::Spread => {
                self.scoped(|g| g.array_of_arguments(arguments));
                self.b.star(range.get(1));
                range.prefix(2)
            }
        }
    }

    fn direct_eval_call(&mut self, c: &'a js::CallExpression<'a>, id: &'a js::IdentifierReference<'a>) {
        let count = c.arguments.len() as u32;
        let r = self.identifier_ref(id);
        let pair = self.temps(count + 2);
        if self.a.refs[r.index()].resolution.is_dynamic() {
            let name = self.name_constant("eval");
            self.at(id.span.start);
            self.b.load_lookup_slot_for_call(name, pair.first);
        } else {
            self.load_ref(r, LoadMode::Normal);
            self.b.star(pair.first);
            self.b.lda_undefined();
            self.b.star(pair.get(1));
        }
        let callee = pair.first;
        let range = RegisterRange::new(pair.get(1), count + 1);
        if !matches!(shape(&c.arguments), Shape::Plain) {
            let args = self.arguments_into(&c.arguments, range);
            return self.spread_eval(c, callee, args);
        }
        self.arguments_into(&c.arguments, range);
        let scope = self.eval_scope_constant();
        self.at(c.span.start);
        let slot = self.slot(SlotKind::Call);
        self.b.call_direct_eval(callee, range, scope, slot);
    }

    /// `eval(…list)`: only the first argument counts if it is a direct eval, otherwise the call gets all of them.
    fn spread_eval(&mut self, c: &'a js::CallExpression<'a>, callee: Register, args: RegisterRange) {
        let (ordinary, end) = (self.b.new_label(), self.b.new_label());
        let scope = self.eval_scope_constant();
        self.b.call_runtime(RuntimeId::IsIntrinsicEval, callee.into());
        self.b.jump_if_false(ordinary);
        let direct = self.temps(2);
        self.b.mov(args.first, direct.first);
        if args.count > 2 {
            self.b.mov(args.get(1), direct.get(1));
        } else {
            self.b.lda_zero();
            let load = self.slot(SlotKind::LoadKeyed);
            self.b.get_keyed_property(args.get(1), load);
            self.b.star(direct.get(1));
        }
        self.at(c.span.start);
        let slot = self.slot(SlotKind::Call);
        self.b.call_direct_eval(callee, direct, scope, slot);
        self.b.jump(end);
        self.b.bind(ordinary);
        self.at(c.span.start);
        let slot = self.slot(SlotKind::Call);
        self.b.call_with_spread(callee, args, slot);
        self.b.bind(end);
    }

    /// The `Scope` operand of `CallDirectEval`: the innermost scope's shape with what the place allows.
    fn eval_scope_constant(&mut self) -> unspool_bytecode::ConstIndex {
        let mut info = super::names::scope_info(self.unit, self.scope);
        info.flags = self.eval_flags();
        self.b.constant(Constant::Scope(Arc::new(info)))
    }

    /// What eval code standing here may contain.
    fn eval_flags(&self) -> ScopeFlags {
        let mut flags = ScopeFlags::EMPTY.with_if(ScopeFlags::STRICT, self.strict());
        // The function that gives `this` decides.
        let mut at = Some(self.id);
        while let Some(id) = at {
            let f = self.a.function(id);
            match f.role {
                FunctionRole::Arrow => {}
                FunctionRole::Eval => {
                    if let Goal::DirectEval(context) = self.unit.goal {
                        let inherited = [
                            ScopeFlags::ALLOWS_NEW_TARGET,
                            ScopeFlags::ALLOWS_SUPER_PROPERTY,
                            ScopeFlags::ALLOWS_SUPER_CALL,
                            ScopeFlags::FIELD_INITIALIZER,
                            ScopeFlags::HAS_ARGUMENTS,
                            ScopeFlags::STATIC,
                            ScopeFlags::THIS_MAY_BE_HOLE,
                        ];
                        for flag in inherited {
                            flags = flags.with_if(flag, context.flags.contains(flag));
                        }
                    }
                    return flags;
                }
                FunctionRole::Script | FunctionRole::Module => return flags,
                role => {
                    let method = matches!(
                        role,
                        FunctionRole::Method
                            | FunctionRole::Getter
                            | FunctionRole::Setter
                            | FunctionRole::BaseConstructor
                            | FunctionRole::DerivedConstructor
                            | FunctionRole::Initializer
                    );
                    let derived = role == FunctionRole::DerivedConstructor;
                    let initializer = role == FunctionRole::Initializer;
                    return flags
                        .union(ScopeFlags::ALLOWS_NEW_TARGET)
                        .with_if(ScopeFlags::ALLOWS_SUPER_PROPERTY, method)
                        .with_if(ScopeFlags::ALLOWS_SUPER_CALL, derived)
                        .with_if(ScopeFlags::FIELD_INITIALIZER, initializer)
                        .with_if(ScopeFlags::HAS_ARGUMENTS, !initializer)
                        .with_if(ScopeFlags::STATIC, f.is_static)
                        .with_if(ScopeFlags::THIS_MAY_BE_HOLE, derived);
                }
            }
            at = f.parent;
        }
        flags
    }

    /// A call of a name that may come from a `with` object.
    fn dynamic_call(&mut self, c: &'a js::CallExpression<'a>, id: &'a js::IdentifierReference<'a>) {
        let count = c.arguments.len() as u32;
        let pair = self.temps(count + 2);
        let name = self.name_constant(&id.name);
        self.at(id.span.start);
        self.b.load_lookup_slot_for_call(name, pair.first);
        if c.optional {
            self.b.ldar(pair.first);
            self.short_circuit();
        }
        self.call_prepared(c, pair.first, RegisterRange::new(pair.get(1), count + 1), Receiver::Any);
    }

    pub(crate) fn new_expression(&mut self, n: &'a js::NewExpression<'a>) {
        self.scoped(|g| {
            let arguments = Self::argument_expressions(&n.arguments);
            let constructor = g.operand(&n.callee, &arguments);
            let (args, spread) = g.construct_arguments(&n.arguments);
            g.b.ldar(constructor);
            g.at(n.span.start);
            let slot = g.slot(SlotKind::Construct);
            if spread {
                g.b.construct_with_spread(constructor, args, slot);
            } else {
                g.b.construct(constructor, args, slot);
            }
        });
    }

    fn construct_arguments(&mut self, arguments: &'a [Argument<'a>]) -> (RegisterRange, bool) {
        match shape(arguments) {
            Shape::Spread => {
                let r = self.temp();
                self.scoped(|g| g.array_of_arguments(arguments));
                self.b.star(r);
                (RegisterRange::new(r, 1), true)
            }
            shape => {
                let range = self.temps(arguments.len() as u32);
                for (argument, r) in arguments.iter().zip(range.iter()) {
                    self.argument_to(argument, r);
                }
                (range, matches!(shape, Shape::LastSpread))
            }
        }
    }

    /// `super(…)`.
    fn super_call(&mut self, c: &'a js::CallExpression<'a>) {
        let at = c.span.start;
        let function = self.temp();
        let active = self.pseudo_ref(at, Pseudo::ThisFunction);
        self.load_ref(active, LoadMode::Normal);
        self.b.star(function);
        let constructor = self.temp();
        self.b.get_super_constructor(constructor);
        let (args, spread) = self.construct_arguments(&c.arguments);
        self.at(at);
        self.b.throw_if_not_super_constructor(constructor);
        let new_target = self.pseudo_ref(at, Pseudo::NewTarget);
        self.load_ref(new_target, LoadMode::Normal);
        self.at(at);
        let slot = self.slot(SlotKind::Construct);
        if spread {
            self.b.construct_with_spread(constructor, args, slot);
        } else {
            self.b.construct(constructor, args, slot);
        }
        self.bind_this(at, function);
    }

    /// Binds `this` to acc after the superclass's constructor returned, and runs the instance initializer of the class of
    /// `function`. acc = `this`.
    pub(crate) fn bind_this(&mut self, at: u32, function: Register) {
        let this = self.save();
        let r = self.pseudo_ref(at, Pseudo::BindThis);
        let Resolution::Variable { var, .. } = self.a.refs[r.index()].resolution else {
            return self.fail("'super' keyword unexpected here", oxc_span::Span::new(at, at));
        };
        self.load_unchecked(var);
        self.at(at);
        self.b.throw_super_already_called_if_not_hole();
        self.b.ldar(this);
        self.store_raw(var, Access::Initialize);
        if self.class_may_have_initializer() {
            self.run_initializer(function, this, at);
        }
        self.b.ldar(this);
    }

    /// Whether the class whose constructor this code belongs to can have instance members.
    fn class_may_have_initializer(&self) -> bool {
        let mut at = Some(self.id);
        while let Some(id) = at {
            let f = self.a.function(id);
            if f.role == FunctionRole::DerivedConstructor {
                let record = f.class_scope.and_then(|s| self.a.classes.get(&s));
                return record.is_none_or(|r| r.instance_initializer.is_some());
            }
            at = f.parent;
        }
        true
    }

    /// Calls the instance initializer of the class `constructor` on `this`, if it has one.
    pub(crate) fn run_initializer(&mut self, constructor: Register, this: Register, at: u32) {
        self.scoped(|g| {
            let skip = g.b.new_label();
            g.b.lda_class_field_initializer(constructor);
            g.b.jump_if_undefined(skip);
            let initializer = g.save();
            g.at(at);
            let slot = g.slot(SlotKind::Call);
            g.b.call_property0(initializer, this, slot);
            g.b.bind(skip);
        });
    }

    // --- optional chains ---

    /// Leaves the optional chain with undefined if acc is undefined or null.
    pub(crate) fn short_circuit(&mut self) {
        if let Some(&label) = self.chains.last() {
            self.b.jump_if_undefined_or_null(label);
        }
    }

    pub(crate) fn chain(&mut self, c: &'a js::ChainExpression<'a>) {
        let (short, end) = (self.b.new_label(), self.b.new_label());
        self.chains.push(short);
        match &c.expression {
            js::ChainElement::CallExpression(call) => self.call(call),
            js::ChainElement::TSNonNullExpression(x) => self.expr(&x.expression),
            element => {
                if let Some(m) = element.as_member_expression() {
                    self.member(m);
                }
            }
        }
        self.chains.pop();
        self.b.jump(end);
        self.b.bind(short);
        self.b.lda_undefined();
        self.b.bind(end);
    }

    /// `delete a?.b`: true when short-circuited.
    pub(crate) fn delete_chain(&mut self, c: &'a js::ChainExpression<'a>) {
        let (short, end) = (self.b.new_label(), self.b.new_label());
        self.chains.push(short);
        match c.expression.as_member_expression() {
            Some(m) => self.scoped(|g| {
                let object = g.operand(
                    m.object(),
                    &match m {
                        js::MemberExpression::ComputedMemberExpression(k) => vec![&k.expression],
                        _ => Vec::new(),
                    },
                );
                if m.optional() {
                    g.b.ldar(object);
                    g.short_circuit();
                }
                g.delete_from(object, m);
            }),
            None => {
                if let js::ChainElement::CallExpression(call) = &c.expression {
                    self.call(call);
                }
                self.b.lda_true();
            }
        }
        self.chains.pop();
        self.b.jump(end);
        self.b.bind(short);
        self.b.lda_true();
        self.b.bind(end);
    }

    // --- natives ---

    pub(crate) fn native_call(&mut self, x: &'a js::V8IntrinsicExpression<'a>) {
        let name = x.name.name.as_str();
        let arguments = Self::argument_expressions(&x.arguments);
        if x.arguments.iter().any(Argument::is_spread) {
            return self.fail("Natives take no spread arguments", x.span);
        }
        self.scoped(|g| {
            if *g.unit.goal == Goal::SelfHosted {
                return g.intrinsic(x, name, &arguments);
            }
            let Some(native) = Native::from_name(name) else {
                return g.fail(&format!("{name} is not defined"), x.span);
            };
            if !native.arity().accepts(arguments.len() as u32) {
                return g.fail("Runtime function given wrong number of arguments", x.span);
            }
            match native {
                Native::Runtime(id) => {
                    let range = g.native_arguments(&arguments, 0);
                    g.at(x.span.start);
                    g.b.call_runtime(id, range);
                }
                Native::Named(name, _) => {
                    let range = g.temps(arguments.len() as u32 + 1);
                    g.b.load_string(name);
                    g.b.star(range.first);
                    for (e, r) in arguments.iter().zip(range.iter().skip(1)) {
                        g.expr_to(e, r);
                    }
                    g.at(x.span.start);
                    g.b.call_runtime(RuntimeId::CallNative, range);
                }
            }
        });
    }

    fn native_arguments(&mut self, arguments: &[&'a Expression<'a>], skip: usize) -> RegisterRange {
        let range = self.temps((arguments.len() - skip) as u32);
        for (e, r) in arguments[skip..].iter().zip(range.iter()) {
            self.expr_to(e, r);
        }
        range
    }

    fn intrinsic(
        &mut self,
        x: &'a js::V8IntrinsicExpression<'a>,
        name: &str,
        arguments: &[&'a Expression<'a>],
    ) {
        let Some(id) = IntrinsicId::from_name(name) else {
            return self.fail("Unknown intrinsic", x.span);
        };
        if !id.arity().accepts(arguments.len() as u32) {
            return self.fail("Wrong number of arguments of an intrinsic", x.span);
        }
        match id {
            IntrinsicId::Call => {
                let callee = self.operand(arguments[0], &arguments[1..]);
                let range = self.native_arguments(arguments, 1);
                self.at(x.span.start);
                let slot = self.slot(SlotKind::Call);
                self.b.call_any_receiver(callee, range, slot);
            }
            IntrinsicId::Construct => {
                let callee = self.operand(arguments[0], &arguments[1..]);
                let range = self.native_arguments(arguments, 1);
                self.b.ldar(callee);
                self.at(x.span.start);
                let slot = self.slot(SlotKind::Construct);
                self.b.construct(callee, range, slot);
            }
            IntrinsicId::NewTarget => {
                let r = self.pseudo_ref(x.span.start, Pseudo::NewTarget);
                self.load_ref(r, LoadMode::Normal);
            }
            IntrinsicId::ThrowTypeError | IntrinsicId::ThrowRangeError
                if matches!(arguments[0], Expression::StringLiteral(_)) =>
            {
                let Expression::StringLiteral(l) = arguments[0] else { return };
                let Some(message) = MessageId::from_name(&l.value) else {
                    return self.fail("Unknown message", l.span);
                };
                let range = self.native_arguments(arguments, 1);
                self.at(x.span.start);
                self.b.throw_message(message, range);
            }
            id => {
                let range = self.native_arguments(arguments, 0);
                self.at(x.span.start);
                self.b.call_intrinsic(id, range);
            }
        }
    }
}
