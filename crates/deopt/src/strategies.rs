//! Generators for property tests, exported under the feature `proptest` so that virtual machines can test their own
//! frames and
//! values with the same states as this crate.
//!
//! [`frame_state`] makes whole frame states: inlined chains of every kind of frame, elided objects with sharing and cycles,
//! recipes, and values of every representation, weighted towards the edges of number ranges. [`PlacedState`] then puts
//! every value into
//! some exit slot, register or stack slot, as a code generator would.

use std::collections::HashMap;
use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

use crate::frame_state::{FrameState, Placed, StateFrame, StateObject, StateValue};
use crate::ids::{LiteralId, ObjectId};
use crate::translation::{
    ArgumentsKind, Catch, ContinuationFrame, InterpretedFrame, Location, Position, RecipeOp, Representation,
    ResultLocation,
};

/// A value that a program computed before it left: raw bits in some representation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RawInput {
    /// How the bits stand for the value.
    pub representation: Representation,
    /// The bits.
    pub bits: u64,
    /// Which kind of location it gets.
    pub place: u8,
}

/// What [`frame_state`] makes.
#[derive(Clone)]
pub struct Shape {
    /// At most so many frames that get words of their own.
    pub frames: usize,
    /// At most so many elided objects.
    pub objects: usize,
    /// Size of the literal table; at least one.
    pub literals: u32,
    /// Words of the interpreter.
    pub tagged: BoxedStrategy<u64>,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape").field("frames", &self.frames).field("objects", &self.objects).finish()
    }
}

/// Integers, mostly at the edges of ranges.
pub fn edge_i64() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![
        Just(0),
        Just(1),
        Just(-1),
        Just(i64::from(i32::MIN)),
        Just(i64::from(i32::MAX)),
        Just(i64::from(i32::MAX) + 1),
        Just(i64::from(i32::MIN) - 1),
        Just(i64::from(u32::MAX)),
        Just((1 << 53) - 1),
        Just((1 << 53) + 1),
        Just(-(1 << 53) - 1),
        Just(i64::MIN),
        Just(i64::MAX),
        any::<i64>(),
    ]
}

/// The NaN that stands for a hole in tests of this crate.
pub const HOLE_NAN: u64 = 0xfff7_ffff_fff7_ffff;

/// Bits of doubles, mostly at the edges of ranges: both zeros, infinities, NaNs with payloads, the hole, integers.
pub fn edge_f64_bits() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0.0f64.to_bits()),
        Just((-0.0f64).to_bits()),
        Just(f64::INFINITY.to_bits()),
        Just(f64::NAN.to_bits()),
        Just(0x7ff8_dead_beef_0001),
        Just(0xffff_ffff_ffff_ffff),
        Just(0x7ff0_0000_0000_0001),
        Just(HOLE_NAN),
        Just(f64::MIN_POSITIVE.to_bits()),
        Just(1),
        edge_i64().prop_map(|value| (value as f64).to_bits()),
        any::<i32>().prop_map(|value| (f64::from(value) + 0.5).to_bits()),
        any::<u64>(),
    ]
}

/// Bits in a representation; the upper bits of narrow ones are garbage, as in machine registers.
pub fn raw_input(tagged: BoxedStrategy<u64>) -> impl Strategy<Value = RawInput> {
    let narrow = |value: u64, garbage: u64, bits: u32| value & ((1 << bits) - 1) | garbage << bits;
    let integer = (edge_i64(), any::<u64>());
    let bits = prop_oneof![
        4 => tagged.prop_map(|bits| (Representation::Tagged, bits)),
        2 => integer.clone().prop_map(move |(v, g)| (Representation::Int32, narrow(v as u64, g, 32))),
        2 => integer.clone().prop_map(move |(v, g)| (Representation::Uint32, narrow(v as u64, g, 32))),
        1 => (any::<bool>(), any::<u64>()).prop_map(move |(v, g)| (Representation::Bool, narrow(u64::from(v), g, 8))),
        2 => edge_f64_bits().prop_map(|bits| (Representation::Float64, bits)),
        2 => edge_f64_bits().prop_map(|bits| (Representation::HoleyFloat64, bits)),
        1 => edge_i64().prop_map(|v| (Representation::SignedBigInt64, v as u64)),
        1 => edge_i64().prop_map(|v| (Representation::UnsignedBigInt64, v as u64)),
        1 => edge_i64().prop_map(|v| (Representation::Int64, v as u64)),
    ];
    (bits, any::<u8>()).prop_map(|((representation, bits), place)| RawInput { representation, bits, place })
}

fn int32_operand(depth: u32) -> BoxedStrategy<StateValue<RawInput>> {
    let slot = (edge_i64(), any::<u8>()).prop_map(|(value, place)| {
        let bits = value as u32 as u64;
        StateValue::Value(RawInput { representation: Representation::Int32, bits, place })
    });
    let leaf = prop_oneof![slot, edge_i64().prop_map(|value| StateValue::Int32(value as i32))];
    if depth == 0 {
        return leaf.boxed();
    }
    let ops = prop::sample::select(vec![
        RecipeOp::Int32Add,
        RecipeOp::Int32Sub,
        RecipeOp::Int32Mul,
        RecipeOp::Int32And,
        RecipeOp::Int32Or,
        RecipeOp::Int32Xor,
        RecipeOp::Int32Shl,
        RecipeOp::Int32Sar,
        RecipeOp::Int32Shr,
    ]);
    let operation = (ops, int32_operand(depth - 1), int32_operand(depth - 1))
        .prop_map(|(op, left, right)| StateValue::Recipe(op, vec![left, right]));
    prop_oneof![1 => leaf, 2 => operation].boxed()
}

fn float64_operand(depth: u32) -> BoxedStrategy<StateValue<RawInput>> {
    let slot = (edge_f64_bits(), any::<u8>()).prop_map(|(bits, place)| {
        StateValue::Value(RawInput { representation: Representation::Float64, bits, place })
    });
    let leaf = prop_oneof![slot, edge_f64_bits().prop_map(StateValue::Float64)];
    if depth == 0 {
        return leaf.boxed();
    }
    let ops = prop::sample::select(vec![
        RecipeOp::Float64Add,
        RecipeOp::Float64Sub,
        RecipeOp::Float64Mul,
        RecipeOp::Float64Div,
    ]);
    let operation = (ops, float64_operand(depth - 1), float64_operand(depth - 1))
        .prop_map(|(op, left, right)| StateValue::Recipe(op, vec![left, right]));
    let negation =
        float64_operand(depth - 1).prop_map(|value| StateValue::Recipe(RecipeOp::Float64Neg, vec![value]));
    let conversion =
        int32_operand(depth - 1).prop_map(|value| StateValue::Recipe(RecipeOp::Int32ToFloat64, vec![value]));
    prop_oneof![1 => leaf, 2 => operation, 1 => negation, 1 => conversion].boxed()
}

/// A value of a frame state with so many objects.
pub fn state_value(shape: &Shape, objects: usize) -> BoxedStrategy<StateValue<RawInput>> {
    let raw = || raw_input(shape.tagged.clone()).prop_map(StateValue::Value);
    let literal = || (0..shape.literals).prop_map(|index| StateValue::Literal(LiteralId(index)));
    let tagged_operand = prop_oneof![raw(), literal()];
    let concat = (tagged_operand.clone(), tagged_operand.clone())
        .prop_map(|(left, right)| StateValue::Recipe(RecipeOp::StringConcat, vec![left, right]));
    let nested = (tagged_operand, concat.clone())
        .prop_map(|(left, right)| StateValue::Recipe(RecipeOp::StringConcat, vec![left, right]));
    let tag = |op| move |value| StateValue::Recipe(op, vec![value]);
    let mut choices: Vec<(u32, BoxedStrategy<StateValue<RawInput>>)> = vec![
        (12, raw().boxed()),
        (4, literal().boxed()),
        (6, Just(StateValue::OptimizedOut).boxed()),
        (1, int32_operand(2).boxed()),
        (1, float64_operand(2).boxed()),
        (1, int32_operand(2).prop_map(tag(RecipeOp::TagInt32)).boxed()),
        (1, float64_operand(2).prop_map(tag(RecipeOp::TagFloat64)).boxed()),
        (1, concat.boxed()),
        (1, nested.boxed()),
        (1, Just(StateValue::ArgumentsLength).boxed()),
        (1, (0..4u32).prop_map(|formals| StateValue::RestLength { formals }).boxed()),
    ];
    if objects > 0 {
        choices.push((8, (0..objects as u32).prop_map(|id| StateValue::Object(ObjectId(id))).boxed()));
    }
    Union::new_weighted(choices).boxed()
}

fn state_object(shape: &Shape, objects: usize) -> BoxedStrategy<StateObject<RawInput>> {
    let kinds =
        prop::sample::select(vec![ArgumentsKind::Mapped, ArgumentsKind::Unmapped, ArgumentsKind::Rest]);
    let captured = (0..shape.literals, vec(state_value(shape, objects), 0..5))
        .prop_map(|(class, fields)| StateObject::Captured { class: LiteralId(class), fields });
    let elements =
        (kinds, 0..4u32).prop_map(|(kind, formals)| StateObject::ArgumentsElements { kind, formals });
    prop_oneof![6 => captured, 1 => elements].boxed()
}

/// The frames of one call: frames that describe it, then the frame itself.
fn call(shape: &Shape, objects: usize) -> impl Strategy<Value = Vec<StateFrame<RawInput>>> + use<> {
    let value = state_value(shape, objects);
    let lists = (vec(value.clone(), 0..4), vec(value.clone(), 0..7), vec(value.clone(), 4), 0..6u32);
    let head = (
        0..shape.literals,
        prop::option::of(0..shape.literals),
        prop::sample::select(vec![0u64, 3 << 8, 5 << 8]),
        0..4u32,
        0..1000u32,
    );
    let interpreted = (lists, head, any::<bool>(), 0..3u8).prop_map(
        |((formals, registers, mut fixed, actual), (code, feedback, flags, result, offset), inlined, new)| {
            let result = match result {
                0 => ResultLocation::None,
                1 => ResultLocation::Accumulator,
                count if registers.len() >= count as usize - 1 => ResultLocation::Registers {
                    first: (registers.len() as u32 - (count - 1)) / 2,
                    count: count - 1,
                },
                _ => ResultLocation::None,
            };
            let mut frames = Vec::new();
            let surplus = (actual as usize).saturating_sub(formals.len());
            if inlined {
                let surplus = fixed.iter().cycle().take(surplus).cloned().collect();
                frames.push(StateFrame::InlinedArguments { actual, surplus });
            }
            match new {
                0 => {}
                1 => frames.push(StateFrame::ConstructCreate),
                _ => frames.push(StateFrame::ConstructInvoke),
            }
            let mut next = || fixed.pop().unwrap_or(StateValue::OptimizedOut);
            frames.push(StateFrame::Interpreted {
                head: InterpretedFrame {
                    code: LiteralId(code),
                    feedback: feedback.map(LiteralId),
                    registers: registers.len() as u32,
                    formals: formals.len() as u32,
                    flags,
                    result,
                },
                position: Position::After(offset),
                function: next(),
                receiver: next(),
                formals,
                context: next(),
                registers,
                accumulator: next(),
            });
            frames
        },
    );
    let continuation = (vec(value.clone(), 0..4), value.clone(), value, 0..20u32, any::<bool>()).prop_map(
        |(parameters, function, context, id, catch)| {
            let catch = if catch { Catch::Yes } else { Catch::No };
            let head = ContinuationFrame { id, parameters: parameters.len() as u32, catch };
            vec![StateFrame::Continuation { head, function, context, parameters }]
        },
    );
    prop_oneof![5 => interpreted, 1 => continuation]
}

/// A frame state. It satisfies the grammar of translations.
pub fn frame_state(shape: Shape) -> impl Strategy<Value = FrameState<RawInput>> {
    (1..=shape.frames.max(1), 0..=shape.objects).prop_flat_map(move |(frames, objects)| {
        let objects_of = vec(state_object(&shape, objects), objects);
        (vec(call(&shape, objects), frames), objects_of, any::<bool>()).prop_map(
            |(mut calls, objects, before)| {
                // The outermost frame is described by no other.
                let outermost = calls[0].pop();
                calls[0].clear();
                calls[0].extend(outermost);
                if before
                    && let Some(StateFrame::Interpreted { position, .. }) =
                        calls.last_mut().and_then(|f| f.last_mut())
                {
                    *position = Position::Before(position.offset());
                }
                FrameState { frames: calls.concat(), objects }
            },
        )
    })
}

/// A frame state with a location for every value, and the words that are there.
#[derive(Clone, Debug)]
pub struct PlacedState {
    /// The state; values are indices into `places`.
    pub state: FrameState<usize>,
    /// The raw inputs, by index.
    pub inputs: Vec<RawInput>,
    /// Where each is.
    pub places: Vec<(Location, Representation)>,
    /// Words of the exit area.
    pub exit_area: Vec<u64>,
    /// Machine registers.
    pub registers: crate::RegisterFile,
    /// Words of the machine frame; the frame pointer points to word [`PlacedState::FRAME_POINTER`].
    pub machine_frame: Vec<u64>,
}

impl PlacedState {
    /// Where the frame pointer points in the machine frame.
    pub const FRAME_POINTER: usize = 8;

    /// Gives every value of a state a place.
    pub fn new(state: FrameState<RawInput>) -> PlacedState {
        let mut inputs = Vec::new();
        let state = state.map(|input| {
            inputs.push(input);
            inputs.len() - 1
        });
        let mut placed = PlacedState {
            state,
            places: Vec::new(),
            exit_area: Vec::new(),
            registers: crate::RegisterFile::default(),
            machine_frame: vec![0xabad_1dea; 16],
            inputs,
        };
        let mut known: HashMap<(Representation, u64), Location> = HashMap::new();
        let (mut registers, mut words) = (0u8, 0usize);
        for input in &placed.inputs {
            let key = (input.representation, input.bits);
            let location = match input.place {
                0..32 if registers < 32 => {
                    let register = registers;
                    registers += 1;
                    match register {
                        0..16 => placed.registers.general[usize::from(register)] = input.bits,
                        _ => placed.registers.vector[usize::from(register) - 16][0] = input.bits,
                    }
                    Location::Register(register)
                }
                32..64 if words < placed.machine_frame.len() => {
                    placed.machine_frame[words] = input.bits;
                    words += 1;
                    Location::StackSlot(words as i32 - 1 - PlacedState::FRAME_POINTER as i32)
                }
                64..96 if known.contains_key(&key) => known[&key],
                _ => {
                    placed.exit_area.push(input.bits);
                    Location::ExitSlot(placed.exit_area.len() as u32 - 1)
                }
            };
            known.insert(key, location);
            placed.places.push((location, input.representation));
        }
        placed
    }

    /// The place of a value, for [`FrameState::instructions`].
    pub fn place(&self, value: usize) -> Placed {
        let (location, representation) = self.places[value];
        Placed::At(location, representation)
    }
}
