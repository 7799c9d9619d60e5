//! The code compiled ahead of time is what the sources compile to.

#[test]
fn the_compiled_code_is_up_to_date() {
    assert!(
        unspool_builtins::self_hosted::compile() == unspool_builtins::self_hosted::compiled_ahead(),
        "run `cargo run -p unspool-builtins --example compile_self_hosted`"
    );
}
