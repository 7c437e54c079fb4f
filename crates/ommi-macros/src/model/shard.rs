//! The shard key of a model, checked against what has to stay unique: `ommi-core` has the same rules.

use darling::Error;
use darling::error::Accumulator;
use syn::Ident;

use super::input::{Names, ShardKey};
use super::spec::Spec;

/// One field of a shard key.
pub(super) struct ShardField {
    /// The position of its column.
    pub(super) column: usize,
    /// Whether its hash is what counts.
    pub(super) hashed: bool,
}

impl Spec {
    /// Takes the shard key; the key and the indexes are known.
    pub(super) fn add_shard(&mut self, key: Option<ShardKey>, errors: &mut Accumulator) {
        let (idents, hashed): (Vec<Ident>, Vec<bool>) = key.map(|key| key.0).into_iter().flatten().unzip();
        let Some(first) = idents.first().cloned() else { return };
        let idents = Names(idents);
        let columns = self.require_all(&idents, errors);
        if columns.len() < idents.0.len() {
            return;
        }
        let mut refuse = |message: String, at: &Ident| errors.push(Error::custom(message).with_span(at));
        for (place, (column, ident)) in columns.iter().zip(&idents.0).enumerate() {
            if columns[..place].contains(column) {
                refuse(format!("`{ident}` is in the shard key already"), ident);
            } else if !self.key.contains(column) {
                let key = self.names(&self.key);
                refuse(
                    format!(
                        "the key ({key}) does not hold `{ident}`: rows with the same key could stand on two machines; make \
                         `{ident}` part of the key, or shard by the key"
                    ),
                    ident,
                );
            }
            if hashed[place] && hashed[..place].contains(&true) {
                refuse("only one field of a shard key is hashed".to_owned(), ident);
            }
        }
        let shard = self.names(&columns);
        for unique in self.unique().filter(|unique| !unique.starts_with(&columns)) {
            let unique = self.names(&unique);
            refuse(
                format!(
                    "what is unique over ({unique}) does not begin with the shard key ({shard}): the same values could stand \
                     on two machines; begin it with ({shard}), or let it be not unique"
                ),
                &first,
            );
        }
        let parts = columns.into_iter().zip(hashed);
        self.shard = parts.map(|(column, hashed)| ShardField { column, hashed }).collect();
    }

    /// The columns of all that is unique beside the key.
    fn unique(&self) -> impl Iterator<Item = Vec<usize>> {
        let marked = |column: &usize| self.columns[*column].unique && self.key != [*column];
        let fields = (0..self.columns.len()).filter(marked).map(|column| vec![column]);
        let position = |name: &String| self.columns.iter().position(|column| column.name == *name);
        let indexes = self.indexes.iter().filter(|(_, unique)| *unique);
        fields.chain(indexes.map(move |(names, _)| names.iter().filter_map(position).collect()))
    }

    fn names(&self, columns: &[usize]) -> String {
        columns.iter().map(|column| self.columns[*column].name.as_str()).collect::<Vec<_>>().join(", ")
    }
}
