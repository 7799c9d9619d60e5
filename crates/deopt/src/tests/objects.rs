//! Elided objects: sharing, cycles, moving collections at every allocation and between the phases.

use proptest::prelude::*;

use super::frames::{check, exit, one_frame};
use super::toy::{Cell, Comparison, Heap, word};
use super::translations::shape;
use crate::frame_state::{StateObject, StateValue};
use crate::strategies::{PlacedState, RawInput, frame_state};
use crate::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// C19–C21, I3, I5: graphs with sharing and cycles across frames survive collections everywhere.
    #[test]
    fn i3_object_graphs_keep_their_identity_under_a_moving_collector(
        placed in frame_state(shape(3, 12)).prop_map(PlacedState::new),
        heap_numbers in any::<bool>(),
        actual in proptest::collection::vec((0..50u32).prop_map(word::external), 0..6),
    ) {
        let exit = exit(&placed, ActualArguments::Given(&actual), Completion::Normal, heap_numbers).unwrap();
        check(&exit, &placed, Some(&actual), false)?;
        let counts = exit.deoptimizer.counts();
        prop_assert_eq!(counts.queued, counts.patched);
        if counts.queued > 0 {
            prop_assert!(exit.heap.collections >= 4);
        }
    }
}

fn frame_with(registers: Vec<StateValue<RawInput>>, objects: Vec<StateObject<RawInput>>) -> PlacedState {
    let frames = vec![one_frame(Position::Before(0), ResultLocation::None, registers)];
    PlacedState::new(FrameState { frames, objects })
}

fn run(placed: &PlacedState) -> (Heap, Vec<u64>) {
    let exit = exit(placed, ActualArguments::Formals, Completion::Normal, true).unwrap();
    check(&exit, placed, None, false).unwrap();
    let r0 = exit.output.top.register_0.index_in(exit.heap.stack.len());
    let count = match &placed.state.frames[0] {
        StateFrame::Interpreted { registers, .. } => registers.len(),
        _ => 0,
    };
    let registers = exit.heap.stack[r0..r0 + count].to_vec();
    (exit.heap, registers)
}

#[test]
fn c21_a_cycle_is_built() {
    let object = |id| StateValue::Object(ObjectId(id));
    let captured = |fields| StateObject::Captured { class: LiteralId(1), fields };
    let placed = frame_with(
        vec![object(0), object(1), object(0)],
        vec![captured(vec![object(1), object(0)]), captured(vec![object(0)])],
    );
    let (heap, registers) = run(&placed);
    assert_eq!(registers[0], registers[2]);
    assert_ne!(registers[0], registers[1]);
    assert_eq!(
        heap.cell(registers[0]),
        Some(&Cell::Object { class: 1, fields: vec![registers[1], registers[0]], finished: true })
    );
}

#[test]
fn c19_a_double_field_is_a_fresh_box() {
    let double = |value: f64, place| {
        StateValue::Value(RawInput { representation: Representation::Float64, bits: value.to_bits(), place })
    };
    let placed = frame_with(
        vec![StateValue::Object(ObjectId(0))],
        vec![StateObject::Captured { class: LiteralId(1), fields: vec![double(1.5, 200), double(1.5, 200)] }],
    );
    let (heap, registers) = run(&placed);
    let Some(Cell::Object { fields, .. }) = heap.cell(registers[0]) else { panic!("an object") };
    assert_eq!(heap.cell(fields[0]), Some(&Cell::Number(1.5f64.to_bits())));
    assert_ne!(fields[0], fields[1]);
}

/// A materializer that only wants to see what fields get.
#[derive(Default)]
struct Recorder {
    handles: Vec<u64>,
    fields: Vec<FieldValue>,
}

impl Materializer for Recorder {
    fn reserve_handles(&mut self, count: usize) {
        self.handles.resize(count, 0);
    }
    fn handle(&self, index: usize) -> u64 {
        self.handles[index]
    }
    fn set_handle(&mut self, index: usize, word: u64) {
        self.handles[index] = word;
    }
    fn allocate(&mut self, _: LiteralId, _: u32) -> u64 {
        1
    }
    fn allocate_arguments(&mut self, _: ArgumentsKind, _: u32, _: u32) -> u64 {
        2
    }
    fn initialize(&mut self, _: u64, _: u32, value: FieldValue) {
        self.fields.push(value);
    }
    fn signed_big_int(&mut self, value: i64) -> u64 {
        value as u64
    }
    fn unsigned_big_int(&mut self, value: u64) -> u64 {
        value
    }
    fn heap_number(&mut self, _: u64) -> u64 {
        3
    }
    fn load_field(&mut self, object: u64, field: u32) -> u64 {
        object * 100 + u64::from(field)
    }
    fn concat(&mut self, left: u64, right: u64) -> u64 {
        left * 10 + right
    }
    fn patch(&mut self, _: FrameSlot, _: u64) {}
}

fn record(fields: Vec<StateValue<RawInput>>) -> Vec<FieldValue> {
    let placed = frame_with(
        vec![StateValue::Object(ObjectId(0))],
        vec![StateObject::Captured { class: LiteralId(1), fields }],
    );
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_state(&placed.state, |value| placed.place(*value)).unwrap();
    let data = builder.finish(&[0; 40]).unwrap();
    let mut deoptimizer = Deoptimizer::<super::toy::Layout>::new();
    let input = super::frames::description(&placed, ActualArguments::Formals);
    let raw = super::toy::Raw { heap_numbers: false };
    deoptimizer
        .compute_output_frames(
            &data,
            translation,
            &input,
            Completion::Normal,
            &raw,
            &mut [0; 64],
            &mut NoTrace,
        )
        .unwrap();
    let mut recorder = Recorder::default();
    deoptimizer.materialize(&mut recorder);
    recorder.fields
}

#[test]
fn c19_fields_tell_the_double_they_were_even_when_integral() {
    let bits = 3.0f64.to_bits();
    let value = RawInput { representation: Representation::Float64, bits, place: 200 };
    let fields = record(vec![StateValue::Value(value), StateValue::Int32(3)]);
    assert_eq!(fields[0].word, fields[1].word);
    assert_eq!((fields[0].double, fields[1].double), (Some(bits), None));
}

#[test]
fn recipes_read_fields_and_join_strings_innermost_first() {
    let tagged =
        |bits| StateValue::Value(RawInput { representation: Representation::Tagged, bits, place: 200 });
    let load = |field, base| StateValue::LoadField(field, Box::new(base));
    let join = |left, right| StateValue::Recipe(RecipeOp::StringConcat, vec![left, right]);
    let fields = record(vec![
        load(7, load(3, tagged(2))),
        join(tagged(1), join(tagged(2), tagged(3))),
        join(load(1, tagged(4)), tagged(5)),
    ]);
    let words: Vec<u64> = fields.iter().map(|field| field.word).collect();
    assert_eq!(words, [20307, 10 + 20 + 3, 4010 + 5]);
}

#[test]
fn c51_arguments_come_from_the_live_frame() {
    for (kind, formals, expected) in [
        (ArgumentsKind::Mapped, 2, 0..4),
        (ArgumentsKind::Unmapped, 2, 0..4),
        (ArgumentsKind::Rest, 3, 3..4),
        (ArgumentsKind::Rest, 9, 4..4),
    ] {
        let placed = frame_with(
            vec![
                StateValue::Object(ObjectId(0)),
                StateValue::ArgumentsLength,
                StateValue::RestLength { formals },
            ],
            vec![StateObject::ArgumentsElements { kind, formals }],
        );
        let actual: Vec<u64> = (1..5).map(word::external).collect();
        let exit = exit(&placed, ActualArguments::Given(&actual), Completion::Normal, false).unwrap();
        check(&exit, &placed, Some(&actual), false).unwrap();
        let r0 = exit.output.top.register_0.index_in(exit.heap.stack.len());
        let elements = actual[expected].to_vec();
        assert_eq!(exit.heap.cell(exit.heap.stack[r0]), Some(&Cell::Arguments { kind, elements }));
    }
}

/// The suite would notice: a lost duplicate, a swapped register, a skipped minus zero.
#[test]
fn mutants_are_killed() {
    let object = StateValue::Object(ObjectId(0));
    let captured = || StateObject::Captured { class: LiteralId(1), fields: vec![] };
    let placed =
        frame_with(vec![object.clone(), object, StateValue::Float64((-0.0f64).to_bits())], vec![captured()]);
    let (mut heap, registers) = run(&placed);
    let same = |heap: &Heap, word: u64, value: StateValue<usize>| {
        Comparison::new(heap, &placed, None, 0).same(word, &value)
    };
    heap.cells.push(Cell::Object { class: 1, fields: vec![], finished: true });
    let other = word::reference(heap.cells.len() - 1);
    let mut comparison = Comparison::new(&heap, &placed, None, 0);
    comparison.same(registers[0], &StateValue::Object(ObjectId(0))).unwrap();
    assert!(comparison.same(other, &StateValue::Object(ObjectId(0))).is_err());
    assert!(same(&heap, registers[2], StateValue::Float64(0)).is_err());
    assert!(same(&heap, registers[2], StateValue::Float64((-0.0f64).to_bits())).is_ok());
    assert!(same(&heap, registers[0], StateValue::OptimizedOut).is_err());
}
