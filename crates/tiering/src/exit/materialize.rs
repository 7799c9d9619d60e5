//! Phase two of an exit on our heap. Nothing fails here: allocations ignore the memory limit, the overshoot is charged.

use unspool_deopt::translation::ArgumentsKind;
use unspool_deopt::{FieldValue, FrameSlot, LiteralId, Materializer};
use unspool_runtime::{Cx, Object};
use unspool_shapes::ShapeId;
use unspool_values::Value;
use unspool_values::bigint::JSBigInt;
use unspool_values::object::{GcVec, ObjectHead};
use unspool_values::string::JSString;

use crate::code::CodeObject;

/// Makes values for rebuilt frames.
pub(super) struct HeapMaterializer<'a> {
    cx: Cx<'a>,
    code: &'a CodeObject,
    stack_top: u64,
    handles: GcVec,
}

impl<'a> HeapMaterializer<'a> {
    pub(super) fn new(cx: Cx<'a>, code: &'a CodeObject, stack_top: u64) -> HeapMaterializer<'a> {
        HeapMaterializer { cx, code, stack_top, handles: GcVec::new(cx) }
    }
}

fn value(bits: u64) -> Value {
    // SAFETY: the deoptimizer hands over words that it got from `RawValues` or this materializer.
    unsafe { Value::from_bits(bits) }
}

impl Materializer for HeapMaterializer<'_> {
    fn reserve_handles(&mut self, count: usize) {
        while self.handles.len() < count {
            // Without memory the list stays as it is; the process is out of memory then.
            if self.handles.push(self.cx, Value::UNDEFINED).is_err() {
                self.cx.request_interrupt(unspool_runtime::isolate::Interrupt::OUT_OF_MEMORY);
                return;
            }
        }
    }
    fn handle(&self, index: usize) -> u64 {
        self.handles.get(index).bits()
    }
    fn set_handle(&mut self, index: usize, word: u64) {
        self.handles.set(self.cx, index, value(word));
    }

    /// The literal of a class is the id of an ordinary object's shape as an int32; all its properties are inline.
    fn allocate(&mut self, class: LiteralId, fields: u32) -> u64 {
        let shape = value(self.code.literals[class.index()]).as_i32() as u32;
        Value::from(Object::allocate_empty(self.cx, ShapeId::from_raw(shape), fields as u8)).bits()
    }
    fn allocate_arguments(&mut self, _: ArgumentsKind, _: u32, _: u32) -> u64 {
        unreachable!("graphs elide no arguments objects")
    }
    fn initialize(&mut self, object: u64, index: u32, field: FieldValue) {
        let object = value(object).as_cell();
        // SAFETY: `allocate` made an object with so many inline slots.
        unsafe {
            let slots = object.as_ptr().as_ptr().cast::<u8>().add(ObjectHead::SIZE).cast::<Value>();
            slots.add(index as usize).write(value(field.word));
        }
        self.cx.write_barrier(object);
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
        let joined = left.zip(right).and_then(|(left, right)| JSString::concat(self.cx, left, right).ok());
        joined.map_or(Value::UNDEFINED.bits(), |string| Value::from_cell(string).bits())
    }

    fn patch(&mut self, slot: FrameSlot, word: u64) {
        // SAFETY: the slot is a word of the frames that phase one has just written.
        unsafe { (slot.address(self.stack_top) as *mut u64).write(word) };
    }
}
