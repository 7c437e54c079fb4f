use ommi::{Model, The, prelude::*};

struct Plain {
    id: i64,
}

#[derive(Model)]
struct User {
    id: i64,
    #[model(references(Plain::id))]
    plain_id: i64,
    #[model(related)]
    plain: The<Plain>,
}

async fn find(db: &Ommi) -> ommi::Result<Vec<Plain>> {
    db.find::<Plain>().all().await
}

fn main() {}
