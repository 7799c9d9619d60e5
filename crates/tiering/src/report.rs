//! What an isolate's compiler says at the end of a run, where a flag asks for it: the list of exits (`--list-deopt-sites`), and
//! statistics (`--exit-stats`). Empty where there is no machine code.

use unspool_runtime::Cx;

/// The texts that the isolate's configuration asks for, a line end after each line.
pub fn end_of_run(cx: Cx<'_>) -> String {
    let mut text = String::new();
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    {
        use std::fmt::Write as _;
        let compiler = crate::code::Compiler::existing(cx.isolate());
        if cx.config.list_deopt_sites {
            for site in compiler.map(|compiler| compiler.listed_sites()).into_iter().flatten() {
                let _ = writeln!(text, "{site}");
            }
        }
        if cx.config.exit_stats {
            text.push_str(&crate::inspect::statistics::text(compiler));
        }
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    if cx.config.exit_stats {
        text.push_str("[exit statistics: there is no machine code on this machine]\n");
    }
    text
}
