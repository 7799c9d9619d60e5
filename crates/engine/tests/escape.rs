//! Objects that compiled code does not make, and that its exits make after all: `bailout.md`, C19–C25 and I3.
//!
//! Each program gives its result as text; it must be the one of the interpreter alone. That nothing was made where nothing
//! should be is seen in the deoptimizer's counts: what an exit allocates was elided.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod elision;

use elision::exits;

#[test]
fn c19_an_elided_object_is_rebuilt() {
    let counts = exits(
        "function P(a, b) { this.a = a; this.b = b; }
         function g(p, o) { return o.x + p.a + p.b; }
         function f(n, o, cold) {
           const p = new P(n, n + 0.5);
           const sum = g(p, o);
           if (cold) return [sum, p, p instanceof P, Object.keys(p)];
           return sum + p.a;
         }",
        "f(1, { x: 1 }, false)",
        "const [sum, p, is, keys] = f(1, { y: 1, x: 2 }, true); `${sum} ${p.a} ${p.b} ${is} ${keys}`",
    );
    assert_eq!((counts.frames, counts.allocated), (2, 1));
}

#[test]
fn c19_numbers_keep_their_kind() {
    let counts = exits(
        "function f(n, cold) {
           const p = { zero: -0, int: n * 2, double: n + 0.5, large: n * 2147483647, nan: 0 / (n - n), yes: n > 0 };
           if (cold) { const seen = [p]; return seen[0]; }
           return p.int + p.double;
         }",
        "f(1, false)",
        "const p = f(2, true); `${1 / p.zero} ${p.int} ${p.double} ${p.large} ${p.nan} ${p.yes}`",
    );
    assert_eq!(counts.allocated, 1);
}

#[test]
fn c20_what_is_queued_is_written_and_patched() {
    // Each of sixteen objects in a register of its own, two in the fields of another.
    let objects: String = (0..16).map(|k| format!("const p{k} = {{ a: n + {k}, b: {k} }};\n")).collect();
    let sum: Vec<String> = (0..16).map(|k| format!("p{k}.a + p{k}.b")).collect();
    let counts = exits(
        &format!(
            "function f(o, n) {{\n{objects}const q = {{ l: p0, r: p1 }};\nconst x = o.x;\n\
             return x + q.l.a + q.r.b + {};\n}}",
            sum.join(" + ")
        ),
        "f({ x: 1 }, 3)",
        "f({ y: 1, x: 2 }, 3)",
    );
    assert_eq!(counts.allocated, 17);
    assert_eq!(counts.queued, counts.patched);
    assert!(counts.queued >= 17);
}

#[test]
fn c21_phases_stand_a_collection() {
    // `exits` collects between the phases; here what is made is much, and refers to each other.
    let counts = exits(
        "function f(n, cold) {
           const a = { id: 1, next: undefined }, b = { id: 2, next: a }, c = [a, b, n];
           a.next = b;
           const g = () => [a.next === b, b.next === a, c.length, c[1] === b, n];
           if (cold) return [...g(), c[0] === a, typeof g];
           return c[0].id + b.id + g()[4];
         }",
        "f(1, false)",
        "f(7, true).join()",
    );
    assert!(counts.allocated >= 4, "{counts:?}");
}

#[test]
fn c25_an_elided_closure_is_rebuilt() {
    let counts = exits(
        "function call(g, x) { return g(x); }
         function f(a, o) {
           const h = (x) => o.x + x + a;
           return call(h, 1) + call(h, 2);
         }",
        "f(3, { x: 1 })",
        "f(3, { y: 0, x: 5 })",
    );
    // The closure and the context that has `a` and `o`.
    assert_eq!((counts.frames, counts.allocated), (3, 2), "{counts:?}");
}

#[test]
fn c25_a_closure_that_knows_itself() {
    let counts = exits(
        "function f(a, cold) {
           let g;
           g = () => { if (cold) return [g, g === g, a, typeof g]; return a; };
           return g();
         }",
        "f(3, false)",
        "const [g, same, a, type] = f(4, true); `${same} ${a} ${type} ${g()[0] === g}`",
    );
    assert!(counts.allocated >= 2, "{counts:?}");
}

#[test]
fn i3_sharing_across_frames() {
    let counts = exits(
        "function g(p, q, o) { const x = o.x; return [p === q.p, q.p === p, x, p.a]; }
         function f(n, o, cold) {
           const p = { a: n }, q = { p, r: p };
           const seen = g(p, q, o);
           if (cold) return [seen, p, q];
           return seen[2];
         }",
        "f(1, { x: 1 }, false)",
        "const [seen, p, q] = f(2, { y: 1, x: 2 }, true); `${seen} ${q.p === p} ${q.r === p} ${p.a}`",
    );
    assert_eq!(counts.allocated, 2, "{counts:?}");
}

#[test]
fn i3_cycles_across_frames() {
    let counts = exits(
        "function g(b, o) { return o.x + b.a.v; }
         function f(n, o, cold) {
           const a = { v: n, b: undefined }, b = { a };
           a.b = b;
           const r = g(b, o);
           if (cold) return [r, a.b === b, b.a === a, a.b.a.b === b];
           return r;
         }",
        "f(1, { x: 1 }, false)",
        "f(2, { y: 1, x: 2 }, true).join()",
    );
    assert_eq!(counts.allocated, 2, "{counts:?}");
}

#[test]
fn objects_that_move_through_loops_are_not_made() {
    let counts = exits(
        "function P(x, y) { this.x = x; this.y = y; }
         function f(n, o) {
           let p = new P(0, 1);
           for (let i = 0; i < n; i++) p = new P(p.x + i, p.y + p.x);
           return o.x + p.x + p.y;
         }",
        "f(10, { x: 1 })",
        "f(10, { y: 1, x: 2 })",
    );
    assert_eq!(counts.allocated, 1, "{counts:?}");
    let counts = exits(
        "function f(n, o) {
           let s = 0;
           for (let i = 0; i < n; i++) { const h = () => i; s += h(); if (i === 5) s += o.x; }
           return s;
         }",
        "f(10, { x: 1 })",
        "f(10, { y: 1, x: 2 })",
    );
    assert!(counts.allocated >= 1, "{counts:?}");
    let counts = exits(
        "function f(n, o) {
           const r = n > 5 ? { v: n, w: 1 } : { v: -n, w: 2 };
           return o.x + r.v + r.w;
         }",
        "f(4, { x: 1 }), f(9, { x: 1 })",
        "f(10, { y: 1, x: 2 })",
    );
    assert_eq!(counts.allocated, 1, "{counts:?}");
}

#[test]
fn recipes_give_what_the_code_would_have_computed() {
    for (usual, exit) in
        [("f(3, false)", "f(4, true).join()"), ("f(3, false)", "f(-2147483648, true).join()")]
    {
        exits(
            "function f(a, cold) {
               const i = a | 0, x = i ^ 7, s = i << 3, n = ~i & 255;
               const d = i * 0.5, e = d + 1.25, m = -(d + 0.5);
               if (cold) { const all = [i, x, s, n, d, e, m, 1 / (i * 0)]; return all; }
               return i;
             }",
            usual,
            exit,
        );
    }
}

#[test]
fn c19_out_of_line_slots() {
    let names: Vec<String> = (0..14).map(|k| format!("p.k{k} = n + {k};")).collect();
    let counts = exits(
        &format!(
            "function f(o, n, cold) {{
               const p = {{}};
               {}
               p.k12 += 1;
               const x = o.x;
               if (cold) return Object.entries(p).join();
               return x + p.k0 + p.k12 + p.k13;
             }}",
            names.join("\n")
        ),
        "f({ x: 1 }, 2, false)",
        "f({ y: 1, x: 2 }, 5, true) + f({ y: 1, x: 2 }, 5, false)",
    );
    assert_eq!(counts.allocated, 1, "{counts:?}");
}

#[test]
fn an_index_that_is_a_field() {
    let counts = exits(
        "function f(o, n) {
           const a = [n, n + 1, 3], at = { i: 0 };
           at.i = at.i + 2;
           a[at.i] = a[at.i] + a[at.i - 1];
           const x = o.x;
           return x + a.join();
         }
         function g(o, n) { const a = [n, n + 1, 3], at = { i: 1 }, y = a[at.i], x = o.x; return x + y + a[0]; }
         { const inner = f; f = (o, n) => n > 100 ? inner(o, n) : g(o, n); }",
        "f({ x: 1 }, 2)",
        "f({ y: 1, x: 2 }, 5)",
    );
    assert_eq!(counts.allocated, 1, "{counts:?}");
}

#[test]
fn phis_of_objects_with_objects_in_them() {
    let counts = exits(
        "function f(n, o) {
           const r = n > 5 ? { in: { v: n, w: { z: 1 } }, k: 1 } : { in: { v: -n, w: { z: 2 } }, k: 1 };
           const x = o.x;
           return x + r.in.v + r.in.w.z + r.k;
         }",
        "f(4, { x: 1 }), f(9, { x: 1 })",
        "f(10, { y: 1, x: 2 })",
    );
    assert_eq!(counts.allocated, 3, "{counts:?}");
    // What is known by another name too is made.
    exits(
        "function f(n, o) {
           const a = { v: n }, b = { v: 2 };
           const r = n > 5 ? { in: a } : { in: b };
           r.in.v++;
           const x = o.x;
           return [x, r.in.v, a.v, b.v, r.in === a].join();
         }",
        "f(4, { x: 1 }), f(9, { x: 1 })",
        "f(10, { y: 1, x: 2 }) + f(3, { y: 1, x: 2 })",
    );
}

#[test]
fn c49_derived_constructors_that_are_inlined() {
    let counts = exits(
        "class A { constructor(o) { this.a = o.x; } get twice() { return this.a * 2; } }
         class B extends A { constructor(o, n) { super(o); this.n = n; } }
         class C extends B { }
         function f(o, n) { const c = new C(o, n); return c.twice + c.n; }",
        "f({ x: 1 }, 2)",
        "f({ y: 1, x: 2 }, 5)",
    );
    // The exit stands in A; the object has the shape of a C already.
    assert_eq!((counts.frames, counts.allocated), (4, 1), "{counts:?}");
    exits(
        "class A { constructor(o) { this.a = 1; if (o.what === 1) return { other: o.x }; } }
         class B extends A { constructor(o) { super(o); this.b = o.x; if (o.what === 2) return { mine: 1 }; } }
         function f(o) { return new B(o); }",
        "f({ what: 0, x: 1 })",
        "[0, 1, 2].map((what) => { const r = f({ y: 1, what, x: 5 }); return JSON.stringify(r) + (r instanceof B); }).join()",
    );
}
