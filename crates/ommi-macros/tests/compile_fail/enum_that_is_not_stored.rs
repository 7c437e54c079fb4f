use ommi::{Model, StoredEnum};

#[derive(StoredEnum)]
enum Shape {
    Circle(f64),
    Square,
}

#[derive(StoredEnum)]
enum Colour {
    Red,
    #[stored(rename = "Red")]
    Blue,
}

enum Plain {
    One,
}

#[derive(Model)]
struct Thing {
    id: i64,
    plain: Plain,
}

fn main() {}
