//! Graphs of new rows: what refers comes after what it refers to, and takes the keys that the database generates.

use ommi_core::schema::RelationKind;
use ommi_engine::{Graph, GraphAdded, GraphEnd, GraphNode, GraphRows};

use crate::case::cases;
use crate::kit::*;
use crate::library::{Later, Library, library, reference, relation};
use crate::run::batch;

cases! {
    models_come_in_the_order_of_their_references,
    children_take_the_generated_key_of_their_parent,
    a_relation_to_many_gives_its_key_to_all,
    a_given_key_reaches_the_children,
    a_stored_row_gives_its_key,
    an_association_is_made_between_two_new_rows,
    a_tree_is_added_level_by_level,
    a_tree_with_keys_may_come_in_any_order,
    a_circle_is_closed_after_all_rows_are_there,
    a_row_may_refer_to_itself,
    a_circle_without_an_optional_field_is_refused,
    a_field_with_another_value_is_refused,
    a_field_that_takes_two_values_is_refused,
    a_stored_row_does_not_refer_to_a_new_one,
    a_row_of_another_model_is_refused,
    a_wrong_value_in_the_last_row_sends_nothing,
    a_failure_undoes_all_of_it,
    a_graph_in_a_transaction_is_undone_alone [Savepoints],
    a_graph_in_a_transaction_is_part_of_it,
}

/// Rows without a key of their own.
fn new_rows(model: &Arc<ModelDef>, rows: &[Row]) -> GraphRows {
    let skipped = model.generated_key();
    GraphRows { model: model.clone(), skipped, rows: batch(model.fields().len() - 1, rows) }
}

/// Rows with a value for every field.
fn full_rows(model: &Arc<ModelDef>, rows: &[Row]) -> GraphRows {
    GraphRows { model: model.clone(), skipped: None, rows: batch(model.fields().len(), rows) }
}

fn author(name: &str) -> Row {
    vec![text(name), NULL]
}

fn book(title: &str) -> Row {
    vec![text(title), NULL, NULL]
}

fn node(part: usize, row: usize) -> GraphNode {
    GraphNode { part, row }
}

fn connect(graph: &mut Graph, from: (usize, usize), relation: &str, to: (usize, usize)) -> Result<()> {
    graph.connect(node(from.0, from.1), relation, GraphEnd::Row(node(to.0, to.1)))
}

fn add(db: &Db, graph: Graph) -> Result<GraphAdded> {
    now(db.add_graph(graph))
}

/// Ids and what the field `name` holds, in the order of the ids.
fn held(db: &Db, model: &Arc<ModelDef>, name: &str) -> Result<Vec<(i64, Option<i64>)>> {
    let position = model.require_field(name)?;
    let mut found: Vec<(i64, Option<i64>)> = db
        .rows(find(model))?
        .into_iter()
        .map(|row| match (&row[0], &row[position]) {
            (Value::Int(id), Value::Int(value)) => (*id, Some(*value)),
            (Value::Int(id), Value::Null) => (*id, None),
            other => panic!("a row has {other:?}"),
        })
        .collect();
    found.sort_unstable();
    Ok(found)
}

fn set_up(db: &Db) -> Result<Library> {
    let library = library();
    db.set_up(&[&library.author, &library.book, &library.shelf, &library.placed])?;
    Ok(library)
}

fn models_come_in_the_order_of_their_references(db: &Db) -> Result<()> {
    let blog = models::blog();
    db.set_up(&[&blog.user, &blog.post])?;
    let posts = full_rows(&blog.post, &[vec![int(1), text("Notes"), int(7), NULL]]);
    let users = full_rows(&blog.user, &[vec![int(7), text("Ada"), NULL, NULL, NULL]]);
    add(db, Graph::new(vec![posts, users]))?;
    assert_eq!(held(db, &blog.post, "author_id")?, [(1, Some(7))]);
    Ok(())
}

fn children_take_the_generated_key_of_their_parent(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let books = new_rows(&library.book, &[book("Notes"), book("Compilers"), book("More notes")]);
    let mut graph = Graph::new(vec![books, new_rows(&library.author, &[author("Ada"), author("Grace")])]);
    for (row, author) in [(0, 0), (1, 1), (2, 0)] {
        connect(&mut graph, (0, row), "author", (1, author))?;
    }
    let added = add(db, graph)?;
    let (ada, grace) = (added.keys[1][0], added.keys[1][1]);
    let expected = [ada, grace, ada].map(Some);
    assert_eq!(
        held(db, &library.book, "author_id")?.into_iter().map(|pair| pair.1).collect::<Vec<_>>(),
        expected
    );
    let filled: Vec<_> =
        added.filled.iter().map(|filled| (filled.node, filled.field, filled.value.clone())).collect();
    assert_eq!(filled, [(node(0, 0), 2, int(ada)), (node(0, 1), 2, int(grace)), (node(0, 2), 2, int(ada))]);
    Ok(())
}

fn a_relation_to_many_gives_its_key_to_all(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let authors = new_rows(&library.author, &[author("Ada")]);
    let mut graph = Graph::new(vec![authors, new_rows(&library.book, &[book("Notes"), book("More notes")])]);
    connect(&mut graph, (0, 0), "books", (1, 0))?;
    connect(&mut graph, (0, 0), "books", (1, 1))?;
    let added = add(db, graph)?;
    let ada = Some(added.keys[0][0]);
    assert_eq!(held(db, &library.book, "author_id")?, [(added.keys[1][0], ada), (added.keys[1][1], ada)]);
    Ok(())
}

fn a_given_key_reaches_the_children(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let authors = full_rows(&library.author, &[vec![int(40), text("Ada"), NULL]]);
    let mut graph = Graph::new(vec![new_rows(&library.book, &[book("Notes")]), authors]);
    connect(&mut graph, (0, 0), "author", (1, 0))?;
    add(db, graph)?;
    assert_eq!(held(db, &library.book, "author_id")?, [(1, Some(40))]);
    Ok(())
}

fn a_stored_row_gives_its_key(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let ada = db.add(&library.author, &[("name", text("Ada"))])?;
    let mut graph = Graph::new(vec![new_rows(&library.book, &[book("Notes")])]);
    let mut key = |field: usize| Ok(if field == 0 { int(ada) } else { NULL });
    graph.connect(node(0, 0), "author", GraphEnd::Stored(&library.author, &mut key))?;
    add(db, graph)?;
    assert_eq!(held(db, &library.book, "author_id")?, [(1, Some(ada))]);
    Ok(())
}

fn an_association_is_made_between_two_new_rows(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let shelf = db.add(&library.shelf, &[("room", text("stored"))])?;
    let parts = vec![
        new_rows(&library.book, &[book("Notes")]),
        new_rows(&library.shelf, &[vec![text("new")]]),
        new_rows(&library.author, &[author("Ada")]),
    ];
    let mut graph = Graph::new(parts);
    connect(&mut graph, (0, 0), "author", (2, 0))?;
    connect(&mut graph, (0, 0), "shelves", (1, 0))?;
    let mut key = |_: usize| Ok(int(shelf));
    graph.connect(node(0, 0), "shelves", GraphEnd::Stored(&library.shelf, &mut key))?;
    let added = add(db, graph)?;
    let mut placed = db.rows(find(&library.placed))?;
    placed.sort_by_key(|row| format!("{row:?}"));
    let place = |shelf: i64| vec![int(added.keys[0][0]), int(shelf), NULL];
    assert_eq!(placed, [place(shelf), place(added.keys[1][0])]);
    Ok(())
}

fn a_tree_is_added_level_by_level(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let titles = ["third", "first", "second", "alone"].map(book);
    let mut graph =
        Graph::new(vec![new_rows(&library.book, &titles), new_rows(&library.author, &[author("Ada")])]);
    (0..4).try_for_each(|row| connect(&mut graph, (0, row), "author", (1, 0)))?;
    connect(&mut graph, (0, 0), "after", (0, 2))?;
    connect(&mut graph, (0, 2), "after", (0, 1))?;
    let added = add(db, graph)?;
    let [third, first, second, alone] = added.keys[0][..] else { panic!("{added:?}") };
    let mut expected = [(third, Some(second)), (first, None), (second, Some(first)), (alone, None)];
    expected.sort_unstable();
    assert_eq!(held(db, &library.book, "after_id")?, expected);
    Ok(())
}

fn a_tree_with_keys_may_come_in_any_order(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    db.add(&library.author, &[("id", int(1)), ("name", text("Ada"))])?;
    let row = |id: i64, after: Value| vec![int(id), text("Notes"), int(1), after];
    let books = full_rows(&library.book, &[row(3, int(2)), row(2, int(1)), row(1, NULL), row(4, int(4))]);
    add(db, Graph::new(vec![books]))?;
    let expected = [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(4))];
    assert_eq!(held(db, &library.book, "after_id")?, expected);
    Ok(())
}

fn a_circle_is_closed_after_all_rows_are_there(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let parts = vec![
        new_rows(&library.author, &[author("Ada")]),
        new_rows(&library.book, &[book("one"), book("two")]),
    ];
    let mut graph = Graph::new(parts);
    connect(&mut graph, (0, 0), "favourite", (1, 1))?;
    connect(&mut graph, (1, 0), "author", (0, 0))?;
    connect(&mut graph, (1, 1), "author", (0, 0))?;
    let added = add(db, graph)?;
    let (ada, two) = (added.keys[0][0], added.keys[1][1]);
    assert_eq!(held(db, &library.author, "favourite_id")?, [(ada, Some(two))]);
    assert_eq!(held(db, &library.book, "author_id")?.len(), 2);
    assert!(added.filled.iter().any(|filled| filled.node == node(0, 0) && filled.value == int(two)));
    Ok(())
}

fn a_row_may_refer_to_itself(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let parts = vec![new_rows(&library.author, &[author("Ada")]), new_rows(&library.book, &[book("one")])];
    let mut graph = Graph::new(parts);
    connect(&mut graph, (1, 0), "author", (0, 0))?;
    connect(&mut graph, (1, 0), "after", (1, 0))?;
    let added = add(db, graph)?;
    let one = added.keys[1][0];
    assert_eq!(held(db, &library.book, "after_id")?, [(one, Some(one))]);
    Ok(())
}

fn a_circle_without_an_optional_field_is_refused(db: &Db) -> Result<()> {
    let (left, right) = (Later::default(), Later::default());
    let build = |name: &str, other: &Later, target: &str| {
        ModelDef::builder(name)
            .field(models::id())
            .field(FieldDef::new("other_id", FieldType::Int))
            .reference(["other_id"], reference(other.link(target)))
            .relation(relation("other", RelationKind::One, other.link(target), Some("other_id")))
    };
    let (left, right) = (left.is(build("Left", &right, "Right")), right.is(build("Right", &left, "Left")));
    let mut graph = Graph::new(vec![new_rows(&left, &[vec![NULL]]), new_rows(&right, &[vec![NULL]])]);
    connect(&mut graph, (0, 0), "other", (1, 0))?;
    connect(&mut graph, (1, 0), "other", (0, 0))?;
    let error = refused(db.unsent(|| add(db, graph)), ErrorKind::Validation);
    let message = error.message();
    assert!(message.contains("Left.other_id") && message.contains("Right.other_id"), "{message}");
    Ok(())
}

fn a_field_with_another_value_is_refused(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let books = new_rows(&library.book, &[vec![text("Notes"), int(7), NULL]]);
    let mut graph = Graph::new(vec![books, new_rows(&library.author, &[author("Ada")])]);
    connect(&mut graph, (0, 0), "author", (1, 0))?;
    let error = refused(db.unsent(|| add(db, graph)), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("Book"), Some("author_id")));
    Ok(())
}

fn a_field_that_takes_two_values_is_refused(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let authors = new_rows(&library.author, &[author("Ada"), author("Grace")]);
    let mut graph = Graph::new(vec![new_rows(&library.book, &[book("Notes")]), authors]);
    connect(&mut graph, (0, 0), "author", (1, 0))?;
    connect(&mut graph, (1, 1), "books", (0, 0))?;
    let error = refused(db.unsent(|| add(db, graph)), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("Book"), Some("author_id")));
    Ok(())
}

fn a_stored_row_does_not_refer_to_a_new_one(_: &Db) -> Result<()> {
    let library = library();
    let mut graph = Graph::new(vec![new_rows(&library.author, &[author("Ada")])]);
    let mut key = |_: usize| Ok(int(3));
    let outcome = graph.connect(node(0, 0), "books", GraphEnd::Stored(&library.book, &mut key));
    let error = refused(outcome, ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("Author"), Some("books")));
    Ok(())
}

fn a_row_of_another_model_is_refused(_: &Db) -> Result<()> {
    let library = library();
    let mut graph = Graph::new(vec![new_rows(&library.book, &[book("one"), book("two")])]);
    let error = refused(connect(&mut graph, (0, 0), "author", (0, 1)), ErrorKind::Validation);
    assert!(error.message().contains("Author") && error.message().contains("Book"), "{error}");
    Ok(())
}

fn a_wrong_value_in_the_last_row_sends_nothing(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let books = new_rows(&library.book, &[book("Notes"), vec![NULL, NULL, NULL]]);
    let mut graph = Graph::new(vec![books, new_rows(&library.author, &[author("Ada")])]);
    connect(&mut graph, (0, 0), "author", (1, 0))?;
    connect(&mut graph, (0, 1), "author", (1, 0))?;
    let error = refused(db.unsent(|| add(db, graph)), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("Book"), Some("title")));
    Ok(())
}

/// A graph of which the second statement fails.
fn doomed() -> Result<(Arc<ModelDef>, Arc<ModelDef>, Graph)> {
    let blog = models::blog();
    let users = full_rows(&blog.user, &[vec![int(1), text("Ada"), NULL, NULL, NULL]]);
    let row = || vec![int(1), text("Notes"), int(1), NULL];
    Ok((blog.user, blog.post.clone(), Graph::new(vec![users, full_rows(&blog.post, &[row(), row()])])))
}

fn a_failure_undoes_all_of_it(db: &Db) -> Result<()> {
    let (user, post, graph) = doomed()?;
    db.set_up(&[&user, &post])?;
    refused(add(db, graph), ErrorKind::UniqueViolation);
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn a_graph_in_a_transaction_is_undone_alone(db: &Db) -> Result<()> {
    let (user, post, graph) = doomed()?;
    db.set_up(&[&user, &post])?;
    let tx = db.begin()?;
    tx.session().add(&user, &[("id", int(5)), ("name", text("Eve"))])?;
    refused(now(tx.session().add_graph(graph)), ErrorKind::UniqueViolation);
    now(tx.commit())?;
    assert_eq!(db.ids(find(&user))?, [5]);
    Ok(())
}

fn a_graph_in_a_transaction_is_part_of_it(db: &Db) -> Result<()> {
    let library = set_up(db)?;
    let graph = || {
        let authors = new_rows(&library.author, &[author("Ada")]);
        let mut graph = Graph::new(vec![new_rows(&library.book, &[book("Notes")]), authors]);
        connect(&mut graph, (0, 0), "author", (1, 0))?;
        Ok::<_, Error>(graph)
    };
    let tx = db.begin()?;
    now(tx.session().add_graph(graph()?))?;
    now(tx.rollback())?;
    assert_eq!(db.count(find(&library.book))?, 0);
    let tx = db.begin()?;
    now(tx.session().add_graph(graph()?))?;
    now(tx.commit())?;
    assert_eq!(db.count(find(&library.book))?, 1);
    Ok(())
}
