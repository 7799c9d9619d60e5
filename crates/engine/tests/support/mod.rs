//! Running a program in two configurations, interpreted and compiled, with what the optimizer reported.
#![allow(dead_code, reason = "each test file uses its part")]

use std::cell::RefCell;
use std::rc::Rc;

use unspool::Isolate;
use unspool::runtime::config::{Compilation, Config};
use unspool::runtime::host::Host;

/// Collects the optimizer's reports.
struct Listener(Rc<RefCell<Vec<String>>>);

impl Host for Listener {
    fn optimizer_event(&self, line: &str) {
        self.0.borrow_mut().push(line.to_owned());
    }
}

/// What a program did.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its completion value as text, or what it threw.
    pub(crate) result: String,
    /// The optimizer's reports.
    pub(crate) events: Vec<String>,
}

impl Run {
    /// The reasons of its exits, in order.
    pub(crate) fn exits(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter(|line| line.starts_with("[bailout (kind"))
            .map(|line| {
                let rest = line.split("reason: ").nth(1).expect("an exit has a reason");
                rest.split("): begin").next().expect("a closing parenthesis")
            })
            .collect()
    }
    /// How often a function was compiled.
    pub(crate) fn compilations(&self, name: &str) -> usize {
        let name = format!("<JSFunction {name}>");
        self.events.iter().filter(|l| l.starts_with("[completed optimizing") && l.contains(&name)).count()
    }
    /// Has everything been compiled that was asked for, and something at all?
    fn is_compiled(&self) -> bool {
        let any = |start| self.events.iter().any(|line| line.starts_with(start));
        any("[completed optimizing") && !any("[aborted optimizing")
    }
    /// The report of the first exit for a reason.
    pub(crate) fn exit(&self, reason: &str) -> &str {
        let wanted = format!("reason: {reason}): begin");
        let found = self.events.iter().find(|line| line.contains(&wanted));
        found.unwrap_or_else(|| panic!("no exit for {reason:?}: {:?}", self.exits()))
    }
}

/// Runs a program that compiles its functions by natives alone.
pub(crate) fn run(source: &str, jitless: bool) -> Run {
    let config = Config { interrupt_budget: i32::MAX / 2, jitless, ..natives() };
    run_with(source, config)
}

/// Natives are allowed and the optimizer reports.
pub(crate) fn natives() -> Config {
    Config {
        allow_natives_syntax: true,
        trace_opt: true,
        trace_deopt: true,
        compilation: Compilation::Synchronous,
        ..Config::default()
    }
}

/// Runs a program.
pub(crate) fn run_with(source: &str, config: Config) -> Run {
    let events = Rc::new(RefCell::new(Vec::new()));
    let isolate = Isolate::new(config, Box::new(Listener(Rc::clone(&events))));
    let result = match isolate.run_script(source, "test.js") {
        Ok(text) => text,
        Err(error) => format!("threw {error}"),
    };
    drop(isolate);
    let events = events.take();
    Run { result, events }
}

/// Functions that programs of tests use.
pub(crate) const PRELUDE: &str = "
function compile(f, ...calls) {
  %PrepareFunctionForOptimization(f);
  for (let round = 0; round < 3; round++) for (const call of calls) call();
  %OptimizeFunctionOnNextCall(f);
}
";

/// Runs a program interpreted and compiled, and gives what the compiled run did; the results must be the same, also when every exit
/// is taken in turn. It must really have been compiled, and exits taken.
pub(crate) fn both(source: &str) -> Run {
    let source = format!("{PRELUDE}{source}");
    let interpreted = run(&source, true);
    let compiled = run(&source, false);
    assert_eq!(compiled.result, interpreted.result, "{:#?}", compiled.events);
    assert!(!compiled.result.starts_with("threw"), "{}", compiled.result);
    assert!(compiled.is_compiled(), "{:#?}", compiled.events);
    for every in [1, 2, 3, 5] {
        let config = Config {
            forced_exits: unspool::runtime::config::ForcedExits::every_nth(every),
            interrupt_budget: i32::MAX / 2,
            ..natives()
        };
        let forced = run_with(&source, config);
        assert_eq!(forced.result, interpreted.result, "every {every}: {:#?}", forced.events);
        assert!(every > 1 || !forced.exits().is_empty(), "no exit was forced: {:#?}", forced.events);
    }
    compiled
}

/// Runs a program with its jobs, then another script; gives the second one's result.
pub(crate) fn run_then(source: &str, then: &str, config: Config) -> Run {
    let events = Rc::new(RefCell::new(Vec::new()));
    let isolate = Isolate::new(config, Box::new(Listener(Rc::clone(&events))));
    let result = isolate.run_script(source, "test.js").and_then(|_| isolate.run_script(then, "then.js"));
    let result = result.unwrap_or_else(|error| format!("threw {error}"));
    drop(isolate);
    Run { result, events: events.take() }
}
