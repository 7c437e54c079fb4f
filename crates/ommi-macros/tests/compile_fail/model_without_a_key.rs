use ommi::Model;

#[derive(Model)]
struct User {
    name: String,
}

fn main() {}
