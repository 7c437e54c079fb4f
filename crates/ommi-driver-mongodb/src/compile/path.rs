//! Paths into nested values: in filters MongoDB's own, which an index on them serves, in expressions with a look at the type.
//!
//! A path of a filter looks into lists as well: it is told that none is on the way. Names that MongoDB would read otherwise
//! (empty, with a point, or after a dollar) are looked up one by one, in expressions only.

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, PlanExpr, PlanPath};
use ommi_core::schema::FieldType;

use super::filter::{compared, member, starts};
use super::logic::{Comparison, Leaf, Search};
use super::make::{at, call, cond, document, literal, null, op, string, typed, variable, with};
use super::operand::operand;
use super::scope::Scope;
use super::template::Template;

/// The value of a path in an expression: null where it is of another type.
///
/// # Errors
/// `Internal` where the plan contradicts itself.
pub(super) fn value(scope: &Scope<'_>, path: &PlanPath, place: &str) -> Result<Template> {
    let subject = operand(scope, &path.subject, &FieldType::Json, place)?;
    if let Template::Fixed(mongodb::bson::RawBson::String(name)) = &subject
        && path.keys.iter().all(|key| is_plain(key))
    {
        return Ok(of_type(&path.ty, string(format!("{name}.{}", path.keys.join(".")))));
    }
    let found = path.keys.iter().fold(subject, |input, key| {
        let field = literal(string(key.clone()));
        op(cstr!("$getField"), document([(cstr!("field"), field), (cstr!("input"), input)]))
    });
    Ok(with([(cstr!("p"), found)], of_type(&path.ty, variable("p"))))
}

/// Whether MongoDB takes the name for one in a path.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.starts_with('$') && !key.contains('.')
}

/// How MongoDB calls the types of values that JSON's may be stored as.
fn types(ty: &FieldType) -> &'static [&'static str] {
    match ty {
        FieldType::Bool => &["bool"],
        FieldType::Int => &["int", "long"],
        FieldType::Float => &["double", "int", "long", "decimal"],
        FieldType::Text => &["string"],
        // No path leads to another type.
        FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => &[],
    }
}

fn names(ty: &FieldType) -> Template {
    Template::Array(types(ty).iter().map(|name| string(*name)).collect())
}

fn of_type(ty: &FieldType, found: Template) -> Template {
    let is_of_type = call(cstr!("$in"), [op(cstr!("$type"), found.clone()), names(ty)]);
    let read = match ty {
        FieldType::Int => converted("long", found),
        FieldType::Float => converted("double", found),
        FieldType::Bool
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => found,
    };
    cond(is_of_type, read, null())
}

/// A value as another type, or null: MongoDB computes what is constant in both branches of a `$cond` beforehand, and a
/// conversion that fails there would be an error.
fn converted(to: &str, found: Template) -> Template {
    let parts = [
        (cstr!("input"), found),
        (cstr!("to"), string(to)),
        (cstr!("onError"), null()),
        (cstr!("onNull"), null()),
    ];
    op(cstr!("$convert"), document(parts))
}

/// A path as filters take it.
struct Way {
    column: Column,
    /// The paths of the field and of every name on the way, the whole path last.
    steps: Vec<String>,
}

impl Way {
    fn of(scope: &Scope<'_>, expr: &PlanExpr) -> Option<Self> {
        let PlanExpr::Path(path) = expr else { return None };
        let PlanExpr::Column(column) = &path.subject else { return None };
        if !path.keys.iter().all(|key| is_plain(key)) {
            return None;
        }
        let mut steps = vec![scope.path(*column)?];
        for key in &path.keys {
            steps.push(format!("{}.{key}", steps.last()?));
        }
        Some(Self { column: *column, steps })
    }

    fn whole(&self) -> &str {
        self.steps.last().map_or("", String::as_str)
    }

    /// The test, where no list is on the way and the value is of the path's type.
    fn guarded(&self, test: Template, ty: &FieldType) -> Result<Template> {
        let mut tests = vec![test];
        for step in &self.steps {
            tests.push(at(step, op(cstr!("$not"), op(cstr!("$type"), string("array"))))?);
        }
        // Other tests look at values of their operand's type alone; a float may pass as an integer.
        if *ty == FieldType::Int {
            tests.push(at(self.whole(), op(cstr!("$type"), names(ty)))?);
        }
        Ok(op(cstr!("$and"), Template::Array(tests)))
    }
}

/// A comparison of what a path leads to with values, as a filter: where an index may serve it.
///
/// # Errors
/// `Validation` for a name that BSON cannot hold.
pub(super) fn on_path(scope: &Scope<'_>, leaf: &Leaf<'_>) -> Result<Option<Template>> {
    let (way, ty, test) = match *leaf {
        Leaf::Compared { how: Comparison::Ne, .. } => return Ok(None),
        Leaf::Compared { how, ty, left, right } => {
            let (way, how, other) = match (Way::of(scope, left), Way::of(scope, right)) {
                (Some(way), None) => (way, how, right),
                (None, Some(way)) => (way, how.flipped(), left),
                (Some(_), Some(_)) | (None, None) => return Ok(None),
            };
            let Some(test) = compared(scope, how, ty, way.whole(), way.column, other)? else {
                return Ok(None);
            };
            (way, ty, test)
        }
        Leaf::Member { ty, subject, list, wanted: true } => {
            let Some(way) = Way::of(scope, subject) else { return Ok(None) };
            let test = member(way.whole(), list, typed(ty, &scope.label(way.column)), true)?;
            (way, ty, test)
        }
        Leaf::Search { place: Search::AtStart, subject, part: PlanExpr::Param(param), wanted: true } => {
            let Some(way) = Way::of(scope, subject) else { return Ok(None) };
            let test = starts(way.whole(), *param, &scope.label(way.column), true)?;
            (way, &FieldType::Text, test)
        }
        Leaf::Member { .. }
        | Leaf::Search { .. }
        | Leaf::Null { .. }
        | Leaf::Has { .. }
        | Leaf::Matches { .. }
        | Leaf::Found { .. } => return Ok(None),
    };
    way.guarded(test, ty).map(Some)
}
