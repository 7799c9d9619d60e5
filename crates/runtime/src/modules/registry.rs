//! A realm's loaded modules, by canonical name and kind, and by what was asked for.
//!
//! Two maps for two promises of the specification: the same request from the same referrer gives the same module for ever
//! (HostLoadImportedModule, 16.2.1.9), and the host's canonical names make different requests meet in one module. The
//! maps hold numbers; the modules are in a list of cells, which lives as long as the realm.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;
use unspool_gc::Gc;
use unspool_values::Value;
use unspool_values::object::GcVec;

use crate::cells::{NativeData, Record};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::Realm;
use crate::strings::OrThrow as _;

use super::Module;

/// What a module's text is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum TextKind {
    JavaScript,
    Json,
    Text,
    /// The text is the class name of a module source object.
    Source,
}

/// What was asked for: referrer, specifier, the value of the `type` attribute.
pub(super) type Request = (String, String, Option<String>);

#[derive(Default)]
struct Index {
    by_name: RefCell<FxHashMap<(String, TextKind), usize>>,
    by_request: RefCell<FxHashMap<Request, usize>>,
    /// `[[ModuleAsyncEvaluationCount]]`
    async_evaluations: Cell<u64>,
}

/// The realm's registry: a record of the list of modules and the index into it.
fn registry(cx: Cx<'_>, realm: Gc<Realm>) -> Gc<Record> {
    let slot = &realm.registries[Realm::MODULES];
    if let Some(record) = slot.get().to::<Record>() {
        return record;
    }
    let list = GcVec::new(cx);
    let index = NativeData::new(cx, Box::new(Index::default()));
    let record = Record::new(cx, 0, &[Value::from_cell(list.cell()), Value::from_cell(index)]);
    slot.set(cx, realm, Value::from_cell(record));
    record
}

fn with_index<R>(cx: Cx<'_>, realm: Gc<Realm>, f: impl FnOnce(&Index, GcVec) -> R) -> R {
    let record = registry(cx, realm);
    let list = GcVec::from_cell(record.values[0].get().to().expect("the list of modules"));
    let index = record.values[1].get().to::<NativeData>().expect("the index of modules");
    f(index.get::<Index>().expect("the index of modules"), list)
}

/// The number of the module that is added next.
pub(super) fn next_id(cx: Cx<'_>) -> u32 {
    with_index(cx, cx.realm(), |_, list| list.len() as u32)
}

/// Keeps a new module while its realm lives; its id is its place in the list.
pub(super) fn add(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    with_index(cx, cx.realm(), |_, list| {
        debug_assert_eq!(list.len(), module.id as usize);
        list.push(cx, Value::from_cell(module)).or_throw(cx)
    })
}

/// IncrementModuleAsyncEvaluationCount; the first is 1.
pub(super) fn next_async_order(cx: Cx<'_>, realm: Gc<Realm>) -> u64 {
    with_index(cx, realm, |index, _| {
        index.async_evaluations.set(index.async_evaluations.get() + 1);
        index.async_evaluations.get()
    })
}

/// The module that a request gave before.
pub(super) fn find_request(cx: Cx<'_>, request: &Request) -> Option<Gc<Module>> {
    with_index(cx, cx.realm(), |index, list| {
        let at = *index.by_request.borrow().get(request)?;
        list.get(at).to::<Module>()
    })
}

pub(super) fn find(cx: Cx<'_>, name: &str, kind: TextKind) -> Option<Gc<Module>> {
    with_index(cx, cx.realm(), |index, list| {
        let at = *index.by_name.borrow().get(&(name.to_string(), kind))?;
        list.get(at).to::<Module>()
    })
}

/// Enters a module under its name; one that had it before is replaced.
pub(super) fn enter(cx: Cx<'_>, module: Gc<Module>, kind: TextKind) {
    let name = module.name_text(cx);
    with_index(cx, cx.realm(), |index, _| {
        index.by_name.borrow_mut().insert((name, kind), module.id as usize)
    });
}

/// Notes what a request gave, so that it gives the same from now on.
pub(super) fn enter_request(cx: Cx<'_>, request: Request, module: Gc<Module>) {
    with_index(cx, cx.realm(), |index, _| index.by_request.borrow_mut().insert(request, module.id as usize));
}

/// The JavaScript or synthetic module of this name in the running realm, if it was loaded.
pub fn find_module(cx: Cx<'_>, name: &str) -> Option<Gc<Module>> {
    find(cx, name, TextKind::JavaScript)
}

/// Lets requests for which the host gives the module's name find it (synthetic modules of the embedder).
pub fn register_module(cx: Cx<'_>, module: Gc<Module>) {
    enter(cx, module, TextKind::JavaScript);
}
