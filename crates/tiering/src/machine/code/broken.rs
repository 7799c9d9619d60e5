//! Who must hear that what compiled code relied on is not so any more.
//!
//! Dependencies on shapes are entered with the shapes; those on cells here, by the cell's address and the part of it that changes. Code
//! embeds the cells that it relies on: when one dies, the code is invalid in the same collection, and its entries go before another
//! cell gets the address.

use std::collections::BTreeSet;

use unspool_deopt::LazyReason;
use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{BindingCell, Context, FunctionTemplate};
use unspool_runtime::isolate::Dependent;
use unspool_shapes::{Broken, Cause};

use super::{CodeObject, Compiler, template_at};
use crate::log::{Bet, State};

/// A cell, or a part of it, that tells code of its changes: its address, and the number of the part.
pub(crate) type CellPart = (u64, u32);

impl Compiler {
    /// Dependencies broke: what relied on them is invalid from now on, and the bets have failed once more.
    pub fn assumptions_broken(&self, cx: Cx<'_>, broken: &[Broken<Dependent>]) {
        // One event counts once for a bet, however much code relied on it.
        let mut counted = BTreeSet::new();
        for broken in broken {
            let Some(code) = self.object(broken.dependent.code) else { continue };
            if code.is_invalidated() {
                continue;
            }
            let reason = match broken.cause {
                Cause::Stability(_) => LazyReason::ShapeStabilityChange,
                Cause::Constness { .. } => LazyReason::FieldConstChange,
                Cause::Presence(_) => LazyReason::PropertyCellChange,
                Cause::Validity(_) => LazyReason::PrototypeChange,
            };
            self.dependency_broken(cx, &code, broken.dependent.dependency, reason, &mut counted);
        }
    }

    /// Code relies on (a part of) a cell.
    pub(crate) fn depend_on(&self, part: CellPart, dependent: Dependent) {
        self.cell_dependents.borrow_mut().entry(part).or_default().push(dependent);
    }
    /// How many dependencies on cells are entered.
    pub fn cell_dependents(&self) -> usize {
        self.cell_dependents.borrow().values().map(Vec::len).sum()
    }
    /// A binding on which code relied is assigned.
    pub fn binding_assigned(&self, cx: Cx<'_>, cell: Gc<BindingCell>) {
        self.cell_changed(cx, (cell.addr() as u64, 0), LazyReason::ContextCellChange);
    }
    /// A slot with this bit is assigned, of a context on some of whose slots code relied.
    pub fn context_slot_assigned(&self, cx: Cx<'_>, context: Gc<Context>, bit: u32) {
        self.cell_changed(cx, (context.addr() as u64, bit), LazyReason::ContextCellChange);
    }
    /// A function, on which having one closure code relied, gets another one.
    pub fn closed_again(&self, cx: Cx<'_>, template: Gc<FunctionTemplate>) {
        self.cell_changed(cx, (template.addr() as u64, 0), LazyReason::ClosedAgain);
    }

    fn cell_changed(&self, cx: Cx<'_>, part: CellPart, reason: LazyReason) {
        let mut counted = BTreeSet::new();
        let dependents = self.cell_dependents.borrow_mut().remove(&part);
        for dependent in dependents.into_iter().flatten() {
            if let Some(code) = self.object(dependent.code).filter(|code| !code.is_invalidated()) {
                self.dependency_broken(cx, &code, dependent.dependency, reason, &mut counted);
            }
        }
    }

    /// A dependency of valid code broke.
    fn dependency_broken(
        &self,
        cx: Cx<'_>,
        code: &CodeObject,
        dependency: u32,
        reason: LazyReason,
        counted: &mut BTreeSet<(u64, u32, Bet)>,
    ) {
        let Some(dependency) = code.dependencies.get(dependency as usize) else { return };
        let bet = Bet::Dependency(dependency.kind, dependency.class);
        for &(template, offset) in &dependency.places {
            if !counted.insert((template, offset, bet)) {
                continue;
            }
            // SAFETY: valid code embeds the templates of the places.
            let template = unsafe { template_at(template) };
            State::of(&template).log.note_failure(offset, bet);
        }
        if cx.config.trace_deopt {
            crate::machine::exit::trace_dependency(cx, code, reason, &dependency.text);
            *code.broken.borrow_mut() = dependency.text.to_string();
        }
        self.count(|c| c.dependencies_broken += 1);
        self.invalidate(cx.isolate(), code.id, reason);
    }
}
