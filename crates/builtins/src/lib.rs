//! The standard library of JavaScript.
