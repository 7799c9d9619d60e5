// Properties found and shadowed at the far end of long prototype chains.
function chain(length) {
  const root = { far: 1 };
  let object = root;
  const links = [root];
  for (let i = 1; i < length; i++) { object = Object.create(object); links.push(object); }
  return links;
}
const links = chain(1500), end = links[links.length - 1];
const load = o => o.far;
for (let i = 0; i < 5; i++) load(end);
print(load(end), end.absent);
links[700].far = 2;
print(load(end));
delete links[700].far;
print(load(end));
links[0].far = 3;
print(load(end));
Object.setPrototypeOf(links[800], { far: 4 });
print(load(end), load(links[799]));
links[900].__proto__ = new Proxy({}, { get: (_, key) => `proxy ${String(key)}` });
print(load(end));
