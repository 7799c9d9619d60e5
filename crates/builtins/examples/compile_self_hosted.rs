//! Compiles `self_hosted/*.js` to `self_hosted/compiled.bin`, which is checked in and embedded into the library.
//!
//! To be run after a change to the sources or to the bytecode format; a test fails when the two do not agree.

fn main() -> std::io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/self_hosted/compiled.bin");
    std::fs::write(path, unspool_builtins::self_hosted::compile())
}
