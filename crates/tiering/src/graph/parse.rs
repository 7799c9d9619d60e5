//! Reads the text form back, for tests.
//!
//! What [`print`](super::print) writes can be read; nodes, blocks and states are numbered anew in the order of their text, which
//! is the same number where the text has no gaps. Names in the legend are skipped, and so are lines that begin with `#`. The one
//! thing that the text does not say is what a generic step reads: its inputs count as closure, context and registers, its
//! effects are those of a call.

use std::collections::HashMap;
use std::fmt;

use unspool_bytecode::Opcode;

use super::helpers::Helper;
use super::ops::Op;
use super::reason::DeoptReason;
use super::state::{FrameFlavor, FrameSlot, FrameState, ResultLocation, StateKind};
use super::store::{
    BlockId, Graph, Inlining, LoopInfo, NodeId, States, Step, Terminator, is_arguments_creation,
};
use super::types::{
    ArgumentsClass, Barrier, Captured, CellRef, Condition, Effects, F64Bits, FrameStateId, FunctionRef,
    Memory, Repr, ShapeRef, ShapeSet, StepId, TaggedConst, TaggedTest, TargetRef, TypedElement,
};

/// What cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong in it.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// The words of an operation that are not read yet.
#[derive(Debug)]
pub struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Words<'a> {
        let mut words: Vec<&str> =
            text.split([' ', ',']).map(str::trim).filter(|word| !word.is_empty()).collect();
        words.reverse();
        Words(words)
    }
    fn next(&mut self) -> Option<&'a str> {
        self.0.pop()
    }
    fn peek(&self) -> Option<&'a str> {
        self.0.last().copied()
    }
}

/// What can stand as an immediate of an operation.
pub trait Immediate: Sized {
    /// Reads the immediate called `name`.
    fn read(name: &str, words: &mut Words<'_>) -> Option<Self>;
}

macro_rules! numbered {
    ($($type:ident $prefix:literal),*) => {$(
        impl Immediate for $type {
            fn read(_: &str, words: &mut Words<'_>) -> Option<Self> {
                words.next()?.strip_prefix($prefix)?.parse().ok().map($type)
            }
        }
    )*};
}
numbered!(CellRef "c", ShapeRef "sh", FunctionRef "fn", TargetRef "t", StepId "step");

macro_rules! simple {
    ($($type:ty),*) => {$(
        impl Immediate for $type {
            fn read(_: &str, words: &mut Words<'_>) -> Option<Self> {
                words.next()?.parse().ok()
            }
        }
    )*};
}
simple!(u32, i32);

macro_rules! named {
    ($($type:ident { $($name:ident)* })*) => {$(
        impl Immediate for $type {
            fn read(_: &str, words: &mut Words<'_>) -> Option<Self> {
                match words.next()? {
                    $(stringify!($name) => Some($type::$name),)*
                    _ => None,
                }
            }
        }
    )*};
}
named! {
    Condition { Equal NotEqual Less LessOrEqual Greater GreaterOrEqual }
    TaggedTest { Undefined Null Nullish Hole True Int32 Number Boolean String Symbol BigInt Object Callable TypeOfObject }
    Barrier { None IfCell }
    Memory { Immutable Property Context Binding SlotsPointer ElementsPointer ArrayLength ElementsLength Slots Elements Bytes
        Shape Internal IteratorState }
    TypedElement { Int8 Uint8 Uint8Clamped Int16 Uint16 Int32 Uint32 Float32 Float64 }
}

impl Immediate for bool {
    fn read(name: &str, words: &mut Words<'_>) -> Option<bool> {
        if name == "known_cell" {
            let known = words.peek() == Some("cell");
            if known {
                words.next();
            }
            return Some(known);
        }
        words.next()?.parse().ok()
    }
}

impl Immediate for F64Bits {
    fn read(_: &str, words: &mut Words<'_>) -> Option<F64Bits> {
        words.next()?.parse().ok().map(F64Bits::new)
    }
}

impl Immediate for TaggedConst {
    fn read(_: &str, words: &mut Words<'_>) -> Option<TaggedConst> {
        Some(match words.next()? {
            "undefined" => TaggedConst::UNDEFINED,
            "null" => TaggedConst::NULL,
            "true" => TaggedConst::TRUE,
            "false" => TaggedConst::FALSE,
            "hole" => TaggedConst::HOLE,
            "optimized-out" => TaggedConst::OPTIMIZED_OUT,
            word => {
                if let Some(hex) = word.strip_prefix("0x") {
                    TaggedConst::Bits(u64::from_str_radix(hex, 16).ok()?)
                } else if let Ok(int) = word.parse() {
                    TaggedConst::int32(int)
                } else if let Some(cell) = word.strip_prefix('c') {
                    TaggedConst::Cell(CellRef(cell.parse().ok()?))
                } else {
                    TaggedConst::Bits(unspool_values::Value::from_double(word.parse().ok()?).bits())
                }
            }
        })
    }
}

impl Immediate for ShapeSet {
    fn read(_: &str, words: &mut Words<'_>) -> Option<ShapeSet> {
        let shapes: Option<Vec<ShapeRef>> = words
            .next()?
            .split('|')
            .map(|word| word.strip_prefix("sh")?.parse().ok().map(ShapeRef))
            .collect();
        ShapeSet::from_slice(&shapes?)
    }
}

impl Immediate for DeoptReason {
    fn read(_: &str, words: &mut Words<'_>) -> Option<DeoptReason> {
        let word = words.next()?;
        DeoptReason::ALL.iter().copied().find(|reason| format!("{reason:?}") == word)
    }
}

impl Immediate for Helper {
    fn read(_: &str, words: &mut Words<'_>) -> Option<Helper> {
        let word = words.next()?;
        Helper::ALL.iter().copied().find(|helper| helper.name() == word)
    }
}

impl Immediate for FrameSlot {
    fn read(_: &str, words: &mut Words<'_>) -> Option<FrameSlot> {
        let word = words.next()?;
        let number = |prefix: &str| word.strip_prefix(prefix)?.strip_suffix(')')?.parse().ok();
        Some(match word {
            "Closure" => FrameSlot::Closure,
            "Context" => FrameSlot::Context,
            "Receiver" => FrameSlot::Receiver,
            "Accumulator" => FrameSlot::Accumulator,
            _ => match number("Argument(") {
                Some(index) => FrameSlot::Argument(index),
                None => FrameSlot::Register(number("Register(")?),
            },
        })
    }
}

impl Immediate for Repr {
    fn read(_: &str, words: &mut Words<'_>) -> Option<Repr> {
        repr(words.next()?)
    }
}

impl Immediate for Effects {
    fn read(_: &str, _: &mut Words<'_>) -> Option<Effects> {
        Some(Effects::Call)
    }
}

impl Immediate for Captured {
    fn read(name: &str, words: &mut Words<'_>) -> Option<Captured> {
        match words.next()? {
            "object" => Some(Captured::Object {
                shape: ShapeRef::read(name, words)?,
                inline_slots: u32::read(name, words)?,
            }),
            "context" => Some(Captured::Context {
                function: FunctionRef::read(name, words)?,
                scope: u32::read(name, words)?,
                length: u32::read(name, words)?,
            }),
            "array" => Some(Captured::Array { shape: ShapeRef::read(name, words)? }),
            "closure" => Some(Captured::Closure {
                template: CellRef::read(name, words)?,
                feedback: CellRef::read(name, words)?,
            }),
            "arguments" => Some(Captured::Arguments(arguments_class(name, words)?)),
            "frame-arguments" => Some(Captured::FrameArguments(arguments_class(name, words)?)),
            "frame-rest" => Some(Captured::FrameRest {
                shape: ShapeRef::read(name, words)?,
                formals: u32::read(name, words)?,
            }),
            _ => None,
        }
    }
}

fn arguments_class(name: &str, words: &mut Words<'_>) -> Option<ArgumentsClass> {
    let is_mapped = match words.next()? {
        "mapped" => true,
        "unmapped" => false,
        _ => return None,
    };
    let (shape, function) = (ShapeRef::read(name, words)?, FunctionRef::read(name, words)?);
    let scope = if is_mapped { Some(u32::read(name, words)?) } else { None };
    Some(ArgumentsClass { shape, function, scope })
}

fn repr(word: &str) -> Option<Repr> {
    [Repr::Tagged, Repr::Int32, Repr::Uint32, Repr::Float64, Repr::Bool, Repr::Word]
        .into_iter()
        .find(|repr| repr.text() == word || (word == "tagged" && *repr == Repr::Tagged))
}

/// Reads a graph.
///
/// # Errors
/// The first line that cannot be read.
pub fn parse(text: &str) -> Result<Graph, ParseError> {
    let mut parser = Parser {
        graph: Graph::new(),
        nodes: HashMap::new(),
        states: HashMap::new(),
        blocks: HashMap::new(),
        next: 0,
    };
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let fail = |line: usize, text: &str| ParseError { line, message: format!("cannot read `{text}`") };
    for &(number, line) in &lines {
        parser.declare(line).ok_or_else(|| fail(number, line))?;
    }
    let mut block = Graph::ENTRY;
    for &(number, line) in &lines {
        parser.line(line, &mut block).ok_or_else(|| fail(number, line))?;
    }
    for &(number, line) in &lines {
        parser.edges(line).ok_or_else(|| fail(number, line))?;
    }
    for state in (0..parser.graph.state_count() as u32).map(FrameStateId) {
        parser.inlinings(state, 0);
    }
    parser.graph.finish();
    Ok(parser.graph)
}

/// States that have so many around them are in a circle.
const MAX_CHAIN: u32 = 64;

const TERMINATORS: [&str; 6] = ["Jump", "Branch", "Switch", "Return", "Deopt", "Unreachable"];

struct Parser<'a> {
    graph: Graph,
    nodes: HashMap<&'a str, NodeId>,
    states: HashMap<&'a str, FrameStateId>,
    blocks: HashMap<&'a str, BlockId>,
    /// Number of the next node.
    next: u32,
}

enum Line<'a> {
    Block { name: &'a str, parameters: Vec<(&'a str, Repr)>, rest: &'a str },
    State { name: &'a str, text: &'a str },
    Legend,
    Node { name: Option<&'a str>, repr: Repr, text: &'a str },
    Terminator(&'a str),
}

fn is_id(word: &str, letter: &str) -> bool {
    word.strip_prefix(letter).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn typed(text: &str) -> Option<(&str, Repr)> {
    match text.split_once(':') {
        Some((name, of)) => Some((name.trim(), repr(of.trim())?)),
        None => Some((text.trim(), Repr::Tagged)),
    }
}

fn classify(line: &str) -> Option<Line<'_>> {
    let first = line.split([' ', ':', '(']).next()?;
    if is_id(first, "b") {
        let rest = &line[first.len()..];
        let (parameters, rest) = match rest.strip_prefix('(') {
            Some(rest) => rest.split_once(')')?,
            None => ("", rest),
        };
        let parameters: Option<Vec<_>> =
            parameters.split(',').filter(|p| !p.trim().is_empty()).map(|p| typed(p.trim())).collect();
        return Some(Line::Block { name: first, parameters: parameters?, rest: rest.strip_prefix(':')? });
    }
    if TERMINATORS.contains(&first) {
        return Some(Line::Terminator(line));
    }
    let Some((left, right)) = line.split_once(" = ") else {
        return Some(Line::Node { name: None, repr: Repr::None, text: line });
    };
    if is_id(first, "f") {
        return Some(Line::State { name: left, text: right });
    }
    if is_id(first, "c") || is_id(first, "sh") || is_id(first, "t") {
        return Some(Line::Legend);
    }
    let (name, repr) = typed(left)?;
    is_id(name, "v").then_some(Line::Node { name: Some(name), repr, text: right })
}

impl<'a> Parser<'a> {
    /// Gives numbers to what a line defines.
    fn declare(&mut self, line: &'a str) -> Option<()> {
        match classify(line)? {
            Line::Block { name, parameters, .. } => {
                let block = self.graph.add_block();
                self.blocks.insert(name, block);
                for (name, _) in parameters {
                    self.number(Some(name));
                }
            }
            Line::Node { name, .. } => self.number(name),
            Line::State { name, .. } => {
                self.states.insert(name, FrameStateId(self.states.len() as u32));
            }
            Line::Legend | Line::Terminator(_) => {}
        }
        Some(())
    }

    fn number(&mut self, name: Option<&'a str>) {
        if let Some(name) = name {
            self.nodes.insert(name, NodeId(self.next));
        }
        self.next += 1;
    }

    fn value(&self, name: &str) -> Option<NodeId> {
        self.nodes.get(name.trim()).copied()
    }

    fn line(&mut self, line: &'a str, block: &mut BlockId) -> Option<()> {
        match classify(line)? {
            Line::Block { name, parameters, rest } => {
                *block = *self.blocks.get(name)?;
                for (_, repr) in parameters {
                    self.graph.add_parameter(*block, repr);
                }
                if let Some(place) = rest.trim().strip_prefix("loop fn") {
                    let (function, offset) = place.split(' ').next()?.split_once('@')?;
                    let entry_state = match place.split_once(" entry ") {
                        Some((_, state)) => Some(*self.states.get(state.split(' ').next()?)?),
                        None => None,
                    };
                    self.graph.block_mut(*block).loop_info = Some(LoopInfo {
                        entry_state,
                        back_edge: None,
                        function: FunctionRef(function.parse().ok()?),
                        offset: offset.parse().ok()?,
                    });
                }
                Some(())
            }
            Line::Node { repr, text, .. } => self.node(*block, repr, text),
            Line::State { text, .. } => self.state(text),
            Line::Legend => Some(()),
            Line::Terminator(text) => {
                let terminator = self.terminator(text)?;
                self.graph.terminate(*block, terminator);
                Some(())
            }
        }
    }

    /// The order of predecessors and the back edges, when all blocks have their ends.
    fn edges(&mut self, line: &'a str) -> Option<()> {
        let Line::Block { name, rest, .. } = classify(line)? else { return Some(()) };
        let block = *self.blocks.get(name)?;
        if let Some((_, list)) = rest.split_once("from ") {
            let wanted: Option<Vec<BlockId>> =
                list.split(',').map(|b| self.blocks.get(b.trim()).copied()).collect();
            let wanted = wanted?;
            self.graph
                .block_mut(block)
                .predecessors
                .sort_by_key(|p| wanted.iter().position(|w| w == p).unwrap_or(usize::MAX));
        }
        let back = self.graph.block(block).predecessors.iter().copied().find(|p| *p >= block);
        if let Some(info) = &mut self.graph.block_mut(block).loop_info {
            info.back_edge = back;
        }
        Some(())
    }

    fn states(&self, text: &'a str) -> Option<States> {
        let mut states = States::NONE;
        for part in text.split('[').skip(1) {
            let part = part.trim().strip_suffix(']')?;
            let (place, name) = match part.split_once(' ') {
                Some(("lazy", name)) => (&mut states.lazy, name),
                Some(("catch", name)) => (&mut states.catch, name),
                Some(_) => return None,
                None => (&mut states.eager, part),
            };
            *place = Some(*self.states.get(name)?);
        }
        Some(states)
    }

    fn node(&mut self, block: BlockId, repr: Repr, text: &'a str) -> Option<()> {
        let (text, states) = text.split_at(text.find(" [").unwrap_or(text.len()));
        let states = self.states(states)?;
        let mut words = Words::new(text);
        let name = words.next()?;
        let op = if name == "GenericStep" {
            let opcode = words.next()?;
            let (function, offset) = words.next()?.strip_prefix("fn")?.split_once('@')?;
            let mut outputs = Vec::new();
            if words.peek() == Some("->") {
                words.next();
                while let Some(register) = words.peek().and_then(|w| w.strip_prefix('r')) {
                    outputs.push(register.parse().ok()?);
                    words.next();
                }
            }
            let more = words.0.len().saturating_sub(2) as u32;
            let opcode = *Opcode::ALL.iter().find(|o| o.name() == opcode)?;
            // What makes arguments objects has the receiver and the arguments as inputs.
            let more: Vec<FrameSlot> = match is_arguments_creation(opcode) {
                true => [FrameSlot::Receiver]
                    .into_iter()
                    .chain((1..more).map(|i| FrameSlot::Argument(i - 1)))
                    .take(more as usize)
                    .collect(),
                false => (0..more).map(FrameSlot::Register).collect(),
            };
            let step = Step {
                function: FunctionRef(function.parse().ok()?),
                offset: offset.parse().ok()?,
                opcode,
                inputs: [FrameSlot::Closure, FrameSlot::Context].into_iter().chain(more).collect(),
                outputs,
                reads_arguments: false,
            };
            Op::GenericStep { step: self.graph.add_step(step), effects: Effects::Call }
        } else {
            Op::from_text(name, &mut words)?
        };
        let mut inputs = Vec::new();
        while let Some(word) = words.next() {
            inputs.push(self.value(word)?);
        }
        if op.output() != repr {
            return None;
        }
        self.graph.add(block, op, &inputs, states);
        Some(())
    }

    fn terminator(&self, text: &'a str) -> Option<Terminator> {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let block = |name: &str| self.blocks.get(name.trim()).copied();
        Some(match name {
            "Jump" => {
                let (to, values) = rest.split_once('(').unwrap_or((rest, ""));
                let values: Option<Vec<NodeId>> = values
                    .trim_end_matches(')')
                    .split(',')
                    .filter(|v| !v.trim().is_empty())
                    .map(|v| self.value(v))
                    .collect();
                Terminator::Jump(block(to)?, values?)
            }
            "Branch" => {
                let mut parts = rest.split(',');
                Terminator::Branch(self.value(parts.next()?)?, block(parts.next()?)?, block(parts.next()?)?)
            }
            "Switch" => {
                let mut parts = rest.split(',');
                let value = self.value(parts.next()?)?;
                let (mut base, mut targets, mut default) = (None, Vec::new(), None);
                for part in parts {
                    let (case, to) = part.split_once(':')?;
                    if case.trim() == "default" {
                        default = block(to);
                    } else {
                        base = base.or(case.trim().parse().ok());
                        targets.push(block(to)?);
                    }
                }
                Terminator::Switch { value, base: base?, targets, default: default? }
            }
            "Return" => Terminator::Return(self.value(rest)?),
            "Deopt" => {
                let (reason, state) = rest.strip_prefix('"')?.split_once("\" [")?;
                let reason = DeoptReason::ALL.iter().copied().find(|r| r.text() == reason)?;
                Terminator::Deopt(reason, *self.states.get(state.strip_suffix(']')?)?)
            }
            _ => Terminator::Unreachable,
        })
    }

    fn state(&mut self, text: &'a str) -> Option<()> {
        let (head, rest) = text.split_once('{')?;
        let (body, tail) = rest.split_once('}')?;
        let mut words = head.split_whitespace();
        let (function, offset) = words.next()?.strip_prefix("fn")?.split_once('@')?;
        let words: Vec<&str> = words.collect();
        let (kind, words) = match words.as_slice() {
            ["before", rest @ ..] => (StateKind::Before, rest),
            ["catch", rest @ ..] => (StateKind::Catch, rest),
            ["after", "->", "acc", rest @ ..] => (StateKind::After(ResultLocation::Accumulator), rest),
            ["after", "->", register, rest @ ..] => {
                let register = register.strip_prefix('r')?.parse().ok()?;
                (StateKind::After(ResultLocation::Register(register)), rest)
            }
            ["after", rest @ ..] => (StateKind::After(ResultLocation::Ignore), rest),
            _ => return None,
        };
        let flavor = match words {
            [] => FrameFlavor::Call,
            ["construct"] => FrameFlavor::Construct,
            ["construct-derived"] => FrameFlavor::ConstructDerived,
            ["getter"] => FrameFlavor::Getter,
            ["setter"] => FrameFlavor::Setter,
            _ => return None,
        };
        let (mut closure, mut context, mut receiver, mut accumulator) = (None, None, None, None);
        let (mut arguments, mut registers) = (Vec::new(), Vec::new());
        for part in body.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (slot, value) = part.split_once(' ')?;
            let value = self.value(value)?;
            match slot {
                "closure" => closure = Some(value),
                "context" => context = Some(value),
                "this" => receiver = Some(value),
                "acc" => accumulator = Some(value),
                _ if is_id(slot, "a") => arguments.push(value),
                _ => registers.push((slot.strip_prefix('r')?.parse().ok()?, value)),
            }
        }
        let mut tail = tail.split_whitespace();
        let (mut argument_count, mut outer, mut has_handler) = (None, None, false);
        while let Some(word) = tail.next() {
            match word {
                "argc" => {
                    let count = tail.next()?;
                    has_handler = count.ends_with('!');
                    argument_count = Some(count.trim_end_matches('!').parse().ok()?);
                }
                "!" => has_handler = true,
                "outer" => outer = Some(*self.states.get(tail.next()?)?),
                _ => return None,
            }
        }
        self.graph.add_state(FrameState {
            function: FunctionRef(function.parse().ok()?),
            offset: offset.parse().ok()?,
            kind,
            flavor,
            has_handler,
            closure: closure?,
            context: context?,
            receiver: receiver?,
            arguments,
            argument_count,
            registers,
            accumulator,
            outer,
        });
        Some(())
    }

    /// What was inlined where is what the states say.
    fn inlinings(&mut self, state: FrameStateId, depth: u32) -> Option<u32> {
        let state = self.graph.state(state);
        let (function, flavor, arguments) = (state.function, state.flavor, state.argument_count.unwrap_or(0));
        let outer = state.outer.filter(|_| depth < MAX_CHAIN)?;
        let offset = self.graph.state(outer).offset;
        let outer = self.inlinings(outer, depth + 1);
        Some(self.graph.add_inlining(Inlining { outer, offset, function, flavor, arguments }))
    }
}
