//! Rows that are found by unique values, or added.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ommi_core::query::Resolution;

use super::races::at_once;
use super::upsert::{FIELDS, on, row, set, visitor, visitors};
use crate::case::cases;
use crate::kit::*;

cases! {
    a_row_is_found_or_added,
    a_row_is_updated_or_added,
    many_who_look_for_a_row_at_once_find_the_same,
}

/// The row that is found or added, and whether it was added.
fn get(session: &Session, model: &Arc<ModelDef>, row: &Row, resolution: Resolution) -> Result<(Row, bool)> {
    let positions = FIELDS.iter().map(|name| model.require_field(name)).collect::<Result<Vec<_>>>()?;
    let batch = crate::run::batch(FIELDS.len(), std::slice::from_ref(row));
    let conflict = on(model, &["email"], resolution);
    let (found, is_new) = now(session.find_or_add(model.clone(), positions, batch, conflict))?;
    let mut rows = crate::run::unpacked(&found)?;
    assert_eq!(rows.len(), 1);
    Ok((rows.remove(0), is_new))
}

fn a_row_is_found_or_added(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let (ada, is_new) = get(db, &visitor, &row("ada", NULL, "x", 0), Resolution::Ignore)?;
    assert_eq!((ada, is_new), (vec![int(1), text("ada"), int(7), text("Ada"), int(3)], false));
    let (cyd, is_new) = get(db, &visitor, &row("cyd", NULL, "Cyd", 0), Resolution::Ignore)?;
    assert_eq!((&cyd[1..], is_new), (row("cyd", NULL, "Cyd", 0).as_slice(), true));
    let (again, is_new) = get(db, &visitor, &row("cyd", NULL, "x", 9), Resolution::Ignore)?;
    assert_eq!((again, is_new), (cyd, false));
    Ok(())
}

fn a_row_is_updated_or_added(db: &Db) -> Result<()> {
    let visitor = visitors(db)?;
    let count = || set(&visitor, &[("visits", field(&visitor, "visits").is(Add, 1))]);
    let (ada, is_new) = get(db, &visitor, &row("ada", NULL, "x", 1), count())?;
    assert_eq!((ada, is_new), (vec![int(1), text("ada"), int(7), text("Ada"), int(4)], false));
    let (cyd, is_new) = get(db, &visitor, &row("cyd", NULL, "Cyd", 1), count())?;
    assert_eq!((&cyd[1..], is_new), (row("cyd", NULL, "Cyd", 1).as_slice(), true));
    let tx = db.begin()?;
    let (cyd, is_new) = get(&tx.session(), &visitor, &row("cyd", NULL, "Cyd", 1), count())?;
    assert_eq!((&cyd[1..], is_new), (row("cyd", NULL, "Cyd", 2).as_slice(), false));
    now(tx.commit())
}

fn many_who_look_for_a_row_at_once_find_the_same(db: &Db) -> Result<()> {
    let visitor = visitor();
    db.set_up(&[&visitor])?;
    let handle = db.handle().clone();
    let new = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    at_once(32, |task| {
        let wanted = row("ada", NULL, &format!("n{task}"), 1);
        let (row, is_new) = get(&handle.session(), &visitor, &wanted, Resolution::Ignore)?;
        new.fetch_add(usize::from(is_new), Ordering::SeqCst);
        found.lock().unwrap().push(row);
        Ok(())
    })?;
    let found = found.into_inner().unwrap();
    assert_eq!((new.load(Ordering::SeqCst), found.len()), (1, 32));
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
    assert_eq!(db.count(find(&visitor))?, 1);
    Ok(())
}
