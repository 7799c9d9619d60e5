//! Variables: loading, storing, initializing, entering and leaving their scopes.
//!
//! Scope analysis said where each variable lives: a register, a context slot at a known depth, a module's cell, a global,
//! or "by name" where `with` or a sloppy eval may interfere. This file has for each of these places the instructions to
//! read and write it, with the checks that the analysis could not prove needless (dead zones, constants). Where a store
//! must resolve its name before the value is computed, the resolution is kept in a `NameTarget`.

use super::Gen;
use super::control::Control;
use super::expressions::is_simple;
use crate::scope::{
    Access, FunctionRole, Location, RefId, Resolution, ScopeId, ScopeKind, VarId, VarMode, Variable,
};
use oxc_ast::ast as js;
use oxc_str::Ident;
use unspool_bytecode::{
    ConstIndex, JsString, LookupStoreFlags, Register, RuntimeId, ScopeFlags, ScopeInfo,
    ScopeKind as InfoKind, ScopeSlot, SlotKind, VariableMode,
};

/// Whether loads happen under `typeof`, where unresolvable names give undefined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadMode {
    Normal,
    Typeof,
}

/// A name that is about to be written: what had to be found out before the value was computed.
pub(crate) enum NameTarget {
    /// Nothing.
    Static(RefId),
    /// The holder, in a register.
    Resolved(RefId, Register),
    /// Whether there is such a global, in a register.
    Global(RefId, Register),
}

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn identifier_ref(&self, id: &js::IdentifierReference<'a>) -> RefId {
        RefId(id.reference_id.get().map_or(u32::MAX, |r| r.index() as u32))
    }

    pub(crate) fn binding_ref(&self, id: &js::BindingIdentifier<'a>) -> RefId {
        RefId(id.symbol_id.get().map_or(u32::MAX, |r| r.index() as u32))
    }

    /// The register of a variable that lives in one.
    pub(crate) fn register_of(&mut self, var: VarId) -> Register {
        if let Some(&r) = self.regs.get(&var) {
            return r;
        }
        // A variable without a scope entry (unused parameter lists and the like).
        let r = self.temp();
        self.regs.insert(var, r);
        r
    }

    /// The register that a reference denotes, if its value can be used in place: a local without a dead-zone check.
    pub(crate) fn plain_register(&mut self, r: RefId) -> Option<(VarId, Register)> {
        match self.a.refs[r.index()].resolution {
            Resolution::Variable { var, checked: false }
                if self.a.var(var).location == Location::Register =>
            {
                Some((var, self.register_of(var)))
            }
            _ => None,
        }
    }

    fn depth_to(&self, scope: ScopeId) -> u32 {
        self.a.scope(self.scope).context_depth - self.a.scope(scope).context_depth
    }

    /// acc = a variable that is initialized wherever this code runs.
    pub(crate) fn load_initialized(&mut self, var: VarId) {
        let v = self.a.var(var);
        match v.location {
            Location::Context(slot) if !v.assigned && !is_resettable(v) => match self.depth_to(v.scope) {
                0 => self.b.lda_immutable_current_context_slot(slot),
                depth => self.b.lda_immutable_context_slot(slot, depth),
            },
            _ => self.load_unchecked(var),
        }
    }

    /// acc = a variable, or the hole if it is in its dead zone.
    pub(crate) fn load_unchecked(&mut self, var: VarId) {
        let v = self.a.var(var);
        match v.location {
            Location::Register | Location::Unused => {
                let r = self.register_of(var);
                self.b.ldar(r);
            }
            Location::Context(slot) => match self.depth_to(v.scope) {
                0 => self.b.lda_current_context_slot(slot),
                depth => self.b.lda_context_slot(slot, depth),
            },
            Location::ModuleCell(cell) => {
                let depth = self.module_depth();
                self.b.lda_module_variable(cell, depth);
            }
            Location::GlobalObject | Location::ScriptLexical => {
                let name = v.name;
                self.load_global(&name, LoadMode::Normal);
            }
        }
    }

    /// Hops from the current context to the module's.
    pub(crate) fn module_depth(&self) -> u32 {
        let mut at = Some(self.scope);
        while let Some(id) = at {
            let scope = self.a.scope(id);
            if scope.kind == ScopeKind::Module || scope.outer_kind == Some(InfoKind::Module) {
                return self.depth_to(id);
            }
            at = scope.parent;
        }
        0
    }

    /// acc = the value of a reference.
    pub(crate) fn load_ref(&mut self, r: RefId, mode: LoadMode) {
        let reference = &self.a.refs[r.index()];
        let (name, position) = (reference.name, reference.position);
        match reference.resolution {
            Resolution::Variable { var, checked } => {
                if checked {
                    self.load_unchecked(var);
                    self.check_hole(var, position);
                } else {
                    self.load_initialized(var);
                }
            }
            Resolution::Global | Resolution::Undeclared => {
                self.at(position);
                self.load_global(&name, mode);
            }
            Resolution::Dynamic(_) => {
                self.at(position);
                let name = self.name_constant(&name);
                match mode {
                    LoadMode::Normal => self.b.lda_lookup_slot(name),
                    LoadMode::Typeof => self.b.lda_lookup_slot_inside_typeof(name),
                }
            }
            Resolution::Pending => unreachable!("every reference is resolved"),
        }
    }

    /// Throws if acc is the hole.
    pub(crate) fn check_hole(&mut self, var: VarId, position: u32) {
        self.at(position);
        let v = self.a.var(var);
        if v.mode == VarMode::This {
            self.b.throw_super_not_called_if_hole();
        } else {
            let name = self.name_constant(&v.name);
            self.b.throw_reference_error_if_hole(name);
        }
    }

    pub(crate) fn load_global(&mut self, name: &Ident<'a>, mode: LoadMode) {
        if name.as_str() == "undefined" {
            // The property is not writable and no lexical binding can shadow it.
            self.b.lda_undefined();
            return;
        }
        let constant = self.name_constant(name);
        let kind = match mode {
            LoadMode::Normal => SlotKind::LoadGlobal,
            LoadMode::Typeof => SlotKind::LoadGlobalInsideTypeof,
        };
        let slot = self.global_slot(constant, kind);
        match mode {
            LoadMode::Normal => self.b.lda_global(constant, slot),
            LoadMode::Typeof => self.b.lda_global_inside_typeof(constant, slot),
        }
    }

    fn global_slot(&mut self, name: ConstIndex, kind: SlotKind) -> unspool_bytecode::SlotIndex {
        if let Some(&slot) = self.global_slots.get(&(name, kind)) {
            return slot;
        }
        let slot = self.slot(kind);
        self.global_slots.insert((name, kind), slot);
        slot
    }

    pub(crate) fn store_global(&mut self, name: &str) {
        let constant = self.name_constant(name);
        let kind = if self.strict() { SlotKind::StoreGlobalStrict } else { SlotKind::StoreGlobalSloppy };
        let slot = self.global_slot(constant, kind);
        self.b.sta_global(constant, slot);
    }

    /// Writes acc to a variable, without checks.
    pub(crate) fn store_raw(&mut self, var: VarId, access: Access) {
        let v = self.a.var(var);
        let init = access == Access::Initialize;
        match v.location {
            Location::Register => {
                let r = self.register_of(var);
                self.b.star(r);
            }
            // Declared but never read: the value is not needed.
            Location::Unused => {}
            Location::Context(slot) => match (self.depth_to(v.scope), init) {
                (0, true) => self.b.init_current_context_slot(slot),
                (0, false) => self.b.sta_current_context_slot(slot),
                (depth, true) => self.b.init_context_slot(slot, depth),
                (depth, false) => self.b.sta_context_slot(slot, depth),
            },
            Location::ModuleCell(cell) => {
                let depth = self.module_depth();
                if init {
                    self.b.init_module_variable(cell, depth);
                } else {
                    self.b.sta_module_variable(cell, depth);
                }
            }
            Location::ScriptLexical if init => {
                let name = self.name_constant(&v.name);
                let slot = self.slot(SlotKind::InitGlobal);
                self.b.init_global_lexical(name, slot);
            }
            Location::GlobalObject | Location::ScriptLexical => {
                let name = v.name;
                self.store_global(&name);
            }
        }
    }

    /// Initializes the binding that a reference at its declaration means, with acc. acc is unspecified afterwards.
    pub(crate) fn initialize_ref(&mut self, r: RefId) {
        let reference = &self.a.refs[r.index()];
        match reference.resolution {
            Resolution::Variable { var, .. } => self.store_raw(var, Access::Initialize),
            // Script lexicals resolve by name; initialization is by name too.
            Resolution::Global => {
                let name = self.name_constant(&reference.name);
                let slot = self.slot(SlotKind::InitGlobal);
                self.b.init_global_lexical(name, slot);
            }
            _ => unreachable!("declarations resolve statically"),
        }
    }

    /// As [`Self::prepare_name`], for a value whose computation may be too simple to change what the name means.
    pub(crate) fn prepare_name_for(&mut self, r: RefId, value: &js::Expression<'a>) -> NameTarget {
        if is_simple(value) { NameTarget::Static(r) } else { self.prepare_name(r) }
    }

    /// Finds out about a name what must be known before the value to be stored is computed.
    pub(crate) fn prepare_name(&mut self, r: RefId) -> NameTarget {
        let reference = &self.a.refs[r.index()];
        if reference.resolution.is_dynamic() {
            let name = self.name_constant(&reference.name);
            self.b.resolve_lookup_slot(name);
            let holder = self.save();
            return NameTarget::Resolved(r, holder);
        }
        // The program does not declare the name. In strict code it must be there before the value is computed.
        if reference.resolution == Resolution::Undeclared && self.strict() {
            let name = JsString::from(reference.name.as_str());
            let holder = self.temp();
            self.b.load_string(name);
            self.b.star(holder);
            self.b.call_runtime(RuntimeId::HasGlobalBinding, holder.into());
            self.b.star(holder);
            return NameTarget::Global(r, holder);
        }
        NameTarget::Static(r)
    }

    pub(crate) fn store_prepared(&mut self, target: &NameTarget) {
        match *target {
            NameTarget::Static(r) => self.store_ref(r),
            NameTarget::Global(r, holder) => {
                let (there, position) = (self.b.new_label(), self.a.refs[r.index()].position);
                self.scoped(|g| {
                    let value = g.save();
                    g.b.ldar(holder);
                    g.b.jump_if_true(there);
                    g.b.load_string(JsString::from(g.a.refs[r.index()].name.as_str()));
                    g.b.star(holder);
                    g.at(position);
                    g.b.call_runtime(RuntimeId::ThrowUnresolvable, holder.into());
                    g.b.bind(there);
                    g.b.ldar(value);
                    g.store_ref(r);
                });
            }
            NameTarget::Resolved(r, holder) => {
                let (end, fixed) = (self.b.new_label(), self.b.new_label());
                self.scoped(|g| {
                    let value = g.save();
                    g.b.ldar(holder);
                    g.b.jump_if_undefined(fixed);
                    g.b.ldar(value);
                    let name = g.a.refs[r.index()].name;
                    let name = g.name_constant(&name);
                    let flags = if g.strict() { LookupStoreFlags::Strict } else { LookupStoreFlags::Sloppy };
                    g.b.sta_resolved_lookup_slot(holder, name, flags);
                    g.b.jump(end);
                    g.b.bind(fixed);
                    g.b.ldar(value);
                    g.store_fixed(r);
                    g.b.bind(end);
                });
            }
        }
    }

    /// acc = the value of a name that was resolved to `holder`.
    pub(crate) fn load_resolved(&mut self, r: RefId, holder: Register) {
        let (end, fixed) = (self.b.new_label(), self.b.new_label());
        let reference = &self.a.refs[r.index()];
        let (name, position, resolution) = (reference.name, reference.position, reference.resolution);
        self.b.ldar(holder);
        self.b.jump_if_undefined(fixed);
        let constant = self.name_constant(&name);
        self.at(position);
        self.b.lda_resolved_lookup_slot(holder, constant);
        self.b.jump(end);
        self.b.bind(fixed);
        match resolution {
            Resolution::Dynamic(Some((var, checked))) => {
                if checked {
                    self.load_unchecked(var);
                    self.check_hole(var, position);
                } else {
                    self.load_initialized(var);
                }
            }
            _ => {
                self.at(position);
                self.load_global(&name, LoadMode::Normal);
            }
        }
        self.b.bind(end);
    }

    /// Assigns acc to what a dynamic name means when no object has it.
    fn store_fixed(&mut self, r: RefId) {
        let reference = &self.a.refs[r.index()];
        let (name, position) = (reference.name, reference.position);
        match reference.resolution {
            Resolution::Dynamic(Some((var, checked))) => {
                if checked {
                    self.check_dead_zone(var, position);
                }
                self.store_variable(var, &name, position);
            }
            _ => {
                self.at(position);
                self.store_global(&name);
            }
        }
    }

    /// Whether storing to `r` leaves the accumulator as it is.
    pub(crate) fn store_keeps_accumulator(&self, r: RefId) -> bool {
        match self.a.refs[r.index()].resolution {
            Resolution::Variable { var, checked } => {
                !checked
                    && !self.a.var(var).mode.is_immutable()
                    && !matches!(self.a.var(var).location, Location::GlobalObject | Location::ScriptLexical)
            }
            _ => false,
        }
    }

    /// Assigns acc to a reference. The accumulator survives if [`store_keeps_accumulator`](Self::store_keeps_accumulator).
    pub(crate) fn store_ref(&mut self, r: RefId) {
        let reference = &self.a.refs[r.index()];
        let (name, position) = (reference.name, reference.position);
        match reference.resolution {
            Resolution::Variable { var, checked } => {
                if checked {
                    self.check_dead_zone(var, position);
                }
                self.store_variable(var, &name, position);
            }
            Resolution::Global | Resolution::Undeclared => {
                self.at(position);
                self.store_global(&name);
            }
            Resolution::Dynamic(_) => {
                self.at(position);
                let name = self.name_constant(&name);
                let flags = if self.strict() { LookupStoreFlags::Strict } else { LookupStoreFlags::Sloppy };
                self.b.sta_lookup_slot(name, flags);
            }
            Resolution::Pending => unreachable!("every reference is resolved"),
        }
    }

    /// Throws if a variable is in its dead zone; keeps acc.
    fn check_dead_zone(&mut self, var: VarId, position: u32) {
        self.scoped(|g| {
            let value = g.save();
            g.load_unchecked(var);
            g.check_hole(var, position);
            g.b.ldar(value);
        });
    }

    /// Assigns acc to a variable that is not in its dead zone.
    fn store_variable(&mut self, var: VarId, name: &str, position: u32) {
        let mode = self.a.var(var).mode;
        if mode == VarMode::FunctionName {
            if self.strict() {
                self.throw_const(name, position);
            }
        } else if mode.is_immutable() {
            self.throw_const(name, position);
        } else {
            self.store_raw(var, Access::Write);
        }
    }

    /// Throws the TypeError of an assignment to a constant; code after it stays reachable for the builder's bookkeeping.
    fn throw_const(&mut self, name: &str, position: u32) {
        self.at(position);
        let constant = self.name_constant(name);
        self.b.throw_const_assignment(constant);
    }

    // --- scopes ---

    /// Allocates registers for the scope's variables and puts dead zones into them.
    pub(crate) fn allocate_registers(&mut self, scope: ScopeId) {
        let a = self.a;
        for &var in &a.scope(scope).vars {
            let v = a.var(var);
            if v.location == Location::Register && !self.regs.contains_key(&var) {
                let r = self.temp();
                self.regs.insert(var, r);
                if v.needs_hole {
                    self.b.lda_the_hole();
                    self.b.star(r);
                } else if v.mode == VarMode::Var && a.scope(scope).kind == ScopeKind::Block {
                    // The variables of a class static block; its registers may have been used before.
                    self.b.lda_undefined();
                    self.b.star(r);
                }
            }
        }
    }

    /// Enters a block-like scope, runs `body`, leaves.
    pub(crate) fn in_scope(&mut self, scope: ScopeId, body: impl FnOnce(&mut Self)) {
        let mark = self.b.mark();
        let outer = self.scope;
        let pushed = self.enter_scope(scope);
        self.hoist_functions(scope);
        body(self);
        self.leave_scope(outer, pushed);
        self.b.release(mark);
    }

    /// Makes registers and the context of a scope. Gives the register with the outer context if there is one to restore.
    pub(crate) fn enter_scope(&mut self, scope: ScopeId) -> Option<Register> {
        let needs_context = self.a.scope(scope).needs_context;
        let pushed = needs_context.then(|| {
            let constant = self.scope_constant(scope);
            self.b.create_block_context(constant);
            self.push_context()
        });
        self.scope = scope;
        self.allocate_registers(scope);
        pushed
    }

    /// Makes acc the current context.
    pub(crate) fn push_context(&mut self) -> Register {
        let saved = self.temp();
        self.b.push_context(saved);
        self.control.push(Control::Context { saved });
        saved
    }

    pub(crate) fn leave_scope(&mut self, outer: ScopeId, pushed: Option<Register>) {
        if let Some(saved) = pushed {
            self.pop_context(saved);
        }
        self.scope = outer;
    }

    pub(crate) fn pop_context(&mut self, saved: Register) {
        self.b.pop_context(saved);
        let popped = self.control.pop();
        debug_assert!(matches!(popped, Some(Control::Context { .. })), "contexts are popped in order");
    }

    /// Instantiates the function declarations of a scope.
    pub(crate) fn hoist_functions(&mut self, scope: ScopeId) {
        let a = self.a;
        for &(var, node) in &a.scope(scope).functions {
            let id = node.scope_id.get().map_or(0, |s| s.index() as u32);
            let name = node.id.is_none().then(|| JsString::from("default"));
            self.closure(crate::scope::FunctionId(id), name);
            let v = a.var(var);
            if v.location == Location::GlobalObject {
                self.store_hoisted_global(var);
            } else {
                let access = if v.mode == VarMode::BlockFunction || a.scope(scope).kind == ScopeKind::Module {
                    Access::Initialize
                } else {
                    Access::Write
                };
                self.store_raw(var, access);
            }
        }
    }
}

/// A slot that may be written by its scope's entry after closures over it exist: none for ordinary variables.
fn is_resettable(v: &Variable<'_>) -> bool {
    matches!(v.mode, VarMode::Var | VarMode::BlockFunction) || (v.mode == VarMode::This && v.needs_hole)
}

/// What the runtime knows of a scope's context.
pub(crate) fn scope_info(unit: super::Unit<'_, '_>, id: ScopeId) -> ScopeInfo {
    let a = unit.analysis;
    let scope = a.scope(id);
    let owner = a.functions.get(scope.function.index());
    let is_function_scope = owner.is_some_and(|f| f.scope == id);
    let kind = match scope.kind {
        ScopeKind::Script => InfoKind::Script,
        ScopeKind::Module => InfoKind::Module,
        ScopeKind::Eval => InfoKind::Eval,
        ScopeKind::Function => InfoKind::Function,
        ScopeKind::Body | ScopeKind::ParameterEval => InfoKind::FunctionBody,
        ScopeKind::Catch => InfoKind::Catch,
        ScopeKind::Class => InfoKind::Class,
        ScopeKind::With => InfoKind::With,
        _ => InfoKind::Block,
    };
    let slots = scope
        .slots
        .iter()
        .map(|&var| {
            let v = a.var(var);
            ScopeSlot { name: JsString::from(v.name.as_str()), mode: variable_mode(a, v) }
        })
        .collect();
    let mut info = ScopeInfo::new(kind, slots);
    let variable_scope = owner.is_some_and(|f| {
        (f.body_scope == id || scope.kind == ScopeKind::ParameterEval)
            && (scope.kind != ScopeKind::Eval || scope.strict)
            && scope.kind != ScopeKind::Script
    });
    info.flags = info
        .flags
        .with_if(ScopeFlags::STRICT, scope.strict)
        .with_if(ScopeFlags::SLOPPY_EVAL, scope.extensible)
        .with_if(ScopeFlags::VARIABLE_SCOPE, variable_scope);
    if let Some(f) = owner
        && is_function_scope
    {
        info.flags = info
            .flags
            .with_if(ScopeFlags::HAS_ARGUMENTS, f.arguments_var.is_some())
            .with_if(ScopeFlags::ASYNC, f.is_async)
            .with_if(ScopeFlags::STATIC, f.is_static)
            .with_if(ScopeFlags::THIS_MAY_BE_HOLE, f.role == FunctionRole::DerivedConstructor);
        if f.arguments_var.is_some() && !f.strict && f.simple_params {
            info.mapped_parameters = mapped_parameters(a, f);
        }
    }
    info
}

/// Which context slot each formal of a sloppy function lives in, if any does.
pub(crate) fn mapped_parameters(
    a: &crate::scope::Analysis<'_>,
    f: &crate::scope::Function<'_>,
) -> Vec<Option<u32>> {
    let map: Vec<Option<u32>> = f
        .params
        .iter()
        .enumerate()
        .map(|(index, &p)| {
            let v = a.var(p);
            match v.location {
                Location::Context(slot) if v.param_index == index as u32 => Some(slot),
                _ => None,
            }
        })
        .collect();
    if map.iter().all(Option::is_none) { Vec::new() } else { map }
}

fn variable_mode(a: &crate::scope::Analysis<'_>, v: &Variable<'_>) -> VariableMode {
    match v.mode {
        VarMode::Var => VariableMode::Var,
        // A parameter in its dead zone starts as the hole, which `let` slots do.
        VarMode::Param if v.needs_hole => VariableMode::Let,
        VarMode::Param => VariableMode::Parameter,
        VarMode::Let | VarMode::BlockFunction => VariableMode::Let,
        VarMode::Const | VarMode::Import => VariableMode::Const,
        VarMode::Class | VarMode::ClassName => VariableMode::Class,
        VarMode::FunctionName => VariableMode::FunctionName,
        VarMode::SimpleCatch => VariableMode::CatchParameter,
        VarMode::Catch => VariableMode::Let,
        VarMode::Arguments => VariableMode::Arguments,
        VarMode::This => VariableMode::This,
        VarMode::NewTarget => VariableMode::NewTarget,
        VarMode::ThisFunction => VariableMode::ThisFunction,
        VarMode::Private => {
            let record = a.classes.get(&v.scope);
            match record.and_then(|r| r.private_name(v.name.strip_prefix('#')?)) {
                Some(p) if p.setter_var.is_some() => VariableMode::PrivateAccessor,
                Some(p) if p.method_var.is_some() => VariableMode::PrivateMethod,
                _ => VariableMode::PrivateField,
            }
        }
        VarMode::Internal => match v.name.as_str() {
            crate::scope::build::names::HOME => VariableMode::HomeObject,
            crate::scope::build::names::STATIC_HOME => VariableMode::StaticHomeObject,
            _ => VariableMode::Internal,
        },
    }
}
