//! What is said at the end of a run about the one exit that was to be forced by its name (`Config::forced_exits`): nothing if it was, otherwise why not.
//! How exits are named and forced is the machine's business (`machine::inspect`); where there is no machine code no exit has a name.

use unspool_runtime::Cx;
use unspool_runtime::config::ForcedExits;

use crate::machine::report::named_exit;

/// What became of the exit of that name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NamedExit {
    /// No code has it.
    Missing,
    /// Code has it, and it was not forced.
    Left,
    /// It was forced.
    Forced,
}

/// Why the exit was not forced; nothing if it was, or none was to be forced by name.
pub fn warning(cx: Cx<'_>) -> Option<String> {
    let ForcedExits::Site { name, nth } = &cx.config.forced_exits else { return None };
    match named_exit(cx) {
        NamedExit::Forced => None,
        NamedExit::Left if name.contains(":exception#") => {
            Some(format!("the exit {name} was not forced: exits of exceptions cannot be"))
        }
        NamedExit::Left => {
            Some(format!("the exit {name} was not forced: it was passed fewer than {nth} times"))
        }
        NamedExit::Missing => Some(format!("no exit was forced: no code has one with the name {name}")),
    }
}
