use ommi::{Model, StoredEnum, prelude::*};

#[derive(StoredEnum)]
enum Status {
    Open,
}

#[derive(Model)]
struct Ticket {
    id: i64,
    status: Status,
}

fn main() {
    let _ = Ticket::new();
}
