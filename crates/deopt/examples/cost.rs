//! What an exit costs in this crate: nanoseconds per frame and per rebuilt object, with everything else held constant.
//!
//! `cargo run --release -p unspool-deopt --example cost`
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::hint::black_box;
use std::time::Instant;

use unspool_deopt::*;

struct Layout;
impl FrameLayout for Layout {
    const FIXED_WORDS: usize = 8;
    const CALLER_FRAME: isize = -8;
    const FLAGS: isize = -7;
    const CONTEXT: isize = -6;
    const FUNCTION: isize = -5;
    const CODE: isize = -4;
    const BYTECODE_OFFSET: isize = -3;
    const FEEDBACK: isize = -2;
    const ARGUMENT_COUNT: isize = -1;
}

/// NaN boxing, so that no number needs an allocation.
struct Raw(Vec<u64>);
impl RawValues for Raw {
    fn literal(&self, literal: LiteralId) -> u64 {
        self.0[literal.index()]
    }
    fn int32(&self, value: i32) -> Option<u64> {
        Some(0xfffe << 48 | u64::from(value as u32))
    }
    fn float64(&self, bits: u64) -> Option<u64> {
        let bits = if f64::from_bits(bits).is_nan() { f64::NAN.to_bits() } else { bits };
        Some(bits + (1 << 49))
    }
    fn boolean(&self, value: bool) -> u64 {
        6 + u64::from(value)
    }
    fn undefined(&self) -> u64 {
        10
    }
    fn is_hole(&self, bits: u64) -> bool {
        bits == 0xfff7_ffff_fff7_ffff
    }
    fn optimized_out(&self) -> u64 {
        14
    }
    fn marker(&self) -> u64 {
        18
    }
}

/// A bump allocator that is reset after each exit.
#[derive(Default)]
struct Heap {
    words: Vec<u64>,
    handles: Vec<u64>,
    stack: Vec<u64>,
}

impl Materializer for Heap {
    fn reserve_handles(&mut self, count: usize) {
        self.handles.clear();
        self.handles.resize(count, 0);
    }
    fn handle(&self, index: usize) -> u64 {
        self.handles[index]
    }
    fn set_handle(&mut self, index: usize, word: u64) {
        self.handles[index] = word;
    }
    fn allocate(&mut self, class: LiteralId, fields: u32) -> u64 {
        let at = self.words.len();
        self.words.push(u64::from(class.0));
        self.words.resize(at + 1 + fields as usize, 0);
        at as u64
    }
    fn allocate_arguments(&mut self, _: ArgumentsKind, _: u32, count: u32) -> u64 {
        self.allocate(LiteralId(0), count)
    }
    fn initialize(&mut self, object: u64, index: u32, value: FieldValue) {
        self.words[object as usize + 1 + index as usize] = value.word;
    }
    fn signed_big_int(&mut self, value: i64) -> u64 {
        value as u64
    }
    fn unsigned_big_int(&mut self, value: u64) -> u64 {
        value
    }
    fn heap_number(&mut self, bits: u64) -> u64 {
        bits
    }
    fn load_field(&mut self, object: u64, field: u32) -> u64 {
        self.words[object as usize + 1 + field as usize]
    }
    fn concat(&mut self, left: u64, _: u64) -> u64 {
        left
    }
    fn patch(&mut self, slot: FrameSlot, word: u64) {
        let index = slot.index_in(self.stack.len());
        self.stack[index] = word;
    }
}

/// `frames` frames of eight values each, and in the outermost ones `objects` elided objects of two fields.
fn state(frames: usize, objects: usize) -> FrameState<Representation> {
    let tagged = || StateValue::Value(Representation::Tagged);
    let mut built = Vec::new();
    for index in 0..frames {
        let topmost = index + 1 == frames;
        let mut registers = vec![
            StateValue::Value(Representation::Int32),
            StateValue::OptimizedOut,
            StateValue::Value(Representation::Float64),
            tagged(),
        ];
        if index < objects {
            registers[1] = StateValue::Object(ObjectId(index as u32));
        }
        built.push(StateFrame::Interpreted {
            head: InterpretedFrame {
                code: LiteralId(5 + 2 * index as u32),
                feedback: Some(LiteralId(6 + 2 * index as u32)),
                registers: 4,
                formals: 1,
                flags: 0,
                result: ResultLocation::None,
            },
            position: if topmost { Position::Before(12) } else { Position::After(30) },
            function: StateValue::Literal(LiteralId(2)),
            receiver: tagged(),
            formals: vec![StateValue::Value(Representation::Int32)],
            context: StateValue::Literal(LiteralId(3)),
            registers,
            accumulator: StateValue::OptimizedOut,
        });
    }
    let field = || StateValue::Value(Representation::Float64);
    let objects = (0..objects)
        .map(|_| StateObject::Captured { class: LiteralId(4), fields: vec![field(), field()] })
        .collect();
    FrameState { frames: built, objects }
}

/// Median of the nanoseconds per exit over many batches.
fn measure(frames: usize, objects: usize) -> f64 {
    let mut slots = 0;
    let mut builder = DeoptimizationDataBuilder::new();
    let translation = builder
        .add_state(&state(frames, objects), |representation| {
            slots += 1;
            Placed::At(Location::ExitSlot(slots - 1), *representation)
        })
        .expect("a well-formed state");
    let data = builder.finish(&vec![0; 5 + 2 * frames]).expect("well-formed data");
    let exit_area: Vec<u64> = (0..slots).map(|slot| (f64::from(slot) + 0.5).to_bits()).collect();
    let raw = Raw((100..105 + 2 * frames as u64).collect());
    let mut heap = Heap { stack: vec![0; 4096], ..Heap::default() };
    let mut deoptimizer = Deoptimizer::<Layout>::new();
    let mut once = || {
        let input = FrameDescription {
            exit_area: black_box(&exit_area),
            caller_frame: 0x1000,
            stack_top: 0x10_0000,
            ..FrameDescription::default()
        };
        let output = deoptimizer.compute_output_frames(
            black_box(&data),
            translation,
            &input,
            Completion::Normal,
            &raw,
            &mut heap.stack,
            &mut NoTrace,
        );
        black_box(output.expect("verified data"));
        deoptimizer.materialize(&mut heap);
        heap.words.clear();
    };
    let mut batches: Vec<f64> = (0..200)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..500 {
                once();
            }
            start.elapsed().as_nanos() as f64 / 500.0
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    batches[batches.len() / 2]
}

fn main() {
    println!("frames  objects   ns per exit");
    for (frames, objects) in
        [(1, 0), (1, 1), (2, 0), (4, 0), (6, 0), (6, 5), (8, 0), (16, 0), (16, 16), (32, 0)]
    {
        println!("{frames:6}  {objects:7}  {:12.0}", measure(frames, objects));
    }
}
