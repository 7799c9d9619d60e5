//! Compile jobs: what goes to the compile thread and what comes back.
//!
//! A [`Job`] holds all that a compilation needs: the snapshot, and the addresses that the code will embed. It has no access to cells, so it is
//! `Send`, and [`Job::run`] gives the same result on any thread. What stays behind on the main thread is the [`Pending`] part: the
//! cells that the job mentions, kept alive, and the code's own words.
//!
//! The thread begins with the first job, takes jobs in order, and ends when the isolate drops its [`Background`]: it is told to hurry
//! (a job asks between its phases) and joined, so it never outlives the isolate. A panic ends the job and not the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::broker::{Reliance, Roots, Snapshot};
use crate::build::{Entry, build};
use crate::machine::code::{CodeCell, CompileError};
use crate::machine::lower::{Backend, Environment, Lowered, lower};
use crate::passes;

/// Jobs under way at most; further requests wait for the next budget interrupt.
pub(crate) const MAX_PENDING: usize = 8;

/// Stack of the compile thread: the builder recurses into inlined functions, Cranelift into expressions.
const STACK_BYTES: usize = 8 << 20;

/// One compilation.
pub(crate) struct Job {
    pub(crate) id: u32,
    pub(crate) entry: Entry,
    pub(crate) snapshot: Snapshot,
    pub(crate) environment: Environment,
    pub(crate) backend: Arc<Backend>,
    pub(crate) print_graph: bool,
}

/// What became of a job.
pub(crate) struct Product {
    pub(crate) id: u32,
    pub(crate) snapshot: Snapshot,
    pub(crate) observing: bool,
    pub(crate) reliances: Vec<Reliance>,
    pub(crate) result: Result<Lowered, CompileError>,
    /// The graph's text, if it was asked for.
    pub(crate) graph: Option<String>,
    /// How long it took.
    pub(crate) took: Duration,
}

/// A job goes to the compile thread, its product comes back.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Job>();
    is_send::<Product>();
};

impl Job {
    fn is_observing(&self) -> bool {
        self.environment.functions.first().is_some_and(|function| function.observing)
    }

    /// Builds, optimizes and lowers.
    pub(crate) fn run(self, cancelled: &AtomicBool) -> Product {
        let (started, observing) = (Instant::now(), self.is_observing());
        let mut product = Product {
            id: self.id,
            snapshot: self.snapshot,
            observing,
            reliances: Vec::new(),
            result: Err(CompileError::Superseded),
            graph: None,
            took: Duration::ZERO,
        };
        let mut built = build(&product.snapshot, self.entry);
        if !cancelled.load(Ordering::Relaxed) {
            passes::optimize(&mut built.graph, &product.snapshot);
        }
        if self.print_graph {
            let graph = built.graph.to_text(&product.snapshot);
            product.graph = Some(format!("--- Graph of {} ---\n{graph}", self.environment.name));
        }
        if !cancelled.load(Ordering::Relaxed) {
            product.result =
                lower(&built.graph, &self.environment, &self.backend).map_err(CompileError::from);
        }
        product.reliances = built.dependencies;
        product.took = started.elapsed();
        product
    }

    /// As [`Job::run`]; a panic of the compiler becomes the job's failure.
    pub(crate) fn run_caught(self, cancelled: &AtomicBool) -> Product {
        let (id, observing) = (self.id, self.is_observing());
        // Nothing of the job is used after a panic.
        catch_unwind(AssertUnwindSafe(|| self.run(cancelled))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)");
            Product {
                id,
                snapshot: Snapshot::default(),
                observing,
                reliances: Vec::new(),
                result: Err(CompileError::Panicked(text.lines().next().unwrap_or_default().to_owned())),
                graph: None,
                took: Duration::ZERO,
            }
        })
    }
}

/// The main thread's part of a job.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) id: u32,
    pub(crate) entry: Entry,
    /// The cells of the snapshot, and behind them the function.
    pub(crate) roots: Roots,
    /// Index of the function among the roots.
    pub(crate) function: usize,
    /// Address of the function's template.
    pub(crate) template: u64,
    pub(crate) cell: Box<CodeCell>,
    /// How long the capture took.
    pub(crate) captured: Duration,
}

/// What the compile thread has done next.
pub(crate) enum Next {
    /// A job.
    Product(Box<Product>),
    /// Nothing yet.
    NotYet,
    /// It has died.
    Gone,
}

/// The compile thread.
#[derive(Debug)]
pub(crate) struct Background {
    jobs: Option<Sender<Job>>,
    products: Receiver<Product>,
    cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start() -> std::io::Result<Background> {
        let (jobs, to_do) = mpsc::channel::<Job>();
        let (done, products) = mpsc::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        let thread = std::thread::Builder::new()
            .name("unspool-compile".into())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                while let Ok(job) = to_do.recv() {
                    if flag.load(Ordering::Relaxed) || done.send(job.run_caught(&flag)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Background { jobs: Some(jobs), products, cancelled, thread: Some(thread) })
    }
    /// Hands a job over. Gives it back if the thread is gone.
    pub(crate) fn send(&self, job: Job) -> Result<(), Box<Job>> {
        match &self.jobs {
            Some(jobs) => jobs.send(job).map_err(|error| Box::new(error.0)),
            None => Err(Box::new(job)),
        }
    }
    /// A product that is ready.
    pub(crate) fn take(&self) -> Next {
        match self.products.try_recv() {
            Ok(product) => Next::Product(Box::new(product)),
            Err(TryRecvError::Empty) => Next::NotYet,
            Err(TryRecvError::Disconnected) => Next::Gone,
        }
    }
    /// The next product, waited for.
    pub(crate) fn wait(&self) -> Next {
        self.products.recv().map_or(Next::Gone, |product| Next::Product(Box::new(product)))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Panics end jobs, not the thread; there is nothing to report.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Failure;

    /// A job without a function: the builder panics.
    fn broken(id: u32) -> Job {
        Job {
            id,
            entry: Entry::Start,
            snapshot: Snapshot::default(),
            environment: Environment::default(),
            backend: crate::machine::lower::target().expect("a supported machine"),
            print_graph: false,
        }
    }

    #[test]
    fn a_panic_ends_the_job_and_not_the_thread() {
        let thread = Background::start().expect("a thread");
        for id in [1, 2] {
            assert!(thread.send(broken(id)).is_ok());
            let Next::Product(product) = thread.wait() else { panic!("the thread lives") };
            assert_eq!(product.id, id);
            let error = product.result.expect_err("there is no code");
            assert_eq!(error.failure(), Failure::Panicked);
            assert!(error.failure().is_final(), "the function stays in the interpreter");
        }
    }

    #[test]
    fn the_thread_ends_with_jobs_in_its_queue() {
        let thread = Background::start().expect("a thread");
        for id in 0..100 {
            assert!(thread.send(broken(id)).is_ok());
        }
        drop(thread);
    }
}
