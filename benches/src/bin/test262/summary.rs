//! The checked-in record of every outcome, `conformance/test262.txt`.
//!
//! Its text is made for diffs: a head with the commit, one line per directory with counts, then the tests that do not pass,
//! grouped by folder, each with its letter. What is not listed passes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::variant::Grade;

/// Stands for a commit or version that could not be found out.
pub(crate) const UNKNOWN: &str = "unknown";

/// A test that was never run counts as not passed and has this letter.
const NOT_RUN: char = 'U';

/// Outcomes by test path (relative to `test/`).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) commit: String,
    pub(crate) engine: String,
    /// `None`: not run.
    pub(crate) grades: BTreeMap<String, Option<Grade>>,
}

/// Counts of one directory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) total: usize,
    pub(crate) pass: usize,
    pub(crate) fail: usize,
    pub(crate) hang: usize,
    pub(crate) crash: usize,
    pub(crate) not_run: usize,
}

impl Counts {
    fn add(&mut self, grade: Option<Grade>) {
        self.total += 1;
        *match grade {
            Some(Grade::Pass) => &mut self.pass,
            Some(Grade::Fail) => &mut self.fail,
            Some(Grade::Hang) => &mut self.hang,
            Some(Grade::Crash) => &mut self.crash,
            None => &mut self.not_run,
        } += 1;
    }

    fn line(self, name: &str) -> String {
        let percent = 100.0 * self.pass as f64 / self.total.max(1) as f64;
        let Self { total, pass, fail, hang, crash, not_run } = self;
        format!(
            "{name:<44} {pass:>6} of {total:>6} {percent:>6.2} %  F {fail:<5} H {hang:<3} C {crash:<3} U {not_run}"
        )
    }
}

impl Summary {
    /// Counts by the first `depth` folders of the path.
    pub(crate) fn counts(&self, depth: usize) -> BTreeMap<String, Counts> {
        let mut counts = BTreeMap::<String, Counts>::new();
        for (path, &grade) in &self.grades {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let key = folder.split('/').take(depth).collect::<Vec<_>>().join("/");
            counts.entry(key).or_default().add(grade);
        }
        counts
    }

    /// The table of counts.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let mut all = Counts::default();
        self.grades.values().for_each(|&grade| all.add(grade));
        let _ = writeln!(text, "{}", all.line("all of test/"));
        for (name, counts) in self.counts(1) {
            let _ = writeln!(text, "{}", counts.line(&format!("{name}/")));
        }
        for (name, counts) in self.counts(2) {
            let _ = writeln!(text, "{}", counts.line(&format!("  {name}")));
        }
        text
    }

    /// Takes over what this run could not find out: the commit of the suite, the version of the engine.
    pub(crate) fn keep_known_names(&mut self, record: &Summary) {
        for (mine, known) in [(&mut self.commit, &record.commit), (&mut self.engine, &record.engine)] {
            if mine == UNKNOWN && !known.is_empty() {
                mine.clone_from(known);
            }
        }
    }

    pub(crate) fn print(&self) -> String {
        let mut text = format!(
            "# Outcomes of test262, rewritten by `test262 --write`. Every variant of a test must pass; nothing is skipped.\n\
             # F wrong result, H over the time limit, C crash, U not run; what is not listed passes.\n\
             commit {}\nengine {}\n\n",
            self.commit, self.engine
        );
        text.push_str(&self.table());
        text.push('\n');
        let mut last = "";
        for (path, grade) in &self.grades {
            if *grade == Some(Grade::Pass) {
                continue;
            }
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if folder != last {
                let _ = writeln!(text, "{folder}/");
                last = folder;
            }
            let _ = writeln!(text, " {} {name}", grade.map_or(NOT_RUN, Grade::letter));
        }
        text
    }

    /// Reads the printed form; `tests` are all tests of the suite, since those that pass are not listed.
    pub(crate) fn parse<'a>(text: &str, tests: impl Iterator<Item = &'a str>) -> Self {
        let mut summary = Self::default();
        let mut failing = BTreeMap::new();
        let mut folder = "";
        for line in text.lines() {
            if let Some(commit) = line.strip_prefix("commit ") {
                commit.clone_into(&mut summary.commit);
            } else if let Some(engine) = line.strip_prefix("engine ") {
                engine.clone_into(&mut summary.engine);
            } else if let Some((letter, name)) = line.strip_prefix(' ').and_then(|line| line.split_once(' '))
                && letter.len() == 1
            {
                failing.insert(format!("{folder}/{name}"), Grade::from_letter(letter));
            } else if let Some(name) = line.strip_suffix('/')
                && !name.contains(' ')
            {
                folder = name;
            }
        }
        for test in tests {
            let grade = failing.get(test).copied().unwrap_or(Some(Grade::Pass));
            summary.grades.insert(test.to_owned(), grade);
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_does_not_overwrite_what_was() {
        let record = Summary { commit: "abc".into(), engine: "unspool 0.1.0".into(), ..Summary::default() };
        let mut run =
            Summary { commit: UNKNOWN.into(), engine: "unspool 0.2.0".into(), ..Summary::default() };
        run.keep_known_names(&record);
        assert_eq!((run.commit.as_str(), run.engine.as_str()), ("abc", "unspool 0.2.0"));
    }

    #[test]
    fn the_text_form_round_trips() {
        let mut summary =
            Summary { commit: "abc".into(), engine: "unspool 0.1.0".into(), ..Summary::default() };
        for (path, grade) in [
            ("a/b/c.js", Some(Grade::Pass)),
            ("a/b/d.js", Some(Grade::Fail)),
            ("a/b/e/f.js", Some(Grade::Crash)),
            ("a/g.js", None),
            ("h/i/j.js", Some(Grade::Hang)),
        ] {
            summary.grades.insert(path.into(), grade);
        }
        let text = summary.print();
        assert!(text.contains("a/b/\n F d.js\na/b/e/\n C f.js\n"), "{text}");
        let tests: Vec<String> = summary.grades.keys().cloned().collect();
        assert_eq!(Summary::parse(&text, tests.iter().map(String::as_str)), summary);
        assert_eq!(summary.counts(1)["a"].pass, 1);
    }
}
