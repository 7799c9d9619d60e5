// `forEach` of maps and sets (ECMA-262 24.1.3.5, 24.2.4.8). A walk follows what happens to the collection meanwhile.

function MapForEach(callback, thisArg) {
  if (!%IsMap(this)) %ThrowTypeError('IncompatibleReceiver', 'Map.prototype.forEach', this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  const walk = %CollectionWalk(this);
  while (%CollectionNext(walk)) %Call(callback, thisArg, %CollectionValue(walk), %CollectionKey(walk), this);
}

function SetForEach(callback, thisArg) {
  if (!%IsSet(this)) %ThrowTypeError('IncompatibleReceiver', 'Set.prototype.forEach', this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  const walk = %CollectionWalk(this);
  while (%CollectionNext(walk)) {
    const value = %CollectionKey(walk);
    %Call(callback, thisArg, value, value, this);
  }
}
