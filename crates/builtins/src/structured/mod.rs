//! Structured data (chapter 25): ArrayBuffer, SharedArrayBuffer, DataView, Atomics and JSON.

pub(crate) mod array_buffer;
pub(crate) mod atomics;
pub(crate) mod data_view;
pub(crate) mod json;
