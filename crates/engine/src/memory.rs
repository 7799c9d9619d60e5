//! How much memory an isolate may take when nobody says so.
//!
//! Half of what the machine, the control group or the process's limit on address space allows, whichever is least. The other
//! half is for what the limit does not count: free cells between live ones, stacks, tables, the program itself, and other
//! programs. Read from the files in which Linux tells these figures; where there are none, [`FALLBACK`] is taken.

use std::fs;

/// The limit where the machine does not say how much memory it has.
const FALLBACK: usize = 4 << 30;

/// The memory limit of isolates whose configuration has none, in bytes.
pub fn default_memory_limit() -> usize {
    let read = |path| fs::read_to_string(path).ok();
    let allowed = [
        read("/proc/meminfo").and_then(|text| machine_memory(&text)),
        read("/proc/self/limits").and_then(|text| address_space(&text)),
        read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse().ok()),
    ];
    allowed.into_iter().flatten().min().map_or(FALLBACK, |least| least / 2)
}

/// The `MemTotal` of `/proc/meminfo`, which is in KiB.
fn machine_memory(text: &str) -> Option<usize> {
    let kib: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    kib.checked_mul(1024)
}

/// The soft limit on address space of `/proc/self/limits`; `None` if there is none.
fn address_space(text: &str) -> Option<usize> {
    text.lines()
        .find_map(|line| line.strip_prefix("Max address space"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_files_of_linux() {
        let meminfo = "MemTotal:       24573472 kB\nMemFree:         2096128 kB\n";
        assert_eq!(machine_memory(meminfo), Some(24_573_472 << 10));
        let limits = |soft| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units\n\
                 Max resident set          unlimited            unlimited            bytes\n\
                 Max address space         {soft:<21}unlimited            bytes\n"
            )
        };
        assert_eq!(address_space(&limits("4096000000")), Some(4_096_000_000));
        assert_eq!(address_space(&limits("unlimited")), None);
        assert_eq!((machine_memory(""), address_space("")), (None, None));
        assert!(default_memory_limit() >= 64 << 20);
    }
}
