use ommi::Model;

#[derive(Model)]
#[model(shard(region), unique(code, shop))]
struct Astray {
    id: i64,
    region: String,
    code: String,
    shop: String,
}

#[derive(Model)]
#[model(shard(shop, hashed(number), hashed(shop)), unique(number, code))]
struct Order {
    #[model(key)]
    shop: String,
    #[model(key)]
    number: i64,
    #[model(unique)]
    code: String,
}

#[derive(Model)]
#[model(shard(ranged(id)))]
struct Ranged {
    id: i64,
}

fn main() {}
