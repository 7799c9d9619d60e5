// Methods of arrays that call back (ECMA-262 23.1.3).
//
// Self-hosted code is strict, runs in the realm of its method, and sees nothing of the program but through intrinsics:
// no global variables, no methods of objects. `void 0` stands for `undefined`. A function's name here is what the
// tables of the library call it by; the program sees the property's name and the declared length.

function ArrayForEach(callback, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    if (k in O) %Call(callback, thisArg, O[k], k, O);
  }
}

function ArrayMap(callback, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  const A = %ArraySpeciesCreate(O, length);
  for (let k = 0; k < length; k++) {
    if (k in O) %CreateDataPropertyOrThrow(A, k, %Call(callback, thisArg, O[k], k, O));
  }
  return A;
}

function ArrayFilter(callback, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  const A = %ArraySpeciesCreate(O, 0);
  let to = 0;
  for (let k = 0; k < length; k++) {
    if (k in O) {
      const element = O[k];
      if (%Call(callback, thisArg, element, k, O)) %CreateDataPropertyOrThrow(A, to++, element);
    }
  }
  return A;
}

function ArrayEvery(callback, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    if (k in O) {
      if (!%Call(callback, thisArg, O[k], k, O)) return false;
    }
  }
  return true;
}

function ArraySome(callback, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  for (let k = 0; k < length; k++) {
    if (k in O) {
      if (%Call(callback, thisArg, O[k], k, O)) return true;
    }
  }
  return false;
}

function ArrayFind(predicate, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(predicate)) %ThrowTypeError('NotAFunction', predicate);
  for (let k = 0; k < length; k++) {
    const element = O[k];
    if (%Call(predicate, thisArg, element, k, O)) return element;
  }
}

function ArrayFindIndex(predicate, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(predicate)) %ThrowTypeError('NotAFunction', predicate);
  for (let k = 0; k < length; k++) {
    if (%Call(predicate, thisArg, O[k], k, O)) return k;
  }
  return -1;
}

function ArrayFindLast(predicate, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(predicate)) %ThrowTypeError('NotAFunction', predicate);
  for (let k = length - 1; k >= 0; k--) {
    const element = O[k];
    if (%Call(predicate, thisArg, element, k, O)) return element;
  }
}

function ArrayFindLastIndex(predicate, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(predicate)) %ThrowTypeError('NotAFunction', predicate);
  for (let k = length - 1; k >= 0; k--) {
    if (%Call(predicate, thisArg, O[k], k, O)) return k;
  }
  return -1;
}

function ArrayReduce(callback, initialValue) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  let k = 0;
  let accumulator = initialValue;
  if (%ArgumentsLength() < 2) {
    let present = false;
    for (; k < length && !present; k++) {
      present = k in O;
      if (present) accumulator = O[k];
    }
    if (!present) %ThrowTypeError('ReduceOfEmpty');
  }
  for (; k < length; k++) {
    if (k in O) accumulator = %Call(callback, void 0, accumulator, O[k], k, O);
  }
  return accumulator;
}

function ArrayReduceRight(callback, initialValue) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(callback)) %ThrowTypeError('NotAFunction', callback);
  let k = length - 1;
  let accumulator = initialValue;
  if (%ArgumentsLength() < 2) {
    let present = false;
    for (; k >= 0 && !present; k--) {
      present = k in O;
      if (present) accumulator = O[k];
    }
    if (!present) %ThrowTypeError('ReduceOfEmpty');
  }
  for (; k >= 0; k--) {
    if (k in O) accumulator = %Call(callback, void 0, accumulator, O[k], k, O);
  }
  return accumulator;
}

function ArrayFlatMap(mapper, thisArg) {
  const O = %ToObject(this);
  const length = %LengthOfArrayLike(O);
  if (!%IsCallable(mapper)) %ThrowTypeError('NotAFunction', mapper);
  const A = %ArraySpeciesCreate(O, 0);
  let to = 0;
  for (let k = 0; k < length; k++) {
    if (k in O) {
      const mapped = %Call(mapper, thisArg, O[k], k, O);
      if (%IsArray(mapped)) {
        const count = %LengthOfArrayLike(mapped);
        for (let j = 0; j < count; j++) {
          if (j in mapped) {
            const element = mapped[j];
            if (to >= 9007199254740991) %ThrowTypeError('FlattenPastSafeLength');
            %CreateDataPropertyOrThrow(A, to++, element);
          }
        }
      } else {
        if (to >= 9007199254740991) %ThrowTypeError('FlattenPastSafeLength');
        %CreateDataPropertyOrThrow(A, to++, mapped);
      }
    }
  }
  return A;
}

// 23.1.2.1. The promise of an async function is the promise capability of the algorithm.
async function ArrayFromAsync(items, mapper, thisArg) {
  const C = this;
  const mapping = mapper !== void 0;
  if (mapping && !%IsCallable(mapper)) %ThrowTypeError('NotAFunction', mapper);
  let iterator;
  let next;
  let method = %GetMethod(items, %Intrinsic('Symbol.asyncIterator'));
  if (method !== void 0) {
    iterator = %Call(method, items);
    if (!%IsObject(iterator)) %ThrowTypeError('SymbolAsyncIteratorInvalid');
    next = iterator.next;
  } else {
    method = %GetMethod(items, %Intrinsic('Symbol.iterator'));
    if (method !== void 0) {
      const syncIterator = %Call(method, items);
      if (!%IsObject(syncIterator)) %ThrowTypeError('SymbolIteratorInvalid');
      iterator = %CreateAsyncFromSyncIterator(syncIterator, syncIterator.next);
      next = iterator.next;
    }
  }
  if (iterator === void 0) {
    const source = %ToObject(items);
    const length = %LengthOfArrayLike(source);
    const A = %IsConstructor(C) ? %Construct(C, length) : %ArrayCreate(length);
    for (let k = 0; k < length; k++) {
      let value = await source[k];
      if (mapping) value = await %Call(mapper, thisArg, value, k);
      %CreateDataPropertyOrThrow(A, k, value);
    }
    A.length = length;
    return A;
  }
  const A = %IsConstructor(C) ? %Construct(C) : %ArrayCreate(0);
  for (let k = 0; ; k++) {
    const result = await %Call(next, iterator);
    if (!%IsObject(result)) %ThrowTypeError('IteratorResultNotAnObject', result);
    if (result.done) {
      A.length = k;
      return A;
    }
    let value = result.value;
    let failed = true;
    try {
      if (k >= 9007199254740991) %ThrowTypeError('InvalidArrayLength');
      if (mapping) value = await %Call(mapper, thisArg, value, k);
      %CreateDataPropertyOrThrow(A, k, value);
      failed = false;
    } finally {
      // AsyncIteratorClose with a throw completion: what `return` does wrong is of no interest.
      if (failed) {
        try {
          const close = %GetMethod(iterator, 'return');
          if (close !== void 0) await %Call(close, iterator);
        } catch {}
      }
    }
  }
}
