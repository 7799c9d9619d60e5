// Array literals: holes, spread, trailing commas.
print([].length, [1, 2, 3].length, [,].length, [1, , 3].length, [, , ].length, [1, 2, ].length);
const holes = [1, , 3];
print(1 in holes, holes[1], holes.hasOwnProperty(1), Object.keys(holes).join(), JSON.stringify(holes));
print([...[1, 2], ..."ab", ...new Set([3, 3, 4]), ...(function* () { yield 5; })()].join());
print([...[, 1]].hasOwnProperty(0), [...holes].join("|"));
let log = [];
const tick = (x) => (log.push(x), x);
[tick(1), ...[tick(2)], tick(3)];
print(log.join());
try { [...{}]; } catch (e) { print(e.name); }
try { [...null]; } catch (e) { print(e.name); }
const big = [0, 1, 2, [3, [4, [5]]]];
print(big[3][1][1][0], String(big), big.flat(Infinity).join(""));
