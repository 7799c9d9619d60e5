//! What a text is parsed as, and what eval code must know about the place it stands in.
//!
//! A *goal* in the grammar's sense is Script or Module; there are more here, since eval code, `Function(…)` texts and
//! self-hosted code parse as scripts but declare, resolve and allow different things. A direct eval brings along an
//! [`EvalContext`]: the scopes around it, as descriptions without values, so that its names are resolved at compile time
//! like any others.

use std::sync::Arc;
use unspool_bytecode::{ModuleInfo, ScopeFlags, ScopeInfo, VariableMode};

/// The goal symbol, with what the specification's early errors and scope rules depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A script.
    Script,
    /// A module.
    Module,
    /// The argument of a direct eval.
    DirectEval(Arc<EvalContext>),
    /// The argument of an indirect eval.
    IndirectEval,
    /// The text that the `Function` constructors assemble; see [`crate::dynamic_function_source`]. The main code gives
    /// the closure.
    DynamicFunction,
    /// A self-hosted builtin: a strict script in which `%Name(…)` calls an intrinsic.
    SelfHosted,
}

/// The surroundings of a direct eval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalContext {
    /// The flags of the `Scope` operand of `CallDirectEval`: strictness and what the place allows.
    pub flags: ScopeFlags,
    /// The scopes of the current context and of all contexts around it, innermost first; the realm's script scope is
    /// not among them.
    pub chain: Vec<Arc<ScopeInfo>>,
    /// The module around it, whose bindings in cells are in reach.
    pub module: Option<Arc<ModuleInfo>>,
}

impl EvalContext {
    /// Whether a private name is declared by a class around the eval.
    pub(crate) fn has_private_name(&self, name: &str) -> bool {
        self.chain.iter().flat_map(|s| &s.slots).any(|slot| {
            matches!(
                slot.mode,
                VariableMode::PrivateField | VariableMode::PrivateMethod | VariableMode::PrivateAccessor
            ) && slot.name.to_string_lossy().strip_prefix('#') == Some(name)
        })
    }

    /// Whether `super` in the eval means the superclass's constructor side.
    pub(crate) fn is_static(&self) -> bool {
        self.flags.contains(ScopeFlags::STATIC)
    }
}

impl Goal {
    pub(crate) fn eval_context(&self) -> Option<&EvalContext> {
        match self {
            Goal::DirectEval(context) => Some(context),
            _ => None,
        }
    }

    pub(crate) fn is_module(&self) -> bool {
        *self == Goal::Module
    }

    /// Strict from outside, before any directive.
    pub(crate) fn starts_strict(&self) -> bool {
        match self {
            Goal::Module | Goal::SelfHosted => true,
            Goal::DirectEval(context) => context.flags.contains(ScopeFlags::STRICT),
            _ => false,
        }
    }

    pub(crate) fn allows(&self, flag: ScopeFlags) -> bool {
        self.eval_context().is_some_and(|c| c.flags.contains(flag))
    }
}

/// What else parsing depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The language of the text.
    pub language: Language,
    /// Which `%Name(…)` calls are allowed.
    pub natives: Natives,
    /// When inner functions are compiled.
    pub eagerness: Eagerness,
}

/// The language of a source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// JavaScript.
    #[default]
    JavaScript,
    /// TypeScript: types are erased; enums and namespaces are errors.
    TypeScript,
}

/// Whether `%Name(…)` is syntax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Natives {
    /// It is a syntax error.
    #[default]
    Forbidden,
    /// V8's natives, for tests.
    Testing,
}

/// When inner functions are compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Eagerness {
    /// On their first call; those that are called where they stand, with their outer function.
    #[default]
    Lazy,
    /// With their outer function.
    Eager,
}
