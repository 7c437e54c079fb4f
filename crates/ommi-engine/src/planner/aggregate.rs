//! Groups in expressions: what rows are grouped by, and what is made of the rows of a group.

use ommi_core::plan::{PlanAggregate, PlanExpr, Term};
use ommi_core::query::{Aggregate, ColumnRef, Expr, Function};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::{Error, Result};

use super::agreed::key_of;
use super::typing::{Typed, Typist, placed};

/// What rows are grouped by, while expressions speak of groups.
pub(super) struct Groups<'a> {
    keys: &'a [Expr],
    types: Vec<FieldType>,
}

impl<'a> Typist<'a> {
    /// From here on, expressions speak of groups with these keys.
    pub(super) fn speak_of_groups(&mut self, keys: &'a [Expr], terms: &[Term]) {
        let types = terms.iter().map(|term| term.ty.clone()).collect();
        self.groups = Some(Groups { keys, types });
    }

    /// The key that an expression is.
    pub(super) fn key(&self, expr: &Expr) -> Option<Typed> {
        let groups = self.groups.as_ref()?;
        let place = key_of(groups.keys, expr)?;
        let origin = expr.first_column().cloned();
        Some(Typed { expr: PlanExpr::Key(place), ty: groups.types[place].clone(), origin })
    }

    /// Lowers an aggregate: it gets a number, and what it is made of speaks of rows.
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Typed> {
        let function = aggregate.function;
        let Some(groups) = self.groups.take() else {
            return Err(misplaced(function, &self.first_table(), aggregate));
        };
        let subject = aggregate.subject.as_ref();
        let subject = subject.map(|subject| self.term(subject, "given to an aggregate")).transpose()?;
        let filter = aggregate.filter.as_ref().map(|filter| self.predicate(filter)).transpose()?;
        self.groups = Some(groups);
        let origin = aggregate.subject.as_ref().and_then(Expr::first_column).cloned();
        let place = |error: Error| placed(error, origin.as_ref());
        let ty = match &subject {
            Some(subject) => function.typing(&subject.ty).ok_or_else(|| {
                place(Error::query(format!(
                    "`{}` has no meaning on {}",
                    function.name(),
                    subject.ty.describe()
                )))
            })?,
            None if function == Function::Count && !aggregate.distinct => FieldType::Int,
            None => return Err(Error::query(format!("`{}` needs something of each row", function.name()))),
        };
        if let Some(Term { ty: ty @ (FieldType::Json | FieldType::List(_)), .. }) = &subject
            && aggregate.distinct
        {
            let message =
                format!("`{}` cannot tell which of {} are distinct", function.name(), ty.describe());
            return Err(place(Error::query(message)));
        }
        self.aggregates.push(PlanAggregate { function, subject, distinct: aggregate.distinct, filter });
        let expr = PlanExpr::Aggregate(self.aggregates.len() - 1);
        Ok(Typed { expr, ty, origin })
    }
}

fn misplaced(function: Function, model: &ModelDef, aggregate: &Aggregate) -> Error {
    let error = Error::query(format!(
        "`{}` is made of many rows: it can be selected, and stand in having and in the order of groups; it cannot decide \
         about single rows, nor be set or nested",
        function.name()
    ));
    let origin: Option<&ColumnRef> = aggregate.subject.as_ref().and_then(Expr::first_column);
    placed(error.with_model(model.name()), origin)
}
