//! Contexts that are known when code is made, and what is in them.
//!
//! A *constant closure* (one that a plan names, or the compiled function itself while it has one closure) has a constant context. Slots of it and of
//! the contexts around it that the closure's function reads are captured: those whose value can never change, and those that have got a
//! value and were never assigned since, which code may bet on.

use std::collections::HashMap;
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, Instruction, Opcode, ScopeInfo, ScopeKind, VariableMode};
use unspool_gc::Gc;
use unspool_runtime::cells::{BindingCell, Context, Function};
use unspool_runtime::{environment, modules};

use super::capture::Capture;
use super::{Dependency, DependencyRef};
use crate::graph::{CellRef, TaggedConst};

/// A known context, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ContextRef(pub u32);

/// A known context.
#[derive(Clone, Debug)]
pub struct ContextInfo {
    /// The cell.
    pub cell: CellRef,
    /// The context around it, if that was looked at.
    pub previous: Option<ContextRef>,
    /// Its slots, as far as they were looked at.
    pub slots: HashMap<u32, SlotValue>,
    /// Variables of a module, by the index of their cells.
    pub variables: HashMap<u32, ModuleVariable>,
}

/// What is known of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotValue {
    /// It has this value for good.
    Final(TaggedConst),
    /// It has this value, and no assignment followed. For good if the instruction that reads it says that none ever will.
    Once(TaggedConst, DependencyRef),
    /// It has been assigned. The value is for good if the instruction says that there is no assignment: another slot has the same bit.
    Assigned(TaggedConst),
    /// It has no value yet, or undefined.
    Unset,
}

/// What is known of a variable of a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ModuleVariable {
    /// Its binding cell.
    pub cell: CellRef,
    /// Its value, if it is constant: for good, or while the dependency holds.
    pub value: Option<(TaggedConst, Option<DependencyRef>)>,
    /// It has been assigned, so nobody relies on its value.
    pub is_assigned: bool,
}

/// An instruction's access: a slot of a context or a cell of a module, so many contexts out at most.
struct Access {
    index: u32,
    depth: u32,
    is_cell: bool,
}

impl Capture<'_> {
    /// Captures the contexts of the function to compile and of closures that may be inlined into it.
    pub(super) fn contexts(&mut self, function: Gc<Function>) {
        if function.template.has_one_closure()
            && let Some(context) = function.context
            && let Some(code) = function.template.code()
            && let Some(context) = self.context(context, code)
        {
            let template = self.cell(function.template.erase());
            let dependency = self.dependency(Dependency::OneClosure(template));
            self.snapshot.own_context = Some((context, dependency));
        }
        for (cell, target) in std::mem::take(&mut self.closures) {
            let Some(inlined) = self.snapshot.target_info(target).inlined else { continue };
            let closure = self.value(cell).and_then(|value| value.to::<Function>());
            let code = Arc::clone(&self.snapshot.function(inlined).code);
            if let Some(context) = closure.and_then(|closure| closure.context)
                && let Some(context) = self.context(context, &code)
            {
                self.snapshot.contexts_of.insert(cell, context);
            }
        }
    }

    /// The context of a closure with this code, if the code looks at any.
    fn context(&mut self, context: Gc<Context>, code: &CodeBlock) -> Option<ContextRef> {
        let accesses = accesses(code);
        // The context of an access lies further in if it happens in contexts of the function itself.
        let own = code.instructions().map_while(Result::ok).filter(|raw| raw.opcode == Opcode::PushContext);
        let own = u32::try_from(own.count()).unwrap_or(u32::MAX);
        let mut first = None;
        for Access { index, depth, is_cell } in accesses {
            let innermost = self.context_ref(context);
            first.get_or_insert(innermost);
            let (mut at, mut known) = (context, innermost);
            for hops in 0..=depth {
                if depth - hops <= own {
                    self.access(at, known, index, is_cell);
                }
                let Some(previous) = at.previous.filter(|_| hops < depth) else { break };
                let outer = self.context_ref(previous);
                self.snapshot.contexts[known.0 as usize].previous = Some(outer);
                (at, known) = (previous, outer);
            }
        }
        first
    }

    fn context_ref(&mut self, context: Gc<Context>) -> ContextRef {
        let cell = self.cell(context.erase());
        let contexts = &mut self.snapshot.contexts;
        let known = contexts.iter().position(|info| info.cell == cell);
        ContextRef(known.unwrap_or_else(|| {
            contexts.push(ContextInfo {
                cell,
                previous: None,
                slots: HashMap::new(),
                variables: HashMap::new(),
            });
            contexts.len() - 1
        }) as u32)
    }

    fn access(&mut self, context: Gc<Context>, known: ContextRef, index: u32, is_cell: bool) {
        let info = &self.snapshot.contexts[known.0 as usize];
        if is_cell {
            if !info.variables.contains_key(&index)
                && let Some(cell) = modules::binding_cell(context, index)
            {
                let variable = self.module_variable(cell);
                self.snapshot.contexts[known.0 as usize].variables.insert(index, variable);
            }
        } else if index < context.length && !info.slots.contains_key(&index) {
            let slot = self.slot_value(context, index);
            self.snapshot.contexts[known.0 as usize].slots.insert(index, slot);
        }
    }

    fn slot_value(&mut self, context: Gc<Context>, index: u32) -> SlotValue {
        let value = context.slot(index);
        if value.is_hole() {
            return SlotValue::Unset;
        }
        let info = environment::scope_info(context);
        if info.as_ref().is_some_and(|info| is_immutable(info, index)) {
            return SlotValue::Final(self.constant(value));
        }
        // An undefined variable will most likely get its first value by an assignment.
        if value.is_undefined() {
            return SlotValue::Unset;
        }
        let value = self.constant(value);
        if context.is_assigned(index) {
            return SlotValue::Assigned(value);
        }
        let cell = self.cell(context.erase());
        if self.with_texts
            && let Some(slot) = info.as_ref().and_then(|info| info.slots.get(index as usize))
        {
            self.snapshot.slot_names.insert((cell, index), slot.name.to_string_lossy().into());
        }
        SlotValue::Once(value, self.dependency(Dependency::ContextSlot(cell, index, value)))
    }

    fn module_variable(&mut self, cell: Gc<BindingCell>) -> ModuleVariable {
        let (value, number) = (cell.value.get(), self.cell(cell.erase()));
        let is_assigned = cell.flags.get() & BindingCell::MUTATED != 0;
        let is_settled = !value.is_hole() && (cell.is_const() || !value.is_undefined());
        let value = (is_settled && (cell.is_const() || !is_assigned)).then(|| {
            let value = self.constant(value);
            let dependency = (!cell.is_const()).then(|| self.dependency(Dependency::Binding(number, value)));
            (value, dependency)
        });
        ModuleVariable { cell: number, value, is_assigned }
    }
}

/// The code's accesses of contexts.
fn accesses(code: &CodeBlock) -> Vec<Access> {
    use Instruction as I;
    let mut accesses = Vec::new();
    for raw in code.instructions().map_while(Result::ok) {
        let (index, depth, is_cell) = match raw.typed(code.register_count) {
            Ok(
                I::LdaContextSlot { index, depth }
                | I::LdaImmutableContextSlot { index, depth }
                | I::StaContextSlot { index, depth },
            ) => (index, depth, false),
            Ok(
                I::LdaCurrentContextSlot { index }
                | I::LdaImmutableCurrentContextSlot { index }
                | I::StaCurrentContextSlot { index },
            ) => (index, 0, false),
            Ok(I::LdaModuleVariable { cell, depth } | I::StaModuleVariable { cell, depth }) => {
                (cell, depth, true)
            }
            _ => continue,
        };
        accesses.push(Access { index, depth, is_cell });
    }
    accesses
}

/// Is a slot, once it has a value, never written again?
fn is_immutable(info: &ScopeInfo, index: u32) -> bool {
    use VariableMode as M;
    match info.slots.get(index as usize).map(|slot| slot.mode) {
        Some(M::Const | M::Using) => true,
        // The class's own name inside of it.
        Some(M::Class) => info.kind == ScopeKind::Class,
        _ => false,
    }
}
