//! The small functions beside the bodies, and the addresses of helpers.
//!
//! A *generic entry* takes any number of arguments and calls the body: it differs from others of its shape only in the address of the code cell, so it is
//! compiled once per shape and copied. An *interpreter stub* stands in an entry record that has no code: it has the runtime call the
//! function, which the interpreter then runs.

use std::collections::hash_map::Entry;
use std::mem::offset_of;
use std::sync::PoisonError;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, StackSlotData, StackSlotKind, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use unspool_gc::Header;
use unspool_runtime::compiled::helpers;
use unspool_values::value::NOT_CELL_MASK;
use unspool_values::{CellKind, Value};

use super::exits::hot;
use super::{Backend, LowerError, body_signature, rust_signature};
use crate::graph::Helper;

/// The call site that stands for a stub: stack walks begin at its caller.
pub(crate) const STUB_SITE: u64 = u64::MAX;

fn compile(
    signature: ir::Signature,
    isa: &OwnedTargetIsa,
    build: impl FnOnce(&mut FunctionBuilder<'_>, &[ir::Value]),
) -> Result<Vec<u8>, LowerError> {
    let mut context = FunctionBuilderContext::new();
    let mut clif = cranelift_codegen::Context::new();
    clif.func.signature = signature;
    let mut b = FunctionBuilder::new(&mut clif.func, &mut context);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let parameters = b.block_params(block).to_vec();
    build(&mut b, &parameters);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    let compiled = clif
        .compile(&**isa, &mut Default::default())
        .map_err(|e| LowerError::Codegen(format!("{:?}", e.inner)))?;
    if !compiled.buffer.relocs().is_empty() {
        return Err(LowerError::Codegen("relocations".into()));
    }
    Ok(compiled.code_buffer().to_vec())
}

/// What a generic entry has to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct GenericShape {
    /// Formals of the body.
    pub(super) formals: usize,
    /// The body takes new.target, argc and argv instead.
    pub(super) observing: bool,
    /// The receiver is to be coerced as sloppy functions do.
    pub(super) coerces: bool,
}

/// A generic entry, and where in it the address of the code cell stands.
pub(super) struct EntryTemplate {
    bytes: Box<[u8]>,
    cell: usize,
}

/// What stands for the address of the code cell: no other word of a generic entry.
const SOME_CELL: u64 = 0x5a17_c0de_ce11_a3d8;

/// The generic entry of a body, which it finds in its code cell. Made once for each shape.
pub(super) fn generic_entry(
    shape: GenericShape,
    code_cell: u64,
    backend: &Backend,
) -> Result<Vec<u8>, LowerError> {
    let mut entries = backend.entries.lock().unwrap_or_else(PoisonError::into_inner);
    let template = match entries.entry(shape) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(entry_template(shape, &backend.isa)?),
    };
    let mut bytes = template.bytes.to_vec();
    bytes[template.cell..][..8].copy_from_slice(&code_cell.to_le_bytes());
    Ok(bytes)
}

fn entry_template(shape: GenericShape, isa: &OwnedTargetIsa) -> Result<EntryTemplate, LowerError> {
    let bytes = entry_code(shape, isa)?;
    let mut places = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(&SOME_CELL.to_le_bytes()));
    match (places.next(), places.next()) {
        (Some(cell), None) => Ok(EntryTemplate { bytes: bytes.into(), cell }),
        _ => Err(LowerError::Codegen("the code cell is not in the generic entry, once".to_owned())),
    }
}

fn entry_code(
    GenericShape { formals, observing, coerces }: GenericShape,
    isa: &OwnedTargetIsa,
) -> Result<Vec<u8>, LowerError> {
    compile(rust_signature(&[types::I64; 6], Some(types::I64)), isa, |b, p| {
        let (count, arguments) = (p[4], p[5]);
        let mut values = if observing { p.to_vec() } else { p[..3].to_vec() };
        if coerces {
            values[2] = coerced_receiver(b, p);
        }
        if !observing {
            for i in 0..formals {
                let (present, done) = (b.create_block(), b.create_block());
                let value = b.append_block_param(done, types::I64);
                let passed = b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, count, i as i64);
                let undefined = b.ins().iconst(types::I64, Value::UNDEFINED.bits() as i64);
                b.ins().brif(passed, present, &[], done, &[undefined.into()]);
                b.switch_to_block(present);
                let loaded = b.ins().load(types::I64, MemFlagsData::trusted(), arguments, 8 * i as i32);
                b.ins().jump(done, &[loaded.into()]);
                b.switch_to_block(done);
                values.push(value);
            }
        }
        let cell = b.ins().iconst(types::I64, SOME_CELL as i64);
        let offset = offset_of!(crate::machine::code::CodeCell, fast) as i32;
        let body = b.ins().load(types::I64, MemFlagsData::trusted(), cell, offset);
        let signature = b.import_signature(body_signature(formals, observing));
        let call = b.ins().call_indirect(signature, body, &values);
        let result = b.inst_results(call)[0];
        b.ins().return_(&[result]);
    })
}

/// The receiver, which a helper coerces if it is no object.
fn coerced_receiver(b: &mut FunctionBuilder<'_>, p: &[ir::Value]) -> ir::Value {
    let (cell, slow, done) = (b.create_block(), b.create_block(), b.create_block());
    let result = b.append_block_param(done, types::I64);
    let mask = b.ins().iconst(types::I64, NOT_CELL_MASK as i64);
    let bits = b.ins().band(p[2], mask);
    b.ins().brif(bits, slow, &[], cell, &[]);
    b.switch_to_block(cell);
    let kind = b.ins().load(types::I8, MemFlagsData::trusted(), p[2], Header::KIND_OFFSET as i32);
    let first = CellKind::FIRST_OBJECT as i64;
    let object = b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, kind, first);
    b.ins().brif(object, done, &[p[2].into()], slow, &[]);
    b.switch_to_block(slow);
    let signature = b.import_signature(rust_signature(&[types::I64; 3], Some(types::I64)));
    let helper = b.ins().iconst(types::I64, helpers::coerce_receiver as *const () as i64);
    let call = b.ins().call_indirect(signature, helper, &[p[0], p[1], p[2]]);
    let coerced = b.inst_results(call)[0];
    b.ins().jump(done, &[coerced.into()]);
    b.switch_to_block(done);
    result
}

/// What the fast entry of a function with so many formals is while it has no machine code.
///
/// # Errors
/// Cranelift does not accept it: a bug.
pub fn interpreter_stub(formals: usize, isa: &OwnedTargetIsa) -> Result<Vec<u8>, LowerError> {
    compile(body_signature(formals, false), isa, |b, p| {
        let size = 8 * formals.max(1) as u32;
        let slot = b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        for (i, &value) in p[3..].iter().enumerate() {
            b.ins().stack_store(types::I64, value, slot, 8 * i as i32);
        }
        let flags = MemFlagsData::trusted();
        let frame = b.ins().get_frame_pointer(types::I64);
        b.ins().store(flags, frame, p[0], hot!(compiled_frame) as i32);
        let site = b.ins().iconst(types::I64, STUB_SITE as i64);
        b.ins().store(flags, site, p[0], hot!(compiled_site) as i32);
        let address = b.ins().stack_addr(types::I64, slot, 0);
        let count = b.ins().iconst(types::I64, formals as i64);
        let callee = b.ins().iconst(types::I64, helpers::call as *const () as i64);
        let signature = b.import_signature(rust_signature(&[types::I64; 5], Some(types::I64)));
        let call = b.ins().call_indirect(signature, callee, &[p[0], p[1], p[2], count, address]);
        let result = b.inst_results(call)[0];
        b.ins().return_(&[result]);
    })
}

/// The address of the function behind a helper.
pub(super) fn helper_address(helper: Helper) -> u64 {
    use helpers as h;
    let address: *const () = match helper {
        Helper::Add => h::add as *const (),
        Helper::Subtract => h::subtract as *const (),
        Helper::Multiply => h::multiply as *const (),
        Helper::Divide => h::divide as *const (),
        Helper::Remainder => h::remainder as *const (),
        Helper::Exponentiate => h::exponentiate as *const (),
        Helper::BitwiseAnd => h::bitwise_and as *const (),
        Helper::BitwiseOr => h::bitwise_or as *const (),
        Helper::BitwiseXor => h::bitwise_xor as *const (),
        Helper::ShiftLeft => h::shift_left as *const (),
        Helper::ShiftRight => h::shift_right as *const (),
        Helper::ShiftRightLogical => h::shift_right_logical as *const (),
        Helper::Increment => h::increment as *const (),
        Helper::Decrement => h::decrement as *const (),
        Helper::Negate => h::negate as *const (),
        Helper::BitwiseNot => h::bitwise_not as *const (),
        Helper::ToNumber => h::to_number as *const (),
        Helper::ToNumeric => h::to_numeric as *const (),
        Helper::ToString => h::to_string as *const (),
        Helper::ToPropertyKey => h::to_property_key as *const (),
        Helper::ToObject => h::to_object as *const (),
        Helper::Equal => h::equal as *const (),
        Helper::LessThan => h::less_than as *const (),
        Helper::GreaterThan => h::greater_than as *const (),
        Helper::LessThanOrEqual => h::less_than_or_equal as *const (),
        Helper::GreaterThanOrEqual => h::greater_than_or_equal as *const (),
        Helper::StrictEqual => h::strict_equal as *const (),
        Helper::StringEqual => h::string_equal as *const (),
        Helper::StringLessThan => h::string_less_than as *const (),
        Helper::StringConcat => h::string_concat as *const (),
        Helper::StringCharCodeAt => h::string_char_code_at as *const (),
        Helper::StringCharAt => h::string_char_at as *const (),
        Helper::StringSubstring => h::string_substring as *const (),
        Helper::SameValue => h::same_value as *const (),
        Helper::NumberIsInteger => h::number_is_integer as *const (),
        Helper::NumberIsFinite => h::number_is_finite as *const (),
        Helper::NumberIsNaN => h::number_is_nan as *const (),
        Helper::ArrayPush => h::array_push as *const (),
        Helper::ArrayPop => h::array_pop as *const (),
        Helper::ArrayDefine => h::array_define as *const (),
        Helper::FieldInitializer => h::field_initializer as *const (),
        Helper::Prototype => h::prototype_of as *const (),
        Helper::IsConstructor => h::is_constructor as *const (),
        Helper::ForInNext => h::for_in_next as *const (),
        Helper::TypeOf => h::type_of as *const (),
        Helper::ToBoolean => h::to_boolean as *const (),
        Helper::Float64Modulo => h::float64_modulo as *const (),
        Helper::Float64Power => h::float64_power as *const (),
        Helper::Float64Atan2 => h::float64_atan2 as *const (),
        Helper::Float64Acos => h::float64_acos as *const (),
        Helper::Float64Asin => h::float64_asin as *const (),
        Helper::Float64Atan => h::float64_atan as *const (),
        Helper::Float64Cbrt => h::float64_cbrt as *const (),
        Helper::Float64Cos => h::float64_cos as *const (),
        Helper::Float64Exp => h::float64_exp as *const (),
        Helper::Float64Log => h::float64_log as *const (),
        Helper::Float64Log10 => h::float64_log10 as *const (),
        Helper::Float64Log2 => h::float64_log2 as *const (),
        Helper::Float64Sin => h::float64_sin as *const (),
        Helper::Float64Tan => h::float64_tan as *const (),
        Helper::StringFromCharCode => h::string_from_char_code as *const (),
        Helper::Float64ToInt32 => h::float64_to_int32 as *const (),
        Helper::GetNamed => h::get_named as *const (),
        Helper::GetKeyed => h::get_keyed as *const (),
        Helper::SetNamedSloppy => h::set_named_sloppy as *const (),
        Helper::SetNamedStrict => h::set_named_strict as *const (),
        Helper::SetKeyedSloppy => h::set_keyed_sloppy as *const (),
        Helper::SetKeyedStrict => h::set_keyed_strict as *const (),
        Helper::InstanceOf => h::instance_of as *const (),
        Helper::HasProperty => h::has_property as *const (),
        Helper::Throw | Helper::ReThrow => h::throw as *const (),
        Helper::CoerceReceiver => h::coerce_receiver as *const (),
        Helper::CreateClosure => h::create_closure as *const (),
        Helper::CreateArrayIterator => h::create_array_iterator as *const (),
        Helper::CreateDataProperty => h::create_data_property as *const (),
        Helper::CreateArray => h::create_array as *const (),
        Helper::CloneLiteral => h::clone_literal as *const (),
        Helper::CloneContext => h::clone_context as *const (),
    };
    address as u64
}
