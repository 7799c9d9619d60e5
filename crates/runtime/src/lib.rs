//! Realms, property operations, conversions, functions, jobs and modules.
