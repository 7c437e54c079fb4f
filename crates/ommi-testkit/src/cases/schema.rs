//! `use_models`, `remove_models` and `recreate_models`: nothing is destroyed unasked, every difference is told.

use ommi_core::schema::{Action, ModelBuilder};

use crate::case::cases;
use crate::kit::*;

cases! {
    using_models_creates_their_tables,
    using_models_twice_keeps_their_rows,
    using_models_brings_those_they_refer_to,
    using_models_in_any_order,
    removed_models_are_gone,
    models_removed_twice,
    removing_models_that_refer_to_each_other,
    removing_a_model_that_is_referred_to [ForeignKeys],
    removing_a_model_that_an_empty_one_refers_to [ForeignKeys],
    recreated_models_are_empty,
    recreated_models_take_their_new_form,
    setup_in_a_transaction_is_rolled_back [TransactionalSchema],
    removal_in_a_transaction_is_rolled_back [TransactionalSchema],
    a_reference_that_leads_nowhere_is_an_error,
    models_that_refer_to_each_other_in_a_circle,
    models_that_all_refer_to_each_other,
}

fn items(more: impl FnOnce(ModelBuilder) -> ModelBuilder) -> Arc<ModelDef> {
    models::built(more(ModelDef::builder("Item").table("items").field(models::id())))
}

fn named(model: ModelBuilder) -> ModelBuilder {
    model.field(FieldDef::new("name", FieldType::Text))
}

fn using_models_creates_their_tables(db: &Db) -> Result<()> {
    let user = models::user();
    assert!(!db.handle().is_ready(&user));
    db.set_up(&[&user])?;
    assert!(db.handle().is_ready(&user));
    assert_eq!(db.explicit().session().count(find(&user))?, 0);
    Ok(())
}

fn using_models_twice_keeps_their_rows(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.watch().scripts();
    for _ in 0..3 {
        db.set_up(&[&user])?;
    }
    now(db.explicit().use_models(vec![user.clone()]))?;
    assert_eq!(db.count(find(&user))?, 5);
    assert_eq!(db.watch().scripts(), [] as [&str; 0], "there is nothing to do");
    Ok(())
}

fn using_models_brings_those_they_refer_to(db: &Db) -> Result<()> {
    let blog = models::blog();
    db.set_up(&[&blog.post_tag])?;
    for model in [&blog.post_tag, &blog.post, &blog.tag, &blog.user] {
        assert!(db.handle().is_ready(model), "{}", model.name());
    }
    assert!(!db.handle().is_ready(&blog.message));
    Ok(())
}

fn using_models_in_any_order(db: &Db) -> Result<()> {
    let blog = models::blog();
    db.set_up(&[&blog.message, &blog.post_tag, &blog.tag, &blog.profile, &blog.post, &blog.user])?;
    blog.fill(db)
}

fn removed_models_are_gone(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    now(db.handle().remove_models(vec![user.clone()]))?;
    assert!(!db.handle().is_ready(&user));
    let error = refused(db.explicit().session().rows(find(&user)), ErrorKind::ModelNotFound);
    assert_eq!(error.model(), Some("User"));
    // Set up anew by the next use, it is empty.
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn models_removed_twice(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for _ in 0..2 {
        now(db.handle().remove_models(vec![user.clone()]))?;
    }
    now(db.handle().remove_models(vec![models::sample()]))
}

fn removing_models_that_refer_to_each_other(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let all = vec![
        blog.user.clone(),
        blog.tag.clone(),
        blog.post.clone(),
        blog.post_tag.clone(),
        blog.profile.clone(),
        blog.message.clone(),
    ];
    now(db.handle().remove_models(all.clone()))?;
    for model in &all {
        refused(db.explicit().session().rows(find(model)), ErrorKind::ModelNotFound);
    }
    Ok(())
}

fn removing_a_model_that_is_referred_to(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::pointing("Visit", &user, Action::Restrict);
    db.add(&visit, &[("target_id", int(1))])?;
    refused(now(db.handle().remove_models(vec![user.clone()])), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}

fn removing_a_model_that_an_empty_one_refers_to(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let visit = models::pointing("Visit", &user, Action::SetNull);
    db.set_up(&[&visit])?;
    let alone = || vec![user.clone()];
    refused(now(db.handle().remove_models(alone())), ErrorKind::ForeignKeyViolation);
    refused(now(db.handle().recreate_models(alone())), ErrorKind::ForeignKeyViolation);
    assert_eq!(db.count(find(&user))?, 5);
    now(db.handle().recreate_models(vec![user.clone(), visit.clone()]))?;
    db.add(&user, &[("name", text("Ada"))])?;
    now(db.handle().remove_models(vec![visit]))?;
    now(db.handle().remove_models(alone()))
}

fn recreated_models_are_empty(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    now(db.handle().recreate_models(vec![user.clone()]))?;
    assert!(db.handle().is_ready(&user));
    assert_eq!(db.count(find(&user))?, 0);
    models::add_people(db, &user)
}

fn recreated_models_take_their_new_form(db: &Db) -> Result<()> {
    let old = items(named);
    db.add(&old, &[("name", text("a"))])?;
    let new = items(|model| {
        model.field(FieldDef::new("name", FieldType::Int)).field(FieldDef::new("size", FieldType::Int))
    });
    now(db.handle().recreate_models(vec![new.clone()]))?;
    db.add(&new, &[("name", int(1)), ("size", int(2))])?;
    assert_eq!(db.rows(find(&new))?, [[int(1), int(1), int(2)]]);
    Ok(())
}

fn setup_in_a_transaction_is_rolled_back(db: &Db) -> Result<()> {
    let user = models::user();
    let tx = db.begin()?;
    now(tx.session().use_models(vec![user.clone()]))?;
    tx.session().add(&user, &[("name", text("Ada"))])?;
    assert!(!db.handle().is_ready(&user), "others know of it after the commit only");
    now(tx.rollback())?;
    refused(db.explicit().session().rows(find(&user)), ErrorKind::ModelNotFound);
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn removal_in_a_transaction_is_rolled_back(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    now(tx.session().remove_models(vec![user.clone()]))?;
    now(tx.rollback())?;
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}

fn a_reference_that_leads_nowhere_is_an_error(db: &Db) -> Result<()> {
    let target = ommi_core::schema::ModelLink::new("Ghost", || {
        Err(Error::new(ErrorKind::Schema, "there is no model Ghost"))
    });
    let reference =
        ommi_core::schema::ReferenceDef { target, ..models::to(&models::user(), Action::Restrict) };
    let lost = items(|model| {
        model.field(FieldDef::new("ghost_id", FieldType::Int)).reference(["ghost_id"], reference)
    });
    let error = refused(db.set_up(&[&lost]), ErrorKind::Schema);
    assert_eq!(error.model(), Some("Item"));
    assert!(error.message().contains("Ghost"), "{error}");
    Ok(())
}

fn models_that_refer_to_each_other_in_a_circle(db: &Db) -> Result<()> {
    let known: Arc<std::sync::OnceLock<Arc<ModelDef>>> = Arc::default();
    let later = known.clone();
    let target = ommi_core::schema::ModelLink::new("Hen", move || {
        later.get().cloned().ok_or_else(|| Error::new(ErrorKind::Schema, "there is no model Hen yet"))
    });
    let egg = models::built(
        ModelDef::builder("Egg")
            .field(models::id())
            .field(FieldDef::new("hen_id", FieldType::Int).nullable())
            .reference(
                ["hen_id"],
                ommi_core::schema::ReferenceDef { target, ..models::to(&models::user(), Action::SetNull) },
            ),
    );
    let hen = known.get_or_init(|| models::pointing("Hen", &egg, Action::SetNull)).clone();
    db.set_up(&[&egg])?;
    let first = db.add(&egg, &[("hen_id", NULL)])?;
    let mother = db.add(&hen, &[("target_id", int(first))])?;
    db.change(find(&egg), &[("hen_id", lit(mother))])?;
    now(db.handle().recreate_models(vec![hen.clone(), egg.clone()]))?;
    assert_eq!(db.count(find(&egg))? + db.count(find(&hen))?, 0);
    now(db.handle().remove_models(vec![egg, hen]))
}

fn models_that_all_refer_to_each_other(db: &Db) -> Result<()> {
    let known: Arc<std::sync::OnceLock<Vec<Arc<ModelDef>>>> = Arc::default();
    let reference = |target: usize| {
        let later = known.clone();
        let target = ommi_core::schema::ModelLink::new(format!("M{target}"), move || {
            let found = later.get().map(|models| models[target].clone());
            found.ok_or_else(|| Error::new(ErrorKind::Schema, "the models are not there yet"))
        });
        ommi_core::schema::ReferenceDef { target, ..models::to(&models::user(), Action::Cascade) }
    };
    let model = |number: usize| {
        let others = (0..3).filter(|other| *other != number);
        let start = ModelDef::builder(format!("M{number}")).table(format!("m{number}")).field(models::id());
        models::built(others.fold(start, |builder, other| {
            let name = format!("m{other}_id");
            let field = FieldDef::new(name.as_str(), FieldType::Int).nullable();
            builder.field(field).reference([name], reference(other))
        }))
    };
    let all = known.get_or_init(|| (0..3).map(model).collect()).clone();
    for _ in 0..2 {
        db.set_up(&all.iter().collect::<Vec<_>>())?;
        let first = db.add(&all[0], &[("m1_id", NULL)])?;
        let second = db.add(&all[1], &[("m0_id", int(first))])?;
        db.add(&all[2], &[("m0_id", int(first)), ("m1_id", int(second))])?;
        db.change(find(&all[0]), &[("m1_id", lit(second))])?;
        now(db.handle().remove_models(all.clone()))?;
    }
    let names = all.iter().map(|model| model.table().to_owned()).collect();
    assert_eq!(now(db.handle().driver().introspect(names))?.len(), 0);
    Ok(())
}
