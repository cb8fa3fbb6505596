//! The real gate, as an agent's machine or an approver's terminal runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::{self, Daemon, Said};
use crate::server::Server;
use crate::{binaries, desktop};

/// A machine with the gate on it: its own home, one server, one credential.
#[derive(Debug)]
pub struct Gate {
    url: String,
    token: Option<String>,
    dir: TempDir,
}

impl Gate {
    /// A gate that speaks to `url` with `token`.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn new(url: &str, token: Option<String>) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-gate-").tempdir()?;
        for folder in ["home", "work"] {
            desktop::private_folder(&dir.path().join(folder))?;
        }
        Ok(Self { url: url.to_owned(), token, dir })
    }

    /// The gate of an agent that acts for `user`.
    ///
    /// # Errors
    /// When the token cannot be made.
    pub async fn of_agent(server: &Server, user: &str, agent: &str) -> Result<Self> {
        Self::new(&server.url, Some(server.token(user, "agent", Some(agent)).await?))
    }

    /// The folder it works in.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// Its home folder.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The environment a gate finds here, also for an agent that will start one.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut environment = vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("HOME".to_owned(), self.home().to_string_lossy().into_owned()),
            ("NAVI_URL".to_owned(), self.url.clone()),
        ];
        environment.extend(self.token.iter().map(|token| ("NAVI_TOKEN".to_owned(), token.clone())));
        environment
    }

    /// A gate command, not started yet.
    ///
    /// # Errors
    /// When the gate was not built.
    pub fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(binaries::product("navi-gate")?);
        command.args(args).env_clear().envs(self.environment()).current_dir(self.work());
        Ok(command)
    }

    /// Runs the gate to its end.
    ///
    /// # Errors
    /// When it does not start or does not end.
    pub async fn run(&self, args: &[&str]) -> Result<Said> {
        process::run(self.command(args)?).await
    }

    /// Starts the gate and lets it wait.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self, name: &str, args: &[&str]) -> Result<Daemon> {
        Daemon::spawn(name, self.command(args)?, self.dir.path())
    }
}

/// A person at a terminal with an enrolled device that can vote.
#[derive(Debug)]
pub struct Approver {
    gate: Gate,
    keystore: String,
}

impl Approver {
    /// Enrols a terminal of `user` with a fresh invite.
    ///
    /// # Errors
    /// When the invite or the enrolment is refused.
    pub async fn enroll(server: &Server, user: &str, role: &str) -> Result<Self> {
        let invite = server.invite(user, role).await?;
        let gate = Gate::new(&server.url, None)?;
        let keystore = format!("file:{}", gate.home().join("keys.json").display());
        gate.run(&["enroll", &invite, "--keystore", &keystore])
            .await?
            .expect_code(0)
            .context("cannot enrol a terminal")?;
        Ok(Self { gate, keystore })
    }

    /// Enrols a terminal with a step-up key, whose passphrase lies in a file beside it.
    ///
    /// # Errors
    /// When the invite or the enrolment is refused.
    pub async fn enroll_on_call(server: &Server, user: &str) -> Result<Self> {
        let invite = server.invite(user, "oncall").await?;
        let gate = Gate::new(&server.url, None)?;
        let keystore = format!("file:{}", gate.home().join("keys.json").display());
        let approver = Self { gate, keystore };
        std::fs::write(approver.passphrase_file(), "a passphrase of the night shift\n")?;
        let file = approver.passphrase_file();
        let file = file.to_string_lossy();
        let args = ["enroll", &invite, "--keystore", &approver.keystore, "--passphrase-file", &file];
        approver.gate.run(&args).await?.expect_code(0).context("cannot enrol a terminal")?;
        Ok(approver)
    }

    /// The file with the passphrase of its step-up key.
    #[must_use]
    pub fn passphrase_file(&self) -> PathBuf {
        self.gate.home().join("passphrase")
    }

    /// `navi-gate bypass …` with this terminal's keys, as JSON; what the gate said.
    ///
    /// # Errors
    /// When the gate does not start or does not end.
    pub async fn bypass(&self, args: &[&str]) -> Result<Said> {
        let mut command = self.gate.command(&[])?;
        command.arg("bypass").args(args).args(["--json", "--keystore", &self.keystore]);
        command.arg("--passphrase-file").arg(self.passphrase_file());
        process::run(command).await
    }

    /// Votes; what the gate said.
    ///
    /// # Errors
    /// When the gate does not start or does not end.
    pub async fn vote(&self, approval_id: &str, verdict: &str, reason: &str) -> Result<Said> {
        let mut args = vec!["vote", approval_id, verdict, "--keystore", &self.keystore];
        if !reason.is_empty() {
            args.extend(["--reason", reason]);
        }
        self.gate.run(&args).await
    }

    /// Votes with the step-up key, and fails unless the vote counted.
    ///
    /// # Errors
    /// With what the gate said.
    pub async fn must_step_up(&self, approval_id: &str, verdict: &str) -> Result<()> {
        let (file, keystore) = (self.passphrase_file(), self.keystore());
        let file = file.to_string_lossy();
        let args = ["vote", approval_id, verdict, "--keystore", keystore, "--passphrase-file", &file];
        self.gate.run(&args).await?.expect_code(0).map(|_| ())
    }

    /// Votes and fails unless the vote counted.
    ///
    /// # Errors
    /// With what the gate said.
    pub async fn must_vote(&self, approval_id: &str, verdict: &str, reason: &str) -> Result<()> {
        self.vote(approval_id, verdict, reason).await?.expect_code(0).map(|_| ())
    }

    /// The terminal's gate.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Its keystore, as the command line takes it.
    #[must_use]
    pub fn keystore(&self) -> &str {
        &self.keystore
    }

    /// The keystore's file.
    #[must_use]
    pub fn keystore_file(&self) -> &Path {
        Path::new(self.keystore.trim_start_matches("file:"))
    }
}
