//! The attributes of `#[derive(Model)]` as they are written.

use darling::ast::{Data, NestedMeta};
use darling::util::{Flag, Ignored};
use darling::{Error, FromDeriveInput, FromField, FromMeta, Result};
use syn::{Expr, Generics, Ident, Path, Type, Visibility};

/// A struct with `#[derive(Model)]`.
#[derive(Debug, FromDeriveInput)]
#[darling(attributes(model), supports(struct_named))]
pub(super) struct ModelInput {
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) generics: Generics,
    pub(super) data: Data<Ignored, FieldInput>,
    /// The table's name; the struct's without it.
    #[darling(default)]
    pub(super) table: Option<String>,
    /// Indexes over several fields.
    #[darling(default, multiple)]
    pub(super) index: Vec<Names>,
    /// Sets of fields whose combined values stand once only.
    #[darling(default, multiple)]
    pub(super) unique: Vec<Names>,
    /// The shard key's fields.
    #[darling(default)]
    pub(super) shard: Option<ShardKey>,
    /// References made of several fields.
    #[darling(default, multiple)]
    pub(super) reference: Vec<CompositeReference>,
}

/// One field of the struct.
#[derive(Debug, FromField)]
#[darling(attributes(model))]
pub(super) struct FieldInput {
    pub(super) ident: Option<Ident>,
    pub(super) ty: Type,
    pub(super) key: Flag,
    pub(super) auto: Flag,
    pub(super) unique: Flag,
    pub(super) index: Flag,
    pub(super) json: Flag,
    pub(super) skip: Flag,
    pub(super) related: Flag,
    pub(super) version: Flag,
    pub(super) tracked: Flag,
    #[darling(default)]
    pub(super) column: Option<String>,
    #[darling(default)]
    pub(super) max_length: Option<u32>,
    #[darling(default)]
    pub(super) default: Option<Expr>,
    #[darling(default)]
    pub(super) references: Option<Target>,
    #[darling(default)]
    pub(super) on_delete: Option<Action>,
    #[darling(default)]
    pub(super) on_update: Option<Action>,
    #[darling(default)]
    pub(super) through: Option<Path>,
    #[darling(default)]
    pub(super) by: Option<Ident>,
}

/// `(a, b)`: names of fields.
#[derive(Debug)]
pub(super) struct Names(pub(super) Vec<Ident>);

impl FromMeta for Names {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        Vec::<Ident>::from_list(items).map(Names)
    }
}

/// `(a, hashed(b))`: names of fields, each with whether its hash is what counts.
#[derive(Debug)]
pub(super) struct ShardKey(pub(super) Vec<(Ident, bool)>);

impl FromMeta for ShardKey {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        let wrong = || Error::custom("name the shard key's fields: `shard(a, b)` or `shard(a, hashed(b))`");
        let part = |item: &NestedMeta| match item {
            NestedMeta::Meta(syn::Meta::Path(path)) => {
                path.get_ident().map(|name| (name.clone(), false)).ok_or_else(|| wrong().with_span(path))
            }
            NestedMeta::Meta(syn::Meta::List(list)) if list.path.is_ident("hashed") => {
                list.parse_args::<Ident>().map(|name| (name, true)).map_err(|_| wrong().with_span(list))
            }
            other => Err(wrong().with_span(other)),
        };
        if items.is_empty() {
            return Err(wrong());
        }
        items.iter().map(part).collect::<Result<_>>().map(ShardKey)
    }
}

/// `(User::id)` or `(User)`: what a reference points at.
#[derive(Debug)]
pub(super) struct Target(pub(super) Path);

impl FromMeta for Target {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        match items {
            [NestedMeta::Meta(syn::Meta::Path(path))] => Ok(Target(path.clone())),
            _ => Err(Error::custom(
                "name the model, or one of its fields: `references(User)` or `references(User::id)`",
            )),
        }
    }
}

/// `reference(fields(a, b), to(Order::x, Order::y), on_delete = "cascade")`.
#[derive(Debug, FromMeta)]
pub(super) struct CompositeReference {
    pub(super) fields: Names,
    pub(super) to: Targets,
    #[darling(default)]
    pub(super) on_delete: Option<Action>,
    #[darling(default)]
    pub(super) on_update: Option<Action>,
}

/// `(Order::x, Order::y)`: fields of one model.
#[derive(Debug)]
pub(super) struct Targets(pub(super) Vec<Path>);

impl FromMeta for Targets {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        Vec::<Path>::from_list(items).map(Targets)
    }
}

/// What a change of the row that is referred to does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromMeta)]
#[darling(rename_all = "snake_case")]
pub(super) enum Action {
    Restrict,
    Cascade,
    SetNull,
}
