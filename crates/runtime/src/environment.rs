//! Environments at run time: globals, contexts, and names that only `eval` and `with` make dynamic.
//!
//! Most names are resolved by the front end to registers, context slots or global slots. What is left is here: the
//! global environment with its two parts (*script scope*: `let`, `const`, `class`; and the global object), the declaration
//! instantiations of scripts and eval code, and *lookup slots*: names searched from the current context outwards, through
//! scopes described by their `ScopeInfo`, the objects of `with`, and the *variable objects* that hold what a sloppy direct
//! eval declared (kept in the `extension` of the context of the variable scope).

use std::sync::Arc;

use unspool_bytecode::{
    CodeBlock, ConstIndex, Constant, Declarations, JsString, LookupStoreFlags, ModuleInfo, ScopeFlags,
    ScopeInfo, ScopeKind, ScopeSlot, StringData, VariableMode,
};
use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::object::ValueBuffer;
use unspool_values::string::{JSString, StrView};
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{PropertyKey, Value};

use crate::cells::{BindingCell, Context, FunctionTemplate};
use crate::completion::JsResult;
use crate::convert::to_boolean;
use crate::isolate::Cx;
use crate::messages;
use crate::object::global::{declare_lexical, find_lexical};
use crate::object::{Object, PropertyDescriptor, ValueExt as _};
use crate::script::string_key;

pub use unspool_bytecode::LanguageMode;

/// What an unresolvable name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unresolvable {
    /// A `ReferenceError`.
    Throws,
    /// `undefined` (under `typeof`).
    IsUndefined,
}

/// The property key of a name in the constant pool: a string or a symbol.
#[inline]
pub fn constant_key(cx: Cx<'_>, constant: Value) -> PropertyKey {
    match constant.to::<JSString>() {
        Some(name) if name.is_key_atom() => PropertyKey::from_atom(name),
        Some(name) => PropertyKey::from_string(cx, &cx.atoms, name),
        None => PropertyKey::from_symbol(constant.to().expect("a name is a string or a symbol")),
    }
}

fn key_value(cx: Cx<'_>, key: PropertyKey) -> Value {
    key.to_value(cx, &cx.atoms)
}

// ---- contexts ----------------------------------------------------------------------------------------------------------

/// What the constant pool holds for a scope: its number of slots, and how they begin in the bits from 24.
pub(crate) fn scope_constant(info: &ScopeInfo) -> Value {
    let holes = info.slots.iter().filter(|slot| slot.mode.starts_as_hole()).count();
    let fill = if holes == 0 {
        0
    } else if holes == info.slots.len() {
        1
    } else {
        2
    };
    Value::from_i32(info.slots.len() as i32 | fill << 24)
}

/// A context for the scope that is constant `scope` of `template`; `description` is the constant's value.
#[inline]
pub fn new_context(
    cx: Cx<'_>,
    previous: Option<Gc<Context>>,
    template: Gc<FunctionTemplate>,
    scope: u32,
    description: Value,
    extension: Value,
) -> Gc<Context> {
    let description = description.as_i32() as u32;
    let fill = if description >> 24 == 0 { Value::UNDEFINED } else { Value::HOLE };
    let context = Context::new(cx, previous, Some(template), scope, description & 0xff_ffff, extension, fill);
    if description >> 24 == 2 {
        fill_by_mode(cx, context);
    }
    context
}

#[inline(never)]
fn fill_by_mode(cx: Cx<'_>, context: Gc<Context>) {
    let Some(info) = scope_info(context) else { return };
    for (i, slot) in info.slots.iter().enumerate() {
        if !slot.mode.starts_as_hole() {
            Context::set_slot(context, cx, i as u32, Value::UNDEFINED);
        }
    }
}

/// A copy of a block context: the fresh bindings of a loop's next iteration.
pub fn clone_context(cx: Cx<'_>, context: Gc<Context>) -> Gc<Context> {
    let copy = Context::new(
        cx,
        context.previous,
        context.template,
        context.scope_index,
        context.length,
        context.extension.get(),
        Value::UNDEFINED,
    );
    for i in 0..context.length {
        Context::set_slot(copy, cx, i, context.slot(i));
    }
    copy.copy_assigned(&context);
    copy
}

/// The description of a context's scope.
pub fn scope_info(context: Gc<Context>) -> Option<Arc<ScopeInfo>> {
    let template = context.template?;
    if context.scope_index == Context::MODULE_SCOPE {
        return template.code()?.module.as_ref()?.scope.clone();
    }
    match template.code()?.constant(ConstIndex(context.scope_index))? {
        Constant::Scope(info) => Some(Arc::clone(info)),
        _ => None,
    }
}

/// The characters of a constant string.
pub(crate) fn view(string: &JsString) -> StrView<'_> {
    match string.data() {
        StringData::Latin1(bytes) => StrView::Latin1(bytes),
        StringData::Utf16(units) => StrView::Utf16(units),
    }
}

fn is_named(name: &JsString, key: PropertyKey) -> bool {
    key.as_atom().is_some_and(|atom| atom.view() == view(name))
}

/// Is a slot of this mode something that source text can name?
fn is_variable(mode: VariableMode) -> bool {
    use VariableMode as M;
    matches!(
        mode,
        M::Var
            | M::Parameter
            | M::Let
            | M::Const
            | M::Class
            | M::CatchParameter
            | M::FunctionName
            | M::Using
            | M::Arguments
    )
}

fn is_lexical(mode: VariableMode) -> bool {
    matches!(mode, VariableMode::Let | VariableMode::Const | VariableMode::Class | VariableMode::Using)
}

fn find_slot(info: &ScopeInfo, key: PropertyKey) -> Option<(u32, &ScopeSlot)> {
    let found =
        info.slots.iter().enumerate().find(|(_, slot)| is_variable(slot.mode) && is_named(&slot.name, key));
    found.map(|(i, slot)| (i as u32, slot))
}

/// The binding cell of a module's variable.
fn find_module_cell(context: Gc<Context>, key: PropertyKey) -> Option<(Gc<BindingCell>, bool)> {
    let cells = context.extension.get().to::<ValueBuffer>()?;
    let template = context.template?;
    let module: &ModuleInfo = template.code()?.module.as_deref()?;
    let index = module.cells.iter().position(|cell| is_named(&cell.name, key))?;
    Some((cells.get(index as u32)?.to::<BindingCell>()?, module.cells[index].is_import))
}

// ---- global environment ------------------------------------------------------------------------------------------------

/// The value of a global binding.
///
/// # Errors
/// A `ReferenceError` when there is none or it is uninitialized; what getters throw.
pub fn load_global(cx: Cx<'_>, key: PropertyKey, unresolvable: Unresolvable) -> JsResult<Value> {
    if let Some(cell) = find_lexical(cx, cx.realm(), key) {
        let value = cell.value.get();
        if value.is_hole() {
            return Err(messages::throw_uninitialized(cx, key_value(cx, key)));
        }
        return Ok(value);
    }
    let global = cx.global();
    if let Some(value) = global.own_data_value(cx, key) {
        return Ok(value);
    }
    if global.has_property(cx, key)? {
        return global.get(cx, key);
    }
    match unresolvable {
        Unresolvable::IsUndefined => Ok(Value::UNDEFINED),
        Unresolvable::Throws => Err(messages::throw_not_defined(cx, key_value(cx, key))),
    }
}

/// Assigns to a binding cell.
fn assign_cell(cx: Cx<'_>, cell: Gc<BindingCell>, key: PropertyKey, value: Value) -> JsResult<()> {
    if cell.value.get().is_hole() {
        return Err(messages::throw_uninitialized(cx, key_value(cx, key)));
    }
    if cell.is_const() {
        return Err(messages::throw_const_assignment(cx));
    }
    BindingCell::note_assignment(cell, cx);
    cell.value.set(cx, cell, value);
    Ok(())
}

/// Assigns to a global binding.
///
/// # Errors
/// A `ReferenceError` when it is uninitialized, or does not exist in strict code; a `TypeError` for constants; what setters
/// throw.
pub fn store_global(cx: Cx<'_>, key: PropertyKey, value: Value, mode: LanguageMode) -> JsResult<()> {
    if let Some(cell) = find_lexical(cx, cx.realm(), key) {
        return assign_cell(cx, cell, key, value);
    }
    store_in_object(cx, cx.global(), key, value, mode)
}

/// SetMutableBinding of an object environment.
fn store_in_object(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    value: Value,
    mode: LanguageMode,
) -> JsResult<()> {
    // The property may have gone meanwhile; whether it has can be observed in sloppy code, too.
    let still_exists = object.has_property(cx, key)?;
    if mode == LanguageMode::Strict && !still_exists {
        return Err(messages::throw_not_defined(cx, key_value(cx, key)));
    }
    if !object.set_with_receiver(cx, key, value, object.into())? && mode == LanguageMode::Strict {
        return Err(
            cx.throw_type_error(format_args!("Cannot assign to read only property '{key}' of object"))
        );
    }
    Ok(())
}

/// Whether the global environment has a name now.
///
/// # Errors
/// What traps of the global object's prototypes throw.
pub(crate) fn has_global_binding(cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
    Ok(find_lexical(cx, cx.realm(), key).is_some() || cx.global().has_property(cx, key)?)
}

/// What the evaluation of a function declaration in a block of a script does (B.3.2.2).
///
/// # Errors
/// What the global object's setters throw.
pub(crate) fn store_block_function(cx: Cx<'_>, key: PropertyKey, closure: Value) -> JsResult<()> {
    if find_lexical(cx, cx.realm(), key).is_some() {
        return Ok(());
    }
    store_in_object(cx, cx.global(), key, closure, LanguageMode::Sloppy)
}

/// Strict code assigns to a name that could not be resolved when the assignment began.
///
/// # Errors
/// Always a `ReferenceError`.
pub(crate) fn throw_unresolvable(cx: Cx<'_>, key: PropertyKey) -> JsResult<Value> {
    Err(messages::throw_not_defined(cx, key_value(cx, key)))
}

/// Initializes a script-level lexical binding.
pub fn initialize_global_lexical(cx: Cx<'_>, key: PropertyKey, value: Value) {
    if let Some(cell) = find_lexical(cx, cx.realm(), key) {
        cell.value.set(cx, cell, value);
    }
}

fn declarations(template: Gc<FunctionTemplate>, index: u32) -> Option<(Arc<CodeBlock>, usize)> {
    let code = Arc::clone(template.code()?);
    Some((code, index as usize))
}

fn with_declarations<R>(
    template: Gc<FunctionTemplate>,
    index: u32,
    f: impl FnOnce(&Declarations) -> JsResult<R>,
) -> JsResult<R> {
    let (code, index) = declarations(template, index).expect("running code is compiled");
    match &code.constants[index] {
        Constant::Declarations(declarations) => f(declarations),
        _ => unreachable!("the verifier checked the constant's kind"),
    }
}

/// GlobalDeclarationInstantiation.
///
/// # Errors
/// A `SyntaxError` for conflicting names, a `TypeError` when the global object cannot take a name.
pub fn declare_globals(cx: Cx<'_>, template: Gc<FunctionTemplate>, index: u32) -> JsResult<()> {
    with_declarations(template, index, |d| {
        let realm = cx.realm();
        for lexical in &d.lexical {
            let key = string_key(cx, &lexical.name);
            if find_lexical(cx, realm, key).is_some() || has_restricted_global(cx, key)? {
                return Err(throw_redeclared(cx, key));
            }
        }
        for name in d.functions.iter().chain(&d.vars) {
            let key = string_key(cx, name);
            if find_lexical(cx, realm, key).is_some() {
                return Err(throw_redeclared(cx, key));
            }
        }
        check_global_names(cx, d)?;
        for lexical in &d.lexical {
            let flags = if lexical.is_const { BindingCell::CONST } else { 0 };
            declare_lexical(cx, realm, string_key(cx, &lexical.name), flags);
        }
        create_global_names(cx, d)
    })
}

#[cold]
fn throw_redeclared(cx: Cx<'_>, key: PropertyKey) -> crate::completion::Throw {
    cx.throw_syntax_error(format_args!("Identifier '{key}' has already been declared"))
}

/// HasRestrictedGlobalProperty
fn has_restricted_global(cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
    let property = cx.global().get_own_property(cx, key)?;
    Ok(property.is_some_and(|p| p.configurable == Some(false)))
}

/// CanDeclareGlobalFunction and CanDeclareGlobalVar for all names.
fn check_global_names(cx: Cx<'_>, d: &Declarations) -> JsResult<()> {
    let global = cx.global();
    for name in &d.functions {
        let key = string_key(cx, name);
        let possible = match global.get_own_property(cx, key)? {
            None => global.is_extensible(cx)?,
            Some(p) => {
                p.configurable == Some(true)
                    || (p.is_data() && p.writable == Some(true) && p.enumerable == Some(true))
            }
        };
        if !possible {
            return Err(cx.throw_type_error(format_args!("Cannot declare global function '{key}'")));
        }
    }
    for name in &d.vars {
        let key = string_key(cx, name);
        if !global.has_own_property(cx, key)? && !global.is_extensible(cx)? {
            return Err(cx.throw_type_error(format_args!("Cannot declare global variable '{key}'")));
        }
    }
    Ok(())
}

/// Creates the global functions (as undefined) and variables.
fn create_global_names(cx: Cx<'_>, d: &Declarations) -> JsResult<()> {
    let global = cx.global();
    for name in &d.functions {
        create_global_function(cx, string_key(cx, name), Value::UNDEFINED, d.deletable)?;
    }
    for name in d.vars.iter().chain(&d.annex_b) {
        let key = string_key(cx, name);
        // Annex B functions that clash with a lexical declaration are left alone.
        if find_lexical(cx, cx.realm(), key).is_none()
            && !global.has_own_property(cx, key)?
            && global.is_extensible(cx)?
        {
            global.define_property_or_throw(cx, key, &binding_descriptor(Value::UNDEFINED, d.deletable))?;
        }
    }
    Ok(())
}

fn binding_descriptor(value: Value, deletable: bool) -> PropertyDescriptor {
    let attributes = Attributes::WRITABLE.union(Attributes::ENUMERABLE);
    PropertyDescriptor::data(
        value,
        if deletable { attributes.union(Attributes::CONFIGURABLE) } else { attributes },
    )
}

/// CreateGlobalFunctionBinding
fn create_global_function(cx: Cx<'_>, key: PropertyKey, value: Value, deletable: bool) -> JsResult<()> {
    let global = cx.global();
    let descriptor = match global.get_own_property(cx, key)? {
        Some(p) if p.configurable == Some(false) => {
            PropertyDescriptor { value: Some(value), ..Default::default() }
        }
        _ => binding_descriptor(value, deletable),
    };
    global.define_property_or_throw(cx, key, &descriptor)?;
    // Setting what was just defined can only be seen by a proxy; elsewhere it would end the property's constness.
    if global.is_proxy() { global.set(cx, key, value) } else { Ok(()) }
}

// ---- lookup slots ------------------------------------------------------------------------------------------------------

/// Where a name was found.
enum Holder {
    Slot(Gc<Context>, u32, VariableMode, ScopeKind),
    Module(Gc<BindingCell>, bool),
    /// The object of a `with`.
    With(Object),
    /// Variables that eval declared.
    Variables(Object),
}

/// Searches the contexts; none means that the global environment is to be asked.
fn find(cx: Cx<'_>, context: Option<Gc<Context>>, key: PropertyKey) -> JsResult<Option<Holder>> {
    let mut next = context;
    while let Some(context) = next {
        next = context.previous;
        let Some(info) = scope_info(context) else { continue };
        if info.kind == ScopeKind::With {
            let object = context.extension.get().as_object_unchecked();
            if with_has_binding(cx, object, key)? {
                return Ok(Some(Holder::With(object)));
            }
            continue;
        }
        if let Some((index, slot)) = find_slot(&info, key) {
            return Ok(Some(Holder::Slot(context, index, slot.mode, info.kind)));
        }
        if let Some(object) = context.extension.get().as_object() {
            if object.has_own_property(cx, key)? {
                return Ok(Some(Holder::Variables(object)));
            }
        } else if let Some((cell, is_import)) = find_module_cell(context, key) {
            return Ok(Some(Holder::Module(cell, is_import)));
        }
    }
    Ok(None)
}

/// HasBinding of the object environment of a `with`.
fn with_has_binding(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<bool> {
    if !object.has_property(cx, key)? {
        return Ok(false);
    }
    let unscopables = object.get(cx, cx.symbol_key(WellKnownSymbol::unscopables))?;
    match unscopables.as_object() {
        Some(list) => Ok(!to_boolean(list.get(cx, key)?)),
        None => Ok(true),
    }
}

fn checked(cx: Cx<'_>, value: Value, key: PropertyKey) -> JsResult<Value> {
    if value.is_hole() { Err(messages::throw_uninitialized(cx, key_value(cx, key))) } else { Ok(value) }
}

/// GetBindingValue of an object environment: the property may have gone meanwhile.
fn load_from_object(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<Value> {
    if object.has_property(cx, key)? {
        return object.get(cx, key);
    }
    if cx.runs_strict_code() {
        return Err(messages::throw_not_defined(cx, key_value(cx, key)));
    }
    Ok(Value::UNDEFINED)
}

/// The value of a dynamically resolved name.
///
/// # Errors
/// A `ReferenceError`; what getters and traps throw.
pub fn load_lookup_slot(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    key: PropertyKey,
    unresolvable: Unresolvable,
) -> JsResult<Value> {
    let holder = find(cx, context, key)?;
    load_holder(cx, holder, key, unresolvable)
}

fn load_holder(
    cx: Cx<'_>,
    holder: Option<Holder>,
    key: PropertyKey,
    unresolvable: Unresolvable,
) -> JsResult<Value> {
    match holder {
        None => load_global(cx, key, unresolvable),
        Some(Holder::Slot(context, index, ..)) => checked(cx, context.slot(index), key),
        Some(Holder::Module(cell, _)) => checked(cx, cell.value.get(), key),
        Some(Holder::With(object) | Holder::Variables(object)) => load_from_object(cx, object, key),
    }
}

/// The value and the receiver for a call of a dynamically resolved name.
///
/// # Errors
/// As for `load_lookup_slot`.
pub fn load_lookup_slot_for_call(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    key: PropertyKey,
) -> JsResult<(Value, Value)> {
    match find(cx, context, key)? {
        Some(Holder::With(object)) => Ok((load_from_object(cx, object, key)?, object.into())),
        holder => Ok((load_holder(cx, holder, key, Unresolvable::Throws)?, Value::UNDEFINED)),
    }
}

fn language_mode(flags: u32) -> LanguageMode {
    match LookupStoreFlags::from_operand(flags) {
        Some(LookupStoreFlags::Strict) => LanguageMode::Strict,
        _ => LanguageMode::Sloppy,
    }
}

/// Assigns to a dynamically resolved name; `flags` are a number of `LookupStoreFlags`.
///
/// # Errors
/// As for `store_global`.
pub fn store_lookup_slot(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    key: PropertyKey,
    value: Value,
    flags: u32,
) -> JsResult<()> {
    if LookupStoreFlags::from_operand(flags) == Some(LookupStoreFlags::HoistedVar) {
        return store_hoisted(cx, context, key, value);
    }
    let mode = language_mode(flags);
    match find(cx, context, key)? {
        None => store_global(cx, key, value, mode),
        Some(Holder::Slot(context, index, variable, scope)) => {
            checked(cx, context.slot(index), key)?;
            let immutable = variable == VariableMode::Const
                || variable == VariableMode::Using
                || (variable == VariableMode::Class && scope == ScopeKind::Class);
            if immutable || (variable == VariableMode::FunctionName && mode == LanguageMode::Strict) {
                return Err(messages::throw_const_assignment(cx));
            }
            if variable != VariableMode::FunctionName {
                Context::assign_slot(context, cx, index, value);
            }
            Ok(())
        }
        Some(Holder::Module(cell, true)) => {
            checked(cx, cell.value.get(), key)?;
            Err(messages::throw_const_assignment(cx))
        }
        Some(Holder::Module(cell, false)) => assign_cell(cx, cell, key, value),
        Some(Holder::With(object) | Holder::Variables(object)) => {
            store_in_object(cx, object, key, value, mode)
        }
    }
}

/// Deletes a dynamically resolved binding, if it can be.
///
/// # Errors
/// What traps throw.
pub fn delete_lookup_slot(cx: Cx<'_>, context: Option<Gc<Context>>, key: PropertyKey) -> JsResult<bool> {
    match find(cx, context, key)? {
        None if find_lexical(cx, cx.realm(), key).is_some() => Ok(false),
        None => cx.global().delete(cx, key),
        Some(Holder::Slot(..) | Holder::Module(..)) => Ok(false),
        Some(Holder::With(object) | Holder::Variables(object)) => object.delete(cx, key),
    }
}

/// The object that has a name before its value is computed, or `undefined` when no object environment does.
///
/// # Errors
/// What traps throw.
pub fn resolve_lookup_slot(cx: Cx<'_>, context: Option<Gc<Context>>, key: PropertyKey) -> JsResult<Value> {
    match find(cx, context, key)? {
        Some(Holder::With(object) | Holder::Variables(object)) => Ok(object.into()),
        _ => Ok(Value::UNDEFINED),
    }
}

/// The value of a name whose holder was found by [`resolve_lookup_slot`].
///
/// # Errors
/// As for `load_lookup_slot`.
pub fn load_resolved_lookup_slot(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    holder: Value,
    key: PropertyKey,
) -> JsResult<Value> {
    match holder.as_object() {
        Some(object) => load_from_object(cx, object, key),
        None => load_lookup_slot(cx, context, key, Unresolvable::Throws),
    }
}

/// Assigns to a name whose holder was found by [`resolve_lookup_slot`].
///
/// # Errors
/// As for `store_lookup_slot`.
pub fn store_resolved_lookup_slot(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    holder: Value,
    key: PropertyKey,
    value: Value,
    flags: u32,
) -> JsResult<()> {
    match holder.as_object() {
        Some(object) => store_in_object(cx, object, key, value, language_mode(flags)),
        None => store_lookup_slot(cx, context, key, value, flags),
    }
}

// ---- eval --------------------------------------------------------------------------------------------------------------

/// The context of the nearest variable scope; none for the global one.
fn variable_context(context: Option<Gc<Context>>) -> Option<Gc<Context>> {
    let mut next = context;
    while let Some(context) = next {
        if scope_info(context).is_some_and(|info| info.flags.contains(ScopeFlags::VARIABLE_SCOPE)) {
            return Some(context);
        }
        next = context.previous;
    }
    None
}

/// Checks that no scope between the eval and the variable scope declares a name lexically.
fn check_lexical_conflict(cx: Cx<'_>, context: Option<Gc<Context>>, key: PropertyKey) -> JsResult<()> {
    let mut next = context;
    while let Some(context) = next {
        next = context.previous;
        let Some(info) = scope_info(context) else { continue };
        let is_end = info.flags.contains(ScopeFlags::VARIABLE_SCOPE);
        if let Some((_, slot)) = find_slot(&info, key) {
            let conflicts =
                if is_end { is_lexical(slot.mode) } else { slot.mode != VariableMode::CatchParameter };
            if conflicts && slot.mode != VariableMode::FunctionName {
                return Err(throw_redeclared(cx, key));
            }
        }
        if is_end {
            return Ok(());
        }
    }
    if find_lexical(cx, cx.realm(), key).is_some() {
        return Err(throw_redeclared(cx, key));
    }
    Ok(())
}

/// EvalDeclarationInstantiation of sloppy eval code in the current context.
///
/// # Errors
/// A `SyntaxError` for conflicting names, a `TypeError` when the global object cannot take a name.
pub fn declare_eval_variables(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    template: Gc<FunctionTemplate>,
    index: u32,
) -> JsResult<()> {
    with_declarations(template, index, |d| {
        for name in d.functions.iter().chain(&d.vars) {
            check_lexical_conflict(cx, context, string_key(cx, name))?;
        }
        let Some(scope) = variable_context(context) else {
            check_global_names(cx, d)?;
            return create_global_names(cx, d);
        };
        let info = scope_info(scope).expect("a variable scope has a description");
        for name in d.functions.iter().chain(&d.vars) {
            let key = string_key(cx, name);
            if find_slot(&info, key).is_none() {
                let variables = variable_object(cx, scope);
                if !variables.has_own_property(cx, key)? {
                    variables.create_data_property_or_throw(cx, key, Value::UNDEFINED)?;
                }
            }
        }
        for name in &d.annex_b {
            declare_eval_var(cx, context, string_key(cx, name))?;
        }
        Ok(())
    })
}

fn variable_object(cx: Cx<'_>, scope: Gc<Context>) -> Object {
    if let Some(object) = scope.extension.get().as_object() {
        return object;
    }
    let object = Object::with_prototype(cx, None);
    scope.extension.set(cx, scope, object.into());
    object
}

/// Stores a function or hoisted variable of eval code in the variable scope.
fn store_hoisted(cx: Cx<'_>, context: Option<Gc<Context>>, key: PropertyKey, value: Value) -> JsResult<()> {
    let Some(scope) = variable_context(context) else {
        return store_in_object(cx, cx.global(), key, value, LanguageMode::Sloppy);
    };
    let info = scope_info(scope).expect("a variable scope has a description");
    match find_slot(&info, key) {
        Some((index, _)) => {
            Context::assign_slot(scope, cx, index, value);
            Ok(())
        }
        None => variable_object(cx, scope).set(cx, key, value),
    }
}

/// The store of a function that sloppy eval code declares.
///
/// # Errors
/// What the global object's setters throw.
pub(crate) fn declare_eval_function(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    key: PropertyKey,
    closure: Value,
) -> JsResult<()> {
    match variable_context(context) {
        Some(_) => store_hoisted(cx, context, key, closure),
        None => create_global_function(cx, key, closure, true),
    }
}

/// Declares one `var` in the variable scope of a sloppy direct eval (Annex B functions in blocks).
///
/// # Errors
/// As for `declare_eval_variables`.
pub(crate) fn declare_eval_var(cx: Cx<'_>, context: Option<Gc<Context>>, key: PropertyKey) -> JsResult<()> {
    if check_lexical_conflict(cx, context, key).is_err() {
        // An Annex B function that would conflict is not hoisted.
        cx.take_pending();
        return Ok(());
    }
    let Some(scope) = variable_context(context) else {
        let global = cx.global();
        if !global.has_own_property(cx, key)? && global.is_extensible(cx)? {
            global.define_property_or_throw(cx, key, &binding_descriptor(Value::UNDEFINED, true))?;
        }
        return Ok(());
    };
    let info = scope_info(scope).expect("a variable scope has a description");
    if find_slot(&info, key).is_none() {
        let variables = variable_object(cx, scope);
        if !variables.has_own_property(cx, key)? {
            variables.create_data_property_or_throw(cx, key, Value::UNDEFINED)?;
        }
    }
    Ok(())
}
