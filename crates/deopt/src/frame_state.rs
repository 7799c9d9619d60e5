//! Frame states: what the interpreter's frames would look like at one instant, as the optimizer knows it.
//!
//! A [`FrameState`] is the compile-time side; [`instructions`](FrameState::instructions) turns it into a translation,
//! which is the run-time side. It lists frames
//! *outermost first*, and each frame's values in the order in which they are written. A value is a value `V` of the
//! optimizer's
//! graph (which the code generator then places), a literal, dead, or an elided object or a recipe, whose parts are
//! values again.
//!
//! *Before* or *after*: an exit before an instruction re-executes it, so nothing of it may have happened; an exit
//! after it hands
//! over the result. Only the topmost frame can stand before. Frames below it are in the middle of a call.

use std::fmt;

use crate::ids::{LiteralId, ObjectId};
use crate::translation::{
    ArgumentsKind, ContinuationFrame, Instruction, InterpretedFrame, Location, MAX_NESTING, MAX_RECORDS,
    MAX_VALUES, Position, RecipeOp, Representation,
};

/// A value of a frame state over values `V` of the optimizer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateValue<V> {
    /// A value of the optimizer's graph.
    Value(V),
    /// A constant.
    Literal(LiteralId),
    /// Dead here.
    OptimizedOut,
    /// An elided object, an index into [`FrameState::objects`].
    Object(ObjectId),
    /// How many arguments the outermost frame has.
    ArgumentsLength,
    /// How many of them lie beyond the formals.
    RestLength {
        /// Formals of the function.
        formals: u32,
    },
    /// A number.
    Int32(i32),
    /// The bits of a double.
    Float64(u64),
    /// An operation over other values.
    Recipe(RecipeOp, Vec<StateValue<V>>),
    /// A field of an object, which is a value or literal, as the exit finds it.
    LoadField(u32, Box<StateValue<V>>),
}

/// An elided object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateObject<V> {
    /// Class and fields.
    Captured {
        /// The literal that names its class.
        class: LiteralId,
        /// Its fields.
        fields: Vec<StateValue<V>>,
    },
    /// The elements of an arguments object of the *outermost* frame; inlined calls know their arguments and capture an
    /// object.
    ArgumentsElements {
        /// Which arguments.
        kind: ArgumentsKind,
        /// Formals of the function.
        formals: u32,
    },
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateFrame<V> {
    /// A frame of the interpreter. `formals` and `registers` of `head` are the lengths of the lists.
    Interpreted {
        /// Fixed properties.
        head: InterpretedFrame,
        /// Where it stands.
        position: Position,
        /// The function.
        function: StateValue<V>,
        /// The receiver.
        receiver: StateValue<V>,
        /// Formal parameters.
        formals: Vec<StateValue<V>>,
        /// The context.
        context: StateValue<V>,
        /// Registers.
        registers: Vec<StateValue<V>>,
        /// The accumulator.
        accumulator: StateValue<V>,
    },
    /// The next frame was called with so many arguments; needed where that differs from its formals.
    InlinedArguments {
        /// Actual arguments, without the receiver.
        actual: u32,
        /// Those beyond the next frame's formals.
        surplus: Vec<StateValue<V>>,
    },
    /// The next frame is a constructor whose caller has made the receiver.
    ConstructCreate,
    /// The next frame is a constructor that makes its receiver itself.
    ConstructInvoke,
    /// A builtin goes on. `parameters` of `head` is the length of the list.
    Continuation {
        /// Fixed properties.
        head: ContinuationFrame,
        /// The function it belongs to.
        function: StateValue<V>,
        /// The context.
        context: StateValue<V>,
        /// Parameters.
        parameters: Vec<StateValue<V>>,
    },
}

impl<V> StateValue<V> {
    fn map<W>(self, change: &mut impl FnMut(V) -> W) -> StateValue<W> {
        match self {
            StateValue::Value(value) => StateValue::Value(change(value)),
            StateValue::Literal(literal) => StateValue::Literal(literal),
            StateValue::OptimizedOut => StateValue::OptimizedOut,
            StateValue::Object(object) => StateValue::Object(object),
            StateValue::ArgumentsLength => StateValue::ArgumentsLength,
            StateValue::RestLength { formals } => StateValue::RestLength { formals },
            StateValue::Int32(value) => StateValue::Int32(value),
            StateValue::Float64(bits) => StateValue::Float64(bits),
            StateValue::Recipe(op, operands) => StateValue::Recipe(op, map_all(operands, change)),
            StateValue::LoadField(field, base) => StateValue::LoadField(field, Box::new(base.map(change))),
        }
    }
}

fn map_all<V, W>(values: Vec<StateValue<V>>, change: &mut impl FnMut(V) -> W) -> Vec<StateValue<W>> {
    let mut mapped = Vec::with_capacity(values.len());
    for value in values {
        mapped.push(value.map(change));
    }
    mapped
}

impl<V> StateObject<V> {
    fn map<W>(self, change: &mut impl FnMut(V) -> W) -> StateObject<W> {
        match self {
            StateObject::Captured { class, fields } => {
                StateObject::Captured { class, fields: map_all(fields, change) }
            }
            StateObject::ArgumentsElements { kind, formals } => {
                StateObject::ArgumentsElements { kind, formals }
            }
        }
    }
}

impl<V> StateFrame<V> {
    fn map<W>(self, change: &mut impl FnMut(V) -> W) -> StateFrame<W> {
        match self {
            StateFrame::Interpreted {
                head,
                position,
                function,
                receiver,
                formals,
                context,
                registers,
                accumulator,
            } => StateFrame::Interpreted {
                head,
                position,
                function: function.map(change),
                receiver: receiver.map(change),
                formals: map_all(formals, change),
                context: context.map(change),
                registers: map_all(registers, change),
                accumulator: accumulator.map(change),
            },
            StateFrame::InlinedArguments { actual, surplus } => {
                StateFrame::InlinedArguments { actual, surplus: map_all(surplus, change) }
            }
            StateFrame::ConstructCreate => StateFrame::ConstructCreate,
            StateFrame::ConstructInvoke => StateFrame::ConstructInvoke,
            StateFrame::Continuation { head, function, context, parameters } => StateFrame::Continuation {
                head,
                function: function.map(change),
                context: context.map(change),
                parameters: map_all(parameters, change),
            },
        }
    }
}

/// The state of all frames at one instant, outermost first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameState<V> {
    /// The frames.
    pub frames: Vec<StateFrame<V>>,
    /// Elided objects that values mention.
    pub objects: Vec<StateObject<V>>,
}

/// Why a frame state cannot be translated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StateError {
    /// It has no frames.
    NoFrames,
    /// It has more than [`MAX_RECORDS`] frames.
    TooManyFrames,
    /// Objects or recipes are nested deeper than [`MAX_NESTING`].
    Nesting,
    /// It has more than [`MAX_VALUES`] values.
    TooManyValues,
    /// A value mentions an object that does not exist.
    NoSuchObject(ObjectId),
    /// A frame's head gives other counts than its lists have.
    Counts,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::NoFrames => f.write_str("a frame state without frames"),
            StateError::TooManyFrames => write!(f, "more than {MAX_RECORDS} frames"),
            StateError::Nesting => write!(f, "objects or recipes nested deeper than {MAX_NESTING}"),
            StateError::TooManyValues => write!(f, "more than {MAX_VALUES} values"),
            StateError::NoSuchObject(object) => write!(f, "object {object} does not exist"),
            StateError::Counts => f.write_str("a frame's head contradicts its lists"),
        }
    }
}

impl std::error::Error for StateError {}

/// Where the code generator put a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placed {
    /// In a raw word.
    At(Location, Representation),
    /// It is a constant after all.
    Literal(LiteralId),
    /// It is an integer constant.
    Int32(i32),
    /// It is a double constant, by its bits.
    Float64(u64),
    /// It is dead.
    OptimizedOut,
}

impl<V> FrameState<V> {
    /// A state with these frames and no elided objects.
    pub fn new(frames: Vec<StateFrame<V>>) -> FrameState<V> {
        FrameState { frames, objects: Vec::new() }
    }

    /// The same state over other values.
    pub fn map<W>(self, mut change: impl FnMut(V) -> W) -> FrameState<W> {
        let frames = self.frames.into_iter().map(|frame| frame.map(&mut change)).collect();
        let objects = self.objects.into_iter().map(|object| object.map(&mut change)).collect();
        FrameState { frames, objects }
    }

    /// The translation of the state, where `place` tells for each value where it is. Values are placed in the order of the
    /// translation; a code generator that gives out exit slots in this order gets the shortest encoding.
    ///
    /// # Errors
    /// The state contradicts itself or is too large.
    pub fn instructions(&self, place: impl FnMut(&V) -> Placed) -> Result<Vec<Instruction>, StateError> {
        if self.frames.is_empty() {
            return Err(StateError::NoFrames);
        }
        let own = |frame: &&StateFrame<V>| {
            matches!(frame, StateFrame::Interpreted { .. } | StateFrame::Continuation { .. })
        };
        if self.frames.iter().filter(own).count() > MAX_RECORDS {
            return Err(StateError::TooManyFrames);
        }
        let mut writer = Writer {
            state: self,
            place,
            out: Vec::new(),
            numbers: vec![None; self.objects.len()],
            objects: 0,
        };
        for frame in &self.frames {
            writer.frame(frame)?;
        }
        Ok(writer.out)
    }
}

struct Writer<'s, V, P> {
    state: &'s FrameState<V>,
    place: P,
    out: Vec<Instruction>,
    /// The id each object got in this translation.
    numbers: Vec<Option<ObjectId>>,
    objects: u32,
}

impl<V, P: FnMut(&V) -> Placed> Writer<'_, V, P> {
    fn frame(&mut self, frame: &StateFrame<V>) -> Result<(), StateError> {
        let agree = |count: u32, list: &[StateValue<V>]| {
            if count as usize == list.len() { Ok(()) } else { Err(StateError::Counts) }
        };
        match frame {
            StateFrame::Interpreted {
                head,
                position,
                function,
                receiver,
                formals,
                context,
                registers,
                accumulator,
            } => {
                agree(head.formals, formals)?;
                agree(head.registers, registers)?;
                self.out.push(Instruction::Interpreted(*head));
                self.out.push(Instruction::Position(*position));
                self.value(function, 0)?;
                self.value(receiver, 0)?;
                self.values(formals, 0)?;
                self.value(context, 0)?;
                self.values(registers, 0)?;
                self.value(accumulator, 0)
            }
            StateFrame::InlinedArguments { actual, surplus } => {
                self.out
                    .push(Instruction::InlinedArguments { actual: *actual, surplus: surplus.len() as u32 });
                self.values(surplus, 0)
            }
            StateFrame::ConstructCreate => {
                self.out.push(Instruction::ConstructCreate);
                Ok(())
            }
            StateFrame::ConstructInvoke => {
                self.out.push(Instruction::ConstructInvoke);
                Ok(())
            }
            StateFrame::Continuation { head, function, context, parameters } => {
                agree(head.parameters, parameters)?;
                self.out.push(Instruction::Continuation(*head));
                self.value(function, 0)?;
                self.value(context, 0)?;
                self.values(parameters, 0)
            }
        }
    }

    fn values(&mut self, values: &[StateValue<V>], nesting: u32) -> Result<(), StateError> {
        values.iter().try_for_each(|value| self.value(value, nesting))
    }

    fn value(&mut self, value: &StateValue<V>, nesting: u32) -> Result<(), StateError> {
        if nesting > MAX_NESTING {
            return Err(StateError::Nesting);
        }
        if self.out.len() >= MAX_VALUES as usize {
            return Err(StateError::TooManyValues);
        }
        match value {
            StateValue::Value(value) => self.out.push(match (self.place)(value) {
                Placed::At(location, representation) => Instruction::Slot { location, representation },
                Placed::Literal(literal) => Instruction::Literal(literal),
                Placed::Int32(number) => Instruction::Int32Constant(number),
                Placed::Float64(bits) => Instruction::Float64Constant(bits),
                Placed::OptimizedOut => Instruction::OptimizedOut,
            }),
            StateValue::Literal(literal) => self.out.push(Instruction::Literal(*literal)),
            StateValue::OptimizedOut => self.out.push(Instruction::OptimizedOut),
            StateValue::ArgumentsLength => self.out.push(Instruction::ArgumentsLength),
            StateValue::RestLength { formals } => {
                self.out.push(Instruction::RestLength { formals: *formals })
            }
            StateValue::Int32(number) => self.out.push(Instruction::Int32Constant(*number)),
            StateValue::Float64(bits) => self.out.push(Instruction::Float64Constant(*bits)),
            StateValue::Recipe(op, operands) => {
                self.out.push(Instruction::Recipe(*op));
                self.values(operands, nesting + 1)?;
            }
            StateValue::LoadField(field, base) => {
                self.out.push(Instruction::LoadField { field: *field });
                self.value(base, nesting + 1)?;
            }
            StateValue::Object(id) => return self.object(*id, nesting),
        }
        Ok(())
    }

    fn object(&mut self, id: ObjectId, nesting: u32) -> Result<(), StateError> {
        let object = self.state.objects.get(id.index()).ok_or(StateError::NoSuchObject(id))?;
        if let Some(number) = self.numbers[id.index()] {
            self.out.push(Instruction::Duplicated(number));
            return Ok(());
        }
        self.numbers[id.index()] = Some(ObjectId(self.objects));
        self.objects += 1;
        match object {
            StateObject::Captured { class, fields } => {
                self.out.push(Instruction::Captured { class: *class, fields: fields.len() as u32 });
                self.values(fields, nesting + 1)
            }
            StateObject::ArgumentsElements { kind, formals } => {
                self.out.push(Instruction::ArgumentsElements { kind: *kind, formals: *formals });
                Ok(())
            }
        }
    }
}
