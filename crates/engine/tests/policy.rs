//! When functions are compiled: after they have run in the interpreter for what their compilation costs.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;

use machine::{manual, run, with};
use unspool::runtime::config::Config;
use unspool_tiering::policy::price;

/// Bytes of bytecode between two looks of the policy.
const BUDGET: i32 = 1000;

/// How often a function is called before it has code, and the bytes of its bytecode. `others` are declared with it.
fn calls_until_compiled(others: &str, body: &str) -> (u32, u32) {
    let isolate = with(Config { interrupt_budget: BUDGET, ..manual() });
    let source = format!(
        "{others} function f(o) {{ {body} }}
         function count() {{
             let calls = 0;
             while (!(%GetOptimizationStatus(f) & 16) && calls < 1000000) {{ f({{ x: calls }}); calls++; }}
             return calls;
         }}
         %NeverOptimizeFunction(count);
         count()"
    );
    let calls = run(&isolate, &source).parse().expect("a number");
    let bytes = isolate.enter(|cx| {
        let code = machine::global_function(cx, "f").template.code().map(|code| code.bytecode.len());
        code.expect("it was called")
    });
    (calls, bytes as u32)
}

#[test]
fn a_function_runs_for_its_price_first() {
    let long = "let s = 0; ".to_owned() + &"s = s + o.x | 0; ".repeat(60) + "return s;";
    for body in ["return o.x;", &long] {
        let (calls, bytes) = calls_until_compiled("", body);
        let (ran, price) = (calls * bytes, price(bytes as usize) * BUDGET as u32);
        // A call counts for some bytes too, and the last quarter of the periods must have been quiet.
        assert!(calls * (bytes + 64) >= price, "{bytes} bytes, {calls} calls: {ran} of {price}");
        assert!(ran <= 2 * price, "{bytes} bytes, {calls} calls: {ran} of {price}");
    }
}

#[test]
fn what_would_be_inlined_counts() {
    let callee = "let s = 0; ".to_owned() + &"s = s + o.x | 0; ".repeat(25) + "return s;";
    let (alone, _) = calls_until_compiled("", "return o.x + 1;");
    let (calling, _) = calls_until_compiled(&format!("function g(o) {{ {callee} }}"), "return g(o) + 1;");
    assert!(calling > 3 * alone, "{calling} calls, {alone} without");
}

#[test]
fn the_clock_is_bytecode() {
    let body = "return o.x * 2;";
    assert_eq!(calls_until_compiled("", body), calls_until_compiled("", body));
}
