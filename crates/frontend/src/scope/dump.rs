//! The text form of the analysis: scopes nested by indentation, each variable with its mode and location.
//!
//! For `dump_scopes` and the expectations of tests. A line with `-` is a variable and where it lives; one with `?` is a
//! use of a name that was not resolved to one (a global, or a name that is looked up at run time). Resolved uses are not
//! shown.

use super::*;
use std::fmt::Write;

impl Analysis<'_> {
    /// Approximate bytes of the tables.
    pub(crate) fn memory(&self) -> usize {
        self.functions.len() * size_of::<Function<'_>>()
            + self.scopes.len() * size_of::<Scope<'_>>()
            + self.vars.len() * (size_of::<Variable<'_>>() + 32)
            + self.refs.len() * size_of::<Reference<'_>>()
    }

    pub(crate) fn dump(&self) -> String {
        let mut out = String::new();
        let mut children: Vec<Vec<ScopeId>> = vec![Vec::new(); self.scopes.len()];
        let mut roots = Vec::new();
        for (index, scope) in self.scopes.iter().enumerate() {
            match scope.parent {
                Some(p) => children[p.index()].push(ScopeId(index as u32)),
                None => roots.push(ScopeId(index as u32)),
            }
        }
        // Depth first without recursion: scopes nest as deeply as the program.
        let mut stack: Vec<(ScopeId, usize)> = roots.into_iter().rev().map(|s| (s, 0)).collect();
        while let Some((id, depth)) = stack.pop() {
            self.dump_scope(&mut out, id, depth);
            stack.extend(children[id.index()].iter().rev().map(|&c| (c, depth + 1)));
        }
        out
    }

    fn dump_scope(&self, out: &mut String, id: ScopeId, depth: usize) {
        let scope = self.scope(id);
        let pad = "  ".repeat(depth);
        let _ = write!(out, "{pad}{:?}", scope.kind);
        if scope.function.index() < self.functions.len() {
            let f = self.function(scope.function);
            if f.scope == id {
                let _ = write!(out, " {:?} {:?}", scope.function, f.role);
                for (flag, text) in [(f.is_async, " async"), (f.is_generator, " generator")] {
                    out.push_str(if flag { text } else { "" });
                }
            }
        }
        for (flag, text) in [
            (scope.strict, " strict"),
            (scope.needs_context, " context"),
            (scope.extensible, " extensible"),
            (scope.inner_eval, " eval"),
        ] {
            out.push_str(if flag { text } else { "" });
        }
        out.push('\n');
        for &var in &scope.vars {
            let v = self.var(var);
            if v.location == Location::Unused {
                continue;
            }
            let _ = write!(out, "{pad}  - {} {:?} {:?}", v.name, v.mode, v.location);
            for (flag, text) in [(v.needs_hole, " hole"), (v.assigned, " assigned")] {
                out.push_str(if flag { text } else { "" });
            }
            out.push('\n');
        }
        for (name, what) in self
            .refs
            .iter()
            .filter(|r| {
                r.scope == id
                    && matches!(
                        r.resolution,
                        Resolution::Global | Resolution::Undeclared | Resolution::Dynamic(_)
                    )
            })
            .map(|r| (r.name, if r.resolution.is_dynamic() { "dynamic" } else { "global" }))
        {
            let _ = writeln!(out, "{pad}  ? {name} {what}");
        }
    }
}
