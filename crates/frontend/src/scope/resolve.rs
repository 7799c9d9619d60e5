//! From the walk's raw tables to decisions: annex B hoisting, binding of references, dead zones, storage.
//!
//! The entry point is [`analyze`]. The rules for the dead zone: an access needs no check when it lies, in the text, behind the
//! end of the declaration and runs in the same activation (or in a function that cannot run before a place behind the
//! declaration was reached); `switch` bodies are the exception, since cases may be skipped.

use super::build::{Builder, FunctionShape, LateError, names};
use super::*;
use crate::goal::{EvalContext, Goal};
use crate::source::SourceText;
use oxc_allocator::Allocator;
use rustc_hash::FxHashSet;
use unspool_bytecode::{ScopeFlags, ScopeInfo, ScopeKind as InfoKind, VariableMode};

/// Analyses a parsed program.
pub(crate) fn analyze<'a>(
    allocator: &'a Allocator,
    program: &'a ast::Program<'a>,
    goal: &Goal,
    source: &'a SourceText,
) -> Result<Analysis<'a>, Vec<LateError>> {
    let mut b = Builder {
        allocator,
        goal: goal.clone(),
        source,
        is_javascript: !program.source_type.is_typescript(),
        functions: Vec::new(),
        scopes: Vec::new(),
        vars: Vec::new(),
        refs: Vec::new(),
        classes: FxHashMap::default(),
        annex_b: FxHashMap::default(),
        pseudo_refs: FxHashMap::default(),
        extra_scopes: FxHashMap::default(),
        map: FxHashMap::default(),
        candidates: Vec::new(),
        exported: Vec::new(),
        errors: Vec::new(),
        targets: Vec::new(),
        plain_arguments: FxHashSet::default(),
        eval_sites: Vec::new(),
        scope: ScopeId(0),
        function: FunctionId(0),
    };
    let main_scope = b.enter_program(program, goal);
    b.walk_statements(&program.body);

    b.hoist_annex_b(goal);
    if b.errors.is_empty() {
        b.check_eval_declarations(goal);
    }
    if !b.errors.is_empty() {
        return Err(b.errors);
    }
    b.fix_arguments_bindings();
    b.declare_for_evals();
    for index in 0..b.refs.len() {
        b.resolve(RefId(index as u32));
    }
    b.allocate();
    Ok(Analysis {
        functions: b.functions,
        scopes: b.scopes,
        vars: b.vars,
        refs: b.refs,
        classes: b.classes,
        annex_b: b.annex_b,
        pseudo_refs: b.pseudo_refs,
        extra_scopes: b.extra_scopes,
        exported: b.exported,
        main_scope,
    })
}

/// What a walk from a reference outwards came to.
struct Found {
    var: Option<VarId>,
    /// A `with` or a scope to which eval may add variables lies on the way.
    dynamic: bool,
    /// A `with` lies on the way: the variable must be where code inside of it can find it.
    through_with: bool,
}

/// The function that stands for all code outside of an eval's program.
pub(crate) const OUTSIDE: FunctionId = FunctionId(u32::MAX);

impl<'a> Builder<'a> {
    /// Makes the main function, inside of the scopes of the code around eval code, and enters its scope.
    fn enter_program(&mut self, program: &'a ast::Program<'a>, goal: &Goal) -> ScopeId {
        let eval = goal.eval_context();
        let strict = goal.is_module() || program.has_use_strict_directive() || goal.starts_strict();
        // Scopes of the code around eval code come first, outermost first.
        let mut outermost = None;
        if let Some(context) = eval {
            for info in context.chain.iter().rev() {
                outermost = Some(self.push_outer_scope(outermost, info));
            }
            if let Some(module) = &context.module {
                self.declare_outer_module(module);
            }
        }
        let (role, kind) = match goal {
            Goal::Module => (FunctionRole::Module, ScopeKind::Module),
            Goal::DirectEval(_) | Goal::IndirectEval => (FunctionRole::Eval, ScopeKind::Eval),
            _ => (FunctionRole::Script, ScopeKind::Script),
        };
        if let Some(parent) = outermost {
            self.scope = parent;
        }
        let main = self.push_function(
            FunctionShape {
                node: FunctionNode::Program(program),
                role,
                is_async: goal.is_module(),
                is_generator: false,
                is_static: eval.is_some_and(EvalContext::is_static),
                strict,
                span: (0, program.span.end),
                created_at: 0,
            },
            kind,
        );
        let main_scope = self.functions[main.index()].scope;
        self.functions[main.index()].parent = None;
        self.functions[main.index()].immediately_invoked = true;
        self.scopes[main_scope.index()].parent = outermost;
        self.function = main;
        self.scope = main_scope;
        main_scope
    }

    pub(crate) fn alloc_ident(&mut self, name: &str) -> Ident<'a> {
        Ident::from_str_in(name, &self.allocator)
    }

    // --- the code around eval code ---

    fn push_outer_scope(&mut self, parent: Option<ScopeId>, info: &ScopeInfo) -> ScopeId {
        let saved = std::mem::replace(&mut self.function, OUTSIDE);
        let kind = if info.kind == InfoKind::With { ScopeKind::With } else { ScopeKind::Outer };
        let id = self.new_scope(kind, 0, info.flags.contains(ScopeFlags::STRICT));
        self.function = saved;
        let scope = &mut self.scopes[id.index()];
        scope.parent = parent;
        scope.extensible = info.flags.contains(ScopeFlags::SLOPPY_EVAL);
        scope.inner_eval = true;
        scope.needs_context = true;
        scope.outer_kind = Some(info.kind);
        for (index, slot) in info.slots.iter().enumerate() {
            let name = self.alloc_ident(&slot.name.to_string_lossy());
            let mode = match slot.mode {
                VariableMode::Var => VarMode::Var,
                VariableMode::Parameter => VarMode::Param,
                VariableMode::Let => VarMode::Let,
                VariableMode::Const | VariableMode::Using => VarMode::Const,
                VariableMode::Class => VarMode::Class,
                VariableMode::CatchParameter => VarMode::SimpleCatch,
                VariableMode::FunctionName => VarMode::FunctionName,
                VariableMode::This => VarMode::This,
                VariableMode::NewTarget => VarMode::NewTarget,
                VariableMode::ThisFunction => VarMode::ThisFunction,
                VariableMode::Arguments => VarMode::Arguments,
                VariableMode::PrivateField | VariableMode::PrivateMethod | VariableMode::PrivateAccessor => {
                    VarMode::Private
                }
                VariableMode::HomeObject
                | VariableMode::StaticHomeObject
                | VariableMode::Brand
                | VariableMode::Internal => VarMode::Internal,
            };
            let init_end = if slot.mode.starts_as_hole() { u32::MAX } else { 0 };
            let var = self.declare_in(id, name, mode, init_end);
            let v = &mut self.vars[var.index()];
            v.location = Location::Context(index as u32);
            v.used = true;
            v.captured = true;
            v.needs_hole = slot.mode.starts_as_hole();
            self.scopes[id.index()].slots.push(var);
        }
        id
    }

    fn declare_outer_module(&mut self, module: &unspool_bytecode::ModuleInfo) {
        let Some(scope) = self.scopes.iter().position(|s| s.outer_kind == Some(InfoKind::Module)) else {
            return;
        };
        let scope = ScopeId(scope as u32);
        for (index, name) in crate::module::cell_names(module).enumerate() {
            let name = self.alloc_ident(&name);
            let var = self.declare_in(scope, name, VarMode::Let, u32::MAX);
            let v = &mut self.vars[var.index()];
            if v.location == Location::Unused {
                v.location = Location::ModuleCell(index as u32);
                v.captured = true;
                v.needs_hole = true;
                if crate::module::is_import_cell(module, index) {
                    v.mode = VarMode::Import;
                }
            }
        }
    }

    // --- annex B.3.3 ---

    /// Hoists functions in blocks where replacing them by `var` would give no early error.
    fn hoist_annex_b(&mut self, goal: &Goal) {
        for index in 0..self.candidates.len() {
            let (scope, name) = (self.candidates[index].scope, self.candidates[index].name);
            let function = self.scopes[scope.index()].function;
            let var_scope = self.functions[function.index()].body_scope;
            if !self.annex_b_allowed(scope, name, var_scope, function) {
                continue;
            }
            let role = self.functions[function.index()].role;
            if role == FunctionRole::Eval
                && self.scopes[var_scope.index()].kind == ScopeKind::Eval
                && self.outer_lexical_conflict(name, goal).is_some()
            {
                continue;
            }
            self.candidates[index].hoisted = true;
            let is_new = !self.map.contains_key(&(var_scope, name));
            let var = self.declare_in(var_scope, name, VarMode::Var, 0);
            self.vars[var.index()].soft |= is_new;
            let start = self.candidates[index].function_start;
            let saved = std::mem::replace(&mut self.function, function);
            let r = self.reference_from(var_scope, name, start, Access::Write);
            self.function = saved;
            self.annex_b.insert(start, r);
        }
    }

    fn annex_b_allowed(
        &self,
        scope: ScopeId,
        name: Ident<'a>,
        var_scope: ScopeId,
        function: FunctionId,
    ) -> bool {
        let f = &self.functions[function.index()];
        let function_scope = f.scope;
        let has_arguments = f.is_receiver_scope()
            && !matches!(f.role, FunctionRole::Script | FunctionRole::Module)
            && !self.map.contains_key(&(var_scope, name));
        if name == names::ARGUMENTS && has_arguments {
            // The arguments object counts as a parameter.
            return false;
        }
        let conflicts = |mode: VarMode| mode.is_lexical() || mode == VarMode::Catch;
        let mut at = self.scopes[scope.index()].parent;
        while let Some(id) = at {
            let found = self.map.get(&(id, name)).map(|v| self.vars[v.index()].mode);
            if id == var_scope {
                if found.is_some_and(|m| conflicts(m) || m == VarMode::Param) {
                    return false;
                }
                break;
            }
            if found.is_some_and(conflicts) {
                return false;
            }
            at = self.scopes[id.index()].parent;
        }
        if function_scope != var_scope
            && self.scopes[function_scope.index()].kind == ScopeKind::Function
            && let Some(v) = self.map.get(&(function_scope, name))
            && self.vars[v.index()].mode == VarMode::Param
        {
            return false;
        }
        true
    }

    // --- declarations of sloppy eval code ---

    /// A lexical declaration of the code around eval code that a `var` of the eval would have to cross.
    fn outer_lexical_conflict(&self, name: Ident<'a>, goal: &Goal) -> Option<VarMode> {
        goal.eval_context()?;
        let mut at = self.scopes[self.functions[0].scope.index()].parent;
        while let Some(id) = at {
            let scope = &self.scopes[id.index()];
            if let Some(var) = self.map.get(&(id, name)) {
                let mode = self.vars[var.index()].mode;
                if mode.is_lexical() || mode == VarMode::Catch {
                    return Some(mode);
                }
            }
            if matches!(
                scope.outer_kind,
                Some(InfoKind::Function | InfoKind::FunctionBody | InfoKind::Module | InfoKind::Script)
            ) {
                return None;
            }
            at = scope.parent;
        }
        None
    }

    /// The part of EvalDeclarationInstantiation that the enclosing scopes decide.
    fn check_eval_declarations(&mut self, goal: &Goal) {
        let main = self.functions[0].scope;
        if self.functions[0].role != FunctionRole::Eval || self.scopes[main.index()].strict {
            return;
        }
        let names: Vec<(Ident<'a>, VarMode)> = self.scopes[main.index()]
            .vars
            .iter()
            .map(|v| (self.vars[v.index()].name, self.vars[v.index()].mode))
            .collect();
        for (name, mode) in names {
            if mode == VarMode::Var && self.outer_lexical_conflict(name, goal).is_some() {
                self.error(
                    format!("Identifier '{name}' has already been declared"),
                    oxc_span::Span::new(0, 0),
                );
            }
        }
    }

    // --- implicit bindings ---

    /// `var arguments` names the arguments object, unless a function or parameter has that name.
    fn fix_arguments_bindings(&mut self) {
        let arguments = Ident::from(names::ARGUMENTS);
        for index in 0..self.functions.len() {
            let f = &self.functions[index];
            if !f.is_receiver_scope()
                || matches!(f.role, FunctionRole::Script | FunctionRole::Module | FunctionRole::Initializer)
            {
                continue;
            }
            let (scope, body) = (f.scope, f.body_scope);
            if let Some(&var) = self.map.get(&(scope, arguments)) {
                let is_function = self.scopes[scope.index()].functions.iter().any(|(v, _)| *v == var);
                if self.vars[var.index()].mode == VarMode::Var && !is_function {
                    self.vars[var.index()].mode = VarMode::Arguments;
                    self.functions[index].arguments_var = Some(var);
                }
            }
            if body != scope
                && let Some(&var) = self.map.get(&(body, arguments))
                && self.vars[var.index()].mode == VarMode::Var
                && !self.map.contains_key(&(scope, arguments))
            {
                let var = self.declare_in(scope, arguments, VarMode::Arguments, 0);
                self.vars[var.index()].used = true;
                self.functions[index].arguments_var = Some(var);
            }
        }
    }

    /// Every variable of a scope around a direct eval must be findable by name.
    fn declare_for_evals(&mut self) {
        for index in 0..self.functions.len() {
            let f = &self.functions[index];
            let scope = f.scope;
            if self.scopes[scope.index()].inner_eval {
                self.lazy_function_name(FunctionId(index as u32));
            }
        }
        for index in 0..self.vars.len() {
            let scope = self.vars[index].scope;
            if self.scopes[scope.index()].inner_eval
                && self.scopes[scope.index()].kind != ScopeKind::ForDeadZone
            {
                self.vars[index].used = true;
                self.vars[index].captured = true;
                self.vars[index].assigned = true;
                if self.vars[index].mode.has_dead_zone() {
                    self.vars[index].needs_hole = true;
                }
            }
        }
    }

    /// Declares the binding of a function expression's name when nothing else in the function has that name.
    fn lazy_function_name(&mut self, id: FunctionId) -> Option<VarId> {
        let f = &self.functions[id.index()];
        let FunctionNode::Function(node) = f.node else { return None };
        if node.r#type != ast::FunctionType::FunctionExpression || f.role != FunctionRole::Normal {
            return None;
        }
        let name = node.id.as_ref()?.name;
        let scope = f.scope;
        if self.map.contains_key(&(scope, name)) {
            return None;
        }
        let var = self.declare_in(scope, name, VarMode::FunctionName, 0);
        self.functions[id.index()].name_var = Some(var);
        if self.scopes[scope.index()].inner_eval {
            self.capture(var);
        }
        Some(var)
    }

    /// A pseudo variable that `name` denotes at the scope of function `id`, declared on demand.
    fn lazy_pseudo(&mut self, id: FunctionId, name: Ident<'a>) -> Option<VarId> {
        let f = &self.functions[id.index()];
        let receiver = f.is_receiver_scope() || (f.role == FunctionRole::Eval && self.at_top_of_eval(id));
        if !receiver {
            return None;
        }
        let ordinary = !matches!(f.role, FunctionRole::Script | FunctionRole::Module | FunctionRole::Eval);
        let mode = match name.as_str() {
            names::THIS => VarMode::This,
            names::NEW_TARGET if ordinary => VarMode::NewTarget,
            names::THIS_FUNCTION if ordinary => VarMode::ThisFunction,
            names::ARGUMENTS if ordinary && f.role != FunctionRole::Initializer => VarMode::Arguments,
            _ => return None,
        };
        let derived = f.role == FunctionRole::DerivedConstructor;
        let scope = f.scope;
        let var = self.declare_in(scope, name, mode, if derived { u32::MAX } else { 0 });
        self.vars[var.index()].needs_hole = derived && mode == VarMode::This;
        let f = &mut self.functions[id.index()];
        match mode {
            VarMode::This => f.this_var = Some(var),
            VarMode::NewTarget => f.new_target_var = Some(var),
            VarMode::ThisFunction => f.this_function_var = Some(var),
            _ => f.arguments_var = Some(var),
        }
        if self.scopes[scope.index()].inner_eval {
            self.capture(var);
        }
        Some(var)
    }

    /// Eval code takes `this` from its receiver when no function around it has one.
    fn at_top_of_eval(&self, id: FunctionId) -> bool {
        let mut at = self.scopes[self.functions[id.index()].scope.index()].parent;
        while let Some(scope) = at {
            if self.map.contains_key(&(scope, Ident::from(names::THIS))) {
                return false;
            }
            at = self.scopes[scope.index()].parent;
        }
        true
    }

    // --- binding of references ---

    fn resolve(&mut self, id: RefId) {
        let found = self.look_up(id);
        let resolution = match found.var {
            Some(var) => {
                let checked = self.note_use(id, var, found.through_with);
                if found.dynamic {
                    Resolution::Dynamic(Some((var, checked)))
                } else {
                    Resolution::Variable { var, checked }
                }
            }
            None if found.dynamic => Resolution::Dynamic(None),
            None => Resolution::Undeclared,
        };
        self.refs[id.index()].resolution = resolution;
    }

    /// Walks the scopes outwards from a reference to the variable of its name.
    fn look_up(&mut self, id: RefId) -> Found {
        let (name, start) = (self.refs[id.index()].name, self.refs[id.index()].scope);
        let first = name.as_bytes().first().copied().unwrap_or(0);
        let is_home = matches!(name.as_str(), names::HOME | names::STATIC_HOME);
        let is_pseudo = matches!(first, b'.' | b'#' | b'*') || matches!(name.as_str(), "this" | "new.target");
        let mut found = Found { var: None, dynamic: false, through_with: false };
        let mut passed_receiver = false;
        let mut at = Some(start);
        while let Some(scope_id) = at {
            let scope = &self.scopes[scope_id.index()];
            let (kind, parent, owner, extensible) =
                (scope.kind, scope.parent, scope.function, scope.extensible);
            if kind == ScopeKind::With && !is_pseudo {
                found.dynamic = true;
                found.through_with = true;
            }
            let declares = !scope.vars.is_empty();
            if declares
                && let Some(&var) = self.map.get(&(scope_id, name))
                && (!is_home || passed_receiver)
            {
                // Variables of sloppy eval code do not live in the eval's own scope.
                let eval_var = kind == ScopeKind::Eval
                    && !self.scopes[scope_id.index()].strict
                    && self.vars[var.index()].mode == VarMode::Var;
                if !eval_var {
                    found.var = Some(var);
                    return found;
                }
                if self.eval_vars_are_dynamic() {
                    found.dynamic = true;
                }
            }
            if matches!(kind, ScopeKind::Function | ScopeKind::Script | ScopeKind::Module | ScopeKind::Eval) {
                if let Some(var) = self.lazy_pseudo(owner, name) {
                    found.var = Some(var);
                    return found;
                }
                if kind == ScopeKind::Function
                    && let FunctionNode::Function(node) = self.functions[owner.index()].node
                    && node.id.as_ref().is_some_and(|n| n.name == name)
                    && let Some(var) = self.lazy_function_name(owner)
                {
                    found.dynamic |= extensible && !is_pseudo;
                    found.var = Some(var);
                    return found;
                }
                passed_receiver |= self.functions[owner.index()].is_receiver_scope();
            }
            if kind == ScopeKind::Outer {
                passed_receiver |= self.map.contains_key(&(scope_id, Ident::from(names::THIS)));
            }
            found.dynamic |= extensible && !is_pseudo;
            at = parent;
        }
        found
    }

    /// Notes what a reference does to its variable. Gives whether the access may be in the variable's dead zone.
    fn note_use(&mut self, id: RefId, var: VarId, through_with: bool) -> bool {
        let r = &self.refs[id.index()];
        let (start, function, position, access) = (r.scope, r.function, r.position, r.access);
        let scope = self.vars[var.index()].scope;
        let owner = self.scopes[scope.index()].function;
        let crosses = scope != start && owner != function;
        let checked = access != Access::Initialize && self.needs_check(var, function, position);
        let v = &mut self.vars[var.index()];
        v.used = true;
        v.captured |= crosses || through_with;
        v.assigned |= access == Access::Write;
        v.needs_hole |= checked;
        if v.mode == VarMode::Arguments && !self.plain_arguments.contains(&id) && owner != OUTSIDE {
            self.functions[owner.index()].arguments_escape = true;
        }
        checked
    }

    /// Whether variables of sloppy eval code go to a function around it (and not to the global object).
    fn eval_vars_are_dynamic(&self) -> bool {
        let mut at = self.scopes[self.functions[0].scope.index()].parent;
        while let Some(id) = at {
            let scope = &self.scopes[id.index()];
            if matches!(scope.outer_kind, Some(InfoKind::Function | InfoKind::FunctionBody)) {
                return true;
            }
            at = scope.parent;
        }
        false
    }

    /// Whether an access at `position` in `function` may come before the initialization of `var`.
    fn needs_check(&self, var: VarId, function: FunctionId, position: u32) -> bool {
        let v = &self.vars[var.index()];
        let scope = &self.scopes[v.scope.index()];
        match v.mode {
            VarMode::Import => return true,
            VarMode::This => return v.init_end == u32::MAX,
            VarMode::Param if v.init_end > 0 => {}
            mode if !mode.has_dead_zone() => return false,
            _ => {}
        }
        if scope.kind == ScopeKind::Switch || scope.kind == ScopeKind::Outer || v.init_end == u32::MAX {
            return true;
        }
        let owner = scope.function;
        if function == owner {
            return position < v.init_end;
        }
        // The function directly inside of the owner that contains the access.
        let mut at = function;
        while let Some(parent) = self.functions[at.index()].parent {
            if parent == owner {
                return self.functions[at.index()].created_at < v.init_end;
            }
            at = parent;
        }
        true
    }

    // --- storage ---

    fn allocate(&mut self) {
        self.capture_mapped_parameters();
        self.place_variables();
        self.measure_context_depths();
        self.resolve_globals_by_name();
    }

    /// Mapped arguments alias parameters through context slots, unless nobody can tell.
    fn capture_mapped_parameters(&mut self) {
        for index in 0..self.functions.len() {
            let f = &self.functions[index];
            let Some(arguments) = f.arguments_var else { continue };
            if f.strict || !f.simple_params || !self.vars[arguments.index()].used {
                continue;
            }
            let params = f.params.clone();
            let any_assigned =
                params.iter().any(|p| self.vars[p.index()].assigned) || self.vars[arguments.index()].assigned;
            if f.arguments_escape || any_assigned {
                for p in params {
                    self.vars[p.index()].used = true;
                    self.vars[p.index()].captured = true;
                    // By way of an element.
                    self.vars[p.index()].assigned = true;
                }
            }
        }
    }

    /// Gives each variable its place, and finds the scopes that need a context.
    fn place_variables(&mut self) {
        let exported: FxHashSet<Ident<'a>> = self.exported.iter().map(|(local, ..)| *local).collect();
        let mut next_cell = 0;
        for scope_index in 0..self.scopes.len() {
            let scope_id = ScopeId(scope_index as u32);
            let kind = self.scopes[scope_index].kind;
            if self.scopes[scope_index].function == OUTSIDE {
                continue;
            }
            for position in 0..self.scopes[scope_index].vars.len() {
                let var = self.scopes[scope_index].vars[position];
                let v = &self.vars[var.index()];
                let location = match kind {
                    ScopeKind::Script if v.mode == VarMode::Var => Location::GlobalObject,
                    ScopeKind::Script if v.mode.has_dead_zone() => Location::ScriptLexical,
                    ScopeKind::Eval if v.mode == VarMode::Var && !self.scopes[scope_index].strict => {
                        Location::GlobalObject
                    }
                    ScopeKind::Module if v.mode == VarMode::Import || exported.contains(&v.name) => {
                        next_cell += 1;
                        Location::ModuleCell(next_cell - 1)
                    }
                    _ if !v.used && v.mode != VarMode::Param => Location::Unused,
                    _ if v.captured => {
                        self.scopes[scope_index].slots.push(var);
                        Location::Context(self.scopes[scope_index].slots.len() as u32 - 1)
                    }
                    _ => Location::Register,
                };
                self.vars[var.index()].location = location;
            }
            let scope = &mut self.scopes[scope_index];
            scope.needs_context |= !scope.slots.is_empty()
                || (scope.extensible && kind != ScopeKind::Script && kind != ScopeKind::Eval)
                || (kind == ScopeKind::Module)
                || (kind == ScopeKind::Eval && scope.strict && scope.inner_eval);
            debug_assert!(scope.parent != Some(scope_id));
        }
    }

    /// Counts the contexts around and in each scope.
    fn measure_context_depths(&mut self) {
        for index in 0..self.scopes.len() {
            // A scope's parent may have a higher id (parameter evals), so follow the chain.
            let mut depth = 0;
            let mut at = Some(ScopeId(index as u32));
            while let Some(id) = at {
                let scope = &self.scopes[id.index()];
                if id.index() < index && scope.kind != ScopeKind::ParameterEval {
                    depth += scope.context_depth;
                    break;
                }
                depth += u32::from(scope.needs_context);
                at = scope.parent;
            }
            self.scopes[index].context_depth = depth;
        }
    }

    /// References to variables of a script resolve by name through the realm's tables.
    fn resolve_globals_by_name(&mut self) {
        for r in &mut self.refs {
            let is_global = |var: VarId| {
                matches!(self.vars[var.index()].location, Location::GlobalObject | Location::ScriptLexical)
            };
            match r.resolution {
                Resolution::Variable { var, .. } if is_global(var) => r.resolution = Resolution::Global,
                Resolution::Dynamic(Some((var, _))) if is_global(var) => {
                    r.resolution = Resolution::Dynamic(None);
                }
                _ => {}
            }
        }
    }
}

/// Where eval code says `super` directly (arrows aside): the offsets that oxc reports.
pub(crate) fn permitted_super(program: &ast::Program<'_>) -> FxHashSet<u32> {
    use oxc_ast_visit::Visit;
    use oxc_syntax::scope::ScopeFlags as Flags;
    #[derive(Default)]
    struct Finder {
        found: FxHashSet<u32>,
    }
    impl<'a> Visit<'a> for Finder {
        fn visit_function(&mut self, _: &ast::Function<'a>, _: Flags) {}
        fn visit_class(&mut self, class: &ast::Class<'a>) {
            if let Some(heritage) = &class.heritage {
                self.visit_expression(&heritage.expression);
            }
            for element in &class.body.body {
                if element.computed()
                    && let Some(key) = element.property_key()
                {
                    self.visit_property_key(key);
                }
            }
        }

        fn visit_super(&mut self, s: &ast::Super) {
            self.found.insert(s.span.start);
        }
    }
    let mut finder = Finder::default();
    finder.visit_program(program);
    finder.found
}
