//! Phase two of an exit on our heap. Nothing fails here: allocations ignore the memory limit, the overshoot is charged.
//!
//! What a captured object is made as stands in the literal table, in words one behind the other (`class_words`): the first
//! is an int32 that tells the kind, cells and numbers that the object needs from its beginning follow. Everything is allocated before
//! anything is initialized, and what is allocated can be traced at once: slots are undefined or holes, contexts have no previous one.

use unspool_deopt::translation::ArgumentsKind;
use unspool_deopt::{FieldValue, FrameSlot, LiteralId, MaterializationPhase, Materializer};
use unspool_gc::{CollectionKind, Gc, Header};
use unspool_runtime::cells::{ArgumentsObject, Array, Context, FeedbackCell, Function, FunctionTemplate};
use unspool_runtime::config::ExitPhase;
use unspool_runtime::object::{arguments, array};
use unspool_runtime::{Cx, Object, ValueExt as _, environment, function};
use unspool_shapes::ShapeId;
use unspool_values::Value;
use unspool_values::bigint::JSBigInt;
use unspool_values::object::{Elements, ObjectHead};
use unspool_values::string::JSString;

use crate::graph::Captured;
use crate::machine::code::CodeObject;
use crate::machine::lower::Environment;

/// First words of classes; ordinary objects have the id of their shape, contexts `CONTEXT` less the number of their scope.
mod kind {
    pub(super) const ARRAY: i32 = -1;
    pub(super) const CLOSURE: i32 = -2;
    pub(super) const REST: i32 = -3;
    pub(super) const UNMAPPED: i32 = -4;
    pub(super) const MAPPED: i32 = -5;
    pub(super) const CONTEXT: i32 = -6;
}

/// The words of a class.
pub(crate) fn class_words(of: Captured, environment: &Environment) -> Vec<u64> {
    let number = |n: i32| Value::from_i32(n).bits();
    let cell = |cell: crate::graph::CellRef| environment.cells[cell.index()];
    let shape = |shape: crate::graph::ShapeRef| number(environment.shapes[shape.index()] as i32);
    match of {
        Captured::Object { shape: of, inline_slots } => vec![shape(of), number(inline_slots as i32)],
        Captured::Array { shape: of } => vec![number(kind::ARRAY), shape(of)],
        Captured::Closure { template, feedback } => {
            vec![number(kind::CLOSURE), cell(template), cell(feedback)]
        }
        Captured::FrameRest { shape: of, .. } => vec![number(kind::REST), shape(of)],
        Captured::Arguments(class) | Captured::FrameArguments(class) => {
            let template = cell(environment.functions[class.function.index()].template);
            match class.scope {
                None => vec![number(kind::UNMAPPED), shape(class.shape), template],
                Some(scope) => {
                    vec![number(kind::MAPPED), shape(class.shape), template, number(scope as i32)]
                }
            }
        }
        Captured::Context { function, scope, .. } => {
            vec![number(kind::CONTEXT - scope as i32), cell(environment.functions[function.index()].template)]
        }
    }
}

/// Makes values for rebuilt frames.
pub(super) struct HeapMaterializer<'a> {
    cx: Cx<'a>,
    code: &'a CodeObject,
    stack_top: u64,
    handles: Handles,
}

/// Words that the collector sees.
enum Handles {
    /// So many words from the top of the isolate's stack on, below the rebuilt frames.
    Stack(*mut u64, usize),
    /// A list on the heap, where the stack has no room for them.
    Heap(Gc<Elements>),
}

impl<'a> HeapMaterializer<'a> {
    /// The rebuilt frames end at the top of the isolate's stack.
    pub(super) fn new(cx: Cx<'a>, code: &'a CodeObject, stack_top: u64) -> HeapMaterializer<'a> {
        let handles = Handles::Stack(cx.hot.stack_top.get().cast(), 0);
        HeapMaterializer { cx, code, stack_top, handles }
    }
    /// Gives back what the handles took of the stack.
    pub(super) fn finish(self) {
        if let Handles::Stack(words, count) = self.handles {
            // SAFETY: `reserve_handles` moved the top down by so many words.
            self.cx.hot.stack_top.set(unsafe { words.add(count) }.cast());
        }
    }
}

fn value(bits: u64) -> Value {
    // SAFETY: the deoptimizer hands over words that it got from `RawValues` or this materializer.
    unsafe { Value::from_bits(bits) }
}

/// The field of an arguments object that is its context, or all of its elements; elements follow.
const ARGUMENTS_CONTEXT: u32 = 3;
const ARGUMENTS_ELEMENTS: u32 = ARGUMENTS_CONTEXT + 1;

fn initialize_arguments(cx: Cx<'_>, arguments: Gc<ArgumentsObject>, index: u32, word: Value) {
    let head = &arguments.head;
    match index {
        ARGUMENTS_CONTEXT => {
            if let Some(elements) = word.to::<Elements>() {
                head.replace_elements(cx, elements);
            } else if let Some(context) = word.to::<Context>() {
                // SAFETY: the object was just made by `allocate`, and nobody else reads it meanwhile.
                unsafe { (&raw mut (*arguments.as_ptr().as_ptr()).context).write(Some(context)) };
            }
        }
        _ if index >= ARGUMENTS_ELEMENTS => {
            if let Some(elements) = head.raw_elements() {
                elements.set(cx, index - ARGUMENTS_ELEMENTS, word);
            }
        }
        // Those that are not mapped got their `callee`, an accessor, when they were made.
        _ => {
            if let Some(slots) = head.slots()
                && slots.get(index) == Value::UNDEFINED
            {
                slots.set(cx, index, word);
            }
        }
    }
}

impl Materializer for HeapMaterializer<'_> {
    fn reserve_handles(&mut self, count: usize) {
        let cx = self.cx;
        let top = cx.hot.stack_top.get();
        self.handles = if cx.stack.has_words_below(top, count) {
            // SAFETY: the words are inside the stack, just checked, and below its top, so not in use.
            unsafe {
                let words = top.cast::<u64>().sub(count);
                std::slice::from_raw_parts_mut(words, count).fill(Value::UNDEFINED.bits());
                cx.hot.stack_top.set(words.cast());
                Handles::Stack(words, count)
            }
        } else {
            let list = Elements::unlimited(cx, count as u32);
            list.resize(count as u32);
            Handles::Heap(list)
        };
    }
    fn handle(&self, index: usize) -> u64 {
        match self.handles {
            Handles::Stack(words, count) => {
                assert!(index < count, "handles are reserved first");
                // SAFETY: the index is below the count of words reserved on the stack.
                unsafe { words.add(index).read() }
            }
            Handles::Heap(list) => list.get(index as u32).expect("handles are reserved first").bits(),
        }
    }
    fn set_handle(&mut self, index: usize, word: u64) {
        match self.handles {
            Handles::Stack(words, count) => {
                assert!(index < count, "handles are reserved first");
                // SAFETY: as in `handle`.
                unsafe { words.add(index).write(word) };
            }
            Handles::Heap(list) => list.set(self.cx, index as u32, value(word)),
        }
    }

    fn allocate(&mut self, class: LiteralId, fields: u32) -> u64 {
        let (cx, data) = (self.cx, &self.code.data);
        let cell = |distance: u32| value(data.literal(LiteralId(class.0 + distance)));
        let made: Gc<Header> = match cell(0).as_i32() {
            kind::ARRAY => {
                let shape = ShapeId::from_raw(cell(1).as_i32() as u32);
                // The list of handles keeps nothing of this alive: the elements come first, and nothing collects between them
                // and the array but the allocation of the array, while a local variable has them.
                let elements = (fields > 0).then(|| Elements::unlimited(cx, fields));
                let array = array::allocate(cx, shape, fields);
                if let Some(elements) = elements {
                    elements.resize(fields);
                    Array::object(array).head().replace_elements(cx, elements);
                }
                array.erase()
            }
            kind::CLOSURE => {
                let template: Option<Gc<FunctionTemplate>> = cell(1).to();
                let feedback: Option<Gc<FeedbackCell>> = cell(2).to();
                let (template, feedback) = template.zip(feedback).expect("classes of closures name these");
                function::new_closure(cx, template, None, feedback).erase()
            }
            kind::REST => array::allocate(cx, ShapeId::from_raw(cell(1).as_i32() as u32), 0).erase(),
            kind @ (kind::UNMAPPED | kind::MAPPED) => {
                let shape = ShapeId::from_raw(cell(1).as_i32() as u32);
                let template: Gc<FunctionTemplate> =
                    cell(2).to().expect("classes of arguments objects name one");
                let scope = (kind == kind::MAPPED).then(|| cell(3).as_i32() as u32);
                arguments::unlimited(cx, template, shape, scope, fields - ARGUMENTS_ELEMENTS).erase()
            }
            scope if scope <= kind::CONTEXT => {
                let template: Gc<FunctionTemplate> = cell(1).to().expect("classes of contexts name one");
                let scope = (kind::CONTEXT - scope) as u32;
                let description = template.constants.get().and_then(|constants| constants.get(scope));
                let description = description.expect("the graph builder names a scope");
                environment::new_context(cx, None, template, scope, description, Value::HOLE).erase()
            }
            shape => {
                let shape = ShapeId::from_raw(shape as u32);
                let inline = cell(1).as_i32() as u32;
                return Value::from(Object::with_slots(cx, shape, inline as u8, fields - inline)).bits();
            }
        };
        Value::from_cell(made).bits()
    }
    fn allocate_arguments(&mut self, _: ArgumentsKind, _: u32, count: u32) -> u64 {
        let elements = Elements::unlimited(self.cx, count);
        elements.resize(count);
        Value::from_cell(elements).bits()
    }
    fn initialize(&mut self, object: u64, index: u32, field: FieldValue) {
        let cx = self.cx;
        let cell = value(object).as_cell();
        let word = value(field.word);
        let object = value(object);
        if let Some(context) = object.to::<Context>() {
            match index.checked_sub(1) {
                Some(slot) => Context::set_slot(context, cx, slot, word),
                // SAFETY: the context was just made by `allocate`, and no Rust reference to it is alive.
                None => unsafe { (&raw mut (*context.as_ptr().as_ptr()).previous).write(word.to()) },
            }
        } else if let Some(closure) = object.to::<Function>() {
            // SAFETY: the closure was just made by `allocate`, and no Rust reference to it is alive.
            unsafe { (&raw mut (*closure.as_ptr().as_ptr()).context).write(word.to()) };
        } else if let Some(array) = object.to::<Array>() {
            if let Some(elements) = word.to::<Elements>() {
                // A rest array of the activation's own arguments.
                array.length.set(elements.len());
                Array::object(array).head().replace_elements(cx, elements);
            } else if let Some(elements) = Array::object(array).head().raw_elements() {
                elements.set(cx, index, word);
            }
        } else if let Some(arguments) = object.to::<ArgumentsObject>() {
            initialize_arguments(cx, arguments, index, word);
        } else if let Some(elements) = object.to::<Elements>() {
            elements.set(cx, index, word);
        } else if let Some(object) = object.as_object() {
            match index.checked_sub(u32::from(object.head().inline_slots())) {
                // SAFETY: `allocate` made an ordinary object with so many inline slots.
                None => unsafe {
                    let slots = cell.as_ptr().as_ptr().cast::<u8>().add(ObjectHead::SIZE).cast::<Value>();
                    slots.add(index as usize).write(word);
                },
                Some(slot) => {
                    if let Some(slots) = object.head().slots() {
                        slots.set(cx, slot, word);
                    }
                }
            }
        }
        cx.write_barrier(cell);
    }
    fn signed_big_int(&mut self, n: i64) -> u64 {
        Value::from_cell(JSBigInt::from_i64(self.cx, n)).bits()
    }
    fn unsigned_big_int(&mut self, n: u64) -> u64 {
        Value::from_cell(JSBigInt::from_u64(self.cx, n)).bits()
    }
    fn heap_number(&mut self, bits: u64) -> u64 {
        Value::from_f64(f64::from_bits(bits)).bits()
    }
    fn load_field(&mut self, object: u64, field: u32) -> u64 {
        let object = value(object).as_cell().as_ptr().as_ptr().cast::<u8>();
        // SAFETY: the field's number is its offset in a cell that has it.
        unsafe { object.add(field as usize).cast::<u64>().read() }
    }
    fn concat(&mut self, left: u64, right: u64) -> u64 {
        let (left, right) = (value(left).to::<JSString>(), value(right).to::<JSString>());
        let (left, right) = left.zip(right).expect("recipes put strings together");
        // Memory for strings is never refused, and the length is one that the code has compared with the limit.
        let joined = JSString::concat(self.cx, left, right).expect("a string of no more than the longest");
        Value::from_cell(joined).bits()
    }

    fn at_phase(&mut self, phase: MaterializationPhase) {
        // Between the phases everything is where a collector finds it; under stress one makes sure.
        if self.cx.config.heap.gc_stress == Some(1) && phase != MaterializationPhase::Patched {
            self.cx.collect_garbage(CollectionKind::Full);
        }
        match phase {
            MaterializationPhase::Allocated => self.cx.collect_at_exit(ExitPhase::Allocated),
            MaterializationPhase::Initialized => self.cx.collect_at_exit(ExitPhase::Initialized),
            // The exit itself sees to these.
            MaterializationPhase::Translated | MaterializationPhase::Patched => {}
        }
    }
    fn patch(&mut self, slot: FrameSlot, word: u64) {
        // SAFETY: the slot is a word of the frames that phase one has just written.
        unsafe { (slot.address(self.stack_top) as *mut u64).write(word) };
    }
}
