//! Models that refer to each other in circles, and to themselves: a library.

use std::sync::{Arc, OnceLock};

use ommi_core::schema::{
    Action, FieldDef, FieldType, ModelBuilder, ModelDef, ModelLink, ReferenceDef, RelationDef, RelationKind,
};
use ommi_core::{Error, ErrorKind};

use crate::models::{built, id};

/// Authors with books on shelves; a book may follow another one, and an author may have a favourite.
pub(crate) struct Library {
    pub(crate) author: Arc<ModelDef>,
    pub(crate) book: Arc<ModelDef>,
    pub(crate) shelf: Arc<ModelDef>,
    pub(crate) placed: Arc<ModelDef>,
}

/// A link to a model that is built later.
#[derive(Clone, Default)]
pub(crate) struct Later(Arc<OnceLock<Arc<ModelDef>>>);

impl Later {
    pub(crate) fn link(&self, name: &str) -> ModelLink {
        let known = self.0.clone();
        ModelLink::new(name, move || {
            known.get().cloned().ok_or_else(|| Error::new(ErrorKind::Schema, "not built yet"))
        })
    }

    pub(crate) fn is(&self, builder: ModelBuilder) -> Arc<ModelDef> {
        self.0.get_or_init(|| built(builder)).clone()
    }
}

pub(crate) fn reference(target: ModelLink) -> ReferenceDef {
    ReferenceDef {
        fields: Vec::new(),
        target,
        target_fields: Vec::new(),
        on_delete: Action::Restrict,
        on_update: Action::Restrict,
    }
}

pub(crate) fn relation(name: &str, kind: RelationKind, target: ModelLink, by: Option<&str>) -> RelationDef {
    let by = by.map(str::to_owned);
    RelationDef { name: name.to_owned(), kind, target, through: None, by, optional: true }
}

pub(crate) fn library() -> Library {
    let (author, book, shelf, placed) =
        (Later::default(), Later::default(), Later::default(), Later::default());
    let optional = |name: &str| FieldDef::new(name, FieldType::Int).nullable();
    let authors = ModelDef::builder("Author")
        .field(id())
        .field(FieldDef::new("name", FieldType::Text))
        .field(optional("favourite_id"))
        .reference(["favourite_id"], reference(book.link("Book")))
        .relation(relation("books", RelationKind::Many, book.link("Book"), Some("author_id")))
        .relation(relation("favourite", RelationKind::One, book.link("Book"), Some("favourite_id")));
    let books = ModelDef::builder("Book")
        .field(id())
        .field(FieldDef::new("title", FieldType::Text))
        .field(FieldDef::new("author_id", FieldType::Int))
        .field(optional("after_id"))
        .reference(["author_id"], reference(author.link("Author")))
        .reference(["after_id"], reference(book.link("Book")))
        .relation(relation("author", RelationKind::One, author.link("Author"), Some("author_id")))
        .relation(relation("after", RelationKind::One, book.link("Book"), Some("after_id")))
        .relation(RelationDef {
            through: Some(placed.link("Placed")),
            ..relation("shelves", RelationKind::Many, shelf.link("Shelf"), None)
        });
    let shelves = ModelDef::builder("Shelf").field(id()).field(FieldDef::new("room", FieldType::Text));
    let places = ModelDef::builder("Placed")
        .field(FieldDef::new("book_id", FieldType::Int))
        .field(FieldDef::new("shelf_id", FieldType::Int))
        .field(optional("position"))
        .key(["book_id", "shelf_id"])
        .reference(["book_id"], reference(book.link("Book")))
        .reference(["shelf_id"], reference(shelf.link("Shelf")));
    Library {
        author: author.is(authors),
        book: book.is(books),
        shelf: shelf.is(shelves),
        placed: placed.is(places),
    }
}
