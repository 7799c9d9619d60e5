//! From text to a checked tree: oxc's parser, oxc's early errors, and our additions and exceptions.
//!
//! How the goals map to oxc: eval code inside of functions is parsed as CommonJS, where oxc allows `new.target` (and
//! `return`, which scope analysis then rejects); strict eval code gets a hidden directive. What oxc's semantic stage
//! reports about `super` and private names is dropped when the code around the eval permits it. Errors that
//! oxc does not have come from scope analysis (see `scope::build`).
//!
//! oxc ends parsing at `f() = 1`, which sloppy code may contain (annex B: a ReferenceError at run time). The text is
//! then patched to `f().ᵡ = 1` with an invisible insertion and parsed again; the code generator recognizes the insertion.

use crate::error::{EarlyErrorKind, SyntaxError};
use crate::goal::{Goal, Language, Natives, Options};
use crate::javascript;
use crate::parameters::mark_long_lists;
use crate::scope::Analysis;
use crate::scope::resolve::{analyze, permitted_super};
use crate::source::SourceText;
use crate::stack;
use crate::wording::word;
use oxc_allocator::Allocator;
use oxc_ast::ast::Program as Tree;
use oxc_diagnostics::{OxcDiagnostic, Severity};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, SourceType};
use unspool_bytecode::ScopeFlags;

/// The name of the property that stands for an invalid assignment target (an identifier nobody writes by accident).
pub(crate) const INVALID_TARGET: &str = ".ᵡ";

const STRICT_PREFIX: &str = "'use strict';";

/// Makes the text that oxc gets: hidden strictness, and patches for sloppy call assignments.
pub(crate) fn prepare(mut source: SourceText, goal: &Goal) -> Result<SourceText, SyntaxError> {
    if goal.starts_strict() && !goal.is_module() {
        let at = if source.text().starts_with("#!") {
            source.text().find('\n').map_or(source.len(), |n| n + 1)
        } else {
            0
        };
        let unfinished = at > 0 && !source.text()[..at].ends_with('\n');
        let prefix = if unfinished { "\n'use strict';" } else { STRICT_PREFIX };
        source.insert(at as u32, prefix);
    }
    if source.len() >= u32::MAX as usize / 2 {
        return Err(too_large(&source));
    }
    Ok(source)
}

/// Whether a member expression is a call with [`INVALID_TARGET`] behind it.
pub(crate) fn is_invalid_target(source: &SourceText, s: &oxc_ast::ast::StaticMemberExpression<'_>) -> bool {
    s.property.name == INVALID_TARGET[1..] && source.is_inserted_at(s.object.span().end)
}

/// How many `f() = 1` a program may contain.
pub(crate) const MAX_PATCHES: usize = 64;

fn too_large(source: &SourceText) -> SyntaxError {
    let mut e = SyntaxError::new(source, "Program is too large", 0, 0);
    e.kind = EarlyErrorKind::Range;
    e
}

fn too_deep(source: &SourceText) -> SyntaxError {
    SyntaxError::new(source, "Program is too deeply nested", 0, 0)
}

fn source_type(goal: &Goal, options: Options) -> SourceType {
    let base = match options.language {
        Language::JavaScript => SourceType::script(),
        Language::TypeScript => SourceType::ts().with_standard(true).with_script(true),
    };
    match goal {
        Goal::Module => base.with_module(true),
        goal if goal.allows(ScopeFlags::ALLOWS_NEW_TARGET) => base.with_commonjs(true),
        _ => base,
    }
}

fn parse_options(goal: &Goal, options: Options) -> ParseOptions {
    ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: false,
        preserve_parens: true,
        allow_v8_intrinsics: *goal == Goal::SelfHosted || options.natives == Natives::Testing,
        enable_ident_hashes: true,
    }
}

/// Why a text was rejected, and where inserting [`INVALID_TARGET`] may help.
pub(crate) struct Failure {
    pub(crate) error: SyntaxError,
    pub(crate) patch: Option<u32>,
}

impl From<SyntaxError> for Failure {
    fn from(error: SyntaxError) -> Self {
        Failure { error, patch: None }
    }
}

/// The end of a call expression that is assigned to in code that may be sloppy, if that is what stopped the parser.
fn invalid_call_target(text: &str, error: &OxcDiagnostic, goal: &Goal) -> Option<u32> {
    let about_target = error.message == "Cannot assign to this expression"
        || error.message == "Invalid left-hand side in assignment";
    if !about_target || goal.is_module() {
        return None;
    }
    let label = error.labels.first()?;
    let (start, end) = (label.offset() as usize, label.offset() as usize + label.len() as usize);
    is_sloppy_call_assignment(text, text.get(start..end)?, end).then_some(end as u32)
}

fn is_sloppy_call_assignment(text: &str, target: &str, end: usize) -> bool {
    if !target.ends_with(')') || target.starts_with('(') || target.contains("=>") {
        return false;
    }
    // The target alone must be a call expression.
    let allocator = Allocator::default();
    let Ok(expression) = Parser::new(&allocator, target, SourceType::script()).parse_expression() else {
        return false;
    };
    let oxc_ast::ast::Expression::CallExpression(call) = &expression else { return false };
    if matches!(
        call.callee,
        oxc_ast::ast::Expression::Super(_) | oxc_ast::ast::Expression::ImportExpression(_)
    ) {
        return false;
    }
    let rest = text[end..].trim_start_matches(|c: char| c == ')' || c.is_whitespace());
    let logical = ["&&=", "||=", "??="].iter().any(|op| rest.starts_with(op));
    let destructured = rest.starts_with([',', ']', '}']);
    !logical && !destructured
}

/// Parses and checks prepared text and analyses its scopes.
pub(crate) fn parse<'a>(
    allocator: &'a Allocator,
    source: &'a SourceText,
    goal: &Goal,
    options: Options,
) -> Result<Analysis<'a>, Failure> {
    let text = source.text();
    stack::with_room_for(text, || parse_here(allocator, source, goal, options))
        .unwrap_or_else(|_| Err(too_deep(source).into()))
}

fn parse_here<'a>(
    allocator: &'a Allocator,
    source: &'a SourceText,
    goal: &Goal,
    options: Options,
) -> Result<Analysis<'a>, Failure> {
    let mut parsed = Parser::new(allocator, source.text(), source_type(goal, options))
        .with_options(parse_options(goal, options))
        .parse();
    if let Some(e) = parsed.diagnostics.errors().next() {
        let patch = if parsed.panicked { invalid_call_target(source.text(), e, goal) } else { None };
        return Err(Failure { error: from_diagnostic(source, e), patch });
    }
    if parsed.panicked {
        return Err(SyntaxError::new(source, "Invalid program", 0, 0).into());
    }
    if let Some(excess) = javascript::zero_width_space(source, &parsed.program) {
        return Err(SyntaxError::new(source, excess.message, excess.span.start, excess.span.end).into());
    }
    mark_long_lists(source.text(), &mut parsed.program);
    let tree: &'a Tree<'a> = allocator.alloc(parsed.program);
    let checked = SemanticBuilder::new_compiler().build(tree);
    let mut super_errors = Vec::new();
    for error in checked.diagnostics.into_vec() {
        if error.severity != Severity::Error {
            continue;
        }
        match eval_permits(&error, goal) {
            Permission::Denied => return Err(from_diagnostic(source, &error).into()),
            Permission::Granted => {}
            Permission::IfDirect => super_errors.push(error),
        }
    }
    if !super_errors.is_empty() {
        let permitted = permitted_super(tree);
        for error in &super_errors {
            let at = error.labels.first().map_or(0, |l| l.offset());
            if !permitted.contains(&at) {
                return Err(from_diagnostic(source, error).into());
            }
        }
    }
    analyze(allocator, tree, goal, source).map_err(|errors| {
        let first = errors.into_iter().next().map_or_else(
            || SyntaxError::new(source, "Invalid program", 0, 0),
            |e| SyntaxError::new(source, e.message, e.span.start, e.span.end),
        );
        first.into()
    })
}

enum Permission {
    Denied,
    Granted,
    /// Granted if no function other than arrows stands between.
    IfDirect,
}

fn eval_permits(error: &OxcDiagnostic, goal: &Goal) -> Permission {
    let Some(context) = goal.eval_context() else { return Permission::Denied };
    let message = &*error.message;
    if message.starts_with("'super' can only be referenced in members") {
        if context.flags.contains(ScopeFlags::ALLOWS_SUPER_PROPERTY) {
            return Permission::IfDirect;
        }
    } else if message.starts_with("Super calls are not permitted outside constructors") {
        if context.flags.contains(ScopeFlags::ALLOWS_SUPER_CALL) {
            return Permission::IfDirect;
        }
    } else if message.starts_with("Private identifier '#") || message.starts_with("Private field '#") {
        let name = message.split('#').nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or("");
        if context.has_private_name(name) {
            return Permission::Granted;
        }
    }
    Permission::Denied
}

fn from_diagnostic(source: &SourceText, error: &OxcDiagnostic) -> SyntaxError {
    // What exists twice is labelled at the earlier place first; the later one is the mistake.
    let twice = ["already been declared", "Multiple constructor", "A 'default' clause"];
    let label = if twice.iter().any(|text| error.message.contains(text)) {
        error.labels.iter().max_by_key(|l| l.offset())
    } else {
        error.labels.first()
    };
    let (start, end) = match label {
        Some(label) => (label.offset(), label.offset() + label.len()),
        None => (source.len() as u32, source.len() as u32),
    };
    let worded = word(source, error, start, end);
    SyntaxError::new(source, worded.message, worded.start, worded.end)
}
