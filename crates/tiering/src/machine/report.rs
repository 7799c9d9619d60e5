//! What an isolate's compiler says at the end of a run, where a flag asks for it: the list of exits (`--list-deopt-sites`),
//! statistics (`--exit-stats`), and that an exit was to be forced and was not (`--deopt-force`).

use std::fmt::Write as _;

use unspool_runtime::Cx;
use unspool_runtime::config::ForcedExits;

use super::code::Compiler;

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

/// Why the one exit that was to be forced was not.
pub fn warning(cx: Cx<'_>) -> Option<String> {
    let ForcedExits::Site { name, nth } = &cx.config.forced_exits else { return None };
    if let Some(compiler) = Compiler::existing(cx.isolate()) {
        if compiler.counters().forced > 0 {
            return None;
        }
        if compiler.inspection.forced_site_exists.get() {
            return Some(match name.contains(":exception#") {
                true => format!("the exit {name} was not forced: exits of exceptions cannot be"),
                false => format!("the exit {name} was not forced: it was passed fewer than {nth} times"),
            });
        }
    }
    Some(format!("no exit was forced: no code has one with the name {name}"))
}

/// Waits for what the compile thread is at, so that nothing is kept alive for it.
pub fn settle(cx: Cx<'_>) {
    super::pipeline::wait_for_jobs(cx);
}
