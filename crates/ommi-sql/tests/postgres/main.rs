//! Statements for PostgreSQL: their text, and what they do on a real server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails should stop its test")]

#[path = "../common/mod.rs"]
mod common;
mod database;
mod inserts;
mod statements;

on_a_server! {
    logic::comparisons_go_by_value,
    logic::texts_are_searched_character_by_character,
    logic::lists_of_values_have_any_length,
    logic::truth_and_membership_in_stored_lists,
    logic::arithmetic_is_exact_or_an_error,
    rows::nulls_are_first_ascending_and_text_goes_by_code_point,
    rows::pages_are_cut_after_the_order,
    rows::distinct_rows_can_be_ordered,
    rows::distinct_documents_keep_their_numbers_apart,
    rows::joins_multiply_and_semi_joins_do_not,
    writes::an_update_sees_the_row_as_it_was,
    writes::a_page_of_rows_is_written,
    writes::a_page_is_found_before_its_rows_go,
    writes::other_tables_decide_what_is_written,
    writes::lists_decide_what_is_written,
    writes::an_overflow_changes_nothing,
    schema::created_tables_fit_their_models,
    schema::circles_are_closed_and_dropped,
    schema::keys_in_another_order_are_referred_to,
    schema::columns_are_added,
    schema::lengths_and_uniqueness_are_kept,
    schema::names_hold_any_characters_up_to_the_limit,
    types::every_type_is_kept_and_compared,
    patterns::regular_expressions_find_what_rust_finds,
    patterns::ilike_finds_what_rust_finds,
    patterns::long_patterns_are_taken,
}
