//! The HTML methods of Annex B (B.2.2): `anchor`, `big`, `bold` and so on, from one table. Only quotes are escaped, as
//! CreateHTML has it.

use unspool_runtime::Cx;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::native::Arguments;
use unspool_values::Value;
use unspool_values::string::StringBuilder;

use super::{push_string, this_string};

/// CreateHTML (B.2.2.2.1)
fn create_html(cx: Cx<'_>, args: Arguments<'_>, method: &str, tag: &str, attribute: &str) -> JsResult<Value> {
    let string = this_string(cx, args.this, method)?;
    let mut text = StringBuilder::new();
    text.push_latin1(b'<');
    text.push_str(tag);
    if !attribute.is_empty() {
        let value = to_string(cx, args.get(0))?;
        text.push_latin1(b' ');
        text.push_str(attribute);
        text.push_str("=\"");
        for unit in cx.flatten(&value)?.units() {
            if unit == u16::from(b'"') {
                text.push_str("&quot;");
            } else {
                text.push_unit(unit);
            }
        }
        text.push_latin1(b'"');
    }
    text.push_latin1(b'>');
    push_string(cx, &mut text, string)?;
    text.push_str("</");
    text.push_str(tag);
    text.push_latin1(b'>');
    Ok(cx.finish_string(text)?.into())
}

macro_rules! html_methods {
    ($($name:ident: $tag:literal $attribute:literal,)*) => { $(
        pub(super) fn $name(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            create_html(cx, args, stringify!($name), $tag, $attribute)
        }
    )* };
}

html_methods! {
    anchor: "a" "name",
    big: "big" "",
    blink: "blink" "",
    bold: "b" "",
    fixed: "tt" "",
    fontcolor: "font" "color",
    fontsize: "font" "size",
    italics: "i" "",
    link: "a" "href",
    small: "small" "",
    strike: "strike" "",
    sub: "sub" "",
    sup: "sup" "",
}
