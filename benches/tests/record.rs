//! The test262 runner's care for its record, with a suite of two tests and an engine that does nothing.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const RECORD: &str = "commit abc\nengine unspool 9.9.9\n\ntest/\n";

/// A folder with a suite and a record, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("unspool-record-{}-{name}", std::process::id())));
        folder.write("test/a/one.js", "/*---\nflags: [raw]\n---*/");
        folder.write("test/a/two.js", "/*---\nflags: [raw]\n---*/");
        folder.write("record.txt", RECORD);
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).expect("the temporary folder is writable");
        fs::write(path, text).expect("the temporary folder is writable");
    }

    fn record(&self) -> String {
        fs::read_to_string(self.0.join("record.txt")).expect("the record is there")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_test262"))
            .current_dir(&self.0)
            .env("TEST262_DIR", &self.0)
            .env_remove("TEST262_COMMIT")
            .args(["--engine", "true", "--summary", "record.txt", "--log", "log.txt"])
            .args(arguments)
            .output()
            .expect("the runner starts")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_filter_that_matches_nothing_is_an_error_and_writes_nothing() {
    let folder = Folder::new("filter");
    let output = folder.run(&["--write", "--filter", "a/three"]);
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("a/three"), "{output:?}");
    assert_eq!(folder.record(), RECORD);
}

#[test]
fn a_run_that_does_not_know_the_commit_keeps_the_one_of_the_record() {
    let folder = Folder::new("commit");
    let output = folder.run(&["--write", "--filter", "a/one"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let record = folder.record();
    assert!(record.contains("commit abc\n"), "{record}");
    assert_ne!(record, RECORD, "the outcomes are written");
}
