//! The `mongodb` crate's client: its options, what of them goes into commands, and why its servers cannot be reached.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::raw::cstr;
use mongodb::bson::{RawDocumentBuf, rawdoc};
use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;
use mongodb::event::sdam::SdamEvent;
use mongodb::options::{
    ClientOptions, DriverInfo, ReadConcern, ReadConcernLevel, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};
use ommi_core::Result;
use ommi_net::tls::{Identity, Verify, client_config};
use parking_lot::Mutex;

use crate::config::MongodbConfig;
use crate::error;
use crate::pool::Watch;

/// How many connections a server's pool may open beside those that are asked for: orders to stop run on them.
const SPARE: usize = 2;

/// What a command does with data: decides the concern and the read preference that it is sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It reads: the configured read concern and read preference.
    Read,
    /// It writes: the configured write concern, on the primary.
    Write,
    /// It manages: it goes as it is, to the primary.
    Manage,
    /// It is part of a transaction, whose concerns and primary count.
    InTransaction,
}

/// A client, and what of its options goes into commands.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) database: Database,
    pub(crate) read_concern: Option<ReadConcern>,
    pub(crate) write_concern: Option<WriteConcern>,
    pub(crate) preference: Option<SelectionCriteria>,
    /// Whether the server is a member of a replica set, or leads to several.
    pub(crate) has_transactions: bool,
    /// Whether it is a `mongos`, which leads to the shards of a cluster.
    pub(crate) leads_to_shards: bool,
}

impl Connected {
    /// The command with the configured concern and time limit, where its intent asks for them and it has none.
    pub(crate) fn completed(
        &self,
        mut command: RawDocumentBuf,
        intent: Intent,
        limit: Option<Duration>,
    ) -> Result<RawDocumentBuf> {
        let lacks = |command: &RawDocumentBuf, name: &str| matches!(command.get(name), Ok(None));
        match intent {
            Intent::Read => {
                if let Some(concern) = self.read_concern.as_ref().filter(|_| lacks(&command, "readConcern")) {
                    command.append(cstr!("readConcern"), rawdoc! { "level": level(concern) });
                }
            }
            Intent::Write => {
                if let Some(concern) = &self.write_concern {
                    let concern = mongodb::bson::serialize_to_raw_document_buf(concern)
                        .map_err(|_| error::broken("a write concern cannot be written"))?;
                    command.append(cstr!("writeConcern"), concern);
                }
            }
            Intent::Manage => return Ok(command),
            Intent::InTransaction => {}
        }
        if let Some(limit) = limit {
            // At least one: none would mean that there is no limit.
            let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX).max(1);
            command.append(cstr!("maxTimeMS"), limit);
        }
        Ok(command)
    }

    /// The servers that a command of this intent may go to; the primary without any.
    pub(crate) fn preference(&self, intent: Intent) -> Option<SelectionCriteria> {
        match intent {
            Intent::Read => self.preference.clone(),
            Intent::Write | Intent::Manage | Intent::InTransaction => None,
        }
    }
}

fn level(concern: &ReadConcern) -> &str {
    match &concern.level {
        ReadConcernLevel::Local => "local",
        ReadConcernLevel::Majority => "majority",
        ReadConcernLevel::Linearizable => "linearizable",
        ReadConcernLevel::Available => "available",
        ReadConcernLevel::Snapshot => "snapshot",
        ReadConcernLevel::Custom(other) => other,
        _one_of_a_newer_crate => "majority",
    }
}

/// The options of a client: what the URL says, the pool's, and ours. With `mongodb+srv` this asks DNS.
pub(crate) async fn options(
    config: &MongodbConfig,
    watch: &Arc<Watch>,
    failures: &Arc<Failures>,
) -> Result<ClientOptions> {
    check_files(config)?;
    let parsed = ClientOptions::parse(config.connection_string()?).await;
    let mut options = parsed.map_err(|error| error::translated(&error))?;
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    options.app_name.clone_from(&config.application_name);
    options.connect_timeout = Some(config.connect_timeout);
    options.server_selection_timeout.get_or_insert(config.pool.connection_timeout);
    let most = count(config.pool.max_connections.saturating_add(SPARE));
    options.max_pool_size = Some(most);
    // The crate sets no time for a server's first answer: of the two that it opens at once without this, two that stay
    // silent would keep all others from being opened.
    options.max_connecting.get_or_insert(most);
    options.min_pool_size = Some(count(config.pool.min_connections));
    options.max_idle_time = config.pool.idle_timeout;
    options.driver_info = Some(DriverInfo::builder().name("ommi").build());
    let (watch, failures) = (watch.clone(), failures.clone());
    options.cmap_event_handler = Some(EventHandler::callback(move |event: CmapEvent| watch.count(&event)));
    options.sdam_event_handler = Some(EventHandler::callback(move |event: SdamEvent| failures.note(&event)));
    Ok(options)
}

/// Refuses files of certificates that hold none: the `mongodb` crate would go on without them.
///
/// # Errors
/// `Validation`, naming the file.
fn check_files(config: &MongodbConfig) -> Result<()> {
    let file = |name| config.option(name).map(PathBuf::from);
    let (root, client) = (file("tlsCAFile"), file("tlsCertificateKeyFile"));
    if root.is_none() && client.is_none() {
        return Ok(());
    }
    let verify = if root.is_some() { Verify::Full } else { Verify::None };
    let identity = client.map(|path| Identity { certificate: path.clone(), key: path });
    client_config(verify, root.as_deref(), identity.as_ref()).map(drop)
}

/// Why servers could not be reached the last time, by their addresses.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    latest: Mutex<HashMap<String, String>>,
}

impl Failures {
    fn note(&self, event: &SdamEvent) {
        match event {
            SdamEvent::ServerHeartbeatFailed(event) => {
                let reason = error::reason(&event.failure);
                self.latest.lock().insert(event.server_address.to_string(), reason);
            }
            SdamEvent::ServerHeartbeatSucceeded(event) => {
                self.latest.lock().remove(&event.server_address.to_string());
            }
            _another => {}
        }
    }

    /// Each server that does not answer with its reason; nothing where all do.
    pub(crate) fn told(&self) -> Option<String> {
        let latest = self.latest.lock();
        let mut reasons: Vec<_> =
            latest.iter().map(|(address, reason)| format!("{address}: {reason}")).collect();
        reasons.sort();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}
