//! The queries that load relations.

use ommi_core::query::{Operator, Projection};
use ommi_core::schema::{FieldDef, ModelLink, ReferenceDef, RelationDef, RelationKind};
use ommi_core::value::Value;

use super::*;
use crate::limits::tests::free;
use crate::planner;
use crate::relations::{RelationLoad, relation_query};
use crate::testing::models;

fn load(model: &Arc<ModelDef>, name: &str, keys: &[Vec<Value>]) -> RelationLoad {
    relation_query(model, model.relation(name).unwrap(), keys).unwrap()
}

/// The names of the cells that are the parents' keys.
fn row_keys(load: &RelationLoad) -> Vec<String> {
    let model = &load.query.model;
    let mut cells: Vec<_> =
        model.fields().iter().map(|field| format!("{}.{}", model.name(), field.name)).collect();
    if let Projection::ModelWith(columns) = &load.query.projection {
        cells.extend(
            columns.iter().map(|column| format!("{}.{}", column.model.name(), column.definition().name)),
        );
    }
    load.row_keys.iter().map(|key| cells[*key].clone()).collect()
}

fn tables(load: &RelationLoad) -> Vec<String> {
    let plan = planner::plan(&Operation::Fetch(load.query.clone()), &free()).unwrap().plan;
    assert!(!plan.semi_join);
    plan.tables.iter().map(|table| table.name().to_owned()).collect()
}

fn keys(values: impl IntoIterator<Item = Value>) -> Vec<Vec<Value>> {
    values.into_iter().map(|value| vec![value]).collect()
}

#[test]
fn one_row_is_found_where_the_parent_points() {
    let user = &models().user;
    let load = load(user, "home", &keys(["TD".into(), Value::Null, "FR".into()]));
    assert_eq!(load.parent_fields, [user.require_field("country").unwrap()]);
    assert_eq!(row_keys(&load), ["Country.code"]);
    assert_eq!(tables(&load), ["Country"]);
    let Some(Expr::Apply(Operator::In, operands)) = &load.query.filter else {
        panic!("{:?}", load.query.filter)
    };
    assert!(matches!(&operands[1], Expr::List(values) if values.len() == 2));
}

#[test]
fn many_rows_are_found_where_they_point_at_the_parent() {
    let load = load(&models().user, "posts", &keys([1.into(), 2.into()]));
    assert_eq!(load.parent_fields, [0]);
    assert_eq!(row_keys(&load), ["Post.author_id"]);
    assert_eq!(load.query.order.len(), 1);
}

#[test]
fn an_association_leads_through_its_two_references() {
    let load = load(&models().user, "roles", &keys([1.into()]));
    assert_eq!(load.query.model.name(), "Role");
    assert_eq!(load.parent_fields, [0]);
    assert_eq!(row_keys(&load), ["UserRole.user_id"]);
    assert_eq!(tables(&load), ["Role", "UserRole"]);
}

#[test]
fn an_association_between_rows_of_one_model_begins_at_its_first_reference() {
    let user = &models().user;
    let load = load(user, "followed", &keys([1.into()]));
    assert_eq!(row_keys(&load), ["Follow.follower"]);
    assert_eq!(tables(&load), ["User", "Follow"]);
    let backwards = RelationDef { by: Some("followed".into()), ..user.relation("followed").unwrap().clone() };
    let load = relation_query(user, &backwards, &keys([1.into()])).unwrap();
    assert_eq!(row_keys(&load), ["Follow.followed"]);
    assert_eq!(tables(&load), ["User", "Follow"]);
}

#[test]
fn composite_keys_are_alternatives_of_few_shapes() {
    let pairs: Vec<Vec<Value>> = (0..5).map(|id| vec![id.into(), id.into()]).collect();
    let load = load(&models().review, "granted", &pairs);
    assert_eq!(load.parent_fields, [1, 2]);
    assert_eq!(row_keys(&load), ["UserRole.user_id", "UserRole.role_id"]);
    let Some(Expr::Or(alternatives)) = &load.query.filter else { panic!("{:?}", load.query.filter) };
    assert_eq!(alternatives.len(), 8);
}

#[test]
fn without_keys_nothing_is_found() {
    let load = load(&models().user, "posts", &[]);
    let plan = planner::plan(&Operation::Fetch(load.query), &free()).unwrap().plan;
    assert!(matches!(plan.filter, Some(ommi_core::plan::PlanExpr::Constant(false))));
}

/// Two references between the same two models need `by`.
#[test]
fn an_ambiguous_relation_names_the_fields() {
    let user = models().user.clone();
    let reference = || ReferenceDef {
        fields: vec![],
        target: ModelLink::new("User", || Ok(models().user.clone())),
        target_fields: vec![],
        on_delete: Default::default(),
        on_update: Default::default(),
    };
    let int = |name| FieldDef::new(name, ommi_core::schema::FieldType::Int);
    let mail = ModelDef::builder("Mail")
        .field(int("id"))
        .field(int("sender"))
        .field(int("receiver"))
        .reference(["sender"], reference())
        .reference(["receiver"], reference())
        .build()
        .unwrap();
    let mut relation = RelationDef {
        name: "user".into(),
        kind: RelationKind::One,
        target: ModelLink::new("User", move || Ok(user.clone())),
        through: None,
        by: None,
        optional: false,
    };
    let error = relation_query(&mail, &relation, &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Mail.user: Mail refers to User by sender and by receiver; name the field that the relation goes by"
    );
    relation.by = Some("receiver".into());
    assert_eq!(relation_query(&mail, &relation, &[]).unwrap().parent_fields, [2]);
    relation.by = Some("nobody".into());
    let error = relation_query(&mail, &relation, &[]).unwrap_err();
    assert_eq!(error.kind(), ommi_core::ErrorKind::Schema);
}
