//! The frames that exits rebuild are, word for word, those that calls build (C14): the same program looks at its own stack behind an exit and,
//! when the code is gone, in the interpreter.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;

use std::fmt::Write as _;

use unspool::Isolate;
use unspool::runtime::cells::{Context, Function};
use unspool::runtime::frame::{Frame, FrameFlags, HEADER_WORDS};
use unspool::runtime::function::new_native;
use unspool::runtime::{Cx, ValueExt as _};
use unspool::values::{PropertyKey, Value};
use unspool_gc::Client as _;

/// What stands for a register that nothing will read.
const DEAD: &str = "dead";

/// A word as text. Objects, which each call makes anew, are told by their kind, closures by their code.
fn text(value: Value) -> String {
    if value == Value::OPTIMIZED_OUT {
        return DEAD.to_owned();
    }
    match (value.to::<Function>(), value.cell_kind()) {
        (Some(function), _) => format!("closure of {:x}", function.template.addr()),
        (_, Some(kind)) => format!("{kind:?}"),
        _ => format!("{value:?}"),
    }
}

/// All words of the frames from the innermost outward, without that of the script, which is another one each time; a line for each frame.
fn image(cx: Cx<'_>) -> String {
    let mut lines = String::new();
    let mut fp = cx.hot.current_frame.get();
    while !fp.is_null() {
        // SAFETY: the current frame and its callers are fully built while a native function runs.
        let header = unsafe { Frame(fp).header() };
        if header.flags.get() & FrameFlags::ENTRY != 0 {
            break;
        }
        let template = header.template.get();
        let registers = template.register_count.get() as usize;
        let arguments = (header.argument_count.get() as usize).max(template.info.formal_count as usize);
        let caller = header.caller_fp.get();
        let _ = write!(
            lines,
            "{}|flags {:x}|at {}|argc {}|function {:x}|template {:x}|feedback {:x}|context {}",
            template.info.name.to_string_lossy(),
            header.flags.get(),
            header.bytecode_offset.get(),
            header.argument_count.get(),
            header.function.get().addr(),
            template.addr(),
            header.feedback.get().map_or(0, |feedback| feedback.addr()),
            header
                .context
                .get()
                .map_or("none".to_owned(), |context| own(header.function.get().context, context)),
        );
        for index in 0..registers + 1 + arguments {
            // SAFETY: registers ascend from the frame pointer; behind them lie the receiver and at least as many arguments as formals.
            let _ = write!(lines, "|{}", text(unsafe { *fp.add(index) }));
        }
        lines.push('\n');
        assert!(fp.addr() + 8 * (registers + 1) <= caller.addr() - 8 * HEADER_WORDS, "frames do not overlap");
        fp = caller;
    }
    lines
}

/// A context by whether it is the one that the closure has.
fn own(closure: Option<unspool_gc::Gc<Context>>, context: unspool_gc::Gc<Context>) -> String {
    if closure == Some(context) { "its own".to_owned() } else { "another".to_owned() }
}

/// Gives programs `look()`: the image of the stack as a string.
fn install_look(isolate: &Isolate) {
    isolate.enter(|cx| {
        let key = PropertyKey::from_text(cx, &cx.atoms, "look");
        let look = new_native(cx, key, 0, |cx, _| {
            let text = image(cx);
            Ok(cx.new_string(&text).into())
        });
        let realm = cx.hot.realm.get().expect("a realm");
        let global = realm.global.get().as_object().expect("a global object");
        global.create_data_property_infallible(cx, key, look.into());
    });
}

/// Functions, and an expression that calls them with an object `o`, whose property `x` the innermost one reads before it looks.
const PROGRAMS: &[(&str, &str)] = &[
    ("function f(o, a) { const x = o.x; seen.push(look()); return x + a }", "f(o, 2)"),
    // Too few and too many arguments, in inlined calls.
    (
        "function g(o, a, b) { const x = o.x; seen.push(look()); return x } function f(o) { return g(o) + g(o, 1, 2, 3, 4) }",
        "f(o)",
    ),
    // A register that is dead at the exit, one that lives in the caller, and a block's context.
    (
        "function g(o) { const x = o.x; seen.push(look()); return x }
         function f(o, n) { let s = n; { const dead = s * 2; s += dead } for (let i = 0; i < 1; i++) { const h = () => i; s += g(o) + h() } return s }",
        "f(o, 3)",
    ),
    // `new`, of base and derived classes, and accessors.
    (
        "class P { constructor(o) { this.a = o.x; seen.push(look()) } get b() { return this.a } }
         class Q extends P { constructor(o) { super(o); this.c = this.b } } function f(o) { return new Q(o).c }",
        "f(o)",
    ),
    (
        "class H { get v() { const x = o.x; seen.push(look()); return x } } const has = new H;
         function f() { return has.v + 1 }",
        "f()",
    ),
    (
        "class H { set v(a) { const x = o.x + a; seen.push(look()); this.w = x } } const has = new H;
         function f(a) { has.v = a; return has.w }",
        "f(3)",
    ),
    // A sloppy function's receiver, a rest array and an arguments object.
    (
        "function g(o, ...rest) { const x = o.x; seen.push(look()); return x + rest.length + arguments.length }
         function f(o) { return g.call(7, o, 1, 2) }",
        "f(o)",
    ),
    // A handler around the exit.
    ("function f(o) { try { const x = o.x; seen.push(look()); return x } catch (e) { return e } finally { o = 0 } }", "f(o)"),
    // A chain.
    (
        "function a(o, n) { const x = o.x; seen.push(look()); return x + n } function b(o, n) { return a(o, n + 1) + n }
         function c(o, n) { const m = n * 2; return b(o, m) + m } function d(o) { return c(o, 1) } function f(o) { return d(o) }",
        "f(o)",
    ),
];

/// The same word in both: a rebuilt frame may hold less, what nothing will read.
fn check(rebuilt: &str, called: &str, program: &str) {
    assert_eq!(rebuilt.lines().count(), called.lines().count(), "{program}\n{rebuilt}\n{called}");
    for (rebuilt, called) in rebuilt.lines().zip(called.lines()) {
        let (rebuilt, called): (Vec<&str>, Vec<&str>) =
            (rebuilt.split('|').collect(), called.split('|').collect());
        assert_eq!(rebuilt.len(), called.len(), "{program}\n{rebuilt:?}\n{called:?}");
        for (index, (rebuilt_word, called_word)) in rebuilt.iter().zip(&called).enumerate() {
            let may_be_dead = *rebuilt_word == DEAD && index >= 8;
            assert!(
                may_be_dead || rebuilt_word == called_word,
                "word {index}: {rebuilt_word}, not {called_word}\n{rebuilt:?}\n{called:?}\nof {program}"
            );
        }
    }
}

#[test]
fn c14_rebuilt_frames_are_word_for_word_those_of_calls() {
    for (functions, call) in PROGRAMS {
        let isolate = machine::isolate();
        install_look(&isolate);
        machine::run(&isolate, &format!("var seen = [], o; {functions}"));
        let with = |object: &str| format!("o = {object}; seen.length = 0; {call}; seen.join('\\n--\\n')");
        // Callees need feedback of their own to be inlined.
        machine::run(&isolate, &format!("o = {{ x: 1 }}; for (let i = 0; i < 20; i++) {call};"));
        machine::optimize(&isolate, "f", &format!("(o = {{ x: 1 }}, {call})"));
        let exits = machine::counters(&isolate).eager;
        let rebuilt = machine::run(&isolate, &with("{ y: 0, x: 1 }"));
        assert!(machine::counters(&isolate).eager > exits, "no exit in {functions}");
        assert!(!machine::is_optimized(&isolate, "f"), "{functions}");
        let called = machine::run(&isolate, &with("{ y: 0, x: 1 }"));
        assert_eq!(rebuilt.split("--").count(), called.split("--").count());
        check(&rebuilt, &called, functions);
    }
}

/// Gives programs `markers()`: how many words of the isolate's stack and of the exit area are what a frame holds in place of an object that the
/// exit is still to make.
fn install_markers(isolate: &Isolate) {
    isolate.enter(|cx| {
        let key = PropertyKey::from_text(cx, &cx.atoms, "markers");
        let markers = new_native(cx, key, 0, |cx, _| {
            let mut found = 0;
            cx.isolate().conservative_ranges(&mut |low, high| {
                let words = (high.addr() - low.addr()) / size_of::<usize>();
                // SAFETY: the ranges are readable, and aligned.
                let is_marker =
                    |index: &usize| unsafe { low.add(*index).read() } as u64 == Value::LAZY.bits();
                found += (0..words).filter(is_marker).count();
            });
            Ok(Value::from_i32(found as i32))
        });
        let realm = cx.hot.realm.get().expect("a realm");
        let global = realm.global.get().as_object().expect("a global object");
        global.create_data_property_infallible(cx, key, markers.into());
    });
}

/// Objects that share others, in three frames; what the exit has put in their places before it made them is gone.
#[test]
fn c20_no_marker_is_left_behind_an_exit() {
    let isolate = machine::isolate();
    install_markers(&isolate);
    let objects: String = (0..4).map(|k| format!("const p{k} = {{ a: n + {k}, q }};\n")).collect();
    let sum: Vec<String> = (0..4).map(|k| format!("p{k}.a + p{k}.q.b")).collect();
    let sum = sum.join(" + ");
    machine::run(
        &isolate,
        &format!(
            "var seen = [];
             function h(o, n) {{ const q = {{ b: n }}; {objects} const x = o.x; if (x > 1) seen.push(markers()); return x + {sum} }}
             function g(o, n) {{ const q = {{ b: n + 1 }}; {objects} const x = h(o, n); if (x > 10000) seen.push(markers()); return x + {sum} }}
             function f(o, n) {{ const q = [n]; const r = g(o, n); return r + q[0] }}
             for (let i = 0; i < 20; i++) f({{ x: 1 }}, 1);"
        ),
    );
    let expected = machine::run(&isolate, "f({ x: 10000 }, 3)");
    assert_eq!(machine::run(&isolate, "seen.join(); "), "0,0", "the interpreter knows no markers");
    machine::run(
        &isolate,
        "seen.length = 0; %ClearFunctionFeedback(f); %ClearFunctionFeedback(g); %ClearFunctionFeedback(h)",
    );
    machine::run(&isolate, "for (let i = 0; i < 20; i++) f({ x: 1 }, 1)");
    machine::optimize(&isolate, "f", "f({ x: 1 }, 1)");
    let made =
        || isolate.enter(|cx| unspool_tiering::machine::code::Compiler::of(cx.isolate()).materialization());
    let before = made();
    assert_eq!(machine::run(&isolate, "f({ y: 0, x: 10000 }, 3)"), expected);
    let after = made();
    assert_eq!((after.frames - before.frames, after.exits - before.exits), (3, 1));
    assert_eq!(after.allocated - before.allocated, 11);
    assert_eq!(machine::run(&isolate, "seen.join()"), "0,0", "no marker is left");
}
