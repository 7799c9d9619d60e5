//! What a raw word or a recipe is as a value of the interpreter, as far as that is a conversion of bits or arithmetic on them.
//!
//! A number takes the form that the interpreter would have made itself: an integer where it is one, otherwise a double; where the embedding keeps numbers in cells,
//! phase two makes it. Operands of recipes are read off the translation as they are wanted. Strings are put together, and fields loaded, in phase two only.

use super::{RawValues, StateReader, TranslatedKind};
use crate::deoptimizer::DeoptError;
use crate::translation::{Instruction, Location, MAX_NESTING, RecipeOp, RecipeType, Representation};
use crate::writer::Trace;

impl<R: RawValues, T: Trace> StateReader<'_, '_, R, T> {
    #[inline]
    pub(super) fn boxed(&self, bits: u64, representation: Representation) -> TranslatedKind {
        boxed(self.raw, bits, representation)
    }
    #[inline]
    pub(super) fn int32(&self, value: i32) -> TranslatedKind {
        int32(self.raw, value)
    }
    pub(super) fn float64(&self, bits: u64) -> TranslatedKind {
        float64(self.raw, bits)
    }

    /// What a recipe gives. Its operands are the next instructions.
    pub(super) fn recipe(&mut self, op: RecipeOp, nesting: u32) -> Result<TranslatedKind, DeoptError> {
        Ok(match op {
            RecipeOp::TagInt32 => {
                let value = self.int32_operand(nesting + 1)?;
                self.int32(value)
            }
            RecipeOp::TagFloat64 => {
                let value = self.float64_operand(nesting + 1)?;
                self.float64(value.to_bits())
            }
            _ => match op.result() {
                RecipeType::Int32 => {
                    let value = self.int32_recipe(op, nesting)?;
                    self.int32(value)
                }
                RecipeType::Float64 => {
                    let value = self.float64_recipe(op, nesting)?;
                    self.float64(value.to_bits())
                }
                RecipeType::Tagged => return Err(self.corrupt()),
            },
        })
    }

    fn operand(&mut self, nesting: u32) -> Result<Instruction, DeoptError> {
        if nesting > MAX_NESTING { Err(self.corrupt()) } else { Ok(self.decoder.next()?) }
    }

    fn operand_word(&self, location: Location) -> Result<u64, DeoptError> {
        self.raw_word(location)?.ok_or(DeoptError::NoSuchLocation(location))
    }

    fn int32_operand(&mut self, nesting: u32) -> Result<i32, DeoptError> {
        match self.operand(nesting)? {
            Instruction::Slot { location, representation: Representation::Int32 } => {
                Ok(self.operand_word(location)? as u32 as i32)
            }
            Instruction::Int32Constant(value) => Ok(value),
            Instruction::Recipe(op) => self.int32_recipe(op, nesting),
            _ => Err(self.corrupt()),
        }
    }

    fn int32_recipe(&mut self, op: RecipeOp, nesting: u32) -> Result<i32, DeoptError> {
        let compute: fn(i32, i32) -> i32 = match op {
            RecipeOp::Int32Add => i32::wrapping_add,
            RecipeOp::Int32Sub => i32::wrapping_sub,
            RecipeOp::Int32Mul => i32::wrapping_mul,
            RecipeOp::Int32And => |a, b| a & b,
            RecipeOp::Int32Or => |a, b| a | b,
            RecipeOp::Int32Xor => |a, b| a ^ b,
            RecipeOp::Int32Shl => |a, b| a.wrapping_shl(b as u32),
            RecipeOp::Int32Sar => |a, b| a.wrapping_shr(b as u32),
            RecipeOp::Int32Shr => |a, b| (a as u32).wrapping_shr(b as u32) as i32,
            _ => return Err(self.corrupt()),
        };
        let left = self.int32_operand(nesting + 1)?;
        let right = self.int32_operand(nesting + 1)?;
        Ok(compute(left, right))
    }

    fn float64_operand(&mut self, nesting: u32) -> Result<f64, DeoptError> {
        match self.operand(nesting)? {
            Instruction::Slot { location, representation: Representation::Float64 } => {
                Ok(f64::from_bits(self.operand_word(location)?))
            }
            Instruction::Float64Constant(bits) => Ok(f64::from_bits(bits)),
            Instruction::Recipe(op) => self.float64_recipe(op, nesting),
            _ => Err(self.corrupt()),
        }
    }

    fn float64_recipe(&mut self, op: RecipeOp, nesting: u32) -> Result<f64, DeoptError> {
        match op {
            RecipeOp::Float64Neg => return Ok(-self.float64_operand(nesting + 1)?),
            RecipeOp::Int32ToFloat64 => return Ok(f64::from(self.int32_operand(nesting + 1)?)),
            RecipeOp::Float64Add | RecipeOp::Float64Sub | RecipeOp::Float64Mul | RecipeOp::Float64Div => {}
            _ => return Err(self.corrupt()),
        }
        let left = self.float64_operand(nesting + 1)?;
        let right = self.float64_operand(nesting + 1)?;
        Ok(match op {
            RecipeOp::Float64Add => left + right,
            RecipeOp::Float64Sub => left - right,
            RecipeOp::Float64Mul => left * right,
            _ => left / right,
        })
    }
}

/// The value of a raw word.
#[inline]
pub(super) fn boxed<R: RawValues>(raw: &R, bits: u64, representation: Representation) -> TranslatedKind {
    match representation {
        Representation::Tagged => TranslatedKind::Ready(bits),
        Representation::Int32 => int32(raw, bits as u32 as i32),
        Representation::Uint32 => match i32::try_from(bits as u32) {
            Ok(value) => int32(raw, value),
            Err(_) => float64(raw, f64::from(bits as u32).to_bits()),
        },
        Representation::Bool => TranslatedKind::Ready(raw.boolean(bits as u8 != 0)),
        Representation::Float64 => float64(raw, bits),
        Representation::HoleyFloat64 if raw.is_hole(bits) => TranslatedKind::Ready(raw.undefined()),
        Representation::HoleyFloat64 => float64(raw, bits),
        Representation::SignedBigInt64 => TranslatedKind::SignedBigInt(bits as i64),
        Representation::UnsignedBigInt64 => TranslatedKind::UnsignedBigInt(bits),
        Representation::Int64 => match i32::try_from(bits as i64) {
            Ok(value) => int32(raw, value),
            Err(_) => float64(raw, (bits as i64 as f64).to_bits()),
        },
    }
}

#[inline]
fn int32<R: RawValues>(raw: &R, value: i32) -> TranslatedKind {
    match raw.int32(value) {
        Some(word) => TranslatedKind::Ready(word),
        None => TranslatedKind::HeapNumber { bits: f64::from(value).to_bits() },
    }
}

/// A double becomes an integer where it is one, so that the interpreter sees the form it would have made itself.
/// Minus zero is none.
#[inline]
fn float64<R: RawValues>(raw: &R, bits: u64) -> TranslatedKind {
    let integer = f64::from_bits(bits) as i32;
    let word = if f64::from(integer).to_bits() == bits { raw.int32(integer) } else { raw.float64(bits) };
    match word {
        Some(word) => TranslatedKind::Number { word, bits },
        None => TranslatedKind::HeapNumber { bits },
    }
}
