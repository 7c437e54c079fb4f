//! Toasty, through its SQLite driver.

use harness::{
    Result,
    contender::{Contender, MANY, PAGE},
    dataset::Row,
};
use toasty::Db;

/// Rows in one statement: SQLite takes 32,766 parameters, and Toasty does not split by itself.
const BATCH: usize = 5_000;

/// Toasty with one pooled connection.
pub struct ToastyContender(Db);

#[derive(Debug, toasty::Model)]
#[table = "person"]
pub struct Person {
    #[key]
    #[auto]
    id: i64,
    name: String,
    email: Option<String>,
    #[index]
    age: i64,
    score: f64,
}

impl From<Person> for Row {
    fn from(Person { id, name, email, age, score }: Person) -> Self {
        Self { id: Some(id), name, email, age, score }
    }
}

impl Contender for ToastyContender {
    type Person = Person;
    type New = Row;

    async fn open(path: &str) -> Result<Self> {
        let mut db = Db::builder()
            .models(toasty::models!(Person))
            .max_pool_size(1) // PRAGMAs belong to a connection, and there is no hook for new ones.
            .connect(&format!("sqlite:{path}"))
            .await?;
        toasty::sql::statement("PRAGMA synchronous = NORMAL").exec(&mut db).await?;
        toasty::sql::statement("PRAGMA foreign_keys = ON").exec(&mut db).await?;
        Ok(Self(db))
    }

    async fn close(self) -> Result<()> {
        Ok(())
    }

    async fn insert(&mut self, people: Vec<Row>) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(people.len());
        for Row { name, email, age, score, .. } in people {
            keys.push(toasty::create!(Person { name, email, age, score }).exec(&mut self.0).await?.id);
        }
        Ok(keys)
    }

    async fn insert_bulk(&mut self, people: Vec<Row>) -> Result<()> {
        let mut transaction = self.0.transaction().await?;
        let mut people = people.into_iter().peekable();
        while people.peek().is_some() {
            let mut many = Person::create_many();
            for Row { name, email, age, score, .. } in people.by_ref().take(BATCH) {
                many = many.item(toasty::create!(Person { name, email, age, score }));
            }
            many.exec(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        let mut people = Vec::with_capacity(keys.len());
        for key in keys {
            people.push(Person::get_by_id(&mut self.0, key).await?);
        }
        Ok(people)
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        let mut pages = Vec::with_capacity(asked.len());
        for (age, least) in asked {
            let query = Person::filter_by_age(age)
                .filter(Person::fields().score().ge(*least))
                .order_by(Person::fields().id().asc())
                .limit(PAGE);
            pages.push(query.exec(&mut self.0).await?);
        }
        Ok(pages)
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            let query = Person::all().order_by(Person::fields().id().asc()).limit(MANY);
            people = query.exec(&mut self.0).await?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        let mut transaction = self.0.transaction().await?;
        for (key, score) in changes {
            Person::filter_by_id(key).update().score(*score).exec(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}
