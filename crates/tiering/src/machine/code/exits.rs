//! How often code was left, by site.

use std::collections::BTreeMap;

use unspool_deopt::SiteId;

/// Exits at a site.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SiteExits {
    /// For its reason.
    pub taken: u32,
    /// Because a flag wanted them.
    pub forced: u32,
}

/// Exits by site. Most code is left at one site or none: that one needs no memory elsewhere, which an exit would wait for.
#[derive(Default, Debug)]
pub(super) struct ExitCounts {
    first: Option<(SiteId, SiteExits)>,
    others: BTreeMap<SiteId, SiteExits>,
}

impl ExitCounts {
    /// How often a site was left at.
    pub(super) fn get(&self, site: SiteId) -> SiteExits {
        match self.first {
            Some((first, exits)) if first == site => exits,
            _ => self.others.get(&site).copied().unwrap_or_default(),
        }
    }
    /// The counts of a site, which is left at.
    pub(super) fn of(&mut self, site: SiteId) -> &mut SiteExits {
        let (first, exits) = self.first.get_or_insert((site, SiteExits::default()));
        if *first == site { exits } else { self.others.entry(site).or_default() }
    }
}
