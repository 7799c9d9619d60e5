//! Runs the shell with a deadline.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a run of the shell left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None`: ended by a signal.
    pub(crate) code: Option<i32>,
}

impl Output {
    /// Standard output, and the exit code when it is not zero.
    pub(crate) fn expectation(&self) -> String {
        match self.code {
            Some(0) => self.stdout.clone(),
            Some(code) => format!("{}[exit code {code}]\n", self.stdout),
            None => format!("{}[signal]\n", self.stdout),
        }
    }

    /// A signal, or a panic.
    pub(crate) fn is_crash(&self) -> bool {
        self.code.is_none_or(|code| code == 101) || self.stderr.contains("panicked at")
    }

    pub(crate) fn show(&self) -> String {
        format!("{}standard error:\n{}", self.expectation(), self.stderr)
    }
}

/// The program under test.
pub(crate) fn shell() -> PathBuf {
    std::env::var_os("UNSPOOL_BIN").map_or_else(|| env!("CARGO_BIN_EXE_unspool").into(), PathBuf::from)
}

/// Runs the shell in `folder`; a hang is an error.
pub(crate) fn run(
    folder: &Path,
    arguments: &[OsString],
    input: &[u8],
    timeout: Duration,
) -> Result<Output, String> {
    let mut child = Command::new(shell())
        .args(arguments)
        .current_dir(folder)
        // A panic must be short in a report.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", shell().display()))?;
    let (mut stdin, mut stdout, mut stderr) =
        match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(stdin), Some(stdout), Some(stderr)) => (stdin, stdout, stderr),
            _ => return Err("the pipes of the child are missing".into()),
        };
    let input = input.to_vec();
    // The child may end without reading its input.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let out = thread::spawn(move || read_all(&mut stdout));
    let err = thread::spawn(move || read_all(&mut stderr));
    let deadline = Instant::now() + timeout;
    let mut pause = Duration::from_micros(200);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() >= deadline => {
                // It may have ended this instant; either way it is reaped below.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("hangs: no end after {} s", timeout.as_secs()));
            }
            Ok(None) => thread::sleep(pause),
            Err(error) => return Err(error.to_string()),
        }
        pause = (pause * 2).min(Duration::from_millis(10));
    };
    let text = |handle: thread::JoinHandle<std::io::Result<Vec<u8>>>| -> Result<String, String> {
        let bytes = handle.join().map_err(|_| "the reader died")?.map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let _ = writer.join();
    Ok(Output { stdout: text(out)?, stderr: text(err)?, code: status.code() })
}

fn read_all(stream: &mut impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map(|_| bytes)
}
