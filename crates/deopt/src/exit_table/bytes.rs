//! Deoptimization data as bytes: the side table of sites, the checksum, and the serialized form of everything.
//!
//! Tables ascend and tell distances in variable-length numbers. Reading never panics and never allocates more than the bytes can hold, whatever they are; the CRC-32 at the end
//! finds damage, not malice: what is read is verified by the rules of the [module](super) all the same.

use std::collections::BTreeMap;

use super::{DataError, DeoptimizationData, InliningPosition, Origin, SiteDetails, SiteForm, Totals};
use crate::ids::{InliningId, LiteralId, SiteId};
use crate::translation::Malformed;

fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn u32(&mut self) -> Result<u32, Malformed> {
        let start = self.at;
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = *self.bytes.get(self.at).ok_or(Malformed { at: start })?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| Malformed { at: start });
            }
        }
        Err(Malformed { at: start })
    }
    fn word(&mut self) -> Result<u32, Malformed> {
        let taken = self.take(4)?;
        Ok(u32::from_le_bytes([taken[0], taken[1], taken[2], taken[3]]))
    }
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).ok_or(Malformed { at: self.at })?;
        self.at += count;
        Ok(taken)
    }
    /// A count, and so many bytes.
    fn list(&mut self) -> Result<Vec<u8>, Malformed> {
        let count = self.count()?;
        Ok(self.take(count)?.to_vec())
    }
    /// A count of things that take at least one byte each.
    fn count(&mut self) -> Result<usize, Malformed> {
        let at = self.at;
        let count = self.u32()? as usize;
        if count > self.bytes.len() - self.at { Err(Malformed { at }) } else { Ok(count) }
    }
}

const ORIGIN: u8 = 1;
const INLINED: u8 = 2;
const EXPECTED: u8 = 4;

/// Entries ascend: distance to the site, flags, what the flags say.
pub(super) fn write_details(details: &BTreeMap<SiteId, SiteDetails>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut next = 0;
    for (site, details) in details {
        put(&mut out, site.0 - next);
        next = site.0 + 1;
        let inlining = details.origin.and_then(|origin| origin.inlining);
        let flag = |set, flag| if set { flag } else { 0 };
        out.push(
            flag(details.origin.is_some(), ORIGIN)
                | flag(inlining.is_some(), INLINED)
                | flag(details.expected.is_some(), EXPECTED),
        );
        if let Some(origin) = details.origin {
            put(&mut out, origin.offset);
        }
        if let Some(inlining) = inlining {
            put(&mut out, inlining.0);
        }
        if let Some(expected) = details.expected {
            put(&mut out, expected.0);
        }
    }
    out
}

/// The entries of a table that is read from the front; an error ends it.
pub(super) struct Entries<'a, S, T> {
    reader: Reader<'a>,
    /// What the next entry is told relative to.
    state: S,
    read: fn(&mut Reader<'a>, &mut S) -> Result<T, Malformed>,
}

impl<S, T> Iterator for Entries<'_, S, T> {
    type Item = Result<T, Malformed>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.at >= self.reader.bytes.len() {
            return None;
        }
        let entry = (self.read)(&mut self.reader, &mut self.state);
        if entry.is_err() {
            self.reader.at = self.reader.bytes.len();
        }
        Some(entry)
    }
}

/// The side table of sites.
pub(super) fn details(bytes: &[u8]) -> Entries<'_, u32, (SiteId, SiteDetails)> {
    Entries { reader: Reader { bytes, at: 0 }, state: 0, read: read_details }
}

fn read_details(reader: &mut Reader<'_>, next: &mut u32) -> Result<(SiteId, SiteDetails), Malformed> {
    let at = reader.at;
    let site = next.checked_add(reader.u32()?).ok_or(Malformed { at })?;
    *next = site.checked_add(1).ok_or(Malformed { at })?;
    let flags = reader.take(1)?[0];
    if flags > 7 || flags & (ORIGIN | INLINED) == INLINED {
        return Err(Malformed { at });
    }
    let mut optional =
        |flag| if flags & flag != 0 { reader.u32().map(Some) } else { Ok::<_, Malformed>(None) };
    let offset = optional(ORIGIN)?;
    let inlining = optional(INLINED)?.map(InliningId);
    let expected = optional(EXPECTED)?.map(LiteralId);
    let origin = offset.map(|offset| Origin { offset, inlining });
    Ok((SiteId(site), SiteDetails { origin, expected }))
}

/// Calls ascend: distance of the return address from the last one, distance of the site in zigzag.
pub(super) fn write_calls(calls: &[(u32, SiteId)]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut last, mut last_site) = (0, 0);
    for (offset, site) in calls {
        put(&mut out, offset - last);
        let distance = site.0.wrapping_sub(last_site) as i32;
        put(&mut out, ((distance << 1) ^ (distance >> 31)) as u32);
        (last, last_site) = (*offset, site.0);
    }
    out
}

/// The table of calls.
pub(super) fn calls(bytes: &[u8]) -> Entries<'_, (u32, SiteId), (u32, SiteId)> {
    Entries { reader: Reader { bytes, at: 0 }, state: (0, SiteId(0)), read: read_call }
}

fn read_call(reader: &mut Reader<'_>, last: &mut (u32, SiteId)) -> Result<(u32, SiteId), Malformed> {
    let at = reader.at;
    let offset = last.0.checked_add(reader.u32()?).ok_or(Malformed { at })?;
    let distance = reader.u32()?;
    let site = last.1.0.wrapping_add((distance >> 1) ^ (distance & 1).wrapping_neg());
    *last = (offset, SiteId(site));
    Ok(*last)
}

/// CRC-32: finds every change of one bit, and of up to 32 bits in a row.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 != 0 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

impl DeoptimizationData {
    fn write_body(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.block.len() + 64);
        let Totals { exit_slots, max_frames, max_words } = self.totals;
        for number in [self.literals, exit_slots, max_frames, max_words] {
            put(&mut out, number);
        }
        put(&mut out, self.sites.count);
        out.extend([self.sites.translation_bits, self.sites.reasons]);
        put(&mut out, self.block.len() as u32);
        out.extend_from_slice(&self.block);
        put(&mut out, self.details.len() as u32);
        out.extend_from_slice(&self.details);
        put(&mut out, self.calls.len() as u32);
        out.extend_from_slice(&self.calls);
        put(&mut out, self.inlinings.len() as u32);
        for position in &self.inlinings {
            put(&mut out, position.code.0);
            put(&mut out, position.call_offset);
            put(&mut out, position.caller.map_or(0, |caller| caller.0 + 1));
        }
        out
    }

    pub(super) fn compute_checksum(&self) -> u32 {
        crc32(&self.write_body())
    }

    /// Serialized, with the checksum at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.write_body();
        out.extend_from_slice(&self.checksum.to_le_bytes());
        out
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote, and verifies it.
    ///
    /// # Errors
    /// Anything is not as it was written.
    pub fn from_bytes(bytes: &[u8]) -> Result<DeoptimizationData, DataError> {
        let data = read_data(bytes).map_err(DataError::Malformed)?;
        data.verify()?;
        Ok(data)
    }
}

fn read_data(bytes: &[u8]) -> Result<DeoptimizationData, Malformed> {
    let mut r = Reader { bytes, at: 0 };
    let literals = r.u32()?;
    let totals = Totals { exit_slots: r.u32()?, max_frames: r.u32()?, max_words: r.u32()? };
    let (count, form) = (r.u32()?, r.take(2)?);
    let sites = SiteForm { count, translation_bits: form[0], reasons: form[1] };
    let block = r.list()?.into();
    let details = r.list()?;
    let calls = r.list()?;
    let inlinings = (0..r.count()?)
        .map(|_| {
            let code = LiteralId(r.u32()?);
            let call_offset = r.u32()?;
            let caller = r.u32()?.checked_sub(1).map(InliningId);
            Ok(InliningPosition { code, call_offset, caller })
        })
        .collect::<Result<_, _>>()?;
    let checksum = r.word()?;
    if r.at != bytes.len() {
        return Err(Malformed { at: r.at });
    }
    Ok(DeoptimizationData { block, literals, sites, details, calls, inlinings, totals, checksum })
}
