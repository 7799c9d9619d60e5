//! The getters for flags and source (ECMA-262 22.2.6.3 to 22.2.6.18).
//!
//! Each flag is a getter on the prototype that looks into its receiver; on the prototype itself they give `undefined`,
//! and `source` gives `(?:)`. `flags` reads the others as properties, which a program may have replaced.

use unspool_runtime::cells::RegExpObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_boolean;
use unspool_runtime::native::Arguments;
use unspool_runtime::realm::Intrinsic;
use unspool_runtime::{Cx, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::{JSString, StrView, StringBuilder};

use super::exec::pattern_of;
use super::pattern::PatternFlags;

/// RegExpHasFlag (22.2.6.4.1)
fn has_flag(cx: Cx<'_>, args: Arguments<'_>, flag: PatternFlags, getter: &str) -> JsResult<Value> {
    if let Some(regexp) = args.this.to::<RegExpObject>() {
        let set = regexp.matcher.get().is_some_and(|data| pattern_of(&data).flags.contains(flag));
        return Ok(Value::from_bool(set));
    }
    if args.this == Value::from(cx.intrinsic(Intrinsic::RegExpPrototype)) {
        return Ok(Value::UNDEFINED);
    }
    Err(cx.throw_type_error(format_args!("RegExp.prototype.{getter} getter called on non-RegExp object")))
}

macro_rules! flag_getters {
    ($($name:ident = $flag:ident $text:literal;)*) => { $(
        pub(super) fn $name(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            has_flag(cx, args, PatternFlags::$flag, $text)
        }
    )* };
}

flag_getters! {
    dot_all = DOT_ALL "dotAll";
    global = GLOBAL "global";
    has_indices = HAS_INDICES "hasIndices";
    ignore_case = IGNORE_CASE "ignoreCase";
    multiline = MULTILINE "multiline";
    sticky = STICKY "sticky";
    unicode = UNICODE "unicode";
    unicode_sets = UNICODE_SETS "unicodeSets";
}

/// The letters in the order in which `flags` lists them.
const LETTERS: [(A, u8); 8] = [
    (A::hasIndices, b'd'),
    (A::global, b'g'),
    (A::ignoreCase, b'i'),
    (A::multiline, b'm'),
    (A::dotAll, b's'),
    (A::unicode, b'u'),
    (A::unicodeSets, b'v'),
    (A::sticky, b'y'),
];

pub(super) fn flags(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.this.as_object() else {
        return Err(cx.throw_type_error(format_args!(
            "RegExp.prototype.flags getter called on non-object {}",
            cx.describe(args.this)
        )));
    };
    let mut text = [0; LETTERS.len()];
    let mut length = 0;
    for (atom, letter) in LETTERS {
        if to_boolean(object.get(cx, cx.key(atom))?) {
            text[length] = letter;
            length += 1;
        }
    }
    Ok(JSString::short(cx, StrView::Latin1(&text[..length])).into())
}

pub(super) fn source(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let Some(regexp) = args.this.to::<RegExpObject>() {
        let Some(source) = regexp.source.get().to::<JSString>() else {
            return Ok(cx.known_string(A::empty_group));
        };
        return match escape_source(cx.flatten(&source)?) {
            None => Ok(source.into()),
            Some(text) => Ok(cx.finish_string(text)?.into()),
        };
    }
    if args.this == Value::from(cx.intrinsic(Intrinsic::RegExpPrototype)) {
        return Ok(cx.known_string(A::empty_group));
    }
    Err(cx.throw_type_error("RegExp.prototype.source getter called on non-RegExp object"))
}

/// EscapeRegExpPattern (22.2.6.13.1): what stands between slashes in a literal with the same pattern. Nothing if the source
/// can stand there as it is.
fn escape_source(source: StrView<'_>) -> Option<StringBuilder> {
    if source.is_empty() {
        let mut text = StringBuilder::new();
        text.push_str("(?:)");
        return Some(text);
    }
    let special = |unit: u16| matches!(unit, 0x2f | 0xa | 0xd | 0x2028 | 0x2029);
    if !source.units().any(special) {
        return None;
    }
    let mut text = StringBuilder::with_capacity(source.len() + 8);
    let (mut escaped, mut in_class) = (false, false);
    for unit in source.units() {
        let terminator = match unit {
            0xa => "n",
            0xd => "r",
            0x2028 => "u2028",
            0x2029 => "u2029",
            _ => "",
        };
        if !terminator.is_empty() {
            // A backslash before a line terminator becomes that of its escape.
            if !escaped {
                text.push_latin1(b'\\');
            }
            text.push_str(terminator);
            escaped = false;
            continue;
        }
        if unit == 0x2f && !escaped && !in_class {
            text.push_latin1(b'\\');
        }
        text.push_unit(unit);
        if escaped {
            escaped = false;
            continue;
        }
        match unit {
            0x5c => escaped = true,
            0x5b => in_class = true,
            0x5d => in_class = false,
            _ => {}
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        match escape_source(StrView::Latin1(text.as_bytes())) {
            Some(text) => text.view().to_rust_string_lossy(),
            None => text.to_owned(),
        }
    }

    #[test]
    fn sources_can_stand_between_slashes() {
        assert_eq!(escaped("a/b"), r"a\/b");
        assert_eq!(escaped(r"a\/b"), r"a\/b");
        assert_eq!(escaped("[/]/"), r"[/]\/");
        assert_eq!(escaped("\n\\\n"), r"\n\n");
        assert_eq!(escaped(r"\\/"), r"\\\/");
        assert_eq!(escaped(""), "(?:)");
    }
}
