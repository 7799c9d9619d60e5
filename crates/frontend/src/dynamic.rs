//! The text that `Function`, `GeneratorFunction`, `AsyncFunction` and `AsyncGeneratorFunction` compile.
//!
//! CreateDynamicFunction wants parameters and body to be well-formed each by itself, so that neither can close the other. Both are
//! parsed alone first, wrapped so that the whole text must be exactly one function.

use crate::error::SyntaxError;
use crate::goal::{Goal, Options};
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

fn check_one_function(source: &SourceText) -> Result<(), SyntaxError> {
    let text = source.text();
    let checked = stack::with_room_for(text, || {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, SourceType::script()).parse();
        if parsed.panicked {
            // The full parse of the whole text reports the error with its place; `f() = 1` may still be patched there.
            return true;
        }

        parsed.program.body.len() == 1
            && parsed.program.directives.is_empty()
            && matches!(&parsed.program.body[0], Statement::FunctionDeclaration(f)
                if f.span().end as usize == text.len() && f.span().start == 0)
    });
    match checked {
        Ok(true) => {
            crate::program::Program::parse(source.clone(), Goal::DynamicFunction, Options::default())?;
            Ok(())
        }
        _ => Err(SyntaxError::new(source, "Parameters or body end the function", 0, 0)),
    }
}
