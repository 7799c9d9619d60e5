//! What an isolate's compiler says at the end of a run, where a flag asks for it: the list of exits (`--list-deopt-sites`) and
//! statistics (`--exit-stats`). Whether the exit of `--deopt-force` was forced is put into words by [`forced`](crate::forced).

use std::fmt::Write as _;

use unspool_runtime::Cx;

use super::code::Compiler;
use crate::forced::NamedExit;

/// The texts that the isolate's configuration asks for, a line end after each line.
pub fn end_of_run(cx: Cx<'_>) -> String {
    let mut text = String::new();
    let compiler = Compiler::existing(cx.isolate());
    if cx.config.list_deopt_sites {
        for site in compiler.map(|compiler| compiler.listed_sites()).into_iter().flatten() {
            let _ = writeln!(text, "{site}");
        }
    }
    if cx.config.exit_stats {
        text.push_str(&super::inspect::statistics::text(compiler));
    }
    text
}

/// What became of the one exit that is to be forced by its name.
pub(crate) fn named_exit(cx: Cx<'_>) -> NamedExit {
    match Compiler::existing(cx.isolate()) {
        Some(compiler) if compiler.counters().forced > 0 => NamedExit::Forced,
        Some(compiler) if compiler.inspection.forced_site_exists.get() => NamedExit::Left,
        _ => NamedExit::Missing,
    }
}

/// Waits for what the compile thread is at, so that nothing is kept alive for it.
pub fn settle(cx: Cx<'_>) {
    super::pipeline::wait_for_jobs(cx);
}
