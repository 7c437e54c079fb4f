use ommi::Model;

#[derive(Model)]
struct User {
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

fn main() {
    let _ = User::AGE.eq("eighteen");
    let _ = User::AGE.ge(18.5);
    let _ = User::NAME.in_([1, 2]);
    let _ = User::NAME.eq(User::AGE);
}
