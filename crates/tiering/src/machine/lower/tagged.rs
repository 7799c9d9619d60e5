//! Tagged values: tests, tagging and untagging; comparison of any two; ToBoolean.
//!
//! The encoding is that of `unspool_values::value`. A test gives a truth value and changes nothing; functions that take a block or stub leave to it for
//! what they do not handle.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use unspool_gc::Header;
use unspool_runtime::compiled::helpers;
use unspool_values::string::JSString;
use unspool_values::value::{DOUBLE_OFFSET, NOT_CELL_MASK, NUMBER_TAG};
use unspool_values::{CellKind, Value};

use super::Lowering;
use crate::graph::TaggedTest;

impl Lowering<'_, '_> {
    /// Is it a cell?
    pub(super) fn is_cell(&mut self, value: ir::Value) -> ir::Value {
        let mask = self.word(NOT_CELL_MASK);
        let bits = self.b.ins().band(value, mask);
        self.b.ins().icmp_imm_s(IntCC::Equal, bits, 0)
    }
    /// Is it an int32 in tagged form?
    pub(super) fn is_int32(&mut self, value: ir::Value) -> ir::Value {
        let tag = self.word(NUMBER_TAG);
        self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, value, tag)
    }
    /// Is it a number?
    pub(super) fn is_number(&mut self, value: ir::Value) -> ir::Value {
        let tag = self.word(NUMBER_TAG);
        let bits = self.b.ins().band(value, tag);
        self.b.ins().icmp_imm_s(IntCC::NotEqual, bits, 0)
    }
    /// Is it true or false?
    pub(super) fn is_bool(&mut self, value: ir::Value) -> ir::Value {
        let bits = self.b.ins().band_imm_s(value, !1);
        self.b.ins().icmp_imm_s(IntCC::Equal, bits, Value::FALSE.bits() as i64)
    }
    /// Is it undefined or null?
    pub(super) fn is_nullish(&mut self, value: ir::Value) -> ir::Value {
        let bits = self.b.ins().band_imm_s(value, !8);
        self.b.ins().icmp_imm_s(IntCC::Equal, bits, Value::NULL.bits() as i64)
    }
    /// The kind of a cell.
    pub(super) fn kind(&mut self, cell: ir::Value) -> ir::Value {
        self.b.ins().load(types::I8, MemFlagsData::trusted(), cell, Header::KIND_OFFSET as i32)
    }
    /// Is the kind of a cell one from `first` to `last`?
    pub(super) fn kind_in(&mut self, cell: ir::Value, first: u8, last: u8) -> ir::Value {
        let kind = self.kind(cell);
        if first == last {
            return self.b.ins().icmp_imm_u(IntCC::Equal, kind, i64::from(first));
        }
        let distance = self.b.ins().iadd_imm_s(kind, -i64::from(first));
        let span = i64::from(last) - i64::from(first);
        self.b.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, distance, span)
    }
    /// Is the value a cell whose kind is one from `first` to `last`?
    pub(super) fn is_kind(&mut self, value: ir::Value, first: u8, last: u8) -> ir::Value {
        let is_cell = self.is_cell(value);
        let (cell, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I8);
        let no = self.b.ins().iconst(types::I8, 0);
        self.b.ins().brif(is_cell, cell, &[], done, &[no.into()]);
        self.b.switch_to_block(cell);
        let answer = self.kind_in(value, first, last);
        self.b.ins().jump(done, &[answer.into()]);
        self.b.switch_to_block(done);
        result
    }
    /// Is it an object?
    pub(super) fn is_object(&mut self, value: ir::Value) -> ir::Value {
        self.is_kind(value, CellKind::FIRST_OBJECT as u8, super::checks::LAST_KIND)
    }

    pub(super) fn tag_int32(&mut self, value: ir::Value) -> ir::Value {
        let wide = self.b.ins().uextend(types::I64, value);
        let tag = self.word(NUMBER_TAG);
        self.b.ins().bor(wide, tag)
    }
    pub(super) fn tag_bool(&mut self, value: ir::Value) -> ir::Value {
        let wide = self.b.ins().uextend(types::I64, value);
        self.b.ins().iadd_imm_s(wide, Value::FALSE.bits() as i64)
    }
    /// A double as a double, NaN purified.
    pub(super) fn tag_double(&mut self, value: ir::Value) -> ir::Value {
        let (nan, number, done) = (self.cold_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let is_nan = self.b.ins().fcmp(FloatCC::Unordered, value, value);
        self.b.ins().brif(is_nan, nan, &[], number, &[]);
        self.b.switch_to_block(nan);
        let pure = self.word((f64::NAN.to_bits() & (u64::MAX >> 1)) + DOUBLE_OFFSET);
        self.b.ins().jump(done, &[pure.into()]);
        self.b.switch_to_block(number);
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), value);
        let offset = self.word(DOUBLE_OFFSET);
        let tagged = self.b.ins().iadd(bits, offset);
        self.b.ins().jump(done, &[tagged.into()]);
        self.b.switch_to_block(done);
        result
    }
    /// The int32 of a double and whether it is that exactly (and not -0).
    pub(super) fn exact_int32(&mut self, value: ir::Value) -> (ir::Value, ir::Value) {
        // Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the sum, for anything in the range of an int32.
        let shift = self.b.ins().f64const(6_755_399_441_055_744.0);
        let sum = self.b.ins().fadd(value, shift);
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), sum);
        let int = self.b.ins().ireduce(types::I32, bits);
        let back = self.b.ins().fcvt_from_sint(types::F64, int);
        let (a, b) = (
            self.b.ins().bitcast(types::I64, MemFlagsData::new(), back),
            self.b.ins().bitcast(types::I64, MemFlagsData::new(), value),
        );
        (int, self.b.ins().icmp(IntCC::Equal, a, b))
    }
    /// The canonical form. Doubles that are integral or NaN are rare, and a predicted branch keeps their tests off the path from
    /// the number to its use.
    pub(super) fn tag_float64(&mut self, value: ir::Value) -> ir::Value {
        let (int, exact) = self.exact_int32(value);
        let (integral, fraction, done) = (self.cold_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        self.b.ins().brif(exact, integral, &[], fraction, &[]);
        self.b.switch_to_block(integral);
        let tagged = self.tag_int32(int);
        self.b.ins().jump(done, &[tagged.into()]);
        self.b.switch_to_block(fraction);
        let tagged = self.tag_double(value);
        self.b.ins().jump(done, &[tagged.into()]);
        self.b.switch_to_block(done);
        result
    }
    pub(super) fn tag_uint32(&mut self, value: ir::Value) -> ir::Value {
        let small = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, value, 0);
        let int = self.tag_int32(value);
        let double = self.b.ins().fcvt_from_uint(types::F64, value);
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), double);
        let offset = self.word(DOUBLE_OFFSET);
        let double = self.b.ins().iadd(bits, offset);
        self.b.ins().select(small, int, double)
    }
    pub(super) fn untag_int32(&mut self, value: ir::Value) -> ir::Value {
        self.b.ins().ireduce(types::I32, value)
    }
    /// The double of a number of either form.
    pub(super) fn untag_float64(&mut self, value: ir::Value) -> ir::Value {
        self.number_or(value, None)
    }
    /// The double of a number of either form; what is no number goes to `otherwise`, if there is such. One comparison tells doubles from
    /// everything else; the rest is out of line.
    pub(super) fn number_or(&mut self, value: ir::Value, otherwise: Option<ir::Block>) -> ir::Value {
        let (double, int, done) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::F64);
        let offset = self.word(DOUBLE_OFFSET);
        let bits = self.b.ins().isub(value, offset);
        let limit = self.word(NUMBER_TAG - DOUBLE_OFFSET);
        let is_double = self.b.ins().icmp(IntCC::UnsignedLessThan, bits, limit);
        let other = if otherwise.is_some() { self.cold_block() } else { int };
        self.b.ins().brif(is_double, double, &[], other, &[]);
        if let Some(otherwise) = otherwise {
            self.b.switch_to_block(other);
            let is_int = self.is_int32(value);
            self.b.ins().brif(is_int, int, &[], otherwise, &[]);
        }
        self.b.switch_to_block(int);
        let n = self.untag_int32(value);
        let n = self.b.ins().fcvt_from_sint(types::F64, n);
        self.b.ins().jump(done, &[n.into()]);
        self.b.switch_to_block(double);
        let n = self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits);
        self.b.ins().jump(done, &[n.into()]);
        self.b.switch_to_block(done);
        result
    }
    /// ToNumber of a number, boolean, undefined or null.
    pub(super) fn oddball_to_float64(&mut self, value: ir::Value) -> ir::Value {
        // undefined is NaN; null and false are 0, true is 1: bit 0.
        let undefined = self.equal_to(value, Value::UNDEFINED.bits());
        let bit = self.b.ins().band_imm_s(value, 1);
        let number = self.b.ins().fcvt_from_sint(types::F64, bit);
        let nan = self.b.ins().f64const(f64::NAN);
        self.b.ins().select(undefined, nan, number)
    }
    /// ToInt32 of a double.
    pub(super) fn truncate(&mut self, value: ir::Value) -> ir::Value {
        let wide = self.b.ins().fcvt_to_sint_sat(types::I64, value);
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I32);
        // Saturated: i64::MAX + 1 and i64::MIN + 1 are the two numbers around i64::MIN.
        let high = self.b.ins().icmp_imm_s(IntCC::Equal, wide, i64::MAX);
        let low = self.b.ins().icmp_imm_s(IntCC::Equal, wide, i64::MIN);
        let saturated = self.b.ins().bor(high, low);
        let int = self.b.ins().ireduce(types::I32, wide);
        self.b.ins().brif(saturated, slow, &[], done, &[int.into()]);
        self.b.switch_to_block(slow);
        let int = self.rust_call(
            helpers::float64_to_int32 as *const () as u64,
            &[types::F64],
            Some(types::I32),
            &[value],
        );
        self.b.ins().jump(done, &[int.expect("a result").into()]);
        self.b.switch_to_block(done);
        result
    }
    /// `Math.round`: the integer above, less 1 if it is more than a half away.
    pub(super) fn round(&mut self, value: ir::Value) -> ir::Value {
        let above = self.b.ins().ceil(value);
        let half = self.b.ins().f64const(0.5);
        let one = self.b.ins().f64const(1.0);
        let limit = self.b.ins().fsub(above, half);
        let below = self.b.ins().fsub(above, one);
        let far = self.b.ins().fcmp(FloatCC::GreaterThan, limit, value);
        self.b.ins().select(far, below, above)
    }
    /// ToBoolean of any value: the runtime decides numbers, strings and BigInts.
    pub(super) fn to_boolean(&mut self, value: ir::Value) -> ir::Value {
        let done = self.b.create_block();
        let result = self.b.append_block_param(done, types::I8);
        let (not_bool, other, cell, slow) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block(), self.cold_block());
        let is_true = self.equal_to(value, Value::TRUE.bits());
        let is_bool = self.is_bool(value);
        self.b.ins().brif(is_bool, done, &[is_true.into()], not_bool, &[]);
        self.b.switch_to_block(not_bool);
        let nullish = self.is_nullish(value);
        self.b.ins().brif(nullish, done, &[is_true.into()], other, &[]);
        self.b.switch_to_block(other);
        let is_cell = self.is_cell(value);
        self.b.ins().brif(is_cell, cell, &[], slow, &[]);
        self.b.switch_to_block(cell);
        let is_object = self.kind_in(value, CellKind::FIRST_OBJECT as u8, super::checks::LAST_KIND);
        self.b.ins().brif(is_object, done, &[is_object.into()], slow, &[]);
        self.b.switch_to_block(slow);
        let answer = self.rust_call(
            helpers::to_boolean as *const () as u64,
            &[types::I64],
            Some(types::I64),
            &[value],
        );
        let answer = self.b.ins().ireduce(types::I8, answer.expect("a result"));
        self.b.ins().jump(done, &[answer.into()]);
        self.b.switch_to_block(done);
        result
    }
    /// `a === b`: the runtime compares strings, BigInts and numbers that differ in form.
    pub(super) fn strict_equal(&mut self, a: ir::Value, b: ir::Value) -> ir::Value {
        let (same, differ, cells, mixed, alike, slow, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.cold_block(),
            self.b.create_block(),
        );
        let result = self.b.append_block_param(done, types::I8);
        let yes = self.b.ins().iconst(types::I8, 1);
        let no = self.b.ins().iconst(types::I8, 0);
        let equal = self.b.ins().icmp(IntCC::Equal, a, b);
        self.b.ins().brif(equal, same, &[], differ, &[]);
        // A double may be NaN.
        self.b.switch_to_block(same);
        let number = self.is_number(a);
        let int = self.is_int32(a);
        let double = self.b.ins().band_not(number, int);
        self.b.ins().brif(double, slow, &[], done, &[yes.into()]);
        self.b.switch_to_block(differ);
        let both = self.b.ins().bor(a, b);
        let are_cells = self.is_cell(both);
        self.b.ins().brif(are_cells, cells, &[], mixed, &[]);
        // 0 and -0 are equal numbers of different forms.
        self.b.switch_to_block(mixed);
        let (x, y) = (self.is_number(a), self.is_number(b));
        let numbers = self.b.ins().band(x, y);
        self.b.ins().brif(numbers, slow, &[], done, &[no.into()]);
        self.b.switch_to_block(cells);
        let (x, y) = (self.kind(a), self.kind(b));
        let same_kind = self.b.ins().icmp(IntCC::Equal, x, y);
        self.b.ins().brif(same_kind, alike, &[], done, &[no.into()]);
        self.b.switch_to_block(alike);
        let first = i64::from(CellKind::FIRST_OBJECT as u8);
        let objects = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, x, first);
        let (primitives, strings) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(objects, done, &[no.into()], primitives, &[]);
        self.b.switch_to_block(primitives);
        let are_strings = self.b.ins().icmp_imm_s(IntCC::Equal, x, CellKind::String as i64);
        self.b.ins().brif(are_strings, strings, &[], slow, &[]);
        // There is one atom of each text.
        self.b.switch_to_block(strings);
        let atoms = self.are_atoms(a, b);
        self.b.ins().brif(atoms, done, &[no.into()], slow, &[]);
        self.b.switch_to_block(slow);
        self.finish_comparison(helpers::strict_equal as *const () as u64, a, b, done);
        result
    }
    /// Are two strings both atoms?
    fn are_atoms(&mut self, a: ir::Value, b: ir::Value) -> ir::Value {
        let (trusted, flags) = (MemFlagsData::trusted(), Header::FLAGS_OFFSET as i32);
        let (x, y) = (
            self.b.ins().load(types::I8, trusted, a, flags),
            self.b.ins().load(types::I8, trusted, b, flags),
        );
        let common = self.b.ins().band(x, y);
        self.b.ins().band_imm_s(common, i64::from(JSString::FLAG_ATOM))
    }
    /// Whether two strings are equal: the runtime compares those of one length that are not both atoms.
    pub(super) fn string_equal(&mut self, a: ir::Value, b: ir::Value) -> ir::Value {
        let (differ, alike, slow, done) =
            (self.b.create_block(), self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I8);
        let trusted = MemFlagsData::trusted();
        let yes = self.b.ins().iconst(types::I8, 1);
        let no = self.b.ins().iconst(types::I8, 0);
        let equal = self.b.ins().icmp(IntCC::Equal, a, b);
        self.b.ins().brif(equal, done, &[yes.into()], differ, &[]);
        self.b.switch_to_block(differ);
        let length = JSString::LENGTH_OFFSET as i32;
        let (x, y) = (
            self.b.ins().load(types::I32, trusted, a, length),
            self.b.ins().load(types::I32, trusted, b, length),
        );
        let same_length = self.b.ins().icmp(IntCC::Equal, x, y);
        self.b.ins().brif(same_length, alike, &[], done, &[no.into()]);
        self.b.switch_to_block(alike);
        let atoms = self.are_atoms(a, b);
        self.b.ins().brif(atoms, done, &[no.into()], slow, &[]);
        self.b.switch_to_block(slow);
        self.finish_comparison(helpers::string_equal as *const () as u64, a, b, done);
        result
    }
    /// Goes to `done` with what a function of the runtime says of two values, and on there.
    fn finish_comparison(&mut self, function: u64, a: ir::Value, b: ir::Value, done: ir::Block) {
        let answer = self.rust_call(function, &[types::I64; 2], Some(types::I64), &[a, b]);
        let answer = self.b.ins().ireduce(types::I8, answer.expect("a result"));
        self.b.ins().jump(done, &[answer.into()]);
        self.b.switch_to_block(done);
    }
    /// A question about a tagged value.
    pub(super) fn test(&mut self, test: TaggedTest, value: ir::Value) -> ir::Value {
        match test {
            TaggedTest::Undefined => self.equal_to(value, Value::UNDEFINED.bits()),
            TaggedTest::Null => self.equal_to(value, Value::NULL.bits()),
            TaggedTest::Nullish => self.is_nullish(value),
            TaggedTest::Hole => self.equal_to(value, Value::HOLE.bits()),
            TaggedTest::True => self.equal_to(value, Value::TRUE.bits()),
            TaggedTest::Int32 => self.is_int32(value),
            TaggedTest::Number => self.is_number(value),
            TaggedTest::Boolean => self.is_bool(value),
            TaggedTest::String => self.is_kind(value, CellKind::String as u8, CellKind::String as u8),
            TaggedTest::Symbol => self.is_kind(value, CellKind::Symbol as u8, CellKind::Symbol as u8),
            TaggedTest::BigInt => self.is_kind(value, CellKind::BigInt as u8, CellKind::BigInt as u8),
            TaggedTest::Object => self.is_object(value),
            TaggedTest::Callable => {
                self.is_kind(value, CellKind::FIRST_FUNCTION as u8, CellKind::LAST_FUNCTION as u8)
            }
            TaggedTest::TypeOfObject => {
                let null = self.equal_to(value, Value::NULL.bits());
                let object = self.is_object(value);
                let callable =
                    self.is_kind(value, CellKind::FIRST_FUNCTION as u8, CellKind::LAST_FUNCTION as u8);
                let plain = self.b.ins().band_not(object, callable);
                self.b.ins().bor(null, plain)
            }
        }
    }
}
