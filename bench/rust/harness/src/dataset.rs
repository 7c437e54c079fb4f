//! The one set of rows that every contender works on.

use fastrand::Rng;

/// People in the table before anything is measured; their keys are 1 to this.
pub const PEOPLE: i64 = 10_000;

/// A row of the table; the key is `None` before it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: Option<i64>,
    pub name: String,
    pub email: Option<String>,
    pub age: i64,
    pub score: f64,
}

/// An age that people have.
pub fn age(chance: &mut Rng) -> i64 {
    chance.i64(18..98)
}

/// `count` people without keys; the same seed gives the same people.
pub fn people(count: usize, seed: u64) -> Vec<Row> {
    let mut chance = Rng::with_seed(seed);
    (1..=count)
        .map(|number| Row {
            id: None,
            name: format!("Person {number}"),
            email: (chance.u8(..) > 25).then(|| format!("person{number}@example.org")),
            age: age(&mut chance),
            score: chance.f64() * 100.0,
        })
        .collect()
}
