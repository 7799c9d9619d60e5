//! Intrinsics of self-hosted code, and `in`, where they are simple operations.
//!
//! Self-hosted methods serve all their callers with one feedback; what they ask of their receiver and callback is often known
//! where they are inlined. A callback that the caller creates is inlined too: see `FunctionBuilder::known_closure`.

use std::mem::offset_of;

use unspool_bytecode::IntrinsicId as I;
use unspool_runtime::cells::Array;

use super::FunctionBuilder;
use super::element::ELEMENTS_POINTER;
use crate::graph::Types;
use crate::graph::{DeoptReason as D, Helper, Memory, NodeId, Op, Repr, TaggedConst, TaggedTest};

impl FunctionBuilder<'_, '_> {
    /// `%Name(arguments)`, into the accumulator, if it has a form here.
    pub(super) fn intrinsic(&mut self, id: I, arguments: &[NodeId]) -> bool {
        let result = match (id, arguments) {
            (I::IsCallable, &[value]) if self.known_closure(value).is_some() => {
                self.constant(TaggedConst::TRUE)
            }
            (I::IsCallable, &[value]) => self.test(value, TaggedTest::Callable),
            (I::IsObject, &[value]) => self.test(value, TaggedTest::Object),
            (I::IsSmi, &[value]) => self.test(value, TaggedTest::Int32),
            (I::ToBoolean, &[value]) => self.to_boolean(value),
            (I::ToObject, &[value]) if self.types(value).is(Types::OBJECT) => value,
            (I::ToObject, &[value]) => {
                let value = self.refined(value);
                self.helper(Helper::ToObject, &[value])
            }
            (I::LengthOfArrayLike, &[object]) if self.allows(D::WrongInstanceType) => {
                let object = self.refined(object);
                let array = self.emit_check(Op::CheckArray {}, &[object]);
                let offset = offset_of!(Array, length) as u32;
                self.emit(Op::LoadUint32 { offset, memory: Memory::ArrayLength }, &[array])
            }
            (I::CreateDataPropertyOrThrow, &[object, key, value])
                if self.types(key).is(Types::INT32) || self.shared.graph.repr(key) == Repr::Int32 =>
            {
                match self.growable_array(object) {
                    Some(array) => {
                        let (key, value) = (self.to_int32(key), self.refined(value));
                        self.emit_or_exit(Helper::ArrayDefine, &[array, key, value])
                    }
                    None => {
                        let inputs = [self.refined(object), self.refined(key), self.refined(value)];
                        self.helper(Helper::CreateDataProperty, &inputs)
                    }
                }
            }
            (I::ArgumentsLength, &[]) => match self.caller.argument_count {
                Some(count) => self.int32(count as i32),
                None if self.caller.outer.is_none() => self.emit(Op::ParameterArgumentCount {}, &[]),
                None => return false,
            },
            (I::CreateDataPropertyOrThrow, &[object, key, value]) => {
                let inputs = [self.refined(object), self.refined(key), self.refined(value)];
                self.helper(Helper::CreateDataProperty, &inputs)
            }
            _ => return false,
        };
        self.set_acc(result);
        true
    }

    /// `key in object`, into the accumulator. An int32 key of an object with dense elements is expected to be there.
    pub(super) fn has_property(&mut self, key: NodeId, object: NodeId) {
        let is_index = self.shared.graph.repr(key) == Repr::Int32 || self.types(key).is(Types::INT32);
        if is_index
            && self.types(object).is(Types::OBJECT)
            && self.allows(D::OutOfBounds)
            && self.allows(D::Hole)
        {
            let object = self.refined(object);
            let index = self.to_int32(key);
            let elements = self.emit(ELEMENTS_POINTER, &[object]);
            let length = self.emit(Op::LoadElementsLength {}, &[elements]);
            let index = self.emit_check(Op::CheckBounds {}, &[index, length]);
            let value = self.emit(Op::LoadElement {}, &[elements, index]);
            self.emit_check(Op::CheckNotHole {}, &[value]);
            let present = self.constant(TaggedConst::TRUE);
            return self.set_acc(present);
        }
        let inputs = [self.refined(key), self.refined(object)];
        let result = self.helper(Helper::HasProperty, &inputs);
        self.set_acc(result);
    }
}
