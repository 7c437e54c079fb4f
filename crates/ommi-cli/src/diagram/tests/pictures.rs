//! What the pictures say.

use ommi::schema::{ColumnDef, ColumnType, FieldType, MaxLength, SchemaDef};
use roxmltree::{Document, Node};

use super::{Said, reference, referring, schema, table};
use crate::arguments::Format;
use crate::diagram::{Picture, draw};

fn mermaid(schema: &SchemaDef) -> String {
    draw(&Picture::of(schema), Format::Mermaid)
}

fn svg(schema: &SchemaDef) -> String {
    draw(&Picture::of(schema), Format::Svg)
}

fn of_class<'a>(document: &'a Document<'_>, class: &str) -> Vec<Node<'a, 'a>> {
    let has = |node: &Node<'_, '_>| {
        node.attribute("class").is_some_and(|own| own.split(' ').any(|own| own == class))
    };
    document.descendants().filter(has).collect()
}

fn texts(document: &Document<'_>, class: &str) -> Vec<String> {
    let text = |node: &Node<'_, '_>| node.text().unwrap_or_default().to_owned();
    of_class(document, class).iter().filter(|node| node.has_tag_name("text")).map(text).collect()
}

fn blog() -> SchemaDef {
    let mut users = table("users");
    users.columns.push(ColumnDef {
        nullable: true,
        max_length: Some(MaxLength { limit: 80, check: None }),
        ..ColumnDef::new("name", FieldType::Text)
    });
    let profiles = referring(table("profiles"), "user", "users", Said::Unique);
    let posts = referring(table("posts"), "author", "users", Said::Required);
    let posts = referring(posts, "parent", "posts", Said::Optional);
    schema([users, profiles, posts])
}

#[test]
fn mermaid_says_keys_types_and_cardinalities() {
    assert_eq!(
        mermaid(&blog()),
        r#"erDiagram
    "posts" {
        int id PK
        int author FK
        int parent FK "nullable"
    }
    "profiles" {
        int id PK
        int user FK, UK
    }
    "users" {
        int id PK
        text(80) name "nullable"
    }
    "posts" }o--|| "users" : "author"
    "posts" }o--o| "posts" : "parent"
    "profiles" |o--|| "users" : "user"
"#
    );
}

#[test]
fn mermaid_gets_no_letters_that_it_cannot_read() {
    let mut odd = table("a\"b%c");
    let found = |declared: &str| ColumnType::Found { declared: declared.into(), fits: Vec::new() };
    for (name, ty) in [("pk", "numeric(10,2)"), ("größe in m", "enum('a','b')"), ("1st", "int")] {
        odd.columns.push(ColumnDef { ty: found(ty), ..ColumnDef::new(name, FieldType::Int) });
    }
    let twin = table("a'b_c");
    assert_eq!(
        mermaid(&schema([odd, twin])),
        r#"erDiagram
    "a'b_c" {
        int id PK
        numeric(10_2) _pk "pk, numeric(10,2)"
        enum(_a___b_) größe_in_m "größe in m, enum('a','b')"
        int _1st "1st"
    }
    "a'b_c_2" {
        int id PK
    }
"#
    );
}

#[test]
fn an_svg_has_every_table_column_and_reference() {
    let text = svg(&blog());
    let document = Document::parse(&text).unwrap();
    assert_eq!(texts(&document, "title"), ["posts", "profiles", "users"]);
    assert_eq!(texts(&document, "name"), ["id", "author", "parent", "id", "user", "id", "name"]);
    assert_eq!(texts(&document, "type"), ["int", "int", "int?", "int", "int", "int", "text(80)?"]);
    assert_eq!(texts(&document, "tag"), ["PK", "FK", "FK", "PK", "FK", "UK", "PK"]);
    let links = of_class(&document, "link");
    let told: Vec<_> = links.iter().filter_map(|link| link.first_element_child()?.text()).collect();
    assert_eq!(told, ["posts.author → users.id", "posts.parent → posts.id", "profiles.user → users.id"]);
    // A circle at the end of those that refer, and one more where the value may be missing.
    let circles = |link: &Node<'_, '_>| link.children().filter(|own| own.has_tag_name("circle")).count();
    assert_eq!(links.iter().map(circles).collect::<Vec<_>>(), [1, 2, 1]);
}

#[test]
fn what_is_special_in_xml_stands_as_text() {
    let name = "</text><script>alert(\"1\")</script>&amp;'";
    let mut odd = table(name);
    odd.columns.push(ColumnDef::new("a\u{1}b\u{ffff}c", FieldType::Text));
    odd.columns.push(ColumnDef::new("表の名前 🎉 é", FieldType::Text));
    let text = svg(&schema([odd]));
    let document = Document::parse(&text).unwrap();
    assert_eq!(texts(&document, "title"), [name]);
    assert_eq!(texts(&document, "name"), ["id", "a\u{fffd}b\u{fffd}c", "表の名前 🎉 é"]);
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
}

#[test]
fn long_names_are_cut_and_told_whole() {
    let long = "ab".repeat(400);
    let text = svg(&schema([table(&long)]));
    let document = Document::parse(&text).unwrap();
    assert_eq!(texts(&document, "title"), [format!("{}…", &long[..39])]);
    assert!(
        document.descendants().any(|node| node.has_tag_name("title") && node.text() == Some(long.as_str()))
    );
    let width: i32 = document.root_element().attribute("width").unwrap().parse().unwrap();
    assert!(width < 600, "{width}");
}

#[test]
fn the_order_of_tables_makes_no_difference() {
    let mut turned = blog();
    turned.tables.reverse();
    assert_eq!(svg(&blog()), svg(&turned));
    assert_eq!(mermaid(&blog()), mermaid(&turned));
}

#[test]
fn a_table_of_another_schema_is_drawn_as_the_end_of_its_reference() {
    let mut bills = table("bills");
    bills.columns.push(ColumnDef::new("customer", FieldType::Int));
    bills.references.push(reference(&["customer"], "sales.customers", &["number"]));
    let schema = schema([bills]);
    let text = svg(&schema);
    let document = Document::parse(&text).unwrap();
    assert_eq!(texts(&document, "title"), ["bills", "sales.customers"]);
    assert_eq!(of_class(&document, "outside").len(), 1);
    assert_eq!(of_class(&document, "link").len(), 1);
    let expected = "\"bills\" }o--|| \"sales.customers\" : \"customer\"";
    assert!(mermaid(&schema).contains(expected));
}

#[test]
fn a_reference_over_several_columns_is_one_line() {
    let mut rooms = table("rooms");
    rooms.columns.push(ColumnDef::new("house", FieldType::Int));
    rooms.key = vec!["house".into(), "id".into()];
    let mut beds = referring(table("beds"), "house", "houses", Said::Required);
    beds.columns.push(ColumnDef { nullable: true, ..ColumnDef::new("room", FieldType::Int) });
    beds.references.push(reference(&["house", "room"], "rooms", &["house", "id"]));
    let schema = schema([rooms, beds, table("houses")]);
    let text = svg(&schema);
    let document = Document::parse(&text).unwrap();
    let links = of_class(&document, "link");
    let told: Vec<_> = links.iter().filter_map(|link| link.first_element_child()?.text()).collect();
    assert_eq!(told, ["beds.house → houses.id", "beds.(house, room) → rooms.(house, id)"]);
    assert!(mermaid(&schema).contains("\"beds\" }o--o| \"rooms\" : \"house, room\""));
}

#[test]
fn a_key_that_refers_is_one_to_one_and_required() {
    let mut details = table("details");
    details.columns[0].nullable = true; // as SQLite describes keys
    details.references.push(reference(&["id"], "USERS", &["ID"]));
    let text = mermaid(&schema([details, table("users")]));
    assert!(text.contains("\"details\" |o--|| \"users\" : \"id\""), "{text}");
    assert!(text.contains("int id PK, FK\n"), "{text}");
}

#[test]
fn without_tables_there_is_still_a_picture() {
    assert_eq!(mermaid(&SchemaDef::default()), "erDiagram\n");
    Document::parse(&svg(&SchemaDef::default())).unwrap();
}
