//! Where sea-query writes a statement: the text, and for each placeholder the plan's parameter behind it.
//!
//! sea-query knows values only, so a parameter travels through it as an unsigned integer that [`Writer`]
//! turns into a placeholder. The binds come out in the order of the placeholders: of the text where they are `?`,
//! of their numbers where they have one.

use std::fmt;

use ommi_core::driver::{Bind, Transform};
use ommi_core::plan::{ParamType, Plan};
use sea_query::{Expr, QueryBuilder, SqlWriter, Value};

use crate::mysql::ListSpot;
use crate::{Dialect, mysql, postgres};

/// In place of a limit where OFFSET cannot stand without LIMIT.
pub(crate) const NO_LIMIT: u64 = u64::MAX;

const TRANSFORMS: &[Transform] = &[
    Transform::Plain,
    Transform::PrefixEnd,
    Transform::LikeToGlob,
    Transform::RegexToPostgres,
    Transform::IlikeToPostgres,
    Transform::RegexToMysql,
    Transform::IlikeToMysql,
];

/// The stand-in for a parameter where sea-query takes an integer.
pub(crate) fn placeholder_code(param: usize, transform: Transform) -> u64 {
    let transform = match transform {
        Transform::Plain => 0,
        Transform::PrefixEnd => 1,
        Transform::LikeToGlob => 2,
        Transform::RegexToPostgres => 3,
        Transform::IlikeToPostgres => 4,
        Transform::RegexToMysql => 5,
        Transform::IlikeToMysql => 6,
    };
    (param * TRANSFORMS.len() + transform) as u64
}

/// The placeholder of a parameter.
pub(crate) fn placeholder(param: usize, transform: Transform) -> Expr {
    Expr::Value(Value::BigUnsigned(Some(placeholder_code(param, transform))))
}

fn decode(code: u64) -> Bind {
    let code = code as usize;
    Bind { param: code / TRANSFORMS.len(), transform: TRANSFORMS[code % TRANSFORMS.len()] }
}

/// Collects text and binds.
#[derive(Debug)]
pub(crate) struct Writer<'p> {
    dialect: Dialect,
    params: &'p [ParamType],
    /// Whether values go straight into columns, which decide how they are taken.
    is_insert: bool,
    /// The text so far.
    pub(crate) text: String,
    /// What goes to each placeholder so far.
    pub(crate) binds: Vec<Bind>,
    /// The lists so far, in MySQL's statements.
    pub(crate) lists: Vec<ListSpot>,
}

impl<'p> Writer<'p> {
    pub(crate) fn new(dialect: Dialect, plan: &'p Plan) -> Self {
        let is_insert = matches!(plan.action, ommi_core::plan::Action::Insert { .. });
        Self {
            dialect,
            params: &plan.params,
            is_insert,
            text: String::new(),
            binds: Vec::new(),
            lists: Vec::new(),
        }
    }

    fn placeholder(&mut self, bind: Bind) {
        let ty = self.params.get(bind.param);
        match self.dialect {
            Dialect::Sqlite => {
                self.text.push('?');
                self.binds.push(bind);
            }
            Dialect::Postgres => {
                let number = self.numbered(bind);
                self.text.push_str(&format!("${number}"));
                if let Some(name) = ty.and_then(postgres::parameter_type) {
                    self.text.push_str("::");
                    self.text.push_str(&name);
                }
            }
            Dialect::Mysql(flavour) => {
                let ty = if self.is_insert { None } else { ty };
                self.text.push_str(&mysql::placeholder(flavour, ty, bind.transform));
                if let Some(ParamType::List(member)) = ty {
                    self.lists.extend(ListSpot::new(member, flavour, &self.text, self.binds.len()));
                }
                self.binds.push(bind);
            }
        }
    }

    /// The number of a placeholder, from 1; the same value has one number wherever it stands.
    fn numbered(&mut self, bind: Bind) -> usize {
        let position = self.binds.iter().position(|known| *known == bind).unwrap_or_else(|| {
            self.binds.push(bind);
            self.binds.len() - 1
        });
        position + 1
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl SqlWriter for Writer<'_> {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        match value {
            Value::BigUnsigned(Some(NO_LIMIT)) => self.text.push_str(match self.dialect {
                // -1 means no limit there, MySQL's manual gives this number, and PostgreSQL has a word for it.
                Dialect::Sqlite => "-1",
                Dialect::Mysql(_) => "18446744073709551615",
                Dialect::Postgres => "ALL",
            }),
            Value::BigUnsigned(Some(code)) => self.placeholder(decode(code)),
            constant => self.text.push_str(&builder.value_to_string(&constant)),
        }
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        self
    }
}
