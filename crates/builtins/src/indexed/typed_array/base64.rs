//! Base64 and hexadecimal text of `Uint8Array` (ECMA-262 23.3).
//!
//! Decoding stops at the first error or when the target is full, and what was decoded until then counts: the `setFrom…`
//! methods write it before they throw. So the decoders give bytes, the position reached, and the error side by side. They
//! work on the characters of a flat string and run no JavaScript; options are read before.

use unspool_gc::Gc;
use unspool_runtime::bytes::element_bytes;
use unspool_runtime::cells::{ElementType, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_boolean;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::{JSString, StrView};

use super::construct::allocate_default;
use crate::class::methods;

/// Methods of `Uint8Array`.
pub(super) const STATICS: &[Property] = methods! {
    fromBase64 1 from_base64;
    fromHex 1 from_hex;
};

/// Methods of `Uint8Array.prototype`.
pub(super) const MEMBERS: &[Property] = &[
    Property::Method(Name::Atom(A::setFromBase64), 1, set_from_base64),
    Property::Method(Name::Atom(A::setFromHex), 1, set_from_hex),
    Property::Method(Name::Atom(A::toBase64), 0, to_base64),
    Property::Method(Name::Atom(A::toHex), 0, to_hex),
];

/// The option `alphabet`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Alphabet {
    Base64,
    /// With `-` and `_` in place of `+` and `/`.
    Base64Url,
}

impl Alphabet {
    fn digits(self) -> &'static [u8; 64] {
        match self {
            Alphabet::Base64 => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            Alphabet::Base64Url => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        }
    }
}

/// Whether text is filled up with `=` to a multiple of four digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Padding {
    Present,
    Omitted,
}

/// What to do with an incomplete last chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastChunk {
    Loose,
    Strict,
    StopBeforePartial,
}

/// The outcome of decoding: what was decoded before an error counts.
struct Decoded {
    /// Characters consumed.
    read: usize,
    bytes: Vec<u8>,
    /// What is wrong with the text.
    error: Option<&'static str>,
}

fn skip_whitespace(text: StrView<'_>, mut index: usize) -> usize {
    while index < text.len() && matches!(text.at(index), 9 | 10 | 12 | 13 | 32) {
        index += 1;
    }
    index
}

fn digit(unit: u16, alphabet: Alphabet) -> Option<u32> {
    let byte = u8::try_from(unit).ok()?;
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' if alphabet == Alphabet::Base64 => 62,
        b'/' if alphabet == Alphabet::Base64 => 63,
        b'-' if alphabet == Alphabet::Base64Url => 62,
        b'_' if alphabet == Alphabet::Base64Url => 63,
        _ => return None,
    })
}

/// Decodes a chunk of 2 or 3 digits; `false` if its unused bits are not zero.
fn push_partial(bytes: &mut Vec<u8>, chunk: u32, digits: u32) -> bool {
    if digits == 2 {
        bytes.push((chunk >> 4) as u8);
        chunk & 0xf == 0
    } else {
        bytes.extend([(chunk >> 10) as u8, (chunk >> 2) as u8]);
        chunk & 3 == 0
    }
}

/// FromBase64
fn decode_base64(text: StrView<'_>, alphabet: Alphabet, last: LastChunk, max_length: usize) -> Decoded {
    let mut d = Decoded { read: 0, bytes: Vec::new(), error: None };
    if max_length == 0 {
        return d;
    }
    let fail = |mut d: Decoded, what: &'static str| {
        d.error = Some(what);
        d
    };
    let (mut chunk, mut digits, mut index) = (0u32, 0u32, 0usize);
    loop {
        index = skip_whitespace(text, index);
        if index == text.len() {
            if digits > 0 {
                match last {
                    LastChunk::StopBeforePartial => return d,
                    LastChunk::Loose if digits > 1 => {
                        push_partial(&mut d.bytes, chunk, digits);
                    }
                    _ => return fail(d, "The base64 text has an incomplete last chunk"),
                }
            }
            d.read = text.len();
            return d;
        }
        let unit = text.at(index);
        index += 1;
        if unit == u16::from(b'=') {
            if digits < 2 {
                return fail(d, "The base64 text has misplaced padding");
            }
            index = skip_whitespace(text, index);
            if digits == 2 {
                if index == text.len() {
                    if last == LastChunk::StopBeforePartial {
                        return d;
                    }
                    return fail(d, "The base64 text has incomplete padding");
                }
                if text.at(index) == u16::from(b'=') {
                    index = skip_whitespace(text, index + 1);
                }
            }
            if index < text.len() {
                return fail(d, "The base64 text goes on behind its padding");
            }
            let length = d.bytes.len();
            if !push_partial(&mut d.bytes, chunk, digits) && last == LastChunk::Strict {
                d.bytes.truncate(length);
                return fail(d, "The base64 text has superfluous bits");
            }
            d.read = text.len();
            return d;
        }
        let Some(value) = digit(unit, alphabet) else {
            return fail(d, "The base64 text has an invalid character");
        };
        let remaining = max_length - d.bytes.len();
        if (remaining == 1 && digits == 2) || (remaining == 2 && digits == 3) {
            return d;
        }
        chunk = chunk << 6 | value;
        digits += 1;
        if digits == 4 {
            d.bytes.extend([(chunk >> 16) as u8, (chunk >> 8) as u8, chunk as u8]);
            (chunk, digits) = (0, 0);
            d.read = index;
            if d.bytes.len() == max_length {
                return d;
            }
        }
    }
}

/// FromHex
fn decode_hex(text: StrView<'_>, max_length: usize) -> Decoded {
    let mut d = Decoded { read: 0, bytes: Vec::new(), error: None };
    if !text.len().is_multiple_of(2) {
        d.error = Some("The hexadecimal text has an odd number of digits");
        return d;
    }
    let nibble = |unit: u16| char::from_u32(u32::from(unit)).and_then(|c| c.to_digit(16));
    while d.read < text.len() && d.bytes.len() < max_length {
        let (Some(high), Some(low)) = (nibble(text.at(d.read)), nibble(text.at(d.read + 1))) else {
            d.error = Some("The hexadecimal text has an invalid character");
            return d;
        };
        d.bytes.push((high << 4 | low) as u8);
        d.read += 2;
    }
    d
}

// ---- arguments ---------------------------------------------------------------------------------------------------------

fn require_string(cx: Cx<'_>, value: Value) -> JsResult<Gc<JSString>> {
    value.to::<JSString>().ok_or_else(|| cx.throw_type_error("expected input to be a string"))
}

/// ValidateUint8Array
fn require_bytes(cx: Cx<'_>, value: Value) -> JsResult<Gc<TypedArrayObject>> {
    match value.to::<TypedArrayObject>() {
        Some(array) if array.element_type == ElementType::Uint8 => Ok(array),
        _ => Err(cx.throw_type_error("this is not a Uint8Array.")),
    }
}

/// GetOptionsObject
fn options_object(cx: Cx<'_>, value: Value) -> JsResult<Option<Object>> {
    if value.is_undefined() {
        return Ok(None);
    }
    match value.as_object() {
        Some(object) => Ok(Some(object)),
        None => Err(cx.throw_type_error("options must be an object")),
    }
}

/// An option that is one of some strings; its position among them, 0 if it is absent.
fn choice(cx: Cx<'_>, options: Option<Object>, option: A, choices: &[&str]) -> JsResult<usize> {
    let value = match options {
        Some(options) => options.get(cx, cx.key(option))?,
        None => Value::UNDEFINED,
    };
    if value.is_undefined() {
        return Ok(0);
    }
    let position = match value.to::<JSString>() {
        Some(string) => {
            let view = cx.flatten(&string)?;
            choices.iter().position(|choice| view.eq_ascii(choice))
        }
        None => None,
    };
    position.ok_or_else(|| cx.throw_type_error(format_args!("invalid value of option {}", option.text())))
}

fn alphabet(cx: Cx<'_>, options: Option<Object>) -> JsResult<Alphabet> {
    Ok(match choice(cx, options, A::alphabet, &["base64", "base64url"])? {
        0 => Alphabet::Base64,
        _ => Alphabet::Base64Url,
    })
}

fn last_chunk(cx: Cx<'_>, options: Option<Object>) -> JsResult<LastChunk> {
    let choices = ["loose", "strict", "stop-before-partial"];
    Ok(match choice(cx, options, A::lastChunkHandling, &choices)? {
        0 => LastChunk::Loose,
        1 => LastChunk::Strict,
        _ => LastChunk::StopBeforePartial,
    })
}

// ---- from text ---------------------------------------------------------------------------------------------------------

/// A new array of what was decoded.
fn new_array(cx: Cx<'_>, decoded: Decoded) -> JsResult<Value> {
    if let Some(error) = decoded.error {
        return Err(cx.throw_syntax_error(error));
    }
    let array = allocate_default(cx, ElementType::Uint8, decoded.bytes.len() as u64)?;
    store(array, &decoded.bytes);
    Ok(TypedArrayObject::object(array).into())
}

fn store(array: Gc<TypedArrayObject>, bytes: &[u8]) {
    if let Some(elements) = element_bytes(&array) {
        for (element, byte) in elements.iter().zip(bytes) {
            element.set(*byte);
        }
    }
}

/// Stores what was decoded into an array, also ahead of an error, and tells how much was read and written.
fn store_into(cx: Cx<'_>, array: Gc<TypedArrayObject>, decoded: Decoded) -> JsResult<Value> {
    store(array, &decoded.bytes);
    if let Some(error) = decoded.error {
        return Err(cx.throw_syntax_error(error));
    }
    let result = Object::ordinary(cx);
    result.create_data_property_infallible(cx, cx.key(A::read), Value::from_usize(decoded.read));
    result.create_data_property_infallible(cx, cx.key(A::written), Value::from_usize(decoded.bytes.len()));
    Ok(result.into())
}

fn current_length(cx: Cx<'_>, array: Gc<TypedArrayObject>) -> JsResult<usize> {
    match element_bytes(&array) {
        Some(bytes) => Ok(bytes.len()),
        None => Err(cx.throw_type_error("Cannot perform the operation on a detached ArrayBuffer")),
    }
}

fn from_base64(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let text = require_string(cx, args.get(0))?;
    let options = options_object(cx, args.get(1))?;
    let alphabet = alphabet(cx, options)?;
    let last = last_chunk(cx, options)?;
    new_array(cx, decode_base64(cx.flatten(&text)?, alphabet, last, usize::MAX))
}

fn from_hex(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let text = require_string(cx, args.get(0))?;
    new_array(cx, decode_hex(cx.flatten(&text)?, usize::MAX))
}

fn set_from_base64(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_bytes(cx, args.this)?;
    let text = require_string(cx, args.get(0))?;
    let options = options_object(cx, args.get(1))?;
    let alphabet = alphabet(cx, options)?;
    let last = last_chunk(cx, options)?;
    let length = current_length(cx, array)?;
    store_into(cx, array, decode_base64(cx.flatten(&text)?, alphabet, last, length))
}

fn set_from_hex(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_bytes(cx, args.this)?;
    let text = require_string(cx, args.get(0))?;
    let length = current_length(cx, array)?;
    store_into(cx, array, decode_hex(cx.flatten(&text)?, length))
}

// ---- to text -----------------------------------------------------------------------------------------------------------

fn bytes_of(cx: Cx<'_>, array: Gc<TypedArrayObject>) -> JsResult<Vec<u8>> {
    current_length(cx, array)?;
    Ok(element_bytes(&array).unwrap_or(&[]).iter().map(std::cell::Cell::get).collect())
}

fn to_base64(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_bytes(cx, args.this)?;
    let options = options_object(cx, args.get(0))?;
    let alphabet = alphabet(cx, options)?;
    let padding = match options {
        Some(options) if to_boolean(options.get(cx, cx.key(A::omitPadding))?) => Padding::Omitted,
        _ => Padding::Present,
    };
    let bytes = bytes_of(cx, array)?;
    let text = encode_base64(&bytes, alphabet, padding);
    Ok(cx.string_from_view(StrView::Latin1(&text))?.into())
}

fn encode_base64(bytes: &[u8], alphabet: Alphabet, padding: Padding) -> Vec<u8> {
    let digits = alphabet.digits();
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            text.push(digits[(word >> (18 - 6 * i)) as usize & 63]);
        }
        if padding == Padding::Present {
            text.extend(std::iter::repeat_n(b'=', 3 - chunk.len()));
        }
    }
    text
}

fn to_hex(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_bytes(cx, args.this)?;
    let bytes = bytes_of(cx, array)?;
    let digit = |n: u8| b"0123456789abcdef"[usize::from(n)];
    let text: Vec<u8> = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    Ok(cx.string_from_view(StrView::Latin1(&text))?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_round_trips() {
        for length in 0..20u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37)).collect();
            for alphabet in [Alphabet::Base64, Alphabet::Base64Url] {
                for padding in [Padding::Present, Padding::Omitted] {
                    let text = encode_base64(&bytes, alphabet, padding);
                    let decoded =
                        decode_base64(StrView::Latin1(&text), alphabet, LastChunk::Loose, usize::MAX);
                    assert!(decoded.error.is_none());
                    assert_eq!(decoded.bytes, bytes);
                }
            }
        }
    }

    #[test]
    fn what_came_before_an_error_is_kept() {
        let decoded =
            decode_base64(StrView::Latin1(b"AAAA!"), Alphabet::Base64, LastChunk::Loose, usize::MAX);
        assert_eq!((decoded.read, decoded.bytes.len(), decoded.error.is_some()), (4, 3, true));
        let decoded = decode_hex(StrView::Latin1(b"00ffzz"), usize::MAX);
        assert_eq!((decoded.read, decoded.bytes, decoded.error.is_some()), (4, vec![0, 255], true));
    }
}
