// Generators, async functions, async generators, delegation, for await, using.
function* g(a = 1) { try { const x = yield a; return x; } finally { yield 2; } }
function* d(o) { const r = yield* o; for (const x of o) yield x; return r; }
async function a(p) { const v = await p; try { await v; } catch (e) { return e; } }
const arrow = async x => await x;
async function* ag(o) { yield 1; yield* o; for await (const x of o) { if (x) return x; } }
function u(r) { using x = r; for (using y of r) y; return x; }
async function au(r) { await using x = r; { await using y = x; } }
