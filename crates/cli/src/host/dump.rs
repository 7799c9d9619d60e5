//! Dumps of frames (`--dump-out-filename`), in the format that Fuzzilli's differential oracle reads.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use unspool_deopt::dumpling::{Dump, Dumpling, Tier};
use unspool_runtime::frame_dump::{DumpedBy, FrameDump};

/// The file that dumps go to.
#[derive(Debug)]
pub(crate) struct DumpFile {
    out: BufWriter<File>,
    dumpling: Dumpling,
}

impl DumpFile {
    /// A new file.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { out: BufWriter::new(File::create(path)?), dumpling: Dumpling::new() })
    }

    /// Adds a dump.
    pub(crate) fn write(&mut self, dump: &FrameDump) {
        let dump = Dump {
            tier: match dump.by {
                DumpedBy::Interpreter => Tier::Interpreter,
                DumpedBy::Exit => Tier::Optimized,
            },
            offset: dump.offset,
            function: dump.function,
            accumulator: dump.accumulator.clone(),
            arguments: dump.arguments.clone(),
            registers: dump.registers.clone(),
        };
        let mut text = String::new();
        // Writing to a string cannot fail; a full disk shows when the file is compared.
        let _ = self.dumpling.write(&mut text, &dump);
        let _ = self.out.write_all(text.as_bytes());
    }

    /// Hands everything to the system.
    pub(crate) fn flush(&mut self) {
        let _ = self.out.flush();
    }
}
