//! Paths into nested values.

use ommi_core::plan::{PlanExpr, PlanPath};
use ommi_core::query::{MAX_KEYS, Path, is_leaf};
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::typing::{Operand, Typed, Typist, placed};

impl Typist<'_> {
    /// Lowers a path, whose names are part of the shape.
    pub(super) fn path(&mut self, path: &Path) -> Result<Typed> {
        let Operand::Typed(subject) = self.operand(&path.subject)? else {
            return Err(Error::query("a path leads into a nested field, not into a value alone"));
        };
        check(path, &subject.ty).map_err(|error| placed(error, subject.origin.as_ref()))?;
        let lowered = PlanPath { subject: subject.expr, keys: path.keys.clone(), ty: path.ty.clone() };
        let expr = PlanExpr::Path(Box::new(lowered));
        Ok(Typed { expr, ty: path.ty.clone(), origin: subject.origin })
    }
}

fn check(path: &Path, subject: &FieldType) -> Result<()> {
    if *subject != FieldType::Json {
        return Err(Error::query(format!(
            "a path leads into a nested value, not into {}",
            subject.describe()
        )));
    }
    if !is_leaf(&path.ty) {
        return Err(Error::query(format!(
            "a path leads to a bool, an integer, a float or text, not to {}",
            path.ty.describe()
        )));
    }
    match path.keys.len() {
        0 => return Err(Error::query("a path needs the name of what it leads to")),
        length if length > MAX_KEYS => {
            return Err(Error::query(format!("a path has {MAX_KEYS} names at most and this one {length}")));
        }
        _short_enough => {}
    }
    if path.keys.iter().any(|key| key.contains('\0')) {
        return Err(Error::validation(
            "a name in the path holds a NUL character, which no database can store",
        ));
    }
    Ok(())
}
