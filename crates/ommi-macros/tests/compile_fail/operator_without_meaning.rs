use ommi::Model;

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

fn main() {
    let _ = User::AGE.starts_with("1");
    let _ = User::AGE.contains(1);
    let _ = User::NAME - "x";
    let _ = User::AGE + "x";
}
