//! What a collection's validator refused, told from its account: which rule, of which field.

use mongodb::bson::{Bson, Document};
use ommi_core::{Error, ErrorKind};

use crate::value::column_name;

/// The error for what a validator says of a document. Its account holds the document's values: only names are taken.
pub(super) fn error(details: &Document) -> Error {
    let rules = details
        .get_document("errInfo")
        .and_then(|info| info.get_document("details"))
        .and_then(|details| details.get_array("schemaRulesNotSatisfied"));
    let first = rules.ok().and_then(|rules| rules.iter().filter_map(Bson::as_document).find_map(broken_rule));
    first.unwrap_or_else(|| Error::new(ErrorKind::Constraint, "the collection's validator refused the row"))
}

fn broken_rule(rule: &Document) -> Option<Error> {
    match rule.get_str("operatorName").ok()? {
        "required" => {
            let missing = rule.get_array("missingProperties").ok()?.first()?.as_str()?;
            Some(required(&column_name(missing)))
        }
        "properties" => {
            let property = rule.get_array("propertiesNotSatisfied").ok()?.first()?.as_document()?;
            let column = column_name(property.get_str("propertyName").ok()?);
            let rule = property.get_array("details").ok()?.first()?.as_document()?;
            Some(broken_property(&column, rule))
        }
        _another => None,
    }
}

fn broken_property(column: &str, rule: &Document) -> Error {
    let is_null = rule.get_str("consideredType").is_ok_and(|found| found == "null");
    match rule.get_str("operatorName") {
        Ok("bsonType") if is_null => required(column),
        Ok("maxLength") => located(
            ErrorKind::CheckViolation,
            format!("a check refused the row: the text in {column} is too long"),
            column,
        ),
        Ok("bsonType" | "type") => located(
            ErrorKind::Query,
            format!("a value does not fit its column: it is out of range or of another type ({column})"),
            column,
        ),
        Ok(_) | Err(_) => {
            located(ErrorKind::CheckViolation, format!("a check refused the row ({column})"), column)
        }
    }
}

fn required(column: &str) -> Error {
    located(ErrorKind::NotNullViolation, format!("a value is required ({column})"), column)
}

fn located(kind: ErrorKind, message: String, column: &str) -> Error {
    Error::new(kind, message).with_constraint(None, vec![column.to_owned()])
}
