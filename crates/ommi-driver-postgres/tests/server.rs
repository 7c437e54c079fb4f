//! A private server that tests may kill, with a pooler in front where one is installed.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_driver_postgres::{PostgresConfig, PostgresDriver};

/// A server with its data in a folder of its own.
struct Server {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    pooler: Option<Child>,
}

fn programs() -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    versions.pop().filter(|folder| folder.join("initdb").exists())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// PostgreSQL refuses to run as root.
fn as_user(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Server {
    /// A new server; nothing where PostgreSQL's programs are not installed.
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var("OMMI_REQUIRE").is_ok_and(|wanted| wanted.contains("postgres"));
            assert!(!required, "OMMI_REQUIRE names postgres, and its server programs are not installed");
            eprintln!("capability: PostgreSQL's server programs are not installed, the test is left out");
            return None;
        };
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("ommi-postgres-{}-{port}", std::process::id()));
        run(Command::new("mkdir").arg("-m").arg("777").arg(&folder));
        let server = Self { folder, programs, port, pooler: None };
        run(as_user(&server.programs.join("initdb")).arg("-D").arg(server.folder.join("data")).args([
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]));
        server.control("start");
        Some(server)
    }

    fn control(&self, what: &str) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=40",
            self.port,
            self.folder.display()
        );
        // The server keeps the output open: it goes nowhere.
        let mut command = as_user(&self.programs.join("pg_ctl"));
        command.arg("-D").arg(self.folder.join("data")).arg("-l").arg(self.folder.join("data/log"));
        command.args(["-w", "-m", "immediate", "-o", &options, what]);
        let status =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "pg_ctl {what}");
    }

    fn config(&self) -> PostgresConfig {
        let mut config = PostgresConfig::new("postgres");
        config.hosts[0].host = "127.0.0.1".into();
        config.hosts[0].port = self.port;
        config.connect_timeout = Duration::from_secs(2);
        config.pool.connection_timeout = Duration::from_secs(5);
        config
    }

    /// A pooler in transaction mode with so few sessions that they are shared for certain; its port.
    fn pooler(&mut self) -> Option<u16> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .map(PathBuf::from)
            .into_iter()
            .find(|path| path.exists());
        let Some(program) = program else {
            let required = std::env::var("OMMI_REQUIRE").is_ok_and(|wanted| wanted.contains("pgbouncer"));
            assert!(!required, "OMMI_REQUIRE names pgbouncer, and it is not installed");
            eprintln!("capability: PgBouncer is not installed, the test is left out");
            return None;
        };
        let port = free_port();
        let file = self.folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 2\n\
             max_client_conn = 100\n[users]\n",
            self.port,
            self.folder.join("users").display()
        );
        // `any` logs everybody in as the database's own user.
        let text = text.replace(&format!("port={}", self.port), &format!("port={} user=postgres", self.port));
        std::fs::write(&file, text).unwrap();
        std::fs::write(self.folder.join("users"), "\"postgres\" \"\"\n").unwrap();
        let child = as_user(&program)
            .arg("-q")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.pooler = Some(child.unwrap());
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed().as_secs() < 10, "PgBouncer does not answer");
            std::thread::sleep(Duration::from_millis(2));
        }
        Some(port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut pooler) = self.pooler.take() {
            // `runuser` passes the signal on.
            drop(Command::new("kill").arg(pooler.id().to_string()).status());
            drop(pooler.wait());
        }
        let mut stop = as_user(&self.programs.join("pg_ctl"));
        stop.arg("-D").arg(self.folder.join("data")).args(["-w", "-m", "immediate", "stop"]);
        drop(stop.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn set_up(driver: &PostgresDriver) -> std::sync::Arc<ommi_core::schema::ModelDef> {
    let user = user();
    block_on(driver.run_script(driver.create_statements(std::slice::from_ref(&user)).unwrap())).unwrap();
    user
}

#[test]
fn a_server_that_is_killed_ends_what_runs_and_the_next_operation_succeeds() {
    let Some(server) = Server::start() else { return };
    let driver = PostgresDriver::new(server.config()).unwrap();
    let user = set_up(&driver);
    block_on(driver.insert(insert(&driver, &user), rows(20_000))).unwrap();
    let (by_key, all) = (by_key(&driver, &user), all(&driver, &user));
    for round in 0..3 {
        let tx = begin(&driver);
        block_on(tx.write(rename(&driver, &user), vec![int(1), string("lost")])).unwrap();
        let many =
            "SELECT number, repeat('x', 1000) FROM generate_series(1::bigint, 1000000) AS numbers (number)";
        let many = text(many, Reach::Unlimited, &[FieldType::Int, FieldType::Text]);
        let mut stream = driver.fetch(many, vec![], options(10));
        block_on(stream.next()).unwrap().unwrap();
        let sleep = text("SELECT 1::bigint FROM pg_sleep(600)", Reach::Unlimited, &[FieldType::Int]);
        let mut asleep = driver.fetch(sleep, vec![], options(10));
        assert!(asleep.next().now_or_never().is_none());
        let begun = Instant::now();
        server.control("restart");
        let error = block_on(asleep.next()).unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        let rest = block_on(stream.collect::<Vec<_>>());
        let error = rest.into_iter().find_map(|batch| batch.err()).expect("not all rows can have come");
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        let error = block_on(tx.commit()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        assert!(error.to_string().contains("unknown"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(15));
        // Whatever connection comes first, the next operation finds one that works.
        assert_eq!(read(&driver, &by_key, vec![int(1)]).unwrap().len(), 1, "round {round}");
        assert_eq!(read(&driver, &all, vec![]).unwrap().len(), 20_000);
    }
    block_on(driver.close()).unwrap();
}

#[test]
fn a_server_that_cannot_be_used_is_one_clear_error() {
    let Some(server) = Server::start() else { return };
    let refusal = |change: &dyn Fn(&mut PostgresConfig)| {
        let mut config = server.config();
        config.password = Some("sesame".into());
        change(&mut config);
        let driver = PostgresDriver::new(config).unwrap();
        let begun = Instant::now();
        let error = block_on(driver.connect()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(6));
        error.to_string()
    };
    let free = free_port();
    assert!(refusal(&|config| config.hosts[0].port = free).contains("refused"));
    assert!(refusal(&|config| config.hosts[0].host = "no-such-host.invalid".into()).contains("found"));
    assert!(refusal(&|config| config.database = "nowhere".into()).contains("nowhere"));
    assert!(refusal(&|config| config.user = "nobody".into()).contains("nobody"));
    assert!(refusal(&|config| config.ssl_mode = ommi_driver_postgres::SslMode::Require).contains("TLS"));
    assert!(refusal(&|config| config.target = ommi_driver_postgres::Target::ReadOnly).contains("read only"));
    // A second host is tried.
    let mut config = server.config();
    config.hosts.insert(0, ommi_driver_postgres::Address { host: "127.0.0.1".into(), port: free });
    block_on(PostgresDriver::new(config).unwrap().connect()).unwrap();
    // And so is a socket.
    let mut config = server.config();
    config.hosts[0].host = server.folder.display().to_string();
    let driver = PostgresDriver::new(config).unwrap();
    let user = set_up(&driver);
    let mark = text("SELECT 1::bigint FROM pg_sleep(600)", Reach::Unlimited, &[FieldType::Int]);
    let mut asleep = driver.fetch(mark, vec![], options(10));
    assert!(asleep.next().now_or_never().is_none());
    drop(asleep);
    assert_eq!(number(&driver, &count(&driver, &user)), 0);
}

#[test]
fn it_works_behind_a_pooler_in_transaction_mode() {
    let Some(mut server) = Server::start() else { return };
    let Some(port) = server.pooler() else { return };
    let mut config = server.config();
    config.hosts[0].port = port;
    config.pooler = ommi_driver_postgres::Pooler::Transaction;
    let drivers: Vec<_> = (0..3).map(|_| PostgresDriver::new(config.clone()).unwrap()).collect();
    let user = set_up(&drivers[0]);
    std::thread::scope(|scope| {
        for driver in &drivers {
            let user = &user;
            scope.spawn(move || {
                let (by_key, all) = (by_key(driver, user), all(driver, user));
                let (adding, rename) = (insert(driver, user), rename(driver, user));
                for round in 0..20 {
                    let keys = block_on(driver.insert(adding.clone(), rows(1 + round * 40))).unwrap();
                    assert_eq!(keys.len() as i64, 1 + round * 40);
                    assert_eq!(read(driver, &by_key, vec![int(keys[0])]).unwrap().len(), 1);
                    let tx = begin(driver);
                    assert_eq!(
                        block_on(tx.write(rename.clone(), vec![int(keys[0]), string("x")])).unwrap(),
                        1
                    );
                    let mut stream = tx.fetch(all.clone(), vec![], options(10));
                    block_on(stream.next()).unwrap().unwrap();
                    block_on(tx.savepoint("here")).unwrap();
                    block_on(tx.insert(adding.clone(), rows(600))).unwrap();
                    block_on(tx.rollback_to("here")).unwrap();
                    drop(stream);
                    block_on(tx.commit()).unwrap();
                    assert!(!read(driver, &all, vec![]).unwrap().is_empty());
                }
            });
        }
    });
    let expected: i64 = (0..20).map(|round| 1 + round * 40).sum::<i64>() * 3;
    assert_eq!(number(&drivers[0], &count(&drivers[0], &user)), expected);
}
