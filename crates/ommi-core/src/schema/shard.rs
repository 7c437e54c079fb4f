//! The shard key: which rows stand together where a database spreads a table over several machines.

use super::{FieldDef, IndexDef};

/// One field of a model's shard key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardField {
    /// The field's position in the model.
    pub field: usize,
    /// Whether rows are spread by a hash of the value instead of its order.
    pub hashed: bool,
}

/// What of a model a shard key is checked against.
pub(super) struct Sharded<'m> {
    pub(super) fields: &'m [FieldDef],
    pub(super) key: &'m [usize],
    pub(super) indexes: &'m [IndexDef],
}

impl Sharded<'_> {
    /// Why this cannot be the model's shard key: it has a field twice or two hashed ones, or the key or something unique
    /// could not be kept unique, as each machine knows its own rows only.
    pub(super) fn problem(&self, shard: &[ShardField]) -> Option<String> {
        let fields: Vec<usize> = shard.iter().map(|part| part.field).collect();
        let named = self.names(&fields);
        if let Some(twice) = (1..fields.len()).find(|place| fields[..*place].contains(&fields[*place])) {
            return Some(format!("the shard key ({named}) has {:?} twice", self.name(fields[twice])));
        }
        if shard.iter().filter(|part| part.hashed).count() > 1 {
            return Some(format!("the shard key ({named}) has more than one hashed field"));
        }
        if let Some(outside) = fields.iter().find(|field| !self.key.contains(field)) {
            let (key, outside) = (self.names(self.key), self.name(*outside));
            return Some(format!(
                "the key ({key}) does not hold {outside:?} of the shard key ({named}): rows with the same key could stand on \
                 two machines; make {outside:?} part of the key, or shard by the key"
            ));
        }
        let unique = self.unique().find(|(_, unique)| !unique.starts_with(&fields))?;
        let (what, over) = (unique.0, self.names(&unique.1));
        Some(format!(
            "{what} over ({over}) does not begin with the shard key ({named}): the same values could stand on two machines; \
             begin it with ({named}), or let it be not unique"
        ))
    }

    /// All that is unique beside the key.
    fn unique(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let fields =
            (0..self.fields.len()).filter(|field| self.fields[*field].unique && self.key != [*field]);
        let indexes = self.indexes.iter().filter(|index| index.unique);
        fields
            .map(|field| (format!("the unique field {:?}", self.name(field)), vec![field]))
            .chain(indexes.map(|index| (format!("the unique index {:?}", index.name), index.fields.clone())))
    }

    fn name(&self, field: usize) -> &str {
        &self.fields[field].name
    }

    fn names(&self, fields: &[usize]) -> String {
        fields.iter().map(|field| self.name(*field)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::Result;
    use crate::schema::{FieldDef, FieldType, ModelBuilder, ModelDef, ShardField};

    /// Orders of shops, by shop and number.
    fn order() -> ModelBuilder {
        ModelDef::builder("Order")
            .field(FieldDef::new("shop", FieldType::Text))
            .field(FieldDef::new("number", FieldType::Int))
            .field(FieldDef::new("code", FieldType::Text))
            .key(["shop", "number"])
    }

    #[track_caller]
    fn refused(model: Result<Arc<ModelDef>>, parts: &[&str]) {
        let message = model.unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} in {message}");
        }
    }

    #[test]
    fn it_is_kept_in_its_order() {
        let model = order().shard([("number", false), ("shop", true)]).build().unwrap();
        let parts = [ShardField { field: 1, hashed: false }, ShardField { field: 0, hashed: true }];
        assert_eq!(model.shard(), parts);
        assert!(order().build().unwrap().shard().is_empty());
    }

    #[test]
    fn a_key_without_it_is_an_error_that_names_both() {
        refused(
            order().shard([("code", false)]).build(),
            &["(shop, number)", "\"code\"", "shard key (code)"],
        );
        refused(order().shard([("shop", false), ("code", true)]).build(), &["shard key (shop, code)"]);
    }

    #[test]
    fn a_unique_index_without_it_is_an_error_that_names_both() {
        let by_shop = || order().shard([("shop", false)]);
        refused(
            by_shop().index(None, ["code"], true).build(),
            &["\"uq_Order_code\" over (code)", "shard key (shop)"],
        );
        refused(by_shop().index(None, ["code", "shop"], true).build(), &["begin it with (shop)"]);
        assert!(by_shop().index(None, ["shop", "code"], true).build().is_ok());
        assert!(by_shop().index(None, ["code"], false).build().is_ok());
        let field = FieldDef::new("email", FieldType::Text).unique();
        refused(by_shop().field(field).build(), &["the unique field \"email\"", "shard key (shop)"]);
    }

    #[test]
    fn fields_that_are_not_there_or_there_twice_and_two_hashes_are_errors() {
        refused(order().shard([("town", false)]).build(), &["the shard key names a field \"town\""]);
        refused(order().shard([("shop", false), ("shop", true)]).build(), &["\"shop\" twice"]);
        refused(order().shard([("shop", true), ("number", true)]).build(), &["more than one hashed"]);
    }
}
