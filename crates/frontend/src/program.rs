//! A parsed program that stays alive for lazy compilation.
//!
//! [`Program`] owns the text, the arena and, borrowing from both, the tree with its scope analysis (`self_cell` ties them together
//! safely). It is `!Send`, because oxc's arena vectors are: keep it with the isolate, or drop it and parse again on the other side.
//! Function keys are positions in a deterministic walk, so they stay valid across a re-parse of the same text under the
//! same goal and options.

use crate::codegen;
use crate::error::SyntaxError;
use crate::goal::{Eagerness, Goal, Options};
use crate::parse::{self, Failure};
use crate::scope::{Analysis, FunctionId};
use crate::source::SourceText;
use oxc_allocator::Allocator;
use std::sync::Arc;
use unspool_bytecode::{CodeBlock, FunctionInfo};

/// Names a function of a program: [`unspool_bytecode::FunctionInfo::key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionKey(pub u32);

struct Owner {
    allocator: Allocator,
    source: Arc<SourceText>,
}

type Analyzed<'a> = Analysis<'a>;

self_cell::self_cell!(
    struct Cell {
        owner: Owner,
        #[covariant]
        dependent: Analyzed,
    }
);

/// A program that passed all early errors, ready to be compiled function by function.
pub struct Program {
    cell: Cell,
    goal: Goal,
    options: Options,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("goal", &self.goal)
            .field("bytes", &self.memory())
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Parses and checks `source`.
    pub fn parse(
        source: impl Into<SourceText>,
        goal: Goal,
        options: Options,
    ) -> Result<Program, SyntaxError> {
        let mut source = parse::prepare(source.into(), &goal)?;
        let mut patches = 0;
        loop {
            let shared = Arc::new(source);
            match Self::parse_prepared(&shared, &goal, options) {
                Ok(cell) => return Ok(Program { cell, goal, options }),
                Err(Failure { patch: Some(at), .. }) if patches < parse::MAX_PATCHES => {
                    patches += 1;
                    source = Arc::unwrap_or_clone(shared);
                    source.insert(at, parse::INVALID_TARGET);
                }
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// Parses again a text that [`Program::source`] gave, under the same goal and options: all keys stay valid.
    pub fn reparse(source: &Arc<SourceText>, goal: Goal, options: Options) -> Result<Program, SyntaxError> {
        match Self::parse_prepared(source, &goal, options) {
            Ok(cell) => Ok(Program { cell, goal, options }),
            Err(failure) => Err(failure.error),
        }
    }

    fn parse_prepared(source: &Arc<SourceText>, goal: &Goal, options: Options) -> Result<Cell, Failure> {
        let owner = Owner { allocator: Allocator::default(), source: Arc::clone(source) };
        Cell::try_new(owner, |owner| parse::parse(&owner.allocator, &owner.source, goal, options))
    }

    /// The text to which all spans and positions refer. Keep it to re-parse and for `toString`.
    #[must_use]
    pub fn source(&self) -> &Arc<SourceText> {
        &self.cell.borrow_owner().source
    }

    pub(crate) fn analysis(&self) -> &Analysis<'_> {
        self.cell.borrow_dependent()
    }

    /// What it was parsed as.
    #[must_use]
    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    /// How it was parsed.
    #[must_use]
    pub fn options(&self) -> Options {
        self.options
    }

    /// Bytes held: arena, analysis and text, approximately.
    #[must_use]
    pub fn memory(&self) -> usize {
        let analysis = self.cell.borrow_dependent();
        self.cell.borrow_owner().allocator.capacity()
            + self.cell.borrow_owner().source.len()
            + analysis.memory()
    }

    /// Compiles the main code.
    pub fn compile_main(&self) -> Result<CodeBlock, SyntaxError> {
        self.compile(FunctionKey(0), None, self.options.eagerness)
    }

    /// Compiles the function that closures with this `info` run, with the inner functions that are called where they stand. The
    /// code block refers to the same `info`.
    ///
    /// # Panics
    /// If the key in `info` is not one of this program.
    pub fn compile_function(&self, info: &Arc<FunctionInfo>) -> Result<CodeBlock, SyntaxError> {
        self.compile(FunctionKey(info.key), Some(Arc::clone(info)), self.options.eagerness)
    }

    /// Compiles the main code and every function in it.
    pub fn compile_all(&self) -> Result<CodeBlock, SyntaxError> {
        self.compile(FunctionKey(0), None, Eagerness::Eager)
    }

    fn compile(
        &self,
        key: FunctionKey,
        info: Option<Arc<FunctionInfo>>,
        eagerness: Eagerness,
    ) -> Result<CodeBlock, SyntaxError> {
        let analysis = self.cell.borrow_dependent();
        assert!((key.0 as usize) < analysis.functions.len(), "no function has this key");
        let unit =
            codegen::Unit { analysis, source: self.source(), goal: &self.goal, eagerness, eager_depth: 0 };
        codegen::compile(unit, FunctionId(key.0), info)
    }

    /// The scopes and variables as text, for tests and people.
    #[must_use]
    pub fn dump_scopes(&self) -> String {
        self.cell.borrow_dependent().dump()
    }
}
