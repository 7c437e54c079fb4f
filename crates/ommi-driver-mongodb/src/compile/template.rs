//! `Template`: a command with holes for values. A plan becomes one once; each run fills it.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use mongodb::bson::raw::{CStr, RawDocumentBuf};
use mongodb::bson::{Decimal128, RawArrayBuf, RawBson};
use ommi_core::Result;
use ommi_core::driver::Param;
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

use super::pattern::{self, PatternKind};
use super::prefix::prefix_end;
use super::same;
use crate::program::broken_plan;
use crate::value::encode;

/// A key of a document.
pub(crate) type Key = Cow<'static, CStr>;

/// BSON with holes. No value ever becomes an operator: holes stand where MongoDB reads values only.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    /// A part of a document that is left out.
    Nothing,
    /// What is the same in every run.
    Fixed(RawBson),
    /// A document.
    Document(Vec<(Key, Template)>),
    /// An array.
    Array(Vec<Template>),
    /// A value.
    Hole(Hole),
    /// What depends on a value beyond its place.
    Choice(Box<Choice>),
}

/// Where a value goes.
#[derive(Debug, Clone)]
pub(crate) struct Hole {
    /// The parameter's position.
    pub(crate) param: usize,
    /// What is made of it.
    pub(crate) fill: Fill,
}

/// What is made of a value.
#[derive(Debug, Clone)]
pub(crate) enum Fill {
    /// Itself, as a value of this type.
    Value(Operand),
    /// Itself as stored lists hold it: what JSON has no word for is text there.
    Item(Operand),
    /// The members of a list that are not NULL.
    Members(Operand),
    /// The same and NULL.
    MembersAndNull(Operand),
    /// Whether a stored nested value is the same as it, or as a member of the list: see [`same`].
    Same(Operand),
    /// The smallest text that is greater than all that begin with it.
    PrefixEnd,
    /// A pattern as a regular expression.
    Pattern(PatternKind),
    /// A number of rows to be left out.
    Skip,
    /// A count of something else.
    Count,
    /// A power of ten.
    Power(Power),
    /// A number of rows, so that together with those of `after` it does not overflow; one where it is zero.
    Limit {
        /// The parameter that says how many rows are left out before.
        after: Option<usize>,
    },
}

/// A power of ten with a number as the exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    /// As a float.
    Float,
    /// As a decimal.
    Decimal,
    /// One by that power, as a decimal.
    Unit,
}

impl Power {
    fn of(self, exponent: i64) -> Result<RawBson> {
        let decimal = |text: String| Decimal128::from_str(&text).map(RawBson::Decimal128).ok();
        let power = match self {
            Power::Float => format!("1e{exponent}").parse().map(RawBson::Double).ok(),
            Power::Decimal => decimal(format!("1E{exponent}")),
            Power::Unit => decimal(format!("1E-{exponent}")),
        };
        power.ok_or_else(|| broken_plan("a power of ten is beyond all numbers"))
    }
}

/// The type of a value, and the field that an error about it names.
#[derive(Debug, Clone)]
pub(crate) struct Operand {
    pub(crate) ty: FieldType,
    /// `Model.field`.
    pub(crate) place: Arc<str>,
}

/// One of two, by a value.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) test: Test,
    pub(crate) yes: Template,
    pub(crate) no: Template,
}

/// What is asked of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// It is NULL.
    IsNull(usize),
    /// The list holds NULL.
    HasNull(usize),
    /// No text is greater than all that begin with it.
    HasNoEnd(usize),
    /// It is zero.
    IsZero(usize),
    /// It is a pattern whose search may be given up.
    MayBeGivenUp(usize, PatternKind),
}

impl Template {
    /// The document that this is a template of.
    ///
    /// # Errors
    /// `Validation` or `Unsupported` for a value that MongoDB cannot hold.
    pub(crate) fn document(&self, params: &[Param]) -> Result<RawDocumentBuf> {
        match self.fill(params)? {
            Some(RawBson::Document(document)) => Ok(document),
            Some(_) | None => Err(broken_plan("a command is no document")),
        }
    }

    fn fill(&self, params: &[Param]) -> Result<Option<RawBson>> {
        Ok(Some(match self {
            Template::Nothing => return Ok(None),
            Template::Fixed(value) => value.clone(),
            Template::Document(parts) => {
                let mut document = RawDocumentBuf::new();
                for (key, part) in parts {
                    part.append(key, params, &mut document)?;
                }
                RawBson::Document(document)
            }
            Template::Array(parts) => {
                let mut array = RawArrayBuf::new();
                for part in parts {
                    if let Some(value) = part.fill(params)? {
                        array.push(value);
                    }
                }
                RawBson::Array(array)
            }
            Template::Hole(hole) => hole.value(params)?,
            Template::Choice(choice) => return choice.taken(params)?.fill(params),
        }))
    }

    /// As [`fill`](Self::fill), without a copy of what is fixed.
    fn append(&self, key: &CStr, params: &[Param], document: &mut RawDocumentBuf) -> Result<()> {
        match self {
            Template::Fixed(value) => document.append(key, value),
            Template::Choice(choice) => choice.taken(params)?.append(key, params, document)?,
            Template::Nothing | Template::Document(_) | Template::Array(_) | Template::Hole(_) => {
                if let Some(value) = self.fill(params)? {
                    document.append(key, value);
                }
            }
        }
        Ok(())
    }
}

impl Choice {
    fn taken(&self, params: &[Param]) -> Result<&Template> {
        let is_so = match self.test {
            Test::IsNull(param) => matches!(params.get(param), Some(Param::Scalar(Value::Null))),
            Test::HasNull(param) => list(params, param)?.iter().any(Value::is_null),
            Test::HasNoEnd(param) => prefix_end(text(params, param)?).is_none(),
            Test::IsZero(param) => count(params, param)? == 0,
            Test::MayBeGivenUp(param, kind) => pattern::may_be_given_up(kind, text(params, param)?),
        };
        Ok(if is_so { &self.yes } else { &self.no })
    }
}

impl Hole {
    fn value(&self, params: &[Param]) -> Result<RawBson> {
        Ok(match &self.fill {
            Fill::Value(operand) => operand.encode(scalar(params, self.param)?)?,
            Fill::Item(operand) => match scalar(params, self.param)? {
                Value::Decimal(value) => RawBson::String(value.to_plain_string()),
                Value::Uuid(value) => RawBson::String(value.to_string()),
                value => operand.encode(value)?,
            },
            Fill::Members(operand) => RawBson::Array(self.members(operand, params)?),
            Fill::MembersAndNull(operand) => {
                let mut members = self.members(operand, params)?;
                members.push(RawBson::Null);
                RawBson::Array(members)
            }
            Fill::Same(operand) => {
                let values = match params.get(self.param) {
                    Some(Param::Scalar(value)) => std::slice::from_ref(value),
                    Some(Param::List(values)) => values,
                    None => return Err(broken_plan("a parameter is missing")),
                };
                let known = values.iter().filter(|value| !value.is_null());
                same::is_any(known.map(|value| operand.encode(value)))?
            }
            Fill::PrefixEnd => match prefix_end(text(params, self.param)?) {
                Some(end) => RawBson::String(end),
                None => RawBson::Null,
            },
            Fill::Pattern(kind) => RawBson::String(pattern::translated(*kind, text(params, self.param)?)?),
            Fill::Skip | Fill::Count => RawBson::Int64(count(params, self.param)?),
            Fill::Power(power) => power.of(count(params, self.param)?)?,
            Fill::Limit { after } => {
                let before = after.map_or(Ok(0), |param| count(params, param))?;
                RawBson::Int64(count(params, self.param)?.min(i64::MAX - before).max(1))
            }
        })
    }

    fn members(&self, operand: &Operand, params: &[Param]) -> Result<RawArrayBuf> {
        let known = list(params, self.param)?.iter().filter(|value| !value.is_null());
        let mut members = RawArrayBuf::new();
        for value in known {
            members.push(operand.encode(value)?);
        }
        Ok(members)
    }
}

impl Operand {
    fn encode(&self, value: &Value) -> Result<RawBson> {
        encode(value, &self.ty, &self.place)
    }
}

fn scalar(params: &[Param], param: usize) -> Result<&Value> {
    match params.get(param) {
        Some(Param::Scalar(value)) => Ok(value),
        Some(Param::List(_)) | None => Err(broken_plan("a parameter is missing or a list")),
    }
}

fn list(params: &[Param], param: usize) -> Result<&[Value]> {
    match params.get(param) {
        Some(Param::List(values)) => Ok(values),
        Some(Param::Scalar(_)) | None => Err(broken_plan("a list of values is missing or one value")),
    }
}

fn text(params: &[Param], param: usize) -> Result<&str> {
    match scalar(params, param)? {
        Value::Text(text) => Ok(text),
        other => Err(broken_plan(format!("a text is {}", other.kind_name()))),
    }
}

fn count(params: &[Param], param: usize) -> Result<i64> {
    match scalar(params, param)? {
        Value::Int(count) => Ok((*count).max(0)),
        other => Err(broken_plan(format!("a number of rows is {}", other.kind_name()))),
    }
}
