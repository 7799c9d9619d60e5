//! The Ignition-like interpreter.
