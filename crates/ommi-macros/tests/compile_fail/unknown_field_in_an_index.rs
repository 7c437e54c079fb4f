use ommi::Model;

#[derive(Model)]
#[model(index(nmae), unique(id, age))]
struct User {
    id: i64,
    name: String,
}

fn main() {}
