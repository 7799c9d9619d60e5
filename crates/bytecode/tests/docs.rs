//! `docs/bytecodes.md` is up to date. `UPDATE_EXPECT=1` rewrites it.

#[test]
fn the_page_is_fresh() {
    expect_test::expect_file!["../../../docs/bytecodes.md"]
        .assert_eq(&unspool_bytecode::bytecodes_markdown());
}
