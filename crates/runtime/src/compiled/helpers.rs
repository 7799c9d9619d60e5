//! What compiled code calls in the runtime.
//!
//! All are `extern "C"`, take the isolate first, and give the bits of a value or [`SENTINEL`] for "an exception is pending",
//! unless they say otherwise. `tiering::lower` names them; their effects stand in the optimizer's table. Operands are bits of
//! live values: compiled code has them in registers or on its stack, both of which the collector scans.
//!
//! # Safety
//! One contract for all: the caller is compiled code of the isolate, or stands in for it. The isolate is the one that it was
//! entered with, operands are bits of live values of the kinds that the function's description names, pointers with a count
//! point to that many of them, and shapes and sizes are those of the isolate's own objects.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module's description states the contract of all functions"
)]

use unspool_gc::{Gc, Header};
use unspool_values::string::JSString;
use unspool_values::{Value, number};

use super::{SENTINEL, StepDescriptor};
use crate::cells::{Array, Context, FeedbackCell, Function, FunctionTemplate, NativeFunction};
use crate::completion::{JsResult, Throw};
use crate::environment::{self, LanguageMode};
use crate::isolate::{Cx, Isolate};
use crate::iterators::{IteratorKind, new_iterator};
use crate::object::{Object, ValueExt as _, elements};
use crate::realm::Intrinsic;
use crate::strings::OrThrow as _;
use crate::{convert, frame, function, ic, interrupt, literals, messages, operators, properties};

#[inline(always)]
fn context<'a>(isolate: *const Isolate) -> Cx<'a> {
    // SAFETY: compiled code passes the isolate that it was entered with, which outlives the call.
    Cx::of(unsafe { &*isolate })
}

#[inline(always)]
fn value(bits: u64) -> Value {
    // SAFETY: compiled code passes bits of values; see the module's description.
    unsafe { Value::from_bits(bits) }
}

#[inline(always)]
fn bits(result: JsResult<Value>) -> u64 {
    match result {
        Ok(value) => value.bits(),
        Err(_) => SENTINEL,
    }
}

macro_rules! helpers {
    ($( $(#[doc = $doc:literal])+ $name:ident($cx:ident $(, $arg:ident)*) $body:expr; )*) => { $(
        $(#[doc = $doc])+
        pub unsafe extern "C" fn $name(isolate: *const Isolate $(, $arg: u64)*) -> u64 {
            let $cx = context(isolate);
            $(let $arg = value($arg);)*
            bits($body)
        }
    )* };
}

helpers! {
    /// `a + b`
    add(cx, a, b) operators::add(cx, a, b);
    /// `a - b`
    subtract(cx, a, b) operators::subtract(cx, a, b);
    /// `a * b`
    multiply(cx, a, b) operators::multiply(cx, a, b);
    /// `a / b`
    divide(cx, a, b) operators::divide(cx, a, b);
    /// `a % b`
    remainder(cx, a, b) operators::remainder(cx, a, b);
    /// `a ** b`
    exponentiate(cx, a, b) operators::exponentiate(cx, a, b);
    /// `a & b`
    bitwise_and(cx, a, b) operators::bitwise_and(cx, a, b);
    /// `a | b`
    bitwise_or(cx, a, b) operators::bitwise_or(cx, a, b);
    /// `a ^ b`
    bitwise_xor(cx, a, b) operators::bitwise_xor(cx, a, b);
    /// `a << b`
    shift_left(cx, a, b) operators::shift_left(cx, a, b);
    /// `a >> b`
    shift_right(cx, a, b) operators::shift_right(cx, a, b);
    /// `a >>> b`
    shift_right_logical(cx, a, b) operators::shift_right_logical(cx, a, b);
    /// ToNumeric(a) + 1
    increment(cx, a) operators::increment(cx, a);
    /// ToNumeric(a) - 1
    decrement(cx, a) operators::decrement(cx, a);
    /// `-a`
    negate(cx, a) operators::negate(cx, a);
    /// `~a`
    bitwise_not(cx, a) operators::bitwise_not(cx, a);
    /// ToNumber
    to_number(cx, a) operators::to_number(cx, a);
    /// ToNumeric
    to_numeric(cx, a) operators::to_numeric(cx, a);
    /// ToString
    to_string(cx, a) convert::to_string(cx, a).map(Value::from_cell);
    /// ToPropertyKey
    to_property_key(cx, a) operators::to_property_key_value(cx, a);
    /// ToObject
    to_object(cx, a) convert::to_object(cx, a).map(Value::from);
    /// `a == b`
    equal(cx, a, b) operators::loosely_equal(cx, a, b).map(Value::from_bool);
    /// `a < b`
    less_than(cx, a, b) operators::less_than(cx, a, b).map(Value::from_bool);
    /// `a > b`
    greater_than(cx, a, b) operators::greater_than(cx, a, b).map(Value::from_bool);
    /// `a <= b`
    less_than_or_equal(cx, a, b) operators::less_than_or_equal(cx, a, b).map(Value::from_bool);
    /// `a >= b`
    greater_than_or_equal(cx, a, b) operators::greater_than_or_equal(cx, a, b).map(Value::from_bool);
    /// The concatenation of two strings.
    string_concat(cx, a, b) operators::add(cx, a, b);
    /// `typeof a`
    type_of(cx, a) Ok(operators::type_of(cx, a));
    /// `receiver[key]` for a property key.
    get_named(cx, receiver, key) {
        let key = environment::constant_key(cx, key);
        if receiver.is_nullish() || key.is_index() {
            properties::get_of_value(cx, receiver, key)
        } else {
            ic::load::load_uncached(cx, receiver, key).and_then(|loaded| loaded.finish(cx, receiver))
        }
    };
    /// `receiver[key]` for any key.
    get_keyed(cx, receiver, key) properties::get_keyed(cx, receiver, key);
    /// `receiver[key] = new_value` of sloppy code, for a property key.
    set_named_sloppy(cx, receiver, key, new_value) {
        let key = environment::constant_key(cx, key);
        if receiver.is_nullish() || key.is_index() {
            properties::set_of_value(cx, receiver, key, new_value, LanguageMode::Sloppy).map(|()| new_value)
        } else {
            ic::store::store_uncached(cx, receiver, key, new_value)
                .and_then(|stored| stored.finish(cx, receiver, key, new_value, LanguageMode::Sloppy))
                .map(|()| new_value)
        }
    };
    /// `receiver[key] = new_value` of strict code, for a property key.
    set_named_strict(cx, receiver, key, new_value) {
        let key = environment::constant_key(cx, key);
        if receiver.is_nullish() || key.is_index() {
            properties::set_of_value(cx, receiver, key, new_value, LanguageMode::Strict).map(|()| new_value)
        } else {
            ic::store::store_uncached(cx, receiver, key, new_value)
                .and_then(|stored| stored.finish(cx, receiver, key, new_value, LanguageMode::Strict))
                .map(|()| new_value)
        }
    };
    /// `receiver[key] = new_value` of sloppy code, for any key.
    set_keyed_sloppy(cx, receiver, key, new_value) {
        properties::set_keyed(cx, receiver, key, new_value, LanguageMode::Sloppy).map(|()| new_value)
    };
    /// `receiver[key] = new_value` of strict code, for any key.
    set_keyed_strict(cx, receiver, key, new_value) {
        properties::set_keyed(cx, receiver, key, new_value, LanguageMode::Strict).map(|()| new_value)
    };
    /// `left instanceof target`
    instance_of(cx, left, target) operators::instance_of(cx, left, target).map(Value::from_bool);
    /// `key in object`
    has_property(cx, key, object) operators::has_property_in(cx, key, object).map(Value::from_bool);
    /// CreateDataPropertyOrThrow(object, key, value)
    create_data_property(cx, object, key, new_value) {
        let object = object.as_object_unchecked();
        convert::to_property_key(cx, key)
            .and_then(|key| object.create_data_property_or_throw(cx, key, new_value))
            .map(|()| Value::UNDEFINED)
    };
    /// Throws.
    throw(cx, exception) Err(cx.throw(exception));
    /// The receiver of a sloppy closure.
    coerce_receiver(cx, closure, receiver) {
        let template = closure.to::<Function>().map(|closure| closure.template);
        Ok(template.map_or(receiver, |template| frame::sloppy_receiver(cx, template, receiver)))
    };
    /// A closure of a template in a context (or `undefined`), counted in its feedback cell.
    create_closure(cx, template, context, cell) {
        let template = template.to::<FunctionTemplate>().expect("the graph builder names a template");
        let feedback = cell.to::<FeedbackCell>().expect("the graph builder names a feedback cell");
        feedback.closures.set((feedback.closures.get() + 1).min(2));
        Ok(Value::from_cell(function::new_closure(cx, template, context.to::<Context>(), feedback)))
    };
    /// A copy of a literal's boilerplate.
    clone_literal(cx, boilerplate) literals::copy(cx, boilerplate.as_object_unchecked()).map(Value::from);
    /// A copy of a block context.
    clone_context(cx, context) {
        let context = context.to::<Context>().expect("the graph builder clones contexts");
        Ok(Value::from_cell(environment::clone_context(cx, context)))
    };
}

/// `[]`
pub unsafe extern "C" fn allocate_array(isolate: *const Isolate) -> u64 {
    literals::empty_array(context(isolate)).bits()
}

/// `a === b`; 1 or 0.
pub unsafe extern "C" fn strict_equal(isolate: *const Isolate, a: u64, b: u64) -> u64 {
    u64::from(operators::strictly_equal(context(isolate), value(a), value(b)))
}

/// Are two strings equal? 1 or 0.
pub unsafe extern "C" fn string_equal(isolate: *const Isolate, a: u64, b: u64) -> u64 {
    let (a, b) = (value(a).to::<JSString>(), value(b).to::<JSString>());
    let (Some(a), Some(b)) = (a, b) else { return 0 };
    u64::from(JSString::equals(context(isolate), a, b))
}

/// Is a string before another? 1 or 0.
pub unsafe extern "C" fn string_less_than(isolate: *const Isolate, a: u64, b: u64) -> u64 {
    let (a, b) = (value(a).to::<JSString>(), value(b).to::<JSString>());
    let (Some(a), Some(b)) = (a, b) else { return 0 };
    u64::from(JSString::compare(context(isolate), a, b).is_lt())
}

/// The code unit of a string at an index below its length.
pub unsafe extern "C" fn string_char_code_at(isolate: *const Isolate, string: u64, index: u32) -> u32 {
    let Some(string) = value(string).to::<JSString>() else { return 0 };
    match string.flatten_unlimited(context(isolate)).get(index as usize) {
        Some(unit) => u32::from(unit),
        None => 0,
    }
}

/// The string of one code unit of a string at an index below its length.
pub unsafe extern "C" fn string_char_at(isolate: *const Isolate, string: u64, index: u32) -> u64 {
    let cx = context(isolate);
    // SAFETY: the same contract.
    let unit = unsafe { string_char_code_at(isolate, string, index) };
    Value::from_cell(cx.atoms.single_unit(cx, unit as u16)).bits()
}

/// `string.substring(start, end)`
pub unsafe extern "C" fn string_substring(isolate: *const Isolate, string: u64, start: i32, end: i32) -> u64 {
    let cx = context(isolate);
    // SAFETY: compiled code has looked at the value's kind.
    let string: Gc<JSString> = unsafe { value(string).as_cell().cast() };
    let length = string.len();
    let (start, end) = ((start.max(0) as u32).min(length), (end.max(0) as u32).min(length));
    let part = JSString::substring(cx, &cx.atoms, string, start.min(end), start.max(end));
    bits(part.or_throw(cx).map(Value::from))
}

/// `new Array(length)`
pub unsafe extern "C" fn create_array(isolate: *const Isolate, length: u32) -> u64 {
    bits(Object::array(context(isolate), u64::from(length)).map(Value::from))
}
/// CreateArrayIterator(array, value)
pub unsafe extern "C" fn create_array_iterator(isolate: *const Isolate, object: u64) -> u64 {
    let kind = IteratorKind::ArrayValues;
    new_iterator(context(isolate), Intrinsic::ArrayIteratorPrototype, kind, value(object)).bits()
}
/// The string of one code unit, the low 16 bits of a number.
pub unsafe extern "C" fn string_from_char_code(isolate: *const Isolate, code: u32) -> u64 {
    let cx = context(isolate);
    Value::from_cell(cx.atoms.single_unit(cx, code as u16)).bits()
}
/// ToBoolean; 1 or 0.
pub unsafe extern "C" fn to_boolean(_: *const Isolate, a: u64) -> u64 {
    u64::from(convert::to_boolean(value(a)))
}

/// `a % b` of doubles.
pub unsafe extern "C" fn float64_modulo(_: *const Isolate, a: f64, b: f64) -> f64 {
    number::remainder(a, b)
}

/// `a ** b` of doubles.
pub unsafe extern "C" fn float64_power(_: *const Isolate, a: f64, b: f64) -> f64 {
    number::exponentiate(a, b)
}

macro_rules! functions_of_doubles {
    ($($(#[doc = $doc:literal])+ $name:ident($($parameter:ident),+) = $function:path;)*) => { $(
        $(#[doc = $doc])+
        pub unsafe extern "C" fn $name(_: *const Isolate, $($parameter: f64),+) -> f64 {
            $function($($parameter),+)
        }
    )* };
}

// The functions behind the methods of Math, as `unspool_builtins` has them.
functions_of_doubles! {
    /// `Math.acos`
    float64_acos(x) = f64::acos;
    /// `Math.asin`
    float64_asin(x) = f64::asin;
    /// `Math.atan`
    float64_atan(x) = f64::atan;
    /// `Math.atan2`
    float64_atan2(y, x) = f64::atan2;
    /// `Math.cbrt`
    float64_cbrt(x) = f64::cbrt;
    /// `Math.cos`
    float64_cos(x) = f64::cos;
    /// `Math.exp`
    float64_exp(x) = f64::exp;
    /// `Math.log`
    float64_log(x) = f64::ln;
    /// `Math.log10`
    float64_log10(x) = f64::log10;
    /// `Math.log2`
    float64_log2(x) = f64::log2;
    /// `Math.sin`
    float64_sin(x) = f64::sin;
    /// `Math.tan`
    float64_tan(x) = f64::tan;
}

/// SameValue; 1 or 0.
pub unsafe extern "C" fn same_value(isolate: *const Isolate, a: u64, b: u64) -> u64 {
    u64::from(crate::object::same_value::same_value(context(isolate), value(a), value(b)))
}

/// Number.isInteger; 1 or 0.
pub unsafe extern "C" fn number_is_integer(_: *const Isolate, a: u64) -> u64 {
    u64::from(value(a).to_number().is_some_and(|n| n.is_finite() && n.trunc() == n))
}

/// Number.isFinite; 1 or 0.
pub unsafe extern "C" fn number_is_finite(_: *const Isolate, a: u64) -> u64 {
    u64::from(value(a).to_number().is_some_and(f64::is_finite))
}

/// Number.isNaN; 1 or 0.
pub unsafe extern "C" fn number_is_nan(_: *const Isolate, a: u64) -> u64 {
    u64::from(value(a).to_number().is_some_and(f64::is_nan))
}

/// Appends to an array with dense elements: its new length, or the hole if nothing was done.
pub unsafe extern "C" fn array_push(isolate: *const Isolate, array: u64, element: u64) -> u64 {
    let cx = context(isolate);
    // SAFETY: compiled code has checked that it is an array.
    let array: Gc<Array> = unsafe { value(array).as_cell().cast() };
    match crate::object::array::push_fast(cx, array, value(element)) {
        Ok(true) => Value::from_u32(array.length.get()).bits(),
        Ok(false) => Value::HOLE.bits(),
        // No memory: the general way finds that again.
        Err(_) => {
            let _ = cx.take_pending();
            Value::HOLE.bits()
        }
    }
}

/// Takes the last element from an array with dense elements, or gives the hole if nothing was done.
pub unsafe extern "C" fn array_pop(isolate: *const Isolate, array: u64) -> u64 {
    // SAFETY: compiled code has checked that it is an array.
    let array: Gc<Array> = unsafe { value(array).as_cell().cast() };
    crate::object::array::pop_fast(context(isolate), array).unwrap_or(Value::HOLE).bits()
}

/// Makes element `index` of an array that accepts elements, at most one past the dense ones; the hole if nothing was done.
pub unsafe extern "C" fn array_define(isolate: *const Isolate, array: u64, index: u32, element: u64) -> u64 {
    let cx = context(isolate);
    // SAFETY: compiled code has checked that it is an array.
    let array: Gc<Array> = unsafe { value(array).as_cell().cast() };
    if !crate::object::array::is_growable(cx, array) {
        return Value::HOLE.bits();
    }
    let elements = array.head.raw_elements();
    if let Some(elements) = elements.filter(|elements| index < elements.len()) {
        elements.set(cx, index, value(element));
        return Value::TRUE.bits();
    }
    match elements::append(cx, Array::object(array), index, value(element)) {
        Ok(true) => {
            array.length.set(array.length.get().max(index + 1));
            Value::TRUE.bits()
        }
        Ok(false) => Value::HOLE.bits(),
        Err(_) => {
            let _ = cx.take_pending();
            Value::HOLE.bits()
        }
    }
}

/// The prototype of an ordinary object, or null.
pub unsafe extern "C" fn prototype_of(isolate: *const Isolate, object: u64) -> u64 {
    let prototype = value(object).as_object().and_then(|object| object.prototype(context(isolate)));
    prototype.map_or(Value::NULL, Value::from).bits()
}

/// The function that initializes the fields of a class, or `undefined`.
pub unsafe extern "C" fn field_initializer(_: *const Isolate, constructor: u64) -> u64 {
    crate::classes::field_initializer(value(constructor)).bits()
}

/// IsConstructor; 1 or 0.
pub unsafe extern "C" fn is_constructor(_: *const Isolate, a: u64) -> u64 {
    u64::from(value(a).as_object().is_some_and(|object| object.is_constructor()))
}

/// Key number `index` of a for-in, or `undefined` if the object no longer has it.
pub unsafe extern "C" fn for_in_next(
    isolate: *const Isolate,
    object: u64,
    index: u32,
    guard: u64,
    keys: u64,
) -> u64 {
    let cx = context(isolate);
    bits(crate::array_iteration::for_in_next(cx, value(object), index, value(guard), value(keys)))
}

/// ToInt32 of a double.
pub unsafe extern "C" fn float64_to_int32(_: *const Isolate, a: f64) -> i32 {
    number::to_int32(a)
}

/// `a` rounded to a clamped byte.
pub unsafe extern "C" fn float64_to_clamped(_: *const Isolate, a: f64) -> u32 {
    u32::from(number::to_uint8_clamp(a))
}

/// Call(callee, receiver, arguments) for anything.
pub unsafe extern "C" fn call(
    isolate: *const Isolate,
    callee: u64,
    receiver: u64,
    count: usize,
    arguments: *const Value,
) -> u64 {
    // SAFETY: compiled code has put `count` values into its frame.
    let arguments = unsafe { std::slice::from_raw_parts(arguments, count) };
    let (cx, callee) = (context(isolate), value(callee));
    if !callee.is_callable() {
        return bits(Err(messages::throw_not_callable(cx, callee)));
    }
    bits(function::call(cx, callee, value(receiver), arguments))
}

/// Construct(constructor, arguments, new.target) for anything.
pub unsafe extern "C" fn construct(
    isolate: *const Isolate,
    constructor: u64,
    new_target: u64,
    count: usize,
    arguments: *const Value,
) -> u64 {
    let cx = context(isolate);
    let constructor = value(constructor);
    // SAFETY: compiled code has put `count` values into its frame.
    let arguments = unsafe { std::slice::from_raw_parts(arguments, count) };
    let Some(callee) = constructor.as_object().filter(|o| o.is_constructor()) else {
        return bits(Err(messages::throw_not_constructor(cx, constructor)));
    };
    let new_target = value(new_target).as_object_unchecked();
    bits(function::construct(cx, callee, arguments, new_target).map(Value::from))
}

/// Calls a native function.
pub unsafe extern "C" fn call_native(
    isolate: *const Isolate,
    callee: u64,
    receiver: u64,
    count: usize,
    arguments: *const Value,
) -> u64 {
    let cx = context(isolate);
    // SAFETY: compiled code has put `count` values into its frame, and checked the callee.
    let (arguments, native): (_, Gc<NativeFunction>) =
        unsafe { (std::slice::from_raw_parts(arguments, count), value(callee).as_cell().cast()) };
    bits(function::call_native(cx, native, value(receiver), arguments, Value::UNDEFINED))
}

/// Runs the frames that a callee's exit has rebuilt, if any: the callee's value, or SENTINEL for an exception.
pub unsafe extern "C" fn finish_call(isolate: *const Isolate) -> u64 {
    bits(super::finish_sentinel(context(isolate), 0))
}

/// [`finish_call`] of a constructor.
pub unsafe extern "C" fn finish_construct(isolate: *const Isolate) -> u64 {
    bits(super::finish_sentinel(context(isolate), frame::FrameFlags::CONSTRUCT))
}

/// Takes the pending exception for a handler in compiled code; 0 if it cannot be caught.
pub unsafe extern "C" fn take_exception(isolate: *const Isolate) -> u64 {
    let cx = context(isolate);
    if cx.is_terminating() { SENTINEL } else { cx.take_pending().bits() }
}

/// [`finish_call`] of a derived constructor.
pub unsafe extern "C" fn finish_construct_derived(isolate: *const Isolate) -> u64 {
    let flags = frame::FrameFlags::CONSTRUCT | frame::FrameFlags::DERIVED;
    bits(super::finish_sentinel(context(isolate), flags))
}

/// The receiver of a base constructor that `new_target` constructs.
pub unsafe extern "C" fn allocate_receiver(isolate: *const Isolate, callee: u64, new_target: u64) -> u64 {
    // SAFETY: compiled code has looked at the callee's kind.
    let callee: Gc<Function> = unsafe { value(callee).as_cell().cast() };
    let new_target = value(new_target).as_object_unchecked();
    bits(ic::construct::allocate_receiver(context(isolate), callee, new_target).map(Value::from))
}

/// Handles interrupts and stack overflow at entry: `undefined`, or SENTINEL.
pub unsafe extern "C" fn stack_check(isolate: *const Isolate, words: u64) -> u64 {
    let cx = context(isolate);
    let room = (cx.hot.stack_top.get() as usize).saturating_sub(words as usize * 8);
    bits(
        cx.check_native_stack()
            .and_then(|()| interrupt::handle_stack_check(cx, room))
            .map(|()| Value::UNDEFINED),
    )
}

/// Handles interrupts at a back edge: `undefined`, or SENTINEL.
pub unsafe extern "C" fn loop_interrupt(isolate: *const Isolate) -> u64 {
    bits(interrupt::poll(context(isolate)).map(|()| Value::UNDEFINED))
}

/// The slow path of the write barrier: the owner is old and not remembered.
pub unsafe extern "C" fn remember(isolate: *const Isolate, owner: u64) {
    // SAFETY: compiled code passes the address of a live cell.
    let owner = unsafe { Gc::<Header>::from_ptr(std::ptr::NonNull::new_unchecked(owner as *mut Header)) };
    context(isolate).write_barrier(owner);
}

/// A new ordinary object of a shape with inline slots, none used.
pub unsafe extern "C" fn allocate_object(isolate: *const Isolate, shape: u32, inline_slots: u32) -> u64 {
    let shape = unspool_shapes::ShapeId::from_raw(shape);
    Value::from(Object::allocate_empty(context(isolate), shape, inline_slots as u8)).bits()
}

/// A new context for a scope of the closure's function; `previous` is a context or `undefined`.
pub unsafe extern "C" fn allocate_context(
    isolate: *const Isolate,
    closure_template: u64,
    scope: u32,
    previous: u64,
) -> u64 {
    let cx = context(isolate);
    // SAFETY: compiled code embeds the template's cell.
    let template: Gc<FunctionTemplate> = unsafe { value(closure_template).as_cell().cast() };
    let description = template
        .constants
        .get()
        .and_then(|constants| constants.get(scope))
        .expect("the graph builder names a scope constant");
    let previous = value(previous).to::<Context>();
    let made = environment::new_context(cx, previous, template, scope, description, Value::HOLE);
    Value::from_cell(made).bits()
}

/// The out-of-line slots of an object, grown to hold `count` values.
pub unsafe extern "C" fn ensure_slots(isolate: *const Isolate, object: u64, count: u32) -> u64 {
    let object: Object = value(object).as_object_unchecked();
    // The count is that of the out-of-line slots alone.
    object.ensure_slot_count(context(isolate), 0, count);
    object.head().slots().map_or(0, |slots| slots.addr() as u64)
}

/// Appends an element at `index`, the length of the dense elements; an array's length grows with them. Gives 0, with nothing done, where that
/// takes more: sparse elements, a length that cannot change, no memory.
pub unsafe extern "C" fn append_element(
    isolate: *const Isolate,
    object: u64,
    index: u32,
    element: u64,
) -> u64 {
    let cx = context(isolate);
    let object = value(object).as_object_unchecked();
    let growing = object.to::<Array>().filter(|array| array.length.get() <= index);
    if growing.is_some_and(|array| !array.length_writable.get()) {
        return 0;
    }
    match elements::append(cx, object, index, value(element)) {
        Ok(true) => {
            if let Some(array) = growing {
                array.length.set(index + 1);
            }
            1
        }
        Ok(false) => 0,
        Err(_) => {
            let _ = cx.take_pending();
            0
        }
    }
}

/// Throws what putting two strings together throws when the result is too long.
pub unsafe extern "C" fn throw_string_too_long(isolate: *const Isolate) -> u64 {
    let _: Throw = context(isolate).throw_range_error("Invalid string length");
    SENTINEL
}

/// Executes one instruction of the function in a frame of its own.
pub unsafe extern "C" fn interpret_one(
    isolate: *const Isolate,
    step: *const StepDescriptor,
    values: *const std::cell::Cell<Value>,
    count: usize,
    arguments: *const Value,
) -> u64 {
    // SAFETY: the code object owns the descriptor; compiled code has an array of as many words as it needs in its frame, and
    // passes its own argument area.
    let (step, values, arguments) = unsafe {
        let step = &*step;
        let values = std::slice::from_raw_parts(values, step.words());
        let arguments: &[Value] = if count == 0 { &[] } else { std::slice::from_raw_parts(arguments, count) };
        (step, values, arguments)
    };
    match super::step::interpret_one(context(isolate), step, values, arguments) {
        Ok(()) => values[0].get().bits(),
        Err(_) => SENTINEL,
    }
}

/// Suspends the activation that runs in `frame`, whose registers compiled code has just stored. Gives what goes to whoever started or
/// resumed it.
pub unsafe extern "C" fn suspend_activation(
    isolate: *const Isolate,
    frame: *mut Value,
    offset: u32,
    generator: u64,
    operation: u32,
    result: u64,
) -> u64 {
    let cx = context(isolate);
    let frame = frame::Frame(frame);
    // SAFETY: compiled code passes the frame that it was entered with.
    unsafe { frame.header() }.bytecode_offset.set(u64::from(offset));
    let generator = crate::generators::from_value(value(generator)).expect("a generator register holds one");
    let kind = unspool_bytecode::SuspendKind::ALL[(operation & 0xff) as usize];
    let suspended = crate::generators::suspend(cx, frame, generator, operation >> 8, kind, value(result));
    cx.hot.suspended.set(suspended.is_ok());
    bits(suspended)
}

/// Runs an uncompiled base constructor on a receiver that exists already; gives its result.
pub unsafe extern "C" fn construct_with_receiver(
    isolate: *const Isolate,
    callee: u64,
    receiver: u64,
    count: usize,
    arguments: *const Value,
) -> u64 {
    // SAFETY: compiled code has put `count` values into its frame.
    let arguments = unsafe { std::slice::from_raw_parts(arguments, count) };
    let Some(callee) = value(callee).to::<Function>() else { return SENTINEL };
    bits(function::construct_on(context(isolate), callee, value(receiver), arguments))
}

/// The current length of a typed array in elements; 0 when it is out of bounds.
pub unsafe extern "C" fn typed_array_length(_: *const Isolate, array: u64) -> u32 {
    // SAFETY: compiled code has checked the shape.
    let array = unsafe { value(array).as_cell().cast() };
    let length = crate::object::typed_array::view(array).map_or(0, |view| view.length);
    // Longer arrays are out of bounds for compiled code beyond the largest int32.
    u32::try_from(length).unwrap_or(u32::MAX).min(i32::MAX as u32)
}
