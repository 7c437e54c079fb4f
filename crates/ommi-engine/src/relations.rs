//! Relations: the query that loads the related rows of any number of parents at once. Both faces use it for one
//! parent, for a batch and for eager loads, so that no load is ever one query a parent.

use std::sync::Arc;

use ommi_core::query::{ColumnRef, Direction, Expr, LimitBy, Operator, Order, Projection, Query};
use ommi_core::schema::{ModelDef, RelationDef, RelationKind};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};

mod key;

pub use key::RelationKey;

/// How a relation is loaded.
#[derive(Debug, Clone)]
pub struct RelationLoad {
    /// Finds the related rows of all parents. Each row begins with the related model's fields.
    pub query: Query,
    /// Positions of the cells in such a row that are the parent's values, to group by.
    pub row_keys: Vec<usize>,
    /// Positions of the parent's fields whose values are the keys, in the order of a key's values.
    pub parent_fields: Vec<usize>,
    /// One or many.
    pub kind: RelationKind,
}

/// With composite keys, load at most so many parents by one query: each is a predicate of its own there.
pub const MAX_COMPOSITE_PARENTS: usize = 256;

/// How to load `relation` of `model` for the parents whose [`parent_fields`](RelationLoad::parent_fields) have
/// the values `keys`. Keys that hold NULL have no related row and are left out; a key may occur twice. Without
/// keys the query finds nothing: ask so for the fields alone.
///
/// # Errors
/// `Schema` when no reference, or more than one, leads along the relation; `Query` for a key of the wrong width.
pub fn relation_query(
    model: &Arc<ModelDef>,
    relation: &RelationDef,
    keys: &[Vec<Value>],
) -> Result<RelationLoad> {
    relation_query_with(model, relation, keys, &RelationOptions::default())
}

/// Which of the related rows are loaded.
#[derive(Debug, Clone, Default)]
pub struct RelationOptions {
    /// Those for which this holds.
    pub filter: Option<Expr>,
    /// In this order; the key of the related model completes it.
    pub order: Vec<Order>,
    /// At most so many of each parent.
    pub limit: Option<u64>,
}

/// As [`relation_query`], of some of the related rows.
///
/// # Errors
/// As for [`relation_query`].
pub fn relation_query_with(
    model: &Arc<ModelDef>,
    relation: &RelationDef,
    keys: &[Vec<Value>],
    options: &RelationOptions,
) -> Result<RelationLoad> {
    let name = |error: Error| error.with_model(model.name()).with_field(&relation.name);
    let target = relation.target.resolve().map_err(name)?;
    let way = match &relation.through {
        None => direct(model, &target, relation).map_err(name)?,
        Some(through) => {
            let association = through.resolve().map_err(name)?;
            through_association(model, &association, &target, relation).map_err(name)?
        }
    };
    let found = is_one_of(&way.holder, &way.holder_fields, keys).map_err(name)?;
    let mut query = Query::new(target.clone()).filter(found);
    for (left, right) in way.join {
        query = query.filter(Expr::binary(Operator::Eq, Expr::Column(left), Expr::Column(right)));
    }
    if let Some(filter) = &options.filter {
        query.narrow(filter.clone());
    }
    if let Some(limit) = options.limit {
        query.limit_by = Some(Box::new(LimitBy { columns: columns(&way.holder, &way.holder_fields), limit }));
    }
    let row_keys = if relation.through.is_none() {
        way.holder_fields
    } else {
        query.projection = Projection::ModelWith(columns(&way.holder, &way.holder_fields));
        (0..way.holder_fields.len()).map(|key| target.fields().len() + key).collect()
    };
    query.order.clone_from(&options.order);
    if relation.kind == RelationKind::Many || options.limit.is_some() {
        let ascending = |column: ColumnRef| Order::new(column, Direction::Ascending);
        query.order.extend(columns(&target, target.key()).into_iter().map(ascending));
    }
    Ok(RelationLoad { query, row_keys, parent_fields: way.parent_fields, kind: relation.kind })
}

/// Which rows refer to which along a relation. Pairs are of a field that refers and the field referred to.
#[derive(Debug, Clone)]
pub enum RelationWay {
    /// The model itself refers to the related one.
    Out(Vec<(usize, usize)>),
    /// The related model refers to this one.
    In(Vec<(usize, usize)>),
    /// An association model refers to both.
    Through {
        /// The association model.
        association: Arc<ModelDef>,
        /// Its reference to this model.
        source: Vec<(usize, usize)>,
        /// Its reference to the related one.
        onward: Vec<(usize, usize)>,
    },
}

/// The related model of a relation, and which rows refer to which: what adding related rows together goes by.
///
/// # Errors
/// `Schema` when no reference, or more than one, leads along the relation.
pub fn relation_way(model: &Arc<ModelDef>, relation: &RelationDef) -> Result<(Arc<ModelDef>, RelationWay)> {
    let name = |error: Error| error.with_model(model.name()).with_field(&relation.name);
    let target = relation.target.resolve().map_err(name)?;
    let way = match &relation.through {
        None => {
            let (pairs, is_ours) = reference_along(model, &target, relation).map_err(name)?;
            if is_ours { RelationWay::Out(pairs) } else { RelationWay::In(pairs) }
        }
        Some(through) => {
            let association = through.resolve().map_err(name)?;
            let (source, onward) = both_references(model, &association, &target, relation).map_err(name)?;
            RelationWay::Through { association, source, onward }
        }
    };
    Ok((target, way))
}

/// The way from parents to related rows.
struct Way {
    parent_fields: Vec<usize>,
    /// The model whose fields equal the parent's: the related one, or the association.
    holder: Arc<ModelDef>,
    holder_fields: Vec<usize>,
    /// Which reference of an association leads on to the related model.
    join: Vec<(ColumnRef, ColumnRef)>,
}

/// Pairs of a referring field and the field referred to.
type Pairs = Vec<(usize, usize)>;

/// Along one reference. A single related row is looked for where this model points, many where they point here.
fn direct(model: &Arc<ModelDef>, target: &Arc<ModelDef>, relation: &RelationDef) -> Result<Way> {
    let (pairs, is_ours) = reference_along(model, target, relation)?;
    let (referring, referred): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let (parent_fields, holder_fields) = if is_ours { (referring, referred) } else { (referred, referring) };
    Ok(Way { parent_fields, holder: target.clone(), holder_fields, join: Vec::new() })
}

/// The reference that leads along a relation, and whether it is of the model itself.
fn reference_along(
    model: &Arc<ModelDef>,
    target: &Arc<ModelDef>,
    relation: &RelationDef,
) -> Result<(Pairs, bool)> {
    let by = relation.by.as_deref();
    let ours = || only(model, target, by_field(model, references(model, target)?, by));
    let theirs = || only(target, model, by_field(target, references(target, model)?, by));
    match relation.kind {
        RelationKind::One => match ours()? {
            Some(pairs) => Ok((pairs, true)),
            None => Ok((theirs()?.ok_or_else(|| no_reference(model, target, by))?, false)),
        },
        RelationKind::Many => match theirs()? {
            Some(pairs) => Ok((pairs, false)),
            None => Ok((ours()?.ok_or_else(|| no_reference(model, target, by))?, true)),
        },
    }
}

/// Along two references of an association model: one to the parent, one to the related model. Between rows of
/// one model, `by` names the field that points at the parent, else the first reference does.
fn through_association(
    model: &Arc<ModelDef>,
    association: &Arc<ModelDef>,
    target: &Arc<ModelDef>,
    relation: &RelationDef,
) -> Result<Way> {
    let (source, onward) = both_references(model, association, target, relation)?;
    let column = |model: &Arc<ModelDef>, field| ColumnRef { model: model.clone(), field };
    let join =
        onward.into_iter().map(|(left, right)| (column(association, left), column(target, right))).collect();
    let (holder_fields, parent_fields) = source.into_iter().unzip();
    Ok(Way { parent_fields, holder: association.clone(), holder_fields, join })
}

/// The references of an association model to the parent and to the related model.
fn both_references(
    model: &Arc<ModelDef>,
    association: &Arc<ModelDef>,
    target: &Arc<ModelDef>,
    relation: &RelationDef,
) -> Result<(Pairs, Pairs)> {
    let to_parent = references(association, model)?;
    let to_target = references(association, target)?;
    let missing = |end: &ModelDef| no_reference(association, end, None);
    let by = relation.by.as_deref();
    let (source, onward) = if model.id() == target.id() {
        let source = by_field(association, to_parent, by).into_iter().next().ok_or_else(|| missing(model))?;
        let others = to_target.into_iter().filter(|pairs| *pairs != source).collect();
        (source, only(association, target, others)?)
    } else {
        // `by` may name either of the two; the other one is not bound by it.
        let narrowed = |found: Vec<Pairs>| match by_field(association, found.clone(), by) {
            named if named.is_empty() => found,
            named => named,
        };
        let source = only(association, model, narrowed(to_parent))?.ok_or_else(|| missing(model))?;
        (source, only(association, target, narrowed(to_target))?)
    };
    Ok((source, onward.ok_or_else(|| missing(target))?))
}

/// Every reference of `from` to `to`.
fn references(from: &Arc<ModelDef>, to: &Arc<ModelDef>) -> Result<Vec<Pairs>> {
    let mut found = Vec::new();
    for reference in from.references() {
        // One that is not known yet may be of another model.
        if reference.target.name() != to.name() && reference.target.resolve().is_err() {
            continue;
        }
        let (target, fields) = reference.resolve().map_err(|error| error.with_model(from.name()))?;
        let pairs: Pairs = reference.fields.iter().copied().zip(fields).collect();
        if target.id() == to.id() && !found.contains(&pairs) {
            found.push(pairs);
        }
    }
    Ok(found)
}

/// Those references that the field `by` belongs to; all of them where no field is named.
fn by_field(from: &ModelDef, mut found: Vec<Pairs>, by: Option<&str>) -> Vec<Pairs> {
    if let Some(name) = by {
        let field = from.position(name);
        found.retain(|pairs| pairs.iter().any(|(referring, _)| Some(*referring) == field));
    }
    found
}

/// The one reference; none where there is none.
fn only(from: &ModelDef, to: &ModelDef, mut found: Vec<Pairs>) -> Result<Option<Pairs>> {
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let names: Vec<String> = found
        .iter()
        .map(|pairs| {
            pairs.iter().map(|(field, _)| from.fields()[*field].name.as_str()).collect::<Vec<_>>().join(", ")
        })
        .collect();
    Err(Error::new(
        ErrorKind::Schema,
        format!(
            "{} refers to {} by {}; name the field that the relation goes by",
            from.name(),
            to.name(),
            names.join(" and by ")
        ),
    ))
}

fn no_reference(from: &ModelDef, to: &ModelDef, by: Option<&str>) -> Error {
    let by = by.map(|name| format!(" by a field {name:?}")).unwrap_or_default();
    let message = format!("no reference{by} leads from {} to {} or back; add one", from.name(), to.name());
    Error::new(ErrorKind::Schema, message)
}

fn columns(model: &Arc<ModelDef>, fields: &[usize]) -> Vec<ColumnRef> {
    fields.iter().map(|field| ColumnRef { model: model.clone(), field: *field }).collect()
}

/// The fields of a row equal one of the keys.
pub(crate) fn is_one_of(model: &Arc<ModelDef>, fields: &[usize], keys: &[Vec<Value>]) -> Result<Expr> {
    if let Some(key) = keys.iter().find(|key| key.len() != fields.len()) {
        let message = format!("a key of {} values was given for {} fields", key.len(), fields.len());
        return Err(Error::new(ErrorKind::Internal, message));
    }
    let full: Vec<&Vec<Value>> = keys.iter().filter(|key| !key.iter().any(Value::is_null)).collect();
    if let [field] = fields {
        let values = full.iter().flat_map(|key| key.iter().cloned()).collect();
        let column = ColumnRef { model: model.clone(), field: *field };
        return Ok(Expr::Apply(Operator::In, vec![Expr::Column(column), Expr::List(values)]));
    }
    let equals = |key: &Vec<Value>| {
        let pairs = columns(model, fields).into_iter().zip(key.iter().cloned());
        Expr::And(
            pairs
                .map(|(column, value)| Expr::binary(Operator::Eq, Expr::Column(column), Expr::Value(value)))
                .collect(),
        )
    };
    let mut alternatives: Vec<Expr> = full.iter().map(|key| equals(key)).collect();
    // Filled up with the last key to a power of two: few shapes serve every number of parents.
    if let Some(last) = full.last() {
        alternatives.resize_with(full.len().next_power_of_two(), || equals(last));
    }
    Ok(Expr::Or(alternatives))
}
