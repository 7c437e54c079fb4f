//! `Key`: what finds one row of a model.

use super::Refusal;
use crate::stored::Scalar;
use ommi_core::value::Value;

/// A value for a key of type `T`: what [`Db::get`](crate::Db::get) takes. For a key of several fields it is a tuple.
///
/// ```
/// use ommi::{Db, Key, Model};
///
/// /// The row of that key, of any model.
/// async fn fetch<M: Model>(db: &impl Db, key: impl Key<M::Key>) -> ommi::Result<M> {
///     db.get::<M>(key).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key of type `{T}`",
    label = "expected a value of type `{T}`"
)]
pub trait Key<T>: Send {
    /// Hands over the values, one for each field of the key.
    #[doc(hidden)]
    fn into_values(self, each: &mut dyn FnMut(Result<Value, Refusal>));
}

impl<T: Scalar + Send> Key<T> for T {
    #[inline]
    fn into_values(self, each: &mut dyn FnMut(Result<Value, Refusal>)) {
        each(self.to_value().map_err(Refusal::from));
    }
}

impl<T: Scalar + Sync> Key<T> for &T {
    fn into_values(self, each: &mut dyn FnMut(Result<Value, Refusal>)) {
        each(self.to_value().map_err(Refusal::from));
    }
}

impl Key<String> for &str {
    fn into_values(self, each: &mut dyn FnMut(Result<Value, Refusal>)) {
        each(Ok(Value::from(self)));
    }
}

impl<T: Scalar, V: Key<T>> Key<Option<T>> for V {
    fn into_values(self, each: &mut dyn FnMut(Result<Value, Refusal>)) {
        Key::<T>::into_values(self, each);
    }
}

macro_rules! tuples {
    ($($name:ident $value:ident),+) => {
        impl<$($name, $value: Key<$name>),+> Key<($($name,)+)> for ($($value,)+) {
            #[allow(non_snake_case)]
            fn into_values(self, each: &mut dyn FnMut(Result<Value, Refusal>)) {
                let ($($value,)+) = self;
                $($value.into_values(each);)+
            }
        }
    };
}

tuples!(A VA, B VB);
tuples!(A VA, B VB, C VC);
tuples!(A VA, B VB, C VC, D VD);
