//! A server of a test's own: it may be killed, stopped and started again.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ommi::Ommi;
use tempfile::TempDir;

use crate::certificates::Authority;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Mysql,
    /// A replica set of one member. Where `mongod` is not installed, the server that `OMMI_TEST_MONGODB` names: it is not
    /// ended, so that only what is between is made to fail.
    Mongodb,
}

/// How a server is ended.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// At once, as by a crash.
    Kill,
    /// Politely: it says good-bye to its clients.
    Stop,
}

/// What every server here takes as its password.
pub const PASSWORD: &str = "open-sesame";

/// A private server, in a folder of its own, on a port of its own. It ends with its value.
pub struct Server {
    pub kind: Kind,
    pub port: u16,
    /// Nothing where the server is not ours.
    program: Option<PathBuf>,
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    /// A server that runs behind whatever is to fail: one of the test's own, or for MongoDB one that is there.
    pub async fn reach(kind: Kind) -> Option<Self> {
        match (kind, program(kind), port_of_mongodb()) {
            (Kind::Mongodb, None, Some(port)) => {
                Some(Self { kind, port, program: None, folder: folder(), child: None })
            }
            _ => Self::start(kind, None).await,
        }
    }

    /// A server of the test's own that runs, or nothing where its program is not installed.
    pub async fn start(kind: Kind, authority: Option<&Authority>) -> Option<Self> {
        let Some(program) = program(kind) else {
            let name = kind.name();
            let required = std::env::var("OMMI_REQUIRE").unwrap_or_default();
            // No distribution has MongoDB's: a server that is there is enough, and is not ours to be killed.
            let is_there = kind == Kind::Mongodb && port_of_mongodb().is_some();
            assert!(
                !required.contains(name) || is_there,
                "OMMI_REQUIRE names {name}, but its server's program is not installed"
            );
            eprintln!("*** capability: NO {name} SERVER IS KILLED: its program is not installed ***");
            return None;
        };
        let mut server =
            Self { kind, port: free_port(), program: Some(program), folder: folder(), child: None };
        server.initialize();
        if let Some(authority) = authority {
            server.install(authority);
        }
        server.restart().await;
        Some(server)
    }

    /// The URL of the server itself; `options` follow the `?`.
    pub fn url(&self, options: &str) -> String {
        self.url_by(self.port, options)
    }

    /// The same by another port, which leads to it or not.
    pub fn url_by(&self, port: u16, options: &str) -> String {
        let scheme = self.kind.name();
        match self.kind {
            Kind::Postgres => format!("{scheme}://ommi:{PASSWORD}@127.0.0.1:{port}/postgres?{options}"),
            Kind::Mysql => format!("{scheme}://ommi:{PASSWORD}@127.0.0.1:{port}/ommi?{options}"),
            // The addresses that a replica set tells would lead past whatever is between, and what the crate asks
            // the server all the time would run into the faults that are meant for an operation.
            Kind::Mongodb => {
                let database = self.folder.path().file_name().unwrap_or_default().display();
                let quiet = "serverMonitoringMode=poll&heartbeatFrequencyMS=60000";
                format!("{scheme}://127.0.0.1:{port}/{database}?directConnection=true&{quiet}&{options}")
            }
        }
    }

    /// Ends the server, and waits for its end.
    pub fn end(&mut self, how: End) {
        let Some(mut child) = self.child.take() else { return };
        match how {
            End::Kill => {
                // PostgreSQL has a process for each connection, which would go on for a moment.
                let all = Command::new("ps")
                    .args(["-o", "pid=", "--ppid", &child.id().to_string()])
                    .output()
                    .unwrap();
                child.kill().unwrap();
                let all = String::from_utf8_lossy(&all.stdout).into_owned();
                // Some are gone by now.
                let _ = Command::new("kill").arg("-KILL").args(all.split_whitespace()).output();
            }
            End::Stop => {
                let signal = if self.kind == Kind::Postgres { "-INT" } else { "-TERM" };
                run(Command::new("kill").arg(signal).arg(child.id().to_string()));
            }
        }
        child.wait().unwrap();
    }

    /// Starts the server, and waits until it answers.
    pub async fn restart(&mut self) {
        let start = Instant::now();
        loop {
            if self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
                // PostgreSQL refuses to start while processes of a killed one are about to end.
                self.child = Some(self.command().spawn().unwrap());
            }
            match self.answers().await {
                Ok(()) => return,
                Err(error) => {
                    assert!(start.elapsed() < Duration::from_secs(60), "no answer: {error}\n{}", self.log())
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn answers(&self) -> ommi::Result<()> {
        let place = self.url("connection_timeout=5");
        if self.kind != Kind::Mongodb {
            return Ommi::connect(&place).await?.close().await;
        }
        // By its place alone it answers before it has a primary, and even before it is a replica set.
        let admin = format!("mongodb://127.0.0.1:{}/admin?directConnection=true", self.port);
        let admin = Ommi::connect(&admin).await?;
        let member = format!(r#"{{"_id": 0, "host": "127.0.0.1:{}"}}"#, self.port);
        let initiate = format!(r#"{{"replSetInitiate": {{"_id": "rs0", "members": [{member}]}}}}"#);
        // Every time but the first it says that it is one already.
        let _ = admin.driver().run_script(vec![initiate]).await;
        admin.close().await?;
        let set = place.replace("directConnection=true", "replicaSet=rs0");
        Ommi::connect(&set).await?.close().await
    }

    /// Drops the test's database on a server that is not ours.
    fn leave_nothing(&self) {
        let url = self.url("");
        // The test's runtime is busy with this.
        let dropped = std::thread::spawn(move || {
            futures_executor::block_on(async {
                let db = Ommi::connect(&url).await?;
                db.driver().run_script(vec![r#"{"dropDatabase": 1}"#.to_owned()]).await?;
                db.close().await
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a database is left behind on {}: {error}", self.kind.name());
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn initialize(&self) {
        let data = self.data();
        fs::write(self.folder.path().join("password"), PASSWORD).unwrap();
        // One statement a line, as the server reads it when it starts.
        let accounts = format!(
            "CREATE USER IF NOT EXISTS ommi@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO ommi@'%';\n\
             CREATE DATABASE IF NOT EXISTS ommi;\n"
        );
        fs::write(self.folder.path().join("accounts.sql"), accounts).unwrap();
        if let Some((user, group)) = self.account() {
            run(Command::new("chown").arg("-R").arg(format!("{user}:{group}")).arg(self.folder.path()));
        }
        // Several that are made at once must not share a folder for temporary files.
        let temporary = format!("--tmpdir={}", self.folder.path().display());
        match self.kind {
            Kind::Postgres => {
                let password = self.folder.path().join("password");
                let mut command = self.as_account(&self.program().with_file_name("initdb"));
                command.args([
                    "-U",
                    "ommi",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync",
                ]);
                run(command.arg("--pwfile").arg(password).arg("-D").arg(&data));
            }
            Kind::Mysql if installed("mariadb-install-db") => {
                let mut command = self.as_account(Path::new("mariadb-install-db"));
                command.args(["--no-defaults", "--skip-test-db"]).arg(&temporary);
                run(command.arg(format!("--datadir={}", data.display())));
            }
            Kind::Mysql => {
                let mut command = self.as_account(self.program());
                command.args(["--no-defaults", "--initialize-insecure"]).arg(&temporary);
                run(command.arg(format!("--datadir={}", data.display())));
            }
            Kind::Mongodb => fs::create_dir(data).unwrap(),
        }
    }

    fn program(&self) -> &Path {
        self.program.as_deref().unwrap()
    }

    /// Gives the server a certificate for `localhost`.
    fn install(&self, authority: &Authority) {
        let (certificate, key) = authority.signed("localhost");
        for (name, text) in [("server.pem", certificate), ("server.key", key)] {
            let path = self.folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            if let Some((user, group)) = self.account() {
                run(Command::new("chown").arg(format!("{user}:{group}")).arg(&path));
            }
        }
    }

    fn command(&self) -> Command {
        let mut command = self.as_account(self.program());
        let folder = self.folder.path().display();
        let has_certificate = self.folder.path().join("server.pem").exists();
        match self.kind {
            Kind::Postgres => {
                command.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
                for setting in
                    ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"]
                {
                    command.args(["-c", setting]);
                }
                if has_certificate {
                    command.args(["-c", "ssl=on", "-c", &format!("ssl_cert_file={folder}/server.pem")]);
                    command.args(["-c", &format!("ssl_key_file={folder}/server.key")]);
                }
            }
            Kind::Mysql => {
                command.args([
                    "--no-defaults",
                    "--bind-address=127.0.0.1",
                    "--socket=socket",
                    "--skip-log-bin",
                ]);
                command.arg(format!("--datadir={folder}/data")).arg(format!("--port={}", self.port));
                command.arg(format!("--init-file={folder}/accounts.sql")).arg(format!("--tmpdir={folder}"));
                // What was committed survives the end of the process, if not of the machine.
                command.args(["--innodb-flush-log-at-trx-commit=2", "--max-connections=60"]);
                if has_certificate {
                    command.arg(format!("--ssl-cert={folder}/server.pem"));
                    command.arg(format!("--ssl-key={folder}/server.key"));
                }
            }
            Kind::Mongodb => {
                command.args([
                    "--bind_ip",
                    "127.0.0.1",
                    "--replSet",
                    "rs0",
                    "--wiredTigerCacheSizeGB",
                    "0.25",
                ]);
                command.arg("--dbpath").arg(self.data()).arg("--port").arg(self.port.to_string());
            }
        }
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    /// A command that runs as the server's account: PostgreSQL and MariaDB do not run as root.
    fn as_account(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.account() {
            command.uid(user).gid(group);
        }
        command
    }

    fn account(&self) -> Option<(u32, u32)> {
        let id = |arguments: &[&str]| output(Command::new("id").args(arguments)).trim().parse().unwrap();
        let name = match self.kind {
            Kind::Postgres => "postgres",
            Kind::Mysql => "mysql",
            Kind::Mongodb => return None,
        };
        if id(&["-u"]) != 0 {
            return None;
        }
        Some((id(&["-u", name]), id(&["-g", name])))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.program.is_none() {
            self.leave_nothing();
        }
        self.end(End::Kill);
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Postgres => "postgres",
            Kind::Mysql => "mysql",
            Kind::Mongodb => "mongodb",
        }
    }
}

fn program(kind: Kind) -> Option<PathBuf> {
    match kind {
        Kind::Postgres => {
            // Debian keeps several versions off the path; others have one on it.
            let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
            let programs = versions.map(|version| version.path().join("bin/postgres"));
            programs.filter(|program| program.exists()).max().or_else(|| on_path("postgres"))
        }
        Kind::Mysql => on_path("mariadbd").or_else(|| on_path("mysqld")),
        Kind::Mongodb => on_path("mongod"),
    }
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("ommi-faults-").tempdir().unwrap()
}

/// Where the server is, if it is on this machine.
fn port_of_mongodb() -> Option<u16> {
    let url = std::env::var("OMMI_TEST_MONGODB").ok()?;
    let place = url.strip_prefix("mongodb://127.0.0.1:")?;
    place.split(['/', '?']).next()?.parse().ok()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.exists())
}

fn installed(name: &str) -> bool {
    on_path(name).is_some()
}

pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn run(command: &mut Command) {
    drop(output(command));
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
