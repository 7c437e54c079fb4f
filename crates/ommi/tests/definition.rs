//! What `#[derive(Model)]` makes of its attributes.

use ommi::schema::{Action, FieldType, RelationKind};
use ommi::{Model, StoredEnum, prelude::*};

#[derive(StoredEnum, Debug, Clone, PartialEq)]
enum Status {
    Open,
    #[stored(rename = "done")]
    Closed,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(transparent)]
struct UserId(i64);

#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq, Default)]
struct Address {
    city: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "users", index(name, status), unique(name, nickname))]
struct User {
    #[model(key, auto)]
    id: UserId,
    #[model(max_length = 20)]
    name: String,
    #[model(column = "nick")]
    nickname: Option<String>,
    #[model(unique)]
    email: Option<String>,
    status: Status,
    #[model(default = 18, index)]
    age: i32,
    #[model(json)]
    address: Address,
    #[model(json)]
    second_address: Option<Address>,
    tags: Vec<String>,
    r#type: bool,
    #[model(skip)]
    cached: Option<std::time::Instant>,
    #[model(related, by = author)]
    posts: Every<Post>,
    #[model(related, through = Vote, by = voter)]
    voted_for: Every<Post>,
}

#[derive(Model, Debug, Clone, PartialEq)]
struct Post {
    id: i64,
    #[model(references(User::id), on_delete = "cascade", on_update = "set_null")]
    author: Option<UserId>,
    #[model(references(User))]
    editor: UserId,
    #[model(related, by = author)]
    written_by: The<User>,
}

#[derive(Model, Debug, Clone, PartialEq)]
struct Vote {
    #[model(key, references(User::id))]
    voter: UserId,
    #[model(key, references(Post::id))]
    post: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(reference(fields(voter, post), to(Vote::voter, Vote::post), on_delete = "cascade"))]
struct Comment {
    #[model(key)]
    code: String,
    voter: UserId,
    post: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(shard(r#type, hashed(number)), unique(r#type, number, code))]
struct Order {
    #[model(key)]
    number: i64,
    #[model(key)]
    r#type: String,
    code: String,
}

#[test]
fn table_and_columns_are_named_as_asked() {
    let user = User::definition();
    assert_eq!((user.name(), user.table()), ("User", "users"));
    let columns: Vec<_> = user.fields().iter().map(|field| field.column.as_str()).collect();
    let expected =
        ["id", "name", "nick", "email", "status", "age", "address", "second_address", "tags", "type"];
    assert_eq!(columns, expected);
    assert_eq!(Post::definition().table(), "Post");
}

#[test]
fn types_and_nullability_follow_the_rust_types() {
    let user = User::definition();
    let types: Vec<_> = user.fields().iter().map(|field| (field.ty.clone(), field.nullable)).collect();
    assert_eq!(
        types,
        [
            (FieldType::Int, false),
            (FieldType::Text, false),
            (FieldType::Text, true),
            (FieldType::Text, true),
            (FieldType::Text, false),
            (FieldType::Int, false),
            (FieldType::Json, false),
            (FieldType::Json, true),
            (FieldType::List(Box::new(FieldType::Text)), false),
            (FieldType::Bool, false),
        ]
    );
}

#[test]
fn keys_are_marked_or_named_id() {
    assert_eq!(User::definition().generated_key(), Some(0));
    assert_eq!(Post::definition().generated_key(), Some(0));
    assert_eq!(Vote::definition().key(), [0, 1]);
    assert_eq!(Vote::definition().generated_key(), None);
    assert_eq!(Comment::definition().generated_key(), None);
}

#[test]
fn limits_defaults_and_indexes_are_kept() {
    let user = User::definition();
    assert_eq!(user.fields()[1].max_length, Some(20));
    assert_eq!(user.fields()[5].default, Some(18.into()));
    assert!(user.fields()[3].unique);
    let indexes: Vec<_> = user.indexes().iter().map(|index| (index.fields.clone(), index.unique)).collect();
    assert_eq!(indexes, [(vec![5], false), (vec![1, 4], false), (vec![1, 2], true)]);
}

#[test]
fn a_shard_key_keeps_its_order_and_its_hash() {
    let parts: Vec<_> = Order::definition().shard().iter().map(|part| (part.field, part.hashed)).collect();
    assert_eq!(parts, [(1, false), (0, true)]);
    assert!(User::definition().shard().is_empty());
}

#[test]
fn references_know_their_targets_and_actions() {
    let post = Post::definition();
    let (target, fields) = post.references()[0].resolve().unwrap();
    assert_eq!((target.name(), fields), ("User", vec![0]));
    assert_eq!(post.references()[0].on_delete, Action::Cascade);
    assert_eq!(post.references()[0].on_update, Action::SetNull);
    assert_eq!(post.references()[1].resolve().unwrap().1, [0]);
    let composite = &Comment::definition().references()[0];
    assert_eq!(
        (composite.fields.as_slice(), composite.resolve().unwrap().1),
        ([1, 2].as_slice(), vec![0, 1])
    );
}

#[test]
fn relations_are_no_columns() {
    let user = User::definition();
    assert_eq!(user.position("posts"), None);
    let posts = user.relation("posts").unwrap();
    assert_eq!((posts.kind, posts.by.as_deref()), (RelationKind::Many, Some("author")));
    assert!(user.relation("voted_for").unwrap().through.is_some());
    assert_eq!(Post::definition().relation("written_by").unwrap().kind, RelationKind::One);
}

#[test]
fn columns_have_the_constants_of_their_fields() {
    assert_eq!(format!("{:?}", User::NICKNAME), "User.nickname");
    assert_eq!(format!("{:?}", User::TYPE), "User.type");
    assert_eq!(format!("{:?}", User::POSTS), "User.posts");
}

#[test]
fn a_relation_does_not_count_in_comparisons() {
    assert_eq!(Every::<Post>::default(), Every::<Post>::default());
    assert_eq!(format!("{:?}", The::<User>::default()), "The(not loaded)");
}

#[test]
fn new_gives_defaults_also_where_the_type_has_a_new_of_its_own() {
    #[derive(Model, Debug, PartialEq)]
    struct Named {
        id: i64,
        #[model(default = "nobody".to_owned())]
        name: String,
    }
    impl Named {
        fn new(name: &str) -> Self {
            Self { name: name.into(), ..New::new() }
        }
    }
    assert_eq!(Named::new("Ada"), Named { id: 0, name: "Ada".into() });
    assert_eq!(<Named as New>::new().name, "nobody");
}
