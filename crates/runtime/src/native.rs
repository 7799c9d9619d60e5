//! Functions written in Rust: their signature, their arguments, and the tables by which builtins are declared.
//!
//! A native function is a plain `fn` that gets the isolate and its [`Arguments`], a view of words on the isolate's stack,
//! which are roots as long as the call runs. A builtin object is a table of [`Property`] rows; `builtins` has the tables
//! and turns them into objects. A *forwarding* function is one that only calls another: the interpreter recognizes it and
//! makes the call itself, so that `f.call(…)` costs no native frame.

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{PropertyKey, Value};

use crate::cells::{NativeFunction, Trace};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::{Object, ValueExt as _};

/// A function written in Rust. `this` and the arguments are as the caller gave them (no conversion of the receiver).
pub type NativeFn = fn(Cx<'_>, Arguments<'_>) -> JsResult<Value>;

impl Trace for NativeFn {
    fn trace(&self, _: &mut unspool_gc::Tracer<'_>) {}
}

/// What a native function is called with. The argument words lie on the isolate's stack, so they are roots.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a> {
    /// The receiver; for a construct call `undefined`.
    pub this: Value,
    /// `new.target`, or `undefined` for a call.
    pub new_target: Value,
    /// The function itself.
    pub callee: Gc<NativeFunction>,
    /// The actual arguments.
    pub values: &'a [Value],
}

impl Arguments<'_> {
    /// Argument `i`, or `undefined`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Value {
        self.values.get(i).copied().unwrap_or(Value::UNDEFINED)
    }

    /// Number of actual arguments.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// No arguments?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Was the function called with `new`?
    pub fn is_construct(&self) -> bool {
        !self.new_target.is_undefined()
    }

    /// `new.target` as an object; only for construct calls.
    pub fn new_target_object(&self) -> Object {
        self.new_target.as_object_unchecked()
    }

    /// Private value `i` of the function object (what a closure would capture).
    pub fn data(&self, i: usize) -> Value {
        self.callee.data[i].get()
    }
}

/// Name of a declared property.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// A well-known string.
    Atom(KnownAtom),
    /// A well-known symbol.
    Symbol(WellKnownSymbol),
}

impl From<KnownAtom> for Name {
    fn from(atom: KnownAtom) -> Name {
        Name::Atom(atom)
    }
}

impl From<WellKnownSymbol> for Name {
    fn from(symbol: WellKnownSymbol) -> Name {
        Name::Symbol(symbol)
    }
}

impl Name {
    /// The key.
    pub fn key(self, cx: Cx<'_>) -> PropertyKey {
        match self {
            Name::Atom(atom) => cx.key(atom),
            Name::Symbol(symbol) => cx.symbol_key(symbol),
        }
    }
}

macro_rules! known_natives {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Native functions that the tiers know by number, as V8 knows its builtins.
        ///
        /// Those up to [`KnownNative::GeneratorThrow`] *forward*: they do nothing but call another function or resume a generator, and the
        /// interpreter does what they would do itself, without recursion. The compiler has operations of its own for the others.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum KnownNative { $($(#[$doc])* $name,)* }

        impl KnownNative {
            const ALL: &'static [KnownNative] = &[$(KnownNative::$name,)*];
        }
    };
}

known_natives! {
    /// Any native function.
    Any,
    /// `Function.prototype.call`
    FunctionCall,
    /// `Function.prototype.apply`
    FunctionApply,
    /// `Reflect.apply`
    ReflectApply,
    /// `%GeneratorPrototype%.next`
    GeneratorNext,
    /// `%GeneratorPrototype%.return`
    GeneratorReturn,
    /// `%GeneratorPrototype%.throw`
    GeneratorThrow,
    /// `Math.abs`
    MathAbs,
    /// `Math.acos`
    MathAcos,
    /// `Math.asin`
    MathAsin,
    /// `Math.atan`
    MathAtan,
    /// `Math.atan2`
    MathAtan2,
    /// `Math.cbrt`
    MathCbrt,
    /// `Math.ceil`
    MathCeil,
    /// `Math.clz32`
    MathClz32,
    /// `Math.cos`
    MathCos,
    /// `Math.exp`
    MathExp,
    /// `Math.floor`
    MathFloor,
    /// `Math.fround`
    MathFround,
    /// `Math.imul`
    MathImul,
    /// `Math.log`
    MathLog,
    /// `Math.log10`
    MathLog10,
    /// `Math.log2`
    MathLog2,
    /// `Math.max`
    MathMax,
    /// `Math.min`
    MathMin,
    /// `Math.pow`
    MathPow,
    /// `Math.round`
    MathRound,
    /// `Math.sin`
    MathSin,
    /// `Math.sqrt`
    MathSqrt,
    /// `Math.tan`
    MathTan,
    /// `Math.trunc`
    MathTrunc,
    /// `Array.isArray`
    ArrayIsArray,
    /// `Array.prototype.pop`
    ArrayPop,
    /// `Array.prototype.push`
    ArrayPush,
    /// `Array.prototype.values`
    ArrayValues,
    /// `Number.isFinite`
    NumberIsFinite,
    /// `Number.isInteger`
    NumberIsInteger,
    /// `Number.isNaN`
    NumberIsNaN,
    /// `Object.is`
    ObjectIs,
    /// `String.prototype.charAt`
    StringCharAt,
    /// `String.prototype.charCodeAt`
    StringCharCodeAt,
    /// `String.fromCharCode`
    StringFromCharCode,
    /// `String.prototype.substring`
    StringSubstring,
}

impl KnownNative {
    /// The one with this number.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn from_number(number: u32) -> KnownNative {
        KnownNative::ALL[number as usize]
    }
    /// Does the function only pass a call on?
    #[inline(always)]
    pub fn forwards(self) -> bool {
        self != KnownNative::Any && self <= KnownNative::GeneratorThrow
    }
}

/// One declared property of a builtin object.
#[derive(Clone, Copy, Debug)]
pub enum Property {
    /// A method: writable, not enumerable, configurable.
    Method(Name, u8, NativeFn),
    /// A method that the tiers know.
    KnownMethod(Name, u8, NativeFn, KnownNative),
    /// A getter (and no setter), not enumerable, configurable.
    Getter(Name, NativeFn),
    /// A getter and a setter.
    Accessor(Name, NativeFn, NativeFn),
    /// A number constant: not writable, not enumerable, not configurable.
    Number(Name, f64),
    /// A string that is configurable only (`Symbol.toStringTag`).
    Tag(&'static str),
    /// A method of another name that is the same function object, e.g. `[Symbol.iterator]` and `values`.
    Alias(Name, Name),
    /// A method written in JavaScript and compiled ahead of time, by its name in the self-hosted code.
    SelfHosted(Name, u8, &'static str),
    /// A method that is only configurable (`Symbol.toPrimitive` on `Date.prototype` and such).
    ConfigurableMethod(Name, u8, NativeFn),
}
