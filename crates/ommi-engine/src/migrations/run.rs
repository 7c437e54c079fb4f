//! What a run of migrations may do, and what is told of it.

use super::Applied;

/// What a run may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// Whether steps that lose data are taken.
    pub allow_data_loss: bool,
    /// Whether a migration may be applied though a later one has been, as it happens where two branches meet.
    pub allow_out_of_order: bool,
    /// Who does it, for the history.
    pub applied_by: String,
}

impl Default for RunOptions {
    fn default() -> Self {
        let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
        Self {
            allow_data_loss: false,
            allow_out_of_order: false,
            applied_by: user.unwrap_or_else(|_| "unknown".to_owned()),
        }
    }
}

/// One migration with the statements of one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The version.
    pub version: String,
    /// The description.
    pub description: String,
    /// The steps in words.
    pub steps: Vec<String>,
    /// The statements, in their order.
    pub statements: Vec<String>,
}

/// What the code and the database know of the migrations.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// Those that were applied, the unfinished ones among them.
    pub applied: Vec<Applied>,
    /// The versions that were not.
    pub pending: Vec<String>,
    /// What is in the way of the next run, in words.
    pub problems: Vec<String>,
}
