//! QuoteJSONString (ECMA-262 25.5.2.3).
//!
//! Runs of characters that need no escape are copied as they are. Unpaired surrogates are escaped (well-formed
//! `JSON.stringify`), so the result is always proper Unicode.

use unspool_values::string::{StrView, StringBuilder, is_lead_surrogate, is_trail_surrogate};

/// Appends a string in double quotes, with the escapes of JSON; unpaired surrogates are escaped.
pub(super) fn quote(out: &mut StringBuilder, view: StrView<'_>) {
    out.push_latin1(b'"');
    match view {
        StrView::Latin1(bytes) => quote_latin1(out, bytes),
        StrView::Utf16(units) => quote_utf16(out, units),
    }
    out.push_latin1(b'"');
}

fn needs_escape(unit: u16) -> bool {
    unit < 0x20 || unit == 0x22 || unit == 0x5c
}

fn quote_latin1(out: &mut StringBuilder, bytes: &[u8]) {
    let mut start = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if needs_escape(u16::from(byte)) {
            out.push_view(StrView::Latin1(&bytes[start..i]));
            push_escape(out, u16::from(byte));
            start = i + 1;
        }
    }
    out.push_view(StrView::Latin1(&bytes[start..]));
}

fn quote_utf16(out: &mut StringBuilder, units: &[u16]) {
    let mut start = 0;
    let mut i = 0;
    while i < units.len() {
        let unit = units[i];
        if is_lead_surrogate(unit) && units.get(i + 1).is_some_and(|&next| is_trail_surrogate(next)) {
            i += 2;
            continue;
        }
        if needs_escape(unit) || is_lead_surrogate(unit) || is_trail_surrogate(unit) {
            out.push_view(StrView::Utf16(&units[start..i]));
            push_escape(out, unit);
            start = i + 1;
        }
        i += 1;
    }
    out.push_view(StrView::Utf16(&units[start..]));
}

fn push_escape(out: &mut StringBuilder, unit: u16) {
    let short = match unit {
        0x8 => b'b',
        0x9 => b't',
        0xa => b'n',
        0xc => b'f',
        0xd => b'r',
        0x22 => b'"',
        0x5c => b'\\',
        _ => {
            out.push_str(&format!("\\u{unit:04x}"));
            return;
        }
    };
    out.push_latin1(b'\\');
    out.push_latin1(short);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(units: &[u16]) -> String {
        let mut out = StringBuilder::new();
        quote(&mut out, StrView::Utf16(units));
        out.view().to_rust_string_lossy()
    }

    #[test]
    fn escapes_are_those_of_json() {
        let mut out = StringBuilder::new();
        quote(&mut out, StrView::ascii("a\"b\\c\n\u{1}\u{7f}"));
        assert_eq!(out.view().to_rust_string_lossy(), "\"a\\\"b\\\\c\\n\\u0001\u{7f}\"");
    }

    #[test]
    fn only_unpaired_surrogates_are_escaped() {
        assert_eq!(quoted(&[0xd83d, 0xde00]), "\"\u{1f600}\"");
        assert_eq!(quoted(&[0xde00, 0xd83d]), "\"\\ude00\\ud83d\"");
        assert_eq!(quoted(&[0x61, 0xd83d]), "\"a\\ud83d\"");
    }
}
