//! Schema changes for a server that may still be unknown: before the first connection they are written for MariaDB, and
//! what MySQL needs instead is remembered until they run.

use std::collections::HashMap;

use ommi_core::Result;
use ommi_sql::Flavour;
use parking_lot::Mutex;

use crate::compiled::MARIADB;

/// So many statements are remembered at the most.
const MOST: usize = 10_000;

/// Statements for MariaDB, and for MySQL where those differ.
#[derive(Default)]
pub(crate) struct Scripts {
    for_mysql: Mutex<HashMap<String, String>>,
}

impl Scripts {
    /// The statements that `write` gives for the server, or for both kinds while it is not known.
    pub(crate) fn text(
        &self,
        flavour: Option<Flavour>,
        write: impl Fn(Flavour) -> Result<Vec<String>>,
    ) -> Result<Vec<String>> {
        if let Some(flavour) = flavour {
            return write(flavour);
        }
        let (maria, mysql) = (write(MARIADB)?, write(Flavour::MySql)?);
        let mut known = self.for_mysql.lock();
        if known.len() + maria.len() > MOST {
            known.clear();
        }
        // Where the numbers differ, the whole of MySQL's stands for the first, and nothing for the rest.
        let is_pairwise = maria.len() == mysql.len();
        for (position, statement) in maria.iter().enumerate() {
            let other = match is_pairwise {
                true => mysql[position].clone(),
                false if position == 0 => mysql.join(";\n"),
                false => String::new(),
            };
            if other != *statement {
                known.insert(statement.clone(), other);
            }
        }
        Ok(maria)
    }

    /// A script as the server of this flavour takes it.
    pub(crate) fn for_server(&self, statements: Vec<String>, flavour: Flavour) -> Vec<String> {
        match flavour {
            Flavour::MariaDb { .. } => statements,
            Flavour::MySql => {
                let known = self.for_mysql.lock();
                let other = |statement: String| known.get(&statement).cloned().unwrap_or(statement);
                statements.into_iter().map(other).filter(|statement| !statement.is_empty()).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_for_an_unknown_server_fits_the_one_that_is_found() {
        let scripts = Scripts::default();
        let write = |flavour| {
            Ok(match flavour {
                Flavour::MariaDb { .. } => vec!["same".to_owned(), "maria".to_owned()],
                Flavour::MySql => vec!["same".to_owned(), "mysql".to_owned()],
            })
        };
        let text = scripts.text(None, write).unwrap();
        assert_eq!(text, ["same", "maria"]);
        assert_eq!(scripts.for_server(text.clone(), MARIADB), ["same", "maria"]);
        assert_eq!(scripts.for_server(text, Flavour::MySql), ["same", "mysql"]);
        assert_eq!(scripts.text(Some(Flavour::MySql), write).unwrap(), ["same", "mysql"]);
    }
}
