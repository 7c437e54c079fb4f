//! `Case`: one behaviour, by name, with what the database must be capable of for it.

use ommi_core::Result;

use crate::db::Db;
use crate::need::Need;

/// One behaviour.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// The behaviour in words.
    pub(crate) name: &'static str,
    /// Capabilities without which it cannot be asked for.
    pub(crate) needs: &'static [Need],
    /// Panics, or gives an error, where the behaviour does not hold.
    pub(crate) run: fn(&Db) -> Result<()>,
}

impl Case {
    /// Runs the case on an empty database. Where the database lacks what the case needs, it checks instead that
    /// asking is refused before anything is sent.
    pub(crate) fn run(&self, db: &Db) -> Result<()> {
        let missing: Vec<Need> =
            self.needs.iter().copied().filter(|need| !need.is_met(db.capabilities())).collect();
        if missing.is_empty() {
            return (self.run)(db);
        }
        for need in missing {
            need.check_refusal(db)?;
        }
        Ok(())
    }
}

/// The list of a topic's cases: names of functions, with needs in brackets. A function that is left out is
/// reported by the compiler as dead code.
macro_rules! cases {
    ($($name:ident $([$($need:ident),+])?),+ $(,)?) => {
        pub(crate) const CASES: &[$crate::case::Case] = &[$(
            $crate::case::Case {
                name: stringify!($name),
                needs: &[$($($crate::need::Need::$need),+)?],
                run: $name,
            }
        ),+];
    };
}

pub(crate) use cases;
