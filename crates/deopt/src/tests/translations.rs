//! The byte format and the exit table.

use proptest::prelude::*;

use super::toy::{Heap, Layout, Raw, word};
use crate::exit_table::{CodePosition, DataError};
use crate::strategies::{PlacedState, Shape, frame_state};
use crate::translation::{Instruction, NumberedNames, TranslationArray, TranslationBuilder, VerifyErrorKind};
use crate::*;

const LITERALS: u32 = 40;

pub(super) fn shape(frames: usize, objects: usize) -> Shape {
    let tagged = (0..50u32).prop_map(word::external).boxed();
    Shape { frames, objects, literals: LITERALS, tagged }
}

fn instructions(placed: &PlacedState) -> Vec<Instruction> {
    placed.state.instructions(|value| placed.place(*value)).expect("a well-formed state")
}

fn states(count: usize) -> impl Strategy<Value = Vec<PlacedState>> {
    proptest::collection::vec(frame_state(shape(4, 4)).prop_map(PlacedState::new), 1..count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn c10_encode_decode_is_identity(states in states(6)) {
        let mut builder = TranslationBuilder::new();
        let all: Vec<_> = states
            .iter()
            .map(|placed| {
                let instructions = instructions(placed);
                (builder.add(&instructions), instructions)
            })
            .collect();
        let bytes = builder.finish();
        let array = TranslationArray::new(&bytes);
        for (index, instructions) in &all {
            prop_assert_eq!(&array.instructions(*index).unwrap(), instructions);
            let summary = array.verify(*index, LITERALS, u32::MAX).unwrap();
            prop_assert!(summary.end <= array.bytes().len());
        }
        let known = array.verify_all(LITERALS, u32::MAX).unwrap();
        prop_assert!(all.iter().all(|(index, _)| known.iter().any(|(known, _)| known == index)));
    }

    /// The same state again, with one value changed, takes a few bytes.
    #[test]
    fn c10_a_changed_value_costs_little(placed in frame_state(shape(4, 4)).prop_map(PlacedState::new), pick in any::<prop::sample::Index>()) {
        let first = instructions(&placed);
        let mut second = first.clone();
        let values: Vec<usize> = (0..first.len()).filter(|i| first[*i].is_value() && first[*i].children() == 0).collect();
        prop_assume!(!values.is_empty());
        second[values[pick.index(values.len())]] = Instruction::Literal(LiteralId(39));
        let mut builder = TranslationBuilder::new();
        let base = builder.add(&first);
        let full = builder.byte_length();
        let index = builder.add(&second);
        // Words that occur again are counted from the latest new one, so a new one less changes those behind it.
        let slots: Vec<u32> = first
            .iter()
            .filter_map(|i| match i {
                Instruction::Slot { location: Location::ExitSlot(slot), .. } => Some(*slot),
                _ => None,
            })
            .collect();
        let few = if slots.is_sorted_by(|a, b| a < b) { 32 } else { usize::MAX };
        prop_assert!(builder.byte_length() - full <= (full + 6).min(few));
        prop_assert_eq!(builder.add(&first), base);
        let bytes = builder.finish();
        let array = TranslationArray::new(&bytes);
        let decoded = array.instructions(index);
        // A literal is no operand of arithmetic.
        prop_assume!(decoded != Err(VerifyErrorKind::OperandType));
        prop_assert_eq!(decoded.unwrap(), second);
    }

    #[test]
    fn i10_single_bit_corruption_of_translations_never_panics(states in states(4), flip in any::<prop::sample::Index>()) {
        let mut builder = TranslationBuilder::new();
        let indices: Vec<_> = states
            .iter()
            .map(|placed| builder.add(&instructions(placed)))
            .collect();
        let mut bytes = builder.finish();
        let bit = flip.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let array = TranslationArray::new(&bytes);
        let _ = array.verify_all(LITERALS, 100);
        for (index, placed) in indices.iter().zip(&states) {
            let _ = array.verify(*index, LITERALS, 100);
            let _ = array.print(*index, &NumberedNames);
            // Unverified, it may fail or read something else, but it does not panic.
            let mut state = translated::TranslatedState::default();
            let input = super::frames::description(placed, ActualArguments::Formals);
            let _ = state.read(array, *index, &input, &Raw { heap_numbers: false }, &mut NoTrace);
        }
    }

    #[test]
    fn i10_every_single_bit_of_the_data_is_guarded(placed in frame_state(shape(2, 2)).prop_map(PlacedState::new)) {
        let data = data_of(&placed);
        let bytes = data.to_bytes();
        prop_assert_eq!(&DeoptimizationData::from_bytes(&bytes).unwrap(), &data);
        for bit in 0..bytes.len() * 8 {
            let mut corrupt = bytes.clone();
            corrupt[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(DeoptimizationData::from_bytes(&corrupt).is_err(), "bit {}", bit);
        }
        for length in 0..bytes.len() {
            prop_assert!(DeoptimizationData::from_bytes(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn i10_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let array = TranslationArray::new(&bytes);
        let _ = array.verify_all(LITERALS, 100);
        let _ = array.print(TranslationIndex(0), &NumberedNames);
        let _ = DeoptimizationData::from_bytes(&bytes);
        let mut state = translated::TranslatedState::default();
        let input = FrameDescription { exit_area: &[0; 8], ..FrameDescription::default() };
        let _ = state.read(array, TranslationIndex(0), &input, &Raw { heap_numbers: true }, &mut NoTrace);
    }
}

fn data_of(placed: &PlacedState) -> DeoptimizationData {
    let mut builder = DeoptimizationDataBuilder::new();
    let inlining =
        builder.add_inlining(InliningPosition { code: LiteralId(3), call_offset: 12, caller: None });
    let translation = builder.add_state(&placed.state, |value| placed.place(*value)).unwrap();
    builder.add_site(translation, SiteReason::Eager(DeoptReason::Overflow), SiteDetails::default());
    let origin = Some(Origin { offset: 30, inlining: Some(inlining) });
    let details = SiteDetails { origin, expected: Some(LiteralId(7)) };
    builder.add_site(translation, SiteReason::Eager(DeoptReason::WrongMap), details);
    let lazy = builder.add_site(translation, SiteReason::Lazy, SiteDetails::default());
    builder.add_call(0x88, lazy);
    builder.finish(&[0; LITERALS as usize]).unwrap()
}

/// One interpreted frame with values from exit slots, for tests that want to see bytes.
fn simple(offset: u32, registers: &[Option<(u32, Representation)>]) -> Vec<Instruction> {
    let slot =
        |index, representation| Instruction::Slot { location: Location::ExitSlot(index), representation };
    let mut out = vec![
        Instruction::Interpreted(InterpretedFrame {
            code: LiteralId(0),
            feedback: Some(LiteralId(1)),
            registers: registers.len() as u32,
            formals: 1,
            flags: 0,
            result: ResultLocation::None,
        }),
        Instruction::Position(Position::Before(offset)),
        slot(0, Representation::Tagged),
        slot(1, Representation::Tagged),
        slot(2, Representation::Tagged),
        slot(3, Representation::Tagged),
    ];
    out.extend(registers.iter().map(|register| match register {
        Some((index, representation)) => slot(*index, *representation),
        None => Instruction::OptimizedOut,
    }));
    out.push(Instruction::OptimizedOut);
    out
}

/// A function as it comes out of a compiler: twelve registers, values come to life and die one after another, most states
/// have one site and some two, a third of the guards name an expected shape.
#[test]
fn c10_typical_exits_take_at_most_sixteen_bytes() {
    let mut builder = DeoptimizationDataBuilder::new();
    let mut offset = 0;
    let mut live = [None; 12];
    for step in 0..200u32 {
        let register = (step * 7 % 12) as usize;
        live[register] = match step % 5 {
            0 => None,
            1 => Some(Representation::Float64),
            2 | 3 => Some(Representation::Int32),
            _ => Some(Representation::Tagged),
        };
        offset += 2 + step % 5;
        let mut next = 4;
        let registers: Vec<_> = live
            .iter()
            .map(|representation| {
                representation.map(|representation| {
                    next += 1;
                    (next - 1, representation)
                })
            })
            .collect();
        let translation = builder.add_translation(&simple(offset, &registers));
        let expected = (step % 3 == 0).then_some(LiteralId(2 + step % 30));
        builder.add_site(
            translation,
            SiteReason::Eager(DeoptReason::WrongMap),
            SiteDetails { origin: None, expected },
        );
        if step % 4 == 0 {
            builder.add_site(translation, SiteReason::Eager(DeoptReason::Smi), SiteDetails::default());
        }
    }
    // Function, feedback, and thirty shapes.
    let size = builder.finish(&[0; 32]).unwrap().statistics();
    let translation = size.translation_bytes as f64 / size.state_reason_pairs as f64;
    assert!(translation <= 12.0, "{translation} bytes of translation per exit");
    // The literals are a guess here.
    let all = (size.total() - size.literal_bytes) as f64 / size.state_reason_pairs as f64;
    assert!(all <= 16.0, "{all} bytes per exit");
}

#[test]
fn c08_sites_calls_and_details_are_found() {
    let mut builder = DeoptimizationDataBuilder::new();
    let mut sites = Vec::new();
    for i in 0..50u32 {
        let translation = builder.add_translation(&simple(i, &[None]));
        let details = if i % 7 == 3 {
            SiteDetails { origin: Some(Origin { offset: i + 100, inlining: None }), expected: None }
        } else {
            SiteDetails::default()
        };
        let site = builder.add_site(translation, SiteReason::Eager(DeoptReason::Overflow), details);
        builder.add_call(0x1000 - 8 * i, site);
        sites.push((site, translation, details));
    }
    let data = builder.finish(&[0; 2]).unwrap();
    for (i, (site, translation, details)) in sites.iter().enumerate() {
        let found = data.site(*site).unwrap();
        assert_eq!((found.translation, found.reason.kind()), (*translation, DeoptKind::Eager));
        assert_eq!(data.call_at(0x1000 - 8 * i as u32), Some(*site));
        assert_eq!(data.details(*site), *details);
        let offset = details.origin.map_or(i as u32, |origin| origin.offset);
        assert_eq!(data.origin(*site), [CodePosition { code: LiteralId(0), offset }]);
    }
    assert_eq!(data.call_at(0x1001), None);
    assert_eq!(data.site(SiteId(50)), None);
}

#[test]
fn c06_names_of_sites_are_stable_and_unique() {
    let mut builder = DeoptimizationDataBuilder::new();
    let inlining =
        builder.add_inlining(InliningPosition { code: LiteralId(1), call_offset: 40, caller: None });
    let translation = builder.add_translation(&simple(5, &[None]));
    for inlining in [None, None, Some(inlining)] {
        let origin = Some(Origin { offset: 9, inlining });
        let details = SiteDetails { origin, expected: None };
        builder.add_site(translation, SiteReason::Eager(DeoptReason::NotASmi), details);
    }
    let data = builder.finish(&[0; 2]).unwrap();
    let listed = data.list(&NumberedNames);
    let names: Vec<&str> = listed.iter().map(|listing| listing.name.as_str()).collect();
    assert_eq!(
        names,
        ["function k0@9:not-a-Smi#0", "function k0@9:not-a-Smi#1", "function k1@9:not-a-Smi#0"]
    );
    assert_eq!(
        listed[2].origin,
        [CodePosition { code: LiteralId(1), offset: 9 }, CodePosition { code: LiteralId(0), offset: 40 }]
    );
}

#[test]
fn c08_the_verifier_names_what_is_wrong() {
    let check = |instructions: &[Instruction]| {
        let mut builder = TranslationBuilder::new();
        let index = builder.add(instructions);
        TranslationArray::new(&builder.finish()).verify(index, 2, 10).map(|_| ()).map_err(|error| error.kind)
    };
    let good = simple(3, &[Some((4, Representation::Int32))]);
    assert_eq!(check(&good), Ok(()));
    let replace = |at: usize, with: Instruction| {
        let mut changed = good.clone();
        changed[at] = with;
        changed
    };
    let literal = |index| Instruction::Literal(LiteralId(index));
    assert_eq!(check(&replace(2, literal(2))), Err(VerifyErrorKind::Literal(LiteralId(2))));
    assert_eq!(check(&replace(2, Instruction::Duplicated(ObjectId(0)))), Err(VerifyErrorKind::Duplicate));
    assert_eq!(check(&replace(1, literal(0))), Err(VerifyErrorKind::ExpectedPosition));
    assert_eq!(check(&replace(3, good[1])), Err(VerifyErrorKind::ExpectedValue));
    let slot = Instruction::Slot { location: Location::ExitSlot(10), representation: Representation::Bool };
    assert_eq!(check(&replace(2, slot)), Err(VerifyErrorKind::ExitSlot(10)));
    let register =
        Instruction::Slot { location: Location::Register(32), representation: Representation::Bool };
    assert_eq!(check(&replace(2, register)), Err(VerifyErrorKind::Register(32)));
    // A recipe over a word of the wrong type.
    let mut recipe = replace(2, Instruction::Recipe(RecipeOp::TagInt32));
    recipe.insert(
        3,
        Instruction::Slot { location: Location::ExitSlot(0), representation: Representation::Tagged },
    );
    assert_eq!(check(&recipe), Err(VerifyErrorKind::OperandType));
    // Two frames, the lower one of which stands before its instruction.
    assert_eq!(check(&[good.clone(), good.clone()].concat()), Err(VerifyErrorKind::BeforeBelowTop));
    let after: Vec<_> = replace(1, Instruction::Position(Position::After(3)));
    assert_eq!(check(&[after.clone(), good.clone()].concat()), Ok(()));
    let inlined = Instruction::InlinedArguments { actual: 0, surplus: 0 };
    assert_eq!(check(&[vec![inlined], good.clone()].concat()), Err(VerifyErrorKind::FrameOrder));
    assert_eq!(check(&[after.clone(), vec![inlined], good.clone()].concat()), Ok(()));
    let wrong = Instruction::InlinedArguments { actual: 2, surplus: 0 };
    assert_eq!(
        check(&[after.clone(), vec![wrong], good.clone()].concat()),
        Err(VerifyErrorKind::SurplusCount)
    );
    // What describes the next frame must not be all of a record.
    let alone = check(&[after, vec![Instruction::ConstructCreate]].concat());
    assert!(matches!(alone, Err(VerifyErrorKind::Malformed(_))), "{alone:?}");
    // Nesting without end.
    let mut deep = good[..2].to_vec();
    deep.extend([Instruction::Captured { class: LiteralId(0), fields: 1 }; 70]);
    deep.extend([Instruction::OptimizedOut; 5]);
    assert_eq!(check(&deep), Err(VerifyErrorKind::Nesting));
}

#[test]
fn c08_a_literal_outside_of_the_table_is_refused() {
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_translation(&simple(0, &[]));
    builder.add_site(
        translation,
        SiteReason::Lazy,
        SiteDetails { origin: None, expected: Some(LiteralId(2)) },
    );
    assert_eq!(builder.finish(&[0; 2]), Err(DataError::Details));
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_translation(&simple(0, &[]));
    builder.add_site(TranslationIndex(translation.0 + 1), SiteReason::Lazy, SiteDetails::default());
    assert_eq!(builder.finish(&[0; 2]), Err(DataError::Site(SiteId(0))));
}

#[test]
fn c54_the_rebuilt_size_is_known_ahead() {
    let mut builder = DeoptimizationDataBuilder::new();
    builder.add_translation(&simple(0, &[None; 7]));
    let data = builder.finish(&[0; 2]).unwrap();
    // Seven registers, receiver, one formal, eight fixed words, the accumulator.
    assert_eq!(data.max_rebuilt_words(8), 7 + 1 + 1 + 8 + 1);
    assert_eq!(data.exit_slots(), 4);
}

#[test]
fn text_of_a_translation() {
    let mut builder = DeoptimizationDataBuilder::new();
    let mut instructions = simple(7, &[Some((4, Representation::Float64)), None]);
    instructions[6] = Instruction::Captured { class: LiteralId(1), fields: 2 };
    instructions.insert(7, Instruction::Int32Constant(-3));
    instructions.insert(8, Instruction::Duplicated(ObjectId(0)));
    let translation = builder.add_translation(&instructions);
    let site =
        builder.add_site(translation, SiteReason::Eager(DeoptReason::OutOfBounds), SiteDetails::default());
    builder.add_call(0x9a, site);
    let text = builder.finish(&[0; 2]).unwrap().print(&NumberedNames);
    let expected = "\
Deoptimization Input Data (deopt points = 1)
 index  bytecode-offset    pc  kind         translation  name
     0                7    9a  deopt-eager           @0  function k0@7:out-of-bounds#0
@0, 1 frame
  interpreted frame function k0 => bytecode_offset=before 7, args=1, height=2, retval=none, feedback=k1; inputs:
      0: [exit 0] (tagged)                  ; function
      1: [exit 1] (tagged)                  ; receiver
      2: [exit 2] (tagged)                  ; a0
      3: [exit 3] (tagged)                  ; context
      4: captured object #0 (length = 2) of k1 ; r0
           0: -3 (int32)
           1: duplicated object #0
      5: (optimized out)                    ; r1
      6: (optimized out)                    ; accumulator
";
    assert_eq!(text, expected);
}

#[test]
fn metadata_is_send() {
    fn send<T: Send>() {}
    send::<DeoptimizationData>();
    send::<DeoptimizationDataBuilder>();
    send::<FrameState<u32>>();
    send::<Deoptimizer<Layout>>();
    let _ = Heap::new(0);
}
