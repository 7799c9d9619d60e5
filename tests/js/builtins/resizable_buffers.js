// Resizable and growable buffers, and what views on them see. (Node 20 lacks `transfer`, and has older rules for integrity levels.)
const attempt = (f) => { try { const v = f(); return typeof v === "object" && v ? "object" : String(v); } catch (e) { return e.name; } };
const rab = new ArrayBuffer(8, { maxByteLength: 16 });
print(rab.byteLength, rab.maxByteLength, rab.resizable, new ArrayBuffer(4).resizable, new ArrayBuffer(4).maxByteLength);
const tracking = new Uint8Array(rab), offset = new Uint8Array(rab, 4), fixed = new Uint8Array(rab, 2, 4), words = new Uint16Array(rab), view = new DataView(rab), viewAt = new DataView(rab, 4, 4);
const state = () => print(rab.byteLength, "|", tracking.length, offset.length, offset.byteOffset, fixed.length, fixed.byteOffset, fixed.byteLength, words.length, "|", attempt(() => view.byteLength), attempt(() => viewAt.byteLength), attempt(() => viewAt.byteOffset));
tracking.set([1, 2, 3, 4, 5, 6, 7, 8]);
for (const size of [8, 16, 5, 3, 1, 0, 7, 8]) { rab.resize(size); state(); }
print([...tracking].join(), [...fixed].join());
print(attempt(() => rab.resize(17)), attempt(() => rab.resize(-1)), attempt(() => new ArrayBuffer(8, { maxByteLength: 4 })), attempt(() => new ArrayBuffer(4).resize(4)), attempt(() => rab.resize(rab.maxByteLength)), attempt(() => ArrayBuffer.prototype.resize.call({})));
// Out of bounds: reads give undefined, writes are dropped, methods throw; back in bounds everything is there again.
rab.resize(3);
fixed[0] = 1; print(fixed[0], 0 in fixed, Object.keys(fixed).length, attempt(() => fixed.fill(1)), attempt(() => fixed.at(0)), attempt(() => [...fixed]), attempt(() => fixed.subarray(0)), attempt(() => new Uint8Array(fixed)), attempt(() => Object.freeze(tracking)), attempt(() => Object.seal(tracking)), attempt(() => Object.preventExtensions(tracking)));
rab.resize(8); print(fixed.length, attempt(() => fixed.fill(9)), [...tracking].join());
// Resizing in the middle of things.
const during = (run) => { const b = new ArrayBuffer(4, { maxByteLength: 8 }); const a = new Uint8Array(b); a.set([1, 2, 3, 4]); try { return String(run(a, b)); } catch (e) { return e.name; } };
print(during((a, b) => { const seen = []; a.forEach((x) => { b.resize(2); seen.push(x); }); return seen; }), during((a, b) => a.map((x, i) => { if (i === 0) b.resize(1); return x; })), during((a, b) => a.filter((x, i) => { b.resize(8 - i); return true; })), during((a, b) => a.reduce((s, x) => { b.resize(2); return s + "," + x; }, "")), during((a, b) => a.sort((x, y) => { b.resize(2); return y - x; })));
print(during((a, b) => a.fill({ valueOf() { b.resize(2); return 7; } })), during((a, b) => { a[{ toString() { b.resize(0); return "3"; } }] = 9; return a.length; }), during((a, b) => a.with({ valueOf() { b.resize(8); return 5; } }, 1)), during((a, b) => a.slice(0, { valueOf() { b.resize(2); return 4; } })), during((a, b) => a.includes(undefined, { valueOf() { b.resize(2); return 1; } })), during((a, b) => a.indexOf(undefined, { valueOf() { b.resize(2); return 1; } })), during((a, b) => a.lastIndexOf(1, { valueOf() { b.resize(2); return 3; } })), during((a, b) => a.copyWithin(0, 1, { valueOf() { b.resize(2); return 4; } })), during((a, b) => a.join({ toString() { b.resize(2); return "-"; } })), during((a, b) => a.set({ length: 2, get 0() { b.resize(1); return 8; }, 1: 8 })), during((a, b) => { const out = []; for (const x of a) { if (x === 2) b.resize(6); out.push(x); } return out; }), during((a, b) => { const out = []; for (const x of a) { b.resize(1); out.push(x); } return out; }), during((a, b) => { const it = new Uint8Array(b, 0, 3).values(); it.next(); b.resize(1); return it.next(); }));
// Transfer detaches.
const moved = rab.transfer(4); print(rab.detached, moved.resizable, moved.byteLength, moved.maxByteLength, tracking.length, attempt(() => view.byteLength), attempt(() => rab.resize(1)), attempt(() => rab.slice(0)), attempt(() => new Uint8Array(rab)), rab.byteLength, rab.maxByteLength);
const fixedLength = moved.transferToFixedLength(2); print(fixedLength.resizable, fixedLength.byteLength, [...new Uint8Array(fixedLength)].join(), attempt(() => moved.transfer()));
// Growable shared buffers never shrink.
const gsab = new SharedArrayBuffer(4, { maxByteLength: 8 }); const shared = new Uint8Array(gsab); print(gsab.growable, gsab.maxByteLength, attempt(() => gsab.grow(8)), shared.length, attempt(() => gsab.grow(4)), attempt(() => gsab.grow(9)), gsab.slice(2, 6).byteLength, Object.prototype.toString.call(gsab));
// Through structured ways: slices, species, subarrays that follow.
const grown = new ArrayBuffer(2, { maxByteLength: 4 }), base = new Uint8Array(grown); const sub = base.subarray(1), subFixed = base.subarray(0, 1); grown.resize(4); print(base.length, sub.length, subFixed.length, base.subarray(-2).length, base.buffer === grown, grown.slice(1).resizable);
