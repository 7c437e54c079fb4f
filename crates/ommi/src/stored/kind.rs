//! Kinds: columns of one kind can be compared with each other, whatever Rust types they are read as.

use std::marker::PhantomData;

/// Integers of any width.
#[derive(Debug)]
pub struct Integer;
/// Floats of any width.
#[derive(Debug)]
pub struct Float;
/// Text.
#[derive(Debug)]
pub struct Text;
/// Spans of time.
#[derive(Debug)]
pub struct Span;
/// Documents.
#[derive(Debug)]
pub struct Document;
/// Lists of a kind.
#[derive(Debug)]
pub struct List<K>(PhantomData<K>);
