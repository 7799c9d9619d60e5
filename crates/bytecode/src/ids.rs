//! Runtime functions, intrinsics and error messages that instructions name by number.
//!
//! *Runtime functions* serve language features too rare for an opcode. *Intrinsics* are the `%Name(…)` calls of self-hosted
//! builtins. *Messages* are the errors that code throws by itself, with their class and text (`%0`, `%1` stand for
//! arguments).

use std::fmt;

/// How many arguments a runtime function or intrinsic takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arity {
    /// At least this many.
    pub min: u8,
    /// At most this many; `None` if unbounded.
    pub max: Option<u8>,
}

impl Arity {
    /// Whether `count` arguments are acceptable.
    pub const fn accepts(self, count: u32) -> bool {
        count >= self.min as u32
            && match self.max {
                Some(max) => count <= max as u32,
                None => true,
            }
    }
}

macro_rules! arity {
    (($min:literal ..)) => {
        Arity { min: $min, max: None }
    };
    (($min:literal, $max:literal)) => {
        Arity { min: $min, max: Some($max) }
    };
    ($count:literal) => {
        Arity { min: $count, max: Some($count) }
    };
}

macro_rules! ids {
    ($(#[$meta:meta])* $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident($arity:tt), )* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )* }

        impl $name {
            /// All of them in operand order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The one with operand number `operand`.
            pub fn from_operand(operand: u32) -> Option<$name> {
                Self::ALL.get(operand as usize).copied()
            }

            /// The operand number.
            pub const fn to_operand(self) -> u32 {
                self as u32
            }

            /// Its name, without `%`.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => stringify!($variant)),* }
            }

            /// The one called `name`.
            pub fn from_name(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|id| id.name() == name)
            }

            /// How many arguments it takes.
            pub const fn arity(self) -> Arity {
                match self { $($name::$variant => arity!($arity)),* }
            }

            /// What it does.
            pub const fn doc(self) -> &'static str {
                match self { $($name::$variant => concat!($($doc),+)),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

ids! {
    /// A runtime function: a language feature too rare for an opcode.
    RuntimeId {
        /// `import(specifier, options)`; the third argument is the phase (Smi 0 evaluation, 1 source, 2 defer). Gives a promise; never throws synchronously.
        ImportCall(3),
        /// `import.meta`.
        ImportMeta(0),
        /// The namespace object of module request number `n` of this module.
        GetModuleNamespace(1),
        /// An async function's start: gives its generator-like state object, which owns the result promise.
        AsyncFunctionEnter(0),
        /// (state, value): resolves the promise of an async function and gives that promise.
        AsyncFunctionResolve(2),
        /// (state, reason): rejects the promise of an async function and gives that promise.
        AsyncFunctionReject(2),
        /// (generator, value): completes the request at the head of the queue with {value, done: true} and drains the queue.
        AsyncGeneratorResolve(2),
        /// (generator, reason): rejects the request at the head of the queue and drains the queue.
        AsyncGeneratorReject(2),
        /// (value, done): CreateIterResultObject.
        CreateIterResultObject(2),
        /// (sync iterator, its next method): CreateAsyncFromSyncIterator, gives the async iterator.
        CreateAsyncFromSyncIterator(2),
        /// A new disposable stack for a scope with `using` or `await using`.
        CreateDisposableStack(0),
        /// (stack, value): AddDisposableResource with hint sync-dispose; gives value.
        AddDisposableResource(2),
        /// (stack, value): AddDisposableResource with hint async-dispose; gives value.
        AddAsyncDisposableResource(2),
        /// (stack, has completion error, error): DisposeResources of sync resources; throws the resulting error, if any.
        DisposeResources(3),
        /// (stack, has completion error, error): one step of DisposeResources with async resources; gives a value to await, or the hole when the stack is empty. Throws the resulting error at the end.
        DisposeResourcesAsyncStep(3),
        /// (stack, error): an awaited disposal failed; folds the error into a SuppressedError.
        DisposeResourcesAsyncError(2),
        /// (name, closure): EvalDeclarationInstantiation's store of a function in the variable scope.
        DeclareEvalFunction(2),
        /// (name): declares a var in the variable scope of a sloppy direct eval.
        DeclareEvalVar(1),
        /// (base, key, receiver): `super[key]` where the super base was read before; key is a property key. TypeError if base is null.
        GetSuperBaseProperty(3),
        /// (base, key, receiver, value, strict): `super[key] = value` where the super base was read before; converts the key, then sets. Gives value.
        SetSuperBaseProperty(5),
        /// (value): whether it is the realm's %eval%.
        IsIntrinsicEval(1),
        /// (name): whether the global environment has the name: asked before strict code computes a value for it.
        HasGlobalBinding(1),
        /// (name): the ReferenceError of strict code that assigns to a name which was not there.
        ThrowUnresolvable(1),
        /// (name, closure): copies a function in a block to the `var` of its script (annex B), unless a script declares the name lexically.
        StoreBlockFunction(2),
        /// V8's `%DebugPrint(value)`.
        DebugPrint((1, 2)),
        /// V8's `%OptimizeFunctionOnNextCall(f)`.
        OptimizeFunctionOnNextCall((1, 2)),
        /// V8's `%PrepareFunctionForOptimization(f)`.
        PrepareFunctionForOptimization((1, 2)),
        /// V8's `%NeverOptimizeFunction(f)`.
        NeverOptimizeFunction(1),
        /// V8's `%DeoptimizeFunction(f)`.
        DeoptimizeFunction(1),
        /// V8's `%DeoptimizeNow()`.
        DeoptimizeNow(0),
        /// V8's `%ClearFunctionFeedback(f)`.
        ClearFunctionFeedback(1),
        /// V8's `%GetOptimizationStatus(f)`: its status bits.
        GetOptimizationStatus((1, 2)),
        /// V8's `%OptimizeOsr()`.
        OptimizeOsr((0, 1)),
        /// V8's `%HaveSameMap(a, b)`: whether two objects have one shape.
        HaveSameMap(2),
        /// V8's `%HasFastProperties(o)`.
        HasFastProperties(1),
        /// V8's `%IsBeingInterpreted()`.
        IsBeingInterpreted(0),
        /// A native that is called by name: the first argument.
        CallNative((1 ..)),
        /// V8's `%CurrentFrameIsTurbofan()`: whether machine code of the optimizer runs.
        CurrentFrameIsTurbofan(0),
    }
}

ids! {
    /// An intrinsic of self-hosted builtins.
    IntrinsicId {
        /// IsCallable(value).
        IsCallable(1),
        /// IsConstructor(value).
        IsConstructor(1),
        /// Whether the value is an object.
        IsObject(1),
        /// IsArray(value); throws for revoked proxies.
        IsArray(1),
        /// Whether the value is a small integer (a fact about representation: for fast paths only).
        IsSmi(1),
        /// ToObject(value).
        ToObject(1),
        /// ToLength(value).
        ToLength(1),
        /// ToIntegerOrInfinity(value).
        ToIntegerOrInfinity(1),
        /// ToString(value).
        ToString(1),
        /// ToNumber(value).
        ToNumber(1),
        /// ToPropertyKey(value).
        ToPropertyKey(1),
        /// ToBoolean(value).
        ToBoolean(1),
        /// RequireObjectCoercible(value).
        RequireObjectCoercible(1),
        /// LengthOfArrayLike(object).
        LengthOfArrayLike(1),
        /// HasProperty(object, key).
        HasProperty(2),
        /// CreateDataPropertyOrThrow(object, key, value).
        CreateDataPropertyOrThrow(3),
        /// DeletePropertyOrThrow(object, key).
        DeletePropertyOrThrow(2),
        /// Set(object, key, value, true).
        SetOrThrow(3),
        /// GetMethod(value, key).
        GetMethod(2),
        /// ArraySpeciesCreate(original, length).
        ArraySpeciesCreate(2),
        /// ArrayCreate(length): RangeError above 2^32 - 1.
        ArrayCreate(1),
        /// SpeciesConstructor(object, default constructor).
        SpeciesConstructor(2),
        /// TypedArraySpeciesCreateFromLength(exemplar, length).
        TypedArraySpeciesCreate(2),
        /// TypedArrayCreateSameType(exemplar, length).
        TypedArrayCreateSameType(2),
        /// ValidateTypedArray(value, seq-cst); gives the length.
        ValidateTypedArray(1),
        /// TypedArrayLength of a typed array now; 0 if out of bounds.
        TypedArrayLength(1),
        /// Throws the error of message number (a constant) with arguments.
        ThrowTypeError((1, 4)),
        /// As ThrowTypeError, for messages of class RangeError.
        ThrowRangeError((1, 4)),
        /// Call(function, receiver, …arguments). The front end turns it into a call instruction.
        Call((2 ..)),
        /// Construct(constructor, …arguments). The front end turns it into a construct instruction.
        Construct((1 ..)),
        /// The number of actual arguments of this activation. The front end may lower it.
        ArgumentsLength(0),
        /// Actual argument n of this activation, or undefined.
        GetArgument(1),
        /// new.target of this activation.
        NewTarget(0),
        /// SameValue(a, b).
        SameValue(2),
        /// SameValueZero(a, b).
        SameValueZero(2),
        /// CreateIterResultObject(value, done).
        CreateIterResultObject(2),
        /// GetIteratorDirect is plain code; this is IteratorClose(iterator) with a normal completion.
        IteratorClose(1),
        /// IteratorClose(iterator) with a throw completion: errors of `return` are ignored.
        IteratorCloseOnThrow(1),
        /// GetIteratorFlattenable(value, reject primitives or iterate strings): gives the iterator.
        GetIteratorFlattenable(2),
        /// OrdinaryObjectCreate(prototype).
        ObjectCreate(1),
        /// OrdinaryCreateFromConstructor(constructor, intrinsic default prototype name).
        OrdinaryCreateFromConstructor(2),
        /// The intrinsic object of this realm with the given constant name, such as "Array.prototype".
        Intrinsic(1),
        /// Internal slot n of a self-hosted object.
        GetInternalSlot(2),
        /// Sets internal slot n of a self-hosted object.
        SetInternalSlot(3),
        /// Whether the value is a self-hosted object of class n.
        HasInternalClass(2),
        /// A new self-hosted object: (class n, prototype).
        CreateInternalObject(2),
        /// A new array from the actual arguments from position n.
        ArgumentsFrom(1),
        /// Appends to an internal dense list (fast array made by ArrayCreate(0)).
        ListAppend(2),
        /// Whether the array is dense with the intrinsic prototype and no holes matter (for fast paths).
        IsFastArray(1),
        /// Element n of a fast array, without checks beyond bounds: undefined outside.
        FastArrayGet(2),
        /// A walk through the entries of a Map or Set, ahead of the first entry.
        CollectionWalk(1),
        /// Moves a walk to the next entry, whatever changed meanwhile: whether there is one.
        CollectionNext(1),
        /// Key of a walk's entry.
        CollectionKey(1),
        /// Value of a walk's entry in a Map.
        CollectionValue(1),
        /// CreateAsyncFromSyncIterator(iterator, its next method).
        CreateAsyncFromSyncIterator(2),
        /// The number of live entries of a Map or Set.
        CollectionSize(1),
        /// Whether the value is a Map.
        IsMap(1),
        /// Whether the value is a Set.
        IsSet(1),
        /// Map.prototype.get on a Map, as an intrinsic: (map, key).
        MapGet(2),
        /// Map.prototype.set on a Map, as an intrinsic: (map, key, value).
        MapSet(3),
        /// Map.prototype.has on a Map or Set, as an intrinsic: (collection, key).
        CollectionHas(2),
        /// Set.prototype.add on a Set, as an intrinsic: (set, value).
        SetAdd(2),
        /// NewPromiseCapability(constructor): gives an object with promise, resolve, reject.
        NewPromiseCapability(1),
        /// PromiseResolve(constructor, value).
        PromiseResolve(2),
        /// Whether the value is a promise.
        IsPromise(1),
        /// Gives a function its `name`: (function, name).
        SetFunctionName(2),
        /// Makes a self-hosted function without `prototype` known under a property name: (object, name, function).
        DefineBuiltin(3),
        /// Math.min of two small integers.
        SmiMin(2),
        /// Math.max of two small integers.
        SmiMax(2),
        /// Polls interrupts: a long loop without calls.
        Poll(0),
        /// Compares two strings for sort: negative, zero or positive.
        StringCompare(2),
    }
}

/// The class of an error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names are the classes' own")]
pub enum ErrorKind {
    Error,
    TypeError,
    RangeError,
    ReferenceError,
    SyntaxError,
}

macro_rules! messages {
    ($($variant:ident = $kind:ident $text:literal,)*) => {
        /// An error that code throws by itself.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        #[expect(missing_docs, reason = "each message's text, right here in the table, says it all")]
        pub enum MessageId { $($variant,)* }

        impl MessageId {
            /// All messages in operand order.
            pub const ALL: &'static [MessageId] = &[$(MessageId::$variant),*];

            /// The message with operand number `operand`.
            pub fn from_operand(operand: u32) -> Option<MessageId> {
                Self::ALL.get(operand as usize).copied()
            }

            /// The operand number.
            pub const fn to_operand(self) -> u32 {
                self as u32
            }

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(MessageId::$variant => stringify!($variant)),* }
            }

            /// The message called `name`.
            pub fn from_name(name: &str) -> Option<MessageId> {
                Self::ALL.iter().copied().find(|id| id.name() == name)
            }

            /// The class of error it throws.
            pub const fn kind(self) -> ErrorKind {
                match self { $(MessageId::$variant => ErrorKind::$kind),* }
            }

            /// Its text; `%0`, `%1` … stand for arguments.
            pub const fn text(self) -> &'static str {
                match self { $(MessageId::$variant => $text),* }
            }
        }

        impl fmt::Display for MessageId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

messages! {
    NotAFunction = TypeError "%0 is not a function",
    NotAConstructor = TypeError "%0 is not a constructor",
    NotAnObject = TypeError "%0 is not an object",
    NotIterable = TypeError "%0 is not iterable",
    NotAsyncIterable = TypeError "%0 is not async iterable",
    IteratorResultNotAnObject = TypeError "Iterator result %0 is not an object",
    SymbolIteratorInvalid = TypeError "Result of the Symbol.iterator method is not an object",
    SymbolAsyncIteratorInvalid = TypeError "Result of the Symbol.asyncIterator method is not an object",
    ReturnMethodNotCallable = TypeError "The iterator's 'return' method is not callable",
    ThrowMethodMissing = TypeError "The iterator does not provide a 'throw' method",
    ClassPrototypeNotObjectOrNull = TypeError "Class extends value does not have valid prototype property %0",
    ClassHeritageNotConstructor = TypeError "Class extends value %0 is not a constructor or null",
    SuperNotConstructor = TypeError "Super constructor %0 of anonymous class is not a constructor",
    DerivedConstructorReturnedNonObject = TypeError "Derived constructors may only return object or undefined",
    ClassStaticPrototype = TypeError "Classes may not have a static property named 'prototype'",
    UnsupportedSuper = ReferenceError "Unsupported reference to 'super'",
    InvalidAssignmentTarget = ReferenceError "Invalid left-hand side in assignment",
    ConstAssignment = TypeError "Assignment to constant variable.",
    UndefinedOrNullToObject = TypeError "Cannot convert undefined or null to object",
    NonCoercible = TypeError "Cannot destructure '%0' as it is undefined or null",
    PrivateMethodAssignment = TypeError "Private method '%0' is not writable",
    PrivateSetterMissing = TypeError "'%0' was defined without a setter",
    PrivateGetterMissing = TypeError "'%0' was defined without a getter",
    GeneratorRunning = TypeError "Generator is already running",
    ReduceOfEmpty = TypeError "Reduce of empty array with no initial value",
    IncompatibleReceiver = TypeError "Method %0 called on incompatible receiver %1",
    CalledOnNullOrUndefined = TypeError "%0 called on null or undefined",
    BadSortComparison = TypeError "The comparison function must be either a function or undefined [%0]",
    FlattenPastSafeLength = TypeError "Flattening exceeds the greatest safe array length",
    InvalidArrayLength = RangeError "Invalid array length",
    NotASet = TypeError "%0 is not a set-like object",
    InvalidSize = RangeError "'%0' is an invalid size",
    MustBePositive = RangeError "%0 must be positive",
    PromiseResolverNotCallable = TypeError "Promise resolve or reject function is not callable",
    NotAPromise = TypeError "%0 is not a promise",
    DisposeNotCallable = TypeError "The disposal method of %0 is not a function",
    StringIteratorReject = TypeError "%0 is a primitive and cannot be iterated here",
    PropertyOfNullOrUndefined = TypeError "Cannot read properties of %0 (reading '%1')",
    WrongTypedArray = TypeError "this is not a typed array.",
    SpeciesNotConstructor = TypeError "object.constructor[Symbol.species] is not a constructor",
}
