//! Writing JSON text (ECMA-262 25.5.2).
//!
//! One `Writer` carries the text so far, replacer, indentation and the stack of objects being written, by which cycles
//! are found and told with the path that leads round. Holders that only a replacer could see are not made, and elements
//! of plain arrays are read where they lie.

use unspool_gc::Gc;
use unspool_runtime::cells::{Array, PrimitiveWrapper};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_number, to_string};
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::enumerate::{PropertyNameKind, key_of_value, own_enumerable_names};
use unspool_runtime::object::{get_v, is_array};
use unspool_runtime::{Cx, Object, OrThrow as _, Throw, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::{GcVec, ValueBuffer};
use unspool_values::string::{JSString, StrView, StringBuilder};
use unspool_values::{CellKind, PropertyKey, Value, number};

use super::is_raw_json;
use super::quote::quote;

pub(super) fn json_stringify(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let mut replacer = Value::UNDEFINED;
    let mut property_list = None;
    if let Some(object) = args.get(1).as_object() {
        if object.is_callable() {
            replacer = object.into();
        } else if is_array(cx, object.into())? {
            property_list = Some(property_list_of(cx, object)?);
        }
    }
    let gap = gap_of(cx, args.get(2))?;
    let mut writer = Writer {
        cx,
        out: StringBuilder::with_capacity(64),
        replacer,
        property_list,
        gap,
        stack: GcVec::new(cx),
        buffer: number::NumberBuffer::new(),
    };
    let key = cx.key(A::empty);
    let mut holder = None;
    if replacer.is_callable() {
        let wrapper = Object::ordinary(cx);
        wrapper.create_data_property_infallible(cx, key, args.get(0));
        holder = Some(wrapper);
    }
    match writer.prepare(holder, key, args.get(0))? {
        None => Ok(Value::UNDEFINED),
        Some(value) => {
            writer.write(value, key)?;
            Ok(cx.finish_string(writer.out)?.into())
        }
    }
}

/// The names that an array as replacer allows, without repetitions.
fn property_list_of(cx: Cx<'_>, array: Object) -> JsResult<GcVec> {
    let names = GcVec::new(cx);
    let length = array.length_of_array_like(cx)?;
    for i in 0..length {
        cx.poll_interrupt()?;
        let value = array.get(cx, PropertyKey::from_u64(cx, &cx.atoms, i))?;
        let is_name = value.is_string()
            || value.is_number()
            || value
                .to::<PrimitiveWrapper>()
                .is_some_and(|wrapper| wrapper.value.is_string() || wrapper.value.is_number());
        if !is_name {
            continue;
        }
        let name = to_string(cx, value)?;
        let key = PropertyKey::from_string(cx, &cx.atoms, name);
        if !names.iter().any(|known| key_of_value(cx, known) == key) {
            names.push(cx, key.to_value(cx, &cx.atoms)).or_throw(cx)?;
        }
    }
    Ok(names)
}

/// What one level of indentation is; empty for none.
fn gap_of(cx: Cx<'_>, space: Value) -> JsResult<Vec<u16>> {
    let mut space = space;
    if let Some(wrapper) = space.to::<PrimitiveWrapper>() {
        if wrapper.value.is_number() {
            space = Value::from_f64(to_number(cx, space)?);
        } else if wrapper.value.is_string() {
            space = to_string(cx, space)?.into();
        }
    }
    if space.is_number() {
        let count = to_integer_or_infinity(cx, space)?.clamp(0.0, 10.0) as usize;
        return Ok(vec![u16::from(b' '); count]);
    }
    match space.to::<JSString>() {
        Some(string) => Ok(cx.flatten(&string)?.units().take(10).collect()),
        None => Ok(Vec::new()),
    }
}

struct Writer<'a> {
    cx: Cx<'a>,
    out: StringBuilder,
    replacer: Value,
    property_list: Option<GcVec>,
    gap: Vec<u16>,
    /// The objects being written and the keys under which they were found, alternating.
    stack: GcVec,
    buffer: number::NumberBuffer,
}

impl Writer<'_> {
    /// The first half of SerializeJSONProperty: `toJSON`, the replacer, unwrapping. Nothing if the property is left out.
    /// `holder` is needed only by a replacer.
    #[inline]
    fn prepare(&mut self, holder: Option<Object>, key: PropertyKey, value: Value) -> JsResult<Option<Value>> {
        let cx = self.cx;
        let mut value = value;
        if value.is_object() || value.is_bigint() {
            let to_json = get_v(cx, value, cx.key(A::toJSON))?;
            if to_json.is_callable() {
                value = call(cx, to_json, value, &[key.to_value(cx, &cx.atoms)])?;
            }
        }
        if let Some(holder) = holder {
            value = call(cx, self.replacer, holder.into(), &[key.to_value(cx, &cx.atoms), value])?;
        }
        let Some(kind) = value.cell_kind() else {
            return Ok(if value.is_undefined() { None } else { Some(value) });
        };
        match kind {
            CellKind::Symbol => Ok(None),
            CellKind::String => Ok(Some(value)),
            CellKind::BigInt => Err(cx.throw_type_error("Do not know how to serialize a BigInt")),
            CellKind::PrimitiveWrapper => {
                let inner = value.to::<PrimitiveWrapper>().expect("a wrapper").value;
                if inner.is_number() {
                    return Ok(Some(Value::from_f64(to_number(cx, value)?)));
                }
                if inner.is_string() {
                    return Ok(Some(to_string(cx, value)?.into()));
                }
                if inner.is_bigint() {
                    return Err(cx.throw_type_error("Do not know how to serialize a BigInt"));
                }
                Ok(Some(if inner.is_bool() { inner } else { value }))
            }
            _ => Ok(if value.is_callable() { None } else { Some(value) }),
        }
    }

    /// The second half of SerializeJSONProperty, for a prepared value.
    fn write(&mut self, value: Value, key: PropertyKey) -> JsResult<()> {
        if let Some(n) = value.to_i32() {
            let mut digits = [0; 20];
            self.out.push_view(StrView::Latin1(number::integer_to_latin1(i64::from(n), &mut digits)));
            return Ok(());
        }
        if value.is_double() {
            let n = value.as_double();
            self.out.push_str(if n.is_finite() { self.buffer.format(n) } else { "null" });
            return Ok(());
        }
        if let Some(string) = value.to::<JSString>() {
            quote(&mut self.out, self.cx.flatten(&string)?);
            return Ok(());
        }
        let Some(object) = value.as_object() else {
            self.out.push_str(match value {
                Value::TRUE => "true",
                Value::FALSE => "false",
                _ => "null",
            });
            return Ok(());
        };
        if is_raw_json(value) {
            let text = object.get(self.cx, self.cx.key(A::rawJSON))?;
            let text = to_string(self.cx, text)?;
            self.out.push_view(self.cx.flatten(&text)?);
            return Ok(());
        }
        self.enter(object, key)?;
        if is_array(self.cx, value)? {
            self.write_array(object)?;
        } else {
            self.write_object(object)?;
        }
        self.stack.truncate(self.stack.len() - 2);
        Ok(())
    }

    fn enter(&mut self, object: Object, key: PropertyKey) -> JsResult<()> {
        let cx = self.cx;
        cx.check_native_stack()?;
        cx.poll_interrupt()?;
        if self.out.is_too_long() {
            return Err(cx.throw_range_error("Invalid string length"));
        }
        let value = Value::from(object);
        if let Some(at) = (0..self.stack.len()).step_by(2).find(|&i| self.stack.get(i) == value) {
            return Err(self.throw_circular(at, key));
        }
        self.stack.push(cx, value).or_throw(cx)?;
        self.stack.push(cx, key.to_value(cx, &cx.atoms)).or_throw(cx)
    }

    /// A new line at the present depth, if the output is indented.
    fn break_line(&mut self, depth: usize) {
        if !self.gap.is_empty() {
            self.out.push_latin1(b'\n');
            for _ in 0..depth {
                self.out.push_view(StrView::Utf16(&self.gap));
            }
        }
    }

    fn depth(&self) -> usize {
        self.stack.len() / 2
    }

    /// SerializeJSONArray
    fn write_array(&mut self, object: Object) -> JsResult<()> {
        let cx = self.cx;
        let length = object.length_of_array_like(cx)?;
        self.out.push_latin1(b'[');
        for i in 0..length {
            if i > 0 {
                self.out.push_latin1(b',');
            }
            self.break_line(self.depth());
            let key = PropertyKey::from_u64(cx, &cx.atoms, i);
            let value = match dense_element(object, i) {
                Some(value) => value,
                None => object.get(cx, key)?,
            };
            let holder = self.replacer.is_callable().then_some(object);
            match self.prepare(holder, key, value)? {
                Some(value) => self.write(value, key)?,
                None => self.out.push_str("null"),
            }
            if i & 0xfff == 0xfff {
                cx.poll_interrupt()?;
                if self.out.is_too_long() {
                    return Err(cx.throw_range_error("Invalid string length"));
                }
            }
        }
        if length > 0 {
            self.break_line(self.depth() - 1);
        }
        self.out.push_latin1(b']');
        Ok(())
    }

    /// SerializeJSONObject
    fn write_object(&mut self, object: Object) -> JsResult<()> {
        let cx = self.cx;
        let names: Gc<ValueBuffer> = match self.property_list {
            Some(list) => list.buffer(),
            None => match own_enumerable_names(cx, object) {
                Some(names) => names,
                None => object.enumerable_own_properties(cx, PropertyNameKind::Key)?.buffer(),
            },
        };
        self.out.push_latin1(b'{');
        let mut written = false;
        for i in 0..names.len() {
            let name = names.get(i).unwrap_or(Value::UNDEFINED);
            let key = key_of_value(cx, name);
            let value = object.get(cx, key)?;
            let holder = self.replacer.is_callable().then_some(object);
            let Some(value) = self.prepare(holder, key, value)? else { continue };
            if written {
                self.out.push_latin1(b',');
            }
            written = true;
            self.break_line(self.depth());
            let name = to_string(cx, name)?;
            quote(&mut self.out, cx.flatten(&name)?);
            self.out.push_latin1(b':');
            if !self.gap.is_empty() {
                self.out.push_latin1(b' ');
            }
            self.write(value, key)?;
        }
        if written {
            self.break_line(self.depth() - 1);
        }
        self.out.push_latin1(b'}');
        Ok(())
    }

    /// The `TypeError` of a cycle that comes back to the object at `start` of the stack.
    #[cold]
    fn throw_circular(&self, start: usize, key: PropertyKey) -> Throw {
        /// Links shown between the first and the last.
        const SHOWN: usize = 1;
        let cx = self.cx;
        let class = |i: usize| constructor_name(cx, self.stack.get(i));
        let property = |name: Value| match key_of_value(cx, name).as_index() {
            Some(index) => format!("index {index}"),
            None => format!("property '{}'", name.to().map_or(String::new(), |s| cx.rust_string(s))),
        };
        let mut text = format!(
            "Converting circular structure to JSON\n    --> starting at object with constructor {}",
            class(start)
        );
        let links = (start + 2..self.stack.len()).step_by(2);
        let count = links.len();
        for (n, i) in links.enumerate() {
            if n < SHOWN || n + 1 == count {
                text += &format!(
                    "\n    |     {} -> object with constructor {}",
                    property(self.stack.get(i + 1)),
                    class(i)
                );
            } else if n == SHOWN {
                text += "\n    |     ...";
            }
        }
        text += &format!("\n    --- {} closes the circle", property(key.to_value(cx, &cx.atoms)));
        cx.throw_type_error(text)
    }
}

/// The element of an array whose dense elements have it, without looking further.
#[inline]
fn dense_element(object: Object, index: u64) -> Option<Value> {
    let array = object.to::<Array>()?;
    let elements = array.head.raw_elements()?;
    elements.get(u32::try_from(index).ok()?).filter(|value| !value.is_hole())
}

fn constructor_name(cx: Cx<'_>, value: Value) -> String {
    let shown = value
        .as_object()
        .and_then(|object| object.find_data_value(cx, cx.key(A::constructor)))
        .and_then(|constructor| constructor.as_object())
        .and_then(|constructor| constructor.find_data_value(cx, cx.key(A::name)))
        .and_then(|text| text.to::<JSString>())
        .map(|text| cx.rust_string(text));
    format!("'{}'", shown.as_deref().unwrap_or("Object"))
}
