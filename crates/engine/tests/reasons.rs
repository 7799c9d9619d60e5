//! One minimal program per reason for which compiled code is left (C02): each fires with exactly that reason, and the result is the
//! interpreter's.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod support;

use std::collections::BTreeSet;

use support::{PRELUDE, run};
use unspool_tiering::graph::{DeoptReason as R, REASONS};

/// A reason, a program that ends compiled, and the expression that makes it fire.
type Row = (R, &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        R::InsufficientTypeFeedbackForCall,
        "function f(g, b) { return b ? g() : 0 } compile(f, () => f(Date, false));",
        "f(() => 5, true)",
    ),
    (
        R::InsufficientTypeFeedbackForConstruct,
        "function f(C, b) { return b ? new C() : 0 } compile(f, () => f(Array, false));",
        "f(Array, true).length",
    ),
    (
        R::InsufficientTypeFeedbackForGenericNamedAccess,
        "function f(o, b) { return b ? o.x : 0 } compile(f, () => f({}, false));",
        "f({ x: 3 }, true)",
    ),
    (
        R::InsufficientTypeFeedbackForGenericKeyedAccess,
        "function f(o, b) { return b ? o[1] : 0 } compile(f, () => f([], false));",
        "f([1, 2], true)",
    ),
    (
        R::InsufficientTypeFeedbackForGenericGlobalAccess,
        "var G = 7; function f(b) { return b ? G : 0 } compile(f, () => f(false));",
        "f(true)",
    ),
    (
        R::InsufficientTypeFeedbackForBinaryOperation,
        "function f(a, b) { return b ? a + b : 0 } compile(f, () => f(1, 0));",
        "f(1, 2)",
    ),
    (
        R::InsufficientTypeFeedbackForCompareOperation,
        "function f(a, b) { return b ? a < b : 0 } compile(f, () => f(1, 0));",
        "f(1, 2)",
    ),
    (
        R::InsufficientTypeFeedbackForUnaryOperation,
        "function f(a, b) { return b ? -a : 0 } compile(f, () => f(1, false));",
        "f(1, true)",
    ),
    (
        R::InsufficientTypeFeedbackForArrayLiteral,
        "function f(b) { return b ? [b, 2] : 0 } compile(f, () => f(0));",
        "f(1).join()",
    ),
    (
        R::InsufficientTypeFeedbackForObjectLiteral,
        "function f(b) { return b ? { x: b } : 0 } compile(f, () => f(0));",
        "f(1).x",
    ),
    (
        R::InsufficientTypeFeedbackForForIn,
        "function f(a) { const [x, y] = a; return x + ',' + y } compile(f, () => f([]));",
        "f([1, 2])",
    ),
    (R::WrongMap, "function f(o) { return o.x } compile(f, () => f({ x: 1 }));", "f({ y: 2, x: 3 })"),
    (
        R::WrongInstanceType,
        "function f(i) { let s = 0; for (const x of i) s += x; return s } compile(f, () => f([5, 6].values()));",
        "f([5, 6].keys())",
    ),
    (
        R::WrongCallTarget,
        "function g() { return 1 } function h() { return 2 } function f(k) { return k() } compile(f, () => f(g));",
        "f(h)",
    ),
    (
        R::WrongConstructor,
        "function G() { this.a = 1 } function H() { this.a = 2 } for (let i = 0; i < 20; i++) new G();
         function f(K) { return new K().a } compile(f, () => f(G));",
        "f(H)",
    ),
    (
        R::WrongFeedbackCell,
        "const make = i => () => i, other = () => 9; make(0); make(0); make(0); function f(k) { return k() } compile(f, () => f(make(1)), () => f(make(2)));",
        "f(other)",
    ),
    (
        R::WrongName,
        "const make = () => class { #p = 5; static get(o) { return o.#p } static make() { return new this() } };
         const A = make(), B = make(); const f = A.get, g = B.get; compile(f, () => f(A.make())); f(A.make());",
        "g(B.make())",
    ),
    (R::Smi, "function f(o) { return o.x } compile(f, () => f({ x: 1 }));", "String(f(5))"),
    (R::NotASmi, "function f(a, b) { return a + b } compile(f, () => f(1, 2));", "f(1.5, 2)"),
    (R::NotANumber, "function f(a, b) { return a * b } compile(f, () => f(1.5, 2));", "f('3', 2)"),
    (
        R::NotANumberOrOddball,
        "function f(a, b) { return a * b } compile(f, () => f(1.5, 2), () => f(undefined, 2));",
        "f('3', 2)",
    ),
    (R::NotAString, "function f(s) { return s.length } compile(f, () => f('ab'));", "f([1, 2, 3])"),
    (R::NotASymbol, "function f(s) { return s.description } compile(f, () => f(Symbol('a')));", "f({ description: 4 })"),
    (
        R::NotAJavaScriptObject,
        "const o = {}, p = {}; function f(a, b) { return a === b } compile(f, () => f(o, p), () => f(o, o));",
        "f(1, 1)",
    ),
    (R::Hole, "function f(a) { return a[1] } compile(f, () => f([1, 2, 3]));", "f([1, , 3])"),
    (R::Overflow, "function f(a, b) { return a + b } compile(f, () => f(1, 2));", "f(2147483647, 1)"),
    (R::DivisionByZero, "function f(a, b) { return a % b } compile(f, () => f(7, 4));", "f(7, 0)"),
    (R::MinusZero, "function f(a, b) { return a * b } compile(f, () => f(3, 4));", "Object.is(f(-1, 0), -0)"),
    (R::LostPrecision, "function f(a, b) { return a / b } compile(f, () => f(8, 4));", "f(7, 2)"),
    (
        R::LostPrecisionOrNaN,
        "function f(a, x) { return a[x * 0.5] } compile(f, () => f([1, 2, 3], 4));",
        "String(f([1, 2, 3], 3))",
    ),
    (R::OutOfBounds, "function f(a, i) { return a[i] } compile(f, () => f([1, 2], 1));", "String(f([1, 2], 9))"),
    (
        R::NotAnArrayIndex,
        "function f(a, i) { return a[i] } compile(f, () => f([1, 2], 1), () => f([1, 2], 9));",
        "String(f([1, 2], -1))",
    ),
    (
        R::CouldNotGrowElements,
        "function f(a) { return a.push(1) } compile(f, () => f([]));
         const far = []; far.length = 50000000;",
        "f(far)",
    ),
    (
        R::ConstTrackingLet,
        "const f = (function () { let n = 5; return function f(v) { if (v) n = v; return n } })(); compile(f, () => f(0));",
        "f(7)",
    ),
    (
        R::CodeInvalidated,
        "class P { m() { return 1 } } const p = new P();
         function f(a) { if (a < 5) return p.m() + p.m(); return 0 }
         let change = false; const a = { valueOf() { if (change) Object.assign(P.prototype, { m() { return 2 } }); return 1 } };
         compile(f, () => f(a)); change = true;",
        "f(a)",
    ),
    (R::DeoptimizeNow, "function f(a) { %DeoptimizeNow(); return a } compile(f, () => f(1));", "f(2)"),
];

/// Not by a program alone: another thread asks for the interrupt.
const BY_THE_EMBEDDER: &[R] = &[R::Interrupt];

/// Of operations that passes know and the builder does not make yet.
const OF_UNUSED_OPERATIONS: &[R] = &[R::NotABigInt, R::NotABoolean, R::NotAJavaScriptObjectOrNullOrUndefined];

/// Keys of the speculation log whose exits are lazy.
const LAZY: &[R] = &[R::UnoptimizedCatch];

#[test]
fn c02_every_reason_fires() {
    let mut failures = Vec::new();
    for (reason, program, fire) in ROWS {
        let source = format!("{PRELUDE}{program}; {fire}");
        let (interpreted, compiled) = (run(&source, true), run(&source, false));
        let exits = compiled.exits();
        if compiled.result != interpreted.result || compiled.result.starts_with("threw") {
            failures.push(format!("{reason:?}: {} for {}", compiled.result, interpreted.result));
        }
        let wanted = reason.text();
        if exits != [wanted] {
            failures
                .push(format!("{reason:?}: exits {exits:?}, not {wanted:?}; {:?}", compiled.events.first()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn c02_every_reason_is_in_the_table() {
    let others = BY_THE_EMBEDDER.iter().chain(LAZY).chain(OF_UNUSED_OPERATIONS);
    let here: BTreeSet<R> = ROWS.iter().map(|row| row.0).chain(others.copied()).collect();
    let missing: Vec<&R> = REASONS.iter().filter(|reason| !here.contains(reason)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
