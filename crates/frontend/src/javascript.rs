//! Early errors of JavaScript where oxc's parser is more generous: it reads the members of classes as TypeScript's, with
//! modifiers and marks, and takes U+200B for white space.

use oxc_ast::ast::{
    ClassElement, Directive, Program, PropertyDefinitionType, RegExpLiteral, StringLiteral, TemplateElement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};

use crate::source::SourceText;
use crate::wording::{skip_trivia, unexpected_at};

/// What the text may not contain although oxc takes it: a message and its place.
pub(crate) struct Excess {
    pub(crate) message: String,
    pub(crate) span: Span,
}

const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// A zero width space (which is not white space since Unicode 4) outside of comments and literals.
pub(crate) fn zero_width_space<'a>(source: &SourceText, program: &Program<'a>) -> Option<Excess> {
    let text = source.text();
    if !text.contains(ZERO_WIDTH_SPACE) {
        return None;
    }
    let mut literals = Literals(program.comments.iter().map(|comment| comment.span).collect());
    literals.0.extend(program.hashbang.as_ref().map(|hashbang| hashbang.span));
    literals.visit_program(program);
    let outside = |&at: &u32| !literals.0.iter().any(|span| span.start <= at && at < span.end);
    let at = text.match_indices(ZERO_WIDTH_SPACE).map(|(at, _)| at as u32).find(outside)?;
    let span = Span::new(at, at + ZERO_WIDTH_SPACE.len_utf8() as u32);
    Some(Excess { message: crate::wording::INVALID_TOKEN.to_owned(), span })
}

/// The places of everything that may contain any character.
struct Literals(Vec<Span>);

impl<'a> Visit<'a> for Literals {
    fn visit_string_literal(&mut self, literal: &StringLiteral<'a>) {
        self.0.push(literal.span);
    }

    fn visit_template_element(&mut self, element: &TemplateElement<'a>) {
        self.0.push(element.span);
    }

    fn visit_reg_exp_literal(&mut self, literal: &RegExpLiteral<'a>) {
        self.0.push(literal.span);
    }

    fn visit_directive(&mut self, directive: &Directive<'a>) {
        self.0.push(directive.span);
        walk::walk_directive(self, directive);
    }
}

/// A modifier (`private x`) or mark (`x?`) of TypeScript at a class member.
pub(crate) fn class_member(text: &str, element: &ClassElement<'_>) -> Option<Excess> {
    let (span, key, decorators, marked) = match element {
        ClassElement::MethodDefinition(m) => (m.span, m.key.span(), &m.decorators, m.optional),
        ClassElement::PropertyDefinition(p) => {
            let marked =
                p.optional || p.definite || p.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition;
            (p.span, p.key.span(), &p.decorators, marked)
        }
        _ => return None,
    };
    let mut at = decorators.last().map_or(span.start, |decorator| decorator.span.end) as usize;
    loop {
        at = skip_trivia(text, at);
        if at >= key.start as usize {
            break;
        }
        let rest = &text[at..];
        let word = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        at += match &rest[..word] {
            "static" | "async" | "get" | "set" | "accessor" => word,
            "" if rest.starts_with(['*', '[']) => 1,
            // The modifier would be the name of a field; what follows it is wrong then.
            _ => {
                let (message, span) = unexpected_at(text, skip_trivia(text, at + word.max(1)));
                return Some(Excess { message, span });
            }
        };
    }
    if marked {
        let mut at = skip_trivia(text, key.end as usize);
        if text[at..].starts_with(']') {
            at = skip_trivia(text, at + 1);
        }
        let (message, span) = unexpected_at(text, at);
        return Some(Excess { message, span });
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::{Goal, Options, Program};

    fn outcome(text: &str) -> String {
        match Program::parse(text, Goal::Script, Options::default()) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn class_members_have_no_modifiers() {
        for (text, expected) in [
            ("class A { private x }", "Unexpected identifier 'x'"),
            ("class A { public m() {} }", "Unexpected identifier 'm'"),
            ("class A { static readonly x }", "Unexpected identifier 'x'"),
            ("class A { declare /* c */ static x }", "Unexpected strict mode reserved word"),
            ("class A { default x }", "Unexpected identifier 'x'"),
            ("class A { x? }", "Unexpected token '?'"),
            ("class A { ['m']?() {} }", "Unexpected token '?'"),
            ("class A { private; public\n readonly = 1; static declare() {} get override() {} }", "fine"),
            ("class A { static async *[1]() {} static static; static get; async; set = 2 }", "fine"),
        ] {
            assert_eq!(outcome(text), expected, "{text}");
        }
    }

    #[test]
    fn a_zero_width_space_is_no_white_space() {
        for text in ["a\u{200B}", "\u{200B}", "1 +\u{200B} 2", "`${\u{200B}1}`"] {
            assert_eq!(outcome(text), "Invalid or unexpected token", "{text:?}");
        }
        for text in
            ["'\u{200B}'", "`\u{200B}`", "/\u{200B}/", "// \u{200B}", "/*\u{200B}*/", "'use\u{200B}'; 1"]
        {
            assert_eq!(outcome(text), "fine", "{text:?}");
        }
    }
}
