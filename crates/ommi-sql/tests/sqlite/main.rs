//! Statements for SQLite: their text, and what they do in a real database.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails should stop its test")]

mod database;
mod distinct_and_page;
mod groups;
mod index_use;
mod introspection;
mod joins;
mod models;
mod names;
mod operator_meaning;
mod operator_text;
mod schema;
mod shape;
mod writes;
