//! The table that tells the collector how to trace each kind of cell.
//!
//! The collector knows a cell's kind as a number; row by row this table gives a name, a trace function, and for some
//! kinds a finalizer or a weak function. Rows of strings, symbols and storage come from `unspool_values`, the rest from
//! `cells`. It is built at compile time, and a kind without a row does not compile.

use unspool_gc::{FinalizeFn, KindInfo, ManagedCell, TraceFn, WeakFn};
use unspool_values::CellKind;
use unspool_values::object::ObjectHead;

use crate::cells::*;
use crate::jobs::Job;
use crate::realm::Realm;

/// The kind of a cell structure.
#[inline(always)]
pub fn kind_of<T: ManagedCell>() -> CellKind {
    const { CellKind::ALL[T::KIND as usize] }
}

/// All kinds, in the order of their numbers.
pub static KINDS: &[KindInfo] = &TABLE;

const COUNT: usize = CellKind::ALL.len();
static TABLE: [KindInfo; COUNT] = table();

const fn table() -> [KindInfo; COUNT] {
    let mut rows = [const { KindInfo::leaf("") }; COUNT];
    let mut i = 0;
    while i < COUNT {
        rows[i] = match unspool_values::kind_info(CellKind::ALL[i]) {
            Some(row) => row,
            None => row(CellKind::ALL[i]),
        };
        i += 1;
    }
    rows
}

const fn row(kind: CellKind) -> KindInfo {
    use CellKind as K;
    let mut row = KindInfo::traced(kind.name(), trace_of(kind));
    // Constructor data carry the initial shape of instances.
    row.has_meta = kind as u8 >= K::FIRST_OBJECT as u8 || matches!(kind, K::ConstructorData);
    row.finalize = finalizer_of(kind);
    row.weak = weak_of(kind);
    if matches!(kind, K::EphemeronTable) {
        row.ephemeron = Some(EphemeronTable::mark_values);
    }
    row
}

const fn trace_of(kind: CellKind) -> TraceFn {
    use CellKind as K;
    match kind {
        K::ByteStore => ByteStore::trace_cell,
        K::Context => Context::trace_cell,
        K::FeedbackVector => FeedbackVector::trace_cell,
        K::FeedbackCell => FeedbackCell::trace_cell,
        K::PolymorphicCache => PolymorphicCache::trace_cell,
        K::ConstructorData => ConstructorData::trace_cell,
        K::FunctionTemplate => FunctionTemplate::trace_cell,
        K::BindingCell => BindingCell::trace_cell,
        K::ForInState => crate::object::enumerate::ForInState::trace_cell,
        K::Realm => Realm::trace_cell,
        K::Script => Script::trace_cell,
        K::Module => crate::modules::Module::trace_cell,
        K::NativeData => NativeData::trace_cell,
        K::Record => Record::trace_cell,
        K::HashTable => HashTable::trace_cell,
        K::EphemeronTable => EphemeronTable::trace_cell,
        K::FinalizationCell => FinalizationCell::trace_cell,
        K::WeakRef => WeakRefObject::trace_cell,
        K::FinalizationRegistry => FinalizationRegistryObject::trace_cell,
        K::Job => Job::trace_cell,
        K::PromiseReaction => crate::promise::PromiseReaction::trace_cell,
        K::Object | K::Global => ObjectHead::trace_ordinary,
        K::Array => Array::trace_cell,
        K::Arguments => ArgumentsObject::trace_cell,
        K::Error => ErrorObject::trace_cell,
        K::PrimitiveWrapper => PrimitiveWrapper::trace_cell,
        K::Date => DateObject::trace_cell,
        K::RegExp => RegExpObject::trace_cell,
        K::Map => MapObject::trace_cell,
        K::Set => SetObject::trace_cell,
        K::WeakMap => WeakMapObject::trace_cell,
        K::WeakSet => WeakSetObject::trace_cell,
        K::ArrayBuffer => ArrayBufferObject::trace_cell,
        K::TypedArray => TypedArrayObject::trace_cell,
        K::DataView => DataViewObject::trace_cell,
        K::Promise => PromiseObject::trace_cell,
        K::Generator => GeneratorObject::trace_cell,
        K::AsyncGenerator => AsyncGeneratorObject::trace_cell,
        K::BuiltinIterator => BuiltinIterator::trace_cell,
        K::ModuleNamespace => ModuleNamespaceObject::trace_cell,
        K::Host => HostObject::trace_cell,
        K::Proxy => ProxyObject::trace_cell,
        K::CallableProxy => CallableProxyObject::trace_cell,
        K::Function => Function::trace_cell,
        K::NativeFunction => NativeFunction::trace_cell,
        K::BoundFunction => BoundFunction::trace_cell,
        // Kinds that nobody makes yet; their rows come with their structures.
        _ => ObjectHead::trace_ordinary,
    }
}

const fn finalizer_of(kind: CellKind) -> Option<FinalizeFn> {
    use CellKind as K;
    match kind {
        K::ByteStore => Some(ByteStore::finalize_cell),
        K::FunctionTemplate => Some(FunctionTemplate::finalize_cell),
        K::Script => Some(Script::finalize_cell),
        K::NativeData => Some(NativeData::finalize_cell),
        _ => None,
    }
}

const fn weak_of(kind: CellKind) -> Option<WeakFn> {
    match kind {
        CellKind::FeedbackVector => Some(FeedbackVector::purge_cell),
        CellKind::EphemeronTable => Some(EphemeronTable::purge_cell),
        CellKind::WeakRef => Some(WeakRefObject::purge_cell),
        _ => None,
    }
}
