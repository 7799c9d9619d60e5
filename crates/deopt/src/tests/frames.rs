//! Written frames, compared word by word with a second reading of the layout.

use proptest::prelude::*;

use super::toy::{Comparison, Heap, Layout, Raw, word};
use super::translations::shape;
use crate::frame_state::StateValue;
use crate::strategies::{HOLE_NAN, PlacedState, RawInput, frame_state};
use crate::writer::TraceLines;
use crate::*;

const STACK_WORDS: usize = 2000;
const STACK_TOP: u64 = 0x7000_0000;
const CALLER_FRAME: u64 = 0x7000_0100;
const FLAGS: u64 = 1;

pub(super) fn description<'a>(
    placed: &'a PlacedState,
    arguments: ActualArguments<'a>,
) -> FrameDescription<'a> {
    FrameDescription {
        exit_area: &placed.exit_area,
        registers: Some(&placed.registers),
        machine_frame: Some(MachineFrame {
            words: &placed.machine_frame,
            frame_pointer: PlacedState::FRAME_POINTER,
        }),
        arguments,
        caller_frame: CALLER_FRAME,
        flags: FLAGS,
        stack_top: STACK_TOP,
    }
}

pub(super) struct Exit {
    pub(super) heap: Heap,
    pub(super) output: Output,
    pub(super) deoptimizer: Deoptimizer<Layout>,
}

/// Performs a whole exit.
pub(super) fn exit(
    placed: &PlacedState,
    arguments: ActualArguments<'_>,
    completion: Completion<'_>,
    heap_numbers: bool,
) -> Result<Exit, DeoptError> {
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_state(&placed.state, |value| placed.place(*value)).unwrap();
    let data = builder.finish(&[0; 40]).unwrap();
    let mut heap = Heap::new(STACK_WORDS);
    let mut deoptimizer = Deoptimizer::<Layout>::new();
    let raw = Raw { heap_numbers };
    let output = deoptimizer.compute_output_frames(
        &data,
        translation,
        &description(placed, arguments),
        completion,
        &raw,
        &mut heap.stack,
        &mut NoTrace,
    )?;
    heap.used = output.accumulator.0 as usize;
    deoptimizer.materialize(&mut heap);
    Ok(Exit { heap, output, deoptimizer })
}

/// What the words of a finished exit must be, with the layout written out once more.
pub(super) fn check(
    exit: &Exit,
    placed: &PlacedState,
    arguments: Option<&[u64]>,
    in_place: bool,
) -> Result<(), TestCaseError> {
    let stack = &exit.heap.stack;
    let mut at = stack.len();
    let mut caller = CALLER_FRAME;
    let outermost_formals = match &placed.state.frames[0] {
        StateFrame::Interpreted { formals, .. } => formals.len() as u32,
        _ => 0,
    };
    let mut same = Comparison::new(&exit.heap, placed, arguments, outermost_formals);
    let mut compare =
        |actual: u64, expected: &StateValue<usize>| same.same(actual, expected).map_err(TestCaseError::fail);
    let mut outputs = exit.deoptimizer.output_frames().iter();
    let (mut inlined, mut flags, mut first) = (None, FLAGS, true);
    let last = placed.state.frames.len() - 1;
    for (index, frame) in placed.state.frames.iter().enumerate() {
        let (function, context, fp, offset, code, feedback, argc);
        match frame {
            StateFrame::InlinedArguments { actual, surplus } => {
                inlined = Some((*actual, surplus));
                continue;
            }
            StateFrame::ConstructCreate => {
                flags |= Layout::CONSTRUCT_CREATE_FLAGS;
                continue;
            }
            StateFrame::ConstructInvoke => {
                flags |= Layout::CONSTRUCT_INVOKE_FLAGS;
                continue;
            }
            StateFrame::Interpreted {
                head,
                position,
                function: f,
                receiver,
                formals,
                context: c,
                registers,
                accumulator,
            } => {
                let mut count = formals.len() as u32;
                if first {
                    if let Some(arguments) = arguments {
                        count = arguments.len() as u32;
                        if !in_place {
                            for extra in arguments.iter().skip(formals.len()).rev() {
                                at -= 1;
                                prop_assert_eq!(stack[at], *extra);
                            }
                        }
                    }
                } else if let Some((actual, surplus)) = inlined {
                    count = actual;
                    for value in surplus.iter().rev() {
                        at -= 1;
                        compare(stack[at], value)?;
                    }
                }
                for value in formals.iter().rev() {
                    at -= 1;
                    compare(stack[at], value)?;
                }
                at -= 1;
                compare(stack[at], receiver)?;
                for value in registers.iter().rev() {
                    at -= 1;
                    compare(stack[at], value)?;
                }
                fp = at;
                if index == last {
                    compare(stack[exit.output.accumulator.index_in(stack.len())], accumulator)?;
                }
                flags |= head.flags;
                argc = count;
                offset = position.offset();
                (function, context) = (f, c);
                (code, feedback) =
                    (word::literal(head.code.0), head.feedback.map_or(0, |f| word::literal(f.0)));
            }
            StateFrame::Continuation { head, function: f, context: c, parameters } => {
                for value in parameters.iter().rev() {
                    at -= 1;
                    compare(stack[at], value)?;
                }
                fp = at;
                flags |= Layout::CONTINUATION_FLAGS;
                (argc, offset, code, feedback) = (parameters.len() as u32, head.id, 0, 0);
                (function, context) = (f, c);
            }
        }
        prop_assert_eq!(stack[fp - 1], u64::from(argc));
        prop_assert_eq!(stack[fp - 2], feedback);
        prop_assert_eq!(stack[fp - 3], u64::from(offset));
        prop_assert_eq!(stack[fp - 4], code);
        compare(stack[fp - 5], function)?;
        compare(stack[fp - 6], context)?;
        prop_assert_eq!(stack[fp - 7], flags);
        prop_assert_eq!(stack[fp - 8], 0);
        prop_assert_eq!(stack[fp - 9], caller);
        let output = outputs.next().expect("as many frames");
        caller = STACK_TOP - 8 * (stack.len() - fp) as u64;
        prop_assert_eq!(output.frame_pointer, caller);
        prop_assert_eq!(output.register_0.index_in(stack.len()), fp);
        at = fp - Layout::FIXED_WORDS;
        (inlined, flags, first) = (None, 0, false);
    }
    prop_assert!(outputs.next().is_none());
    prop_assert_eq!(exit.output.accumulator.index_in(stack.len()), at - 1);
    prop_assert!(stack.iter().all(|word| *word != word::MARKER), "a marker is left");
    prop_assert!(stack[..at - 1].iter().all(|word| *word == word::UNDEFINED), "something below was written");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// C13, C14, C16, C20, C22–C27, C29: every word of every frame, in chains of any depth.
    #[test]
    fn c14_frames_are_word_for_word_as_calls_build_them(
        placed in frame_state(shape(5, 4)).prop_map(PlacedState::new),
        heap_numbers in any::<bool>(),
        actual in proptest::option::of(proptest::collection::vec((0..50u32).prop_map(word::external), 0..6)),
        in_place in any::<bool>(),
    ) {
        let arguments = match &actual {
            None => ActualArguments::Formals,
            Some(words) if in_place => ActualArguments::InPlace(words),
            Some(words) => ActualArguments::Given(words),
        };
        let exit = exit(&placed, arguments, Completion::Normal, heap_numbers).unwrap();
        check(&exit, &placed, actual.as_deref(), in_place)?;
        let counts = exit.deoptimizer.counts();
        prop_assert_eq!(counts.queued, counts.patched);
        prop_assert_eq!(counts.patched, exit.heap.patched);
    }

    /// C30: every depth of inlining up to 32 below the outermost frame.
    #[test]
    fn c30_inlined_chains_up_to_depth_32(
        placed in frame_state(shape(33, 6)).prop_map(PlacedState::new),
    ) {
        let exit = exit(&placed, ActualArguments::Formals, Completion::Normal, false).unwrap();
        check(&exit, &placed, None, false)?;
        for frame in &exit.deoptimizer.output_frames()[..exit.output.frames as usize - 1] {
            prop_assert!(matches!(frame.resume, Resume::After(_) | Resume::Builtin(_)));
        }
    }

    /// C46: the innermost frame with a handler catches; what is inside of it is not built, what is around it is as ever.
    #[test]
    fn c46_the_innermost_handler_catches(
        placed in frame_state(shape(8, 4)).prop_map(PlacedState::new),
        handlers in proptest::collection::vec(any::<bool>(), 40),
        register in any::<u32>(),
        actual in proptest::option::of(proptest::collection::vec((0..50u32).prop_map(word::external), 0..6)),
    ) {
        let arguments = actual.as_deref().map_or(ActualArguments::Formals, ActualArguments::Given);
        let registers_of = |code: LiteralId| placed.state.frames.iter().filter_map(|frame| match frame {
            StateFrame::Interpreted { head, .. } if head.code == code => Some(head.registers),
            _ => None,
        }).min().unwrap_or(0);
        let handler_at = |code: LiteralId, offset: u32| {
            let registers = registers_of(code);
            (handlers[code.index()] && registers > 0).then(|| Handler { offset: offset + 5, context: register % registers })
        };
        // Once more, from the outside in.
        let mut expected = None;
        for (index, frame) in placed.state.frames.iter().enumerate() {
            match frame {
                StateFrame::Interpreted { head, position, .. } => {
                    if let Some(handler) = handler_at(head.code, position.offset()) {
                        expected = Some((index, Resume::Catch(handler.offset)));
                    }
                }
                StateFrame::Continuation { head, .. } if head.catch == Catch::Yes => {
                    expected = Some((index, Resume::BuiltinCatch(head.id)));
                }
                _ => {}
            }
        }
        let exception = word::external(77);
        let completion = Completion::Throw { exception, handler_at: &handler_at };
        let result = exit(&placed, arguments, completion, false);
        let Some((index, resume)) = expected else {
            prop_assert_eq!(result.err(), Some(DeoptError::NoCatcher));
            return Ok(());
        };
        let exit = result.unwrap();
        prop_assert_eq!(exit.output.top.resume, resume);
        let stack = &exit.heap.stack;
        prop_assert_eq!(stack[exit.output.accumulator.index_in(stack.len())], exception);
        // The same state cut off behind the catching frame, caught there, differs in nothing but what the handler changes.
        let mut cut = placed.clone();
        cut.state.frames.truncate(index + 1);
        match &mut cut.state.frames[index] {
            StateFrame::Interpreted { position, accumulator, context, registers, head, .. } => {
                let handler = handler_at(head.code, position.offset()).unwrap();
                *position = Position::After(handler.offset);
                *accumulator = StateValue::OptimizedOut;
                *context = registers[handler.context as usize].clone();
            }
            StateFrame::Continuation { .. } => {}
            _ => unreachable!(),
        }
        // Nothing is made for frames that are not built.
        let mut truncated = placed.clone();
        truncated.state.frames.truncate(index + 1);
        let alone = super::frames::exit(&truncated, arguments, Completion::Normal, false).unwrap();
        prop_assert!(exit.deoptimizer.counts().queued == 0 || alone.deoptimizer.counts().queued == 0
            || exit.deoptimizer.counts().allocated == alone.deoptimizer.counts().allocated);
        let mut patched = exit;
        if let StateFrame::Interpreted { .. } = &cut.state.frames[index] {
            let slot = patched.output.accumulator.index_in(patched.heap.stack.len());
            patched.heap.stack[slot] = word::OPTIMIZED_OUT;
        }
        check(&patched, &cut, actual.as_deref(), false)?;
    }
}

fn raw(representation: Representation, bits: u64, place: u8) -> StateValue<RawInput> {
    StateValue::Value(RawInput { representation, bits, place })
}

pub(super) fn one_frame(
    position: Position,
    result: ResultLocation,
    registers: Vec<StateValue<RawInput>>,
) -> StateFrame<RawInput> {
    StateFrame::Interpreted {
        head: InterpretedFrame {
            code: LiteralId(0),
            feedback: None,
            registers: registers.len() as u32,
            formals: 0,
            flags: 0,
            result,
        },
        position,
        function: StateValue::Literal(LiteralId(1)),
        receiver: StateValue::OptimizedOut,
        formals: vec![],
        context: StateValue::Literal(LiteralId(2)),
        registers,
        accumulator: StateValue::OptimizedOut,
    }
}

/// C17, I4: one exit per representation, kind of location and boundary value.
#[test]
fn c17_boundary_values_in_every_representation_and_location() {
    let integers = [
        0,
        1,
        -1,
        i64::from(i32::MIN),
        i64::from(i32::MAX),
        1 << 31,
        0xffff_ffff,
        (1 << 53) + 1,
        -(1 << 53) - 1,
        i64::MIN,
        i64::MAX,
    ];
    let doubles = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        2147483647.0,
        2147483648.0,
        -2147483648.0,
        -2147483649.0,
        4294967295.0,
        9007199254740993.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
    ];
    let nans = [HOLE_NAN, 0x7ff8_0000_0000_1234, 0xffff_ffff_ffff_ffff, 0x7ff0_0000_0000_0001];
    let mut bits: Vec<u64> = integers.iter().map(|value| *value as u64).collect();
    bits.extend(doubles.iter().map(|value| value.to_bits()));
    bits.extend(nans);
    let mut checked = 0;
    for representation in Representation::ALL {
        for bits in &bits {
            let bits = if representation == Representation::Tagged {
                word::external(*bits as u8 as u32)
            } else {
                *bits
            };
            // General registers, vector registers (behind sixteen others), stack slots, exit slots.
            for place in [0u8, 1, 40, 200] {
                let mut registers = Vec::new();
                if place == 1 {
                    registers.extend((0..16).map(|i| raw(Representation::Int32, i, 0)));
                }
                registers.push(raw(representation, bits, place));
                let state =
                    FrameState::new(vec![one_frame(Position::Before(3), ResultLocation::None, registers)]);
                let placed = PlacedState::new(state);
                for heap_numbers in [false, true] {
                    let exit =
                        exit(&placed, ActualArguments::Formals, Completion::Normal, heap_numbers).unwrap();
                    check(&exit, &placed, None, false).unwrap();
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 9 * 30 * 4 * 2);
}

#[test]
fn c12_results_go_where_the_frame_says() {
    let registers = || vec![StateValue::Int32(10), StateValue::Int32(11), StateValue::Int32(12)];
    let results = [word::external(1), word::external(2)];
    let run = |position, location| {
        let placed = PlacedState::new(FrameState::new(vec![one_frame(position, location, registers())]));
        let exit = exit(&placed, ActualArguments::Formals, Completion::Result(results), false).unwrap();
        let length = exit.heap.stack.len();
        let r0 = exit.output.top.register_0.index_in(length);
        let registers: Vec<u64> = exit.heap.stack[r0..r0 + 3].to_vec();
        (registers, exit.heap.stack[exit.output.accumulator.index_in(length)], exit.output.top.resume)
    };
    let int = |value| Raw { heap_numbers: false }.int32(value).unwrap();
    let plain = vec![int(10), int(11), int(12)];
    let after = Position::After(4);
    assert_eq!(run(after, ResultLocation::None), (plain.clone(), word::OPTIMIZED_OUT, Resume::After(4)));
    assert_eq!(run(after, ResultLocation::Accumulator), (plain.clone(), results[0], Resume::After(4)));
    let pair = vec![int(10), results[0], results[1]];
    let location = ResultLocation::Registers { first: 1, count: 2 };
    assert_eq!(run(after, location), (pair, word::OPTIMIZED_OUT, Resume::After(4)));
    let before = run(Position::Before(4), ResultLocation::Accumulator);
    assert_eq!(before, (plain, word::OPTIMIZED_OUT, Resume::Before(4)));
}

#[test]
fn c28_extra_arguments_in_place_are_left_alone() {
    let placed =
        PlacedState::new(FrameState::new(vec![one_frame(Position::Before(0), ResultLocation::None, vec![])]));
    let arguments = [word::external(1), word::external(2), word::external(3)];
    let given = exit(&placed, ActualArguments::Given(&arguments), Completion::Normal, false).unwrap();
    let in_place = exit(&placed, ActualArguments::InPlace(&arguments), Completion::Normal, false).unwrap();
    check(&given, &placed, Some(&arguments), false).unwrap();
    check(&in_place, &placed, Some(&arguments), true).unwrap();
    assert_eq!(given.output.accumulator.0, in_place.output.accumulator.0 + 3);
}

#[test]
fn c15_the_trace_has_a_line_for_each_word() {
    let placed = PlacedState::new(FrameState::new(vec![one_frame(
        Position::Before(6),
        ResultLocation::None,
        vec![StateValue::Int32(1), StateValue::OptimizedOut],
    )]));
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_state(&placed.state, |value| placed.place(*value)).unwrap();
    let data = builder.finish(&[0; 40]).unwrap();
    let mut stack = vec![0; 64];
    let mut trace = TraceLines::default();
    let mut deoptimizer = Deoptimizer::<Layout>::new();
    let input = description(&placed, ActualArguments::Formals);
    let raw = Raw { heap_numbers: false };
    let output = deoptimizer
        .compute_output_frames(&data, translation, &input, Completion::Normal, &raw, &mut stack, &mut trace)
        .unwrap();
    let words: Vec<&String> = trace.0.iter().filter(|line| line.contains("<-")).collect();
    assert_eq!(words.len(), output.accumulator.0 as usize);
    for (line, slot) in words.iter().zip(1..) {
        let word = stack[FrameSlot(slot).index_in(64)];
        assert!(line.contains(&format!("<- {word:#018x} ")), "{line}");
        assert!(line.contains(&format!("{:#018x}: ", FrameSlot(slot).address(STACK_TOP))), "{line}");
    }
    let what: Vec<&str> = words.iter().map(|line| line.split(";  ").nth(1).unwrap()).collect();
    assert!(what[0].starts_with("stack parameter (input #1)"));
    assert!(what[3].starts_with("actual argument count"));
    assert!(what.last().unwrap().starts_with("accumulator (input #5)"));
    assert!(
        trace.0[0]
            .starts_with("  reading input frame k0 => bytecode_offset=6, args=0, height=2, retval=none")
    );
}

#[test]
fn i13_exits_reuse_their_buffers() {
    let registers = (0..20).map(|i| raw(Representation::SignedBigInt64, i, 200)).collect();
    let placed = PlacedState::new(FrameState::new(vec![one_frame(
        Position::Before(0),
        ResultLocation::None,
        registers,
    )]));
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_state(&placed.state, |value| placed.place(*value)).unwrap();
    let data = builder.finish(&[0; 40]).unwrap();
    let mut heap = Heap::new(200);
    let mut deoptimizer = Deoptimizer::<Layout>::new();
    let mut capacities = Vec::new();
    for _ in 0..50 {
        let input = description(&placed, ActualArguments::Formals);
        let raw = Raw { heap_numbers: false };
        deoptimizer
            .compute_output_frames(
                &data,
                translation,
                &input,
                Completion::Normal,
                &raw,
                &mut heap.stack,
                &mut NoTrace,
            )
            .unwrap();
        deoptimizer.materialize(&mut heap);
        let state = deoptimizer.state();
        let state = [state.frames.capacity(), state.values.capacity(), state.words.capacity()];
        capacities.push((state, deoptimizer.queue.capacity()));
    }
    assert!(capacities.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(deoptimizer.counts().exits, 50);
    assert_eq!(deoptimizer.counts().patched, 50 * 20);
}

#[test]
fn c16_frames_can_be_inspected_without_registers() {
    let placed = PlacedState::new(FrameState::new(vec![one_frame(
        Position::After(6),
        ResultLocation::None,
        vec![raw(Representation::Int32, 5, 0), raw(Representation::Int32, 6, 200)],
    )]));
    let mut builder = translation::TranslationBuilder::new();
    let index = builder.add(&placed.state.instructions(|value| placed.place(*value)).unwrap());
    let bytes = builder.finish();
    let array = translation::TranslationArray::new(&bytes);
    let mut state = translated::TranslatedState::default();
    let input = FrameDescription { registers: None, ..description(&placed, ActualArguments::Formals) };
    let raw = Raw { heap_numbers: false };
    state.read(array, index, &input, &raw, &mut NoTrace).unwrap();
    let kind = |number| state.input(&state.frames[0], number);
    assert_eq!(kind(3), translated::TranslatedKind::Unavailable);
    assert_eq!(kind(4), translated::TranslatedKind::Ready(raw.int32(6).unwrap()));
}

#[test]
fn c54_a_stack_that_is_too_small_is_reported_before_anything_is_written() {
    let placed =
        PlacedState::new(FrameState::new(vec![one_frame(Position::Before(0), ResultLocation::None, vec![])]));
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder.add_state(&placed.state, |value| placed.place(*value)).unwrap();
    let data = builder.finish(&[0; 40]).unwrap();
    let needed = data.max_rebuilt_words(Layout::FIXED_WORDS);
    let mut deoptimizer = Deoptimizer::<Layout>::new();
    let input = description(&placed, ActualArguments::Formals);
    let mut run = |stack: &mut [u64]| {
        deoptimizer.compute_output_frames(
            &data,
            translation,
            &input,
            Completion::Normal,
            &Raw { heap_numbers: false },
            stack,
            &mut NoTrace,
        )
    };
    let mut stack = vec![7; needed - 1];
    assert_eq!(run(&mut stack).err(), Some(DeoptError::StackTooSmall { needed }));
    assert!(stack.iter().all(|word| *word == 7));
    assert!(run(&mut vec![7; needed]).is_ok());
}
