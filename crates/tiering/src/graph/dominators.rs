//! Dominators of the blocks, by Cooper, Harvey and Kennedy's iteration over the reverse postorder.

use super::store::{BlockId, Graph};

/// The dominator tree of a graph.
#[derive(Clone, Debug)]
pub struct Dominators {
    /// Per block: its place in the order, or `u32::MAX` if it cannot be reached.
    position: Vec<u32>,
    /// Per place in the order: the place of the immediate dominator (the entry's is itself).
    immediate: Vec<u32>,
    /// Per place: its depth in the tree.
    depth: Vec<u32>,
    order: Vec<BlockId>,
}

impl Dominators {
    /// Of a graph whose order is up to date.
    pub fn compute(graph: &Graph) -> Dominators {
        let order = graph.order().to_vec();
        let mut position = vec![u32::MAX; graph.block_count()];
        for (i, block) in order.iter().enumerate() {
            position[block.index()] = i as u32;
        }
        let mut immediate = vec![u32::MAX; order.len()];
        if !order.is_empty() {
            immediate[0] = 0;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for i in 1..order.len() {
                let mut new = u32::MAX;
                for predecessor in &graph.block(order[i]).predecessors {
                    let p = position[predecessor.index()];
                    if p == u32::MAX || immediate[p as usize] == u32::MAX {
                        continue;
                    }
                    new = if new == u32::MAX { p } else { intersect(&immediate, new, p) };
                }
                if immediate[i] != new {
                    immediate[i] = new;
                    changed = true;
                }
            }
        }
        let mut depth = vec![0; order.len()];
        for i in 1..order.len() {
            if immediate[i] != u32::MAX {
                depth[i] = depth[immediate[i] as usize] + 1;
            }
        }
        Dominators { position, immediate, depth, order }
    }

    /// Does every path to `b` pass `a`? A block dominates itself.
    pub fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (a, mut b) = (self.position[a.index()], self.position[b.index()]);
        if a == u32::MAX || b == u32::MAX {
            return false;
        }
        while self.depth[b as usize] > self.depth[a as usize] {
            b = self.immediate[b as usize];
        }
        a == b
    }

    /// The closest block that dominates `block`; none for the entry.
    pub fn immediate(&self, block: BlockId) -> Option<BlockId> {
        let i = *self.position.get(block.index())?;
        (i != 0 && i != u32::MAX).then(|| self.order[self.immediate[i as usize] as usize])
    }

    /// The block's place in the order, if it can be reached.
    pub fn position(&self, block: BlockId) -> Option<usize> {
        self.position.get(block.index()).filter(|p| **p != u32::MAX).map(|p| *p as usize)
    }
}

fn intersect(immediate: &[u32], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        while a > b {
            a = immediate[a as usize];
        }
        while b > a {
            b = immediate[b as usize];
        }
    }
    a
}
