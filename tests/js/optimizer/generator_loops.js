// Code for a loop of a generator that never yields behind it: an exit of it still knows its generator, which ends with the frame.
// run: --always-opt --deopt-every-n-times=2
// run: --always-opt --deopt-every-n-times=1
// run: --jitless
function* counts(p) { { let w = 3; while (w-- > 0) { if ((p)?.constructor?.name) continue; } } return p--; }
for (let i = 0; i < 4; i++) {
  const it = counts([1, 2]);
  const first = it.next();
  print(String(first.value), first.done, JSON.stringify(it.next()));
}
async function waits(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }
for (let i = 0; i < 4; i++) waits(10 + i).then(v => print(v));
