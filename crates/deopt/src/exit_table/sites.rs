//! The table of sites: a row of bits for each, as wide as the code object needs.
//!
//! A row is the translation's place among the bytes of all translations, and the reason's place in a short list of the reasons that occur.
//! All rows have the same width, so a site is found by its number; a code object of usual size has rows of two bytes.

use crate::ids::{SiteId, TranslationIndex};
use crate::reason::SiteReason;

use super::{Lesson, Site};

/// The most bits of a translation's place.
const MAX_TRANSLATION_BITS: u32 = 24;

/// The bit of a reason's number that says that nothing is learned.
const NOTHING_LEARNED: u8 = 0x80;

/// The number under which a table lists a reason.
fn listed(site: &Site) -> u8 {
    match (site.reason, site.lesson) {
        (SiteReason::Eager(reason), Lesson::Nothing) => reason.number() | NOTHING_LEARNED,
        (reason, _) => reason.number(),
    }
}

/// What a number of the list says.
fn reason_listed(number: u8) -> Option<(SiteReason, Lesson)> {
    match SiteReason::from_number(number) {
        Some(reason) => Some((reason, Lesson::Learned)),
        None => SiteReason::from_number(number & !NOTHING_LEARNED).map(|reason| (reason, Lesson::Nothing)),
    }
}

/// The form of a table of sites.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct SiteForm {
    pub(super) count: u32,
    pub(super) translation_bits: u8,
    /// How many reasons occur.
    pub(super) reasons: u8,
}

/// The table of sites, wherever its bytes lie: the numbers of the reasons that occur, then the rows, the lowest bit first; the last byte is
/// filled with zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct SiteTable<'a> {
    form: SiteForm,
    reasons: &'a [u8],
    /// The rows, and what lies behind them.
    rows: &'a [u8],
}

/// How many bits an index below `count` needs.
fn bits_below(count: usize) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

impl SiteForm {
    /// Bits of a row.
    fn width(self) -> usize {
        usize::from(self.translation_bits) + bits_below(usize::from(self.reasons)) as usize
    }
    /// Bytes of all rows.
    fn row_bytes(self) -> usize {
        (self.count as usize * self.width()).div_ceil(8)
    }
    /// Bytes of the table.
    pub(super) fn bytes(self) -> usize {
        usize::from(self.reasons) + self.row_bytes()
    }

    /// The table of these sites; `None` if a translation lies too far behind.
    pub(super) fn of(sites: &[Site]) -> Option<(SiteForm, Vec<u8>)> {
        let mut table: Vec<u8> = sites.iter().map(listed).collect();
        table.sort_unstable();
        table.dedup();
        let end = sites.iter().map(|site| site.translation.index() + 1).max().unwrap_or(0);
        let translation_bits = bits_below(end);
        if translation_bits > MAX_TRANSLATION_BITS {
            return None;
        }
        let form = SiteForm {
            count: u32::try_from(sites.len()).ok()?,
            translation_bits: translation_bits as u8,
            reasons: u8::try_from(table.len()).ok()?,
        };
        let first_row = table.len();
        table.resize(form.bytes(), 0);
        for (index, site) in sites.iter().enumerate() {
            let reason = table[..first_row].binary_search(&listed(site)).ok()? as u64;
            let row = u64::from(site.translation.0) | reason << translation_bits;
            let bit = index * form.width();
            let parts = (row << (bit % 8)).to_le_bytes();
            for (byte, part) in table[first_row + bit / 8..].iter_mut().zip(parts) {
                *byte |= part;
            }
        }
        Some((form, table))
    }
}

impl<'a> SiteTable<'a> {
    /// The table of this form that begins with the bytes.
    #[inline]
    pub(super) fn new(form: SiteForm, bytes: &'a [u8]) -> SiteTable<'a> {
        let (reasons, rows) = bytes.split_at_checked(usize::from(form.reasons)).unwrap_or_default();
        SiteTable { form, reasons, rows }
    }

    /// A site.
    #[inline]
    pub(super) fn get(&self, site: SiteId) -> Option<Site> {
        if site.0 >= self.form.count {
            return None;
        }
        let width = self.form.width();
        let bit = site.index() * width;
        let rest = self.rows.get(bit / 8..)?;
        let row = match rest.first_chunk() {
            Some(&bytes) => u64::from_le_bytes(bytes),
            // The last rows of a table with little behind it.
            None => rest.iter().rev().fold(0, |row, &byte| row << 8 | u64::from(byte)),
        };
        let row = row >> (bit % 8) & ((1 << width) - 1);
        let reason = *self.reasons.get((row >> self.form.translation_bits) as usize)?;
        let translation = (row & ((1 << self.form.translation_bits) - 1)) as u32;
        let (reason, lesson) = reason_listed(reason)?;
        Some(Site { translation: TranslationIndex(translation), reason, lesson })
    }

    /// Where the row of a site lies, to be fetched ahead.
    #[inline]
    pub(super) fn address(&self, site: SiteId) -> *const u8 {
        self.rows.as_ptr().wrapping_add(site.index() * self.form.width() / 8)
    }

    /// Is the table as [`SiteForm::of`] makes them, whatever its rows say?
    pub(super) fn is_well_formed(&self) -> bool {
        let form = self.form;
        let used = form.count as usize * form.width() % 8;
        let rows = self.rows.get(..form.row_bytes());
        u32::from(form.translation_bits) <= MAX_TRANSLATION_BITS
            && self.reasons.len() == usize::from(form.reasons)
            && self.reasons.is_sorted_by(|one, other| one < other)
            && self.reasons.iter().all(|&number| reason_listed(number).is_some())
            && rows.is_some_and(|rows| used == 0 || rows.last().is_none_or(|last| last >> used == 0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::DeoptReason;

    fn site(translation: u32, reason: usize) -> Site {
        let translation = TranslationIndex(translation);
        let eager = DeoptReason::ALL.get(reason / 2).map(|&reason| SiteReason::Eager(reason));
        let lesson = if reason % 2 == 1 && eager.is_some() { Lesson::Nothing } else { Lesson::Learned };
        Site { translation, reason: eager.unwrap_or(SiteReason::Lazy), lesson }
    }

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written(
            sites in proptest::collection::vec((0u32..1 << 24, 0usize..160), 0..60),
            bits in 0u32..25,
        ) {
            let sites: Vec<Site> =
                sites.iter().map(|&(translation, reason)| site(translation & ((1 << bits) - 1), reason)).collect();
            let (form, bytes) = SiteForm::of(&sites).unwrap();
            prop_assert_eq!(bytes.len(), form.bytes());
            let behind = [&bytes[..], &[0xff; 20][..]].concat();
            for bytes in [&bytes, &behind] {
                let table = SiteTable::new(form, bytes);
                prop_assert!(table.is_well_formed());
                for (index, site) in sites.iter().enumerate() {
                    prop_assert_eq!(table.get(SiteId(index as u32)), Some(*site));
                }
                prop_assert_eq!(table.get(SiteId(sites.len() as u32)), None);
            }
        }
    }

    #[test]
    fn a_table_has_the_width_that_it_needs() {
        let sites: Vec<Site> = (0..64).map(|i| site(60 * i, i as usize % 8)).collect();
        // 12 bits and 3 bits for each, and the list of reasons.
        assert_eq!(SiteForm::of(&sites).unwrap().1.len(), 64 * 15 / 8 + 8);
        assert_eq!(SiteForm::of(&[site(1 << 24, 0)]), None);
    }

    #[test]
    fn what_was_not_made_so_is_not_well_formed() {
        let good = SiteForm::of(&[site(5, 1), site(9, 1), site(12, 2)]).unwrap();
        assert!(SiteTable::new(good.0, &good.1).is_well_formed());
        let wrong = |change: fn(&mut SiteForm, &mut Vec<u8>)| {
            let (mut form, mut bytes) = good.clone();
            change(&mut form, &mut bytes);
            assert!(!SiteTable::new(form, &bytes).is_well_formed(), "{form:?} {bytes:?}");
        };
        wrong(|_, bytes| bytes.swap(0, 1));
        wrong(|_, bytes| bytes[1] = 0xf0);
        wrong(|form, _| form.count += 2);
        wrong(|form, _| form.translation_bits = 200);
        wrong(|form, _| form.reasons = 9);
        wrong(|_, bytes| bytes.truncate(3));
        wrong(|_, bytes| *bytes.last_mut().unwrap() |= 0x80);
    }
}
