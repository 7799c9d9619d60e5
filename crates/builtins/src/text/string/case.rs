//! Letter case, normalization and comparison.
//!
//! Case mapping and normalization come from ICU4X, whose functions take well-formed text; unpaired surrogates, which map
//! to themselves and combine with nothing, split a string into well-formed pieces. ASCII and Latin-1 text takes short cuts.

use std::cmp::Ordering;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use unspool_gc::Gc;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::native::Arguments;
use unspool_runtime::{Cx, OrThrow as _, ValueExt as _};
use unspool_values::string::{JSString, StrView, StringBuilder, is_lead_surrogate, is_trail_surrogate};
use unspool_values::{PropertyKey, Value};

use super::this_string;

/// Which way letters are mapped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mapping {
    Lower,
    Upper,
}

pub(super) fn to_lower_case(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "toLowerCase")?;
    map_case(cx, string, Mapping::Lower, "")
}

pub(super) fn to_upper_case(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "toUpperCase")?;
    map_case(cx, string, Mapping::Upper, "")
}

pub(super) fn to_locale_lower_case(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "toLocaleLowerCase")?;
    let language = requested_language(cx, args.get(0))?;
    map_case(cx, string, Mapping::Lower, language)
}

pub(super) fn to_locale_upper_case(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "toLocaleUpperCase")?;
    let language = requested_language(cx, args.get(0))?;
    map_case(cx, string, Mapping::Upper, language)
}

/// The language that maps case in its own way, if the first requested locale is of one (the languages of
/// SpecialCasing.txt); otherwise the empty text. The default locale is the root.
fn requested_language(cx: Cx<'_>, locales: Value) -> JsResult<&'static str> {
    let first = match locales.as_object() {
        None if locales.is_string() => locales,
        None => return Ok(""),
        Some(list) => list.get(cx, PropertyKey::from_index(0))?,
    };
    let Some(tag) = first.to::<JSString>() else { return Ok("") };
    let tag = cx.rust_string(tag).to_ascii_lowercase();
    let language = tag.split(['-', '_']).next().unwrap_or("");
    Ok(["tr", "az", "lt"].into_iter().find(|special| *special == language).unwrap_or(""))
}

fn map_case(cx: Cx<'_>, string: Gc<JSString>, mapping: Mapping, language: &str) -> JsResult<Value> {
    let view = cx.flatten(&string)?;
    if let StrView::Latin1(bytes) = view
        && language.is_empty()
        && (bytes.is_ascii() || mapping == Mapping::Lower)
    {
        return map_latin1(cx, string, bytes, mapping);
    }
    let mapper = CaseMapper::new();
    let tag = if language.is_empty() { "und" } else { language };
    let language = tag.parse().expect("the tags above are well formed");
    let mut out = StringBuilder::with_capacity(view.len());
    for_each_well_formed(&view.to_utf16(), |piece| match piece {
        Piece::Text(units) => {
            let text = String::from_utf16_lossy(units);
            out.push_str(&match mapping {
                Mapping::Lower => mapper.lowercase_to_string(&text, &language),
                Mapping::Upper => mapper.uppercase_to_string(&text, &language),
            });
        }
        Piece::Surrogate(unit) => out.push_unit(unit),
    });
    Ok(cx.finish_string(out)?.into())
}

/// Characters that map within Latin-1 one to one.
fn map_latin1(cx: Cx<'_>, string: Gc<JSString>, bytes: &[u8], mapping: Mapping) -> JsResult<Value> {
    let map = |c: u8| match mapping {
        Mapping::Upper => c.to_ascii_uppercase(),
        Mapping::Lower => match c {
            0xc0..=0xd6 | 0xd8..=0xde => c + 0x20,
            c => c.to_ascii_lowercase(),
        },
    };
    // Folded over the whole text, so that the compiler makes vector code of it; most texts that do not change are short.
    if bytes.iter().fold(true, |same, &c| same & (map(c) == c)) {
        return Ok(string.into());
    }
    let mapped = JSString::from_latin1_with(cx, bytes.len(), |to| {
        for (to, &from) in to.iter_mut().zip(bytes) {
            *to = map(from);
        }
    });
    Ok(mapped.or_throw(cx)?.into())
}

enum Piece<'a> {
    Text(&'a [u16]),
    Surrogate(u16),
}

/// Splits text at unpaired surrogates.
fn for_each_well_formed(units: &[u16], mut f: impl FnMut(Piece<'_>)) {
    let mut start = 0;
    let mut i = 0;
    while i < units.len() {
        let unit = units[i];
        if is_lead_surrogate(unit) && units.get(i + 1).is_some_and(|&next| is_trail_surrogate(next)) {
            i += 2;
            continue;
        }
        if is_lead_surrogate(unit) || is_trail_surrogate(unit) {
            if start < i {
                f(Piece::Text(&units[start..i]));
            }
            f(Piece::Surrogate(unit));
            start = i + 1;
        }
        i += 1;
    }
    if start < units.len() {
        f(Piece::Text(&units[start..]));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

pub(super) fn normalize(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "normalize")?;
    let form = match args.get(0) {
        value if value.is_undefined() => Form::Nfc,
        value => {
            let name = cx.rust_string(to_string(cx, value)?);
            match &*name {
                "NFC" => Form::Nfc,
                "NFD" => Form::Nfd,
                "NFKC" => Form::Nfkc,
                "NFKD" => Form::Nfkd,
                _ => {
                    return Err(
                        cx.throw_range_error("The normalization form should be one of NFC, NFD, NFKC, NFKD.")
                    );
                }
            }
        }
    };
    let view = cx.flatten(&string)?;
    match view {
        StrView::Latin1(bytes) if form == Form::Nfc || bytes.is_ascii() => return Ok(string.into()),
        _ => {}
    }
    let mut out = StringBuilder::with_capacity(view.len());
    normalize_into(&view.to_utf16(), form, &mut out);
    Ok(cx.finish_string(out)?.into())
}

fn normalize_into(units: &[u16], form: Form, out: &mut StringBuilder) {
    for_each_well_formed(units, |piece| match piece {
        Piece::Text(units) => {
            let text = match form {
                Form::Nfc => ComposingNormalizerBorrowed::new_nfc().normalize_utf16(units),
                Form::Nfkc => ComposingNormalizerBorrowed::new_nfkc().normalize_utf16(units),
                Form::Nfd => DecomposingNormalizerBorrowed::new_nfd().normalize_utf16(units),
                Form::Nfkd => DecomposingNormalizerBorrowed::new_nfkd().normalize_utf16(units),
            };
            out.push_view(StrView::Utf16(&text));
        }
        Piece::Surrogate(unit) => out.push_unit(unit),
    });
}

/// Without the `intl` feature the order is that of the canonically decomposed letters, compared first without regard to
/// case (as in the root collation), then with lower case first; canonically equivalent strings are equal.
pub(super) fn locale_compare(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "localeCompare")?;
    let that = to_string(cx, args.get(0))?;
    let (a, b) = (cx.flatten(&string)?, cx.flatten(&that)?);
    let order = match (a, b) {
        (StrView::Latin1(a), StrView::Latin1(b)) if a.is_ascii() && b.is_ascii() => {
            compare_letters(a.iter().map(|&c| u32::from(c)), b.iter().map(|&c| u32::from(c)))
        }
        _ => {
            let decompose = |view: StrView<'_>| {
                let mut out = StringBuilder::with_capacity(view.len());
                normalize_into(&view.to_utf16(), Form::Nfd, &mut out);
                out
            };
            let (a, b) = (decompose(a), decompose(b));
            compare_letters(a.view().code_points(), b.view().code_points())
        }
    };
    Ok(Value::from_i32(order as i32))
}

/// Three levels: base characters without case, then accents, then case with lower case first.
fn compare_letters<A, B>(a: A, b: B) -> Ordering
where
    A: Iterator<Item = u32> + Clone,
    B: Iterator<Item = u32> + Clone,
{
    let is_mark = |c: &u32| (0x300..0x370).contains(c);
    let primary = |c: u32| -> (u8, u32) {
        let lower = char::from_u32(c).map_or(c, |ch| CaseMapper::new().simple_lowercase(ch) as u32);
        let class = match char::from_u32(c) {
            Some(ch) if ch.is_whitespace() || ch.is_control() => 0,
            Some(ch) if ch.is_ascii_punctuation() => 1,
            Some(ch) if ch.is_numeric() => 2,
            _ => 3,
        };
        (class, lower)
    };
    let base =
        a.clone().filter(|c| !is_mark(c)).map(primary).cmp(b.clone().filter(|c| !is_mark(c)).map(primary));
    base.then_with(|| a.clone().filter(is_mark).cmp(b.clone().filter(is_mark)))
        .then_with(|| {
            let case = |c: u32| char::from_u32(c).is_some_and(char::is_uppercase);
            a.clone().map(case).cmp(b.clone().map(case))
        })
        .then_with(|| a.cmp(b))
}
