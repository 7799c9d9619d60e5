// A loop over an array: untagged counter and sum.
function f(a) { let s = 0; for (let i = 0; i < a.length; i++) s += a[i]; return s; }
for (let i = 0; i < 5; i++) f([1, 2, 3]);
