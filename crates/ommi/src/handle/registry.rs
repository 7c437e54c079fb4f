//! Which drivers there are: those of the features, and those that a program registers.

use std::sync::{Arc, PoisonError, RwLock};

use ommi_core::driver::Driver;
use ommi_core::{Error, ErrorKind, Result};

/// Makes drivers for the URLs of some schemes.
pub trait DriverFactory: Send + Sync {
    /// The schemes: what stands before `:` in a URL, in lower case.
    fn schemes(&self) -> &[&str];

    /// A driver for the URL. Nothing is opened yet.
    ///
    /// # Errors
    /// `Validation` for a URL that makes no sense, naming what does.
    fn create(&self, url: &str) -> Result<Arc<dyn Driver>>;
}

static REGISTERED: RwLock<Vec<Box<dyn DriverFactory>>> = RwLock::new(Vec::new());

/// Makes [`Ommi::connect`](crate::Ommi::connect) know the schemes of `factory`. A scheme that is already known, even one
/// of the built-in drivers, is taken over.
pub fn register_driver(factory: Box<dyn DriverFactory>) {
    REGISTERED.write().unwrap_or_else(PoisonError::into_inner).push(factory);
}

/// The driver for a URL.
pub(crate) fn driver_for(url: &str) -> Result<Arc<dyn Driver>> {
    let scheme = scheme_of(url)?;
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    let latest_first = registered.iter().rev().map(Box::as_ref);
    let factories = || latest_first.clone().chain(BUILT_IN.iter().copied());
    if let Some(factory) = factories().find(|factory| factory.schemes().contains(&scheme.as_str())) {
        return factory.create(url);
    }
    let mut known: Vec<&str> = factories().flat_map(|factory| factory.schemes().iter().copied()).collect();
    known.sort_unstable();
    known.dedup();
    let known = if known.is_empty() {
        "none: turn on a driver's feature of the crate, such as `sqlite`".to_owned()
    } else {
        known.join(", ")
    };
    let message = format!("there is no driver for {scheme:?} databases; the known ones are: {known}");
    Err(Error::new(ErrorKind::Validation, message))
}

fn scheme_of(url: &str) -> Result<String> {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        // The URL may hold a password: it is not repeated.
        return Err(Error::validation("a database's URL begins with its kind, as in `sqlite:///app.db`"));
    }
    Ok(scheme.to_ascii_lowercase())
}

/// One line for each driver.
const BUILT_IN: &[&dyn DriverFactory] = &[
    #[cfg(feature = "memory")]
    &memory::Factory,
    #[cfg(feature = "mongodb")]
    &mongodb::Factory,
    #[cfg(feature = "mysql")]
    &mysql::Factory,
    #[cfg(feature = "postgres")]
    &postgres::Factory,
    #[cfg(feature = "sqlite")]
    &sqlite::Factory,
];

#[cfg(feature = "memory")]
mod memory {
    //! The driver for databases in memory as a factory.

    use std::sync::Arc;

    use ommi_core::Result;
    use ommi_core::driver::Driver;
    use ommi_driver_memory::{MemoryConfig, MemoryDriver};

    pub(super) struct Factory;

    impl super::DriverFactory for Factory {
        fn schemes(&self) -> &[&str] {
            &["memory"]
        }

        fn create(&self, url: &str) -> Result<Arc<dyn Driver>> {
            Ok(Arc::new(MemoryDriver::new(MemoryConfig::from_url(url)?)))
        }
    }
}

#[cfg(feature = "mongodb")]
mod mongodb {
    //! The driver for MongoDB as a factory.

    use std::sync::Arc;

    use ommi_core::Result;
    use ommi_core::driver::Driver;
    use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};

    pub(super) struct Factory;

    impl super::DriverFactory for Factory {
        fn schemes(&self) -> &[&str] {
            &["mongodb", "mongodb+srv"]
        }

        fn create(&self, url: &str) -> Result<Arc<dyn Driver>> {
            Ok(Arc::new(MongodbDriver::new(MongodbConfig::from_url(url)?)?))
        }
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    //! The driver for MySQL and MariaDB as a factory.

    use std::sync::Arc;

    use ommi_core::Result;
    use ommi_core::driver::Driver;
    use ommi_driver_mysql::{MysqlConfig, MysqlDriver};

    pub(super) struct Factory;

    impl super::DriverFactory for Factory {
        fn schemes(&self) -> &[&str] {
            &["mysql", "mariadb"]
        }

        fn create(&self, url: &str) -> Result<Arc<dyn Driver>> {
            Ok(Arc::new(MysqlDriver::new(MysqlConfig::from_url(url)?)?))
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    //! The PostgreSQL driver as a factory.

    use std::sync::Arc;

    use ommi_core::Result;
    use ommi_core::driver::Driver;
    use ommi_driver_postgres::{PostgresConfig, PostgresDriver};

    pub(super) struct Factory;

    impl super::DriverFactory for Factory {
        fn schemes(&self) -> &[&str] {
            &["postgresql", "postgres"]
        }

        fn create(&self, url: &str) -> Result<Arc<dyn Driver>> {
            Ok(Arc::new(PostgresDriver::new(PostgresConfig::from_url(url)?)?))
        }
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    //! The SQLite driver as a factory.

    use std::sync::Arc;

    use ommi_core::Result;
    use ommi_core::driver::Driver;
    use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};

    pub(super) struct Factory;

    impl super::DriverFactory for Factory {
        fn schemes(&self) -> &[&str] {
            &["sqlite"]
        }

        fn create(&self, url: &str) -> Result<Arc<dyn Driver>> {
            Ok(Arc::new(SqliteDriver::new(SqliteConfig::from_url(url)?)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> Error {
        driver_for(url).err().unwrap()
    }

    #[test]
    fn an_unknown_scheme_lists_the_known_ones() {
        let error = refusal("oracle://scott:tiger@host/db");
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains("sqlite"), "{error}");
        assert!(!error.to_string().contains("tiger"), "{error}");
    }

    #[test]
    fn a_url_without_a_scheme_is_refused_without_being_repeated() {
        let error = refusal("user:secret@host/db?x");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(refusal("app.db").to_string().contains("sqlite:///app.db"));
    }
}
