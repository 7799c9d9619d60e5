//! Long parameter lists in linear time.
//!
//! oxc's semantic stage asks at every parameter of a sloppy function whether the whole list is simple (and may repeat names
//! therefore), so that its time is quadratic in the parameters. It does not ask where the list is one that forbids
//! repetitions anyway: a long simple list without repetitions is given out as such a list, which changes nothing else.

use oxc_ast::ast::{FormalParameterKind, FormalParameters, Program};
use oxc_ast_visit::{VisitMut, walk_mut};
use rustc_hash::FxHashSet;

/// Shorter lists are left alone.
const LONG: usize = 1000;

/// Marks the long lists of a program; `text` is its source, for a quick look whether there can be any.
pub(crate) fn mark_long_lists<'a>(text: &str, program: &mut Program<'a>) {
    if may_have_long_list(text) {
        Marker.visit_program(program);
    }
}

struct Marker;

impl<'a> VisitMut<'a> for Marker {
    fn visit_formal_parameters(&mut self, list: &mut FormalParameters<'a>) {
        if list.kind == FormalParameterKind::FormalParameter && is_long_and_unique(list) {
            list.kind = FormalParameterKind::UniqueFormalParameters;
        }
        walk_mut::walk_formal_parameters(self, list);
    }
}

fn is_long_and_unique(list: &FormalParameters<'_>) -> bool {
    if list.items.len() < LONG || list.rest.is_some() {
        return false;
    }
    let mut seen = FxHashSet::default();
    list.items.iter().all(|item| {
        item.initializer.is_none()
            && item.pattern.get_identifier_name().is_some_and(|name| seen.insert(name.as_str()))
    })
}

/// Is there a run of names, commas, white space and comment marks with as many commas?
fn may_have_long_list(text: &str) -> bool {
    if text.len() < 2 * LONG {
        return false;
    }
    let mut commas = 0;
    for &byte in text.as_bytes() {
        match byte {
            b',' => {
                commas += 1;
                if commas >= LONG {
                    return true;
                }
            }
            b'_' | b'$' | b'\\' | b'/' | b'*' | 0x80.. => {}
            byte if byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() => {}
            _ => commas = 0,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use oxc_allocator::Allocator;
    use oxc_ast::ast::Statement;
    use oxc_parser::Parser;
    use oxc_span::SourceType;

    fn kind_of(parameters: &str) -> FormalParameterKind {
        let allocator = Allocator::default();
        let text = format!("function f({parameters}) {{}}");
        let mut program = Parser::new(&allocator, &text, SourceType::script()).parse().program;
        mark_long_lists(&text, &mut program);
        let Some(Statement::FunctionDeclaration(f)) = program.body.first() else { panic!("{text}") };
        f.params.kind
    }

    #[test]
    fn only_long_simple_lists_without_repetitions_are_marked() {
        let long: String = (0..LONG + 1).map(|i| format!("a{i}, /* one */")).collect();
        assert_eq!(kind_of(&long), FormalParameterKind::UniqueFormalParameters);
        assert_eq!(kind_of("a, b"), FormalParameterKind::FormalParameter);
        for other in ["a7", "b = 1", "{b}", "...b"] {
            assert_eq!(kind_of(&(long.clone() + other)), FormalParameterKind::FormalParameter, "{other}");
        }
    }
}
