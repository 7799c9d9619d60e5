//! The text form of translations, in the words of V8's traces.
//!
//! ```text
//! @17 (in @0), 2 frames
//!   interpreted frame getX => before 0, args=1, height=2, retval=none; inputs:
//!       0: [exit 0] (tagged)                ; function
//!       1: (literal k3)                     ; receiver
//! ```

use std::fmt::{self, Write};

use super::walk::{Role, Visitor, walk};
use super::{
    ArgumentsKind, Catch, Instruction, InterpretedFrame, Location, Position, ResultLocation,
    TranslationArray, VerifyErrorKind,
};
use crate::ids::{LiteralId, TranslationIndex};

/// How the text forms call things that only the embedding knows.
pub trait Names {
    /// A function, by the literal of its code.
    fn function(&self, code: LiteralId) -> String {
        format!("function {code}")
    }
    /// A constant, or `None` to print its number alone.
    fn literal(&self, literal: LiteralId) -> Option<String> {
        let _ = literal;
        None
    }
    /// A continuation.
    fn continuation(&self, id: u32) -> String {
        format!("continuation {id}")
    }
}

/// Prints numbers only.
#[derive(Clone, Copy, Default, Debug)]
pub struct NumberedNames;
impl Names for NumberedNames {}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Location::ExitSlot(slot) => write!(f, "[exit {slot}]"),
            Location::Register(register @ 0..16) => write!(f, "general {register}"),
            Location::Register(register) => write!(f, "vector {}", register.wrapping_sub(16)),
            Location::StackSlot(word) if word < 0 => write!(f, "[fp - {}]", -8 * i64::from(word)),
            Location::StackSlot(word) => write!(f, "[fp + {}]", 8 * i64::from(word)),
        }
    }
}

impl fmt::Display for ResultLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResultLocation::None => f.write_str("none"),
            ResultLocation::Accumulator => f.write_str("accumulator"),
            ResultLocation::Registers { first, count } => write!(f, "r{first}(#{count})"),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Position::Before(offset) => write!(f, "before {offset}"),
            Position::After(offset) => write!(f, "after {offset}"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Function => f.write_str("function"),
            Role::Receiver => f.write_str("receiver"),
            Role::Formal(i) => write!(f, "a{i}"),
            Role::Context => f.write_str("context"),
            Role::Register(i) => write!(f, "r{i}"),
            Role::Accumulator => f.write_str("accumulator"),
            Role::Parameter(i) => write!(f, "parameter {i}"),
            Role::Surplus(i) => write!(f, "extra argument {i}"),
            Role::Part(i) => write!(f, "{i}"),
        }
    }
}

/// One value, without its parts. `object` is the id it gets if it is an object.
pub(crate) fn value_text(instruction: &Instruction, object: u32, names: &impl Names) -> String {
    match instruction {
        Instruction::Slot { location, representation } => format!("{location} ({})", representation.name()),
        Instruction::Literal(literal) => match names.literal(*literal) {
            Some(name) => format!("(literal {literal}) {name}"),
            None => format!("(literal {literal})"),
        },
        Instruction::OptimizedOut => "(optimized out)".to_owned(),
        Instruction::Captured { class, fields } => {
            let class = names.literal(*class).unwrap_or_else(|| class.to_string());
            format!("captured object #{object} (length = {fields}) of {class}")
        }
        Instruction::Duplicated(id) => format!("duplicated object {id}"),
        Instruction::ArgumentsElements { kind, formals } => {
            let kind = match kind {
                ArgumentsKind::Mapped => "mapped",
                ArgumentsKind::Unmapped => "unmapped",
                ArgumentsKind::Rest => "rest",
            };
            format!("arguments elements object #{object} (type = {kind}, formals = {formals})")
        }
        Instruction::ArgumentsLength => "arguments length".to_owned(),
        Instruction::RestLength { formals } => format!("rest length (formals = {formals})"),
        Instruction::Int32Constant(value) => format!("{value} (int32)"),
        Instruction::Float64Constant(bits) => format!("{:e} (double)", f64::from_bits(*bits)),
        Instruction::Recipe(op) => format!("recipe {}", op.name()),
        Instruction::LoadField { field } => format!("recipe load field {field}"),
        Instruction::Interpreted(_)
        | Instruction::Position(_)
        | Instruction::InlinedArguments { .. }
        | Instruction::ConstructCreate
        | Instruction::ConstructInvoke
        | Instruction::Continuation(_) => "(no value)".to_owned(),
    }
}

struct Printer<'p, N> {
    out: &'p mut String,
    names: &'p N,
    input: u32,
    objects: u32,
}

impl<N: Names> Visitor for Printer<'_, N> {
    fn head(&mut self, instruction: &Instruction) -> Result<(), VerifyErrorKind> {
        self.input = 0;
        let _ = match instruction {
            Instruction::Interpreted(frame) => {
                write!(self.out, "  interpreted frame {} => ", self.names.function(frame.code))
            }
            Instruction::InlinedArguments { actual, .. } => {
                writeln!(self.out, "  inlined arguments frame => args={actual}; inputs:")
            }
            Instruction::ConstructCreate => writeln!(self.out, "  construct create stub frame"),
            Instruction::ConstructInvoke => writeln!(self.out, "  construct invoke stub frame"),
            Instruction::Continuation(frame) => {
                let catch = if frame.catch == Catch::Yes { " with catch" } else { "" };
                let name = self.names.continuation(frame.id);
                writeln!(
                    self.out,
                    "  builtin continuation frame{catch} {name} => height={}; inputs:",
                    frame.parameters
                )
            }
            _ => Ok(()),
        };
        Ok(())
    }

    fn position(&mut self, frame: &InterpretedFrame, position: Position, _: bool) {
        let InterpretedFrame { registers, formals, result, flags, feedback, .. } = frame;
        let _ = write!(
            self.out,
            "bytecode_offset={position}, args={formals}, height={registers}, retval={result}"
        );
        if *flags != 0 {
            let _ = write!(self.out, ", flags={flags:#x}");
        }
        if let Some(feedback) = feedback {
            let _ = write!(self.out, ", feedback={feedback}");
        }
        let _ = writeln!(self.out, "; inputs:");
    }

    fn value(&mut self, role: Role, nesting: u32, instruction: &Instruction) -> Result<(), VerifyErrorKind> {
        let text = value_text(instruction, self.objects, self.names);
        if matches!(instruction, Instruction::Captured { .. } | Instruction::ArgumentsElements { .. }) {
            self.objects += 1;
        }
        let _ = if nesting == 0 {
            self.input += 1;
            writeln!(self.out, "    {:3}: {text:<34} ; {role}", self.input - 1)
        } else {
            writeln!(self.out, "         {:indent$}{role}: {text}", "", indent = 2 * nesting as usize)
        };
        Ok(())
    }
}

impl TranslationArray<'_> {
    /// The text of one translation. Corrupt ones print up to the error, with the error.
    pub fn print(self, index: TranslationIndex, names: &impl Names) -> String {
        let mut out = String::new();
        match self.decode(index) {
            Ok(mut decoder) => {
                let _ = write!(out, "{index}");
                if let Some(outer) = decoder.outer() {
                    let _ = write!(out, " (in {outer})");
                }
                let frames = decoder.record_count();
                let _ = writeln!(out, ", {frames} frame{}", if frames == 1 { "" } else { "s" });
                let mut printer = Printer { out: &mut out, names, input: 0, objects: 0 };
                if let Err(error) = walk(&mut decoder, &mut printer) {
                    let _ = writeln!(out, "  error: {error}");
                }
            }
            Err(error) => {
                let _ = writeln!(out, "{index}: error: {error}");
            }
        }
        out
    }
}
