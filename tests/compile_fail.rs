//! Misuse that the compiler has to refuse, at the user's token and in words that say what to do.
//!
//! After a wanted change of messages: `TRYBUILD=overwrite cargo test --test compile_fail`.

#[test]
fn misuse_is_refused_where_it_stands() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
