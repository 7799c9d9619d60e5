//! The job queue (ECMA-262 9.5): promise reactions, thenable jobs and host callbacks, in order.
//!
//! A job is a function pointer with four values and a realm, in a cell, so that the queue keeps them alive.
//! [`Cx::run_jobs`] is the end of every task: it empties the queue, lets finalization registries with dead targets call
//! back, and releases what `WeakRef`s had kept for the task (9.10). When tasks begin is the embedder's decision.

use std::cell::Cell;

use unspool_gc::{Gc, Tracer};
use unspool_values::object::GcVec;
use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, FinalizationCell, FinalizationRegistryObject, Trace as _};
use crate::completion::JsResult;
use crate::isolate::{Cx, Interrupt};
use crate::managed_cell;
use crate::realm::Realm;

/// What a job does with its values.
pub type JobFn = fn(Cx<'_>, [Value; 4]) -> JsResult<Value>;

impl crate::cells::Trace for JobFn {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

managed_cell! {
    /// A job.
    pub struct Job: Job {
        /// The code.
        pub run: JobFn,
        /// Its values.
        pub values: [Value; 4],
        /// The realm it runs in.
        pub realm: Gc<Realm>,
        /// The job after it.
        pub next: Barriered<Option<Gc<Job>>>,
    }
}

/// CleanupFinalizationRegistry: calls back for each registration whose target is gone.
fn cleanup_job(cx: Cx<'_>, values: [Value; 4]) -> JsResult<Value> {
    let registry = values[0].to::<FinalizationRegistryObject>().expect("the job's registry");
    registry.job_pending.set(false);
    registry.has_dead.set(false);
    // The list may change while callbacks run, so each search begins anew.
    loop {
        let mut found = None;
        let mut previous: Option<Gc<FinalizationCell>> = None;
        let mut next = registry.first.get();
        while let Some(cell) = next {
            next = cell.next.get();
            if cell.target.get().is_undefined() {
                found = Some((previous, cell));
                break;
            }
            previous = Some(cell);
        }
        let Some((previous, cell)) = found else { return Ok(Value::UNDEFINED) };
        match previous {
            Some(previous) => previous.next.set(cx, previous, cell.next.get()),
            None => registry.first.set(cx, registry, cell.next.get()),
        }
        let result = crate::function::call(cx, registry.callback, Value::UNDEFINED, &[cell.held]);
        if result.is_err() {
            // The others are left for another job.
            cx.registries.note_dead(registry);
        }
        result?;
    }
}

/// A queue of jobs: a linked list of cells.
#[derive(Debug, Default)]
pub struct JobQueue {
    first: Cell<Option<Gc<Job>>>,
    last: Cell<Option<Gc<Job>>>,
}

impl JobQueue {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        self.first.trace(tracer);
        self.last.trace(tracer);
    }

    /// Drops all jobs.
    pub(crate) fn clear(&self) {
        self.first.set(None);
        self.last.set(None);
    }
}

impl Cx<'_> {
    /// HostEnqueuePromiseJob and its relatives: appends a job that runs in `realm`.
    pub fn enqueue_job(self, realm: Gc<Realm>, run: JobFn, values: [Value; 4]) {
        let job = self.allocate(|header| Job { header, run, values, realm, next: Barriered::new(None) });
        match self.jobs.last.get() {
            Some(last) => last.next.set(self, last, Some(job)),
            None => self.jobs.first.set(Some(job)),
        }
        self.jobs.last.set(Some(job));
    }

    /// Runs jobs until none is left. The exception of a job is given to `report` and the next job runs; termination stops
    /// the loop.
    pub fn run_jobs(self, mut report: impl FnMut(Value)) {
        while let Some(job) = self.next_job() {
            self.jobs.first.set(job.next.get());
            if job.next.get().is_none() {
                self.jobs.last.set(None);
            }
            let result = self.with_realm(job.realm, || (job.run)(self, job.values));
            self.kept_alive.set(Value::UNDEFINED);
            if let Err(throw) = result {
                if self.is_terminating() {
                    return;
                }
                report(self.take_exception(throw));
            }
        }
        self.kept_alive.set(Value::UNDEFINED);
        // A task ends here: nothing that it left on the machine stack shall keep garbage alive in the next one.
        unspool_gc::clear_dead_stack();
    }

    /// The job to run next. When none is left the finalization registries get their turn.
    fn next_job(self) -> Option<Gc<Job>> {
        if self.jobs.first.get().is_none() {
            self.kept_alive.set(Value::UNDEFINED);
            while let Some(registry) = self.registries.take_dirty() {
                registry.job_pending.set(true);
                let registry_value = FinalizationRegistryObject::object(registry).into();
                let undefined = Value::UNDEFINED;
                self.enqueue_job(
                    registry.realm,
                    cleanup_job,
                    [registry_value, undefined, undefined, undefined],
                );
            }
        }
        self.jobs.first.get()
    }

    /// AddToKeptObjects: keeps a `WeakRef`'s target alive until the current job ends.
    pub fn add_to_kept_objects(self, value: Value) {
        let list = match self.kept_alive.get().cell_kind() {
            Some(CellKind::ValueList) => GcVec::from_cell(self.kept_alive.get().to().expect("a list")),
            _ => {
                let list = GcVec::new(self);
                self.kept_alive.set(Value::from_cell(list.cell()));
                list
            }
        };
        if list.push(self, value).is_err() {
            self.request_interrupt(Interrupt::OUT_OF_MEMORY);
        }
    }
}
