//! The functions behind the instructions `CallRuntime` and `CallIntrinsic`.
//!
//! *Runtime functions* are V8's `%` natives, open to programs under `--allow-natives-syntax`: questions about the
//! engine's state are answered here, those about optimization by the compiler through a hook. *Intrinsics* are for
//! self-hosted code only. Both get their arguments as a register range of the running frame.

use unspool_bytecode::{IntrinsicId, RuntimeId};
use unspool_values::Value;

use crate::completion::JsResult;
use crate::environment;
use crate::frame::Frame;
use crate::generators;
use crate::isolate::Cx;
use crate::iteration::{create_async_from_sync, iterator_result};
use crate::{convert, eval, intrinsics, modules, properties};

/// Runtime function number `id` with arguments in registers of `frame`, the running frame.
///
/// # Errors
/// What the function throws.
#[inline(never)]
pub fn call_runtime(cx: Cx<'_>, frame: Frame, id: u32, arguments: &[Value]) -> JsResult<Value> {
    use RuntimeId as R;
    let argument = |i: usize| arguments.get(i).copied().unwrap_or(Value::UNDEFINED);
    // SAFETY: `frame` is the running frame, which is fully built.
    let header = unsafe { frame.header() };
    let id = RuntimeId::from_operand(id).expect("the verifier checked the number");
    match id {
        R::ImportCall => {
            let script = header.template.get().script;
            modules::import_call(cx, script, argument(0), argument(1), argument(2).as_i32() as u32)
        }
        R::ImportMeta => modules::import_meta(cx, header.template.get().script),
        R::GetModuleNamespace => {
            modules::module_namespace(cx, header.template.get().script, argument(0).as_i32() as u32)
        }
        R::AsyncFunctionEnter => Ok(generators::async_function_enter(cx, frame)),
        R::AsyncFunctionResolve => generators::async_function_resolve(cx, argument(0), argument(1)),
        R::AsyncFunctionReject => Ok(generators::async_function_reject(cx, argument(0), argument(1))),
        R::AsyncGeneratorResolve => generators::async_generator_resolve(cx, argument(0), argument(1)),
        R::AsyncGeneratorReject => generators::async_generator_reject(cx, argument(0), argument(1)),
        R::CreateIterResultObject => Ok(iterator_result(cx, argument(0), argument(1).is_true()).into()),
        R::GetSuperBaseProperty => {
            let key = convert::to_property_key(cx, argument(1))?;
            properties::get_from_base(cx, argument(0), key, argument(2))
        }
        R::SetSuperBaseProperty => {
            let mode = u32::from(argument(4).is_true());
            properties::set_on_base(cx, argument(2), argument(0), argument(1), argument(3), mode)?;
            Ok(argument(3))
        }
        R::IsIntrinsicEval => Ok(Value::from_bool(eval::is_realm_eval(cx, argument(0)))),
        R::DeclareEvalFunction => {
            let key = convert::to_property_key(cx, argument(0))?;
            environment::declare_eval_function(cx, header.context.get(), key, argument(1))?;
            Ok(Value::UNDEFINED)
        }
        R::DeclareEvalVar => {
            let key = convert::to_property_key(cx, argument(0))?;
            environment::declare_eval_var(cx, header.context.get(), key)?;
            Ok(Value::UNDEFINED)
        }
        R::HasGlobalBinding => {
            let key = convert::to_property_key(cx, argument(0))?;
            environment::has_global_binding(cx, key).map(Value::from_bool)
        }
        R::StoreBlockFunction => {
            let key = convert::to_property_key(cx, argument(0))?;
            environment::store_block_function(cx, key, argument(1))?;
            Ok(Value::UNDEFINED)
        }
        R::ThrowUnresolvable => {
            environment::throw_unresolvable(cx, convert::to_property_key(cx, argument(0))?)
        }
        R::CreateAsyncFromSyncIterator => Ok(create_async_from_sync(cx, argument(0), argument(1)).into()),
        R::CreateDisposableStack
        | R::AddDisposableResource
        | R::AddAsyncDisposableResource
        | R::DisposeResources
        | R::DisposeResourcesAsyncStep
        | R::DisposeResourcesAsyncError => crate::disposal::call_runtime(cx, id, arguments),
        R::CallNative => {
            let name = argument(0)
                .to::<unspool_values::JSString>()
                .map(|name| cx.rust_string(name))
                .unwrap_or_default();
            crate::natives::call(cx, &name, arguments.get(1..).unwrap_or_default())
        }
        R::DebugPrint
        | R::HaveSameMap
        | R::HasFastProperties
        | R::IsBeingInterpreted
        | R::CurrentFrameIsTurbofan
        | R::ClearFunctionFeedback
        | R::OptimizeFunctionOnNextCall
        | R::PrepareFunctionForOptimization
        | R::NeverOptimizeFunction
        | R::DeoptimizeFunction
        | R::DeoptimizeNow
        | R::OptimizeOsr
        | R::GetOptimizationStatus => crate::natives::call(cx, id.name(), arguments),
    }
}

/// Intrinsic number `id` of self-hosted code.
///
/// # Errors
/// What the intrinsic throws.
#[inline(never)]
pub fn call_intrinsic(cx: Cx<'_>, frame: Frame, id: u32, arguments: &[Value]) -> JsResult<Value> {
    let id = IntrinsicId::from_operand(id).expect("the verifier checked the number");
    intrinsics::call(cx, frame, id, arguments)
}
