//! What the shell gives to programs: host functions, timers, module files.

pub(crate) mod timers;
