//! What the shell remembers while a program runs. Native functions reach it through [`unspool_runtime::host::Host::state`].

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal as _, Write as _};
use std::rc::Rc;
use std::time::Instant;

use unspool_runtime::Cx;
use unspool_values::object::GcVec;

use super::agents::Membership;
use super::dump::DumpFile;
use super::timers::Timers;

/// The state of the shell; one per isolate.
#[derive(Debug)]
pub(crate) struct State {
    /// `performance.now` counts from here.
    pub(crate) started: Instant,
    pub(crate) timers: RefCell<Timers>,
    pub(crate) agents: Membership,
    /// Two entries for each slot of a timer: the callback, and a list of its arguments. A root of the isolate.
    pub(crate) callbacks: Cell<Option<GcVec>>,
    /// Promises that were rejected while nobody listened. A root of the isolate.
    pub(crate) rejected: Cell<Option<GcVec>>,
    /// The formatter of the console, once needed. A root of the isolate.
    pub(crate) console: Cell<Option<GcVec>>,
    /// Where frames are dumped.
    pub(crate) dumps: RefCell<Option<DumpFile>>,
    out: RefCell<Vec<u8>>,
    is_terminal: bool,
}

/// Standard output is written when so much has gathered, and before anything is read, waited for, or said on standard error.
const BUFFER: usize = 16 << 10;

impl State {
    pub(crate) fn new(agents: Membership) -> Rc<Self> {
        Rc::new(Self {
            started: Instant::now(),
            timers: RefCell::default(),
            agents,
            callbacks: Cell::new(None),
            rejected: Cell::new(None),
            console: Cell::new(None),
            dumps: RefCell::default(),
            out: RefCell::default(),
            is_terminal: io::stdout().is_terminal(),
        })
    }

    /// The state of the running shell.
    pub(crate) fn of(cx: Cx<'_>) -> Rc<Self> {
        let host = cx.host.borrow();
        let state = host.state().and_then(|state| state.downcast_ref::<Rc<Self>>());
        Rc::clone(state.expect("the shell's native functions run under the shell's host"))
    }

    /// Writes to standard output.
    pub(crate) fn write(&self, bytes: &[u8]) {
        let mut out = self.out.borrow_mut();
        out.extend_from_slice(bytes);
        if out.len() >= BUFFER || self.is_terminal {
            drop(out);
            self.flush();
        }
    }

    /// Is standard output a terminal?
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Hands everything to the system.
    pub(crate) fn flush(&self) {
        if let Some(file) = &mut *self.dumps.borrow_mut() {
            file.flush();
        }
        let bytes = self.out.take();
        let mut stdout = io::stdout().lock();
        if let Err(error) = stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
            end_without_output(&error);
        }
    }

    /// Writes to standard error, after what was written to standard output.
    pub(crate) fn write_error(&self, text: &str) {
        self.flush();
        // As above.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// Output that cannot be written ends the program: quietly when the reader went away, as an error otherwise.
#[expect(
    clippy::exit,
    reason = "called from the depth of a native function; nothing can be said on standard output"
)]
fn end_without_output(error: &io::Error) {
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    let _ = writeln!(io::stderr().lock(), "unspool: standard output: {error}");
    std::process::exit(1);
}
