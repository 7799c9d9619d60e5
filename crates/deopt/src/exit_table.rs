//! Deoptimization data: everything a code object keeps about its exits.
//!
//! A *site* is a place that can exit: a frame state, a reason, and where the guard came from. Sites are numbered from
//! 0; the cold stub of a guard
//! stores the number. A *call* is a place where the code can be entered again from above: its return address finds the site
//! that is taken when the code was invalidated meanwhile, and the frames of a stack walk.
//!
//! A site takes a row of about two bytes (translation and reason) beside its translation. What only listings and traces need is in a
//! side table that is searched from the front: the origin where it differs from the frame state's position, and the
//! literal of the
//! shape or value that a guard expects.
//!
//! [`DeoptimizationData::verify`] and [`DeoptimizationData::from_bytes`] check data of unknown origin: structure,
//! indices, and a checksum that any
//! change of a single bit breaks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::{self, Write};

use crate::frame_state::{FrameState, Placed, StateError};
use crate::ids::{InliningId, LiteralId, SiteId, TranslationIndex};
use crate::reason::{DeoptReason, SiteReason};
use crate::translation::{
    Decoder, Instruction, Malformed, Names, TranslationArray, TranslationBuilder, TranslationSummary,
    VerifyError,
};

mod bytes;
mod sites;

use sites::{SiteForm, SiteTable};

/// An inlined call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct InliningPosition {
    /// The inlined function's code.
    pub code: LiteralId,
    /// The bytecode offset of the call in the caller.
    pub call_offset: u32,
    /// The caller, if it is inlined itself.
    pub caller: Option<InliningId>,
}

/// A place in some function's bytecode.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CodePosition {
    /// The function's code.
    pub code: LiteralId,
    /// The bytecode offset.
    pub offset: u32,
}

/// Where a guard came from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// The bytecode offset.
    pub offset: u32,
    /// The inlined call, or `None` in the outermost function.
    pub inlining: Option<InliningId>,
}

/// What listings and traces know about a site beyond its frame state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct SiteDetails {
    /// Where the guard came from, if not from the position of its frame state.
    pub origin: Option<Origin>,
    /// The literal with the shape or value that it expects.
    pub expected: Option<LiteralId>,
}

/// A site as the exit needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    /// Its frames.
    pub translation: TranslationIndex,
    /// Its reason.
    pub reason: SiteReason,
    /// Whether the interpreter learns from the exit.
    pub lesson: Lesson,
}

/// What the interpreter learns when it repeats the instruction at which a guard has failed. If it learns nothing, new code would make the
/// same bet, unless the embedding forbids it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Lesson {
    /// Its feedback notes what the guard found.
    Learned,
    /// Nothing.
    Nothing,
}

/// Why deoptimization data cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataError {
    /// A translation is wrong.
    Translation(VerifyError),
    /// The table of sites is wrong.
    Sites,
    /// A site's translation or reason does not exist.
    Site(SiteId),
    /// A call names a site that does not exist, or calls are not in order.
    Call,
    /// The side table is wrong.
    Details,
    /// An inlining position is wrong.
    Inlining(InliningId),
    /// The code object has too many translations or sites.
    TooLarge,
    /// Serialized data is of no known form.
    Malformed(Malformed),
    /// The checksum does not fit: some bit changed.
    Checksum,
    /// A stored total is wrong.
    Totals,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataError::Translation(error) => error.fmt(f),
            DataError::Sites => f.write_str("the table of sites is malformed"),
            DataError::Site(site) => write!(f, "{site} has no translation or reason"),
            DataError::Call => f.write_str("calls are out of order or name no site"),
            DataError::Details => f.write_str("the side table of sites is malformed"),
            DataError::Inlining(id) => write!(f, "{id} is out of order or names no literal"),
            DataError::TooLarge => f.write_str("too many translations or sites"),
            DataError::Malformed(malformed) => malformed.fmt(f),
            DataError::Checksum => f.write_str("the checksum does not fit"),
            DataError::Totals => f.write_str("stored totals do not fit"),
        }
    }
}

impl std::error::Error for DataError {}

impl From<VerifyError> for DataError {
    fn from(error: VerifyError) -> Self {
        DataError::Translation(error)
    }
}

/// Everything a code object keeps about its exits, the words of its literals included, whatever those mean to the embedding. `Send`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DeoptimizationData {
    /// What exits read, in one piece, so that little memory is waited for: the words of the literals, the table of sites, the translations.
    block: Box<[u8]>,
    literals: u32,
    sites: SiteForm,
    details: Vec<u8>,
    /// Ascending by return-address offset.
    calls: Vec<u8>,
    inlinings: Vec<InliningPosition>,
    totals: Totals,
    checksum: u32,
}

/// Upper bounds over all translations.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Totals {
    exit_slots: u32,
    max_frames: u32,
    max_words: u32,
}

impl Totals {
    fn of(all: &[(TranslationIndex, TranslationSummary)]) -> Totals {
        let mut totals = Totals::default();
        for (_, summary) in all {
            totals.exit_slots = totals.exit_slots.max(summary.exit_slots);
            totals.max_frames = totals.max_frames.max(summary.frames);
            totals.max_words = totals.max_words.max(u32::try_from(summary.words).unwrap_or(u32::MAX));
        }
        totals
    }
}

/// Collects the deoptimization data of one code object.
#[derive(Default, Debug)]
pub struct DeoptimizationDataBuilder {
    translations: TranslationBuilder,
    sites: Vec<Site>,
    details: BTreeMap<SiteId, SiteDetails>,
    calls: Vec<(u32, SiteId)>,
    inlinings: Vec<InliningPosition>,
}

impl DeoptimizationDataBuilder {
    /// An empty builder.
    pub fn new() -> DeoptimizationDataBuilder {
        DeoptimizationDataBuilder::default()
    }
    /// Adds an inlined call. Callers come before what they call.
    pub fn add_inlining(&mut self, position: InliningPosition) -> InliningId {
        self.inlinings.push(position);
        InliningId(self.inlinings.len() as u32 - 1)
    }
    /// Adds a frame state; equal ones are stored once. `place` tells where the code generator put each value.
    ///
    /// # Errors
    /// The state contradicts itself or is too large.
    pub fn add_state<V>(
        &mut self,
        state: &FrameState<V>,
        place: impl FnMut(&V) -> Placed,
    ) -> Result<TranslationIndex, StateError> {
        let instructions = state.instructions(place)?;
        Ok(self.add_translation(&instructions))
    }
    /// Adds a translation that the caller made.
    pub fn add_translation(&mut self, instructions: &[Instruction]) -> TranslationIndex {
        self.translations.add(instructions)
    }
    /// Adds a site.
    pub fn add_site(
        &mut self,
        translation: TranslationIndex,
        reason: SiteReason,
        details: SiteDetails,
    ) -> SiteId {
        let site = SiteId(self.sites.len() as u32);
        self.sites.push(Site { translation, reason, lesson: Lesson::Learned });
        if details != SiteDetails::default() {
            self.details.insert(site, details);
        }
        site
    }
    /// The interpreter learns nothing from an exit at this site.
    pub fn teaches_nothing(&mut self, site: SiteId) {
        if let Some(site) = self.sites.get_mut(site.index()) {
            site.lesson = Lesson::Nothing;
        }
    }
    /// The call that returns to this offset in the machine code leaves at this site when the code was invalidated.
    pub fn add_call(&mut self, return_offset: u32, site: SiteId) {
        self.calls.push((return_offset, site));
    }
    /// Sites so far.
    pub fn site_count(&self) -> usize {
        self.sites.len()
    }

    /// The finished data, verified, with these words as literals.
    ///
    /// # Errors
    /// Something names what does not exist, or there is too much of it.
    pub fn finish(mut self, literals: &[u64]) -> Result<DeoptimizationData, DataError> {
        let translations = self.translations.finish();
        let (sites, table) = SiteForm::of(&self.sites).ok_or(DataError::TooLarge)?;
        self.calls.sort_unstable();
        let words = literals.iter().flat_map(|word| word.to_le_bytes());
        let mut data = DeoptimizationData {
            block: words.chain(table).chain(translations).collect(),
            literals: u32::try_from(literals.len()).map_err(|_| DataError::TooLarge)?,
            sites,
            details: bytes::write_details(&self.details),
            calls: bytes::write_calls(&self.calls),
            inlinings: self.inlinings,
            totals: Totals::default(),
            checksum: 0,
        };
        let all = data.translations().verify_all(data.literals, u32::MAX)?;
        data.totals = Totals::of(&all);
        data.checksum = data.compute_checksum();
        data.verify_tables(&all)?;
        Ok(data)
    }
}

impl DeoptimizationData {
    /// The words of literals end where the table of sites begins.
    #[inline]
    fn literal_bytes(&self) -> usize {
        8 * self.literals as usize
    }
    #[inline]
    fn site_table(&self) -> SiteTable<'_> {
        SiteTable::new(self.sites, self.block.get(self.literal_bytes()..).unwrap_or_default())
    }
    /// The translations.
    #[inline]
    pub fn translations(&self) -> TranslationArray<'_> {
        TranslationArray::new(self.block.get(self.literal_bytes() + self.sites.bytes()..).unwrap_or_default())
    }
    /// The word of a literal.
    ///
    /// # Panics
    /// There is no such literal.
    #[inline]
    pub fn literal(&self, literal: LiteralId) -> u64 {
        let words = &self.block[..self.literal_bytes()];
        u64::from_le_bytes(*words[8 * literal.index()..].first_chunk().expect("a literal of the table"))
    }
    /// The words of all literals.
    pub fn literals(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.literals).map(|literal| self.literal(LiteralId(literal)))
    }
    /// How many sites there are.
    pub fn site_count(&self) -> u32 {
        self.sites.count
    }
    /// How many entries the literal table has.
    pub fn literal_count(&self) -> u32 {
        self.literals
    }
    /// How many words exits store at most.
    pub fn exit_slots(&self) -> u32 {
        self.totals.exit_slots
    }
    /// Words of the largest stack that an exit rebuilds, for frames with so many fixed words, without surplus
    /// arguments of the
    /// outermost frame. Stack checks of the code must leave this much room.
    pub fn max_rebuilt_words(&self, fixed_words: usize) -> usize {
        self.totals.max_words as usize + self.totals.max_frames as usize * fixed_words + 1
    }
    /// A site.
    #[inline]
    pub fn site(&self, site: SiteId) -> Option<Site> {
        self.site_table().get(site)
    }
    /// All that exits read, in one piece, to be fetched ahead.
    #[inline]
    pub fn block(&self) -> &[u8] {
        &self.block
    }
    /// Where the row of a site lies in it.
    #[inline]
    pub fn site_address(&self, site: SiteId) -> *const u8 {
        self.site_table().address(site)
    }
    /// All sites in order.
    pub fn sites(&self) -> impl Iterator<Item = (SiteId, Site)> + '_ {
        (0..self.site_count()).map(SiteId).filter_map(|id| Some((id, self.site(id)?)))
    }
    /// What listings and traces know about a site. Searches from the front: not for the exit path.
    pub fn details(&self, site: SiteId) -> SiteDetails {
        bytes::details(&self.details)
            .map_while(Result::ok)
            .find(|(id, _)| *id == site)
            .map_or_else(SiteDetails::default, |(_, details)| details)
    }
    /// The site of the call that returns to this offset of the machine code.
    pub fn call_at(&self, return_offset: u32) -> Option<SiteId> {
        self.calls()
            .find(|(offset, _)| *offset >= return_offset)
            .filter(|(offset, _)| *offset == return_offset)
            .map(|(_, site)| site)
    }
    /// All calls, ascending by return-address offset.
    pub fn calls(&self) -> impl Iterator<Item = (u32, SiteId)> + '_ {
        bytes::calls(&self.calls).map_while(Result::ok)
    }
    /// Inlined calls.
    pub fn inlinings(&self) -> &[InliningPosition] {
        &self.inlinings
    }

    /// The frames of a translation as places in bytecode, *innermost first*: what a stack walk shows without deoptimizing.
    pub fn positions(&self, translation: TranslationIndex) -> Vec<CodePosition> {
        let mut found = Vec::new();
        let Ok(mut decoder) = self.translations().decode(translation) else { return found };
        loop {
            found.extend(position_of_record(&mut decoder));
            if !decoder.next_record().unwrap_or(false) {
                break;
            }
        }
        found.reverse();
        found
    }

    /// Where a site's guard came from, innermost first with the chain of inlined calls.
    pub fn origin(&self, site: SiteId) -> Vec<CodePosition> {
        let Some(Site { translation, .. }) = self.site(site) else { return Vec::new() };
        let positions = self.positions(translation);
        let Some(Origin { mut offset, mut inlining }) = self.details(site).origin else { return positions };
        let mut chain = Vec::new();
        while let Some(call) = inlining.and_then(|id| self.inlinings.get(id.index())) {
            chain.push(CodePosition { code: call.code, offset });
            offset = call.call_offset;
            inlining = call.caller;
        }
        if let Some(outermost) = positions.last() {
            chain.push(CodePosition { code: outermost.code, offset });
        }
        chain
    }

    /// Checks everything; see [`DataError`].
    ///
    /// # Errors
    /// What is wrong first.
    pub fn verify(&self) -> Result<(), DataError> {
        if self.checksum != self.compute_checksum() {
            return Err(DataError::Checksum);
        }
        if self.block.len() < self.literal_bytes() || !self.site_table().is_well_formed() {
            return Err(DataError::Sites);
        }
        let all = self.translations().verify_all(self.literals, self.totals.exit_slots)?;
        if Totals::of(&all) != self.totals {
            return Err(DataError::Totals);
        }
        self.verify_tables(&all)
    }

    /// Checks the tables, with these translations.
    fn verify_tables(&self, all: &[(TranslationIndex, TranslationSummary)]) -> Result<(), DataError> {
        for id in (0..self.site_count()).map(SiteId) {
            let site = self.site(id).ok_or(DataError::Site(id))?;
            if all.binary_search_by_key(&site.translation, |(index, _)| *index).is_err() {
                return Err(DataError::Site(id));
            }
        }
        for (index, position) in self.inlinings.iter().enumerate() {
            let caller = position.caller.is_none_or(|caller| caller.index() < index);
            if position.code.0 >= self.literals || !caller {
                return Err(DataError::Inlining(InliningId(index as u32)));
            }
        }
        let mut last = None;
        for call in bytes::calls(&self.calls) {
            let (offset, site) = call.map_err(|_| DataError::Call)?;
            if last.is_some_and(|last| last >= offset) || site.0 >= self.site_count() {
                return Err(DataError::Call);
            }
            last = Some(offset);
        }
        let mut last = None;
        for entry in bytes::details(&self.details) {
            let (site, details) = entry.map_err(|_| DataError::Details)?;
            let inlining = details.origin.and_then(|origin| origin.inlining);
            if site.0 >= self.site_count()
                || last.is_some_and(|last| last >= site)
                || details.expected.is_some_and(|literal| literal.0 >= self.literals)
                || inlining.is_some_and(|id| id.index() >= self.inlinings.len())
            {
                return Err(DataError::Details);
            }
            last = Some(site);
        }
        Ok(())
    }

    /// Every site with its stable name, for `--list-deopt-sites` and `--deopt-force`.
    pub fn list(&self, names: &impl Names) -> Vec<SiteListing> {
        let mut counts: HashMap<String, u32> = HashMap::new();
        self.sites()
            .map(|(id, site)| {
                let origin = self.origin(id);
                let place = match origin.first() {
                    Some(position) => format!("{}@{}", names.function(position.code), position.offset),
                    None => "builtin".to_owned(),
                };
                let stem = format!("{place}:{}", site.reason.to_string().replace(' ', "-"));
                let count = counts.entry(stem.clone()).or_default();
                let name = format!("{stem}#{count}");
                *count += 1;
                SiteListing { id, name, site, origin }
            })
            .collect()
    }

    /// The table as text, in the form of V8's `--print-opt-code`, followed by all translations.
    pub fn print(&self, names: &impl Names) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "Deoptimization Input Data (deopt points = {})", self.site_count());
        let _ = writeln!(out, " index  bytecode-offset    pc  kind         translation  name");
        for listing in self.list(names) {
            let pc = self.calls().find(|(_, site)| *site == listing.id);
            let pc = pc.map_or_else(|| "NA".to_owned(), |(pc, _)| format!("{pc:x}"));
            let offset = listing.origin.first().map_or_else(|| "NA".to_owned(), |at| at.offset.to_string());
            let _ = writeln!(
                out,
                "{:6}  {offset:>15}  {pc:>4}  {:11}  {:>11}  {}",
                listing.id.0,
                listing.site.reason.kind().to_string(),
                listing.site.translation.to_string(),
                listing.name
            );
        }
        let used: BTreeSet<_> = self.sites().map(|(_, site)| site.translation).collect();
        for translation in used {
            out.push_str(&self.translations().print(translation, names));
        }
        out
    }

    /// How large it is.
    pub fn statistics(&self) -> MetadataSize {
        let guards = self.sites().filter(|(_, site)| match site.reason {
            SiteReason::Eager(reason) => reason != DeoptReason::StressDeopt,
            SiteReason::Lazy => false,
        });
        let pairs: BTreeSet<_> = guards.map(|(_, site)| (site.translation, site.reason)).collect();
        let states: BTreeSet<_> = self.sites().map(|(_, site)| site.translation).collect();
        MetadataSize {
            translation_bytes: self.translations().bytes().len(),
            site_bytes: self.sites.bytes() + self.details.len(),
            call_bytes: self.calls.len(),
            inlining_bytes: size_of::<InliningPosition>() * self.inlinings.len(),
            literal_bytes: self.literal_bytes(),
            states: states.len(),
            state_reason_pairs: pairs.len(),
            sites: self.sites.count as usize,
        }
    }
}

/// The place at which the frame of the decoder's current record stands; none if a builtin goes on.
fn position_of_record(decoder: &mut Decoder<'_>) -> Option<CodePosition> {
    // Values before the frame's own head are surplus arguments.
    let mut pending = 0u64;
    let mut code = None;
    loop {
        let instruction = decoder.next().ok()?;
        if instruction.is_value() {
            pending = (pending + u64::from(instruction.children())).checked_sub(1)?;
            continue;
        }
        match instruction {
            Instruction::Interpreted(frame) => code = Some(frame.code),
            Instruction::Position(position) => {
                return code.map(|code| CodePosition { code, offset: position.offset() });
            }
            Instruction::InlinedArguments { surplus, .. } => pending = u64::from(surplus),
            Instruction::Continuation(_) => return None,
            _ => {}
        }
    }
}

/// One line of the list of sites.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteListing {
    /// The number.
    pub id: SiteId,
    /// `function@offset:reason#n`, stable across runs of the same program.
    pub name: String,
    /// Translation and reason.
    pub site: Site,
    /// Where it came from, innermost first.
    pub origin: Vec<CodePosition>,
}

/// Sizes of deoptimization data in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MetadataSize {
    /// All translations.
    pub translation_bytes: usize,
    /// Sites with the side table.
    pub site_bytes: usize,
    /// Return addresses.
    pub call_bytes: usize,
    /// Inlined calls.
    pub inlining_bytes: usize,
    /// The words of literals.
    pub literal_bytes: usize,
    /// Different frame states.
    pub states: usize,
    /// Different pairs of frame state and reason that guards leave with; those of calls do not count.
    pub state_reason_pairs: usize,
    /// Sites.
    pub sites: usize,
}

impl MetadataSize {
    /// All bytes.
    pub fn total(&self) -> usize {
        self.translation_bytes + self.site_bytes + self.call_bytes + self.inlining_bytes + self.literal_bytes
    }
    /// All bytes per pair of frame state and reason: the figure to watch.
    pub fn bytes_per_exit(&self) -> f64 {
        self.total() as f64 / self.state_reason_pairs.max(1) as f64
    }
}
