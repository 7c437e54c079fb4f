use ommi::Model;

#[derive(Model)]
struct User {
    #[model(key, auto)]
    name: String,
}

fn main() {}
