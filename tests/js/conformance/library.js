// Details of the library.
print((1e-21).toPrecision(16), (1e21).toPrecision(16), (9.995e-7).toPrecision(3), (1e-5).toExponential(15));
for (let e = -30; e < 30; e += 7) {
  const n = Number("1e" + e);
  print(n.toPrecision(17), Number(n.toPrecision(17)) === n);
}
print(Object.getOwnPropertyDescriptor(RegExp, "$&").get.toString());
{
  const buffer = new ArrayBuffer(16);
  try { new DataView(buffer, 8, { valueOf() { buffer.transfer(); return 4; } }); } catch (e) { print(e.name); }
}
{
  const buffer = new ArrayBuffer(16, { maxByteLength: 16 });
  try { new DataView(buffer, 8, { valueOf() { buffer.resize(8); return 4; } }); } catch (e) { print(e.name); }
}
// A chain of entries that keep each other's keys alive, in the worst order.
{
  const map = new WeakMap(), head = {};
  let key = head;
  for (let i = 0; i < 3000; i++) map.set(key, key = {});
  let length = 0;
  for (key = head; key !== undefined; key = map.get(key)) length++;
  print(length);
}
