//! Counts of exits by reason, of code and of what it needs beside the instructions (`--exit-stats`).
//!
//! Counting is always on: it is one addition in an exit, an invalidation or an installation. What the report shows beside these is in the compiler's own counters.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;

use unspool_deopt::exit_table::MetadataSize;
use unspool_deopt::{DeoptReason, LazyReason, Output};

use crate::machine::code::{CodeCounters, CodeObject, CompileError, Compiler};

/// Counters that only the report reads. Those of exits are by number of the reason.
#[derive(Debug)]
pub(crate) struct Statistics {
    eager: [Cell<u64>; DeoptReason::ALL.len()],
    lazy: [Cell<u64>; LazyReason::ALL.len()],
    invalidated: [Cell<u64>; LazyReason::ALL.len()],
    /// Code that was invalidated by an eager exit.
    lost: [Cell<u64>; DeoptReason::ALL.len()],
    frames: Cell<u64>,
    queued: Cell<u64>,
    failures: RefCell<BTreeMap<String, u64>>,
    code_bytes: Cell<usize>,
    metadata: Cell<MetadataSize>,
}

impl Default for Statistics {
    fn default() -> Statistics {
        Statistics {
            eager: [const { Cell::new(0) }; DeoptReason::ALL.len()],
            lazy: [const { Cell::new(0) }; LazyReason::ALL.len()],
            invalidated: [const { Cell::new(0) }; LazyReason::ALL.len()],
            lost: [const { Cell::new(0) }; DeoptReason::ALL.len()],
            frames: Cell::new(0),
            queued: Cell::new(0),
            failures: RefCell::default(),
            code_bytes: Cell::new(0),
            metadata: Cell::default(),
        }
    }
}

fn add(counter: &Cell<u64>, n: u64) {
    counter.set(counter.get() + n);
}

impl Statistics {
    /// An eager exit that was not forced.
    pub(crate) fn eager_exit(&self, reason: DeoptReason) {
        add(&self.eager[usize::from(reason.number())], 1);
    }
    /// A lazy exit that was not forced.
    pub(crate) fn lazy_exit(&self, reason: LazyReason) {
        add(&self.lazy[usize::from(reason.number())], 1);
    }
    /// What an exit rebuilt.
    pub(crate) fn rebuilt(&self, output: &Output) {
        add(&self.frames, u64::from(output.frames));
        add(&self.queued, output.queued as u64);
    }
    /// Code was invalidated.
    pub(crate) fn invalidated(&self, reason: LazyReason) {
        add(&self.invalidated[usize::from(reason.number())], 1);
    }
    /// Code was invalidated because of an eager exit.
    pub(crate) fn lost(&self, reason: DeoptReason) {
        add(&self.lost[usize::from(reason.number())], 1);
    }
    /// Code was installed.
    pub(crate) fn installed(&self, code: &CodeObject) {
        self.code_bytes.set(self.code_bytes.get() + code.size);
        let (mut total, new) = (self.metadata.get(), code.data.statistics());
        total.translation_bytes += new.translation_bytes;
        total.site_bytes += new.site_bytes;
        total.call_bytes += new.call_bytes;
        total.inlining_bytes += new.inlining_bytes;
        total.literal_bytes += new.literal_bytes;
        total.states += new.states;
        total.state_reason_pairs += new.state_reason_pairs;
        total.sites += new.sites;
        self.metadata.set(total);
    }
    /// A function could not be compiled.
    pub(crate) fn failed(&self, error: &CompileError) {
        let class = error.failure().text();
        let why = error.to_string();
        let why = why.lines().next().unwrap_or_default();
        let text = if why.starts_with(class) { why.to_owned() } else { format!("{class}: {why}") };
        *self.failures.borrow_mut().entry(text).or_insert(0) += 1;
    }
}

/// The report.
pub(crate) fn text(compiler: Option<&Compiler>) -> String {
    let mut out = String::from("[exit statistics]\n");
    let none = (CodeCounters::default(), Statistics::default());
    let (counters, statistics) = match compiler {
        Some(compiler) => (compiler.counters(), &compiler.inspection.statistics),
        None => (none.0, &none.1),
    };
    let mut line = |label: &str, value: String| {
        let _ = writeln!(out, "  {label:<54} {value:>12}");
    };
    line("code objects compiled", counters.compiled.to_string());
    line("code objects invalidated", counters.invalidated.to_string());
    for reason in DeoptReason::ALL {
        let count = statistics.lost[usize::from(reason.number())].get();
        if count > 0 {
            line(&format!("  {reason}"), count.to_string());
        }
    }
    for reason in LazyReason::ALL.iter().filter(|reason| **reason != LazyReason::EagerDeopt) {
        let count = statistics.invalidated[usize::from(reason.number())].get();
        if count > 0 {
            line(&format!("  {reason}"), count.to_string());
        }
    }
    let failures = statistics.failures.borrow();
    line("compilations that failed", failures.values().sum::<u64>().to_string());
    for (why, count) in failures.iter() {
        line(&format!("  {why}"), count.to_string());
    }
    let forced = counters.forced;
    line("eager exits", counters.eager.to_string());
    for reason in DeoptReason::ALL {
        let count = statistics.eager[usize::from(reason.number())].get();
        if count > 0 {
            line(&format!("  {reason}"), count.to_string());
        }
    }
    line("lazy exits", counters.lazy.to_string());
    for reason in LazyReason::ALL {
        let count = statistics.lazy[usize::from(reason.number())].get();
        if count > 0 {
            line(&format!("  {reason}"), count.to_string());
        }
    }
    line("of all exits: forced", forced.to_string());
    line("frames rebuilt", statistics.frames.get().to_string());
    line("values materialized", statistics.queued.get().to_string());
    line("bytes of machine code", statistics.code_bytes.get().to_string());
    let metadata = statistics.metadata.get();
    line("bytes of deopt metadata", metadata.total().to_string());
    line("  translations", metadata.translation_bytes.to_string());
    line("  sites", metadata.site_bytes.to_string());
    line("  calls", metadata.call_bytes.to_string());
    line("  inlined calls", metadata.inlining_bytes.to_string());
    line("  literals", metadata.literal_bytes.to_string());
    line("sites", metadata.sites.to_string());
    line("distinct (code, frame state, reason)", metadata.state_reason_pairs.to_string());
    line("bytes of deopt metadata for each of these", format!("{:.1}", metadata.bytes_per_exit()));
    out
}
