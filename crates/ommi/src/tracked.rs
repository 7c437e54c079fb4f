//! `Tracked`: a model's memory of its row.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use ommi_core::Result;
use ommi_core::value::{Cell, RowBatch};

use crate::model::Model;

/// Remembers a model's row as it was read or written last, so that saving the model writes what changed and no more; where
/// nothing did, nothing is sent. It is not a column.
///
/// Models without such a field are saved with all their fields, and cost nothing to remember.
///
/// ```
/// use ommi::{Model, Tracked, prelude::*};
///
/// #[derive(Model, Debug)]
/// struct Page {
///     id: i64,
///     title: String,
///     body: String,
///     #[model(tracked)]
///     tracked: Tracked,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let mut mine = Page { title: "Draft".into(), ..Page::new() };
/// db.add(&mut mine).await?;
/// let mut yours = db.get::<Page>(mine.id).await?;
///
/// yours.title = "Notes".into();
/// db.save(&mut yours).await?;
/// mine.body = "Engines".into();
/// db.save(&mut mine).await?; // the title is left alone
/// assert_eq!(db.get::<Page>(mine.id).await?.title, "Notes");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Tracked {
    row: Option<Box<RowBatch>>,
}

impl Tracked {
    /// Whether a row is remembered: the model was read, added or saved.
    pub fn is_known(&self) -> bool {
        self.row.is_some()
    }

    /// A row whose cells are the model's fields.
    #[doc(hidden)]
    pub fn of_cells(cells: &[Cell<'_>]) -> Self {
        let mut row = RowBatch::with_capacity(cells.len(), 1);
        row.push_row(cells);
        Self { row: Some(Box::new(row)) }
    }

    /// The row that a model is stored as.
    #[doc(hidden)]
    pub fn of_model<M: Model>(model: &M) -> Result<Self> {
        let fields = M::definition().fields().len();
        let mut row = RowBatch::with_capacity(fields, 1);
        (0..fields).try_for_each(|field| model.write(field, &mut row))?;
        row.end_row();
        Ok(Self { row: Some(Box::new(row)) })
    }

    pub(crate) fn row(&self) -> Option<&RowBatch> {
        self.row.as_deref()
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_known() { "Tracked(known)" } else { "Tracked(new)" })
    }
}

/// A memory is not a value: it does not count when models are compared.
impl PartialEq for Tracked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Tracked {}

impl PartialOrd for Tracked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tracked {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Tracked {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
