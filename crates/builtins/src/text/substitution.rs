//! GetSubstitution (ECMA-262 22.1.3.19.1): replacement templates with `$&`, `$1`, `$<name>` and their kin.
//!
//! A template is parsed once into parts and then expanded per match. How `$12` reads depends on the number of captures, so
//! that is a parameter of parsing.

use unspool_runtime::Cx;
use unspool_runtime::completion::JsResult;
use unspool_values::string::{StrView, StringBuilder};

/// A piece of a template; ranges are positions in the template's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Literal(usize, usize),
    /// `$&`
    Matched,
    /// `` $` ``
    Before,
    /// `$'`
    After,
    /// `$1` … `$99`, numbered from 1
    Group(usize),
    /// `$<name>`: the range of the name
    Named(usize, usize),
}

/// A parsed template.
#[derive(Clone, Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

/// Where a match was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    /// The whole string.
    pub subject: StrView<'a>,
    /// The matched text, which a subclass of RegExp may have made up.
    pub matched: StrView<'a>,
    /// Where it begins.
    pub position: usize,
}

/// The captures of a match.
pub(super) trait Captures {
    /// Appends capture `group` (from 1); nothing if it did not take part.
    fn append_group(&self, cx: Cx<'_>, out: &mut StringBuilder, group: usize) -> JsResult<()>;
    /// Appends the named capture; nothing if there is none.
    fn append_named(&self, cx: Cx<'_>, out: &mut StringBuilder, name: StrView<'_>) -> JsResult<()>;
}

/// The match of a plain string.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoCaptures;

impl Captures for NoCaptures {
    fn append_group(&self, _: Cx<'_>, _: &mut StringBuilder, _: usize) -> JsResult<()> {
        Ok(())
    }

    fn append_named(&self, _: Cx<'_>, _: &mut StringBuilder, _: StrView<'_>) -> JsResult<()> {
        Ok(())
    }
}

impl Template {
    /// Parses `text` for matches with `groups` captures; `$<` is special only if there are named ones.
    pub(super) fn parse(text: StrView<'_>, groups: usize, has_names: bool) -> Template {
        let mut parts = Vec::new();
        let mut literal = 0;
        let mut at = 0;
        while let Some(dollar) = text.find_unit(u16::from(b'$'), at) {
            match special(text, dollar, groups, has_names) {
                Some((part, end)) => {
                    if literal < dollar {
                        parts.push(Part::Literal(literal, dollar));
                    }
                    if let Some(part) = part {
                        parts.push(part);
                    }
                    (literal, at) = (end, end);
                    if part.is_none() {
                        // `$$`: its second half begins the next literal.
                        literal = end - 1;
                    }
                }
                None => at = dollar + 1,
            }
        }
        if literal < text.len() {
            parts.push(Part::Literal(literal, text.len()));
        }
        Template { parts }
    }

    /// Appends the replacement for one match. `text` is what was parsed.
    pub(super) fn expand(
        &self,
        cx: Cx<'_>,
        out: &mut StringBuilder,
        text: StrView<'_>,
        site: Site<'_>,
        captures: &impl Captures,
    ) -> JsResult<()> {
        for part in &self.parts {
            match *part {
                Part::Literal(from, to) => out.push_view(text.slice(from, to)),
                Part::Matched => out.push_view(site.matched),
                Part::Before => out.push_view(site.subject.slice(0, site.position)),
                Part::After => {
                    let end = (site.position + site.matched.len()).min(site.subject.len());
                    out.push_view(site.subject.slice(end, site.subject.len()));
                }
                Part::Group(group) => captures.append_group(cx, out, group)?,
                Part::Named(from, to) => captures.append_named(cx, out, text.slice(from, to))?,
            }
        }
        Ok(())
    }
}

/// The part that begins with the dollar sign at `dollar`, and where it ends; no part for `$$`, nothing if the sign is
/// literal.
fn special(
    text: StrView<'_>,
    dollar: usize,
    groups: usize,
    has_names: bool,
) -> Option<(Option<Part>, usize)> {
    let next = u8::try_from(text.get(dollar + 1)?).ok()?;
    let two = dollar + 2;
    match next {
        b'$' => Some((None, two)),
        b'&' => Some((Some(Part::Matched), two)),
        b'`' => Some((Some(Part::Before), two)),
        b'\'' => Some((Some(Part::After), two)),
        b'0'..=b'9' => {
            let first = usize::from(next - b'0');
            if let Some(second) =
                text.get(two).and_then(|c| char::from_u32(u32::from(c))).and_then(|c| c.to_digit(10))
            {
                let group = first * 10 + second as usize;
                if (1..=groups).contains(&group) {
                    return Some((Some(Part::Group(group)), two + 1));
                }
                if group <= groups {
                    // `$00`: two digits that name no group are literal.
                    return None;
                }
            }
            (1..=groups).contains(&first).then_some((Some(Part::Group(first)), two))
        }
        b'<' if has_names => {
            let close = text.find_unit(u16::from(b'>'), two)?;
            Some((Some(Part::Named(two, close)), close + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, groups: usize, has_names: bool) -> Vec<Part> {
        Template::parse(StrView::ascii(text), groups, has_names).parts
    }

    #[test]
    fn plain_text_is_one_literal() {
        assert_eq!(parse("abc", 0, false), [Part::Literal(0, 3)]);
        assert_eq!(parse("", 0, false), []);
        assert_eq!(parse("a$", 3, true), [Part::Literal(0, 2)]);
    }

    #[test]
    fn digits_take_two_places_if_such_a_group_exists() {
        assert_eq!(parse("$12", 12, false), [Part::Group(12)]);
        assert_eq!(parse("$12", 3, false), [Part::Group(1), Part::Literal(2, 3)]);
        assert_eq!(parse("$01", 3, false), [Part::Group(1)]);
        assert_eq!(parse("$00", 3, false), [Part::Literal(0, 3)]);
        assert_eq!(parse("$0", 3, false), [Part::Literal(0, 2)]);
        assert_eq!(parse("$4", 3, false), [Part::Literal(0, 2)]);
    }

    #[test]
    fn dollars_escape_themselves() {
        assert_eq!(parse("a$$b", 0, false), [Part::Literal(0, 1), Part::Literal(2, 4)]);
        assert_eq!(parse("$$", 0, false), [Part::Literal(1, 2)]);
        assert_eq!(parse("$$1", 1, false), [Part::Literal(1, 3)]);
    }

    #[test]
    fn names_need_named_groups_and_a_closing_bracket() {
        assert_eq!(parse("$<ab>", 1, true), [Part::Named(2, 4)]);
        assert_eq!(parse("$<ab>", 1, false), [Part::Literal(0, 5)]);
        assert_eq!(parse("$<ab", 1, true), [Part::Literal(0, 4)]);
    }
}
