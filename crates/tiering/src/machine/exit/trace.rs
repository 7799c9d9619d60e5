//! The lines of `--trace-deopt`, in V8's form. The host prints them.
//!
//! Two things are not V8's: the place of the innermost frame with its inlining chain stands in the first line, and behind it stands what was
//! expected and what was found, as lists of properties, or the dependency that broke. No line says "(unknown)".

use std::fmt;
use std::time::Duration;

use unspool_deopt::{DeoptReason, SiteId, SiteReason, Trace};
use unspool_gc::Header;
use unspool_runtime::Cx;
use unspool_runtime::object::ValueExt as _;
use unspool_shapes::ShapeId;
use unspool_values::{CellKind, Value};

use super::template_of;
use crate::machine::code::CodeObject;
use crate::machine::inspect::shape_text;
use crate::machine::inspect::sites::Expected;

/// Collects the lines of a verbose trace: they stand behind the line that begins the bailout.
#[derive(Default)]
pub(super) struct Lines(Vec<String>);

impl Trace for Lines {
    const ENABLED: bool = true;
    fn line(&mut self, line: fmt::Arguments<'_>) {
        self.0.push(line.to_string());
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

/// An exit that was taken.
pub(super) struct Bailout<'a> {
    pub(super) code: &'a CodeObject,
    pub(super) site: SiteId,
    pub(super) reason: SiteReason,
    pub(super) cause: Cause,
    pub(super) throws: bool,
    pub(super) frames: u32,
    pub(super) took: Duration,
    /// Bits of the value that failed the check; 0 for none.
    pub(super) shown: u64,
    /// The lines of what was rebuilt.
    pub(super) lines: Lines,
}

impl Bailout<'_> {
    fn why(&self) -> String {
        match self.reason {
            reason if self.cause == Cause::Forced => format!("{} ({reason})", DeoptReason::StressDeopt),
            SiteReason::Eager(reason) => reason.text().to_owned(),
            SiteReason::Lazy => super::lazy_cause(self.code, self.throws).text().to_owned(),
        }
    }

    /// Hands the lines to the host.
    pub(super) fn print(&self, cx: Cx<'_>) {
        let code = self.code;
        let places = code.data.origin(self.site);
        let Some(innermost) = places.first() else { return };
        // SAFETY: the code is active.
        let template = unsafe { code.template() };
        let name = function_text(cx, template.name.get());
        let mut place = String::new();
        for position in &places {
            if let Some(template) = template_of(code, position.code) {
                let text = template.script.data().position_text(template.source_offset(position.offset));
                place = if place.is_empty() { text } else { format!("{place} inlined at {text}") };
            }
        }
        let host = cx.host.borrow();
        host.optimizer_event(&format!(
            "[bailout (kind: {}, reason: {}): begin. deoptimizing {name} (sfi = {:#x}), {:#x} <Code TURBOFAN>, opt id {}, bytecode offset {}, deopt exit {}, frames {}, at {place}]",
            self.reason.kind(),
            self.why(),
            template.addr(),
            code.start,
            code.id,
            innermost.offset,
            self.site.0,
            self.frames,
        ));
        for line in self.findings(cx) {
            host.optimizer_event(&format!("            ;;; {line}"));
        }
        for line in &self.lines.0 {
            host.optimizer_event(line);
        }
        host.optimizer_event(&format!("[bailout end. took {:.3} ms]", self.took.as_secs_f64() * 1e3));
    }

    /// What was expected, and what was found.
    fn findings(&self, cx: Cx<'_>) -> Vec<String> {
        let mut found = Vec::new();
        if self.cause == Cause::Forced {
            return found;
        }
        if self.reason == SiteReason::Lazy {
            let broken = self.code.broken.borrow();
            if !self.throws && !broken.is_empty() {
                found.push(format!("dependency: {broken}"));
            }
            return found;
        }
        match self.code.expected.iter().find(|(site, _)| *site == self.site) {
            Some((_, Expected::Shapes(shapes))) => {
                let texts = shapes.iter().map(|&shape| shape_text(cx, ShapeId::from_raw(shape)));
                found.push(format!("expected map: {}", texts.collect::<Vec<_>>().join(" or ")));
            }
            Some((_, Expected::Value(bits))) => {
                // SAFETY: the code is active, so what it embeds is alive.
                found.push(format!("expected: {}", cx.describe(unsafe { Value::from_bits(*bits) })));
            }
            None => {}
        }
        if self.shown != 0 {
            // SAFETY: the stub of the check stored the value, and the exit has kept it on the machine stack since.
            let value = unsafe { Value::from_bits(self.shown) };
            found.push(match value.as_object() {
                Some(object) => {
                    format!("actual map: {} of {}", shape_text(cx, object.shape()), cx.describe(value))
                }
                None => match value.to_cell() {
                    Some(cell) => format!("actual: a {}", kind_name(&cell)),
                    None => format!("actual: {}", cx.describe(value)),
                },
            });
        }
        found
    }
}

fn kind_name(cell: &Header) -> &'static str {
    CellKind::ALL[usize::from(cell.kind())].name()
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
