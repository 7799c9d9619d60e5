//! Frames that exits rebuild, and frames that programs look at: as many registers as the bytecode has and the sentinel in dead ones
//! (C11), the reading of live ones (C18), chains that walkers follow (C29), the longest exits (C44), code that is entered at a loop and left at
//! once (I11), and looks at frames that change nothing (I12).
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;
mod support;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use support::{PRELUDE, both, natives, run_with};
use unspool::Isolate;
use unspool::runtime::cells::FunctionTemplate;
use unspool::runtime::config::{Config, DumpFrames, ForcedExits};
use unspool::runtime::frame_dump::{DumpedBy, FrameDump};
use unspool::runtime::function::new_native;
use unspool::runtime::host::Host;
use unspool::values::{PropertyKey, Value};
use unspool_bytecode::{Liveness, Register};
use unspool_deopt::dumpling::{Dump, Tier, relate};
use unspool_deopt::translation::Instruction;
use unspool_deopt::{LiteralId, Position, ResultLocation, SiteId, SiteReason};
use unspool_tiering::machine::code::{CodeObject, Compiler};

/// Programs whose functions have registers that live and die in all the usual ways.
const CORPUS: &[&str] = &[
    "function f(a, b) { let x = a + b, y = x * 2; { let z = y - a; x = z } return x + y }
     compile(f, () => f(1, 2)); f(1, 2)",
    "function g(a) { return a.x } function f(o, n) { let s = 0; for (let i = 0; i < n; i++) { const v = g(o); s += v * i } return s }
     compile(f, () => f({ x: 2 }, 5)); f({ x: 2 }, 5)",
    "function f(o) { let a = 1, b; try { b = o.x.y; a = b + 1 } catch (e) { a = e instanceof TypeError } finally { b = a } return [a, b] }
     compile(f, () => f({ x: { y: 1 } }), () => f({})); f({})",
    "class P { constructor(x) { this.x = x } get y() { return this.x + 1 } } class Q extends P { constructor(x) { super(x); this.z = x } }
     function f(n) { const q = new Q(n), { x, z } = q; return x + z + q.y }
     compile(f, () => f(3)); f(3)",
    "function f(n) { switch (n & 3) { case 0: { const a = n; return a } case 1: { let b = n * 2; b++; return b } default: return -n } }
     compile(f, () => f(0), () => f(1), () => f(2)); f(1)",
    "function* f(n) { let a = n; for (let i = 0; i < 3; i++) { const got = yield a + i; a += got ?? 1 } return a }
     compile(f, () => [...f(1)]); [...f(4)]",
    "function f(xs) { let sum = 0; for (const [k, v] of xs) { const t = k * v; sum += t } return xs.map(([k]) => k + sum) }
     compile(f, () => f([[1, 2], [3, 4]])); f([[1, 2], [3, 4]])",
    "function f(a, ...rest) { const g = x => x + a + rest.length; let t = g(1); a = t; return g(2) + arguments.length }
     compile(f, () => f(1, 2, 3)); f(1, 2, 3)",
];

/// A frame of a translation: its code, where it stands, where its result goes, and which registers are told.
struct Told {
    code: LiteralId,
    position: Position,
    result: ResultLocation,
    registers: Vec<bool>,
}

fn frames_of(code: &CodeObject, site: SiteId) -> Vec<Told> {
    let translation = code.data.site(site).expect("a site").translation;
    let instructions = code.data.translations().instructions(translation).expect("verified data");
    let mut list = instructions.into_iter().peekable();
    let mut frames = Vec::new();
    // The next value with its parts: is it told?
    fn value(list: &mut impl Iterator<Item = Instruction>) -> bool {
        let first = list.next().expect("a value");
        for _ in 0..first.children() {
            value(list);
        }
        first != Instruction::OptimizedOut
    }
    while let Some(head) = list.next() {
        match head {
            Instruction::Interpreted(head) => {
                let Some(Instruction::Position(position)) = list.next() else { panic!("a position") };
                for _ in 0..3 + head.formals {
                    value(&mut list);
                }
                let registers = (0..head.registers).map(|_| value(&mut list)).collect();
                value(&mut list);
                frames.push(Told { code: head.code, position, result: head.result, registers });
            }
            Instruction::InlinedArguments { surplus, .. } => {
                for _ in 0..surplus {
                    value(&mut list);
                }
            }
            _ => {}
        }
    }
    frames
}

#[test]
fn c11_frames_have_the_registers_of_their_bytecode_and_dead_ones_hold_the_sentinel() {
    let (mut frames, mut live, mut dead) = (0, 0, 0);
    for program in CORPUS {
        let isolate = machine::isolate();
        machine::run(&isolate, &format!("{PRELUDE}{program}"));
        isolate.enter(|cx| {
            let compiler = Compiler::of(cx.isolate());
            for code in (0..compiler.new_id()).filter_map(|id| compiler.object(id)) {
                for (site, data) in code.data.sites() {
                    for frame in frames_of(&code, site) {
                        // Behind a call that throws nothing goes on but handlers.
                        let throws = data.reason == SiteReason::Lazy && frame.result == ResultLocation::None;
                        // SAFETY: the code is valid or its activation is over; its literals were alive when it was made, and nothing
                        // was collected since.
                        let literal = unsafe { Value::from_bits(code.data.literal(frame.code)) };
                        let template = literal.to::<FunctionTemplate>().expect("the code of a frame");
                        let block = template.code().expect("it ran");
                        assert_eq!(frame.registers.len() as u32, block.register_count);
                        let liveness = Liveness::analyze(block);
                        let offset = frame.position.offset();
                        let handler =
                            block.handlers.lookup(offset).map(|handler| liveness.before(handler.handler));
                        let set = match frame.position {
                            Position::Before(offset) => liveness.before(offset),
                            Position::After(offset) => liveness.after(offset),
                        };
                        for (index, &told) in frame.registers.iter().enumerate() {
                            let register = Register::local(index as u32);
                            let result = matches!(frame.result, ResultLocation::Registers { first, count }
                                if (first..first + count).contains(&(index as u32)));
                            // The generator is needed for whatever becomes of the activation.
                            let generator = template.new_target_register.get() == index as u32 + 1;
                            let caught = handler.as_ref().is_some_and(|set| set.contains(register));
                            let context = block
                                .handlers
                                .lookup(offset)
                                .is_some_and(|handler| handler.context == register);
                            if told {
                                live += 1;
                                assert!(
                                    set.contains(register) || caught || context || generator,
                                    "{site} tells r{index}, which is dead at {:?} of {program}",
                                    frame.position
                                );
                            } else {
                                dead += 1;
                                let needed = if throws { caught } else { set.contains(register) && !result };
                                assert!(
                                    !needed,
                                    "{site} leaves r{index} out, which is live at {:?} of {program}",
                                    frame.position
                                );
                            }
                        }
                        frames += 1;
                    }
                }
            }
        });
    }
    assert!(
        frames > 150 && live > 300 && dead > 500,
        "{frames} frames, {live} live and {dead} dead registers"
    );
}

/// In debug builds, the interpreter asserts that no register it reads holds the sentinel, so this reads all that are live.
#[test]
fn c18_all_registers_are_read_after_an_exit() {
    let variables: Vec<String> = (0..20).map(|i| format!("v{i}")).collect();
    let declared: String = (0..20).map(|i| format!("let v{i} = a * {i} + (a ? {i} : b);\n")).collect();
    let dead: String = (0..10).map(|i| format!("let d{i} = b + {i}; b = d{i};\n")).collect();
    let run = both(&format!(
        "function f(a, b, o) {{ {declared} {{ {dead} }} const got = o.x;
           return [{0}].concat(got, b).map(v => v + 1).join() + ({1}) }}
         compile(f, () => f(2, 3, {{ x: 4 }})); f(2, 3, {{ y: 0, x: 4 }})",
        variables.join(", "),
        variables.join(" + ")
    ));
    assert_eq!(run.exits(), ["wrong map"]);
    assert!(run.result.ends_with("570"), "{}", run.result);
    for program in CORPUS {
        both(program);
    }
}

/// Stacks that a program sees in an inlined chain, behind an exit in its innermost function and on the way out.
#[test]
fn c29_walkers_of_a_rebuilt_stack_find_the_functions_and_lines_of_the_interpreter() {
    let mut program = String::from(
        "const seen = [];
         const stack = () => seen.push(new Error('here').stack.split('\\n').slice(1, 14).map(line => line.trim()).join(' < '));
         %NeverOptimizeFunction(stack);
         function f0(o) {
           stack();
           const x = o.x;
           stack();
           return x;
         }\n",
    );
    for depth in 1..9 {
        program.push_str(&format!(
            "function f{depth}(o) {{\n  const x = f{}(o);\n  if (o.late === {depth}) stack();\n  return x + 1;\n}}\n",
            depth - 1
        ));
    }
    program.push_str(
        "compile(f8, () => f8({ x: 1 })); seen.length = 0;
         f8({ x: 1 }); f8({ y: 0, x: 2 }); f8({ x: 3, late: 4 }); f8({ x: 4, late: 8 });
         seen.join('\\n')",
    );
    let run = both(&program);
    assert!(run.exits().contains(&"wrong map"), "{:?}", run.exits());
    for line in run.result.lines().take(4) {
        assert!((0..9).all(|depth| line.contains(&format!("f{depth} "))), "{line}");
    }
}

/// Gives programs a function `now()`: nanoseconds.
fn install_clock(isolate: &Isolate) {
    isolate.enter(|cx| {
        let key = PropertyKey::from_text(cx, &cx.atoms, "now");
        let now = new_native(cx, key, 0, |_, _| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
            // As many digits as a double holds.
            Ok(Value::from_f64((now.as_nanos() % 1_000_000_000_000_000) as f64))
        });
        let realm = cx.hot.realm.get().expect("a realm");
        let global = unspool::runtime::ValueExt::as_object(realm.global.get()).expect("a global object");
        global.create_data_property_infallible(cx, key, now.into());
    });
}

/// The longest of 4,000 exits of ten frames each, without a collection. A loaded machine may stop the test for longer, in every try anew; so
/// the best try counts.
#[test]
fn c44_exits_are_short() {
    let chain: String =
        (1..10).map(|k| format!("function f{k}(o) {{ return f{}(o) + 1; }}\n", k - 1)).collect();
    let config = Config { deopt_threshold: u32::MAX, ..machine::manual() };
    let isolate = machine::with(config);
    install_clock(&isolate);
    machine::run(
        &isolate,
        &format!(
            "{PRELUDE} function f0(o) {{ return o.x; }} {chain}
             const parts = [f0, f1, f2, f3, f4, f5, f6, f7, f8]; for (const f of parts) %PrepareFunctionForOptimization(f);
             compile(f9, () => f9({{ x: 1 }})); f9({{ x: 1 }});
             function longest() {{
               const times = [], bad = {{ y: 1, x: 2 }};
               for (let i = 0; i < 4000; i++) {{ const before = now(); f9(bad); times.push(now() - before) }}
               times.sort((a, b) => a - b);
               return times[Math.floor(times.length * 0.999)];
             }}
             %NeverOptimizeFunction(longest);"
        ),
    );
    let mut best = u64::MAX;
    for _ in 0..20 {
        let before = machine::counters(&isolate).eager;
        let nanoseconds: u64 = machine::run(&isolate, "longest()").parse().expect("a number");
        assert_eq!(machine::counters(&isolate).eager - before, 4000);
        best = best.min(nanoseconds);
        if best <= 50_000 {
            return;
        }
    }
    panic!("{best} ns");
}

/// Collects the frames that are dumped.
struct Frames(Rc<RefCell<Vec<Dump>>>);

impl Host for Frames {
    fn frame_dumped(&self, dump: &FrameDump) {
        self.0.borrow_mut().push(Dump {
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

fn dumps(source: &str, config: Config) -> (String, Vec<Dump>) {
    let frames = Rc::new(RefCell::new(Vec::new()));
    let isolate = Isolate::new(config, Box::new(Frames(Rc::clone(&frames))));
    let result = isolate.run_script(source, "test.js").unwrap_or_else(|error| format!("threw {error}"));
    drop(isolate);
    (result, frames.take())
}

/// A value of a program, as source text.
fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i32>().prop_map(|n| n.to_string()),
        prop::sample::select(vec![
            "-0",
            "0",
            "2147483647",
            "-2147483648",
            "2147483648",
            "1e308",
            "NaN",
            "Infinity"
        ])
        .prop_map(str::to_owned),
        any::<f64>().prop_map(|n| if n.is_finite() { format!("{n:e}") } else { "0.5".to_owned() }),
        prop::sample::select(vec![
            "undefined",
            "null",
            "true",
            "false",
            "'text'",
            "10n",
            "[1, 2]",
            "({ x: 1 })"
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// I11: a loop's code is entered with a frame of random values, and left at its first exit, which gives the frame back: it is one of
    /// those that the interpreter has there.
    #[test]
    fn i11_entering_a_loop_and_leaving_at_once_changes_no_frame(
        values in prop::collection::vec(any_value(), 1..10),
        rounds in 1..4u32,
        nth in 1..4u32,
    ) {
        let declared: String = values.iter().enumerate().map(|(i, value)| format!("let v{i} = {value};\n")).collect();
        let names: Vec<String> = (0..values.len()).map(|i| format!("v{i}")).collect();
        // Rotated in each round, so that each place has values of several kinds.
        let rotated = names.iter().cycle().skip(1).take(names.len()).cloned().collect::<Vec<_>>().join(", ");
        let source = format!(
            "function f(n, o) {{\n{declared} let seen = 0;
               for (let i = 0; i < n; i++) {{ seen += o.x; [{0}] = [{rotated}]; if (i === 2) %OptimizeOsr(); }}
               return [seen, {0}].map(v => Object.is(v, -0) ? '-0' : typeof v === 'object' ? JSON.stringify(v) : String(v)).join() }}
             %PrepareFunctionForOptimization(f); f({rounds}, {{ x: 1 }}); f(6, {{ x: 2 }})",
            names.join(", "),
        );
        let interpreter = DumpFrames { interpreter: true, exits: false };
        let config = machine::manual();
        let (expected, reference) = dumps(&source, Config { jitless: true, dump_frames: interpreter, ..config.clone() });
        prop_assert!(!expected.starts_with("threw"), "{expected}");
        let exits = DumpFrames { interpreter: false, exits: true };
        let forced_exits = ForcedExits::every_nth(nth);
        let (result, rebuilt) = dumps(&source, Config { forced_exits, dump_frames: exits, ..config });
        prop_assert_eq!(result, expected);
        prop_assert!(!rebuilt.is_empty(), "no exit was taken");
        if let Err(index) = relate(&rebuilt, &reference) {
            prop_assert!(false, "the interpreter has no such frame: {:?}", rebuilt[index]);
        }
    }

    /// I12: looks at the stack and at `arguments`, wherever they stand, change no result, interpreted, compiled and with exits.
    #[test]
    fn i12_looking_at_frames_changes_no_later_result(
        looks in prop::collection::vec(prop::sample::select(vec![
            "",
            "look();",
            "new Error('x').stack;",
            "f.arguments;",
            "f.caller;",
            "inner.arguments;",
            "try { null.x } catch (e) { e.stack }",
        ]), 8),
        every in 0..4u32,
    ) {
        let program = |looks: &[&str]| format!(
            "{PRELUDE}
             function look() {{ try {{ void new Error().stack; void f.arguments; void inner.arguments; }} catch {{}} }}
             function inner(p, n) {{ {0} const q = {{ a: p.x, b: n }}; {1} let t = q.a + q.b; {2} return t + p.y }}
             function f(p, n) {{ let s = 0, c = () => s; {3} for (let i = 0; i < n; i++) {{ {4} s += inner(p, i); {5} }} {6} return s + c() }}
             const results = [];
             compile(f, () => f({{ x: 1, y: 2 }}, 4));
             for (const p of [{{ x: 1, y: 2 }}, {{ x: 1.5, y: 2 }}, {{ y: 's', x: 3 }}, {{ x: 2, y: 1 }}]) {{ {7} results.push(f(p, 5)) }}
             results.join()",
            looks[0], looks[1], looks[2], looks[3], looks[4], looks[5], looks[6], looks[7],
        );
        let config = Config {
            interrupt_budget: i32::MAX / 2,
            forced_exits: ForcedExits::every_nth(every),
            ..natives()
        };
        let expected = run_with(&program(&[""; 8]), Config { jitless: true, ..config.clone() });
        prop_assert!(!expected.result.starts_with("threw"), "{}", expected.result);
        let looked = run_with(&program(&looks), config);
        prop_assert_eq!(looked.result, expected.result);
    }
}
