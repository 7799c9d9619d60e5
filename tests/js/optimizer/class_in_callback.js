// An instruction that writes registers, inlined below a handler of its caller: an exception leaves before there are outputs.
const attempt = (f) => {
  try { return f(); } catch (error) { return error.message; }
};
const make = () => {
  let base = class { static #count = 0; static next() { return ++this.#count; } get five() { return 5; } };
  class Derived extends base { field = super.five; }
  return [base.next(), new Derived().field].join();
};
const fail = (name) => attempt(() => { class Bad extends name {} return Bad.name; });
let result = '';
for (let i = 0; i < 60; i++) result = [attempt(make), fail(Object), fail(null), fail(7)].join(' ');
print(result);
