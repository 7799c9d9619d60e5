//! Child processes with a deadline and a memory cap.
//!
//! `run` starts the child with both output streams on one pipe, reads until the pipe ends, and reaps it. A watchdog
//! thread per [`Watchdog`] kills children that pass their deadline or their resident-memory cap; it samples
//! `/proc`, so on systems without it only the deadline counts. Grandchildren are not tracked.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Output beyond this is read and dropped.
const MAX_OUTPUT: usize = 4 << 20;

/// Kills what runs too long or grows too large.
#[derive(Debug)]
pub struct Watchdog {
    watched: Arc<Mutex<HashMap<u32, Watched>>>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Watched {
    child: Arc<Mutex<Child>>,
    deadline: Instant,
    cpu_limit: Option<Duration>,
    memory_limit: u64,
    peak: u64,
    verdict: Option<Verdict>,
}

/// Why a child was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It ran past its deadline, or used up its time.
    TimedOut,
    /// Its resident memory passed the cap.
    OutOfMemory,
}

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall-clock time.
    pub time: Duration,
    /// User and system time, which on a busy machine says more.
    pub cpu: Option<Duration>,
    /// Resident bytes.
    pub memory: u64,
}

/// How a child ended.
#[derive(Debug)]
pub struct Outcome {
    /// Standard output and standard error, in the order in which they were written.
    pub output: Vec<u8>,
    /// `None` when the watchdog ended it.
    pub status: Result<ExitStatus, Verdict>,
    /// Wall-clock time from start to reaping.
    pub wall: Duration,
    /// User and system time, to the system's clock tick (10 ms on Linux).
    pub cpu: Duration,
    /// The largest sampled resident size; zero when the child ended before the first sample.
    pub peak: u64,
}

impl Outcome {
    /// The exit code, when the process ended by itself and not by a signal.
    pub fn code(&self) -> Option<i32> {
        self.status.ok().and_then(|status| status.code())
    }

    /// The output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

impl Watchdog {
    /// Starts the thread that watches.
    pub fn start() -> Self {
        let watched: Arc<Mutex<HashMap<u32, Watched>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (list, stopped) = (Arc::clone(&watched), Arc::clone(&stop));
        thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(25));
                for (&id, entry) in lock(&list).iter_mut() {
                    let resident = resident_bytes(id);
                    entry.peak = entry.peak.max(resident);
                    let spent = entry.cpu_limit.is_some_and(|limit| cpu_time(id) >= limit);
                    let verdict = if spent || Instant::now() >= entry.deadline {
                        Verdict::TimedOut
                    } else if resident > entry.memory_limit {
                        Verdict::OutOfMemory
                    } else {
                        continue;
                    };
                    if entry.verdict.is_none() {
                        entry.verdict = Some(verdict);
                        // An error means that it has just ended by itself, which the worker will see.
                        let _ = lock(&entry.child).kill();
                    }
                }
            }
        });
        Self { watched, stop }
    }

    /// Runs `command` to its end.
    ///
    /// # Errors
    /// When the process or its pipe cannot be created.
    pub fn run(&self, command: &mut Command, limits: Limits) -> std::io::Result<Outcome> {
        let (reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        self.run_piped(command, limits, reader)
    }

    /// Runs `command` to its end. Its standard error is kept apart.
    ///
    /// # Errors
    /// When the process or its pipes cannot be created.
    pub fn run_apart(&self, command: &mut Command, limits: Limits) -> std::io::Result<(Outcome, Vec<u8>)> {
        let (reader, writer) = std::io::pipe()?;
        let (mut error_reader, error_writer) = std::io::pipe()?;
        command.stdout(writer).stderr(error_writer);
        let errors = thread::spawn(move || {
            let mut bytes = Vec::new();
            // What could be read is what there is.
            let _ = error_reader.read_to_end(&mut bytes);
            bytes
        });
        let outcome = self.run_piped(command, limits, reader)?;
        Ok((outcome, errors.join().unwrap_or_default()))
    }

    /// Runs a command whose output goes to the other end of `reader`.
    fn run_piped(
        &self,
        command: &mut Command,
        limits: Limits,
        mut reader: std::io::PipeReader,
    ) -> std::io::Result<Outcome> {
        let started = Instant::now();
        let child = {
            command.stdin(Stdio::null());
            let child = command.spawn()?;
            // The command keeps the write ends open, and with them the pipe.
            command.stdout(Stdio::null()).stderr(Stdio::null());
            child
        };
        let id = child.id();
        let child = Arc::new(Mutex::new(child));
        lock(&self.watched).insert(
            id,
            Watched {
                child: Arc::clone(&child),
                deadline: started + limits.time,
                cpu_limit: limits.cpu,
                memory_limit: limits.memory,
                peak: 0,
                verdict: None,
            },
        );
        let mut output = Vec::new();
        let mut chunk = [0; 16 << 10];
        while let Ok(length) = reader.read(&mut chunk) {
            if length == 0 {
                break;
            }
            let room = MAX_OUTPUT - output.len();
            output.extend_from_slice(&chunk[..length.min(room)]);
        }
        // It is reaped only after its times were read from the zombie. A child that closed its output but runs on stays
        // in the loop until the watchdog ends it.
        let mut pause = Duration::from_micros(50);
        while !is_zombie(id) && has_proc() {
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
        let cpu = cpu_time(id);
        let exit = loop {
            if let Some(status) = lock(&child).try_wait()? {
                break status;
            }
            thread::sleep(Duration::from_millis(1));
        };
        let wall = started.elapsed();
        let entry = lock(&self.watched).remove(&id);
        let (verdict, peak) = entry.map_or((None, 0), |entry| (entry.verdict, entry.peak));
        Ok(Outcome { output, status: verdict.map_or(Ok(exit), Err), wall, cpu, peak })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn has_proc() -> bool {
    fs::exists("/proc/self/stat").unwrap_or(false)
}

/// The fields of `/proc/ID/stat` that follow the command name; the first is the state.
fn stat_fields(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn is_zombie(id: u32) -> bool {
    stat_fields(id).is_none_or(|fields| fields.first().is_none_or(|state| state == "Z" || state == "X"))
}

/// Fields 14 and 15 of `stat`, in clock ticks of 10 ms.
fn cpu_time(id: u32) -> Duration {
    let ticks = stat_fields(id)
        .and_then(|fields| Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?));
    Duration::from_millis(10 * ticks.unwrap_or(0))
}

fn resident_bytes(id: u32) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{id}/statm"))
        .ok()
        .and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(millis: u64) -> Limits {
        Limits { time: Duration::from_millis(millis), cpu: None, memory: 1 << 30 }
    }

    #[test]
    fn a_child_that_computes_too_long_is_killed() {
        let watchdog = Watchdog::start();
        let limits = Limits { cpu: Some(Duration::from_millis(100)), ..limits(60_000) };
        let outcome =
            watchdog.run(Command::new("sh").args(["-c", "while :; do :; done"]), limits).expect("sh runs");
        assert_eq!(outcome.status.is_err(), has_proc());
    }

    #[test]
    fn standard_error_is_kept_apart() {
        let watchdog = Watchdog::start();
        let mut command = Command::new("sh");
        let (outcome, errors) = watchdog
            .run_apart(command.args(["-c", "echo out; echo err >&2"]), limits(10_000))
            .expect("sh runs");
        assert_eq!((outcome.text().as_str(), errors.as_slice()), ("out\n", b"err\n".as_slice()));
    }

    #[test]
    fn a_child_that_ends_gives_output_and_code() {
        let watchdog = Watchdog::start();
        let outcome = watchdog
            .run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]), limits(10_000))
            .expect("sh runs");
        assert_eq!(outcome.text(), "out\nerr\n");
        assert_eq!(outcome.code(), Some(3));
    }

    #[test]
    fn a_child_that_hangs_is_killed() {
        let watchdog = Watchdog::start();
        let outcome = watchdog.run(Command::new("sleep").arg("60"), limits(100)).expect("sleep runs");
        assert_eq!(outcome.status, Err(Verdict::TimedOut));
        assert!(outcome.wall < Duration::from_secs(30));
    }
}
