//! Stack walks and collections while compiled code is active, and collections in every phase of an exit: `bailout.md`, C55, C56 and I5.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;
mod support;

use machine::{collect, counters, install_gc, is_optimized, manual, optimize, run, with};
use unspool::runtime::config::{Config, ExitPhase, ForcedExits};

/// What a program with `gc()` gives as its second script, in the interpreter.
fn interpreted(setup: &str, source: &str) -> String {
    let isolate = with(Config { jitless: true, ..manual() });
    install_gc(&isolate);
    run(&isolate, setup);
    run(&isolate, source)
}

/// `f` inlines `middle`, which inlines `inner`; `leaf` is always called.
const CHAIN: &str = "
    function leaf(work) { return work() } %NeverOptimizeFunction(leaf);
    function inner(work, o) {
      const kept = { text: 'inner' + o.x };
      const seen = leaf(work);
      return [seen, kept.text];
    }
    function middle(work, o) {
      const kept = 'mid' + o.x, double = o.x + 0.5;
      const seen = inner(work, o);
      return [...seen, kept, double];
    }
    function f(work, o) {
      const kept = [o.x, 'outer' + o.x];
      const seen = middle(work, o);
      return [...seen, ...kept].join('|');
    }
    const none = () => 0, here = () => new Error('here').stack, all = () => { gc(); gc(); return 'collected' };";

#[test]
fn c55_the_stack_of_inlined_frames_is_read_and_nothing_leaves() {
    let isolate = with(manual());
    install_gc(&isolate);
    run(&isolate, CHAIN);
    optimize(&isolate, "f", "f(none, { x: 1 })");
    let before = counters(&isolate);
    let stack = run(&isolate, "f(here, { x: 1 })");
    assert_eq!(stack, interpreted(CHAIN, "f(here, { x: 1 })"));
    for name in ["leaf", "inner", "middle", "f"] {
        assert!(stack.contains(&format!("at {name} (test.js:")), "{stack}");
    }
    let after = counters(&isolate);
    assert_eq!((after.eager, after.lazy), (before.eager, before.lazy), "the walk is no exit");
    assert!(is_optimized(&isolate, "f"));
}

#[test]
fn c55_walks_name_the_place_of_each_call() {
    // The same function stands on three lines; each walk must name the line of the call that is under way.
    let setup = "
        function line() { return new Error().stack.split('\\n')[2].replace(/^.*:(\\d+):(\\d+)\\)?$/, '$1:$2') }
        %NeverOptimizeFunction(line);
        function inner() { return line() + ' ' +
          line() }
        function f(n) {
          let all = inner();
          for (let i = 0; i < n; i++)
            all += ' ' + line();
          return all;
        }";
    let isolate = with(manual());
    run(&isolate, setup);
    optimize(&isolate, "f", "f(2)");
    assert_eq!(run(&isolate, "f(2)"), interpreted(setup, "f(2)"));
}

#[test]
fn c55_a_collection_in_a_callee_keeps_what_the_code_holds() {
    let isolate = with(manual());
    install_gc(&isolate);
    run(&isolate, CHAIN);
    optimize(&isolate, "f", "f(none, { x: 1 })");
    let before = counters(&isolate);
    let expected = interpreted(CHAIN, "f(all, { x: 7 })");
    assert_eq!(expected, "collected|inner7|mid7|7.5|7|outer7");
    for _ in 0..3 {
        assert_eq!(run(&isolate, "f(all, { x: 7 })"), expected);
    }
    let after = counters(&isolate);
    assert_eq!((after.eager, after.lazy), (before.eager, before.lazy), "a collection is no exit");
}

#[test]
fn c55_deep_recursion_of_compiled_code_is_walked_while_it_collects() {
    let setup = "
        function f(n, work) {
          const kept = { n, text: 'n' + n };
          const below = n === 0 ? work() : f(n - 1, work);
          return below + (kept.n === n && kept.text === 'n' + n ? 1 : 0);
        }
        const depth = () => { gc(); return new Error().stack.split('\\n').filter(l => l.includes('at f')).length; };
        const none = () => 0;";
    let isolate = with(manual());
    install_gc(&isolate);
    run(&isolate, setup);
    optimize(&isolate, "f", "f(3, none); f(3, depth)");
    let (before, result) = (counters(&isolate), run(&isolate, "f(99, depth)"));
    assert_eq!(result, interpreted(setup, "f(99, depth)"));
    // Nine of the ten frames that a stack shows, and each kept its object.
    assert_eq!(result, "109");
    assert_eq!(counters(&isolate).lazy, before.lazy);
}

#[test]
fn c56_collections_ahead_of_exits_and_behind_them() {
    // The callee collects right ahead of the check that fails, or before and after it invalidates the code that it returns to.
    let setup = "
        function work(kind) {
          if (kind > 0) gc();
          if (kind > 1) { %DeoptimizeFunction(f); gc() }
          return 'work' + kind;
        }
        %NeverOptimizeFunction(work);
        function f(o, p) {
          const a = { n: o.n, s: 's' + o.n }, b = [a, o.n + 0.25];
          const got = work(o.kind);
          return [a.s, b[1], got, p.v, a === b[0], typeof a].join();
        }";
    for exit in [
        "f({ n: 1, kind: 1 }, { w: 0, v: 5 })",
        "f({ n: 2, kind: 2 }, { v: 5 })",
        "f({ n: 3, kind: 2 }, { w: 0, v: 5 })",
        "gc(); const r = f({ n: 4, kind: 0 }, { w: 0, v: 6 }); gc(); r",
    ] {
        let exit = &format!("{{ {exit} }}");
        let isolate = with(manual());
        install_gc(&isolate);
        run(&isolate, setup);
        optimize(&isolate, "f", "f({ n: 1, kind: 0 }, { v: 4 })");
        let before = counters(&isolate);
        assert_eq!(run(&isolate, exit), interpreted(setup, exit), "{exit}");
        collect(&isolate);
        assert_eq!(run(&isolate, exit), interpreted(setup, exit), "{exit}, again");
        let after = counters(&isolate);
        assert!(after.eager + after.lazy > before.eager + before.lazy, "{exit} is an exit");
    }
}

#[test]
fn c56_the_dead_code_of_an_exit_is_collected_and_not_before() {
    let setup = "
        function f(o, work) { const kept = { k: o.x }; work(); return o.x + kept.k }
        const none = () => 0, kill = () => { %DeoptimizeFunction(f); gc(); gc() };";
    let isolate = with(manual());
    install_gc(&isolate);
    run(&isolate, setup);
    optimize(&isolate, "f", "f({ x: 1 }, none)");
    // During the call the code is dead and active; it leaves behind the call.
    assert_eq!(run(&isolate, "f({ x: 2 }, kill)"), "4");
    let dead = |isolate: &unspool::Isolate| isolate.enter(|cx| cx.heap.code.statistics().deoptimized);
    collect(&isolate);
    collect(&isolate);
    assert_eq!(dead(&isolate), 0);
}

/// Programs that leave from compiled code in every way: eagerly, lazily, into a handler, with elided objects, closures and contexts, from
/// inlined frames, from loops, and with values that are no cells.
const PROGRAMS: &[&str] = &[
    "function P(a, b) { this.a = a; this.b = b }
     function g(p, o) { return o.x + p.a + p.b }
     function f(n, o) { const p = new P(n, n + 0.5), q = new P(p, 'q'); const s = g(p, o); return [s, q.a === p, q.b, p.b].join() }
     compile(f, () => f(1, { x: 1 })); [f(2, { x: 1 }), f(3, { y: 0, x: 2 }), f(4, { x: 's' })].join(' ')",
    "function f(n, cold) { const a = { id: 1, next: undefined }, b = { id: 2, next: a }; a.next = b; const g = () => a.next === b && n;
       if (cold) return [g(), a.id, b.next.id, b.next.next === b].join(); return g() + a.id }
     compile(f, () => f(1, false)); f(5, false) + ' ' + f(7, true)",
    "let hit = () => 0; function inner(a, t) { hit(); return t + a }
     function f(a) { const o = { t: 't' + a }, d = a * 1.5; const r = inner(a, o.t); return r + o.t + d }
     compile(f, () => f(1)); hit = () => { %DeoptimizeFunction(f) }; f(2) + ' ' + f(3)",
    "function thrower(x) { if (x.bad) throw { text: 'thrown' + x.bad }; return x.good }
     function f(x) { const kept = { k: 'k' + x.n }; let s = 'start'; try { s += thrower(x) + 0 } catch (e) { return e.text + kept.k + s } return s + kept.k }
     compile(f, () => f({ good: 1, n: 1 })); [f({ good: 1, n: 2 }), f({ bad: 1, n: 3 }), f({ bad: 2, n: 4 })].join(' ')",
    "function f(n) { let s = 0, t = ''; for (let i = 0; i < n; i++) { const o = { i, h: i / 2 }; s += o.i + o.h; t = t + (i % 50 ? '' : 'x' + i) } return s + t }
     compile(f, () => f(10)); f(200)",
    "function* g(n) { const kept = { sum: 0 }; for (let i = 0; i < n; i++) { kept.sum += yield { i, text: 'i' + i } || 0 } return kept.sum }
     const drive = () => { const it = g(3); let out = '', r = it.next(); while (!r.done) { out += r.value.text; r = it.next(r.value.i + 0.5) } return out + r.value };
     compile(g, () => drive()); drive() + drive()",
    "function f() { const all = arguments; let s = ''; for (let i = 0; i < all.length; i++) s += typeof all[i] + all[i]; return s }
     compile(f, () => f(1, 'a')); f(1, 'b', 2.5, null, 10n)",
];

#[test]
fn i5_exits_stand_a_collection_in_every_phase() {
    for program in PROGRAMS {
        let program = format!("{}{program}", support::PRELUDE);
        let expected = run(&with(Config { jitless: true, ..manual() }), &program);
        for phase in ExitPhase::ALL {
            // As the program exits by itself, and at each, each second and each third exit that it passes.
            for every in 0..4 {
                let config = Config {
                    exit_collection: Some(phase),
                    forced_exits: ForcedExits::every_nth(every),
                    ..manual()
                };
                let isolate = with(config);
                assert_eq!(run(&isolate, &program), expected, "{phase:?}, every {every}: {program}");
                let exits = counters(&isolate);
                assert!(every != 1 || exits.eager + exits.lazy > 0, "{program}");
            }
        }
    }
}

#[test]
fn i5_each_phase_is_one_collection_of_an_exit() {
    // The exit at `p.y` makes the object.
    let setup = "function f(o, p) { const kept = { n: o.x }; const y = p.y; return kept.n + y }";
    for phase in ExitPhase::ALL {
        let isolate = with(Config { exit_collection: Some(phase), ..manual() });
        run(&isolate, setup);
        optimize(&isolate, "f", "f({ x: 1 }, { y: 2 })");
        let collections = || isolate.enter(|cx| cx.heap.statistics().full.count);
        let before = collections();
        assert_eq!(run(&isolate, "f({ x: 1 }, { z: 0, y: 2 })"), "3");
        assert_eq!(collections() - before, 1, "{phase:?}");
    }
}

#[test]
fn a_call_site_forgets_a_function_that_dies_young() {
    let isolate = with(Config { jitless: true, ..manual() });
    run(&isolate, "function f(g) { return g() } %EnsureFeedbackVectorForFunction(f)");
    // The vector of `f` is old from here on; the closure that it is called with is garbage after the call.
    collect(&isolate);
    run(&isolate, "f(() => 1)");
    isolate.enter(|cx| {
        cx.collect_garbage(unspool_gc::CollectionKind::Minor);
        assert_eq!(unspool::runtime::verify::verify_isolate(cx), Ok(()));
    });
}
