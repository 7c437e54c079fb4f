//! A small world of models: users live in countries, write posts, have roles and follow each other.

use std::sync::{Arc, OnceLock};

use ommi_core::query::{ColumnRef, Expr, Operator};
use ommi_core::schema::{
    Action, FieldDef, FieldType, ModelBuilder, ModelDef, ModelLink, ReferenceDef, RelationDef, RelationKind,
};
use ommi_core::value::Value;

pub(crate) struct Models {
    pub(crate) country: Arc<ModelDef>,
    pub(crate) user: Arc<ModelDef>,
    pub(crate) post: Arc<ModelDef>,
    pub(crate) role: Arc<ModelDef>,
    pub(crate) user_role: Arc<ModelDef>,
    pub(crate) follow: Arc<ModelDef>,
    pub(crate) review: Arc<ModelDef>,
    pub(crate) lonely: Arc<ModelDef>,
}

type Pick = fn(&Models) -> &Arc<ModelDef>;

/// The models; made once, so that they may refer to each other in circles.
pub(crate) fn models() -> &'static Models {
    static MODELS: OnceLock<Models> = OnceLock::new();
    MODELS.get_or_init(|| Models {
        country: country(),
        user: user(),
        post: post(),
        role: fields("Role", [FieldDef::new("id", FieldType::Int), FieldDef::new("name", FieldType::Text)])
            .build()
            .unwrap(),
        user_role: user_role(),
        follow: follow(),
        review: review(),
        lonely: fields("Lonely", [FieldDef::new("id", FieldType::Int)]).build().unwrap(),
    })
}

fn fields<const N: usize>(name: &str, fields: [FieldDef; N]) -> ModelBuilder {
    fields.into_iter().fold(ModelDef::builder(name), ModelBuilder::field)
}

fn link(name: &str, pick: Pick) -> ModelLink {
    ModelLink::new(name, move || Ok(pick(models()).clone()))
}

fn reference(name: &str, pick: Pick) -> ReferenceDef {
    ReferenceDef {
        fields: Vec::new(),
        target: link(name, pick),
        target_fields: Vec::new(),
        on_delete: Action::default(),
        on_update: Action::default(),
    }
}

fn relation(
    name: &str,
    kind: RelationKind,
    target: (&str, Pick),
    through: Option<(&str, Pick)>,
) -> RelationDef {
    RelationDef {
        name: name.into(),
        kind,
        target: link(target.0, target.1),
        through: through.map(|(name, pick)| link(name, pick)),
        by: None,
        optional: false,
    }
}

fn country() -> Arc<ModelDef> {
    fields("Country", [FieldDef::new("code", FieldType::Text), FieldDef::new("name", FieldType::Text)])
        .key(["code"])
        .build()
        .unwrap()
}

fn user() -> Arc<ModelDef> {
    fields(
        "User",
        [
            FieldDef::new("id", FieldType::Int),
            FieldDef::new("name", FieldType::Text).max_length(10),
            FieldDef::new("email", FieldType::Text).nullable().unique(),
            FieldDef::new("age", FieldType::Int),
            FieldDef::new("weight", FieldType::Float).nullable(),
            FieldDef::new("balance", FieldType::Decimal).nullable(),
            FieldDef::new("active", FieldType::Bool).nullable(),
            FieldDef::new("tags", FieldType::List(Box::new(FieldType::Text))).nullable(),
            FieldDef::new("country", FieldType::Text).nullable(),
        ],
    )
    .reference(["country"], reference("Country", |models| &models.country))
    .relation(relation("home", RelationKind::One, ("Country", |models| &models.country), None))
    .relation(relation("posts", RelationKind::Many, ("Post", |models| &models.post), None))
    .relation(relation(
        "roles",
        RelationKind::Many,
        ("Role", |models| &models.role),
        Some(("UserRole", |models| &models.user_role)),
    ))
    .relation(relation(
        "followed",
        RelationKind::Many,
        ("User", |models| &models.user),
        Some(("Follow", |models| &models.follow)),
    ))
    .index(None, ["name", "age"], true)
    .build()
    .unwrap()
}

fn post() -> Arc<ModelDef> {
    fields(
        "Post",
        [
            FieldDef::new("id", FieldType::Int),
            FieldDef::new("title", FieldType::Text),
            FieldDef::new("author_id", FieldType::Int),
        ],
    )
    .reference(["author_id"], reference("User", |models| &models.user))
    .build()
    .unwrap()
}

fn user_role() -> Arc<ModelDef> {
    fields("UserRole", [FieldDef::new("user_id", FieldType::Int), FieldDef::new("role_id", FieldType::Int)])
        .key(["user_id", "role_id"])
        .reference(["user_id"], reference("User", |models| &models.user))
        .reference(["role_id"], reference("Role", |models| &models.role))
        .build()
        .unwrap()
}

fn follow() -> Arc<ModelDef> {
    fields("Follow", [FieldDef::new("follower", FieldType::Int), FieldDef::new("followed", FieldType::Int)])
        .key(["follower", "followed"])
        .reference(["follower"], reference("User", |models| &models.user))
        .reference(["followed"], reference("User", |models| &models.user))
        .build()
        .unwrap()
}

/// Refers to a composite key.
fn review() -> Arc<ModelDef> {
    fields(
        "Review",
        [
            FieldDef::new("id", FieldType::Int),
            FieldDef::new("user_id", FieldType::Int),
            FieldDef::new("role_id", FieldType::Int),
        ],
    )
    .reference(["user_id", "role_id"], reference("UserRole", |models| &models.user_role))
    .relation(relation("granted", RelationKind::One, ("UserRole", |models| &models.user_role), None))
    .build()
    .unwrap()
}

/// A field as an operand.
pub(crate) fn column(model: &Arc<ModelDef>, field: &str) -> Expr {
    Expr::Column(reference_to(model, field))
}

/// A field as a sort key or a selected one.
pub(crate) fn reference_to(model: &Arc<ModelDef>, field: &str) -> ColumnRef {
    ColumnRef { model: model.clone(), field: model.require_field(field).unwrap() }
}

/// A literal.
pub(crate) fn value(value: impl Into<Value>) -> Expr {
    Expr::Value(value.into())
}

/// A field equals a literal.
pub(crate) fn eq(model: &Arc<ModelDef>, field: &str, literal: impl Into<Value>) -> Expr {
    Expr::binary(Operator::Eq, column(model, field), value(literal))
}
