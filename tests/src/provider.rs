//! Providers of feature flags: one that follows the contract of LaunchDarkly's REST API, and the real one of flagd.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Daemon;
use crate::{binaries, wait};

/// A running provider with the flag `checkout` of project `shop` in `staging`; its token is `api-secret`.
#[derive(Debug)]
pub struct LaunchDarkly {
    _daemon: Daemon,
    port: u64,
    state: PathBuf,
}

impl LaunchDarkly {
    /// Starts one.
    ///
    /// # Errors
    /// When Node is not there.
    pub async fn start(dir: &Path) -> Result<Self> {
        let state = dir.join("flag.json");
        let mut command = Command::new("node");
        command.arg(binaries::fake("launchdarkly.mjs")).arg(&state);
        let (daemon, line) = Daemon::spawn_with_first_line("launchdarkly", command, dir).await?;
        let line: Value = serde_json::from_str(&line).with_context(|| format!("first line: {line:?}"))?;
        let port = line["port"].as_u64().context("the provider names no port")?;
        Ok(Self { _daemon: daemon, port, state })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The flag's environment as it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn environment(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&std::fs::read(&self.state)?)?)
    }
}

/// An application with the real flagd provider of OpenFeature, which reads its flags from a file.
#[derive(Debug)]
pub struct Flagd(Daemon);

impl Flagd {
    /// Starts one that asks for one flag whenever its provider saw the file change.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn start(file: &Path, flag: &str, dir: &Path) -> Result<Self> {
        let mut command = Command::new("node");
        command.arg(binaries::flag_server("flagd.mjs")?).arg(file).arg(flag);
        Ok(Self(Daemon::spawn("flagd", command, dir)?))
    }

    /// Waits until the flag is `value`; why it is, in the provider's words.
    ///
    /// # Errors
    /// When it does not become that.
    pub async fn until(&self, value: bool) -> Result<String> {
        let what = format!("the provider says {value}");
        let told = wait::until(&what, async || {
            let told: Value = serde_json::from_str(self.0.log_text().lines().last()?).ok()?;
            (told["value"] == value).then_some(told)
        });
        let told = told.await.with_context(|| self.0.log_text())?;
        Ok(told["reason"].as_str().context("no reason")?.to_owned())
    }
}
