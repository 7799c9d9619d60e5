//! Stable names of exits, and the list of them.
//!
//! ```text
//! sum@30/getX@0:wrong-map#0
//! │   │  │    │ │         └ the first such site of the code
//! │   │  │    │ └ the reason; `lazy` behind a call, `exception` for a call that throws into a handler
//! │   │  └────┴ the inlined function, and the offset in its bytecode
//! └───┴ the code, and the offset of the call
//! ```
//!
//! Code is called by its function: `sum`, or `anonymous.120` with the place in the source where a nameless function begins. `/osr30`
//! behind that is code for the loop at that offset, `+1` the second code object that would have the same name, and so on. Names depend on
//! nothing but the program and the order in which its functions are compiled, so they are the same in each run.

use std::collections::HashMap;
use std::rc::Rc;

use unspool_bytecode::{CodeBlock, FunctionInfo, FunctionKind};
use unspool_deopt::{SiteId, SiteReason};

use crate::build::Entry;
use crate::machine::code::{CodeObject, Compiler, SiteExits};

/// What a site is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SiteUse {
    /// A check fails.
    Eager,
    /// The code was invalidated during a call.
    Lazy,
    /// A call throws, and a handler in a frame of the code catches it.
    Exception,
    /// None: it only describes the frames of a call to stack walks.
    Call,
}

/// What a check expects, for traces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// An object of one of these shapes.
    Shapes(Box<[u32]>),
    /// The value with these bits.
    Value(u64),
}

/// Names sites as they are made.
#[derive(Debug, Default)]
pub(crate) struct SiteNaming {
    pub(crate) uses: Vec<SiteUse>,
    pub(crate) names: Vec<Box<str>>,
    pub(crate) expected: Vec<(SiteId, Expected)>,
    counts: HashMap<String, u32>,
}

impl SiteNaming {
    /// A site; without a place it gets no name.
    pub(crate) fn add(&mut self, place: Option<String>, reason: SiteReason, used: SiteUse) {
        self.uses.push(used);
        let name = place.map(|place| {
            let reason = match used {
                SiteUse::Exception => "exception".to_owned(),
                _ => reason.to_string().replace(' ', "-"),
            };
            let stem = format!("{place}:{reason}");
            let count = self.counts.entry(stem.clone()).or_default();
            let name = format!("{stem}#{count}");
            *count += 1;
            name.into_boxed_str()
        });
        self.names.push(name.unwrap_or_default());
    }
    /// The site made last expects this.
    pub(crate) fn last_expects(&mut self, expected: Expected) {
        let site = SiteId(self.uses.len() as u32 - 1);
        self.expected.push((site, expected));
    }
    /// The name of a site; empty if it has none.
    pub(crate) fn name(&self, site: SiteId) -> &str {
        self.names.get(site.index()).map_or("", |name| name)
    }
}

/// What names of sites call a function.
pub(crate) fn function_name(code: &CodeBlock) -> String {
    name_of(&code.info)
}

fn name_of(info: &FunctionInfo) -> String {
    let name = info.name.to_string_lossy().replace(char::is_whitespace, "_");
    match (name.is_empty(), info.kind) {
        (false, _) => name,
        (true, FunctionKind::Script) => "script".to_owned(),
        (true, FunctionKind::Module) => "module".to_owned(),
        (true, _) => format!("anonymous.{}", info.span.start),
    }
}

impl Compiler {
    /// A name for new code of a function, which no other code has.
    pub(crate) fn name_code(&self, info: &FunctionInfo, entry: Entry) -> Box<str> {
        let mut name = name_of(info);
        if let Entry::Osr(offset) = entry {
            name.push_str(&format!("/osr{offset}"));
        }
        let mut names = self.inspection.code_names.borrow_mut();
        let before = names.entry(name.clone()).or_default();
        if *before > 0 {
            name.push_str(&format!("+{before}"));
        }
        *before += 1;
        name.into()
    }

    /// Each exit of each code object that was installed, with how often it was taken: for its reason, and because it was forced.
    /// Code is kept in this list only while `Config::list_deopt_sites` is set.
    pub fn listed_sites(&self) -> Vec<ListedSite> {
        self.inspection.installed.borrow().iter().flat_map(sites_of).collect()
    }
}

/// An exit in the list of all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedSite {
    /// Its name.
    pub name: Box<str>,
    /// What it is for.
    pub used: SiteUse,
    /// How often it was taken for its reason.
    pub taken: u32,
    /// How often it was forced.
    pub forced: u32,
    /// How often it was passed, whether it was taken or not; none if that was not counted, or it cannot be forced.
    pub passed: Option<u32>,
}

impl std::fmt::Display for ListedSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.used {
            SiteUse::Eager => "eager",
            SiteUse::Lazy => "lazy",
            SiteUse::Exception => "exception",
            SiteUse::Call => "call",
        };
        write!(f, "[deopt site {} (kind: {kind}, taken: {}, forced: {}", self.name, self.taken, self.forced)?;
        match self.passed {
            Some(passed) => write!(f, ", passed: {passed})]"),
            None => f.write_str(")]"),
        }
    }
}

fn sites_of(code: &Rc<CodeObject>) -> impl Iterator<Item = ListedSite> + use<> {
    let code = Rc::clone(code);
    (0..code.names.len()).filter_map(move |index| {
        let used = code.uses[index];
        let site = SiteId(index as u32);
        let (SiteExits { taken, forced }, passed) = (code.exits(site), code.passes(site));
        let name = || code.names[index].clone();
        (used != SiteUse::Call).then(|| ListedSite { name: name(), used, taken, forced, passed })
    })
}

#[cfg(test)]
mod tests {
    use unspool_deopt::DeoptReason;

    use super::*;

    #[test]
    fn sites_of_one_place_and_reason_are_numbered() {
        let mut naming = SiteNaming::default();
        let wrong_map = SiteReason::Eager(DeoptReason::WrongMap);
        naming.add(Some("f@3".into()), wrong_map, SiteUse::Eager);
        naming.add(None, SiteReason::Lazy, SiteUse::Call);
        naming.add(Some("f@3".into()), wrong_map, SiteUse::Eager);
        naming.add(Some("f@3".into()), SiteReason::Lazy, SiteUse::Exception);
        let names: Vec<&str> = (0..4).map(|id| naming.name(SiteId(id))).collect();
        assert_eq!(names, ["f@3:wrong-map#0", "", "f@3:wrong-map#1", "f@3:exception#0"]);
    }
}
