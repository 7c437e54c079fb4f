//! The models of all cases. Each call makes new definitions, so no two cases share one.

use std::sync::Arc;

use ommi_core::schema::{
    Action, FieldDef, FieldType, ModelBuilder, ModelDef, ModelLink, ReferenceDef, RelationDef, RelationKind,
};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

use crate::db::Db;
use crate::run::{Row, Run};
use crate::values::{NULL, int, text};

/// One optional field of each type, and a second one of some to compare it with.
pub(crate) fn sample() -> Arc<ModelDef> {
    let list = |item| FieldType::List(Box::new(item));
    let fields = [
        ("bool", FieldType::Bool),
        ("int", FieldType::Int),
        ("float", FieldType::Float),
        ("text", FieldType::Text),
        ("bytes", FieldType::Bytes),
        ("decimal", FieldType::Decimal),
        ("uuid", FieldType::Uuid),
        ("datetime", FieldType::DateTime),
        ("naive", FieldType::NaiveDateTime),
        ("timestamp", FieldType::Timestamp),
        ("date", FieldType::Date),
        ("time", FieldType::Time),
        ("duration", FieldType::Duration),
        ("json", FieldType::Json),
        ("ints", list(FieldType::Int)),
        ("texts", list(FieldType::Text)),
        ("floats", list(FieldType::Float)),
        ("bools", list(FieldType::Bool)),
        ("other_bool", FieldType::Bool),
        ("other_int", FieldType::Int),
        ("other_float", FieldType::Float),
        ("other_text", FieldType::Text),
        ("other_decimal", FieldType::Decimal),
    ];
    let optional = |(name, ty)| FieldDef::new(name, ty).nullable();
    built(
        fields
            .map(optional)
            .into_iter()
            .fold(ModelDef::builder("Sample").table("samples").field(id()), ModelBuilder::field),
    )
}

/// A person: what most cases work on.
pub(crate) fn user() -> Arc<ModelDef> {
    built(user_builder())
}

fn user_builder() -> ModelBuilder {
    ModelDef::builder("User")
        .table("users")
        .field(id())
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("email", FieldType::Text).nullable().unique())
        .field(FieldDef::new("age", FieldType::Int).nullable())
        .field(FieldDef::new("active", FieldType::Bool).nullable())
}

/// Five users: Ada 36, bob 17, Cyd without an age, Dan 36, Eve 60; one email each but Cyd's, and activity.
pub(crate) fn people(db: &Db) -> Result<Arc<ModelDef>> {
    let user = user();
    add_people(db, &user)?;
    Ok(user)
}

pub(crate) fn add_people(db: &Db, user: &Arc<ModelDef>) -> Result<()> {
    let person = |name: &str, email: Option<&str>, age: Option<i64>, active: Option<bool>| -> Row {
        vec![text(name), email.into_value(), age.into(), active.into()]
    };
    let rows = [
        person("Ada", Some("ada@x.org"), Some(36), Some(true)),
        person("bob", Some("bob@x.org"), Some(17), Some(false)),
        person("Cyd", None, None, None),
        person("Dan", Some("dan@y.org"), Some(36), Some(false)),
        person("Eve", Some("eve@y.org"), Some(60), Some(true)),
    ];
    let keys = db.add_all(user, &["name", "email", "age", "active"], &rows)?;
    assert_eq!(keys, [1, 2, 3, 4, 5], "an empty table numbers its rows from 1");
    Ok(())
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for Option<&str> {
    fn into_value(self) -> Value {
        self.map_or(NULL, text)
    }
}

/// Users with posts, tags through an association, one profile each, and messages between two users.
pub(crate) struct Blog {
    pub(crate) user: Arc<ModelDef>,
    pub(crate) post: Arc<ModelDef>,
    pub(crate) tag: Arc<ModelDef>,
    pub(crate) post_tag: Arc<ModelDef>,
    pub(crate) profile: Arc<ModelDef>,
    pub(crate) message: Arc<ModelDef>,
}

/// The models of a blog.
pub(crate) fn blog() -> Blog {
    let user = built(user_builder());
    let tag = built(
        ModelDef::builder("Tag")
            .table("tags")
            .field(id())
            .field(FieldDef::new("label", FieldType::Text).unique()),
    );
    let post = built(
        ModelDef::builder("Post")
            .table("posts")
            .field(id())
            .field(FieldDef::new("title", FieldType::Text))
            .field(FieldDef::new("author_id", FieldType::Int))
            .field(FieldDef::new("score", FieldType::Int).nullable())
            .reference(["author_id"], to(&user, Action::Cascade)),
    );
    let post_tag = built(
        ModelDef::builder("PostTag")
            .table("post_tags")
            .field(FieldDef::new("post_id", FieldType::Int))
            .field(FieldDef::new("tag_id", FieldType::Int))
            .key(["post_id", "tag_id"])
            .reference(["post_id"], to(&post, Action::Cascade))
            .reference(["tag_id"], to(&tag, Action::Cascade)),
    );
    let profile = built(
        ModelDef::builder("Profile")
            .table("profiles")
            .field(id())
            .field(FieldDef::new("user_id", FieldType::Int).unique())
            .field(FieldDef::new("motto", FieldType::Text))
            .reference(["user_id"], to(&user, Action::Cascade)),
    );
    let message = built(
        ModelDef::builder("Message")
            .table("messages")
            .field(id())
            .field(FieldDef::new("sender_id", FieldType::Int))
            .field(FieldDef::new("receiver_id", FieldType::Int))
            .reference(["sender_id"], to(&user, Action::Cascade))
            .reference(["receiver_id"], to(&user, Action::Cascade)),
    );
    Blog { user, post, tag, post_tag, profile, message }
}

impl Blog {
    /// Fills the tables: Ada wrote 1 "Engines" (5) and 2 "Notes" (no score), bob 3 "Games" (2), Eve 4 "Notes" (9).
    /// Tags 1 "rust" (posts 1, 3), 2 "math" (posts 1, 2), 3 "idle" (none). Ada and bob have profiles.
    pub(crate) fn fill(&self, db: &Db) -> Result<()> {
        add_people(db, &self.user)?;
        let post =
            |title: &str, author: i64, score: Option<i64>| vec![text(title), int(author), score.into()];
        let posts = [
            post("Engines", 1, Some(5)),
            post("Notes", 1, None),
            post("Games", 2, Some(2)),
            post("Notes", 5, Some(9)),
        ];
        db.add_all(&self.post, &["title", "author_id", "score"], &posts)?;
        db.add_all(&self.tag, &["label"], &["rust", "math", "idle"].map(|label| vec![text(label)]))?;
        let pairs = [(1, 1), (3, 1), (1, 2), (2, 2)].map(|(post, tag)| vec![int(post), int(tag)]);
        db.add_all(&self.post_tag, &["post_id", "tag_id"], &pairs)?;
        let profiles = [(1, "first"), (2, "second")].map(|(user, motto)| vec![int(user), text(motto)]);
        db.add_all(&self.profile, &["user_id", "motto"], &profiles)?;
        let messages = [(1, 2), (2, 1), (1, 5)].map(|(sender, receiver)| vec![int(sender), int(receiver)]);
        db.add_all(&self.message, &["sender_id", "receiver_id"], &messages)?;
        Ok(())
    }
}

/// A row with two fields as its key, and notes that refer to it by both.
pub(crate) fn pair_and_note() -> (Arc<ModelDef>, Arc<ModelDef>) {
    let pair = built(
        ModelDef::builder("Pair")
            .table("pairs")
            .field(FieldDef::new("left", FieldType::Int))
            .field(FieldDef::new("right", FieldType::Text))
            .field(FieldDef::new("value", FieldType::Text).nullable())
            .key(["left", "right"]),
    );
    let note = built(
        ModelDef::builder("Note")
            .table("notes")
            .field(id())
            .field(FieldDef::new("pair_left", FieldType::Int))
            .field(FieldDef::new("pair_right", FieldType::Text))
            .field(FieldDef::new("body", FieldType::Text))
            .reference(["pair_left", "pair_right"], to(&pair, Action::Restrict)),
    );
    (pair, note)
}

/// A model called `name` that points at `target` by the optional field `target_id`.
pub(crate) fn pointing(name: &str, target: &Arc<ModelDef>, on_delete: Action) -> Arc<ModelDef> {
    built(
        ModelDef::builder(name)
            .field(id())
            .field(FieldDef::new("target_id", FieldType::Int).nullable())
            .reference(["target_id"], to(target, on_delete)),
    )
}

/// People, each with a boss among them.
pub(crate) fn person(on_update: Action, on_delete: Action) -> Arc<ModelDef> {
    let known: Arc<std::sync::OnceLock<Arc<ModelDef>>> = Arc::default();
    let here = known.clone();
    let target = ModelLink::new("Person", move || {
        here.get().cloned().ok_or_else(|| Error::new(ErrorKind::Schema, "not built yet"))
    });
    let reference =
        ReferenceDef { fields: Vec::new(), target, target_fields: Vec::new(), on_delete, on_update };
    let person = ModelDef::builder("Person")
        .field(id())
        .field(FieldDef::new("boss_id", FieldType::Int).nullable())
        .reference(["boss_id"], reference);
    known.get_or_init(|| built(person)).clone()
}

/// Seats: a place that is unique, and a row and a number that are together.
pub(crate) fn seat() -> Arc<ModelDef> {
    built(
        ModelDef::builder("Seat")
            .field(id())
            .field(FieldDef::new("place", FieldType::Int).unique())
            .field(FieldDef::new("row", FieldType::Int).nullable())
            .field(FieldDef::new("number", FieldType::Int).nullable())
            .index(None, ["row", "number"], true),
    )
}

/// The generated key that most models have.
pub(crate) fn id() -> FieldDef {
    FieldDef::new("id", FieldType::Int)
}

/// A link to a model at hand.
pub(crate) fn link(target: &Arc<ModelDef>) -> ModelLink {
    let (name, target) = (target.name().to_owned(), target.clone());
    ModelLink::new(name, move || Ok(target.clone()))
}

/// A reference to the key of a model.
pub(crate) fn to(target: &Arc<ModelDef>, on_delete: Action) -> ReferenceDef {
    ReferenceDef {
        fields: Vec::new(),
        target: link(target),
        target_fields: Vec::new(),
        on_delete,
        on_update: Action::Cascade,
    }
}

/// A relation to a model.
pub(crate) fn relation(name: &str, kind: RelationKind, target: &Arc<ModelDef>) -> RelationDef {
    RelationDef { name: name.to_owned(), kind, target: link(target), through: None, by: None, optional: true }
}

/// The model, which must be right.
#[track_caller]
pub(crate) fn built(builder: ModelBuilder) -> Arc<ModelDef> {
    builder.build().unwrap()
}
