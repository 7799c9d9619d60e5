//! What agents share: the memory of SharedArrayBuffers, and the waiters of `Atomics`.
//!
//! An isolate is one agent; the host decides which isolates form a cluster by handing [`SharedBytes`] from one to another.
//! Each block of memory has its own list of waiters (the WaiterLists of the specification, for all positions). A waiter is a
//! thread that blocks in `Atomics.wait`, or a promise of `Atomics.waitAsync`: notifying the latter puts its number
//! into the [`Mailbox`] of its agent, whose host calls [`settle_async_waits`] between jobs.
//!
//! Element accesses that are not `Atomics` operations are plain loads and stores of the machine, as in other engines. A
//! program that races with them gets some value, which the memory model of JavaScript allows.

use std::alloc::Layout;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::{CellKind, Value};

use crate::bytes;
use crate::cells::{ArrayBufferObject, ByteStore, PromiseObject, Record};
use crate::completion::JsResult;
use crate::isolate::Cx;

use crate::OrThrow as _;
use crate::promise;
use crate::realm::Intrinsic;

/// The memory of a SharedArrayBuffer. It goes when the last agent has collected its buffers.
#[derive(Debug)]
pub struct SharedBytes {
    data: NonNull<u8>,
    capacity: usize,
    length: AtomicUsize,
    waiters: Mutex<Vec<Waiter>>,
    /// Signalled when a blocked waiter was notified.
    notified: Condvar,
}

// SAFETY: the memory is owned by the structure; accesses to it go through raw pointers and are those of JavaScript's memory
// model (see the module's text). The rest synchronizes itself.
unsafe impl Send for SharedBytes {}
// SAFETY: several threads may refer to the memory at once: no Rust reference to it is ever made, and its accesses are those of
// JavaScript's memory model.
unsafe impl Sync for SharedBytes {}

#[derive(Debug)]
struct Waiter {
    /// Byte index in the block.
    position: usize,
    who: Who,
}

#[derive(Debug)]
enum Who {
    /// A blocked thread, which looks at the flag.
    Blocked(Arc<AtomicBool>),
    /// A promise of the agent with this mailbox.
    Promise(Arc<Mailbox>, u32),
}

/// Where an agent learns that its asynchronous waiters were notified.
#[derive(Debug, Default)]
pub struct Mailbox {
    notified: Mutex<Vec<u32>>,
    arrived: Condvar,
}

impl Mailbox {
    fn post(&self, waiter: u32) {
        lock(&self.notified).push(waiter);
        self.arrived.notify_all();
    }

    /// Sleeps until something arrives, at most so long.
    pub fn sleep(&self, at_most: Duration) {
        let guard = lock(&self.notified);
        if guard.is_empty() {
            drop(self.arrived.wait_timeout(guard, at_most).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// No code panics while it holds one of these locks, so the data is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in the list of waiters.
#[derive(Debug)]
pub struct Ticket(Arc<AtomicBool>);

impl SharedBytes {
    /// `capacity` zero bytes, if the system has them.
    pub fn new(capacity: usize) -> Option<Arc<SharedBytes>> {
        let layout = Self::layout(capacity)?;
        // SAFETY: the layout has a size of at least one byte.
        let data = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })?;
        Some(Arc::new(SharedBytes {
            data,
            capacity,
            length: AtomicUsize::new(0),
            waiters: Mutex::default(),
            notified: Condvar::new(),
        }))
    }

    fn layout(capacity: usize) -> Option<Layout> {
        Layout::from_size_align(capacity.max(1), 16).ok()
    }

    /// First byte, aligned to 16. Valid for `capacity` bytes while the block lives.
    pub fn data(&self) -> *mut u8 {
        self.data.as_ptr()
    }

    /// Size in bytes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The length of the buffers over this memory; it only grows.
    pub fn length(&self) -> usize {
        self.length.load(Ordering::SeqCst)
    }

    /// Makes the buffers at least so long; they are now at least so long.
    pub fn grow(&self, length: usize) {
        self.length.fetch_max(length.min(self.capacity), Ordering::SeqCst);
    }

    /// Enters the running thread as a waiter, if `is_expected` says so; nobody notifies meanwhile.
    pub fn enter(&self, position: usize, is_expected: impl FnOnce() -> bool) -> Option<Ticket> {
        let mut waiters = lock(&self.waiters);
        is_expected().then(|| {
            let flag = Arc::new(AtomicBool::new(false));
            waiters.push(Waiter { position, who: Who::Blocked(Arc::clone(&flag)) });
            Ticket(flag)
        })
    }

    /// Blocks the thread until it is notified, at most so long; whether it was.
    pub fn wait(&self, ticket: &Ticket, at_most: Duration) -> bool {
        let waiters = lock(&self.waiters);
        if !ticket.0.load(Ordering::SeqCst) {
            drop(self.notified.wait_timeout(waiters, at_most).unwrap_or_else(PoisonError::into_inner));
        }
        ticket.0.load(Ordering::SeqCst)
    }

    /// Gives the place up; whether the waiter was notified before.
    pub fn leave(&self, ticket: &Ticket) -> bool {
        lock(&self.waiters)
            .retain(|waiter| !matches!(&waiter.who, Who::Blocked(flag) if Arc::ptr_eq(flag, &ticket.0)));
        ticket.0.load(Ordering::SeqCst)
    }

    fn enter_promise(
        &self,
        position: usize,
        mailbox: Arc<Mailbox>,
        number: u32,
        is_expected: impl FnOnce() -> bool,
    ) -> bool {
        let mut waiters = lock(&self.waiters);
        let enters = is_expected();
        if enters {
            waiters.push(Waiter { position, who: Who::Promise(mailbox, number) });
        }
        enters
    }

    /// Takes an asynchronous waiter out of the list; whether it was there, not notified yet.
    fn leave_promise(&self, mailbox: &Arc<Mailbox>, number: u32) -> bool {
        let mut waiters = lock(&self.waiters);
        let before = waiters.len();
        waiters.retain(
            |waiter| !matches!(&waiter.who, Who::Promise(m, n) if *n == number && Arc::ptr_eq(m, mailbox)),
        );
        waiters.len() < before
    }

    /// Notifies up to `count` waiters at a position, first come, first served; how many there were.
    pub fn notify(&self, position: usize, count: f64) -> u32 {
        let mut waiters = lock(&self.waiters);
        let mut notified = 0;
        waiters.retain(|waiter| {
            if waiter.position != position || f64::from(notified) >= count {
                return true;
            }
            notified += 1;
            match &waiter.who {
                Who::Blocked(flag) => flag.store(true, Ordering::SeqCst),
                Who::Promise(mailbox, number) => mailbox.post(*number),
            }
            false
        });
        self.notified.notify_all();
        notified
    }
}

impl Drop for SharedBytes {
    fn drop(&mut self) {
        if let Some(layout) = Self::layout(self.capacity) {
            // SAFETY: allocated with this layout by `new`.
            unsafe { std::alloc::dealloc(self.data.as_ptr(), layout) };
        }
    }
}

// ---- buffers -----------------------------------------------------------------------------------------------------------

/// A SharedArrayBuffer of the running realm over memory that another agent may have made.
///
/// # Errors
/// A `RangeError` when the memory would exceed the limit.
pub fn buffer_over_shared(cx: Cx<'_>, shared: Arc<SharedBytes>, max: Option<usize>) -> JsResult<Value> {
    let length = shared.length();
    let Ok(store) = ByteStore::over(cx, shared) else {
        return Err(cx.throw_range_error("SharedArrayBuffer: out of memory"));
    };
    let prototype = cx.intrinsic(Intrinsic::SharedArrayBufferPrototype);
    let shape = crate::object::shapes::root_shape(cx, CellKind::ArrayBuffer, Some(prototype), 0);
    let buffer = bytes::buffer_over(cx, shape, store, length, max);
    Ok(ArrayBufferObject::object(buffer).into())
}

/// The memory of a SharedArrayBuffer, with the greatest length of a growable one.
pub fn shared_bytes_of(value: Value) -> Option<(Arc<SharedBytes>, Option<usize>)> {
    let buffer = value.to::<ArrayBufferObject>()?;
    let shared = buffer.store.get()?.shared()?.clone();
    let max = buffer.max_byte_length.get();
    Some((shared, (max != usize::MAX).then_some(max)))
}

// ---- asynchronous waiters ----------------------------------------------------------------------------------------------

/// Tag of the records in the list of asynchronous waiters.
const WAITER: u32 = u32::from_be_bytes(*b"wait");
// Values of such a record.
const NUMBER: usize = 0;
const PROMISE: usize = 1;
const STORE: usize = 2;
/// Milliseconds since the isolate was made; infinite for none.
const DEADLINE: usize = 3;

/// What the asynchronous waiters of an agent wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsyncWaits {
    /// There are none.
    None,
    /// For a notification, or this point in time.
    Until(Instant),
    /// For a notification only.
    Notification,
}

fn waiters(cx: Cx<'_>) -> GcVec {
    match cx.async_waiters.get().to() {
        Some(list) => GcVec::from_cell(list),
        None => {
            let list = GcVec::new(cx);
            cx.async_waiters.set(Value::from_cell(list.cell()));
            list
        }
    }
}

/// Enters a promise as a waiter at a position of a shared buffer's memory, for so many milliseconds, if `is_expected` says so.
///
/// # Errors
/// Out of memory.
pub fn wait_async(
    cx: Cx<'_>,
    store: unspool_gc::Gc<ByteStore>,
    position: usize,
    timeout: f64,
    is_expected: impl FnOnce() -> bool,
) -> JsResult<Option<Value>> {
    let Some(shared) = store.shared().cloned() else { return Ok(None) };
    let promise = PromiseObject::object(promise::new_promise(cx)).into();
    let number = cx.last_async_waiter.get().wrapping_add(1);
    cx.last_async_waiter.set(number);
    let deadline = cx.started.elapsed().as_secs_f64() * 1000.0 + timeout;
    let values = [Value::from_u32(number), promise, Value::from(store), Value::from_f64(deadline)];
    let list = waiters(cx);
    list.push(cx, Record::new(cx, WAITER, &values).into()).or_throw(cx)?;
    if shared.enter_promise(position, Arc::clone(&cx.mailbox), number, is_expected) {
        return Ok(Some(promise));
    }
    list.pop();
    Ok(None)
}

fn waiter(list: GcVec, index: usize) -> unspool_gc::Gc<Record> {
    list.get(index).to::<Record>().expect("the list holds records")
}

fn settle(cx: Cx<'_>, list: GcVec, index: usize, outcome: KnownAtom) {
    let promise = waiter(list, index).values[PROMISE].get().to::<PromiseObject>();
    list.remove(cx, index);
    if let Some(promise) = promise {
        promise::fulfill_promise(cx, promise, cx.known_string(outcome));
    }
}

/// Settles the promises of `Atomics.waitAsync` that were notified or whose time is up. Jobs may be due afterwards.
pub fn settle_async_waits(cx: Cx<'_>) {
    if cx.async_waiters.get().is_undefined() {
        return;
    }
    let list = waiters(cx);
    let notified = std::mem::take(&mut *lock(&cx.mailbox.notified));
    for number in notified {
        let number = Value::from_u32(number);
        if let Some(index) = (0..list.len()).find(|&i| waiter(list, i).values[NUMBER].get() == number) {
            settle(cx, list, index, KnownAtom::ok);
        }
    }
    let now = cx.started.elapsed().as_secs_f64() * 1000.0;
    let mut index = 0;
    while index < list.len() {
        let record = waiter(list, index);
        let is_due = record.values[DEADLINE].get().to_number().is_some_and(|deadline| deadline <= now);
        let number = record.values[NUMBER].get().to_number().unwrap_or(0.0) as u32;
        let store = record.values[STORE].get().to::<ByteStore>();
        let shared = store.and_then(|store| store.shared().cloned());
        // One that has just been notified is in the mailbox.
        if is_due && shared.is_some_and(|shared| shared.leave_promise(&cx.mailbox, number)) {
            settle(cx, list, index, KnownAtom::timed_out);
        } else {
            index += 1;
        }
    }
}

/// What the asynchronous waiters wait for.
pub fn async_waits(cx: Cx<'_>) -> AsyncWaits {
    let Some(list) = cx.async_waiters.get().to().map(GcVec::from_cell) else { return AsyncWaits::None };
    if list.is_empty() {
        return AsyncWaits::None;
    }
    let first = (0..list.len())
        .filter_map(|i| waiter(list, i).values[DEADLINE].get().to_number())
        .fold(f64::INFINITY, f64::min);
    match Duration::try_from_secs_f64(first.max(0.0) / 1000.0).ok().and_then(|d| cx.started.checked_add(d)) {
        Some(deadline) => AsyncWaits::Until(deadline),
        None => AsyncWaits::Notification,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiters_are_notified_in_order_and_by_position() {
        let shared = SharedBytes::new(16).unwrap();
        let first = shared.enter(0, || true).unwrap();
        let second = shared.enter(0, || true).unwrap();
        let other = shared.enter(4, || true).unwrap();
        assert!(shared.enter(0, || false).is_none());
        assert_eq!(shared.notify(8, f64::INFINITY), 0);
        assert_eq!(shared.notify(0, 1.0), 1);
        assert!(shared.wait(&first, Duration::ZERO) && !shared.wait(&second, Duration::ZERO));
        assert_eq!(shared.notify(0, f64::INFINITY), 1);
        assert!(shared.leave(&second) && !shared.leave(&other));
        assert_eq!(shared.notify(4, f64::INFINITY), 0);
    }

    #[test]
    fn a_thread_wakes_another() {
        let shared = SharedBytes::new(16).unwrap();
        let ticket = shared.enter(0, || true).unwrap();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.notify(0, 1.0)
        });
        while !shared.wait(&ticket, Duration::from_millis(5)) {}
        assert_eq!(thread.join().unwrap(), 1);
    }

    #[test]
    fn promises_are_notified_by_mail() {
        let shared = SharedBytes::new(16).unwrap();
        let mailbox = Arc::new(Mailbox::default());
        assert!(shared.enter_promise(0, Arc::clone(&mailbox), 7, || true));
        assert!(shared.enter_promise(0, Arc::clone(&mailbox), 8, || true));
        assert_eq!(shared.notify(0, 1.0), 1);
        assert_eq!(*lock(&mailbox.notified), [7]);
        mailbox.sleep(Duration::from_secs(60));
        assert!(!shared.leave_promise(&mailbox, 7) && shared.leave_promise(&mailbox, 8));
    }
}
