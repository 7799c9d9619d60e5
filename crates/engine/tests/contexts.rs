//! Dependencies on variables in contexts (C45): that they are made, that every assignment breaks them, and that they go with what they are
//! about.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;
mod mutations;

use machine::{bets, code, collect, counters, eager, is_optimized, isolate, manual, optimize, run, with};
use mutations::CONTEXT_MUTATIONS;
use unspool::Isolate;
use unspool::runtime::config::{Compilation, Config};
use unspool_deopt::{DeoptReason, LazyReason, SiteReason};
use unspool_tiering::log::{DependencyKind, Failure, K};
use unspool_tiering::machine::code::Compiler;
use unspool_tiering::machine::pipeline;

/// The dependencies of `f`'s code on cells.
fn cells(isolate: &Isolate) -> Vec<DependencyKind> {
    let kinds = [DependencyKind::ContextSlot, DependencyKind::OneClosure, DependencyKind::Binding];
    code(isolate, "f").dependencies.iter().map(|d| d.kind).filter(|kind| kinds.contains(kind)).collect()
}

fn entered(isolate: &Isolate) -> usize {
    isolate.enter(|cx| Compiler::of(cx.isolate()).cell_dependents())
}

#[test]
fn c45_code_relies_on_context_slots_until_they_are_assigned() {
    for (what, program, call, change, _) in CONTEXT_MUTATIONS {
        let isolate = isolate();
        run(&isolate, program);
        optimize(&isolate, "f", call);
        let wanted = match what.contains("another closure") {
            true => DependencyKind::OneClosure,
            false => DependencyKind::ContextSlot,
        };
        let code = code(&isolate, "f");
        assert!(cells(&isolate).contains(&wanted), "{what}: {:?}", code.dependencies);
        assert!(!code.is_invalidated(), "{what}");
        run(&isolate, change);
        let why = code.invalidation.get();
        let by_itself = what.contains("the code itself");
        let expected = match wanted {
            DependencyKind::OneClosure => LazyReason::ClosedAgain,
            _ if by_itself => LazyReason::EagerDeopt,
            _ => LazyReason::ContextCellChange,
        };
        assert_eq!(why, Some(expected), "{what}");
    }
}

/// The activation that runs while the variable changes leaves at the call's return.
#[test]
fn c45_a_change_inside_a_call_is_seen_behind_it() {
    let isolate = isolate();
    run(
        &isolate,
        "var change = false;
         var f = (function () {
             let v = 1;
             const o = { valueOf() { if (change) v = 100; return 10 } };
             return function f() { return v + o + v };
         })()",
    );
    assert_eq!(optimize(&isolate, "f", "f()"), "12");
    assert!(cells(&isolate).contains(&DependencyKind::ContextSlot));
    assert_eq!(run(&isolate, "change = true; f()"), "111");
    assert_eq!(counters(&isolate).lazy, 1);
}

#[test]
fn constants_and_what_nobody_assigns_need_no_dependency() {
    let isolate = isolate();
    run(
        &isolate,
        "var f = (function () {
             const a = 1; let b = 2; class C { static m() { return 3 } } const d = undefined;
             return function f(x) { return a + b + C.m() + (d === undefined ? x : 0) };
         })()",
    );
    assert_eq!(optimize(&isolate, "f", "f(4)"), "10");
    assert!(
        !cells(&isolate).contains(&DependencyKind::ContextSlot),
        "{:?}",
        code(&isolate, "f").dependencies
    );
}

#[test]
fn the_first_value_breaks_nothing_and_a_dead_zone_stays_one() {
    let isolate = isolate();
    run(
        &isolate,
        "var [f, set, init] = (function () {
             let resume; const it = (function* () { resume = () => it.next(); yield [() => late, () => { late = 2 }]; let late = 1; yield })();
             const [f, set] = it.next().value;
             return [f, set, () => it.next()];
         })()",
    );
    let dead = "try { f() } catch (e) { e.name }";
    run(&isolate, "%PrepareFunctionForOptimization(f)");
    for _ in 0..3 {
        assert_eq!(run(&isolate, dead), "ReferenceError");
    }
    assert_eq!(run(&isolate, &format!("%OptimizeFunctionOnNextCall(f); {dead}")), "ReferenceError");
    assert_eq!(run(&isolate, dead), "ReferenceError");
    assert_eq!(run(&isolate, "try { set() } catch (e) { e.name }"), "ReferenceError");
    let before = counters(&isolate).dependencies_broken;
    run(&isolate, "init()");
    assert_eq!(run(&isolate, "f()"), "1");
    assert_eq!(counters(&isolate).dependencies_broken, before);
    run(&isolate, "%DeoptimizeFunction(f)");
    optimize(&isolate, "f", "f()");
    assert!(cells(&isolate).contains(&DependencyKind::ContextSlot));
    run(&isolate, "set()");
    assert_eq!(run(&isolate, "f()"), "2");
}

#[test]
fn a_slot_is_bet_on_once() {
    let isolate = isolate();
    run(&isolate, "var [f, set] = (function () { let v = 0; return [() => v, x => { v = x }] })()");
    for round in 0..6 {
        optimize(&isolate, "f", "f()");
        assert_eq!(cells(&isolate).contains(&DependencyKind::ContextSlot), round == 0, "{round}");
        run(&isolate, &format!("set({round} + 1)"));
        assert_eq!(run(&isolate, "f()"), (round + 1).to_string());
    }
    assert_eq!(counters(&isolate).dependencies_broken, 1);
    assert!(is_optimized(&isolate, "f"), "code without the bet stays");
}

/// Contexts that each are assigned once, behind a bet: K bets, then none.
#[test]
fn i9_bets_on_contexts_end() {
    let isolate = isolate();
    run(
        &isolate,
        "var make = () => { let v = 1; return [() => v, x => { v = x }] }, pair, calls;
         function g(a) { return calls[a]() }
         function f() { return pair[0]() }",
    );
    for round in 0..K + 4 {
        run(&isolate, "pair = make(); %ClearFunctionFeedback(f)");
        optimize(&isolate, "f", "f()");
        run(&isolate, "pair[1](2)");
        assert_eq!(run(&isolate, "f()"), "2", "{round}");
    }
    let log = bets(&isolate, "f");
    assert!(log.iter().all(|(_, failures)| *failures <= K), "{log:?}");
    assert!(counters(&isolate).dependencies_broken <= u64::from(K), "{:?}", counters(&isolate));
}

/// Compiled assignments in contexts on which nobody relies cost no exit.
#[test]
fn assignments_in_new_contexts_take_no_exit() {
    let isolate = isolate();
    run(
        &isolate,
        "function make() { let n = 1; return () => ++n }
         function f() { const next = make(); keep = next; next(); return next() } var keep",
    );
    optimize(&isolate, "f", "f()");
    run(
        &isolate,
        "var count = make(); %PrepareFunctionForOptimization(count); count(); count(); %OptimizeFunctionOnNextCall(count)",
    );
    let before = counters(&isolate);
    assert_eq!(
        run(
            &isolate,
            "let s = 0; for (let i = 0; i < 100; i++) { s += f(); const c = make(); s += c() + c() } s"
        ),
        "800"
    );
    let after = counters(&isolate);
    assert_eq!((after.eager, after.lazy), (before.eager, before.lazy));
}

#[test]
fn what_breaks_while_it_is_compiled_is_not_installed() {
    let isolate = with(Config { compilation: Compilation::Background, ..manual() });
    run(
        &isolate,
        "var [f, set] = (function () { let v = 1; return [() => v, x => { v = x }] })(); f(); f(); f()",
    );
    let request = || {
        isolate.enter(|cx| pipeline::request(cx, machine::global_function(cx, "f"), "test"));
        assert_eq!(isolate.enter(pipeline::pending_jobs), 1);
    };
    request();
    run(&isolate, "set(2)");
    isolate.enter(pipeline::wait_for_jobs);
    assert!(!is_optimized(&isolate, "f"));
    assert_eq!(counters(&isolate).failures(Failure::Dependency), 1);
    assert_eq!(run(&isolate, "f()"), "2");
    request();
    isolate.enter(pipeline::wait_for_jobs);
    assert!(is_optimized(&isolate, "f"));
    assert_eq!(run(&isolate, "set(3); f()"), "3");
    // Another closure of the function.
    run(&isolate, "var make = v => () => v; var f = make(5); f(); f(); f()");
    request();
    run(&isolate, "var h = make(6)");
    isolate.enter(pipeline::wait_for_jobs);
    assert_eq!(run(&isolate, "[f(), h()].join()"), "5,6");
    assert_eq!(counters(&isolate).failures(Failure::Dependency), 2);
}

/// Contexts with dependents die: nothing of them stays, and what gets their memory inherits nothing.
#[test]
fn dead_contexts_leave_no_dependents() {
    let isolate = isolate();
    let mut most = 0;
    for round in 0..40 {
        // Each time another function, whose context is known.
        run(
            &isolate,
            &format!(
                "var [f, set] = (0, eval)('(function () {{ let v = {round}; return [() => v, x => {{ v = x }}] }})')();
                 var many = []; for (let i = 0; i < 50; i++) {{ let v = i; many.push(x => {{ v = x }}) }}"
            ),
        );
        assert_eq!(optimize(&isolate, "f", "f()"), round.to_string());
        assert!(cells(&isolate).contains(&DependencyKind::ContextSlot));
        most = most.max(entered(&isolate));
        let before = counters(&isolate).dependencies_broken;
        run(&isolate, "for (const set of many) set(1)");
        assert_eq!(counters(&isolate).dependencies_broken, before, "other contexts break nothing");
        run(&isolate, "f = set = many = undefined");
        collect(&isolate);
    }
    assert!(most <= 8, "{most} entries at once");
    collect(&isolate);
    assert_eq!(entered(&isolate), 0);
}

/// Code that is not active holds the context weakly, and is invalid without it.
#[test]
fn code_does_not_keep_a_context_alive() {
    let isolate = isolate();
    machine::install_gc(&isolate);
    run(
        &isolate,
        "var make = () => { const big = { a: 1 }; let v = new WeakRef(big), w = { big }; const f = () => w.big.a; f.set = x => { w = x }; f.seen = v; return f };
         var f = make(), seen = f.seen",
    );
    optimize(&isolate, "f", "f()");
    let code = code(&isolate, "f");
    assert!(cells(&isolate).contains(&DependencyKind::ContextSlot));
    run(&isolate, "f = undefined");
    collect(&isolate);
    assert_eq!(run(&isolate, "String(seen.deref())"), "undefined");
    assert!(code.is_invalidated());
}

#[test]
fn variables_of_modules() {
    let isolate = isolate();
    let module = |source: &str, name: &str| match isolate.run_module(source, name) {
        Ok(_) => {}
        Err(error) => panic!("{error}"),
    };
    module(
        "export let live = 1; export const fixed = 10; let local = 100; export function set(x) { live = x }
         globalThis.f = function f() { return live + fixed + local }; globalThis.set = set;
         globalThis.setLocal = x => { local = x }",
        "m.mjs",
    );
    assert_eq!(optimize(&isolate, "f", "f()"), "111");
    let first = code(&isolate, "f");
    let kinds = cells(&isolate);
    assert!(
        kinds.contains(&DependencyKind::Binding) && kinds.contains(&DependencyKind::ContextSlot),
        "{kinds:?}"
    );
    run(&isolate, "set(2)");
    assert_eq!(first.invalidation.get(), Some(LazyReason::ContextCellChange));
    assert_eq!(run(&isolate, "f()"), "112");
    assert_eq!(optimize(&isolate, "f", "f()"), "112");
    run(&isolate, "setLocal(200)");
    assert_eq!(run(&isolate, "f()"), "212");
    assert_eq!(optimize(&isolate, "f", "f()"), "212");
    run(&isolate, "set(3); setLocal(300)");
    assert_eq!(run(&isolate, "f()"), "313");
    assert!(is_optimized(&isolate, "f"));
    // What has been assigned is assigned by the code itself.
    optimize(&isolate, "set", "set(4)");
    let before = counters(&isolate);
    assert_eq!(run(&isolate, "set({ valueOf: () => 5 }); f()"), "315");
    assert_eq!(counters(&isolate).lazy, before.lazy);
    machine::install_gc(&isolate);
    assert_eq!(run(&isolate, "for (let i = 0; i < 100; i++) { set({ valueOf: () => i }); gc() } f()"), "409");
}

/// The policy compiles by itself, loops too; the results are the interpreter's.
#[test]
fn loops_that_change_what_they_read() {
    let source = "
        const log = [];
        const m = (function () {
            let step = 1, total = 0;
            return { add(n) { for (let i = 0; i < n; i++) { total += step; if (total % 5000 === 0) step = step % 7 + 1 } return total }, step: () => step };
        })();
        for (let round = 0; round < 20; round++) log.push(m.add(2000), m.step());
        log.join()";
    let jitless = with(Config { jitless: true, ..Config::default() });
    let isolate = with(eager());
    assert_eq!(run(&isolate, source), run(&jitless, source));
    assert!(counters(&isolate).compiled > 0);
}

#[test]
fn an_assignment_that_finds_a_dependent_leaves_first() {
    let isolate = isolate();
    run(&isolate, "var [f, set] = (function () { let v = 1; return [() => v, x => { if (x) v = x }] })()");
    optimize(&isolate, "set", "set(0)");
    optimize(&isolate, "f", "f()");
    let (reader, writer) = (code(&isolate, "f"), code(&isolate, "set"));
    run(&isolate, "set(2)");
    assert!(reader.is_invalidated() && writer.is_invalidated());
    let wanted = SiteReason::Eager(DeoptReason::ConstTrackingLet);
    let exits = writer.data.sites().filter(|(id, site)| site.reason == wanted && writer.exits(*id).taken > 0);
    assert_eq!(exits.count(), 1);
    optimize(&isolate, "set", "set(0)");
    let before = counters(&isolate).eager;
    run(&isolate, "set(3)");
    assert_eq!((run(&isolate, "f()").as_str(), counters(&isolate).eager), ("3", before), "it is noted now");
}
