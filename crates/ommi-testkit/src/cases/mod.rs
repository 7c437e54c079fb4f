//! The behaviours, one file for each topic.

mod after;
mod aggregate;
mod arithmetic;
mod at_once;
mod cancel;
mod choice;
mod closing;
mod comparison;
mod computed;
mod constraint;
mod delete;
mod difference;
mod every_type;
mod find_or_add;
mod function;
mod graph;
mod group;
mod hermitage;
mod insert;
mod isolation;
mod join;
mod limits;
mod list;
mod lock;
mod logic;
mod membership;
mod migration;
mod migration_run;
mod names;
mod order;
mod path;
mod pattern;
mod plan_cache;
mod query_cache;
mod races;
mod random;
mod random_join;
mod raw;
mod related;
mod relation;
mod returning;
mod roundtrip;
mod roundtrip_numbers;
mod roundtrip_times;
mod sample;
mod save;
mod savepoint;
mod schema;
mod selection;
mod setup;
mod stream;
mod subquery;
mod text;
mod transaction;
mod transaction_end;
mod transfers;
mod update;
mod update_each;
mod upsert;

use crate::case::Case;

/// Behaviours that belong together.
pub(crate) struct Topic {
    pub(crate) name: &'static str,
    pub(crate) cases: &'static [Case],
}

macro_rules! topics {
    ($($name:ident),+ $(,)?) => {
        /// All behaviours. A topic that is left out is reported by the compiler as dead code.
        pub(crate) const TOPICS: &[Topic] = &[$(Topic { name: stringify!($name), cases: $name::CASES }),+];
    };
}

topics! {
    comparison,
    every_type,
    arithmetic,
    text,
    pattern,
    membership,
    list,
    logic,
    order,
    selection,
    path,
    after,
    sample,
    computed,
    function,
    choice,
    aggregate,
    group,
    join,
    update,
    upsert,
    find_or_add,
    returning,
    update_each,
    delete,
    at_once,
    insert,
    graph,
    save,
    constraint,
    roundtrip,
    roundtrip_numbers,
    roundtrip_times,
    limits,
    names,
    schema,
    difference,
    setup,
    migration,
    migration_run,
    transaction,
    isolation,
    lock,
    hermitage,
    races,
    transaction_end,
    transfers,
    savepoint,
    stream,
    subquery,
    raw,
    relation,
    related,
    plan_cache,
    query_cache,
    closing,
    random,
    random_join,
    cancel,
}
