//! Paths into nested values, typed: `User::ADDRESS.at(Address::CITY)`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::marker::PhantomData;

use ommi_core::query::{ColumnRef, Expr, Path};

use super::{Computed, Field};
use crate::model::Model;
use crate::stored::{Json, Stored};

/// A name inside nested values of type `T`, which leads to a `V`. The derive `Nested` makes one constant for each field of
/// a struct, [`key`] one for a map's key.
///
/// ```
/// use ommi::{Model, Nested, key, prelude::*};
/// use serde::{Deserialize, Serialize};
/// use std::collections::HashMap;
///
/// #[derive(Nested, Serialize, Deserialize, Debug, Clone, PartialEq)]
/// struct Address {
///     city: String,
///     #[serde(rename = "zip")]
///     code: Option<String>,
///     place: Place,
///     labels: HashMap<String, String>,
/// }
///
/// #[derive(Nested, Serialize, Deserialize, Debug, Clone, PartialEq)]
/// struct Place {
///     north: f64,
/// }
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// struct User {
///     id: i64,
///     #[model(json)]
///     address: Address,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let place = Place { north: 48.9 };
/// let labels = HashMap::from([("floor".to_owned(), "third".to_owned())]);
/// let address = Address { city: "Paris".into(), code: None, place, labels };
/// db.add(&mut User { id: 1, address }).await?;
///
/// let found = db
///     .find::<User>()
///     .filter(User::ADDRESS.at(Address::CITY).eq("Paris") & User::ADDRESS.at(Address::PLACE).at(Place::NORTH).gt(45.0))
///     .select((User::ADDRESS.at(Address::CODE), User::ADDRESS.at(Address::LABELS).at(key("floor"))))
///     .one()
///     .await?;
/// assert_eq!(found, (None, Some("third".into())));
/// # Ok(())
/// # }
/// ```
pub struct Part<T, V> {
    name: Cow<'static, str>,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, V> Part<T, V> {
    /// The part of this name. The derive uses it, and knows the type.
    #[doc(hidden)]
    pub const fn named(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), types: PhantomData }
    }
}

impl<T, V> Clone for Part<T, V> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), types: PhantomData }
    }
}

impl<T, V> fmt::Debug for Part<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Part").field(&self.name).finish()
    }
}

/// A nested map from text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no map from text",
    label = "expected a `HashMap<String, _>` or a `BTreeMap<String, _>`"
)]
pub trait Keyed {
    /// What its keys lead to.
    type Value;
}

impl<V, S> Keyed for HashMap<String, V, S> {
    type Value = V;
}

impl<V> Keyed for BTreeMap<String, V> {
    type Value = V;
}

/// The part of a map that a key leads to: see [`Part`].
pub fn key<T: Keyed>(name: impl Into<String>) -> Part<T, T::Value> {
    Part { name: Cow::Owned(name.into()), types: PhantomData }
}

/// The way from a column into what it holds.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Way {
    column: ColumnRef,
    keys: Vec<String>,
}

impl Way {
    fn further<T, V: Reachable>(mut self, part: Part<T, V>) -> V::Path {
        self.keys.push(part.name.into_owned());
        V::reached(self)
    }
}

/// Types that a path can lead to: structs with the derive `Nested`, maps from text, bools, numbers and text, and `Option` of
/// them.
#[diagnostic::on_unimplemented(
    message = "no path leads to `{Self}`",
    label = "what is inside of a nested value and is no struct with `#[derive(Nested)]`, map, bool, number or text"
)]
pub trait Reachable {
    /// What a path to it is: [`Inside`] something nested, else a [`Computed`] value.
    type Path;

    #[doc(hidden)]
    fn reached(path: Way) -> Self::Path;
}

macro_rules! leaves {
    ($($ty:ty),+) => { $(
        impl Reachable for $ty {
            type Path = Computed<Self>;

            fn reached(path: Way) -> Computed<Self> {
                let ty = <Self as Stored>::field_type();
                Computed::from_built(Ok(Expr::from(Path::into(path.column, path.keys, ty))))
            }
        }
    )+ };
}

leaves!(bool, i8, i16, i32, i64, u8, u16, u32, f32, f64, String);

impl<V: Reachable> Reachable for Option<V> {
    type Path = V::Path;

    fn reached(path: Way) -> V::Path {
        V::reached(path)
    }
}

impl<V, S> Reachable for HashMap<String, V, S> {
    type Path = Inside<Self>;

    fn reached(path: Way) -> Inside<Self> {
        Inside::from(path)
    }
}

impl<V> Reachable for BTreeMap<String, V> {
    type Path = Inside<Self>;

    fn reached(path: Way) -> Inside<Self> {
        Inside::from(path)
    }
}

/// A path to a nested value of type `T`, on the way to what is in it.
#[derive(Debug)]
pub struct Inside<T> {
    way: Way,
    value: PhantomData<fn() -> T>,
}

impl<T> Inside<T> {
    /// What the part leads to.
    pub fn at<V: Reachable>(self, part: Part<T, V>) -> V::Path {
        self.way.further(part)
    }
}

impl<T> From<Way> for Inside<T> {
    fn from(way: Way) -> Self {
        Self { way, value: PhantomData }
    }
}

impl<T> Clone for Inside<T> {
    fn clone(&self) -> Self {
        Self::from(self.way.clone())
    }
}

fn begin<M: Model, T: Stored, N, V: Reachable>(field: Field<M, T>, part: Part<N, V>) -> V::Path {
    Way { column: field.column(), keys: Vec::new() }.further(part)
}

impl<M: Model, T> Field<M, Json<T>>
where
    Json<T>: Stored,
{
    /// What a part of the nested value leads to: see [`Part`]. It is NULL where nothing is there.
    pub fn at<V: Reachable>(self, part: Part<T, V>) -> V::Path {
        begin(self, part)
    }
}

impl<M: Model, T> Field<M, Option<Json<T>>>
where
    Option<Json<T>>: Stored,
{
    /// What a part of the nested value leads to: see [`Part`]. It is NULL where nothing is there.
    pub fn at<V: Reachable>(self, part: Part<T, V>) -> V::Path {
        begin(self, part)
    }
}

impl<M: Model> Field<M, serde_json::Value> {
    /// The `V` that names lead to in a nested value of any form. What is of another type is NULL, as is what is missing.
    pub fn path<V: Reachable>(self, names: impl IntoIterator<Item: Into<String>>) -> V::Path {
        V::reached(Way { column: self.column(), keys: names.into_iter().map(Into::into).collect() })
    }
}
