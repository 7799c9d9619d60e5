// run:
// run: --jitless
// run: --always-opt
// run: --gc-stress=57
// run: --always-opt --gc-stress=57
// run: --always-opt --deopt-every-n-times=3
// Variables in contexts that compiled code takes for constants, until something assigns to them.
"use strict";
const out = [];
function hot(f, ...args) { let r; for (let i = 0; i < 30; i++) r = f(...args); return r }
function each(what, f, change) {
    const before = hot(f);
    const changed = change();
    out.push(`${what}: ${before} ${f()} ${hot(f)}` + (changed === undefined ? "" : ` (${changed})`));
}

// The module pattern.
const counter = (function () {
    let step = 3;
    function add(x) { return x + step }
    return { add, change(v) { step = v } };
})();
each("module pattern", () => counter.add(4), () => counter.change(4));
each("module pattern, again", () => counter.add(4), () => counter.change(5));

// A change in the middle of an activation, by a callee of its loop.
const middle = (function () {
    let scale = 1, at = -1;
    function touch(i) { if (i === at) scale = 10; return scale }
    return {
        sum(n) { let s = 0; for (let i = 0; i < n; i++) { s += scale; touch(i); s += scale * 1000 } return s },
        set(v) { at = v; scale = 1 },
    };
})();
each("in the middle", () => middle.sum(6), () => middle.set(2));

// Recursion: outer activations see the change when they go on.
const recursion = (function () {
    let base = 1, limit = 100;
    return {
        down(n) { if (n === limit) base = 2; return n === 0 ? 0 : recursion.down(n - 1) + base },
        at(v) { limit = v },
    };
})();
each("recursion", () => recursion.down(5), () => recursion.at(0));

// Dead zones: the first value ends them, and is no assignment.
function zones() {
    const read = () => late;
    const write = v => { late = v };
    const tries = [];
    const attempt = f => { try { tries.push(f()) } catch (e) { tries.push(e.name) } };
    for (let i = 0; i < 20; i++) attempt(read);
    attempt(() => write(1));
    let late = 7;
    for (let i = 0; i < 20; i++) attempt(read);
    write(8);
    for (let i = 0; i < 20; i++) attempt(read);
    return tries.reduce((a, x) => { const last = a[a.length - 1]; if (last?.[0] === x) last[1]++; else a.push([x, 1]); return a }, []).join(" ");
}
out.push("dead zones: " + zones(), "dead zones: " + zones());

// Loops: each round has its own bindings.
const rounds = [];
for (let i = 0, step = 1; i < 4; i += step) {
    const get = () => i * 10 + step;
    each("round " + i, get, () => { i += step });
    rounds.push(get);
}
out.push("rounds: " + rounds.map(f => hot(f)).join());

// Many closures of one function, with the contexts of their own.
function make(v) { return { get: () => v, set: x => { v = x } } }
const first = make(1);
each("the only closure", first.get, () => {});
const second = make(2);
each("the second closure", second.get, () => first.set(10));
each("the first closure", first.get, () => second.set(20));
out.push("closures: " + [first, second, make(3)].map(o => hot(o.get)).join());

// Generators and async functions.
function* walk() { let v = 1; const get = () => v; while (true) { const sent = yield get; if (sent !== undefined) v = sent } }
const it = walk(), seen = it.next().value;
each("generator", seen, () => { it.next(5) });
const delayed = (function () { let v = "before"; return { get: () => v, async go() { await null; v = "after"; await null; v = "last" } } })();
out.push("async: " + hot(delayed.get));
const done = delayed.go();

// Classes: the binding, the inner name, static blocks, private names, fields.
const classes = (function () {
    class A { #x = 1; static made = 0; static { A.made = 5 } get() { return this.#x + A.made } }
    const a = new A();
    return { get: () => a.get() + (A === Object ? 1000 : 0), replace() { A = Object }, bump() { class B { static { a.extra = ++B.count } static count = 1 } } };
})();
each("class", classes.get, () => classes.replace());

// Destructuring, compound and logical assignment, heads of loops.
const ways = (function () {
    let v = 1;
    return {
        get: () => v,
        array() { [v] = [2] }, object() { ({ v = 3 } = {}) }, add() { v += 1 }, inc() { v++ }, or() { v ||= 9 }, and() { v &&= 6 },
        nullish() { v ??= 9 }, of() { for (v of [7, 8]); }, in_() { for (v in { key: 1 }); }, head() { for (v = 0; v < 3; v++); },
        swap() { let w = 11; [v, w] = [w, v] }, rest() { [, ...v] = [1, 2, 3] },
    };
})();
for (const way of Object.keys(ways)) if (way !== "get") each(way, ways.get, () => { ways[way]() });

// Sloppy code: mapped arguments, direct eval, with.
const sloppy = Function(`
    function mapped(v) { const a = arguments; return { get: () => v, set(x) { a[0] = x }, define(x) { Object.defineProperty(a, 0, { value: x }) } } }
    function evals() { var v = 1; let w = 2; return { get: () => v + "," + w, run: s => eval(s) } }
    function withs() { let v = 1; return { get: () => v, set(o, x) { with (o) v = x } } }
    return { mapped, evals, withs };`)();
const mapped = sloppy.mapped(1);
each("arguments", mapped.get, () => mapped.set(2));
each("arguments, defined", mapped.get, () => mapped.define(3));
const evals = sloppy.evals();
each("eval", evals.get, () => { evals.run("v = 3") });
each("eval of a let", evals.get, () => { evals.run("w++") });
each("eval that declares", evals.get, () => { evals.run("var v = 9") });
const withs = sloppy.withs(), o = { v: 5 };
each("with, of the object", withs.get, () => { withs.set(o, 6); return o.v });
each("with, of the variable", withs.get, () => { withs.set({}, 7) });

// Values of all kinds.
const kinds = (function () { let v = 1; return { get: () => v, text: () => typeof v + " " + String(v), set(x) { v = x } } })();
for (const value of [1.5, -0, NaN, 2 ** 31, "text", 10n, null, undefined, true, [1, 2], undefined, 3]) {
    each(typeof value, () => kinds.text() + (Object.is(kinds.get(), -0) ? " -0" : ""), () => kinds.set(value));
}

// Contexts die, and others get their memory.
let sum = 0;
for (let round = 0; round < 40; round++) {
    const { get, set } = Function("n", "let v = n; return { get: () => v, set(x) { v = x } }")(round);
    sum += hot(get);
    set(1);
    sum += hot(get);
}
out.push("dead contexts: " + sum);

done.then(() => {
    out.push("async: " + hot(delayed.get));
    print(out.join("\n"));
});
