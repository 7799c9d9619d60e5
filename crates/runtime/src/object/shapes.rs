//! Shapes of objects: where they begin, and what becomes of an object's shape when it turns into a prototype.
//!
//! The class of a shape is the object's [`CellKind`], so objects of two kinds never share one. An object that is the
//! prototype of others has a *unique* shape (`ShapeFlags::USED_AS_PROTOTYPE`): `Object::become_prototype` is called for
//! every object that is put into the prototype field of a shape. Its *validity cell* stands for "this object and all it
//! inherits from have the structure they had"; `validity_of_chain` links the cells from the top of the chain down.
//!
//! Elements are no part of the structure that shapes see. A prototype that gets its first elements breaks its validity
//! cell by hand (`Object::note_elements_on_prototype`), so that caches may rely on "nothing indexed is inherited".

use unspool_gc::Gc;
use unspool_shapes::{Attributes, ShapeFlags, ShapeId, ValidityId};
use unspool_values::atom::KnownAtom;
use unspool_values::object::{ElementsRef, ObjectHead};
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, PropertyKey};

use super::Object;
use super::virtuals::VirtualRule;
use crate::cells::PrimitiveWrapper;
use crate::isolate::{Cx, ShapeProto};
use crate::realm::{Intrinsic, Realm, RealmShape};

/// Inline slots of objects about whose origin nothing is known (`{}`, `Object.create`): four, as V8 gives to `{}`.
pub const DEFAULT_INLINE_CAPACITY: u8 = 4;

/// The prototype handle of shapes for an object.
#[inline(always)]
pub(crate) fn shape_proto(prototype: Option<Object>) -> ShapeProto {
    prototype.map(Object::cell)
}

/// The object behind a prototype handle.
#[inline(always)]
pub fn proto_object(proto: ShapeProto) -> Option<Object> {
    // SAFETY: handles are only made by `shape_proto`, from objects.
    proto.map(|cell| unsafe { Object::from_cell_unchecked(cell) })
}

/// The shape of an empty object of a kind. Only kinds whose structure ends with inline slots (`Object`) have any.
pub fn root_shape(cx: Cx<'_>, kind: CellKind, prototype: Option<Object>, inline_capacity: u8) -> ShapeId {
    debug_assert!(inline_capacity == 0 || kind == CellKind::Object);
    if let Some(prototype) = prototype {
        prototype.become_prototype(cx);
    }
    cx.shapes.root(kind as u8, shape_proto(prototype), inline_capacity)
}

/// The shape of a String wrapper: its `length` is virtual.
pub(crate) fn string_wrapper_shape(cx: Cx<'_>, prototype: Object) -> ShapeId {
    let root = root_shape(cx, CellKind::PrimitiveWrapper, Some(prototype), 0);
    with_virtual(cx, root, cx.key(KnownAtom::length), Attributes::NONE, VirtualRule::StringLength)
}

/// The shape of an array with this prototype.
pub(crate) fn array_shape(cx: Cx<'_>, prototype: Option<Object>) -> ShapeId {
    let root = root_shape(cx, CellKind::Array, prototype, 0);
    with_virtual(cx, root, cx.key(KnownAtom::length), Attributes::WRITABLE, VirtualRule::ArrayLength)
}

/// The shape of an error with this prototype: `stack` comes first and is virtual.
pub(crate) fn error_shape(cx: Cx<'_>, prototype: Object) -> ShapeId {
    let root = root_shape(cx, CellKind::Error, Some(prototype), 0);
    with_virtual(cx, root, cx.key(KnownAtom::stack), Attributes::HIDDEN, VirtualRule::ErrorStack)
}

/// The shape of `%Function.prototype%`, a native function that inherits from `%Object.prototype%`.
pub(crate) fn function_prototype_shape(cx: Cx<'_>, parent: Object) -> ShapeId {
    let root = root_shape(cx, CellKind::NativeFunction, Some(parent), 0);
    let shape = with_virtual(
        cx,
        root,
        cx.key(KnownAtom::length),
        Attributes::CONFIGURABLE,
        VirtualRule::FunctionLength,
    );
    with_virtual(cx, shape, cx.key(KnownAtom::name), Attributes::CONFIGURABLE, VirtualRule::FunctionName)
}

fn with_virtual(
    cx: Cx<'_>,
    shape: ShapeId,
    key: PropertyKey,
    attributes: Attributes,
    rule: VirtualRule,
) -> ShapeId {
    if let Some(property) = cx.shapes.lookup(shape, key) {
        debug_assert_eq!(property.location, unspool_shapes::Location::Virtual(rule as u8));
        return shape;
    }
    cx.shapes.add_virtual(shape, key, attributes, rule as u8)
}

/// Makes a shape of [`RealmShape`].
pub(crate) fn make_realm_shape(cx: Cx<'_>, realm: Gc<Realm>, shape: RealmShape) -> ShapeId {
    use Intrinsic as I;
    let intrinsic = |which| Some(Realm::intrinsic(realm, cx, which));
    let key = |atom| cx.key(atom);
    let function = |kind, prototype| function_shape(cx, kind, intrinsic(prototype));
    let closure = |prototype| function_shape(cx, CellKind::Function, intrinsic(prototype));
    let with_prototype = |shape, attributes| {
        with_virtual(cx, shape, key(KnownAtom::prototype), attributes, VirtualRule::FunctionPrototype)
    };
    match shape {
        RealmShape::EmptyObject => {
            root_shape(cx, CellKind::Object, intrinsic(I::ObjectPrototype), DEFAULT_INLINE_CAPACITY)
        }
        RealmShape::Array => array_shape(cx, intrinsic(I::ArrayPrototype)),
        RealmShape::Function => with_prototype(closure(I::FunctionPrototype), Attributes::WRITABLE),
        RealmShape::SloppyFunction => {
            let caller = VirtualRule::FunctionCaller;
            let shape = closure(I::FunctionPrototype);
            let shape = with_virtual(cx, shape, key(KnownAtom::arguments), Attributes::NONE, caller);
            let shape = with_virtual(cx, shape, key(KnownAtom::caller), Attributes::NONE, caller);
            with_prototype(shape, Attributes::WRITABLE)
        }
        RealmShape::Class => with_prototype(closure(I::FunctionPrototype), Attributes::NONE),
        RealmShape::Method => closure(I::FunctionPrototype),
        RealmShape::GeneratorFunction => {
            with_prototype(closure(I::GeneratorFunctionPrototype), Attributes::WRITABLE)
        }
        RealmShape::AsyncFunction => closure(I::AsyncFunctionPrototype),
        RealmShape::AsyncGeneratorFunction => {
            with_prototype(closure(I::AsyncGeneratorFunctionPrototype), Attributes::WRITABLE)
        }
        RealmShape::NativeFunction => function(CellKind::NativeFunction, I::FunctionPrototype),
        RealmShape::NativeConstructor => {
            with_prototype(function(CellKind::NativeFunction, I::FunctionPrototype), Attributes::NONE)
        }
        RealmShape::Error => error_shape(cx, Realm::intrinsic(realm, cx, I::ErrorPrototype)),
        RealmShape::ArrayIterator => {
            root_shape(cx, CellKind::BuiltinIterator, intrinsic(I::ArrayIteratorPrototype), 0)
        }
        RealmShape::IteratorResult => {
            let root = root_shape(cx, CellKind::Object, intrinsic(I::ObjectPrototype), 2);
            let shape = add_plain(cx, root, key(KnownAtom::value), Attributes::ALL);
            add_plain(cx, shape, key(KnownAtom::done), Attributes::ALL)
        }
        RealmShape::MappedArguments => {
            let shape = arguments_shape(cx, intrinsic(I::ObjectPrototype));
            add_plain(cx, shape, key(KnownAtom::callee), Attributes::HIDDEN)
        }
        RealmShape::UnmappedArguments => {
            let shape = arguments_shape(cx, intrinsic(I::ObjectPrototype));
            let accessor = unspool_shapes::PropertyKind::Accessor;
            cx.shapes.add(shape, key(KnownAtom::callee), Attributes::NONE, accessor).shape
        }
        RealmShape::RegExp => regexp_shape(cx, Realm::intrinsic(realm, cx, I::RegExpPrototype)),
        RealmShape::MatchResult => {
            let root = array_shape(cx, intrinsic(I::ArrayPrototype));
            let shape = add_plain(cx, root, key(KnownAtom::index), Attributes::ALL);
            let shape = add_plain(cx, shape, key(KnownAtom::input), Attributes::ALL);
            add_plain(cx, shape, key(KnownAtom::groups), Attributes::ALL)
        }
        RealmShape::Count => unreachable!("not a shape"),
    }
}

/// What all functions have: `length` and `name`, computed until the program changes them.
fn function_shape(cx: Cx<'_>, kind: CellKind, prototype: Option<Object>) -> ShapeId {
    let (length, name) = (cx.key(KnownAtom::length), cx.key(KnownAtom::name));
    let root = root_shape(cx, kind, prototype, 0);
    let shape = with_virtual(cx, root, length, Attributes::CONFIGURABLE, VirtualRule::FunctionLength);
    with_virtual(cx, shape, name, Attributes::CONFIGURABLE, VirtualRule::FunctionName)
}

/// What both sorts of arguments objects begin with; `callee` follows.
fn arguments_shape(cx: Cx<'_>, prototype: Option<Object>) -> ShapeId {
    let root = root_shape(cx, CellKind::Arguments, prototype, 0);
    let shape = add_plain(cx, root, cx.key(KnownAtom::length), Attributes::HIDDEN);
    add_plain(cx, shape, cx.symbol_key(WellKnownSymbol::iterator), Attributes::HIDDEN)
}

/// The shape of a RegExp with this prototype: `lastIndex` is its first property.
pub(crate) fn regexp_shape(cx: Cx<'_>, prototype: Object) -> ShapeId {
    let root = root_shape(cx, CellKind::RegExp, Some(prototype), 0);
    add_plain(cx, root, cx.key(KnownAtom::lastIndex), Attributes::WRITABLE)
}

/// A data property with a slot. Shapes made ahead promise no constness: their slots are filled in many objects.
fn add_plain(cx: Cx<'_>, shape: ShapeId, key: PropertyKey, attributes: Attributes) -> ShapeId {
    cx.shapes.add_mutable(shape, key, attributes, unspool_shapes::PropertyKind::Data).shape
}

impl Object {
    /// The prototype of an object that is no proxy.
    #[inline]
    pub fn prototype(self, cx: Cx<'_>) -> Option<Object> {
        proto_object(cx.shapes.prototype(self.shape()))
    }

    /// Is it extensible? For objects that are no proxies.
    #[inline]
    pub(crate) fn is_extensible_ordinary(self, cx: Cx<'_>) -> bool {
        cx.shapes.is_extensible(self.shape())
    }

    /// Stores the shape that an operation of the shape tree returned, and tells who relied on what it broke.
    ///
    /// No write barrier: a minor collection looks at all shapes that are new.
    #[inline]
    pub(crate) fn change_shape(self, cx: Cx<'_>, shape: ShapeId) {
        self.head().header().set_meta(shape.raw());
        notify_broken(cx);
    }

    /// Gives a new object (made by `Cx::allocate` with an empty head) its shape.
    #[inline(always)]
    pub(crate) fn initialize_shape(self, shape: ShapeId) {
        self.head().header().set_meta(shape.raw());
    }

    /// Gives the object a shape of its own, as prototypes need. Done whenever an object becomes the prototype of another.
    #[inline]
    pub fn become_prototype(self, cx: Cx<'_>) {
        if !cx.shapes.flags(self.shape()).contains(ShapeFlags::USED_AS_PROTOTYPE) {
            let shape = cx.shapes.to_prototype(self.shape());
            self.change_shape(cx, shape);
        }
    }

    /// Gives the object a shape of its own in which properties keep their const bits: the global object, namespaces.
    pub fn become_unique(self, cx: Cx<'_>) {
        let shape = cx.shapes.to_unique(self.shape());
        self.change_shape(cx, shape);
    }

    /// To be called before an object without elements gets some: caches that rely on "no indexed property is inherited"
    /// are told if the object is a prototype.
    #[inline]
    pub(crate) fn note_elements_on_prototype(self, cx: Cx<'_>) {
        self.break_chain(cx);
    }

    /// What inherits from the object is not as it was, for a reason that its shape does not show: caches of those that inherit from it,
    /// and code that relies on the chain, are told.
    pub(crate) fn break_chain(self, cx: Cx<'_>) {
        let shape = self.shape();
        if cx.shapes.flags(shape).contains(ShapeFlags::USED_AS_PROTOTYPE)
            && let Some(validity) = validity_of_chain(cx, Some(self))
        {
            cx.shapes.invalidate(validity);
            notify_broken(cx);
        }
    }
}

/// Hands the dependents of assumptions that broke to whoever compiled code on them.
#[inline]
pub(crate) fn notify_broken(cx: Cx<'_>) {
    if cx.shapes.has_broken() {
        notify_broken_slow(cx);
    }
}

#[cold]
#[inline(never)]
fn notify_broken_slow(cx: Cx<'_>) {
    let broken = cx.shapes.take_broken();
    (cx.hooks.assumptions_broken)(cx, &broken);
}

/// The validity cell of a prototype chain that begins with `prototype`; `ValidityId::ALWAYS` for the empty chain, `None`
/// when a proxy is in the chain, which can change its mind without anybody noticing.
pub fn validity_of_chain(cx: Cx<'_>, prototype: Option<Object>) -> Option<ValidityId> {
    // A cell is made after the one behind it: the shapes are listed first.
    let mut shapes = Vec::new();
    let mut next = prototype;
    while let Some(object) = next {
        if object.is_proxy() || shapes.len() == MAX_CHAIN {
            return None;
        }
        object.become_prototype(cx);
        shapes.push(object.shape());
        next = object.prototype(cx);
    }
    let validity = |parent, shape: ShapeId| cx.shapes.validity_cell_for(shape, parent);
    Some(shapes.into_iter().rev().fold(ValidityId::ALWAYS, validity))
}

/// Chains longer than this are not cached: a miss costs a visit of every link, and so does the break of an assumption.
const MAX_CHAIN: usize = 1 << 16;

/// Whether no object of the chain has indexed properties of any sort, so that a hole or an index out of range is
/// `undefined`, and may be written without looking at the chain. Lasts as long as the chain's validity cell.
pub fn chain_has_no_elements(prototype: Option<Object>, cx: Cx<'_>) -> bool {
    let mut object = prototype;
    while let Some(o) = object {
        let plain = match o.kind() {
            CellKind::TypedArray | CellKind::ModuleNamespace | CellKind::Proxy | CellKind::CallableProxy => {
                false
            }
            CellKind::Arguments => false,
            CellKind::PrimitiveWrapper => o
                .to::<PrimitiveWrapper>()
                .is_some_and(|w| w.value.to::<unspool_values::JSString>().is_none_or(|s| s.is_empty())),
            _ => true,
        };
        if !plain || !matches!(o.head().elements(), ElementsRef::None) {
            return false;
        }
        object = o.prototype(cx);
    }
    true
}

/// The byte offset of an inline slot in an ordinary object.
#[inline(always)]
pub const fn inline_offset(slot: u32) -> usize {
    ObjectHead::SIZE + slot as usize * 8
}
