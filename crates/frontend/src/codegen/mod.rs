//! Code generation.
use crate::error::SyntaxError;
use crate::goal::{Eagerness, Goal};
use crate::scope::{Analysis, FunctionId};
use crate::source::SourceText;
use unspool_bytecode::CodeBlock;
pub(crate) struct Unit<'u, 'a> {
    pub(crate) analysis: &'u Analysis<'a>,
    pub(crate) source: &'u SourceText,
    pub(crate) goal: &'u Goal,
    pub(crate) eagerness: Eagerness,
}
pub(crate) fn compile(unit: &Unit<'_, '_>, _id: FunctionId) -> Result<CodeBlock, SyntaxError> {
    Err(SyntaxError::new(unit.source, "code generation has not landed", 0, 0))
}
