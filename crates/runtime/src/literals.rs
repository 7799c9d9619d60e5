//! Object, array, template and regular-expression literals.
//!
//! The first evaluation of an object or array literal builds it property by property. From the second on (when the function
//! has feedback) the site keeps a *boilerplate*, an object that the program never sees, and later evaluations copy it: one
//! allocation of the right size and a copy of the slots.

use std::sync::Arc;

use unspool_bytecode::{
    ArrayBoilerplate, BoilerplateValue, CodeBlock, ConstIndex, Constant, JsString, ObjectBoilerplate,
};
use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom;
use unspool_values::object::{Elements, ElementsRef, GcVec};
use unspool_values::{CellKind, PropertyKey, Value};

use crate::cells::{FeedbackVector, FunctionTemplate};
use crate::completion::JsResult;
use crate::convert;
use crate::isolate::Cx;
use crate::object::{Object, ValueExt as _, array, shapes};
use crate::realm::Intrinsic;
use crate::script::{string_key, string_value};
use crate::strings::OrThrow as _;

/// The most inline slots that a literal's objects get.
const MAX_INLINE: usize = 64;

fn code(template: Gc<FunctionTemplate>) -> Arc<CodeBlock> {
    Arc::clone(template.code().expect("running code is compiled"))
}

/// `{}`
#[inline]
pub fn empty_object(cx: Cx<'_>) -> Value {
    Object::ordinary(cx).into()
}

/// `[]`
#[inline]
pub fn empty_array(cx: Cx<'_>) -> Value {
    Object::empty_array(cx, 0).into()
}

/// The boilerplate of a site, if it has one.
fn boilerplate(vector: Option<Gc<FeedbackVector>>, slot: u32) -> Option<Object> {
    let cell = vector?.slot(slot).extra.get()?;
    Value::from_cell(cell).as_object()
}

fn keep_boilerplate(cx: Cx<'_>, vector: Gc<FeedbackVector>, slot: u32, object: Object) {
    vector.slot(slot).extra.set(Some(object.cell()));
    cx.write_barrier(vector);
}

/// A copy of the site's boilerplate. The first evaluation with feedback builds it; those without build the object itself.
fn instantiate(
    cx: Cx<'_>,
    vector: Option<Gc<FeedbackVector>>,
    slot: u32,
    build: impl FnOnce() -> JsResult<Object>,
) -> JsResult<Value> {
    if let Some(original) = boilerplate(vector, slot) {
        return copy(cx, original).map(Value::from);
    }
    let object = build()?;
    match vector {
        Some(vector) => {
            keep_boilerplate(cx, vector, slot, object);
            copy(cx, object).map(Value::from)
        }
        None => Ok(object.into()),
    }
}

// ---- objects -----------------------------------------------------------------------------------------------------------

/// An object literal.
///
/// # Errors
/// Out of memory.
pub fn object_literal(
    cx: Cx<'_>,
    template: Gc<FunctionTemplate>,
    index: u32,
    vector: Option<Gc<FeedbackVector>>,
    slot: u32,
) -> JsResult<Value> {
    instantiate(cx, vector, slot, || {
        let code = code(template);
        let Some(Constant::Object(description)) = code.constant(ConstIndex(index)) else {
            unreachable!("the verifier checked the constant's kind")
        };
        build_object(cx, description)
    })
}

fn build_object(cx: Cx<'_>, description: &ObjectBoilerplate) -> JsResult<Object> {
    let named = description.properties.len() + description.extra_properties as usize;
    let prototype =
        if description.null_prototype { None } else { Some(cx.intrinsic(Intrinsic::ObjectPrototype)) };
    let capacity = if named == 0 { shapes::DEFAULT_INLINE_CAPACITY as usize } else { named.min(MAX_INLINE) };
    let shape = shapes::root_shape(cx, CellKind::Object, prototype, capacity as u8);
    let object = Object::with_shape(cx, shape);
    for (name, value) in &description.properties {
        let value = build_value(cx, value)?;
        object.create_data_property_or_throw(cx, string_key(cx, name), value)?;
    }
    Ok(object)
}

fn build_value(cx: Cx<'_>, value: &BoilerplateValue) -> JsResult<Value> {
    Ok(match value {
        BoilerplateValue::Hole => Value::HOLE,
        BoilerplateValue::Pending | BoilerplateValue::Undefined => Value::UNDEFINED,
        BoilerplateValue::Null => Value::NULL,
        BoilerplateValue::Boolean(b) => Value::from_bool(*b),
        BoilerplateValue::Smi(n) => Value::from_i32(*n),
        BoilerplateValue::Double(n) => Value::from_f64(n.get()),
        BoilerplateValue::String(s) => string_value(cx, s),
        BoilerplateValue::Object(object) => build_object(cx, object)?.into(),
        BoilerplateValue::Array(array) => build_array(cx, array)?.into(),
    })
}

/// A deep copy of a boilerplate.
pub(crate) fn copy(cx: Cx<'_>, original: Object) -> JsResult<Object> {
    cx.check_native_stack()?;
    let elements = match original.head().elements() {
        ElementsRef::Dense(elements) => {
            let new = Elements::resized(cx, elements, elements.len()).or_throw(cx)?;
            for (i, value) in new.values().iter().enumerate() {
                if let Some(inner) = value.get().as_object() {
                    new.set(cx, i as u32, copy(cx, inner)?.into());
                }
            }
            Some(new)
        }
        _ => None,
    };
    if original.kind() == CellKind::Array {
        return Ok(match elements {
            Some(elements) => array::array_over(cx, elements),
            None => Object::empty_array(cx, 0),
        });
    }
    let shape = original.shape();
    let inline = cx.shapes.inline_capacity(shape);
    let object = Object::with_shape_and_capacity(cx, shape, inline);
    for slot in 0..cx.shapes.slot_count(shape) {
        let value = original.raw_slot(inline, slot);
        let value = match value.as_object() {
            Some(inner) => copy(cx, inner)?.into(),
            None => value,
        };
        object.set_raw_slot(cx, inline, slot, value);
    }
    if let Some(elements) = elements {
        object.head().replace_elements(cx, elements);
    } else if !matches!(original.head().elements(), ElementsRef::None) {
        // Sparse elements in a literal: rare enough to be copied by name.
        for i in 0..original.own_property_keys(cx)?.len() {
            let key = original.own_property_keys(cx)?.get(i);
            let key = convert::to_property_key(cx, key)?;
            if key.as_index().is_some() {
                object.create_data_property_or_throw(cx, key, original.get(cx, key)?)?;
            }
        }
    }
    Ok(object)
}

/// `{...source}`
///
/// # Errors
/// What getters and traps throw.
pub fn clone_object(cx: Cx<'_>, source: Value) -> JsResult<Value> {
    let object = Object::ordinary(cx);
    object.copy_data_properties(cx, source, &[])?;
    Ok(object.into())
}

/// CopyDataProperties with excluded keys as values.
///
/// # Errors
/// What getters and traps throw.
pub fn copy_data_properties(cx: Cx<'_>, target: Value, source: Value, excluded: &[Value]) -> JsResult<()> {
    let target = target.as_object_unchecked();
    let mut keys: Vec<PropertyKey> = Vec::with_capacity(excluded.len());
    for value in excluded {
        // The keys stay alive in the registers that they come from.
        keys.push(convert::to_property_key(cx, *value)?);
    }
    target.copy_data_properties(cx, source, &keys)
}

// ---- arrays ------------------------------------------------------------------------------------------------------------

/// An array literal.
///
/// # Errors
/// Out of memory.
pub fn array_literal(
    cx: Cx<'_>,
    template: Gc<FunctionTemplate>,
    index: u32,
    vector: Option<Gc<FeedbackVector>>,
    slot: u32,
) -> JsResult<Value> {
    instantiate(cx, vector, slot, || {
        let code = code(template);
        let Some(Constant::Array(description)) = code.constant(ConstIndex(index)) else {
            unreachable!("the verifier checked the constant's kind")
        };
        build_array(cx, description)
    })
}

fn build_array(cx: Cx<'_>, description: &ArrayBoilerplate) -> JsResult<Object> {
    let values = GcVec::with_capacity(cx, description.elements.len()).or_throw(cx)?;
    for value in &description.elements {
        values.push(cx, build_value(cx, value)?).or_throw(cx)?;
    }
    Object::array_from_list(cx, values)
}

// ---- templates, regular expressions ------------------------------------------------------------------------------------

/// GetTemplateObject: one per site, kept in the constant pool.
///
/// # Errors
/// Out of memory.
pub fn template_object(cx: Cx<'_>, template: Gc<FunctionTemplate>, index: u32) -> JsResult<Value> {
    let constants = template.constants.get().expect("running code has constants");
    let known = constants.get(index).unwrap_or(Value::HOLE);
    if !known.is_hole() {
        return Ok(known);
    }
    let code = code(template);
    let Some(Constant::Template(literal)) = code.constant(ConstIndex(index)) else {
        unreachable!("the verifier checked the constant's kind")
    };
    let strings = |parts: &mut dyn Iterator<Item = Option<&JsString>>| -> JsResult<Object> {
        let list = GcVec::new(cx);
        for part in parts {
            list.push(cx, part.map_or(Value::UNDEFINED, |s| string_value(cx, s))).or_throw(cx)?;
        }
        Object::array_from_list(cx, list)
    };
    let object = strings(&mut literal.cooked.iter().map(Option::as_ref))?;
    let raw = strings(&mut literal.raw.iter().map(Some))?;
    raw.set_integrity_level(cx, unspool_shapes::Integrity::Frozen)?;
    object.define_builtin(cx, cx.key(KnownAtom::raw), raw.into(), Attributes::NONE);
    object.set_integrity_level(cx, unspool_shapes::Integrity::Frozen)?;
    constants.set(cx, index, object.into());
    Ok(object.into())
}

/// A regular-expression literal.
///
/// # Errors
/// A `SyntaxError` for a pattern that only the matcher rejects; out of memory.
pub fn regexp_literal(cx: Cx<'_>, template: Gc<FunctionTemplate>, index: u32) -> JsResult<Value> {
    let code = code(template);
    let Some(Constant::RegExp(literal)) = code.constant(ConstIndex(index)) else {
        unreachable!("the verifier checked the constant's kind")
    };
    let pattern = string_value(cx, &literal.pattern).to().expect("a string");
    let flags = string_value(cx, &literal.flags).to().expect("a string");
    (cx.hooks.create_regexp)(cx, pattern, flags).map(Value::from)
}
