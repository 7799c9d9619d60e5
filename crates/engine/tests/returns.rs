//! Returns into code that was invalidated meanwhile (C07): wherever compiled code calls, and whatever it calls, it goes on in the interpreter at
//! the instruction behind that call, with the call's result.
//!
//! Each program's `f` calls `hook`, by way of one kind of call or another. In one run for each time that it does, `hook` looks up where
//! `f` stands, as the return addresses say, and invalidates `f`'s code.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

use unspool::Isolate;
use unspool::runtime::cells::FunctionTemplate;
use unspool::runtime::config::{Config, DumpFrames};
use unspool::runtime::frame_dump::{DumpedBy, FrameDump};
use unspool::runtime::function::new_native;
use unspool::runtime::host::Host;
use unspool::runtime::{Cx, JsResult, ValueExt as _};
use unspool::values::{PropertyKey, Value};
use unspool_bytecode::RawInstruction;
use unspool_deopt::LazyReason;
use unspool_deopt::dumpling::{Dump, Tier, relate};
use unspool_tiering::machine::code::Compiler;
use unspool_tiering::machine::inspect::sites::SiteUse;

/// A frame of compiled code as a walk shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    function: String,
    /// Where its call stands.
    offset: u32,
    /// Where the instruction behind it begins.
    next: u32,
    /// Whether the accumulator holds nothing behind it.
    clobbers: bool,
}

impl Place {
    fn of(template: &FunctionTemplate, offset: u32) -> Place {
        let code = template.code().expect("it runs");
        let call = RawInstruction::decode(&code.bytecode, offset).expect("an instruction");
        Place {
            function: template.info.name.to_string_lossy(),
            offset,
            next: call.end(),
            clobbers: call.opcode.info().accumulator.clobbers(),
        }
    }
}

/// What the tests know of a run.
#[derive(Default)]
struct Probe {
    /// Calls of `hook`.
    calls: Cell<u32>,
    /// At which of them the code is invalidated.
    armed: Cell<Option<u32>>,
    /// Where the code stood then, innermost first.
    places: RefCell<Vec<Place>>,
    /// What is dumped after it was armed.
    dumps: RefCell<Vec<Dump>>,
    graph: RefCell<String>,
}

struct Watch(Rc<Probe>);

impl Host for Watch {
    fn state(&self) -> Option<&dyn Any> {
        Some(&self.0)
    }
    fn optimizer_event(&self, line: &str) {
        self.0.graph.borrow_mut().push_str(line);
    }
    fn frame_dumped(&self, dump: &FrameDump) {
        if self.0.armed.get().is_some() {
            self.0.dumps.borrow_mut().push(Dump {
                tier: match dump.by {
                    DumpedBy::Interpreter => Tier::Interpreter,
                    DumpedBy::Exit => Tier::Deoptimized,
                },
                offset: dump.offset,
                function: dump.function,
                accumulator: dump.accumulator.clone(),
                arguments: dump.arguments.clone(),
                registers: dump.registers.clone(),
            });
        }
    }
}

/// Gives its argument back; if it is the call that was asked for, notes where the code of `f` stands, and invalidates it.
fn hook(cx: Cx<'_>, arguments: unspool::runtime::native::Arguments<'_>) -> JsResult<Value> {
    let probe = {
        let host = cx.host.borrow();
        let state = host.state().and_then(|state| state.downcast_ref::<Rc<Probe>>());
        Rc::clone(state.expect("the tests' host"))
    };
    probe.calls.set(probe.calls.get() + 1);
    if probe.armed.get() == Some(probe.calls.get()) {
        let f = machine::global_function(cx, "f").template;
        cx.for_each_frame_with_closure(|template, offset, closure| {
            if closure.is_none() {
                probe.places.borrow_mut().push(Place::of(&template, offset));
            }
            if template == f { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        Compiler::of(cx.isolate()).invalidate_function(cx.isolate(), f, LazyReason::Testing);
    }
    Ok(arguments.get(0))
}

fn isolate(probe: &Rc<Probe>, config: Config) -> Isolate {
    let isolate = Isolate::new(config, Box::new(Watch(Rc::clone(probe))));
    isolate.enter(|cx| {
        let key = PropertyKey::from_text(cx, &cx.atoms, "hook");
        let hook = new_native(cx, key, 1, hook);
        let realm = cx.hot.realm.get().expect("a realm");
        let global = realm.global.get().as_object().expect("a global object");
        global.create_data_property_infallible(cx, key, hook.into());
    });
    isolate
}

/// A kind of call: what the graph of `f` calls it, functions, and the call of `f`. `%NeverOptimizeFunction` keeps a function from being inlined.
struct Row {
    kind: &'static str,
    op: &'static str,
    functions: &'static str,
    call: &'static str,
}

const fn row(kind: &'static str, op: &'static str, functions: &'static str, call: &'static str) -> Row {
    Row { kind, op, functions, call }
}

/// Constructors that are too large to be inlined, made often enough that their objects' shapes are known.
macro_rules! constructors {
    ($then:literal) => {
        concat!(
            "const padding = 'if (a === 0.5) a = 1;'.repeat(100);
             var P = new Function('a', `this.a = hook(a); log.push('P'); ${padding}`), Q = new Function('a', `${padding} return { q: hook(a) }`);
             for (let i = 0; i < 40; i++) { new P(i); new Q(i) }
             function f(a) { const p = new P(a); log.push(p.a); const q = new Q(a + 1); return [p instanceof P, p.a, q.q, q instanceof Q] }",
            $then
        )
    };
}

const ROWS: &[Row] = &[
    row(
        "a known function",
        "CallKnown ",
        "function g(a) { log.push('g' + a); return hook(a) * 2 } %NeverOptimizeFunction(g);
         function f(a) { const b = a + 1; const r = g(b); log.push(b); const s = g(r + b); return [r, s, b] }",
        "f(3)",
    ),
    row(
        "a known function that looks at its arguments",
        "CallKnownGeneric",
        "function g() { log.push(arguments.length); return hook(arguments[0]) + 1 } %NeverOptimizeFunction(g);
         function f(a) { const r = g(a, 1, 2); return [r, g(r, a), a] }",
        "f(3)",
    ),
    row(
        "any function",
        "= Call v",
        "var fs = [a => hook(a) + 1, a => hook(a) + 2, a => hook(a) + 3, a => hook(a) + 4, a => hook(a) + 5, (a, b) => hook(a) + 6];
         function f(a) { let s = []; for (let i = 0; i < fs.length; i++) { const g = fs[i]; s.push(g(a) + i); log.push(i) } return s }",
        "f(3)",
    ),
    row(
        "a function with the arguments of the activation",
        "CallWithArguments",
        "function g(a, b) { return hook(a) + b } %NeverOptimizeFunction(g);
         function f() { let r = 0; log.push('before'); r = g.apply(null, arguments); log.push('after'); return [r, arguments.length] }",
        "f(3, 4, 5)",
    ),
    row(
        "a native function",
        "CallNative",
        "function f(a) { const r = hook(a + 1); log.push(r); return [r, hook(r) * 2, a] }",
        "f(3)",
    ),
    row(
        "a native function that calls back",
        "CallNative",
        "function g(a) { log.push(a); return hook(a) + 1 } %NeverOptimizeFunction(g);
         function f(a) { const r = Reflect.apply(g, null, [a]); const s = 'xyx'.replace(/x/g, g); return [r, s, a] }",
        "f(3)",
    ),
    row(
        "a helper: operators",
        "CallHelper",
        "var v = { valueOf() { log.push('v'); return hook(7) } }, s = { toString() { log.push('s'); return hook('k') } }, t = { k: 5 };
         function f(a) { const r = [v + a, v * a, v < a, -v, `${s}!`, t[s], s in t]; return r }",
        "f(3)",
    ),
    row(
        "a getter",
        "Call",
        "class P { get x() { log.push('x'); return hook(4) } }
         const get = Object.getOwnPropertyDescriptor(P.prototype, 'x').get; %NeverOptimizeFunction(get);
         const p = new P; function f(o, a) { const r = o.x + a; return [r, o.x, a] }",
        "f(p, 3)",
    ),
    row(
        "a getter, of objects of many shapes",
        "Call",
        "const many = []; for (const k of 'abcdef') many.push({ [k]: 1, get x() { log.push(k); return hook(k) } });
         function f(a) { let s = ''; for (let i = 0; i < many.length; i++) { s += many[i].x + a; log.push(i) } return s }",
        "f(3)",
    ),
    row(
        "a setter",
        "Call",
        "class P { set x(v) { log.push('set' + v); this.seen = hook(v) } }
         const set = Object.getOwnPropertyDescriptor(P.prototype, 'x').set; %NeverOptimizeFunction(set);
         const p = new P; function f(o, a) { const r = (o.x = a + 1); log.push(r); o.x = r + 1; return [r, o.seen] }",
        "f(p, 3)",
    ),
    row(
        "a setter, of objects of many shapes",
        "Call",
        "const many = []; for (const k of 'abcdef') many.push({ [k]: 1, set x(v) { log.push(k); this.seen = hook(v) } });
         function f(a) { let s = ''; for (let i = 0; i < many.length; i++) { s += (many[i].x = a + i); log.push(i) } return s }",
        "f(3)",
    ),
    row("a known constructor", "ConstructKnown", constructors!(""), "f(3)"),
    row(
        "a known constructor with code of its own",
        "ConstructKnown",
        constructors!(" for (const C of [P, Q]) { %PrepareFunctionForOptimization(C); new C(1); %OptimizeFunctionOnNextCall(C); new C(1) }"),
        "f(3)",
    ),
    row(
        "any constructor",
        "= Construct v",
        "var Cs = [class { constructor(a) { this.a = hook(a) } }, function (a) { this.a = hook(a) }, function (a) { hook(a); return { a: 'other' } },
           class extends Object { constructor(a) { super(); this.a = hook(a) } }, function (a, b) { this.a = hook(a) + 1; return 7 }];
         function f(a) { const all = []; for (let i = 0; i < Cs.length; i++) { const C = Cs[i], p = new C(a + i); all.push(p.a, p instanceof C); log.push(i) } return all }",
        "f(3)",
    ),
    row(
        "a superclass",
        "onstruct",
        "class P { constructor(a) { this.a = hook(a); log.push(new.target.name) } } %NeverOptimizeFunction(P);
         class F extends P { constructor(a) { super(a + 1); this.b = this.a + hook(1); } } var f = F;",
        "(p => [p.a, p.b, p instanceof F])(new F(3))",
    ),
    row(
        "one instruction of the interpreter",
        "GenericStep",
        "var proxy = new Proxy({}, { deleteProperty(_, k) { log.push(k); return hook(true) }, has() { return hook(false) } });
         var source = { get one() { log.push('one'); return hook(1) }, get two() { return hook(2) } };
         function f(a) { const r = delete proxy.k; const { one, ...rest } = source; const all = { ...source, a }; return [r, one, rest, all, a] }",
        "f(3)",
    ),
    row(
        "an iteration",
        "Call",
        "var items = { [Symbol.iterator]() { let i = 0; hook(0); return { next() { log.push(i); return hook({ done: i++ > 2, value: i }) }, return() { hook(0); return {} } } } };
         function f(a) { let s = a; for (const i of items) s += i; const [x, y] = items; return [s, x, y, ...items] }",
        "f(3)",
    ),
    row(
        "the call of an inlined function",
        "CallNative",
        "function c(a, n) { const k = a * 2; const r = hook(k + n); log.push('c' + n); return [r, k, arguments.length] }
         function b(a, n) { const held = { a }; const r = c(a + 1, n); held.n = n; return [r, held] }
         function f(a) { const r = b(a, 1); log.push('f'); return [r, b(a, 2), c(a, 3, 4)] }",
        "f(3)",
    ),
    row(
        "the calls of inlined accessors and constructors",
        "CallNative",
        "class P { constructor(a) { this.a = a; this.h = hook(a + 1) } get x() { const r = hook(this.a); return r + 1 } set x(v) { this.a = hook(v); log.push(v) } }
         function f(a) { const p = new P(a); const r = p.x; p.x = r + 5; return [p, r, p.x] }",
        "f(3)",
    ),
    row(
        "the call of an inlined callback",
        "CallNative",
        "function f(a) { return [1, 2, 3].map(n => { log.push(n); return hook(n * a) + a }).concat([1, 2].filter(n => hook(n) > 1)) }",
        "f(3)",
    ),
    // The compiled callee gives frames instead of a result, and those call `hook` in the interpreter.
    row(
        CALLEE_LEAVES,
        "CallKnown ",
        "var x = { x: 1 }, other = { y: 0, x: 1 }, padding = 'if (o === 0.5) a = 1;'.repeat(100);
         var g = new Function('o', 'a', padding + 'const r = o.x; log.push(r); return hook(a) + r');
         %PrepareFunctionForOptimization(g); g(x, 1); g(x, 1); %OptimizeFunctionOnNextCall(g); g(x, 1);
         function f(a) { const r = g(x, a); log.push('f'); return [r, a] }",
        "(x = ++rounds === 5 ? other : x, f(3))",
    ),
    row(
        IN_LOOP,
        "CallNative",
        "function f(n) { let s = 0; for (let i = 0; i < n; i++) { const k = i * 2; s += hook(i) + k; log.push(s); if (i === 2) %OptimizeOsr() } return [s, n] }",
        "f(++rounds < 5 ? 2 : 8)",
    ),
    row(
        "in a generator",
        "CallNative",
        "function* f(a) { const r = hook(a); const got = yield r; log.push(got); try { yield hook(r) + 1 } finally { hook(5); log.push('end') } return hook(6) }",
        "(g => [g.next(), g.next('got'), g.next(), g.next()])(f(3))",
    ),
    row(
        "in a handler's reach",
        "CallKnown ",
        "function g(a) { log.push('g' + a); return hook(a) * 2 } %NeverOptimizeFunction(g);
         function f(a) { let r = 0; try { r = g(a); r += g(r) } catch (e) { r = e } finally { log.push('finally'); r += g(1) } return r }",
        "f(3)",
    ),
    row(
        "arguments that are being evaluated",
        "CallNative",
        "function g(...all) { return all.join() } %NeverOptimizeFunction(g);
         function f(a) { return g(hook(a), hook(a + 1), [hook(a + 2)], a ? hook(a + 3) : 0, hook(a + 4) && 'end') }",
        "f(3)",
    ),
];

/// The row in which the callee's code is left, too, before `hook` is called.
const CALLEE_LEAVES: &str = "a function whose code is left in the call";

/// The row in which the code is that of a loop, entered behind so many calls of `hook`.
const IN_LOOP: &str = "in a loop that is entered on its way";
const ENTERED_AT: u32 = 4;

/// What a dump has for a place that nothing reads.
const OPTIMIZED_OUT: &str = "<optimized_out>";

/// A second script with what the tests ask of `f`.
fn asked(call: &str) -> String {
    format!("log.length = 0; JSON.stringify([{call}, log])")
}

/// What the interpreter does with a program.
struct Reference {
    result: String,
    calls: u32,
    dumps: Vec<Dump>,
}

fn interpreted(setup: &str, call: &str) -> Reference {
    let probe = Rc::new(Probe::default());
    let dump_frames = DumpFrames { interpreter: true, exits: false };
    let isolate = isolate(&probe, Config { jitless: true, dump_frames, ..machine::manual() });
    machine::run(&isolate, setup);
    machine::run(&isolate, &format!("{call}; {call}; {call}; {call}"));
    probe.calls.set(0);
    probe.armed.set(Some(0));
    let result = machine::run(&isolate, &asked(call));
    Reference { result, calls: probe.calls.get(), dumps: probe.dumps.take() }
}

/// Invalidates the code in the `nth` call of `hook`. Of that call: checks that the code is left there alone, behind the call where its return
/// address says that it stands.
fn returned(row: &Row, setup: &str, nth: u32, reference: &Reference) {
    let Row { kind, op, call, .. } = row;
    let what = format!("{kind}, call {nth}");
    let probe = Rc::new(Probe::default());
    let dump_frames = DumpFrames { interpreter: false, exits: true };
    let isolate = isolate(&probe, Config { print_graph: true, dump_frames, ..machine::manual() });
    machine::run(&isolate, setup);
    if *kind == IN_LOOP {
        machine::run(
            &isolate,
            &format!("%PrepareFunctionForOptimization(f); {call}; {call}; {call}; {call}"),
        );
    } else {
        machine::optimize(&isolate, "f", call);
    }
    let before = machine::counters(&isolate);
    probe.calls.set(0);
    probe.armed.set(Some(nth));
    assert_eq!(machine::run(&isolate, &asked(call)), reference.result, "{what}");
    let after = machine::counters(&isolate);
    let graph = probe.graph.take();
    assert!(graph.contains(op), "{what}: no {op} in {graph}");
    let places = probe.places.take();
    let eager = u64::from(*kind == CALLEE_LEAVES);
    assert_eq!((after.eager - before.eager, after.lazy - before.lazy), (eager, 1), "{what} at {places:?}");
    let told = isolate.enter(|cx| {
        let compiler = Compiler::of(cx.isolate());
        let codes = (0..compiler.new_id()).filter_map(|id| compiler.object(id));
        let left: Vec<Vec<u32>> = codes
            .flat_map(|code| {
                let sites = code.data.sites().filter(|&(site, _)| {
                    code.exits(site).taken > 0 && code.uses[site.index()] == SiteUse::Lazy
                });
                let positions = sites.map(|(_, site)| code.data.positions(site.translation));
                positions.map(|at| at.iter().map(|position| position.offset).collect()).collect::<Vec<_>>()
            })
            .collect();
        <[_; 1]>::try_from(left).unwrap_or_else(|left| panic!("{what}: left at {left:?}"))
    });
    // The frames of the exit are those that the walk has found. Further in are callees with code of their own.
    let [told] = told;
    let places = &places[places.len().saturating_sub(told.len())..];
    let walked: Vec<u32> = places.iter().map(|place| place.offset).collect();
    assert_eq!(told, walked, "{what}: {places:?}");
    // And the interpreter goes on behind the innermost one's call, with a frame that it has itself there.
    let mut dumps = probe.dumps.take();
    let dump = dumps.last_mut().unwrap_or_else(|| panic!("{what}: nothing was rebuilt at {places:?}"));
    assert_eq!(dump.offset, places[0].next, "{what}: {places:?}");
    if places[0].clobbers {
        dump.accumulator = OPTIMIZED_OUT.to_owned();
    }
    assert_eq!(
        relate(&dumps, &reference.dumps),
        Ok(()),
        "{what}: the interpreter has no such frame: {dumps:?}"
    );
}

#[test]
fn c07_each_call_is_returned_from_to_the_instruction_behind_it() {
    for row in ROWS {
        let setup = format!("var log = [], rounds = 0; {}", row.functions);
        let reference = interpreted(&setup, row.call);
        let first = if row.kind == IN_LOOP { ENTERED_AT } else { 1 };
        assert!(reference.calls >= first, "{}", row.kind);
        for nth in first..=reference.calls {
            returned(row, &setup, nth, &reference);
        }
    }
}
