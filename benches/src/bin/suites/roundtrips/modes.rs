//! The modes: which flags, for which programs.

use super::programs::Kind;

/// A set of flags.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) name: &'static str,
    pub(super) flags: &'static [&'static str],
    programs: Programs,
}

/// What a mode is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Programs {
    All,
    Files,
    Suites,
}

const fn mode(name: &'static str, flags: &'static [&'static str], programs: Programs) -> Mode {
    Mode { name, flags, programs }
}

/// All modes. File tests are too short to be compiled by themselves, so they are forced to exit under `--always-opt` too; in the suites
/// everything that matters gets hot.
const MODES: &[Mode] = &[
    mode("jitless", &["--jitless"], Programs::All),
    mode("default", &[], Programs::All),
    mode("always", &["--always-opt"], Programs::All),
    mode("every1", &["--deopt-every-n-times=1"], Programs::All),
    mode("every7", &["--deopt-every-n-times=7"], Programs::All),
    mode("random1", &["--deopt-random=1"], Programs::All),
    mode("random2", &["--deopt-random=2"], Programs::All),
    mode("random3", &["--deopt-random=3"], Programs::All),
    mode("always-every1", &["--always-opt", "--deopt-every-n-times=1"], Programs::Files),
    mode("always-every7", &["--always-opt", "--deopt-every-n-times=7"], Programs::Files),
    mode("always-random1", &["--always-opt", "--deopt-random=1"], Programs::All),
    mode("always-random2", &["--always-opt", "--deopt-random=2"], Programs::Files),
    mode("always-random3", &["--always-opt", "--deopt-random=3"], Programs::Files),
    mode("gc1", &["--gc-stress=1"], Programs::Files),
    mode("always-gc1", &["--always-opt", "--gc-stress=1"], Programs::Files),
    mode("random-gc1", &["--always-opt", "--deopt-random=1:4", "--gc-stress=1"], Programs::Files),
    // With a collection at every allocation caches and hot code never live to see a second one; these do.
    mode("gc13", &["--gc-stress=13"], Programs::Files),
    mode("always-gc57", &["--always-opt", "--gc-stress=57"], Programs::Files),
    mode("random-gc101", &["--always-opt", "--deopt-random=5", "--gc-stress=101"], Programs::Files),
    mode("gc10000", &["--gc-stress=10000"], Programs::Suites),
    mode("random-gc10000", &["--deopt-random=1", "--gc-stress=10000"], Programs::Suites),
];

impl Mode {
    /// Do programs of that kind run in it?
    pub(super) fn is_for(self, kind: Kind) -> bool {
        match self.programs {
            Programs::All => true,
            Programs::Files => kind == Kind::File,
            Programs::Suites => kind != Kind::File,
        }
    }
    /// The number of allocations between two collections, if it collects by count.
    pub(super) fn stress(self) -> Option<u32> {
        self.flags.iter().find_map(|flag| flag.strip_prefix("--gc-stress=")?.parse().ok())
    }
}

/// All modes.
pub(super) fn all() -> Vec<Mode> {
    MODES.to_vec()
}

/// The modes of `--smoke`: those that force exits of everything.
pub(super) fn smoke() -> Vec<Mode> {
    let names = ["always-every1", "always-every7", "always-random1"];
    MODES.iter().filter(|mode| names.contains(&mode.name)).copied().collect()
}

/// The modes of a list of names.
pub(super) fn chosen(list: &str) -> Result<Vec<Mode>, String> {
    let known = || MODES.iter().map(|mode| format!("{} ({})", mode.name, mode.flags.join(" ")));
    list.split(',')
        .map(|name| MODES.iter().find(|mode| mode.name == name).copied())
        .collect::<Option<Vec<Mode>>>()
        .ok_or_else(|| format!("the modes are {}", known().collect::<Vec<_>>().join(", ")))
}
