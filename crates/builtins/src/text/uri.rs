//! URI coding (ECMA-262 19.2.6) and `escape`/`unescape` (B.2.1).
//!
//! Encoding goes by code points in UTF-8, and an unpaired surrogate is a `URIError`. Decoding accepts only shortest forms
//! and leaves alone what the function's reserved set names. The Annex B pair works on code units and never fails.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::NativeFunction;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::function::new_native;
use unspool_runtime::native::{Arguments, NativeFn};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::{StrView, StringBuilder};

/// Makes one of the global functions.
pub(super) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    let (atom, function): (A, NativeFn) = match which {
        Intrinsic::Escape => (A::escape, escape),
        Intrinsic::Unescape => (A::unescape, unescape),
        Intrinsic::DecodeUri => (A::decodeURI, decode_uri),
        Intrinsic::DecodeUriComponent => (A::decodeURIComponent, decode_uri_component),
        Intrinsic::EncodeUri => (A::encodeURI, encode_uri),
        _ => (A::encodeURIComponent, encode_uri_component),
    };
    let function = new_native(cx, cx.key(atom), 1, function);
    Realm::define_intrinsic(realm, cx, which, NativeFunction::object(function));
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";
/// `;/?:@&=+$,` and `#`: what `encodeURI` leaves and `decodeURI` leaves encoded.
const RESERVED: &[u8] = b";/?:@&=+$,#";
/// What every encoder leaves besides letters and digits.
const MARKS: &[u8] = b"-_.!~*'()";

fn push_percent(out: &mut StringBuilder, byte: u8) {
    out.push_latin1(b'%');
    out.push_latin1(HEX[usize::from(byte >> 4)]);
    out.push_latin1(HEX[usize::from(byte & 15)]);
}

fn malformed(cx: Cx<'_>) -> unspool_runtime::Throw {
    let error = cx.new_error(Intrinsic::UriErrorPrototype, "URI malformed");
    cx.throw(error.into())
}

/// Encode (19.2.6.5)
fn encode(cx: Cx<'_>, args: Arguments<'_>, extra_unescaped: &[u8]) -> JsResult<Value> {
    let string = to_string(cx, args.get(0))?;
    let view = cx.flatten(&string)?;
    let plain = |c: u16| {
        u8::try_from(c)
            .is_ok_and(|c| c.is_ascii_alphanumeric() || MARKS.contains(&c) || extra_unescaped.contains(&c))
    };
    if view.units().all(plain) {
        return Ok(string.into());
    }
    let mut out = StringBuilder::with_capacity(view.len() * 2);
    for code_point in view.code_points() {
        match u16::try_from(code_point) {
            Ok(unit) if plain(unit) => out.push_unit(unit),
            _ => {
                let Some(c) = char::from_u32(code_point) else { return Err(malformed(cx)) };
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    push_percent(&mut out, byte);
                }
            }
        }
    }
    Ok(cx.finish_string(out)?.into())
}

fn encode_uri(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    encode(cx, args, RESERVED)
}

fn encode_uri_component(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    encode(cx, args, b"")
}

/// The value of `count` hexadecimal digits at `at`.
fn hex_at(view: StrView<'_>, at: usize, count: usize) -> Option<u32> {
    let mut value = 0;
    for i in at..at + count {
        value = value * 16 + char::from_u32(u32::from(view.get(i)?))?.to_digit(16)?;
    }
    Some(value)
}

/// The byte that `%XX` at `at` stands for.
fn percent_byte(view: StrView<'_>, at: usize) -> Option<u8> {
    if view.get(at)? != u16::from(b'%') {
        return None;
    }
    hex_at(view, at + 1, 2).map(|byte| byte as u8)
}

/// Decode (19.2.6.6)
fn decode(cx: Cx<'_>, args: Arguments<'_>, preserved: &[u8]) -> JsResult<Value> {
    let string = to_string(cx, args.get(0))?;
    let view = cx.flatten(&string)?;
    if view.find_unit(u16::from(b'%'), 0).is_none() {
        return Ok(string.into());
    }
    let mut out = StringBuilder::with_capacity(view.len());
    let mut at = 0;
    while at < view.len() {
        if view.at(at) != u16::from(b'%') {
            out.push_unit(view.at(at));
            at += 1;
            continue;
        }
        let start = at;
        let Some(first) = percent_byte(view, at) else { return Err(malformed(cx)) };
        at += 3;
        if first < 0x80 {
            if preserved.contains(&first) {
                out.push_view(view.slice(start, at));
            } else {
                out.push_latin1(first);
            }
            continue;
        }
        let count = first.leading_ones() as usize;
        if !(2..=4).contains(&count) {
            return Err(malformed(cx));
        }
        let mut bytes = [first, 0, 0, 0];
        for byte in &mut bytes[1..count] {
            match percent_byte(view, at) {
                Some(next) => *byte = next,
                None => return Err(malformed(cx)),
            }
            at += 3;
        }
        match std::str::from_utf8(&bytes[..count]) {
            Ok(text) => out.push_str(text),
            Err(_) => return Err(malformed(cx)),
        }
    }
    Ok(cx.finish_string(out)?.into())
}

fn decode_uri(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    decode(cx, args, RESERVED)
}

fn decode_uri_component(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    decode(cx, args, b"")
}

fn escape(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = to_string(cx, args.get(0))?;
    let view = cx.flatten(&string)?;
    let mut out = StringBuilder::with_capacity(view.len());
    for unit in view.units() {
        match u8::try_from(unit) {
            Ok(c) if c.is_ascii_alphanumeric() || b"@*_+-./".contains(&c) => out.push_latin1(c),
            Ok(c) => push_percent(&mut out, c),
            Err(_) => {
                out.push_str("%u");
                for shift in [12, 8, 4, 0] {
                    out.push_latin1(HEX[usize::from(unit >> shift & 15)]);
                }
            }
        }
    }
    Ok(cx.finish_string(out)?.into())
}

fn unescape(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = to_string(cx, args.get(0))?;
    let view = cx.flatten(&string)?;
    let mut out = StringBuilder::with_capacity(view.len());
    let mut at = 0;
    while at < view.len() {
        let unit = view.at(at);
        if unit == u16::from(b'%') {
            if view.get(at + 1) == Some(u16::from(b'u'))
                && let Some(value) = hex_at(view, at + 2, 4)
            {
                out.push_unit(value as u16);
                at += 6;
                continue;
            }
            if let Some(value) = hex_at(view, at + 1, 2) {
                out.push_unit(value as u16);
                at += 3;
                continue;
            }
        }
        out.push_unit(unit);
        at += 1;
    }
    Ok(cx.finish_string(out)?.into())
}
