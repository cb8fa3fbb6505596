//! A throw-away cluster of PostgreSQL: started by the test, owned by nobody in particular, gone with it.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::process::Daemon;
use crate::wait;

/// A user without rights: the server refuses to run as root.
const NOBODY: u32 = 65_534;

/// A running cluster that listens on a socket in its own folder only.
#[derive(Debug)]
pub struct Cluster {
    server: std::process::Child,
    programs: PathBuf,
    dir: TempDir,
}

impl Cluster {
    /// Makes one and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub async fn start() -> Result<Self> {
        let programs = programs()?;
        let dir = tempfile::Builder::new().prefix("navi-postgres-").tempdir()?;
        if is_root() {
            std::os::unix::fs::chown(dir.path(), Some(NOBODY), Some(NOBODY))?;
        }
        let data = dir.path().join("data");
        let made = own(Command::new(programs.join("initdb")))
            .args(["--auth=trust", "--username=navi", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .current_dir(dir.path())
            .output()
            .context("start initdb")?;
        anyhow::ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let server = own(Command::new(programs.join("postgres")))
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(dir.path())
            .arg("-D")
            .arg(&data)
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start postgres")?;
        let cluster = Self { server, programs, dir };
        wait::until("PostgreSQL answers", async || cluster.sql("postgres", "SELECT 1").ok()).await?;
        Ok(cluster)
    }

    /// The whole schema of a database, as `pg_dump` writes it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn schema(&self, database: &str) -> Result<String> {
        let mut command = Command::new(self.programs.join("pg_dump"));
        command.args(["--schema-only", "-U", "navi", "-d", database, "-h"]).arg(self.dir.path());
        let said = command.output()?;
        anyhow::ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        // Newer ones write a random key.
        let keyed = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
        let text = String::from_utf8_lossy(&said.stdout);
        Ok(text.lines().filter(keyed).collect::<Vec<_>>().join("\n"))
    }

    /// The folder with its socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Holds the advisory lock `key` of a database until [`Cluster::disconnect`]: what waits for it, waits.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn hold(&self, database: &str, key: i64) -> Result<Daemon> {
        let mut command = self.client(database);
        command.args(["-c", &format!("SELECT pg_advisory_lock({key})"), "-c", "SELECT pg_sleep(600)"]);
        let holder = Daemon::spawn("holder", command, self.dir.path())?;
        let held =
            format!("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {key} AND granted");
        wait::until("the lock is held", async || {
            self.sql(database, &held).ok().filter(|rows| !rows.is_empty())
        })
        .await?;
        Ok(holder)
    }

    /// Ends every connection to a database, first of all those that wait for an advisory lock: what they had not committed
    /// is lost.
    ///
    /// # Errors
    /// With what the client says.
    pub fn disconnect(&self, database: &str) -> Result<()> {
        let others = format!("datname = '{database}' AND pid <> pg_backend_pid()");
        let order = "wait_event IS NOT DISTINCT FROM 'advisory' DESC";
        let ended = format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others} ORDER BY {order}"
        );
        self.sql(database, &ended).map(|_| ())
    }

    fn client(&self, database: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "navi", "-d", database, "-h"]);
        command.arg(self.dir.path());
        command
    }

    /// A new database; its address.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self, name: &str) -> Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://navi@localhost/{name}?host={}", self.dir.path().display()))
    }

    /// What a statement prints.
    ///
    /// # Errors
    /// With what the client says.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let said = self.client(database).args(["-c", statement]).output()?;
        anyhow::ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGQUIT ends it at once, with everything it started.
        let pid = rustix::process::Pid::from_child(&self.server);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        let _ = self.server.wait();
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn own(mut command: Command) -> Command {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Debian keeps the server's programs beside the path.
fn programs() -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    found.retain(|path: &PathBuf| Path::new(path).join("initdb").exists());
    found.sort();
    found.pop().context("PostgreSQL is not installed: apt-get install postgresql")
}
