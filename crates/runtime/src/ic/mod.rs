//! Inline caches.

pub mod construct;
