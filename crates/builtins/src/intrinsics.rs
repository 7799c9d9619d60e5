//! The intrinsics of self-hosted code that belong to chapters of the library.
//!
//! Methods that take callbacks are written in JavaScript; what they cannot say in the language they ask here, as
//! `%Name(…)`: species, typed array internals, walking a Map or Set. Arguments are what trusted code passes, so kinds are
//! expected and not checked. Intrinsics of general use are in `unspool_runtime::intrinsics`.

use unspool_bytecode::IntrinsicId as I;
use unspool_runtime::cells::hash_table::{TableOwner, normalize};
use unspool_runtime::cells::{HashTable, MapObject, Record, SetObject, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::object::typed_array;
use unspool_runtime::{Cx, ValueExt as _};
use unspool_values::Value;
use unspool_values::string::JSString;
use unspool_values::symbol::WellKnownSymbol;

use crate::indexed;

/// Tag of the records that walk through collections: table, position of the next entry, position of the entry reached.
const WALK: u32 = 0x5741_4c4b;

/// Calls an intrinsic.
///
/// # Errors
/// What it throws.
pub fn library_intrinsic(cx: Cx<'_>, id: I, arguments: &[Value]) -> JsResult<Value> {
    let argument = |i: usize| arguments.get(i).copied().unwrap_or(Value::UNDEFINED);
    match id {
        I::ArraySpeciesCreate => {
            let length = argument(1).to_number().unwrap_or(0.0) as u64;
            Ok(indexed::array::array_species_create(cx, argument(0).as_object_unchecked(), length)?.into())
        }
        I::ValidateTypedArray => {
            Ok(Value::from_usize(indexed::typed_array::validate(cx, argument(0), "method")?.1))
        }
        I::TypedArrayLength => {
            let array = argument(0).to::<TypedArrayObject>().expect("a typed array");
            Ok(Value::from_usize(typed_array::length(array)))
        }
        I::TypedArraySpeciesCreate => {
            let exemplar = argument(0).to::<TypedArrayObject>().expect("a typed array");
            let length = argument(1).to_number().unwrap_or(0.0) as usize;
            let new = indexed::typed_array::species_create(cx, exemplar, length, "method")?;
            Ok(TypedArrayObject::object(new).into())
        }
        I::TypedArrayCreateSameType => {
            let exemplar = argument(0).to::<TypedArrayObject>().expect("a typed array");
            let length = argument(1).to_number().unwrap_or(0.0) as usize;
            Ok(TypedArrayObject::object(indexed::typed_array::create_same_type(cx, exemplar, length)?).into())
        }
        I::IsMap => Ok(argument(0).to::<MapObject>().is_some().into()),
        I::IsSet => Ok(argument(0).to::<SetObject>().is_some().into()),
        I::CollectionWalk => {
            Ok(Record::new(cx, WALK, &[table_of(argument(0)).into(), Value::ZERO, Value::ZERO]).into())
        }
        I::CollectionNext => {
            let walk = argument(0).to::<Record>().expect("a walk");
            let held = walk.values[0].get().to::<HashTable>().expect("a walk's table");
            let (table, position) = HashTable::advance(held, walk.values[1].get().as_i32() as u32);
            if table != held {
                walk.values[0].set(cx, walk, table.into());
            }
            let Some(position) = position else { return Ok(Value::FALSE) };
            walk.values[1].set(cx, walk, Value::from_u32(position + 1));
            walk.values[2].set(cx, walk, Value::from_u32(position));
            Ok(Value::TRUE)
        }
        I::CollectionKey | I::CollectionValue => {
            let walk = argument(0).to::<Record>().expect("a walk");
            let table = walk.values[0].get().to::<HashTable>().expect("a walk's table");
            let position = walk.values[2].get().as_i32() as u32;
            Ok(if id == I::CollectionKey { table.key(position) } else { table.value(position) })
        }
        I::CollectionSize => Ok(table_of(argument(0)).len().into()),
        I::CollectionHas => Ok(table_of(argument(0)).find(cx, normalize(argument(1))).is_some().into()),
        I::MapGet => {
            let table = table_of(argument(0));
            Ok(table
                .find(cx, normalize(argument(1)))
                .map_or(Value::UNDEFINED, |position| table.value(position)))
        }
        I::Intrinsic => {
            let text = argument(0).to::<JSString>().map(|s| cx.rust_string(s)).unwrap_or_default();
            let symbol = WellKnownSymbol::ALL.iter().find(|s| s.description().text() == text);
            match symbol.and_then(|s| cx.symbol_key(*s).as_symbol()) {
                Some(symbol) => Ok(symbol.into()),
                None => Err(cx.throw_type_error(format_args!("there is no intrinsic {text}"))),
            }
        }
        _ => Err(cx.throw_type_error(format_args!("the intrinsic {id} is not available"))),
    }
}

/// The table of a Map or Set.
fn table_of(collection: Value) -> unspool_gc::Gc<HashTable> {
    match (collection.to::<MapObject>(), collection.to::<SetObject>()) {
        (Some(map), _) => map.table(),
        (_, Some(set)) => set.table(),
        _ => unreachable!("a Map or Set"),
    }
}
