//! Compiles `self_hosted/*.js` to `self_hosted/compiled.bin`.

fn main() -> std::io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/self_hosted/compiled.bin");
    std::fs::write(path, unspool_builtins::self_hosted::compile())
}
