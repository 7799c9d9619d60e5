//! The contract of exits on real programs: one test per number of `docs/bailout.md`, each compared with the interpreter and with every exit
//! forced in turn.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod support;

use support::both;

#[test]
fn c22_block_contexts_survive_an_exit() {
    let run = both(
        "function f(n, bad) { const fs = []; for (let i = 0; i < n; i++) { let x = i; fs.push(() => x += i); if (i == 2) x = bad + 1; }
           return fs.map(g => g() + g()).join() }
         compile(f, () => f(4, 1)); f(4, 1) + '|' + f(4, 's')",
    );
    assert_eq!(run.result, "0,5,10,15|0,5,s12s122,15");
}

#[test]
fn c22_a_handler_restores_its_context() {
    let run = both(
        "function f(o) { let a = 1; { let b = () => a; try { let a = 5, c = () => a; o.x.y; a = c() } catch (e) { return b() + (() => a)() } } return a }
         compile(f, () => f({ x: 1 })); f({ x: 1 }) + ' ' + f({}) + ' ' + f({})",
    );
    assert_eq!(run.result, "1 2 2");
}

/// What exits there were: kind, reason, frames.
fn kinds(run: &support::Run) -> Vec<String> {
    let exits = run.events.iter().filter(|line| line.starts_with("[bailout (kind"));
    let part = |line: &str, from: &str, to: &str| {
        line.split(from).nth(1).and_then(|rest| rest.split(to).next()).expect("a part of the line").to_owned()
    };
    exits
        .map(|line| {
            format!(
                "{} {} {}",
                part(line, "kind: deopt-", ","),
                part(line, "reason: ", ")"),
                part(line, "frames ", ",")
            )
        })
        .collect()
}

/// Eager, lazy, by an exception; in the outermost frame and in an inlined one, whose caller's accumulator then gets its result.
#[test]
fn c23_accumulators_of_all_kinds_of_exits() {
    let setup = "let hit = () => 0; function call() { return hit() } %NeverOptimizeFunction(call);
         function inner(a) { return a * 2 + call() }
         function caught(a) { try { return a * 2 + call() } catch (e) { return e + a } }";
    for (function, call, wanted, result) in [
        // The accumulator is the right operand of the instruction that is repeated.
        ("f(a) { return 1 + (10 + a) }", "f('x')", "eager not a Smi 1", "\"110x\""),
        ("f(a) { return 1 + inner(a) }", "f(1.5)", "eager not a Smi 2", "4"),
        // It is the call's result.
        (
            "f(a) { return a * 2 + call() }",
            "(hit = () => { %DeoptimizeFunction(f); return 30 }, f(2))",
            "lazy 1",
            "34",
        ),
        (
            "f(a) { return 1 + inner(a) }",
            "(hit = () => { %DeoptimizeFunction(f); return 30 }, f(2))",
            "lazy 2",
            "35",
        ),
        // It is the exception.
        (
            "f(a) { try { return 1 + call() } catch (e) { return e + a } }",
            "(hit = () => { throw 50 }, f(2))",
            "lazy 1",
            "52",
        ),
        ("f(a) { return 1 + caught(a) }", "(hit = () => { throw 50 }, f(2))", "lazy 2", "53"),
        (
            "f(a) { try { return 1 + inner(a) } catch (e) { return e + a } }",
            "(hit = () => { throw 50 }, f(2))",
            "lazy 1",
            "52",
        ),
    ] {
        let run = both(&format!(
            "{setup} function {function} for (const g of [inner, caught]) %PrepareFunctionForOptimization(g);
             compile(f, () => f(1), () => f(2)); f(1); const first = {call}; JSON.stringify(first)"
        ));
        assert_eq!(run.result, result, "{function}");
        let [exit] = &kinds(&run)[..] else { panic!("{function}: {:?}", run.events) };
        let (kind, frames) = wanted.rsplit_once(' ').expect("a number of frames");
        assert!(exit.starts_with(kind) && exit.ends_with(&format!(" {frames}")), "{function}: {exit}");
    }
}

#[test]
fn c24_finished_arguments_are_not_evaluated_again() {
    let run = both(
        "const log = []; function g() { log.push('g'); return 1 } function h() { log.push('h'); return 2 }
         function call(f, x) { return f(g(), h(), x.y) }
         const sum = (a, b, c) => a + b + c;
         compile(call, () => call(sum, { y: 3 })); log.length = 0;
         call(sum, { z: 0, y: 4 }) + log.join('')",
    );
    assert_eq!(run.result, "7gh");
    assert_eq!(run.exits(), ["wrong map"]);
}

#[test]
fn c25_stacks_name_callbacks_that_were_not_made() {
    let run = both(
        "const stacks = [];
         function f(a, o) { return a.map(function add(x) { const y = o.x + x; if (y > 8) stacks.push(new Error('here').stack, add.name, add === arguments.callee); return y }).join() }
         %PrepareFunctionForOptimization(f); for (let i = 0; i < 400; i++) f([1, 2, 3], { x: 1 }); %OptimizeFunctionOnNextCall(f); f([1, 2, 3], { x: 1 });
         f([1, 2, 3], { y: 0, x: 7 }) + stacks.join('|')",
    );
    assert!(
        run.result.starts_with("8,9,10Error: here") && run.result.ends_with("add|true"),
        "{}",
        run.result
    );
    assert!(run.result.contains("at add (") && run.result.contains("at f ("), "{}", run.result);
    assert!(kinds(&run)[0].starts_with("eager wrong map 3"), "{:?}", run.exits());
}

#[test]
fn c26_argument_counts() {
    let run = both(
        "function count(a, b) { return arguments.length + ':' + a + ':' + b }
         function pass(a, b) { return b === 9 ? count(a) : a + 1 + (b === undefined ? count() : count(a, b, 3)) }
         function f(x) { return [pass(x), pass(x, 2), pass(x, 2, 3), count(), count(x, 1, 2)].join(' ') }
         compile(f, () => f(1)); f(1) + '|' + f('s')",
    );
    assert_eq!(
        run.result,
        "20:undefined:undefined 23:1:2 23:1:2 0:undefined:undefined 3:1:1|\
         s10:undefined:undefined s13:s:2 s13:s:2 0:undefined:undefined 3:s:1"
    );
}

#[test]
fn c27_arguments_keep_their_order() {
    let run = both(
        "function inner(a, b, c, d) { return [a, b + 1, c, d, arguments.length].join() }
         function low(a, b, c) { return a * 100 + b * 10 + c.v }
         function f(x) { return inner(1, x, 3, 4) + low(1, 2, { v: x }) }
         compile(f, () => f(2)); f(2) + ' ' + f('2')",
    );
    assert_eq!(run.result, "1,3,3,4,4122 1,21,3,4,41202");
}

#[test]
fn c28_surplus_arguments_survive() {
    let run = both(
        "function inner(a, b) { const s = a.x + b; return s }
         function f(o, k) { let before = k * 3; return inner(o, k, 'c', 'd', 'e') + before }
         compile(f, () => f({ x: 1 }, 2));
         function rest(a, ...r) { return a.x + r.length + r[3] }
         compile(rest, () => rest({ x: 1 }, 1, 2, 3, 4));
         [f({ x: 1 }, 2), f({ y: 0, x: 1 }, 2), rest({ y: 0, x: 5 }, 1, 2, 3, 4)].join()",
    );
    assert_eq!(run.result, "9,9,13");
    assert_eq!(run.exits(), ["wrong map", "wrong map"]);
}

#[test]
fn c28_surplus_arguments_of_inlined_calls_survive() {
    // An exit in the initializer of `b` is ahead of the rest array: the interpreter makes it of the surplus arguments in the rebuilt frame.
    // The arguments object is older than the exit, and is described itself.
    let run = both(
        "function rest(a, b = a.x, ...r) { return b + r.length + r[0] + r[1] }
         function inner(a, b) { const s = a.x + b; return s + arguments.length + arguments[2] + arguments[3] }
         function f(o, k) { const before = k * 3; return rest(o, undefined, 'e', k) + before + inner(o, k, 'c', 'd') }
         compile(f, () => f({ x: 1 }, 2));
         [f({ x: 1 }, 2), f({ y: 0, x: 1 }, 3)].join()",
    );
    assert_eq!(run.result, "3e267cd,3e398cd");
    assert_eq!(run.exits()[0], "wrong map");
}

/// Eight inlined calls: the innermost is left, and each returns through a frame of its own; in another call the fourth is left when those
/// further in have returned.
#[test]
fn c30_inlined_frames_return_each_by_itself() {
    let chain: String = (1..8)
        .map(|k| format!("function f{k}(o, p) {{ const r = f{}(o, p); log.push({k}); return r + ({k} === 4 ? p.x : 0) }}\n", k - 1))
        .collect();
    let setup = format!(
        "const log = []; function f0(o, p) {{ return o.x }} {chain}
         const good = {{ x: 1 }}, bad = {{ y: 0, x: 10 }}, all = [f0, f1, f2, f3, f4, f5, f6];
         const leave = (o, p) => {{
             for (const f of all) {{ %ClearFunctionFeedback(f); %PrepareFunctionForOptimization(f) }} %ClearFunctionFeedback(f7);
             compile(f7, () => f7(good, good)); f7(good, good); log.length = 0;
             return f7(o, p) + ':' + log.join('');
         }};"
    );
    for (call, frames, result) in
        [("leave(bad, good)", 8, "11:1234567"), ("leave(good, bad)", 4, "11:1234567")]
    {
        let run = both(&format!("{setup} {call}"));
        assert_eq!(run.result, result);
        assert_eq!(kinds(&run), [format!("eager wrong map {frames}")]);
    }
}

#[test]
fn c38_effects_happen_once() {
    let run = both(
        "const log = []; const o = { get p() { log.push('p'); return 1 }, get q() { log.push('q'); return o2 } };
         const o2 = { valueOf() { log.push('v'); return 5 } };
         function f(o, b) { return o.p + o.q * b[0] }
         const bad = { get 0() { log.push('0'); return 3 } };
         compile(f, () => f(o, [2])); log.length = 0;
         const r = [f(o, bad), f(o, [2.5]), f({ get p() { log.push('P'); return 's' }, q: 1 }, [1])].join();
         r + ' ' + log.join('')",
    );
    assert_eq!(run.result, "16,13.5,s1 pq0vpqvP");
}

#[test]
fn c45_a_callee_changes_the_prototype() {
    let run = both(
        "class P { m() { return 1 } }
         function f(p, prototype) { let r = p.m(); Object.assign(prototype, { m() { return 2 } }); return r * 100 + p.m() + p.m() * 10 }
         const p = new P(); compile(f, () => f(p, {})); f(p, {}) + ' ' + f(p, P.prototype)",
    );
    assert_eq!(run.result, "111 122");
    let lazy = run.events.iter().filter(|line| line.contains("deopt-lazy")).count();
    assert_eq!(lazy, 1, "{:?}", run.events);
}

#[test]
fn c46_the_handler_is_two_inlined_levels_up() {
    let run = both(
        "function c(x) { if (x > 5) throw x; return x } function b(x) { return c(x) + 1 }
         function f(x) { let before = x * 2; try { return b(x) + before } catch (e) { return 'caught' + e + before } }
         compile(f, () => f(1)); const first = [f(1), f(7)].join();
         compile(f, () => f(1), () => f(8)); first + ' ' + [f(1), f(9), f(10)].join()",
    );
    assert_eq!(run.result, "4,caught714 4,caught918,caught1020");
}

#[test]
fn c46_a_throwing_loop_stays_in_its_code() {
    let run = both(
        "function thrower(i) { if (i % 2) throw i; return i }
         function f(n) { let s = 0; for (let i = 0; i < n; i++) { try { s += thrower(i) } catch (e) { s += e * 10 } finally { s += 1 } } return s }
         compile(f, () => f(6)); [f(6), f(7), f(100)].join()",
    );
    assert_eq!(run.result, "102,109,27550");
    assert!(run.exits().is_empty(), "{:?}", run.exits());
}

#[test]
fn c46_variables_keep_their_values_when_the_assignment_throws() {
    let run = both(
        "function t(i) { if (i % 3 == 0) throw i; return i }
         function f(n) { let v = 1; for (let i = 0; i < n; i++) { try { v = t(i) + 10 } catch (e) { v += 1000 } } return v }
         compile(f, () => f(10)); [f(1), f(4), f(5)].join()",
    );
    assert_eq!(run.result, "1001,1012,14");
    assert!(run.exits().is_empty(), "{:?}", run.exits());
}

#[test]
fn c47_a_handler_that_was_never_used_is_an_exit_once() {
    let run = both(
        "function get(o) { return o.x.y } function f(o) { try { return get(o) } catch (e) { return e instanceof TypeError } }
         compile(f, () => f({ x: { y: 1 } })); const r = [f({ x: null })];
         compile(f, () => f({ x: { y: 1 } })); for (let i = 0; i < 4; i++) r.push(f({ x: undefined })); r.join()",
    );
    assert_eq!(run.result, "true,true,true,true,true");
    let run = both(
        "let fail = false; function g(x) { if (fail) throw x; return x } %NeverOptimizeFunction(g);
         function f(x) { try { return g(x) } catch (e) { return -e } }
         compile(f, () => f(1)); fail = true; const r = [f(1), f(2)]; fail = false;
         compile(f, () => f(1)); fail = true; r.push(f(3), f(4), f(5)); r.join()",
    );
    assert_eq!(run.result, "-1,-2,-3,-4,-5");
    assert_eq!(run.exits(), ["exception with omitted catch handler"], "{:#?}", run.events);
}

#[test]
fn c46_an_exception_behind_a_replaced_loop_is_not_caught_by_the_loops_handler() {
    let source = "function f() { let s = 0; try { for (let i = 0; i < 20000; i++) s += i } catch (e) { return 'wrong' } throw s }
         let r; try { f() } catch (e) { r = e } r";
    let config = unspool::runtime::config::Config { interrupt_budget: 2000, ..support::natives() };
    let run = support::run_with(source, config);
    assert_eq!(run.result, "199990000");
    assert!(run.events.iter().any(|line| line.contains("OSR at")), "{:?}", run.events);
}

#[test]
fn c49_an_exit_in_an_inlined_constructor() {
    let run = both(
        "function F(o, result) { this.a = 1; this.b = o.x + 1; if (result !== undefined) return result; this.c = 2 }
         function f(o, result) { const made = new F(o, result); return made.a + ',' + made.b + ',' + (made instanceof F) }
         compile(f, () => f({ x: 1 }), () => f({ x: 1 }, 5), () => f({ x: 1 }, { a: 0, b: 0 }));
         const other = { y: 0, x: 's' };
         [f({ x: 1 }), f(other), f(other, 7), f(other, { a: 8, b: 9 })].join(' ')",
    );
    assert_eq!(run.result, "1,2,true 1,s1,true 1,s1,true 8,9,false");
}

#[test]
fn c49_derived_constructors_and_new_target() {
    let run = both(
        "class A { constructor(o) { this.t = new.target === B; this.v = o.x + 1 } }
         class B extends A { constructor(o, early) { if (early) return early; super(o); this.w = this.v * 2 } }
         class C extends A {}
         function f(o, early) { return new B(o, early) }
         function g(o) { return new C(o) }
         compile(f, () => f({ x: 1 })); compile(g, () => g({ x: 1 }));
         const show = b => [b.t, b.v, b.w].join(); const other = { y: 0, x: 2 };
         const r = [show(f({ x: 1 })), show(f(other)), show(f(other, { t: 1 })), show(g(other))];
         class D extends A { constructor(o) { if (o.x) super(o) } }
         function h(o) { try { return new D(o).v } catch (e) { return e.name } }
         compile(h, () => h({ x: 1 })); r.push(h({ x: 1 }), h({ x: 0 }), h({ z: 1, x: 0 })); r.join(' ')",
    );
    assert_eq!(run.result, "true,2,4 true,3,6 1,, false,3, 2 ReferenceError ReferenceError");
}

#[test]
fn c49_spread_calls() {
    let run = both(
        "function F(a, b, c) { this.s = a + b + c } function f(list) { return new F(...list).s + Math.max(...list) }
         class E extends F { constructor(...all) { super(...all) } } function g(list) { return new E(1, ...list).s }
         compile(f, () => f([1, 2, 3])); compile(g, () => g([1, 2]));
         [f([1, 2, 3]), f(['a', 'b', 'c']), f([1, 2]), g([1, 2]), g('xy')].join()",
    );
    assert_eq!(run.result, "9,abcNaN,NaN,4,1xy");
}

#[test]
fn c49_a_setters_result_is_dropped() {
    let run = both(
        "class S { set p(v) { this.q = v.x + 1; return 'dropped' } }
         function f(s, v) { const r = (s.p = v); return [r === v, s.q].join() }
         const s = new S(); compile(f, () => f(s, { x: 1 }));
         [f(s, { x: 1 }), f(s, { y: 0, x: 5 }), f(s, { x: 's' })].join(' ')",
    );
    assert_eq!(run.result, "true,2 true,6 true,s1");
}

#[test]
fn c50_an_exit_between_two_yields() {
    let run = both(
        "function* g(a) { let s = 0; for (let i = 0; i < a.length; i++) { s = s + a[i]; yield s; } return 'end' + s }
         const all = a => { const out = [], it = g(a); for (;;) { const r = it.next(); out.push(r.value); if (r.done) return out.join() } };
         compile(g, () => all([1, 2, 3]));
         all([1, 2, 3]) + ' ' + all([1, 2, 'x', 4])",
    );
    assert_eq!(run.result, "1,3,6,end6 1,3,3x,3x4,end3x4");
    assert_eq!(run.exits(), ["not a Smi"]);
}

#[test]
fn c50_return_and_throw_into_a_generator() {
    let run = both(
        "function* g(log) { let i = 0; for (;;) { try { i++; yield i } catch (e) { log.push('c' + e) } finally { log.push('f' + i) } } }
         function drive(twice) { const log = [], it = g(log); it.next(); it.next(); if (twice) it.throw('T');
           log.push(it.return(5).value, it.next().done); return log.join() }
         compile(g, () => drive(true)); [drive(true), drive(false), drive(true)].join(' ')",
    );
    assert_eq!(run.result, "f1,cT,f2,f3,5,true f1,f2,5,true f1,cT,f2,f3,5,true");
}

#[test]
fn c50_delegation_and_arguments() {
    let run = both(
        "function* inner(n) { for (let i = 0; i < n; i++) { const x = yield i; if (x) return x + i } return 'i' }
         function* outer(n) { n = n + 1; const r = yield* inner(n); yield arguments.length; yield arguments[1]; yield r; yield n }
         const drive = x => { const it = outer(1, 'b', 'c'); return [it.next().value, it.next(x).value, ...it].join() };
         compile(inner, () => drive()); compile(outer, () => drive());
         [drive(), drive('x'), drive(1)].join(' ')",
    );
    assert_eq!(run.result, "0,1,3,b,i,2 0,3,b,x0,2 0,3,b,1,2");
}

#[test]
fn c50_an_exit_at_the_resumption_of_an_await() {
    let source = format!(
        "{}
         async function f(p) {{ let s = 1; for (let i = 0; i < 3; i++) {{ const v = await p[i]; s = s + v }} return s }}
         async function h(p) {{ try {{ return await p }} catch (e) {{ return 'caught' + e }} }}
         var result = [];
         (async () => {{
           %PrepareFunctionForOptimization(f); %PrepareFunctionForOptimization(h);
           await f([1, 2, 3]); await f([1, 2, 3]); await h(1); await h(Promise.reject(1));
           %OptimizeFunctionOnNextCall(f); %OptimizeFunctionOnNextCall(h);
           result.push(await f([1, 2, 3]), await f([1, 'x', Promise.resolve(2)]), await h(2), await h(Promise.reject(3)));
         }})(); result",
        support::PRELUDE
    );
    for every in [0, 1, 2, 3] {
        let config = unspool::runtime::config::Config {
            interrupt_budget: i32::MAX / 2,
            forced_exits: unspool::runtime::config::ForcedExits::every_nth(every),
            ..support::natives()
        };
        let source = format!("{source}; 0");
        let program = support::run_then(&source, "result.join()", config);
        assert_eq!(program.result, "7,2x2,2,caught3");
        if every == 0 {
            assert_eq!(program.exits(), ["not a Smi"]);
        }
    }
}

#[test]
fn c53_a_loop_enters_and_leaves_its_code() {
    let source = "function f(n, bad) { let s = 0; for (let i = 0; i < n; i++) { s = s + (i == n - 2 ? bad : 1) } return s }
         [f(5000, 1), f(5000, 'x'), f(5000, 2)].join()";
    let config = unspool::runtime::config::Config { interrupt_budget: 3000, ..support::natives() };
    let run = support::run_with(source, config.clone());
    let jitless = unspool::runtime::config::Config { jitless: true, ..config };
    assert_eq!(run.result, support::run_with(source, jitless).result);
    assert!(run.events.iter().any(|line| line.contains("OSR at")), "{:?}", run.events);
    assert!(!run.exits().is_empty());
}

#[test]
fn i1_registers_arguments_and_context_are_those_of_the_interpreter() {
    let run = both(
        "function f(a, b) { let x = a + 1, y = { k: x }, z = [x, b]; const g = () => x + y.k; x = b.v;
           a = 9; return JSON.stringify([a, x, y, z, g(), arguments.length]) }
         compile(f, () => f(1, { v: 2 })); [f(1, { v: 2 }), f(1, { w: 0, v: 3 })].join(' ')",
    );
    assert_eq!(run.result, "[9,2,{\"k\":2},[2,{\"v\":2}],4,2] [9,3,{\"k\":2},[2,{\"w\":0,\"v\":3}],5,2]");
}

#[test]
fn i2_the_sequence_of_effects_is_that_of_the_interpreter() {
    let run = both(
        "const log = []; const note = (k, v) => ({ valueOf() { log.push(k); return v } });
         function f(a, b, c) { return (a + b) * c - a % c + (a < b ? -c : ~b) }
         compile(f, () => f(1, 2, 3));
         const r = [f(note('a', 1), 2, 3), f(1, note('b', 2), note('c', 3)), f(note('d', 1.5), note('e', 2), note('f', 3))].join();
         r + log.join('')",
    );
    assert_eq!(run.result, "5,5,6aaabccbcdefdfdef");
    assert!(!run.exits().is_empty());
}

#[test]
fn i4_values_keep_their_kind() {
    let run = both(
        "function f(a, b, o) { const x = a * b, y = x - x, z = x / 2, w = (x | 0) >>> 0, n = -y; o.p; return [x, y, z, w, n, 1 / n, x % 2] }
         compile(f, () => f(3, 5, { p: 1 }));
         const show = v => Object.is(v, -0) ? '-0' : String(v);
         [f(3, 5, { q: 0, p: 1 }), f(-1, 0, { p: 1 }), f(65536, 65536, { p: 1 }), f(0.5, NaN, { p: 1 }), f(-3, 1, { q: 1, p: 1 })]
           .map(list => list.map(show).join()).join(' ')",
    );
    assert_eq!(
        run.result,
        "15,0,7.5,15,-0,-Infinity,1 -0,0,-0,0,-0,-Infinity,-0 4294967296,0,2147483648,0,-0,-Infinity,0 \
         NaN,NaN,NaN,0,NaN,NaN,NaN -3,0,-1.5,4294967293,-0,-Infinity,-1"
    );
}

#[test]
fn i6_stacks_are_those_of_the_interpreter() {
    let run = both(
        "function c(o) { const v = o.x; return new Error('e' + v).stack } function b(o) { return c(o) } function f(o) { return b(o) }
         compile(f, () => f({ x: 1 })); f({ x: 1 }) + f({ y: 0, x: 1 })",
    );
    assert!(run.result.contains("at c"), "{}", run.result);
    assert_eq!(run.exits(), ["wrong map"]);
}

#[test]
fn i7_throws_at_any_depth_reach_the_same_handlers() {
    let run = both(
        "let at = -1, log = [];
         function probe(i) { log.push(i); if (i === at) throw 'x' + i; return i }
         function d2(i) { try { return probe(i) } finally { log.push('f' + i) } }
         function d1(i) { try { return d2(i) + d2(i + 1) } catch (e) { log.push('c' + e); if (i) throw e + '!'; return 0 } }
         function f() { try { return d1(0) + d1(2) } catch (e) { log.push('C' + e); return -1 } finally { log.push('F') } }
         const round = i => { at = i; log = []; const r = f(); return r + log.join('') };
         compile(f, () => round(-1)); const first = [-1, 0, 1, 2, 3].map(round).join(' ');
         compile(f, ...[-1, 0, 1, 2, 3].map(i => () => round(i))); first + '|' + [3, 2, 1, 0, -1].map(round).join(' ')",
    );
    assert!(run.result.contains("Cx3!"), "{}", run.result);
}

#[test]
fn c48_an_exit_in_an_inlined_callback() {
    let run = both(
        "const seen = []; let made;
         function f(a, k) { const r = a.map((x, i, all) => { if (seen.length < 9) seen.push(i + ':' + all.length); return x + k }); made = r; return r.join() }
         const warm = () => { seen.length = 0; return f([1, 2, 3], 1) };
         %PrepareFunctionForOptimization(f); for (let i = 0; i < 400; i++) warm(); %OptimizeFunctionOnNextCall(f);
         seen.length = 0; const r = f([1, 'x', 3], 1); r + ' ' + seen.join() + ' ' + (made.length === 3)",
    );
    assert_eq!(run.result, "2,x1,4 0:3,1:3,2:3 true");
    let exit = run.exit("not a Smi");
    assert!(exit.contains("frames 3"), "{exit}");
}

#[test]
fn c48_all_methods_that_call_back() {
    let run = both(
        "function f(a, bad) {
           let s = 0; a.forEach(x => { s = s + x });
           return [s, a.map(x => x * 2).join(), a.filter(x => x > 1).length, a.some(x => x > 2), a.every(x => x < 9),
             a.find(x => x > 1), a.findIndex(x => x > 1), a.reduce((p, x) => p + x), a.reduce((p, x) => p + x, 10),
             a.reduceRight((p, x) => p + '' + x), [...a].sort((x, y) => y - x).join()].join(' ') }
         %PrepareFunctionForOptimization(f); for (let i = 0; i < 300; i++) f([1, 2, 3]); %OptimizeFunctionOnNextCall(f);
         const holes = [1, , 3]; [f([1, 2, 3]), f([1, 'a', 2.5]), f(holes), f([5])].join('|')",
    );
    assert_eq!(
        run.result,
        "6 2,4,6 2 true true 2 1 6 16 321 3,2,1|1a2.5 2,NaN,5 1 true false 2.5 2 1a2.5 11a2.5 2.5a1 1,a,2.5|\
         4 2,,6 1 true true 3 2 4 14 31 3,1,|5 10 1 true true 5 0 5 15 5 5"
    );
}

#[test]
fn builtins_are_what_the_library_does() {
    let run = both(
        "const nums = [0, -0, 1, -1, 2.5, -2.5, 0.49999999999999994, -0.5, 1e300, NaN, Infinity, -Infinity, 2147483647, -2147483648];
         const show = v => Object.is(v, -0) ? '-0' : String(v);
         const one = [x => Math.abs(x), x => Math.floor(x), x => Math.ceil(x), x => Math.round(x), x => Math.trunc(x), x => Math.sqrt(x),
           x => Math.sin(x), x => Math.exp(x), x => Number.isInteger(x), x => Number.isNaN(x), x => Number.isFinite(x), x => Object.is(x, -0),
           x => Math.imul(x, 3), x => Math.abs(x | 0), x => Math.floor(x | 0)];
         const two = [(x, y) => Math.min(x, y), (x, y) => Math.max(x, y), (x, y) => Math.pow(x, y), (x, y) => Math.atan2(x, y),
           (x, y) => Math.max(x | 0, y | 0), (x, y) => Object.is(x, y)];
         const out = [];
         for (const f of one) { compile(f, () => f(1), () => f(1.5)); out.push(nums.map(x => show(f(x))).join()); out.push(show(f('7')), show(f({ valueOf() { return 3 } }))) }
         for (const f of two) { compile(f, () => f(1, 2), () => f(1.5, 2)); for (const x of nums) out.push(nums.map(y => show(f(x, y))).join()); out.push(show(f('7', 1))) }
         out.join(' ')",
    );
    assert!(run.result.len() > 1000);
    let run = both(
        "function code(s, i) { return s.charCodeAt(i) + s.charAt(i) + s[i] + String.fromCharCode(s.charCodeAt(i) + 1) }
         function list(a, x) { a.push(x); a.push(x + 1); const p = a.pop(); return p + a.length + Array.isArray(a) }
         function parity(a) { let n = 0; for (const x of a) { if (x % 2) continue; if (x > 100) break; n += x } return n }
         compile(code, () => code('abc', 1)); compile(list, () => list([1], 2)); compile(parity, () => parity([1, 2, 3, 4]));
         const frozen = Object.freeze([1]); let thrown; try { list(frozen, 1) } catch (e) { thrown = e.name }
         const grow = []; for (let i = 0; i < 100; i++) list(grow, i);
         [code('abc', 2), code('\\u1234b', 0), code('abc', 7), code('ab' + 'cd', 3), list([], 1.5), list([1, , 3], 's'), list({ push: x => x, pop: () => 1, length: 4 }, 1),
          thrown, grow.length, grow[99], parity([2, 4, 6]), parity([2, , 4]), parity(new Set([2, 4])), parity([2, 200, 4]), parity('24'), parity([])].join()",
    );
    assert!(run.result.contains("TypeError,100,99,12,NaN,6,2"), "{}", run.result);
}

#[test]
fn i6_stacks_through_constructors_and_callbacks() {
    let run = both(
        "class A { constructor(k) { this.k = k } } class B extends A { constructor(k) { super(k); this.s = new Error('b').stack } }
         class C extends B {} function P(k) { this.s = new Error('p').stack }
         function f(K) { return new K(1).s } function g(list) { return list.map(K => f(K)).join('|') }
         %PrepareFunctionForOptimization(f); %PrepareFunctionForOptimization(g);
         for (let i = 0; i < 300; i++) g([B, C, P, A]);
         for (const h of [A, B, C, P, f, g]) %OptimizeFunctionOnNextCall(h);
         g([B, C, P]) + f(B)",
    );
    assert!(run.result.contains("at new B") || run.result.contains("at B"), "{}", run.result);
}

#[test]
fn closures_made_in_line_are_like_others() {
    let run = both(
        "function make(i) { return [() => i, function () { return i }, { m() { return i } }.m, function s() { 'use strict'; return this }] }
         for (let i = 0; i < 40; i++) make(i); compile(make, () => make(1));
         const show = f => [typeof f.prototype, f.length, f.name, f.hasOwnProperty('caller'), f()].join();
         const a = make(5), b = make(6); a[1].prototype.x = 1;
         a.map(show).join(' ') + (new a[1]() instanceof a[1]) + ('x' in b[1].prototype) + (a[0] === b[0]) + b[0]()",
    );
    assert!(run.result.ends_with("truefalsefalse6"), "{}", run.result);
}

#[test]
fn private_members_are_loaded_and_stored_in_line() {
    let run = both(
        "class A { #x = 1; #y; constructor(y) { this.#y = y } sum() { return this.#x + this.#y } add(n) { this.#x += n; return this }
           static peek(o) { return #x in o } get #z() { return this.#x * 2 } z() { return this.#z } #m() { return this.#y } m() { return this.#m() } }
         const a = new A(2); const sum = A.prototype.sum, add = A.prototype.add;
         for (let i = 0; i < 20; i++) new A(i);
         compile(sum, () => a.sum()); compile(add, () => a.add(0)); compile(A.prototype.z, () => a.z()); compile(A.prototype.m, () => a.m());
         const b = new A('s'); let e; try { sum.call({}) } catch (x) { e = x.constructor.name }
         [a.sum(), a.add(5).sum(), b.sum(), b.add('t').sum(), a.z(), a.m(), A.peek(a), A.peek({}), e].join()",
    );
    assert_eq!(run.result, "3,8,1s,1ts,12,2,true,false,TypeError");
}

#[test]
fn for_in_meets_changed_objects() {
    let run = both(
        "function f(o, change) { const seen = []; for (const k in o) { seen.push(k + o[k]); if (change) change(o, k) } return seen.join() }
         compile(f, () => f({ a: 1, b: 2 }), () => f([5, 6]), () => f({ a: 1 }, () => 0));
         const proxy = new Proxy({ x: 1, y: 2 }, {});
         [f({ a: 1, b: 2, c: 3 }), f({ a: 1, b: 2, c: 3 }, (o, k) => { if (k === 'a') delete o.b }), f({ a: 1 }, o => { o.z = 1 }),
           f(Object.create({ p: 1 }, { q: { value: 2, enumerable: true } })), f(proxy), f(proxy, (o, k) => { if (k === 'x') delete o.y }), f(null), f('ab'), f([7, , 8])].join('|')",
    );
    assert_eq!(run.result, "a1,b2,c3|a1,c3|a1|q2,p1|x1,y2|x1||0a,1b|07,28");
}
