//! Homes: words of the machine frame for values that very many exits want.
//!
//! An exit stores what it needs out of line, so guards cost the straight path nothing. But the stores of all exits together are as many as exits times
//! live values: three hundred checks across which eighty variables live are 24,000 instructions, each of which keeps a value alive up to it, and
//! the time of register allocation goes up faster than that. So where a first attempt finds too many stores, the values that the most exits
//! want get a *home*, and the code is generated once more: such a value is stored there where it is defined, and translations name the
//! [word of the frame](unspool_deopt::Location::StackSlot). A home costs one store on the straight path and is there for good; a value in SSA form has
//! one definition, which dominates all exits that want it, and a phi is stored at the head of its block each time.
//!
//! (V8 has the register allocator spill such values and translations say where; ours cannot be asked.)

use std::collections::HashMap;

use cranelift_codegen::ir::{self, InstBuilder as _};
use unspool_runtime::isolate::EXIT_AREA_WORDS;

use super::Lowering;
use super::exits::hot;
use crate::graph::NodeId;

/// Values that the exits of one code object store altogether; beyond that some get homes.
const MAX_STORES: usize = 12_000;

/// Homes of one code object: 64 KiB, a sixth of what the machine stack keeps free below its limit.
pub(super) const MAX_HOMES: usize = 8_192;

/// Which values have a home, and where.
#[derive(Default)]
pub(super) struct Homes {
    words: HashMap<NodeId, u32>,
    /// The words; made when the first is stored to.
    area: Option<ir::StackSlot>,
}

impl Homes {
    /// The homes that bring exits which store these values within the limits; `None` if they are.
    pub(super) fn that_relieve<'a>(exits: impl Iterator<Item = &'a [NodeId]> + Clone) -> Option<Homes> {
        let mut stores: usize = exits.clone().map(<[NodeId]>::len).sum();
        let is_crowded = |exit: &&[NodeId]| exit.len() > EXIT_AREA_WORDS;
        if stores <= MAX_STORES && !exits.clone().any(|exit| is_crowded(&exit)) {
            return None;
        }
        let mut counts: HashMap<NodeId, usize> = HashMap::new();
        exits.clone().flatten().for_each(|&node| *counts.entry(node).or_default() += 1);
        let mut wanted: Vec<(usize, NodeId)> = counts.iter().map(|(&node, &count)| (count, node)).collect();
        // Equal counts by age: code does not depend on the order of a hash table.
        wanted.sort_unstable_by_key(|&(count, node)| (std::cmp::Reverse(count), node.index()));
        let mut homes = Homes::default();
        for (count, node) in wanted {
            if stores <= MAX_STORES {
                break;
            }
            stores -= count;
            homes.add(node);
        }
        exits.filter(is_crowded).flatten().for_each(|&node| homes.add(node));
        Some(homes)
    }

    fn add(&mut self, node: NodeId) {
        let next = self.words.len() as u32;
        self.words.entry(node).or_insert(next);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word of a value that has one.
    pub(super) fn word(&self, node: NodeId) -> Option<u32> {
        // Nearly all code has none.
        if self.words.is_empty() { None } else { self.words.get(&node).copied() }
    }
}

impl Lowering<'_, '_> {
    /// Stores a value that was just defined, if it has a home.
    pub(super) fn bring_home(&mut self, node: NodeId) {
        if let Some(word) = self.homes.word(node) {
            let (value, area) = (self.value(node), self.home_area());
            self.b.ins().stack_store(ir::types::I64, value, area, 8 * word as i32);
        }
    }

    /// Tells an exit where the homes are.
    pub(super) fn leave_homes(&mut self) {
        if self.homes.len() > 0 {
            let area = self.home_area();
            let address = self.b.ins().stack_addr(ir::types::I64, area, 0);
            self.store_isolate(address, hot!(exit_homes));
        }
    }

    fn home_area(&mut self) -> ir::StackSlot {
        let bytes = 8 * self.homes.len() as u32;
        let b = &mut self.b;
        *self.homes.area.get_or_insert_with(|| {
            b.create_sized_stack_slot(ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, bytes, 3))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relieve(exits: &[Vec<NodeId>]) -> Option<Homes> {
        Homes::that_relieve(exits.iter().map(Vec::as_slice))
    }

    #[test]
    fn what_the_most_exits_want_gets_a_home() {
        // Exit i wants the values from i on.
        let exits = |count: u32| -> Vec<Vec<NodeId>> {
            (0..count).map(|exit| (exit..count).map(NodeId).collect()).collect()
        };
        assert!(relieve(&exits(154)).is_none(), "154 * 155 / 2 = 11,935");
        let homes = relieve(&exits(155)).expect("12,090 stores");
        assert_eq!(homes.len(), 1);
        assert_eq!(homes.word(NodeId(154)), Some(0));
        assert_eq!(homes.word(NodeId(153)), None);
    }

    #[test]
    fn an_exit_that_overflows_its_area_keeps_none() {
        let wide = |count: usize| (0..count as u32).map(NodeId).collect::<Vec<_>>();
        assert!(relieve(&[wide(EXIT_AREA_WORDS)]).is_none());
        let homes = relieve(&[wide(EXIT_AREA_WORDS + 1), vec![NodeId(5000)]]).expect("one exit is too wide");
        assert_eq!(homes.len(), EXIT_AREA_WORDS + 1);
        assert_eq!(homes.word(NodeId(5000)), None);
    }
}
