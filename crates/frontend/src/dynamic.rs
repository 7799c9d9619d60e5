//! The text that `Function`, `GeneratorFunction`, `AsyncFunction` and `AsyncGeneratorFunction` compile.
//!
//! CreateDynamicFunction wants parameters and body to be well-formed each by itself, so that neither can close the other. Both are
//! parsed alone first, wrapped so that the whole text must be exactly one function.

use crate::error::SyntaxError;
use crate::goal::{Goal, Options};
use crate::program::Program;
use crate::source::SourceText;
use crate::stack;
use oxc_allocator::Allocator;
use oxc_ast::ast::Statement;
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType};

/// Which constructor was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicFunctionKind {
    /// `Function`.
    Normal,
    /// `GeneratorFunction`.
    Generator,
    /// `AsyncFunction`.
    Async,
    /// `AsyncGeneratorFunction`.
    AsyncGenerator,
}

impl DynamicFunctionKind {
    fn prefix(self) -> &'static str {
        match self {
            DynamicFunctionKind::Normal => "function",
            DynamicFunctionKind::Generator => "function*",
            DynamicFunctionKind::Async => "async function",
            DynamicFunctionKind::AsyncGenerator => "async function*",
        }
    }
}

/// Assembles the text of a dynamic function from its parameters (already joined with commas) and its body, and checks
/// that each is well-formed alone. Parse the result with [`Goal::DynamicFunction`].
pub fn dynamic_function_source(
    kind: DynamicFunctionKind,
    parameters: &[u16],
    body: &[u16],
) -> Result<SourceText, SyntaxError> {
    let assemble = |parameters: &[u16], body: &[u16]| {
        let mut units: Vec<u16> = kind.prefix().encode_utf16().collect();
        units.extend(" anonymous(".encode_utf16());
        units.extend_from_slice(parameters);
        units.extend("\n) {\n".encode_utf16());
        units.extend_from_slice(body);
        units.extend("\n}".encode_utf16());
        SourceText::from_utf16(&units)
    };
    check_one_function(&assemble(&[], body))?;
    check_one_function(&assemble(parameters, &[]))?;
    let whole = assemble(parameters, body);
    Ok(whole)
}

/// The text must be one function from its first to its last byte. Early errors beyond the grammar show up when the whole is
/// parsed, in the same context.
fn check_one_function(source: &SourceText) -> Result<(), SyntaxError> {
    enum Shape {
        OneFunction,
        Other,
        Rejected,
    }
    let text = source.text();
    let shape = stack::with_room_for(text, || {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, SourceType::script()).parse();
        if parsed.panicked || parsed.diagnostics.has_errors() {
            return Shape::Rejected;
        }
        match (&parsed.program.directives[..], &parsed.program.body[..]) {
            ([], [Statement::FunctionDeclaration(f)])
                if f.span().start == 0 && f.span().end as usize == text.len() =>
            {
                Shape::OneFunction
            }
            _ => Shape::Other,
        }
    });
    match shape {
        Ok(Shape::OneFunction) => Ok(()),
        // For the message and its place; sloppy `f() = 1` is fine after all.
        Ok(Shape::Rejected) => {
            Program::parse(source.clone(), Goal::DynamicFunction, Options::default()).map(|_| ())
        }
        Ok(Shape::Other) => Err(SyntaxError::new(source, "Parameters or body end the function", 0, 0)),
        Err(_) => Err(SyntaxError::new(source, "Function is too deeply nested", 0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(parameters: &str, body: &str) -> Result<String, String> {
        let units = |s: &str| s.encode_utf16().collect::<Vec<_>>();
        dynamic_function_source(DynamicFunctionKind::Normal, &units(parameters), &units(body))
            .map(|s| s.text().to_owned())
            .map_err(|e| e.message)
    }

    #[test]
    fn parameters_and_body_stand_alone() {
        assert_eq!(make("a, b", "return a").unwrap(), "function anonymous(a, b\n) {\nreturn a\n}");
        assert!(make("a) {}, function(", "").is_err());
        assert!(make("/*", "*/){").is_err());
        assert!(make("", "}), (function(){").is_err());
        assert!(make("", "} function x() {").is_err());
        assert!(make("a //", "return a").is_ok());
        assert!(make("", "-->").is_ok());
        assert!(make("", "f() = 1").is_ok());
        assert!(make("", "return +").is_err());
    }
}
