//! The lines of `--trace-opt` and `--trace-deopt`, in V8's form. The host prints them.

use std::fmt;
use std::time::Duration;

use unspool_deopt::{DeoptKind, SiteId, SiteReason, Trace};
use unspool_runtime::Cx;
use unspool_values::Value;

use super::template_of;
use crate::code::CodeObject;

/// Hands the lines of a verbose trace to the host.
pub(super) struct Lines<'a>(Cx<'a>);

impl<'a> Lines<'a> {
    pub(super) fn new(cx: Cx<'a>) -> Lines<'a> {
        Lines(cx)
    }
}

impl Trace for Lines<'_> {
    const ENABLED: bool = true;
    fn line(&mut self, line: fmt::Arguments<'_>) {
        self.0.host.borrow().optimizer_event(&line.to_string());
    }
}

/// The name of a function for traces.
pub(crate) fn function_text(cx: Cx<'_>, name: Value) -> String {
    let name = name.to().map_or(String::new(), |name| cx.rust_string(name));
    format!("<JSFunction {}>", if name.is_empty() { "(anonymous)" } else { &name })
}

/// What made an exit happen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The reason of its site.
    Real,
    /// A flag.
    Forced,
}

/// One exit.
pub(super) fn bailout(
    cx: Cx<'_>,
    code: &CodeObject,
    id: SiteId,
    reason: SiteReason,
    throws: bool,
    cause: Cause,
    frames: u32,
    took: Duration,
) {
    let kind = reason.kind();
    let why = match reason {
        _ if cause == Cause::Forced => {
            format!("{} ({reason})", unspool_deopt::DeoptReason::StressDeopt.text())
        }
        SiteReason::Eager(reason) => reason.text().to_string(),
        SiteReason::Lazy if throws => unspool_deopt::LazyReason::ExceptionCaught.text().to_string(),
        SiteReason::Lazy => match code.invalidation.get() {
            Some(reason) => reason.text().to_string(),
            None => "forced".to_string(),
        },
    };
    let places = code.data.origin(id);
    let Some(innermost) = places.first() else { return };
    // SAFETY: the code is active.
    let name = function_text(cx, unsafe { code.template() }.name.get());
    let mut place = String::new();
    for position in &places {
        if let Some(template) = template_of(code, position.code) {
            let text = template.script.data().position_text(template.source_offset(position.offset));
            place = if place.is_empty() { text } else { format!("{place} inlined at {text}") };
        }
    }
    let mut actual = String::new();
    if kind == DeoptKind::Eager && why == "wrong map" {
        // SAFETY: the stub of a shape guard stored the value, which the frames rebuilt from it keep alive.
        let value = cx.hot.exit_value.replace(0);
        if value != 0 {
            // SAFETY: as above.
            actual = format!(", value {}", cx.describe(unsafe { Value::from_bits(value) }));
        }
    }
    let host = cx.host.borrow();
    host.optimizer_event(&format!(
        "[bailout (kind: {kind}, reason: {why}): begin. deoptimizing {:#x} {name}, opt id {}, bytecode offset {}, deopt exit {}, frames {frames}, at {place}{actual}]",
        code.start, code.id, innermost.offset, id.0
    ));
    host.optimizer_event(&format!("[bailout end. took {:.3} ms]", took.as_secs_f64() * 1e3));
}

/// Code is invalidated because a dependency broke; `what` says which.
pub(crate) fn dependency(cx: Cx<'_>, code: &CodeObject, reason: unspool_deopt::LazyReason, what: &str) {
    // SAFETY: the code was valid until now, so its template is alive.
    let name = function_text(cx, unsafe { code.template() }.name.get());
    let what = if what.is_empty() { String::new() } else { format!(": {what}") };
    cx.host.borrow().optimizer_event(&format!(
        "[marking dependent code {:#x} {name} (opt id {}) for deoptimization, reason: {reason}{what}]",
        code.start, code.id
    ));
}
