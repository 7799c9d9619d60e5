//! Extensibility and integrity levels: PreventExtensions, SetIntegrityLevel, TestIntegrityLevel (ECMA-262 7.3.15, 7.3.16).
//!
//! Sealing and freezing are one transition of the shape where that says it all; the attributes of dense elements follow the
//! shape's level. Typed arrays, namespaces and proxies go through their internal methods property by property.

use unspool_shapes::Integrity;
use unspool_values::CellKind;
use unspool_values::atom::KnownAtom;

use super::enumerate::key_of_value;
use super::{Object, PropertyDescriptor, arguments, elements, lookup};
use crate::cells::{Array, TypedArrayObject};
use crate::completion::JsResult;
use crate::isolate::Cx;

/// `[[PreventExtensions]]` of objects that are no proxies.
pub(crate) fn prevent_extensions(cx: Cx<'_>, object: Object) -> bool {
    if let Some(array) = object.to::<TypedArrayObject>()
        && !is_typed_array_fixed_length(array)
    {
        return false;
    }
    let shape = cx.shapes.set_integrity(object.shape(), Integrity::NonExtensible);
    object.change_shape(cx, shape);
    true
}

/// IsTypedArrayFixedLength
fn is_typed_array_fixed_length(array: unspool_gc::Gc<TypedArrayObject>) -> bool {
    if array.fixed_length == usize::MAX {
        return false;
    }
    let buffer = array.buffer.get();
    buffer.shared || buffer.max_byte_length.get() == usize::MAX
}

impl Object {
    /// SetIntegrityLevel with `Integrity::Sealed` or `Integrity::Frozen`.
    ///
    /// # Errors
    /// What a proxy's traps throw.
    pub fn set_integrity_level(self, cx: Cx<'_>, level: Integrity) -> JsResult<bool> {
        match self.kind() {
            CellKind::Proxy | CellKind::CallableProxy | CellKind::TypedArray | CellKind::ModuleNamespace => {
                set_one_by_one(cx, self, level)
            }
            CellKind::Arguments => {
                if level == Integrity::Frozen {
                    arguments::unmap_all(cx, self)?;
                }
                set_by_shape(cx, self, level);
                Ok(true)
            }
            _ => {
                set_by_shape(cx, self, level);
                Ok(true)
            }
        }
    }

    /// TestIntegrityLevel with `Integrity::Sealed` or `Integrity::Frozen`.
    ///
    /// # Errors
    /// What a proxy's traps throw.
    pub fn test_integrity_level(self, cx: Cx<'_>, level: Integrity) -> JsResult<bool> {
        if self.is_extensible(cx)? {
            return Ok(false);
        }
        if !self.is_proxy()
            && !matches!(
                self.kind(),
                CellKind::TypedArray | CellKind::ModuleNamespace | CellKind::PrimitiveWrapper
            )
            && cx.shapes.integrity(self.shape()) >= level
            && !matches!(self.head().elements(), unspool_values::ElementsRef::Sparse(_))
            && self.kind() != CellKind::Arguments
        {
            return Ok(true);
        }
        let keys = self.own_property_keys(cx)?;
        for i in 0..keys.len() {
            let key = key_of_value(cx, keys.get(i));
            if let Some(property) = self.get_own_property(cx, key)?
                && (property.configurable == Some(true)
                    || (level == Integrity::Frozen && property.is_data() && property.writable == Some(true)))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn set_by_shape(cx: Cx<'_>, object: Object, level: Integrity) {
    let shape = cx.shapes.set_integrity(object.shape(), level);
    object.change_shape(cx, shape);
    elements::restrict(cx, object, level);
    if level == Integrity::Frozen
        && let Some(array) = object.to::<Array>()
    {
        debug_assert!(
            !lookup::own_named(cx, object, cx.key(KnownAtom::length))
                .is_some_and(|f| f.attributes.is_writable())
        );
        array.length_writable.set(false);
    }
}

fn set_one_by_one(cx: Cx<'_>, object: Object, level: Integrity) -> JsResult<bool> {
    if !object.prevent_extensions(cx)? {
        return Ok(false);
    }
    let keys = object.own_property_keys(cx)?;
    for i in 0..keys.len() {
        let key = key_of_value(cx, keys.get(i));
        let mut change = PropertyDescriptor { configurable: Some(false), ..Default::default() };
        if level == Integrity::Frozen {
            match object.get_own_property(cx, key)? {
                None => continue,
                Some(current) if current.is_accessor() => {}
                Some(_) => change.writable = Some(false),
            }
        }
        object.define_property_or_throw(cx, key, &change)?;
    }
    Ok(true)
}
