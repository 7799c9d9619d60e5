//! A toy virtual machine: words, a heap that moves everything at each collection and poisons what it leaves, and a second,
//! independent reading of frame states to compare with.

use std::collections::HashMap;

use crate::frame_state::{FrameState, StateObject, StateValue};
use crate::strategies::{HOLE_NAN, PlacedState, RawInput};
use crate::*;

pub(crate) struct Layout;

impl FrameLayout for Layout {
    const FIXED_WORDS: usize = 9;
    const CALLER_FRAME: isize = -9;
    const FLAGS: isize = -7;
    const CONTEXT: isize = -6;
    const FUNCTION: isize = -5;
    const CODE: isize = -4;
    const BYTECODE_OFFSET: isize = -3;
    const FEEDBACK: isize = -2;
    const ARGUMENT_COUNT: isize = -1;
    const CONSTRUCT_CREATE_FLAGS: u64 = 1 << 40;
    const CONSTRUCT_INVOKE_FLAGS: u64 = 1 << 41;
    const CONTINUATION_FLAGS: u64 = 1 << 42;
}

/// Words: small ones by their low three bits, numbers offset as in JavaScriptCore.
pub(crate) mod word {
    pub(crate) const UNDEFINED: u64 = 1 << 47 | 0x103;
    pub(crate) const OPTIMIZED_OUT: u64 = 1 << 47 | 0x203;
    pub(crate) const MARKER: u64 = 1 << 47 | 0x303;
    pub(crate) const UNINITIALIZED: u64 = 1 << 47 | 0x503;
    pub(crate) const FALSE: u64 = 1 << 47 | 0x603;
    pub(crate) const TRUE: u64 = 1 << 47 | 0x703;
    pub(crate) const INT: u64 = 0xfffe_0000_0000_0000;
    pub(crate) const DOUBLE: u64 = 1 << 49;

    pub(crate) fn reference(address: usize) -> u64 {
        1 << 48 | (address as u64) << 4 | 2
    }
    pub(crate) fn address(word: u64) -> Option<usize> {
        (word >> 48 == 1 && word & 15 == 2).then_some((word << 16 >> 20) as usize)
    }
    pub(crate) fn literal(index: u32) -> u64 {
        u64::from(index) << 4 | 4
    }
    pub(crate) fn external(index: u32) -> u64 {
        u64::from(index) << 4 | 5
    }
}

/// Conversions. With `heap_numbers`, doubles have no word of their own.
#[derive(Clone, Copy)]
pub(crate) struct Raw {
    pub(crate) heap_numbers: bool,
}

impl RawValues for Raw {
    fn literal(&self, literal: LiteralId) -> u64 {
        word::literal(literal.0)
    }
    fn int32(&self, value: i32) -> Option<u64> {
        Some(word::INT | u64::from(value as u32))
    }
    fn float64(&self, bits: u64) -> Option<u64> {
        let bits = if f64::from_bits(bits).is_nan() { f64::NAN.to_bits() } else { bits };
        (!self.heap_numbers).then(|| bits + word::DOUBLE)
    }
    fn boolean(&self, value: bool) -> u64 {
        if value { word::TRUE } else { word::FALSE }
    }
    fn undefined(&self) -> u64 {
        word::UNDEFINED
    }
    fn is_hole(&self, bits: u64) -> bool {
        bits == HOLE_NAN
    }
    fn optimized_out(&self) -> u64 {
        word::OPTIMIZED_OUT
    }
    fn marker(&self) -> u64 {
        word::MARKER
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Object { class: u32, fields: Vec<u64>, finished: bool },
    Arguments { kind: ArgumentsKind, elements: Vec<u64> },
    Number(u64),
    BigInt(i128),
    Concat(u64, u64),
    Poison,
}

#[derive(Default)]
pub(crate) struct Heap {
    pub(crate) cells: Vec<Cell>,
    pub(crate) handles: Vec<u64>,
    pub(crate) stack: Vec<u64>,
    /// Words of the stack in use, from its end.
    pub(crate) used: usize,
    pub(crate) collections: u32,
    pub(crate) collect_always: bool,
    pub(crate) patched: u64,
    initializing: bool,
}

impl Heap {
    pub(crate) fn new(stack_words: usize) -> Heap {
        Heap { stack: vec![word::UNDEFINED; stack_words], collect_always: true, ..Heap::default() }
    }

    fn allocate_cell(&mut self, cell: Cell) -> u64 {
        assert!(!self.initializing, "nothing is allocated while objects are half built");
        if self.collect_always {
            self.collect();
        }
        self.cells.push(cell);
        word::reference(self.cells.len() - 1)
    }

    /// Copies everything reachable to new addresses and poisons the old ones.
    pub(crate) fn collect(&mut self) {
        self.collections += 1;
        let old = self.cells.len();
        let mut moved: HashMap<usize, usize> = HashMap::new();
        let start = self.stack.len() - self.used;
        let mut cells = std::mem::take(&mut self.cells);
        let mut forward = |word: &mut u64, cells: &mut Vec<Cell>, work: &mut Vec<usize>| {
            let Some(address) = word::address(*word) else { return };
            assert!(cells[address] != Cell::Poison, "a dead word was kept");
            if address >= old {
                return;
            }
            let to = *moved.entry(address).or_insert_with(|| {
                let cell = cells[address].clone();
                cells.push(cell);
                work.push(cells.len() - 1);
                cells.len() - 1
            });
            *word = word::reference(to);
        };
        let mut work = Vec::new();
        for word in &mut self.stack[start..] {
            forward(word, &mut cells, &mut work);
        }
        for word in &mut self.handles {
            forward(word, &mut cells, &mut work);
        }
        while let Some(at) = work.pop() {
            let mut cell = std::mem::replace(&mut cells[at], Cell::Number(0));
            match &mut cell {
                Cell::Object { fields: words, .. } | Cell::Arguments { elements: words, .. } => {
                    for word in words {
                        forward(word, &mut cells, &mut work);
                    }
                }
                Cell::Concat(left, right) => {
                    forward(left, &mut cells, &mut work);
                    forward(right, &mut cells, &mut work);
                }
                _ => {}
            }
            cells[at] = cell;
        }
        for cell in &mut cells[..old] {
            *cell = Cell::Poison;
        }
        self.cells = cells;
    }

    pub(crate) fn cell(&self, word: u64) -> Option<&Cell> {
        Some(&self.cells[word::address(word)?])
    }
}

impl Materializer for Heap {
    fn reserve_handles(&mut self, count: usize) {
        self.handles = vec![word::UNDEFINED; count];
    }
    fn handle(&self, index: usize) -> u64 {
        self.handles[index]
    }
    fn set_handle(&mut self, index: usize, word: u64) {
        self.handles[index] = word;
    }
    fn allocate(&mut self, class: LiteralId, fields: u32) -> u64 {
        let fields = vec![word::UNINITIALIZED; fields as usize];
        self.allocate_cell(Cell::Object { class: class.0, fields, finished: false })
    }
    fn allocate_arguments(&mut self, kind: ArgumentsKind, _formals: u32, count: u32) -> u64 {
        self.allocate_cell(Cell::Arguments { kind, elements: vec![word::UNINITIALIZED; count as usize] })
    }
    fn initialize(&mut self, object: u64, index: u32, value: FieldValue) {
        self.initializing = true;
        let address = word::address(object).expect("an object");
        match &mut self.cells[address] {
            Cell::Object { fields: words, .. } | Cell::Arguments { elements: words, .. } => {
                assert_eq!(words[index as usize], word::UNINITIALIZED, "initialized once");
                words[index as usize] = value.word;
            }
            other => panic!("{other:?} has no fields"),
        }
    }
    fn finish(&mut self, object: u64, _class: LiteralId) {
        let address = word::address(object).expect("an object");
        let Cell::Object { fields, finished, .. } = &mut self.cells[address] else { panic!("an object") };
        assert!(fields.iter().all(|field| *field != word::UNINITIALIZED));
        *finished = true;
    }
    fn signed_big_int(&mut self, value: i64) -> u64 {
        self.allocate_cell(Cell::BigInt(i128::from(value)))
    }
    fn unsigned_big_int(&mut self, value: u64) -> u64 {
        self.allocate_cell(Cell::BigInt(i128::from(value)))
    }
    fn heap_number(&mut self, bits: u64) -> u64 {
        self.allocate_cell(Cell::Number(bits))
    }
    fn load_field(&mut self, object: u64, field: u32) -> u64 {
        match self.cell(object) {
            Some(Cell::Object { fields, .. }) => fields[field as usize],
            other => panic!("{other:?} has no fields"),
        }
    }
    fn concat(&mut self, left: u64, right: u64) -> u64 {
        // A collection may come first, so the operands go where it finds them.
        self.handles.extend([left, right]);
        let word = self.allocate_cell(Cell::Concat(word::UNDEFINED, word::UNDEFINED));
        let (right, left) = (self.handles.pop().unwrap(), self.handles.pop().unwrap());
        let address = word::address(word).expect("just made");
        self.cells[address] = Cell::Concat(left, right);
        word
    }
    fn patch(&mut self, slot: FrameSlot, word: u64) {
        let index = slot.index_in(self.stack.len());
        assert_eq!(self.stack[index], word::MARKER, "a marker is replaced, once");
        self.stack[index] = word;
        self.patched += 1;
    }
    fn at_phase(&mut self, phase: MaterializationPhase) {
        if phase == MaterializationPhase::Initialized {
            self.initializing = false;
        }
        if phase == MaterializationPhase::Patched {
            self.handles.clear();
        }
        self.collect();
    }
}

/// What a number is to programs: integers in range are integers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Number {
    Int(i32),
    /// Bits, with one NaN.
    Double(u64),
}

pub(crate) fn number(value: f64) -> Number {
    if value.is_nan() {
        return Number::Double(f64::NAN.to_bits());
    }
    let integral = value.trunc() == value && value.abs() < 4e9;
    let minus_zero = value == 0.0 && value.is_sign_negative();
    if integral && !minus_zero && value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX) {
        return Number::Int(value as i64 as i32);
    }
    Number::Double(value.to_bits())
}

/// Compares words of the rebuilt frames with values of the frame state, as graphs.
pub(crate) struct Comparison<'c> {
    pub(crate) heap: &'c Heap,
    pub(crate) placed: &'c PlacedState,
    /// Of the outermost frame, if it knows them.
    pub(crate) arguments: Option<&'c [u64]>,
    pub(crate) outermost_formals: u32,
    /// Which address each object has, and which object each address.
    pub(crate) objects: HashMap<u32, u64>,
    pub(crate) addresses: HashMap<u64, u32>,
}

impl<'c> Comparison<'c> {
    pub(crate) fn new(
        heap: &'c Heap,
        placed: &'c PlacedState,
        arguments: Option<&'c [u64]>,
        outermost_formals: u32,
    ) -> Comparison<'c> {
        let (objects, addresses) = (HashMap::new(), HashMap::new());
        Comparison { heap, placed, arguments, outermost_formals, objects, addresses }
    }

    fn state(&self) -> &'c FrameState<usize> {
        &self.placed.state
    }

    pub(crate) fn same(&mut self, actual: u64, expected: &StateValue<usize>) -> Result<(), String> {
        let wrong = || Err(format!("{actual:#x} ({:?}) is not {expected:?}", self.heap.cell(actual)));
        match expected {
            StateValue::OptimizedOut if actual == word::OPTIMIZED_OUT => Ok(()),
            StateValue::OptimizedOut => wrong(),
            StateValue::Literal(literal) if actual == word::literal(literal.0) => Ok(()),
            StateValue::Literal(_) => wrong(),
            StateValue::Value(index) => self.same_raw(actual, self.placed.inputs[*index]),
            StateValue::Int32(value) => self.same_number(actual, f64::from(*value)),
            StateValue::Float64(bits) => self.same_number(actual, f64::from_bits(*bits)),
            StateValue::ArgumentsLength => {
                let count = self.arguments.map_or(self.outermost_formals, |words| words.len() as u32);
                self.same_number(actual, f64::from(count))
            }
            StateValue::RestLength { formals } => {
                let count = self.arguments.map_or(self.outermost_formals, |words| words.len() as u32);
                self.same_number(actual, f64::from(count.saturating_sub(*formals)))
            }
            StateValue::Recipe(RecipeOp::StringConcat, operands) => {
                let Some(Cell::Concat(left, right)) = self.heap.cell(actual).cloned() else { return wrong() };
                self.same(left, &operands[0])?;
                self.same(right, &operands[1])
            }
            StateValue::Recipe(..) => {
                let value = self.compute(expected);
                self.same_number(actual, value)
            }
            StateValue::LoadField(..) => wrong(),
            StateValue::Object(id) => self.same_object(actual, *id),
        }
    }

    fn same_object(&mut self, actual: u64, id: ObjectId) -> Result<(), String> {
        match (self.objects.get(&id.0), self.addresses.get(&actual)) {
            (None, None) => {}
            (Some(known), Some(known_id)) if *known == actual && *known_id == id.0 => return Ok(()),
            _ => return Err(format!("identity of object {id} is lost")),
        }
        self.objects.insert(id.0, actual);
        self.addresses.insert(actual, id.0);
        let cell = self.heap.cell(actual).cloned();
        match (&self.state().objects[id.index()], cell) {
            (
                StateObject::Captured { class, fields },
                Some(Cell::Object { class: actual_class, fields: actual_fields, finished }),
            ) => {
                if class.0 != actual_class || fields.len() != actual_fields.len() || !finished {
                    return Err(format!("object {id} has another class or size"));
                }
                fields.iter().zip(actual_fields).try_for_each(|(field, actual)| self.same(actual, field))
            }
            (
                StateObject::ArgumentsElements { kind, formals },
                Some(Cell::Arguments { kind: actual_kind, elements }),
            ) => {
                let skip = if *kind == ArgumentsKind::Rest { *formals as usize } else { 0 };
                let expected: Vec<u64> = self.arguments.unwrap_or(&[]).iter().skip(skip).copied().collect();
                if *kind == actual_kind && elements == expected {
                    Ok(())
                } else {
                    Err(format!("arguments {elements:x?} are not {expected:x?}"))
                }
            }
            (expected, actual) => Err(format!("{actual:?} is not {expected:?}")),
        }
    }

    /// Recipes once more, over doubles and by the text of the operation's definition.
    fn compute(&self, value: &StateValue<usize>) -> f64 {
        match value {
            StateValue::Value(index) => {
                let RawInput { representation, bits, .. } = self.placed.inputs[*index];
                match representation {
                    Representation::Int32 => f64::from(bits as i32),
                    Representation::Float64 => f64::from_bits(bits),
                    other => panic!("{other:?} is no operand"),
                }
            }
            StateValue::Int32(value) => f64::from(*value),
            StateValue::Float64(bits) => f64::from_bits(*bits),
            StateValue::Recipe(op, operands) => {
                let operand = |index: usize| self.compute(&operands[index]);
                let (a, b) = (operand(0), if operands.len() > 1 { operand(1) } else { 0.0 });
                let (x, y) = (a as i64, b as i64);
                let wrap = |value: i64| f64::from(value as i32);
                match op {
                    RecipeOp::TagInt32 | RecipeOp::TagFloat64 | RecipeOp::Int32ToFloat64 => a,
                    RecipeOp::Int32Add => wrap(x + y),
                    RecipeOp::Int32Sub => wrap(x - y),
                    RecipeOp::Int32Mul => wrap(x * y),
                    RecipeOp::Int32And => wrap(x & y),
                    RecipeOp::Int32Or => wrap(x | y),
                    RecipeOp::Int32Xor => wrap(x ^ y),
                    RecipeOp::Int32Shl => wrap(x << (y & 31)),
                    RecipeOp::Int32Sar => wrap(x >> (y & 31)),
                    RecipeOp::Int32Shr => wrap((x & 0xffff_ffff) >> (y & 31)),
                    RecipeOp::Float64Add => a + b,
                    RecipeOp::Float64Sub => a - b,
                    RecipeOp::Float64Mul => a * b,
                    RecipeOp::Float64Div => a / b,
                    RecipeOp::Float64Neg => -a,
                    RecipeOp::StringConcat => panic!("no number"),
                }
            }
            other => panic!("{other:?} is no operand"),
        }
    }

    fn same_number(&self, actual: u64, expected: f64) -> Result<(), String> {
        let found = if actual >= word::INT {
            Number::Int(actual as u32 as i32)
        } else if actual >= word::DOUBLE {
            let bits = actual - word::DOUBLE;
            Number::Double(if f64::from_bits(bits).is_nan() { f64::NAN.to_bits() } else { bits })
        } else {
            match self.heap.cell(actual) {
                Some(Cell::Number(bits)) if f64::from_bits(*bits).is_nan() => {
                    Number::Double(f64::NAN.to_bits())
                }
                Some(Cell::Number(bits)) => Number::Double(*bits),
                other => return Err(format!("{actual:#x} ({other:?}) is no number")),
            }
        };
        if found == number(expected) { Ok(()) } else { Err(format!("{found:?} is not {expected:?}")) }
    }

    fn same_raw(&self, actual: u64, input: RawInput) -> Result<(), String> {
        let bits = input.bits;
        let expect = |holds: bool| {
            if holds {
                Ok(())
            } else {
                Err(format!("{actual:#x} ({:?}) is not {input:?}", self.heap.cell(actual)))
            }
        };
        let big_int = |value: i128| expect(self.heap.cell(actual) == Some(&Cell::BigInt(value)));
        match input.representation {
            Representation::Tagged => expect(actual == bits),
            Representation::Int32 => self.same_number(actual, f64::from(bits as i32)),
            Representation::Uint32 => self.same_number(actual, f64::from(bits as u32)),
            Representation::Bool => expect(actual == if bits & 0xff != 0 { word::TRUE } else { word::FALSE }),
            Representation::Float64 => self.same_number(actual, f64::from_bits(bits)),
            Representation::HoleyFloat64 if bits == HOLE_NAN => expect(actual == word::UNDEFINED),
            Representation::HoleyFloat64 => self.same_number(actual, f64::from_bits(bits)),
            Representation::SignedBigInt64 => big_int(i128::from(bits as i64)),
            Representation::UnsignedBigInt64 => big_int(i128::from(bits)),
            Representation::Int64 => self.same_number(actual, bits as i64 as f64),
        }
    }
}
