//! Arguments objects and rest arrays that compiled code does not make: `bailout.md`, C51 (and C19, C20 for them).
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod elision;

use elision::exits;

#[test]
fn c51_arguments_and_rest_after_an_exit() {
    for (setup, usual, exit) in [
        // Mapped: formals and elements are the same variables.
        (
            "function f(a, b) { const x = a.x; arguments[1] = 7; b++; return [x, arguments.length, b, arguments[1], arguments[2]].join(); }",
            "f({ x: 1 }, 2, 3)",
            "f({ y: 1, x: 2 }, 5, 6, 7)",
        ),
        // Unmapped: they are not.
        (
            "function f(a, b) { 'use strict'; const x = a.x; arguments[1] = 7; b++; return [x, arguments.length, b, arguments[1]].join(); }",
            "f({ x: 1 }, 2, 3)",
            "f({ y: 1, x: 2 }, 5)",
        ),
        (
            "function f(a, ...rest) { const x = a.x; rest.push(x); return rest.join() + rest.length; }",
            "f({ x: 1 }, 2, 3)",
            "f({ y: 1, x: 2 }, 5, 6, 7)",
        ),
        // The exit stands in what reads the arguments.
        (
            "function f(o) { let s = 0; for (let i = 0; i < arguments.length; i++) s += arguments[i].x; return s; }",
            "f({ x: 1 }, { x: 2 })",
            "f({ x: 1 }, { y: 1, x: 2 }, { x: 3 }, { z: 1, x: 4 })",
        ),
    ] {
        exits(setup, usual, exit);
    }
}

/// An exit in a function that is inlined: its arguments are values.
#[test]
fn c51_inlined_arguments_are_made_by_the_exit() {
    // Unmapped: writes to the formals are not seen.
    let counts = exits(
        "function g(o, b) { 'use strict'; b = 9; const v = o.x; return o.cold ? arguments : v + arguments[1] + arguments.length; }
         function f(o, n) { const r = g(o, n, 'more'); return o.cold ? r : r + 1; }",
        "f({ x: 1 }, 2)",
        "const o = { y: 1, x: 2, cold: true }, r = f(o, 5);
         [r.length, r[1], r[2], r[0] === o, Object.prototype.toString.call(r), typeof r[Symbol.iterator],
          Object.getOwnPropertyNames(r)].join()",
    );
    assert_eq!((counts.frames, counts.allocated), (2, 1), "{counts:?}");
    // Mapped: they are, and writes to the elements are seen by the formals afterwards.
    let counts = exits(
        "function g(o, b) {
           b = b + 1;
           const v = o.x;
           if (o.cold) { arguments[1] = 70; b = b + 1; return [v, b, arguments[1], arguments[2], arguments.callee === g, arguments.length]; }
           return v + arguments[1] + b;
         }
         function f(o, n) { return g(o, n, 3); }",
        "f({ x: 1 }, 2)",
        "f({ y: 1, x: 2, cold: true }, 5).join()",
    );
    // The context with the formals, and the arguments object.
    assert_eq!((counts.frames, counts.allocated), (2, 2), "{counts:?}");
    // A rest array.
    let counts = exits(
        "function g(o, ...rest) { const v = o.x; return o.cold ? rest : v + rest[0] + rest.length; }
         function f(o, n) { const r = g(o, n, n + 1, 'more'); return o.cold ? r : r + 1; }",
        "f({ x: 1 }, 2)",
        "const r = f({ y: 1, x: 2, cold: true }, 5); r.push(1); `${r} ${r.length} ${Array.isArray(r)}`",
    );
    assert_eq!((counts.frames, counts.allocated), (2, 1), "{counts:?}");
    // Fewer arguments than formals.
    let counts = exits(
        "function g(o, b, c) { const v = o.x; return o.cold ? [v, arguments.length, arguments[1], c] : v + arguments.length; }
         function f(o) { return g(o); }",
        "f({ x: 1 })",
        "f({ y: 1, x: 2, cold: true }).join()",
    );
    assert_eq!(counts.allocated, 1, "{counts:?}");
}

/// An exit in the compiled function itself: what it was called with stands where it was called.
#[test]
fn c51_own_arguments_are_made_by_the_exit() {
    for (setup, count) in [
        (
            "function f(o, b) { 'use strict'; b = 9; const v = o.x; return o.cold ? arguments : v + b + arguments[1] + arguments.length; }",
            1,
        ),
        (
            "function f(o, b) { const v = o.x; if (o.cold) return [arguments[0] === o, arguments[1], arguments[2], v, arguments.length]; return v + arguments[1]; }",
            1,
        ),
        ("function f(o, ...rest) { const v = o.x; return o.cold ? rest : v + rest[0] + rest.length; }", 1),
        (
            "function f() { const v = arguments[0].x; if (arguments[0].cold) return arguments; return v + arguments.length; }",
            1,
        ),
        // Both, and each twice.
        (
            "function f(o, ...rest) { const a = [arguments, rest, arguments], v = o.x; if (o.cold) return [a[0] === a[2], a[0].length, rest.length, rest[1], a[1] === rest, v]; return v + a[1][0] + a[0][1]; }",
            3,
        ),
    ] {
        let counts = exits(
            setup,
            "f({ x: 1 }, 2, 3)",
            "const o = { y: 1, x: 2, cold: true }, r = f(o, 5, 'more', [1]);
             r.length + Array.from(r, (e) => e === o ? 'o' : String(e)).join() + Object.prototype.toString.call(r) + Object.getOwnPropertyNames(r)",
        );
        // The elements are objects of their own.
        assert!(counts.allocated >= count, "{counts:?} {setup}");
    }
    let counts = exits(
        "function f(o, ...rest) { const v = o.x; return o.cold ? rest : v + rest.length; }",
        "f({ x: 1 })",
        "const r = f({ y: 1, x: 2, cold: true }); r.push(3); r.join() + r.length",
    );
    assert!(counts.allocated >= 1, "{counts:?}");
}

/// Many arguments, and collections between the phases (see `exits`).
#[test]
fn c20_elements_of_arguments_stand_a_collection() {
    let counts = exits(
        "function f(o, ...rest) { const v = o.x; return o.cold ? rest.map((r) => r.k).join() : v + rest[0].k; }",
        "f({ x: 1 }, { k: 1 })",
        "f({ y: 1, x: 2, cold: true }, ...Array.from({ length: 300 }, (_, k) => ({ k: 'k' + k })))",
    );
    assert_eq!(counts.queued, counts.patched);
    assert!(counts.allocated >= 2, "{counts:?}");
}

/// What a call passes on by `apply` or by spreading is not made: the exit in the callee makes it.
#[test]
fn arguments_that_are_passed_on_are_not_made() {
    for (setup, frames) in [
        (
            "function g(o, n) { return o.x + n; } function h() { return g.apply(null, arguments); } function f(o, n) { return h(o, n); }",
            3,
        ),
        (
            "function g(o, n) { return o.x + n; } function h(...rest) { return g(...rest); } function f(o, n) { return h(o, n); }",
            3,
        ),
        (
            "function g(a, o, n) { return o.x + n + a; } function h(a, b) { return g.call(null, 1, a, b); } function f(o, n) { return h(o, n); }",
            3,
        ),
        (
            "function g(o, n) { return o.x + n; } function h(a, b) { b += 1; return g.apply(null, arguments); } function f(o, n) { return h(o, n); }",
            3,
        ),
    ] {
        let counts = exits(setup, "f({ x: 1 }, 2)", "f({ y: 1, x: 2 }, 5)");
        assert_eq!(counts.frames, frames, "{counts:?} {setup}");
        assert!(counts.allocated <= 2, "{counts:?} {setup}");
    }
}
