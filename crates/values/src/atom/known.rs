//! The names the engine itself knows: property names of the standard library and a few internal ones.
//!
//! Each has a number, [`KnownAtom`], from which [`AtomTable::known`](super::AtomTable::known) gives the atom. The list is
//! the only place to extend; `name = "text"` is for texts that are no Rust identifiers.

macro_rules! known_text {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $text:literal) => {
        $text
    };
}

macro_rules! well_known_atoms {
    ($($name:ident $(= $text:literal)?,)*) => {
        /// A name the engine knows; its number indexes the isolate's table of known atoms.
        #[repr(u16)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[expect(non_camel_case_types, reason = "the variants are named as the JavaScript names are")]
        pub enum KnownAtom {
            $(#[doc = concat!("`", known_text!($name $($text)?), "`")] $name,)*
        }

        impl KnownAtom {
            /// All known atoms in the order of their numbers.
            pub const ALL: &'static [KnownAtom] = &[$(KnownAtom::$name,)*];
            /// How many there are.
            pub const COUNT: usize = KnownAtom::ALL.len();
            const TEXTS: &'static [&'static str] = &[$(known_text!($name $($text)?),)*];

            /// The characters, which are ASCII.
            #[inline]
            pub fn text(self) -> &'static str {
                KnownAtom::TEXTS[self as usize]
            }
        }
    };
}

well_known_atoms! {
    // Internal names and keywords that occur as strings.
    empty = "",
    anonymous, default, star_default = "*default*", star_namespace = "*namespace*", dot_this = ".this",
    dot_new_target = ".new.target", dot_home = ".home", dot_fields = ".fields", dot_brand = ".brand",
    dot_generator = ".generator", dot_completion = ".completion", dot_class = ".class",
    this, new_target = "new.target", super_ = "super", import_meta = "import.meta",
    undefined, null, true_ = "true", false_ = "false", object, function, string, number, bigint, symbol, boolean,
    NaN, Infinity, minus_infinity = "-Infinity", minus_zero = "-0",
    arguments, async_ = "async", await_ = "await", yield_ = "yield", static_ = "static", let_ = "let", of, target,
    meta, as_ = "as", from, use_strict = "use strict", native_code = "[native code]",
    get_space = "get ", set_space = "set ", bound_space = "bound ", __proto__,
    hint_default = "[default]", comma = ",", space = " ", newline = "\n",

    // Global object.
    globalThis, eval, isFinite, isNaN, parseFloat, parseInt, decodeURI, decodeURIComponent, encodeURI,
    encodeURIComponent, escape, unescape, global, window, self_ = "self",

    // Constructors and namespaces.
    Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Promise, Proxy, Reflect, Math,
    JSON, Atomics, Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry, ArrayBuffer, SharedArrayBuffer, DataView,
    TypedArray, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
    Error, AggregateError, EvalError, RangeError, ReferenceError, SuppressedError, SyntaxError, TypeError, URIError,
    InternalError, Iterator, AsyncIterator, Generator, AsyncGenerator, GeneratorFunction, AsyncFunction,
    AsyncGeneratorFunction, DisposableStack, AsyncDisposableStack, Arguments, Module, Intl, Temporal, ShadowRealm,
    WebAssembly, AsyncFromSyncIterator, AsyncDisposable, Disposable,

    // Tags with spaces.
    ArrayIterator = "Array Iterator", StringIterator = "String Iterator", MapIterator = "Map Iterator",
    SetIterator = "Set Iterator", RegExpStringIterator = "RegExp String Iterator", IteratorHelper = "Iterator Helper",
    WrapForValidIterator = "Wrap For Valid Iterator", AsyncIteratorHelper = "Async Iterator Helper",
    SegmenterStringIterator = "Segmenter String Iterator",

    // Properties of nearly everything.
    length, name, prototype, constructor, value, done, next, return_ = "return", throw, get, set, writable, enumerable,
    configurable, caller, callee, toString, toLocaleString, valueOf, toJSON, message, stack, cause, errors, error,
    suppressed, index, input, groups, indices, raw, then, catch, finally, key, done_value = "doneValue",

    // Object.
    assign, create, defineProperties, defineProperty, entries, freeze, fromEntries, getOwnPropertyDescriptor,
    getOwnPropertyDescriptors, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, groupBy, hasOwn, is,
    isExtensible, isFrozen, isSealed, keys, preventExtensions, seal, setPrototypeOf, values,
    hasOwnProperty, isPrototypeOf, propertyIsEnumerable, __defineGetter__, __defineSetter__, __lookupGetter__,
    __lookupSetter__, get___proto__ = "get __proto__", set___proto__ = "set __proto__",

    // Function.
    apply, bind, call,

    // Symbol.
    for_ = "for", keyFor, description, asyncDispose, asyncIterator, dispose, hasInstance, isConcatSpreadable, iterator,
    match_ = "match", matchAll, replace, search, species, split, toPrimitive, toStringTag, unscopables,
    symbol_asyncDispose = "Symbol.asyncDispose", symbol_asyncIterator = "Symbol.asyncIterator",
    symbol_dispose = "Symbol.dispose", symbol_hasInstance = "Symbol.hasInstance",
    symbol_isConcatSpreadable = "Symbol.isConcatSpreadable", symbol_iterator = "Symbol.iterator",
    symbol_match = "Symbol.match", symbol_matchAll = "Symbol.matchAll", symbol_replace = "Symbol.replace",
    symbol_search = "Symbol.search", symbol_species = "Symbol.species", symbol_split = "Symbol.split",
    symbol_toPrimitive = "Symbol.toPrimitive", symbol_toStringTag = "Symbol.toStringTag",
    symbol_unscopables = "Symbol.unscopables",
    bracket_asyncDispose = "[Symbol.asyncDispose]", bracket_asyncIterator = "[Symbol.asyncIterator]",
    bracket_dispose = "[Symbol.dispose]", bracket_hasInstance = "[Symbol.hasInstance]",
    bracket_iterator = "[Symbol.iterator]", bracket_match = "[Symbol.match]", bracket_matchAll = "[Symbol.matchAll]",
    bracket_replace = "[Symbol.replace]", bracket_search = "[Symbol.search]", bracket_split = "[Symbol.split]",
    bracket_toPrimitive = "[Symbol.toPrimitive]", get_species = "get [Symbol.species]",
    get_toStringTag = "get [Symbol.toStringTag]", set_toStringTag = "set [Symbol.toStringTag]",
    get_description = "get description",

    // Error.
    captureStackTrace, stackTraceLimit, prepareStackTrace, isError, fileName, lineNumber, columnNumber,

    // Number.
    EPSILON, MAX_SAFE_INTEGER, MAX_VALUE, MIN_SAFE_INTEGER, MIN_VALUE, NEGATIVE_INFINITY, POSITIVE_INFINITY, isInteger,
    isSafeInteger, toExponential, toFixed, toPrecision,

    // BigInt.
    asIntN, asUintN,

    // Math.
    E, LN10, LN2, LOG10E, LOG2E, PI, SQRT1_2, SQRT2, abs, acos, acosh, asin, asinh, atan, atan2, atanh, cbrt, ceil,
    clz32, cos, cosh, exp, expm1, f16round, floor, fround, hypot, imul, log, log10, log1p, log2, max, min, pow, random,
    round, sign, sin, sinh, sqrt, sumPrecise, tan, tanh, trunc,

    // Date.
    UTC, now, parse, getDate, getDay, getFullYear, getHours, getMilliseconds, getMinutes, getMonth, getSeconds, getTime,
    getTimezoneOffset, getUTCDate, getUTCDay, getUTCFullYear, getUTCHours, getUTCMilliseconds, getUTCMinutes,
    getUTCMonth, getUTCSeconds, getYear, setDate, setFullYear, setHours, setMilliseconds, setMinutes, setMonth,
    setSeconds, setTime, setUTCDate, setUTCFullYear, setUTCHours, setUTCMilliseconds, setUTCMinutes, setUTCMonth,
    setUTCSeconds, setYear, toDateString, toGMTString, toISOString, toLocaleDateString, toLocaleTimeString,
    toTimeString, toUTCString, toTemporalInstant, invalid_date = "Invalid Date",

    // String.
    fromCharCode, fromCodePoint, anchor, at, big, blink, bold, charAt, charCodeAt, codePointAt, concat, endsWith, fixed,
    fontcolor, fontsize, includes, indexOf, isWellFormed, italics, lastIndexOf, link, localeCompare, normalize, padEnd,
    padStart, repeat, replaceAll, slice, small, startsWith, strike, sub, substr, substring, sup, toLocaleLowerCase,
    toLocaleUpperCase, toLowerCase, toUpperCase, toWellFormed, trim, trimEnd, trimLeft, trimRight, trimStart,
    NFC, NFD, NFKC, NFKD,

    // RegExp.
    exec, test, compile, dotAll, flags, global_ = "global_", hasIndices, ignoreCase, multiline, source, sticky, unicode,
    unicodeSets, lastIndex, lastMatch, lastParen, leftContext, rightContext,
    dollar_1 = "$1", dollar_2 = "$2", dollar_3 = "$3", dollar_4 = "$4", dollar_5 = "$5", dollar_6 = "$6",
    dollar_7 = "$7", dollar_8 = "$8", dollar_9 = "$9", dollar_underscore = "$_", dollar_ampersand = "$&",
    dollar_plus = "$+", dollar_backtick = "$`", dollar_quote = "$'",
    get_dotAll = "get dotAll", get_flags = "get flags", get_global = "get global", get_hasIndices = "get hasIndices",
    get_ignoreCase = "get ignoreCase", get_multiline = "get multiline", get_source = "get source",
    get_sticky = "get sticky", get_unicode = "get unicode", get_unicodeSets = "get unicodeSets",
    empty_group = "(?:)",

    // Array and typed arrays.
    fromAsync, isArray, copyWithin, every, fill, filter, find, findIndex, findLast, findLastIndex, flat, flatMap,
    forEach, join, map, pop, push, reduce, reduceRight, reverse, shift, some, sort, splice, toReversed, toSorted,
    toSpliced, unshift, with, BYTES_PER_ELEMENT, buffer, byteLength, byteOffset, subarray, fromBase64, fromHex,
    setFromBase64, setFromHex, toBase64, toHex, alphabet, base64, base64url, lastChunkHandling, loose, strict,
    stop_before_partial = "stop-before-partial", omitPadding, read, written,
    get_buffer = "get buffer", get_byteLength = "get byteLength", get_byteOffset = "get byteOffset",
    get_length = "get length",

    // Map, Set, weak collections.
    add, clear, delete, has, size, getOrInsert, getOrInsertComputed, difference, intersection, isDisjointFrom,
    isSubsetOf, isSupersetOf, symmetricDifference, union, deref, register, unregister, cleanupSome,
    get_size = "get size",

    // ArrayBuffer, DataView, Atomics.
    isView, resize, transfer, transferToFixedLength, maxByteLength, resizable, detached, growable, grow,
    get_maxByteLength = "get maxByteLength", get_resizable = "get resizable", get_detached = "get detached",
    get_growable = "get growable",
    getBigInt64, getBigUint64, getFloat16, getFloat32, getFloat64, getInt8, getInt16, getInt32, getUint8, getUint16,
    getUint32, setBigInt64, setBigUint64, setFloat16, setFloat32, setFloat64, setInt8, setInt16, setInt32, setUint8,
    setUint16, setUint32, and, compareExchange, exchange, isLockFree, load, notify, or, pause, store, wait, waitAsync,
    xor, not_equal = "not-equal", timed_out = "timed-out", ok, async_value = "async_value",

    // JSON.
    stringify, rawJSON, isRawJSON,

    // Iterators and generators.
    drop, take, toArray, zip, zipKeyed, mode, padding, longest, shortest, get_constructor = "get constructor",
    set_constructor = "set constructor", chunks, windows, sliding,

    // Promise.
    all, allSettled, any, race, reject, resolve, try_ = "try", withResolvers, promise, status, reason, fulfilled,
    rejected,

    // Reflect and Proxy.
    construct, deleteProperty, ownKeys, revocable, revoke, proxy,

    // Disposable stacks.
    adopt, defer, disposeAsync, disposed, move_ = "move", use_ = "use", get_disposed = "get disposed",

    // Modules and realms.
    import, require, module, exports, evaluate, importValue, url, dirname, filename, main, type_ = "type", json, text,
    bytes,

    // Options and other words that occur as values of the standard library.
    era, year, month, day, hour, minute, second, millisecond, microsecond, nanosecond, locale, locales, options,
    numeric, sensitivity, usage, depth, label,

    // The shell's host functions.
    print, printErr, console, debug, info, warn, trace, table, time, timeEnd, timeLog, count, countReset, group,
    groupEnd, groupCollapsed, dir, quit, gc, performance, timeOrigin, setTimeout, setInterval, setImmediate,
    clearTimeout, clearInterval, clearImmediate, queueMicrotask, structuredClone, readline, write, version, process, argv,
    env, createRealm, detachArrayBuffer, evalScript, agent, broadcast, getReport, leaving, monotonicNow, receiveBroadcast,
    report, sleep, start, IsHTMLDDA, abstractModuleSource = "AbstractModuleSource", dollar_262 = "$262",
    scriptArgs, loadRelative, assert_ = "assert",

    // Iteration of `for-in`, arguments of descriptors and results seen often in programs.
    id, data, node, left, right, parent, children, child, first, last, top, bottom, width, height, x, y, z, a, b, c, d,
    e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, prev, previous, current, item, items, list, state, kind,
    result, results, code, pos, position, offset, char, token, tokens, body, head, tail, init, update, step, callback,
    handler, event, context, config, params, path, line, column, args,
}
