//! A small client for the tests: nodes with a variable number of references, weak boxes, ephemeron tables, finalized cells.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use unspool_gc::{
    Client, CollectionKind, CollectionReason, CollectionReport, Gc, Header, Heap, HeapConfig, KindInfo,
    ManagedCell, OutOfMemory, Tracer, WeakContext,
};

pub type Ref = Option<Gc<Header>>;

/// A cell with `length` references and an identity.
#[repr(C)]
pub struct Node {
    header: Header,
    pub id: Cell<u32>,
    length: Cell<u32>,
    // `length` references follow
}

/// A weak reference.
#[repr(C)]
pub struct WeakBox {
    header: Header,
    pub target: Cell<Ref>,
}

/// A table of one entry: the value is alive if key and table are.
#[repr(C)]
pub struct Ephemeron {
    header: Header,
    pub key: Cell<Ref>,
    pub value: Cell<Ref>,
}

/// A cell that owns something outside the heap.
#[repr(C)]
pub struct Finalized {
    header: Header,
    pub id: Cell<u32>,
    pub external: Cell<u32>,
    pub log: Cell<*const RefCell<Vec<u32>>>,
    pub next: Cell<Ref>,
}

// SAFETY: `repr(C)`, headers first, kinds match the table below.
unsafe impl ManagedCell for Node {
    const KIND: u8 = 0;
}
// SAFETY: as above.
unsafe impl ManagedCell for WeakBox {
    const KIND: u8 = 1;
}
// SAFETY: as above.
unsafe impl ManagedCell for Ephemeron {
    const KIND: u8 = 2;
}
// SAFETY: as above.
unsafe impl ManagedCell for Finalized {
    const KIND: u8 = 3;
}

unsafe fn trace_node(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
    // SAFETY: called for nodes.
    let node = unsafe { Gc::from_ptr(cell.cast::<Node>()) };
    for i in 0..node.length.get() {
        if let Some(target) = node.get(i as usize) {
            tracer.mark(target);
        }
    }
}

unsafe fn trace_weak_box(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
    tracer.register_weak(cell);
}

unsafe fn weak_box(cell: NonNull<Header>, context: &WeakContext<'_>) {
    // SAFETY: called for weak boxes.
    let weak = unsafe { cell.cast::<WeakBox>().as_ref() };
    if let Some(target) = weak.target.get() {
        // SAFETY: the target was a cell when the collection started.
        assert_eq!(context.is_live(target.as_ptr()), unsafe { context.is_live_cell(target.as_ptr()) });
        if !context.is_live(target.as_ptr()) {
            weak.target.set(None);
        }
    }
}

unsafe fn trace_ephemeron(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
    tracer.register_ephemeron(cell);
    tracer.register_weak(cell);
}

unsafe fn mark_ephemeron(cell: NonNull<Header>, tracer: &mut Tracer<'_>) -> bool {
    // SAFETY: called for ephemerons.
    let table = unsafe { cell.cast::<Ephemeron>().as_ref() };
    if let (Some(key), Some(value)) = (table.key.get(), table.value.get())
        && tracer.is_marked(key)
        && (tracer.is_verifying() || !tracer.is_marked(value))
    {
        tracer.mark(value);
        return true;
    }
    false
}

unsafe fn weak_ephemeron(cell: NonNull<Header>, context: &WeakContext<'_>) {
    // SAFETY: called for ephemerons.
    let table = unsafe { cell.cast::<Ephemeron>().as_ref() };
    if table.key.get().is_some_and(|key| !context.is_live(key.as_ptr())) {
        table.key.set(None);
        table.value.set(None);
    }
}

unsafe fn trace_finalized(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
    // SAFETY: called for finalized cells.
    if let Some(next) = unsafe { cell.cast::<Finalized>().as_ref() }.next.get() {
        tracer.mark(next);
    }
}

unsafe fn finalize(cell: NonNull<Header>) {
    // SAFETY: called for finalized cells.
    let this = unsafe { cell.cast::<Finalized>().as_ref() };
    // SAFETY: the log outlives the heap in all tests.
    unsafe { &*this.log.get() }.borrow_mut().push(this.id.get());
    // SAFETY: this is a cell.
    unsafe { Heap::release_external_bytes(cell, this.external.get() as usize) };
    assert_ne!(this.id.replace(u32::MAX), u32::MAX, "finalized twice");
}

pub static KINDS: [KindInfo; 5] = [
    KindInfo { has_meta: true, ..KindInfo::traced("Node", trace_node) },
    KindInfo { weak: Some(weak_box), ..KindInfo::traced("WeakBox", trace_weak_box) },
    KindInfo {
        ephemeron: Some(mark_ephemeron),
        weak: Some(weak_ephemeron),
        ..KindInfo::traced("Ephemeron", trace_ephemeron)
    },
    KindInfo { finalize: Some(finalize), ..KindInfo::traced("Finalized", trace_finalized) },
    KindInfo::leaf("Bytes"),
];
pub const BYTES: u8 = 4;

impl Node {
    fn slot(&self, index: usize) -> &Cell<Ref> {
        assert!(index < self.length.get() as usize);
        // SAFETY: the slot is inside the cell, which was allocated with room for `length` slots.
        unsafe { &*std::ptr::from_ref(self).add(1).cast::<Cell<Ref>>().add(index) }
    }

    pub fn get(&self, index: usize) -> Ref {
        self.slot(index).get()
    }

    pub fn len(&self) -> usize {
        self.length.get() as usize
    }

    /// Stores without a barrier.
    pub fn set_unbarriered(&self, index: usize, target: Ref) {
        self.slot(index).set(target);
    }
}

/// Roots, and what happened.
#[derive(Default)]
pub struct TestClient {
    pub roots: RefCell<Vec<Ref>>,
    pub words: RefCell<Vec<usize>>,
    pub stack_base: Cell<usize>,
    pub reports: RefCell<Vec<CollectionReport>>,
    pub metas: RefCell<Vec<u32>>,
    pub weak_table: RefCell<Vec<Gc<Header>>>,
}

impl Client for TestClient {
    fn trace_roots(&self, tracer: &mut Tracer<'_>) {
        for root in self.roots.borrow().iter().flatten() {
            tracer.mark(*root);
        }
    }

    fn trace_meta(&self, meta: u32, _: &mut Tracer<'_>) {
        self.metas.borrow_mut().push(meta);
    }

    fn conservative_ranges(&self, visit: &mut dyn FnMut(*const usize, *const usize)) {
        let words = self.words.borrow();
        let range = words.as_ptr_range();
        visit(range.start, range.end);
    }

    fn machine_stack_base(&self) -> *const usize {
        std::ptr::with_exposed_provenance(self.stack_base.get())
    }

    fn process_weak(&self, context: &WeakContext<'_>) {
        self.weak_table.borrow_mut().retain(|cell| context.is_live(cell.as_ptr()));
    }

    fn collection_finished(&self, report: &CollectionReport) {
        self.reports.borrow_mut().push(report.clone());
    }
}

/// A heap with its client.
pub struct World {
    pub heap: Heap,
    pub client: TestClient,
}

impl World {
    pub fn new(config: HeapConfig) -> World {
        World { heap: Heap::new(&KINDS, config), client: TestClient::default() }
    }

    /// A heap that collects only when told to.
    pub fn manual() -> World {
        World::new(HeapConfig { young_bytes: usize::MAX, ..HeapConfig::default() })
    }

    pub fn minor(&self) -> CollectionReport {
        self.heap.collect(&self.client, CollectionKind::Minor, CollectionReason::Explicit).unwrap()
    }

    pub fn full(&self) -> CollectionReport {
        self.heap.collect(&self.client, CollectionKind::Full, CollectionReason::Explicit).unwrap()
    }

    pub fn verify(&self) {
        if let Err(error) = self.heap.verify(&self.client) {
            panic!("{error}");
        }
    }

    pub fn try_node(&self, id: u32, length: usize) -> Result<Gc<Node>, OutOfMemory> {
        let size = size_of::<Node>() + length * 8;
        let cell = self.heap.allocate(&self.client, Node::KIND, size)?.cast::<Node>();
        // SAFETY: a new cell with room for the node and its slots; all of it is initialized here.
        unsafe {
            let node = cell.as_ptr();
            (&raw mut (*node).id).write(Cell::new(id));
            (&raw mut (*node).length).write(Cell::new(length as u32));
            node.add(1).cast::<u8>().write_bytes(0, length * 8);
            Ok(Gc::from_ptr(cell))
        }
    }

    pub fn node(&self, id: u32, length: usize) -> Gc<Node> {
        self.try_node(id, length).unwrap()
    }

    pub fn set(&self, node: Gc<Node>, index: usize, target: Ref) {
        node.set_unbarriered(index, target);
        self.heap.write_barrier(node);
    }

    pub fn weak(&self, target: Gc<Header>) -> Gc<WeakBox> {
        let cell = self.heap.allocate_cell::<WeakBox>(&self.client).unwrap();
        // SAFETY: initializes the new cell.
        unsafe {
            (&raw mut (*cell.as_ptr()).target).write(Cell::new(Some(target)));
            Gc::from_ptr(cell)
        }
    }

    pub fn ephemeron(&self, key: Gc<Header>, value: Gc<Header>) -> Gc<Ephemeron> {
        let cell = self.heap.allocate_cell::<Ephemeron>(&self.client).unwrap();
        // SAFETY: initializes the new cell.
        unsafe {
            (&raw mut (*cell.as_ptr()).key).write(Cell::new(Some(key)));
            (&raw mut (*cell.as_ptr()).value).write(Cell::new(Some(value)));
            Gc::from_ptr(cell)
        }
    }

    /// A finalized cell of `size` bytes at least that claims `external` bytes.
    pub fn finalized(&self, id: u32, log: &RefCell<Vec<u32>>, external: usize, size: usize) -> Gc<Finalized> {
        let size = size.max(size_of::<Finalized>());
        let cell = self.heap.allocate(&self.client, Finalized::KIND, size).unwrap().cast::<Finalized>();
        self.heap.add_external_bytes(external);
        // SAFETY: initializes the new cell.
        unsafe {
            (&raw mut (*cell.as_ptr()).id).write(Cell::new(id));
            (&raw mut (*cell.as_ptr()).external).write(Cell::new(external as u32));
            (&raw mut (*cell.as_ptr()).log).write(Cell::new(log));
            (&raw mut (*cell.as_ptr()).next).write(Cell::new(None));
            Gc::from_ptr(cell)
        }
    }

    pub fn bytes(&self, size: usize) -> NonNull<Header> {
        self.heap.allocate(&self.client, BYTES, size).unwrap()
    }

    pub fn root(&self, cell: Gc<Header>) -> usize {
        self.client.roots.borrow_mut().push(Some(cell));
        self.client.roots.borrow().len() - 1
    }

    pub fn unroot(&self, index: usize) {
        self.client.roots.borrow_mut()[index] = None;
    }
}
