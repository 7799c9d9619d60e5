// Exits that are forced at each level of a recursion to the end of the stack; and a function whose exits would store too much.
// timeout: 180
const objects = [{ a: 1, x: 1 }, { b: 1, x: 2 }];
function down(n, o) {
  if (n === 0) return 0;
  const v = o.x;
  return down(n - 1, o) + v;
}
for (let i = 0; i < 300; i++) down(10, objects[0]);
for (let i = 0; i < 2; i++) {
  try { print(down(200000, objects[1])); } catch (error) { print(error.name); }
}
const names = Array.from({ length: 400 }, (_, i) => 'v' + i);
const body = names.map((name, i) => `let ${name} = o.x + ${i};`).join('') + `let z = o.y; return ${names.join('+')} + z`;
const wide = new Function('o', body);
let sum = 0;
for (let i = 0; i < 50; i++) sum += wide({ x: 1, y: 2 });
print(sum);
