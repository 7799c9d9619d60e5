//! Descriptions of frames as random words: what stands in the input arrives in the output, wherever it stood (C13), and what refers to
//! bytes that do not belong to it is never believed (I10).

use proptest::prelude::*;

use super::toy::{Layout, Raw};
use crate::translation::{Instruction, MAX_CHAIN, TranslationArray, TranslationBuilder, VerifyErrorKind};
use crate::*;

const AREA: usize = 20;
const FRAME: usize = 16;
const FRAME_POINTER: usize = 6;
const STACK_TOP: u64 = 0x7000_0000;

fn location() -> impl Strategy<Value = Location> {
    prop_oneof![
        (0..AREA as u32).prop_map(Location::ExitSlot),
        (0..32u8).prop_map(Location::Register),
        (0..FRAME as i32).prop_map(|word| Location::StackSlot(word - FRAME_POINTER as i32)),
    ]
}

/// One interpreted frame whose registers have these values.
fn frame(offset: u32, registers: &[Instruction]) -> Vec<Instruction> {
    let mut all = vec![
        Instruction::Interpreted(InterpretedFrame {
            code: LiteralId(0),
            feedback: None,
            registers: registers.len() as u32,
            formals: 0,
            flags: 0,
            result: ResultLocation::None,
        }),
        Instruction::Position(Position::After(offset)),
        Instruction::Literal(LiteralId(1)),
        Instruction::OptimizedOut,
        Instruction::Literal(LiteralId(2)),
    ];
    all.extend_from_slice(registers);
    all.push(Instruction::OptimizedOut);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn c13_random_descriptions_are_written_and_read_again(
        area in prop::array::uniform20(any::<u64>()),
        general in prop::array::uniform16(any::<u64>()),
        low in prop::array::uniform16(any::<u64>()),
        words in prop::array::uniform16(any::<u64>()),
        frames in prop::collection::vec(prop::collection::vec(location(), 0..12), 1..6),
    ) {
        let registers = RegisterFile { general, vector: low.map(|half| [half, !half]) };
        let machine_frame = MachineFrame { words: &words, frame_pointer: FRAME_POINTER };
        let input = FrameDescription {
            exit_area: &area,
            registers: Some(&registers),
            machine_frame: Some(machine_frame),
            arguments: ActualArguments::Formals,
            caller_frame: 0x7000_0100,
            flags: 1,
            stack_top: STACK_TOP,
        };
        let slot = |&location: &Location| Instruction::Slot { location, representation: Representation::Tagged };
        let all: Vec<Instruction> = frames
            .iter()
            .enumerate()
            .flat_map(|(index, locations)| frame(index as u32, &locations.iter().map(slot).collect::<Vec<_>>()))
            .collect();
        let mut builder = DeoptimizationDataBuilder::new();
        let translation = builder.add_translation(&all);
        let data = builder.finish(&[0; 3]).unwrap();
        let mut stack = vec![0xdead_u64; data.max_rebuilt_words(Layout::FIXED_WORDS)];
        let mut deoptimizer = Deoptimizer::<Layout>::new();
        let raw = Raw { heap_numbers: false };
        let output = deoptimizer
            .compute_output_frames(&data, translation, &input, Completion::Normal, &raw, &mut stack, &mut NoTrace)
            .unwrap();
        prop_assert_eq!(output.frames as usize, frames.len());
        let mut caller = input.caller_frame;
        for (description, locations) in deoptimizer.output_frames().iter().zip(&frames) {
            prop_assert_eq!(description.frame_pointer, description.register_0.address(STACK_TOP));
            let first = description.register_0.index_in(stack.len());
            for (register, location) in locations.iter().enumerate() {
                let expected = match *location {
                    Location::ExitSlot(slot) => area[slot as usize],
                    Location::Register(number @ 0..16) => general[usize::from(number)],
                    Location::Register(number) => low[usize::from(number) - 16],
                    Location::StackSlot(distance) => words[(FRAME_POINTER as i32 + distance) as usize],
                };
                prop_assert_eq!(stack[first + register], expected, "r{} from {}", register, location);
            }
            let fixed = |distance: isize| stack[first.checked_add_signed(distance).unwrap()];
            prop_assert_eq!(fixed(Layout::CALLER_FRAME), caller);
            prop_assert_eq!(fixed(Layout::FUNCTION), raw.literal(LiteralId(1)));
            caller = description.frame_pointer;
        }
    }

    /// Frames that are told by what is different from other frames, over several of them and inside of others.
    #[test]
    fn c10_records_that_refer_to_others_are_read_as_they_were_written(
        changes in prop::collection::vec((0..5usize, 0..8usize, 0..40u32, any::<bool>()), 1..60),
    ) {
        let mut builder = TranslationBuilder::new();
        let mut frames = vec![vec![Instruction::OptimizedOut; 8]; 5];
        let mut written = Vec::new();
        for (offset, (depth, register, literal, dead)) in changes.into_iter().enumerate() {
            frames[depth][register] =
                if dead { Instruction::OptimizedOut } else { Instruction::Literal(LiteralId(literal)) };
            let all: Vec<Instruction> =
                frames[..=depth].iter().flat_map(|registers| frame(offset as u32 / 3, registers)).collect();
            written.push((builder.add(&all), all));
        }
        let bytes = builder.finish();
        let array = TranslationArray::new(&bytes);
        let known = array.verify_all(40, 0).unwrap();
        for (index, all) in &written {
            prop_assert_eq!(&array.instructions(*index).unwrap(), all);
            prop_assert!(known.iter().any(|(known, _)| known == index));
        }
    }

    /// Whatever byte becomes whatever other: what the verifier accepts is read without a fault, and with it all that it refers to.
    #[test]
    fn i10_corrupted_records_are_refused_or_harmless(
        changes in prop::collection::vec((0..4usize, 0..6usize, 0..40u32), 2..20),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut builder = TranslationBuilder::new();
        let mut frames = vec![vec![Instruction::OptimizedOut; 6]; 4];
        for (depth, register, literal) in changes {
            frames[depth][register] = Instruction::Literal(LiteralId(literal));
            let all: Vec<Instruction> =
                frames[..=depth].iter().flat_map(|registers| frame(literal, registers)).collect();
            builder.add(&all);
        }
        let mut bytes = builder.finish();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let array = TranslationArray::new(&bytes);
        let Ok(known) = array.verify_all(40, 0) else { return Ok(()) };
        let starts: Vec<TranslationIndex> = known.iter().map(|(index, _)| *index).collect();
        for (index, summary) in &known {
            let all = array.instructions(*index).unwrap();
            let heads = all.iter().filter(|all| matches!(all, Instruction::Interpreted(_))).count();
            prop_assert_eq!(heads as u32, summary.interpreted_frames);
            let decoder = array.decode(*index).unwrap();
            prop_assert!(decoder.outer().is_none_or(|outer| starts.contains(&outer)));
            prop_assert!(decoder.base().is_none_or(|base| starts.contains(&base)));
            let mut state = translated::TranslatedState::default();
            let input = FrameDescription::default();
            let read = state.read(array, *index, &input, &Raw { heap_numbers: false }, &mut NoTrace);
            // There is no machine frame here.
            prop_assert!(matches!(read, Ok(()) | Err(DeoptError::NoSuchLocation(_))), "{read:?}");
        }
    }
}

/// A full record of one frame without registers.
fn full() -> Vec<u8> {
    let mut builder = TranslationBuilder::new();
    builder.add(&frame(3, &[]));
    builder.finish()
}

#[test]
fn i10_a_record_refers_to_no_middle_of_another_and_chains_are_short() {
    let base = full();
    // "The whole base": its head, position, function, receiver, context and accumulator.
    let whole = |distance: usize| [(distance as u8) << 2, 0x40 + 5];
    let verify = |bytes: Vec<u8>| TranslationArray::new(&bytes).verify_all(3, 0).map_err(|error| error.kind);
    let mut good = base.clone();
    good.extend(whole(base.len()));
    assert_eq!(verify(good.clone()).map(|all| all.len()), Ok(2));
    // A base that begins in the middle of the first record, at a byte that is a header by chance or none.
    for distance in 1..base.len() {
        let mut wrong = base.clone();
        wrong.extend(whole(distance));
        assert!(verify(wrong).is_err(), "{distance}");
    }
    // One token more than the base has.
    let mut longer = base.clone();
    longer.extend([(base.len() as u8) << 2, 0x40 + 6]);
    assert_eq!(verify(longer), Err(VerifyErrorKind::TrailingRun));
    // As many records, each on the one before, as there may be; then one more.
    let mut chain = good;
    for _ in 2..MAX_CHAIN {
        chain.extend(whole(2));
    }
    assert_eq!(verify(chain.clone()).map(|all| all.len()), Ok(MAX_CHAIN));
    chain.extend(whole(2));
    assert!(matches!(verify(chain), Err(VerifyErrorKind::Malformed(_))));
    // A frame around itself.
    let mut around = vec![1, 0];
    around.extend(&base[1..]);
    assert!(matches!(verify(around), Err(VerifyErrorKind::Malformed(_))));
    // Frames around frames without end.
    let mut nested = base.clone();
    for _ in 0..100 {
        let distance = base.len() + usize::from(nested.len() > base.len());
        nested.extend([1, distance as u8]);
        nested.extend(&base[1..]);
    }
    assert_eq!(verify(nested), Err(VerifyErrorKind::TooManyFrames));
}
