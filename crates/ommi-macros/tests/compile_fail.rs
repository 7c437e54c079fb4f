//! Mistakes that the compiler refuses, with the message that it gives: one file each in `compile_fail/`.
//!
//! `TRYBUILD=overwrite cargo test -p ommi-macros --test compile_fail` writes the messages anew; read them before you keep them.

#[test]
fn mistakes_are_refused_with_a_hint() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
