//! `Operand`: what may stand beside a column in a comparison or an assignment.

use bigdecimal::BigDecimal;
use ommi_core::query::Expr;
use ommi_core::value::Value;

use super::{Aggregate, Built, Computed, Field, Refusal};
use crate::model::Model;
use crate::stored::{Scalar, Stored};

/// A value, column or computed value that can stand beside a column whose values are `T`.
///
/// `K` only tells the implementations apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "a column of `{T}` cannot be compared with `{Self}`",
    label = "expected a value, a column or an expression of type `{T}`"
)]
pub trait Operand<T, K> {
    #[doc(hidden)]
    fn into_built(self) -> Built;
}

/// What `eq` and `ne` take: an [`Operand`], or an `Option` of one, where `None` means NULL.
#[diagnostic::on_unimplemented(
    message = "a column of `{T}` cannot be compared with `{Self}`",
    label = "expected a value, a column or an expression of type `{T}`"
)]
pub trait Comparand<T, K> {
    #[doc(hidden)]
    fn into_built(self) -> Built;
}

/// What a column of type `T` can be set to: an [`Operand`], and where `T` is an `Option` also `None`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set to `{Self}`",
    label = "expected a value, a column or an expression of type `{T}`",
    note = "only a column with a type of `Option<...>` can be set to `None`"
)]
pub trait Settable<T, K> {
    #[doc(hidden)]
    fn into_built(self) -> Built;
}

/// A value for a list: of type `T`, or borrowed from one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a list of values for a column of type `{T}`",
    label = "expected values of type `{T}`"
)]
pub trait Literal<T, K> {
    #[doc(hidden)]
    fn into_literal(self) -> Result<Value, Refusal>;
}

/// How an operand stands for a column's type. Only the compiler needs these.
#[doc(hidden)]
#[derive(Debug)]
pub struct Itself;
#[doc(hidden)]
#[derive(Debug)]
pub struct Borrowed;
#[doc(hidden)]
#[derive(Debug)]
pub struct Widened;
#[doc(hidden)]
#[derive(Debug)]
pub struct Worked;
#[doc(hidden)]
#[derive(Debug)]
pub struct Present<K>(K);
#[doc(hidden)]
#[derive(Debug)]
pub struct Maybe<K>(K);
#[doc(hidden)]
#[derive(Debug)]
pub struct Spelled<K>(K);

impl<T: Scalar> Literal<T, Itself> for T {
    #[inline]
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(self.to_value()?)
    }
}

impl<T: Scalar> Literal<T, Borrowed> for &T {
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(self.to_value()?)
    }
}

impl Literal<String, Borrowed> for &str {
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(Value::from(self))
    }
}

#[diagnostic::do_not_recommend]
impl Literal<String, Borrowed> for &&str {
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(Value::from(*self))
    }
}

#[diagnostic::do_not_recommend]
impl Literal<Vec<u8>, Borrowed> for &[u8] {
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(Value::from(self))
    }
}

#[diagnostic::do_not_recommend]
impl Literal<f64, Widened> for i32 {
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(Value::from(self))
    }
}

#[diagnostic::do_not_recommend]
impl Literal<BigDecimal, Widened> for i64 {
    fn into_literal(self) -> Result<Value, Refusal> {
        Ok(Value::from(BigDecimal::from(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V, K> Operand<T, Spelled<K>> for V
where
    V: Literal<T, K>,
{
    #[inline]
    fn into_built(self) -> Built {
        self.into_literal().map(Expr::Value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, M: Model, U: Stored<Kind = T::Kind>> Operand<T, Worked> for Field<M, U> {
    fn into_built(self) -> Built {
        Ok(Expr::Column(self.column()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, U: Stored<Kind = T::Kind>> Operand<T, Worked> for Computed<U> {
    fn into_built(self) -> Built {
        self.built()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, U: Stored<Kind = T::Kind>> Operand<T, Worked> for Aggregate<U> {
    fn into_built(self) -> Built {
        self.built()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V, K> Comparand<T, Present<K>> for V
where
    V: Operand<T, K>,
{
    #[inline]
    fn into_built(self) -> Built {
        Operand::<T, K>::into_built(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V, K> Comparand<T, Maybe<K>> for Option<V>
where
    V: Operand<T, K>,
{
    fn into_built(self) -> Built {
        self.map_or(Ok(Expr::Value(Value::Null)), Operand::<T, K>::into_built)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V, K> Settable<T, Present<K>> for V
where
    V: Operand<T, K>,
{
    fn into_built(self) -> Built {
        Operand::<T, K>::into_built(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, V, K> Settable<Option<T>, Maybe<K>> for V
where
    V: Comparand<T, K>,
{
    fn into_built(self) -> Built {
        Comparand::<T, K>::into_built(self)
    }
}

/// A predicate over a list column and the values of a list.
pub(crate) fn over_list(column: Built, values: Built, predicate: fn(&Expr, Vec<Expr>) -> Expr) -> Built {
    let values = match values? {
        Expr::List(values) => values.into_iter().map(Expr::Value).collect(),
        other => vec![other],
    };
    Ok(predicate(&column?, values))
}

/// The right side of `in` and `not_in`.
pub(crate) fn list<T, K, V>(values: impl IntoIterator<Item = V>) -> Built
where
    V: Literal<T, K>,
{
    values.into_iter().map(V::into_literal).collect::<Result<_, _>>().map(Expr::List)
}
