//! V8's natives (`--allow-natives-syntax`): what a test may ask an engine about its insides, or tell it.
//!
//! Names and meanings are V8's. Those about optimization belong to the optimizer, which is asked first. Questions about structures are
//! answered for the structures of this engine: *elements kinds* are a property of V8's maps, here they describe the elements that an object
//! has at the moment. What is not listed in [`call`] has nothing to do here and gives `undefined`.

use unspool_gc::CollectionKind;
use unspool_values::Value;
use unspool_values::object::ElementsRef;
use unspool_values::string::JSString;

use crate::cells::{ArrayBufferObject, Function};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::{Object, ValueExt as _};

/// Calls the native of this name.
///
/// # Errors
/// What compiling a function throws; `%Abort`'s message.
#[cold]
#[inline(never)]
pub fn call(cx: Cx<'_>, name: &str, arguments: &[Value]) -> JsResult<Value> {
    if let Some(answer) = (cx.hooks.optimization_native)(cx, name, arguments)? {
        return Ok(answer);
    }
    let first = arguments.first().copied().unwrap_or(Value::UNDEFINED);
    let second = arguments.get(1).copied().unwrap_or(Value::UNDEFINED);
    let object = first.as_object();
    let about = |test: fn(Cx<'_>, Object) -> bool| Ok(Value::from_bool(object.is_some_and(|o| test(cx, o))));
    let elements = |test: fn(Contents) -> bool| {
        let contents = object.and_then(|object| contents(object.head().elements()));
        Ok(Value::from_bool(contents.is_some_and(test)))
    };
    match name {
        "HaveSameMap" => {
            let same = object.zip(second.as_object()).is_some_and(|(a, b)| a.shape() == b.shape());
            Ok(Value::from_bool(same))
        }
        "HasFastProperties" => about(|cx, object| !cx.shapes.is_dictionary(object.shape())),
        "IsJSReceiver" => Ok(Value::from_bool(object.is_some())),
        // By value: how a number is represented is no business of programs, and differs between tiers.
        "IsSmi" => Ok(Value::from_bool(first.to_number().is_some_and(|n| Value::from_f64(n).is_i32()))),
        "Is64Bit" => Ok(Value::from_bool(cfg!(target_pointer_width = "64"))),
        "IsAtomicsWaitAllowed" => Ok(Value::from_bool(cx.config.may_block)),
        "IsBeingInterpreted" => Ok(Value::TRUE),
        // Compiled code answers by itself. There is no tier between interpreter and optimizer.
        "CurrentFrameIsTurbofan"
        | "IsSparkplugEnabled"
        | "IsMaglevEnabled"
        | "IsTurbofanEnabled"
        | "IsConcurrentRecompilationSupported"
        | "IsDictPropertyConstTrackingEnabled"
        | "InLargeObjectSpace"
        | "HasElementsInALargeObjectSpace"
        | "SetBatterySaverMode" => Ok(Value::FALSE),
        "ActiveTierIsIgnition" => Ok(Value::from_bool(first.to::<Function>().is_some())),
        "ActiveTierIsSparkplug" | "ActiveTierIsMaglev" | "ActiveTierIsTurbofan" => Ok(Value::FALSE),

        "HasSmiElements" => elements(|c| c.all == Kind::Small),
        "HasDoubleElements" => elements(|c| c.all == Kind::Double),
        "HasObjectElements" => elements(|c| c.all == Kind::Object),
        "HasSmiOrObjectElements" => elements(|c| c.all != Kind::Double),
        "HasHoleyElements" => elements(|c| c.holes),
        "HasPackedElements" => elements(|c| !c.holes),
        "HasFastElements" => elements(|_| true),
        "HasDictionaryElements" => {
            about(|_, object| matches!(object.head().elements(), ElementsRef::Sparse(_)))
        }

        "ClearFunctionFeedback" => {
            if let Some(function) = first.to::<Function>() {
                let cell = function.feedback;
                cell.vector.set(cx, cell, None);
                cell.calls.set(0);
            }
            Ok(Value::UNDEFINED)
        }
        "ArrayBufferDetach" => {
            let Some(buffer) = first.to::<ArrayBufferObject>() else {
                return Err(cx.throw_type_error("%ArrayBufferDetach needs an ArrayBuffer"));
            };
            crate::bytes::detach(cx, buffer, second)?;
            Ok(Value::UNDEFINED)
        }
        "DebugPrint" | "GlobalPrint" => {
            let text = format!("DebugPrint: {}", debug_text(cx, first));
            cx.host.borrow().optimizer_event(&text);
            Ok(first)
        }
        "DebugTrace" => {
            cx.for_each_frame(|template, offset| {
                let place = template.script.data().position_text(template.source_offset(offset));
                let name = cx.describe(template.name.get());
                cx.host.borrow().optimizer_event(&format!("    at {} ({place})", name.trim_matches('"')));
                std::ops::ControlFlow::Continue(())
            });
            Ok(Value::UNDEFINED)
        }
        "Abort" | "AbortJS" => {
            let text = cx.describe(first);
            Err(cx.throw_type_error(format_args!("abort: {}", text.trim_matches('"'))))
        }
        "CollectGarbage" | "SimulateNewspaceFull" => {
            cx.collect_garbage(CollectionKind::Full);
            Ok(Value::UNDEFINED)
        }
        "ConstructDouble" => {
            let high = u64::from(crate::convert::to_uint32(cx, first)?);
            let low = u64::from(crate::convert::to_uint32(cx, second)?);
            Ok(Value::from_f64(f64::from_bits(high << 32 | low)))
        }
        "ConstructConsString" => match first.to::<JSString>().zip(second.to::<JSString>()) {
            Some((a, b)) => crate::operators::add(cx, Value::from_cell(a), Value::from_cell(b)),
            None => Ok(Value::UNDEFINED),
        },
        // These forms of a string are the engine's own choice; the text is the same.
        "ConstructInternalizedString"
        | "ConstructThinString"
        | "FlattenString"
        | "InternalizeString"
        | "ToFastProperties"
        | "NormalizeElements" => Ok(first),
        "ConstructSlicedString" => match first.to::<JSString>() {
            Some(text) => {
                let from = crate::convert::to_uint32(cx, second)?.min(text.len());
                let part = JSString::substring(cx, &cx.atoms, text, from, text.len());
                part.map(Value::from_cell).map_err(|_| cx.throw_out_of_memory())
            }
            None => Ok(Value::UNDEFINED),
        },
        // Protectors of V8; nothing here depends on a cell of that kind that a test could have broken.
        "ArrayIteratorProtector"
        | "ArraySpeciesProtector"
        | "IsConcatSpreadableProtector"
        | "MapIteratorProtector"
        | "NoElementsProtector"
        | "PromiseSpeciesProtector"
        | "RegExpSpeciesProtector"
        | "SetIteratorProtector"
        | "StringIteratorProtector"
        | "StringLengthProtector"
        | "TypedArraySpeciesProtector" => Ok(Value::TRUE),
        "PerformMicrotaskCheckpoint" | "RunMicrotasks" => {
            let mut failed = None;
            cx.run_jobs(|exception| {
                failed.get_or_insert(exception);
            });
            failed.map_or(Ok(Value::UNDEFINED), |exception| Err(cx.throw(exception)))
        }
        _ => Ok(Value::UNDEFINED),
    }
}

/// What dense elements are, holes not counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Small integers, or nothing at all.
    Small,
    /// Numbers.
    Double,
    /// Anything.
    Object,
}

#[derive(Clone, Copy)]
struct Contents {
    all: Kind,
    holes: bool,
}

/// Dense elements; none if there are sparse ones.
fn contents(elements: ElementsRef) -> Option<Contents> {
    let mut found = Contents { all: Kind::Small, holes: false };
    match elements {
        ElementsRef::None => {}
        ElementsRef::Sparse(_) => return None,
        ElementsRef::Dense(elements) => {
            for value in elements.values() {
                let value = value.get();
                match found.all {
                    _ if value.is_hole() => found.holes = true,
                    _ if value.is_i32() => {}
                    Kind::Small | Kind::Double if value.is_number() => found.all = Kind::Double,
                    _ => found.all = Kind::Object,
                }
            }
        }
    }
    Some(found)
}

/// A value with its shape and properties.
fn debug_text(cx: Cx<'_>, value: Value) -> String {
    let Some(object) = value.as_object() else { return cx.describe(value) };
    let shape = object.shape();
    let kind = if cx.shapes.is_dictionary(shape) { "DictionaryProperties" } else { "FastProperties" };
    format!("{} [{:?}] map = {shape} [{kind}]", cx.describe(value), object.kind())
}
