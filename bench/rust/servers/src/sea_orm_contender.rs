//! SeaORM, over sqlx.

use harness::{
    Result,
    contender::{Contender, MANY, PAGE, in_tasks},
    dataset::Row,
};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, Database, DatabaseConnection, QueryOrder, QuerySelect,
    TransactionTrait, entity::prelude::*,
};

/// Rows in one statement: both servers take 65,535 parameters, and SeaORM does not split by itself.
const BATCH: usize = 5_000;

mod person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub email: Option<String>,
        pub age: i64,
        #[sea_orm(column_type = "Double")]
        pub score: f64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use person::{ActiveModel, Column, Entity, Model};

/// SeaORM with its default pool.
pub struct SeaOrmContender(DatabaseConnection);

/// What SeaORM reads.
pub struct Person(Model);

impl From<Person> for Row {
    fn from(Person(Model { id, name, email, age, score }): Person) -> Self {
        Self { id: Some(id), name, email, age, score }
    }
}

/// What SeaORM stores.
pub struct NewPerson(ActiveModel);

impl From<Row> for NewPerson {
    fn from(Row { name, email, age, score, .. }: Row) -> Self {
        Self(ActiveModel {
            name: Set(name),
            email: Set(email),
            age: Set(age),
            score: Set(score),
            ..Default::default()
        })
    }
}

impl Contender for SeaOrmContender {
    type Person = Person;
    type New = NewPerson;

    async fn open(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options.sqlx_logging(false).max_connections(8).test_before_acquire(false);
        Ok(Self(Database::connect(options).await?))
    }

    async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }

    async fn insert(&mut self, people: Vec<NewPerson>) -> Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(people.len());
        for NewPerson(new) in people {
            keys.push(new.insert(&self.0).await?.id);
        }
        Ok(keys)
    }

    async fn insert_bulk(&mut self, people: Vec<NewPerson>) -> Result<()> {
        let transaction = self.0.begin().await?;
        let mut people = people.into_iter().map(|NewPerson(new)| new).peekable();
        while people.peek().is_some() {
            Entity::insert_many(people.by_ref().take(BATCH)).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        let mut people = Vec::with_capacity(keys.len());
        for key in keys {
            let found = Entity::find_by_id(*key).one(&self.0).await?;
            people.push(Person(found.ok_or("no such person")?));
        }
        Ok(people)
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        let mut pages = Vec::with_capacity(asked.len());
        for (age, least) in asked {
            let query = Entity::find()
                .filter(Column::Age.eq(*age))
                .filter(Column::Score.gte(*least))
                .order_by_asc(Column::Id)
                .limit(PAGE as u64);
            pages.push(query.all(&self.0).await?.into_iter().map(Person).collect());
        }
        Ok(pages)
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            people = Entity::find().order_by_asc(Column::Id).limit(MANY as u64).all(&self.0).await?;
        }
        Ok(people.into_iter().map(Person).collect())
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        let transaction = self.0.begin().await?;
        for (key, score) in changes {
            let update = Entity::update_many().col_expr(Column::Score, Expr::value(*score));
            update.filter(Column::Id.eq(*key)).exec(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn tasks(&mut self, batches: Vec<Vec<i64>>) -> Result<Vec<Vec<Person>>> {
        in_tasks(batches, |keys| {
            let mut one = Self(self.0.clone());
            async move { one.get(&keys).await }
        })
        .await
    }
}
