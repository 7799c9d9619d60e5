//! What operands mean: registers, indices, and the small enumerations that some instructions carry.
//!
//! A register operand is one unsigned index. In memory the registers of a frame ascend from the frame pointer, followed by
//! the receiver and the arguments; so with `N` registers, index `N` is the receiver and `N + 1 + i` formal parameter `i`.
//! `N` is known only when a function is finished, therefore [`Register`] keeps the three cases apart and the encoder
//! maps them.

use std::fmt;

/// A register: a local `r3`, the receiver `<this>`, or a formal parameter `a0`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Register(u32);

const PARAMETER: u32 = 1 << 31;

impl Register {
    /// The receiver.
    pub const THIS: Register = Register(PARAMETER);

    /// Local register `index`.
    pub const fn local(index: u32) -> Register {
        assert!(index < PARAMETER);
        Register(index)
    }

    /// Formal parameter `index`, not counting the receiver.
    pub const fn parameter(index: u32) -> Register {
        assert!(index < PARAMETER - 1);
        Register(PARAMETER + 1 + index)
    }

    /// The register that operand value `operand` names in a function with `register_count` locals.
    pub const fn from_operand(operand: u32, register_count: u32) -> Register {
        if operand < register_count {
            Register(operand)
        } else {
            Register(PARAMETER.wrapping_add((operand - register_count) & (PARAMETER - 1)))
        }
    }

    /// The operand value of this register in a function with `register_count` locals.
    pub const fn to_operand(self, register_count: u32) -> u32 {
        if self.0 < PARAMETER { self.0 } else { register_count + (self.0 - PARAMETER) }
    }

    /// The index of a local, or `None` for the receiver and parameters.
    pub const fn as_local(self) -> Option<u32> {
        if self.0 < PARAMETER { Some(self.0) } else { None }
    }

    /// The index of a formal parameter, or `None` for locals and the receiver.
    pub const fn as_parameter(self) -> Option<u32> {
        if self.0 > PARAMETER { Some(self.0 - PARAMETER - 1) } else { None }
    }

    /// Whether this is the receiver.
    pub const fn is_this(self) -> bool {
        self.0 == PARAMETER
    }

    /// The register `n` places after this one in memory.
    #[must_use]
    pub const fn offset(self, n: u32) -> Register {
        Register(self.0 + n)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u32) -> Register {
        Register(bits)
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_local(), self.as_parameter()) {
            (Some(index), _) => write!(f, "r{index}"),
            (_, Some(index)) => write!(f, "a{index}"),
            _ => f.write_str("<this>"),
        }
    }
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Consecutive registers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RegisterRange {
    /// The first register.
    pub first: Register,
    /// How many registers; may be zero.
    pub count: u32,
}

impl RegisterRange {
    /// No registers.
    pub const EMPTY: RegisterRange = RegisterRange { first: Register::local(0), count: 0 };

    /// `count` registers from `first`.
    pub const fn new(first: Register, count: u32) -> RegisterRange {
        RegisterRange { first, count }
    }

    /// Register `index` of the range.
    ///
    /// # Panics
    /// If `index` is not below the count.
    pub const fn get(self, index: u32) -> Register {
        assert!(index < self.count);
        self.first.offset(index)
    }

    /// The first `count` registers of the range.
    #[must_use]
    pub const fn prefix(self, count: u32) -> RegisterRange {
        assert!(count <= self.count);
        RegisterRange { first: self.first, count }
    }

    /// The registers in ascending order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Register> {
        (0..self.count as usize).map(move |i| self.first.offset(i as u32))
    }
}

impl From<Register> for RegisterRange {
    fn from(register: Register) -> Self {
        RegisterRange { first: register, count: 1 }
    }
}

impl fmt::Display for RegisterRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => f.write_str("()"),
            1 => write!(f, "{}", self.first),
            n => write!(f, "{}-{}", self.first, self.first.offset(n - 1)),
        }
    }
}

macro_rules! index {
    ($(#[$meta:meta])* $name:ident, $letter:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into a slice.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

index!(
    /// An index into the constant pool; prints as `k5`.
    ConstIndex, "k"
);
index!(
    /// An index into the feedback layout; prints as `s2`.
    SlotIndex, "s"
);

/// Declares an enumeration whose variants are operand values `0..n`.
macro_rules! operand_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant),* }

        impl $name {
            /// All values in operand order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The value with operand number `operand`.
            pub fn from_operand(operand: u32) -> Option<$name> {
                Self::ALL.get(operand as usize).copied()
            }

            /// The operand number.
            pub const fn to_operand(self) -> u32 {
                self as u32
            }

            /// How the printer writes it.
            pub const fn text(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.text())
            }
        }
    };
}
pub(crate) use operand_enum;

operand_enum! {
    /// Whether code is strict.
    LanguageMode {
        /// Sloppy mode.
        Sloppy = "sloppy",
        /// Strict mode.
        Strict = "strict",
    }
}

operand_enum! {
    /// How a dynamic store behaves.
    LookupStoreFlags {
        /// Sloppy assignment: an unresolvable name creates a global property.
        Sloppy = "sloppy",
        /// Strict assignment: an unresolvable name is a ReferenceError.
        Strict = "strict",
        /// Sloppy initialization of an eval-declared var or function in the variable scope: skips lexical scopes and `with`.
        HoistedVar = "hoisted-var",
    }
}

operand_enum! {
    /// Whether a keyed definition also names the function it stores.
    DefineKeyedFlags {
        /// Only define.
        None = "none",
        /// The value is an anonymous function or class: give it the key as its name.
        SetFunctionName = "set-function-name",
    }
}

operand_enum! {
    /// The prefix argument of SetFunctionName.
    FunctionNamePrefix {
        /// No prefix.
        None = "none",
        /// `get `.
        Get = "get",
        /// `set `.
        Set = "set",
    }
}

operand_enum! {
    /// A string that `typeof` can give, or one it never gives.
    TypeOfLiteral {
        /// `"undefined"`.
        Undefined = "undefined",
        /// `"boolean"`.
        Boolean = "boolean",
        /// `"number"`.
        Number = "number",
        /// `"bigint"`.
        BigInt = "bigint",
        /// `"string"`.
        String = "string",
        /// `"symbol"`.
        Symbol = "symbol",
        /// `"object"` (null included).
        Object = "object",
        /// `"function"`.
        Function = "function",
        /// Any other string: the comparison is false.
        Other = "other",
    }
}

operand_enum! {
    /// Why a resumable function suspends.
    SuspendKind {
        /// Right after its parameters are bound: acc is the generator object, returned to the caller.
        Initial = "initial",
        /// `yield` of a sync generator: acc is the iterator result object, returned to the caller of `next`.
        Yield = "yield",
        /// `yield*` of a sync generator: acc is the inner iterator's result object, passed on as it is.
        YieldDelegate = "yield-delegate",
        /// `await`: acc is awaited (PromiseResolve, PerformPromiseThen); the function's promise goes to the first caller.
        Await = "await",
        /// `yield` of an async generator: acc is the already awaited value; resolves the request at the head of the queue.
        AsyncYield = "async-yield",
    }
}

operand_enum! {
    /// How a generator was resumed.
    ResumeMode {
        /// `next(value)` or a fulfilled await.
        Next = "next",
        /// `return(value)`.
        Return = "return",
        /// `throw(value)` or a rejected await.
        Throw = "throw",
    }
}
