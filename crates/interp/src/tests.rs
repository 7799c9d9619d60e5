//! The loop by itself: an isolate without library and without compiler, in which programs of a few lines run.
//!
//! What can be said of the language as a whole is tested by the files in `tests/`. Here is what they could miss because slow
//! paths give the same results as fast ones: the fast arithmetic against its definition, the feedback it leaves, wide
//! operands, and that frames come and go without leaving anything on the stack.

use proptest::prelude::*;
use unspool_frontend::SourceText;
use unspool_gc::{Gc, HeapConfig};
use unspool_runtime::cells::{Function, GeneratorObject, GeneratorState, ResumeMode};
use unspool_runtime::config::Config;
use unspool_runtime::feedback::BinaryFeedback as F;
use unspool_runtime::hooks::Hooks;
use unspool_runtime::host::DefaultHost;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Isolate, JsResult, Object, ValueExt as _, function, script};
use unspool_values::{JSString, PropertyKey, Value, number};

fn make_intrinsic(cx: Cx<'_>, realm: Gc<Realm>, intrinsic: Intrinsic) {
    let prototype = match intrinsic {
        Intrinsic::ObjectPrototype => None,
        _ => Some(Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype)),
    };
    Realm::define_intrinsic(realm, cx, intrinsic, Object::with_prototype(cx, prototype));
}

fn initialize_realm(cx: Cx<'_>, realm: Gc<Realm>) {
    let prototype = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
    let global = Object::with_prototype(cx, Some(prototype));
    global.become_unique(cx);
    realm.global.set(cx, realm, global.into());
    realm.global_this.set(cx, realm, global.into());
}

fn hooks() -> Hooks {
    Hooks {
        run_frames: crate::run_frames,
        resume: crate::resume,
        resume_rebuilt: crate::resume_rebuilt,
        interpret_one: crate::interpret_one,
        make_intrinsic,
        initialize_realm,
        ..Hooks::without_higher_layers()
    }
}

/// Runs a test in a realm of its own, once as usual and once with a collection at every few allocations.
fn run(test: impl Fn(Cx<'_>)) {
    for gc_stress in [None, Some(5)] {
        let config = Config { heap: HeapConfig { gc_stress, ..HeapConfig::default() }, ..Config::default() };
        Isolate::new(config, hooks(), Box::new(DefaultHost)).enter(|cx| {
            let realm = Realm::new(cx);
            cx.with_realm(realm, || {
                (cx.hooks.initialize_realm)(cx, realm);
                test(cx);
            });
        });
    }
}

/// The completion value of a script.
fn evaluate(cx: Cx<'_>, text: &str) -> JsResult<Value> {
    let (top, frame) = (cx.hot.stack_top.get(), cx.hot.current_frame.get());
    let result = script::run_script(cx, SourceText::from(text), "test.js");
    assert_eq!(cx.hot.stack_top.get(), top, "nothing is left on the stack by {text}");
    assert_eq!(cx.hot.current_frame.get(), frame, "no frame is left by {text}");
    result
}

fn value(cx: Cx<'_>, text: &str) -> Value {
    evaluate(cx, text).unwrap_or_else(|throw| panic!("{text} threw {:?}", cx.take_exception(throw)))
}

fn call(cx: Cx<'_>, callee: Value, arguments: &[Value]) -> Value {
    function::call(cx, callee, Value::UNDEFINED, arguments).expect("a call that does not throw")
}

fn text(cx: Cx<'_>, value: Value) -> String {
    cx.rust_string(value.to::<JSString>().unwrap_or_else(|| panic!("{value:?} is no string")))
}

fn property(cx: Cx<'_>, object: Value, name: &str) -> Value {
    let key = PropertyKey::from_text(cx, &cx.atoms, name);
    object.as_object().expect("an object").get(cx, key).expect("a data property")
}

/// What the first feedback slot of a closure has seen.
fn seen(closure: Value) -> u8 {
    let closure = closure.to::<Function>().expect("a closure");
    let vector = closure.feedback.vector.get().expect("feedback from the second call on");
    vector.slot(0).bits.get()
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => any::<i32>().prop_map(f64::from),
        3 => (-40..40i32).prop_map(f64::from),
        1 => any::<f64>(),
        2 => (-1000..1000i32).prop_map(|n| f64::from(n) / 8.0),
        1 => prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2147483647.0,
            -2147483648.0, 2147483648.0, 4294967295.0, 9007199254740991.0, 1e300]),
    ]
}

/// The operators on numbers by their definition.
fn by_definition(operator: &str, a: f64, b: f64) -> f64 {
    let (x, y) = (number::to_int32(a), number::to_int32(b));
    let shift = y as u32 & 31;
    match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => number::remainder(a, b),
        "**" => number::exponentiate(a, b),
        "|" => f64::from(x | y),
        "&" => f64::from(x & y),
        "^" => f64::from(x ^ y),
        "<<" => f64::from(x << shift),
        ">>" => f64::from(x >> shift),
        ">>>" => f64::from(x as u32 >> shift),
        _ => unreachable!("{operator}"),
    }
}

const OPERATORS: [&str; 12] = ["+", "-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", ">>>"];
const COMPARISONS: [(&str, fn(f64, f64) -> bool); 6] = [
    ("<", |a, b| a < b),
    (">", |a, b| a > b),
    ("<=", |a, b| a <= b),
    (">=", |a, b| a >= b),
    ("==", |a, b| a == b),
    ("===", |a, b| a == b),
];

/// A number in both its forms, where it has two.
fn forms(n: f64) -> Vec<Value> {
    let mut forms = vec![Value::from_double(n), Value::from_f64(n)];
    forms.dedup();
    forms
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn arithmetic_is_that_of_the_definition(pairs in proptest::collection::vec((any_number(), any_number()), 1..30)) {
        run(|cx| {
            for operator in OPERATORS {
                let closure = value(cx, &format!("(a, b) => a {operator} b"));
                for &(a, b) in &pairs {
                    let expected = by_definition(operator, a, b);
                    for (x, y) in forms(a).into_iter().flat_map(|x| forms(b).into_iter().map(move |y| (x, y))) {
                        let result = call(cx, closure, &[x, y]).to_number().expect("a number");
                        let same = result.to_bits() == expected.to_bits() || (result.is_nan() && expected.is_nan());
                        assert!(same, "{a} {operator} {b} gave {result}, not {expected}");
                    }
                }
            }
        });
    }

    #[test]
    fn comparisons_are_those_of_the_definition(pairs in proptest::collection::vec((any_number(), any_number()), 1..30)) {
        run(|cx| {
            for (operator, definition) in COMPARISONS {
                // As a value, as a jump if it holds, and as a jump if it does not.
                let tests = value(cx, &format!(
                    "(a, b) => (a {operator} b) + 10 * (a {operator} b ? 1 : 0) + 100 * (!(a {operator} b) ? 0 : 1)"
                ));
                for &(a, b) in &pairs {
                    let expected = if definition(a, b) { 111 } else { 0 };
                    for (x, y) in forms(a).into_iter().flat_map(|x| forms(b).into_iter().map(move |y| (x, y))) {
                        let result = call(cx, tests, &[x, y]).to_number();
                        assert_eq!(result, Some(f64::from(expected)), "{a} {operator} {b}");
                    }
                }
            }
        });
    }
}

#[test]
fn feedback_tells_what_was_seen_and_never_forgets() {
    run(|cx| {
        let add = value(cx, "(a, b) => a + b");
        let int = Value::from_i32;
        call(cx, add, &[int(1), int(2)]);
        call(cx, add, &[int(1), int(2)]);
        assert_eq!(seen(add), F::SMALL);
        call(cx, add, &[int(i32::MAX), int(1)]);
        assert_eq!(seen(add), F::SMALL | F::SMALL_INPUTS);
        call(cx, add, &[Value::from_double(0.5), int(1)]);
        assert_eq!(seen(add), F::SMALL | F::SMALL_INPUTS | F::DOUBLE);
        call(cx, add, &[cx.new_string("a").into(), cx.new_string("b").into()]);
        assert_eq!(seen(add) & F::STRING, F::STRING);
        call(cx, add, &[Value::UNDEFINED, int(1)]);
        assert_eq!(seen(add) & F::ODDBALL, F::ODDBALL);
        call(cx, add, &[int(1), int(2)]);
        assert_eq!(seen(add) & F::STRING, F::STRING, "bits are only added");
    });
}

#[test]
fn operands_may_be_wide() {
    // More locals, more constants and longer jumps than one byte tells, in the same function.
    let locals: String = (0..300).map(|i| format!("let v{i} = {i};")).collect();
    let strings: String = (0..300).map(|i| format!("s += 'part {i}'.length;")).collect();
    let program = format!(
        "(function (n) {{ {locals} let s = 0; while (n-- > 0) {{ {strings} }} return v299 * 1000000 + v3 + s }})"
    );
    let parts: i32 = (0..300).map(|i| format!("part {i}").len() as i32).sum();
    run(|cx| {
        let wide = value(cx, &program);
        for n in 0..3 {
            assert_eq!(call(cx, wide, &[Value::from_i32(n)]), Value::from_i32(299_000_003 + n * parts));
        }
    });
}

#[test]
fn exceptions_find_their_handlers_across_frames() {
    run(|cx| {
        let order = value(
            cx,
            "let order = '';
             function thrower(n) { try { if (n == 0) throw 'x'; thrower(n - 1) } finally { order += n } }
             try { thrower(4) } catch (e) { order += e }
             order",
        );
        assert_eq!(text(cx, order), "01234x");
        let throw = evaluate(cx, "(function f(n) { if (n == 0) throw 42; f(n - 1) })(30)").unwrap_err();
        assert_eq!(cx.take_exception(throw), Value::from_i32(42));
        let overridden = value(cx, "(function () { try { throw 1 } finally { return 2 } })()");
        assert_eq!(overridden, Value::from_i32(2));
    });
}

#[test]
fn the_stack_overflows_softly() {
    run(|cx| {
        let caught = value(cx, "let n = 0; function f() { n++; f() } try { f() } catch (e) { n > 1000 }");
        assert_eq!(caught, Value::TRUE);
        assert_eq!(value(cx, "(function g(n) { return n ? 1 + g(n - 1) : 0 })(900)"), Value::from_i32(900));
    });
}

#[test]
fn arguments_are_padded_and_kept() {
    run(|cx| {
        let fewer = value(cx, "(function (a, b, c) { return a + ',' + b + ',' + c })(1)");
        assert_eq!(text(cx, fewer), "1,undefined,undefined");
        let more =
            value(cx, "(function (a) { return a + arguments.length * 10 + arguments[2] * 100 })(1, 2, 3)");
        assert_eq!(more, Value::from_i32(331));
    });
}

/// Resumes a generator and gives the value of its result object.
fn next(cx: Cx<'_>, generator: Gc<GeneratorObject>, mode: ResumeMode, sent: Value) -> Value {
    let result = crate::resume(cx, generator, mode, sent).expect("a result");
    property(cx, result, "value")
}

#[test]
fn generators_are_resumed_where_they_were_left() {
    run(|cx| {
        let int = Value::from_i32;
        let made = value(
            cx,
            "let log = '';
             function* g(a) { let x = yield a; try { log += yield x * 2 } catch (e) { yield e } finally { log += 'f' } }
             g(7)",
        );
        let generator = made.to::<GeneratorObject>().expect("a generator");
        assert_eq!(generator.state.get(), GeneratorState::SuspendedStart);
        assert_eq!(next(cx, generator, ResumeMode::Next, Value::UNDEFINED), int(7));
        assert_eq!(generator.state.get(), GeneratorState::SuspendedYield);
        assert_eq!(next(cx, generator, ResumeMode::Next, int(21)), int(42));
        assert_eq!(next(cx, generator, ResumeMode::Throw, int(5)), int(5));
        assert_eq!(next(cx, generator, ResumeMode::Return, int(9)), int(9));
        assert_eq!(generator.state.get(), GeneratorState::Completed);
        let log = value(cx, "log");
        assert_eq!(text(cx, log), "f");
    });
}

#[test]
fn an_exception_completes_its_generator() {
    run(|cx| {
        let made = value(cx, "(function* () { yield 1; throw 2 })()");
        let generator = made.to::<GeneratorObject>().expect("a generator");
        next(cx, generator, ResumeMode::Next, Value::UNDEFINED);
        let throw = crate::resume(cx, generator, ResumeMode::Next, Value::UNDEFINED).unwrap_err();
        assert_eq!(cx.take_exception(throw), Value::from_i32(2));
        assert_eq!(generator.state.get(), GeneratorState::Completed);
    });
}
