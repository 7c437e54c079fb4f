use ommi::Model;

#[derive(Model)]
#[model(tabel = "users")]
struct User {
    #[model(uniqe)]
    id: i64,
}

fn main() {}
