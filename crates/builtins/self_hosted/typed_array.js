// Methods of typed arrays that call back (ECMA-262 23.2.3). Elements that went out of bounds meanwhile are `undefined`.

function TypedArrayForEach(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) %Call(callback, thisArg, this[k], k, this);
}

function TypedArrayMap(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  const A = %TypedArraySpeciesCreate(this, length);
  for (let k = 0; k < length; k++) A[k] = %Call(callback, thisArg, this[k], k, this);
  return A;
}

function TypedArrayFilter(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  const kept = %ArrayCreate(0);
  let count = 0;
  for (let k = 0; k < length; k++) {
    const element = this[k];
    if (%Call(callback, thisArg, element, k, this)) {
      %ListAppend(kept, element);
      count++;
    }
  }
  const A = %TypedArraySpeciesCreate(this, count);
  for (let k = 0; k < count; k++) A[k] = kept[k];
  return A;
}

function TypedArrayEvery(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    if (!%Call(callback, thisArg, this[k], k, this)) return false;
  }
  return true;
}

function TypedArraySome(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    if (%Call(callback, thisArg, this[k], k, this)) return true;
  }
  return false;
}

function TypedArrayFind(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    const element = this[k];
    if (%Call(callback, thisArg, element, k, this)) return element;
  }
}

function TypedArrayFindIndex(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    if (%Call(callback, thisArg, this[k], k, this)) return k;
  }
  return -1;
}

function TypedArrayFindLast(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = length - 1; k >= 0; k--) {
    const element = this[k];
    if (%Call(callback, thisArg, element, k, this)) return element;
  }
}

function TypedArrayFindLastIndex(callback, thisArg) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = length - 1; k >= 0; k--) {
    if (%Call(callback, thisArg, this[k], k, this)) return k;
  }
  return -1;
}

function TypedArrayReduce(callback, initialValue) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  let k = 0;
  let accumulator = initialValue;
  if (%ArgumentsLength() < 2) {
    if (length === 0) %ThrowTypeError('ReduceOfEmpty');
    accumulator = this[k];
    k++;
  }
  for (; k < length; k++) accumulator = %Call(callback, void 0, accumulator, this[k], k, this);
  return accumulator;
}

function TypedArrayReduceRight(callback, initialValue) {
  const length = %ValidateTypedArray(this);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  let k = length - 1;
  let accumulator = initialValue;
  if (%ArgumentsLength() < 2) {
    if (length === 0) %ThrowTypeError('ReduceOfEmpty');
    accumulator = this[k];
    k--;
  }
  for (; k >= 0; k--) accumulator = %Call(callback, void 0, accumulator, this[k], k, this);
  return accumulator;
}
