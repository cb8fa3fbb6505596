//! Newer versions of the console. Two doors, both shut unless somebody opens them: the person switches it on in the
//! settings, and whoever installed the console says in a file where versions are announced and which key signs them.
//! Without that file there is nothing to ask and nothing that is asked.
//!
//! The announcement itself is signed, not only what it leads to: else an old version with its good signature could be
//! announced as a new one.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{PublicKey, Signature};
use serde::Deserialize;
use serde_json::Value;
use tauri::Url;

/// Names the file in place of the usual one.
const VARIABLE: &str = "NAVI_CONSOLE_UPDATES";
/// Where whoever installed the console says it, for all its users.
const USUAL: &str = "/etc/navi-governance/updates.json";
/// No announcement is longer.
const MOST_BYTES: usize = 256 * 1024;
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Where versions are announced, and who signs them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// The announcement; its signature lies beside it, with `.minisig` after its name.
    pub(crate) manifest: Url,
    /// Minisign's public key, the line that begins with `RW`.
    pub(crate) public_key: String,
}

/// Why there is no version to install.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpdateError {
    /// Nobody said where to look.
    #[error("nobody configured where updates come from")]
    Unconfigured,
    /// The way there can be changed by others.
    #[error("updates come over https only")]
    OpenWay,
    /// The configured key is none.
    #[error("the configured key is no minisign key")]
    Key,
    /// Not reached.
    #[error("the update server cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// It says something else than an announcement.
    #[error("the announcement cannot be read: {0}")]
    Unreadable(&'static str),
    /// It is not signed by the configured key.
    #[error("the announcement is not signed by the configured key")]
    Signature,
}

impl UpdateError {
    /// Stable code for the screens.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unconfigured => "updates_off",
            Self::Signature | Self::Key => "bad_signature",
            Self::Unreachable(_) => "unreachable",
            Self::OpenWay | Self::Unreadable(_) => "bad_request",
        }
    }
}

/// An announcement whose signature holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Announcement {
    /// The version.
    pub(crate) version: String,
    /// What is new, for people; plain text.
    pub(crate) notes: String,
    /// All of it, as the updater reads it.
    pub(crate) json: Value,
}

/// Whether somebody said where versions are announced and who signs them.
pub(crate) fn is_configured() -> bool {
    source().is_some()
}

/// Where to look. A file that cannot be read says nothing.
pub(crate) fn source() -> Option<Source> {
    let path = std::env::var_os(VARIABLE).map_or_else(|| PathBuf::from(USUAL), PathBuf::from);
    let text = std::fs::read_to_string(&path).ok()?;
    match serde_json::from_str(&text) {
        Ok(source) => Some(source),
        Err(error) => {
            tracing::warn!(%error, file = %path.display(), "where updates come from cannot be read");
            None
        }
    }
}

impl Source {
    /// The key as the updater wants it: minisign's file, in base64.
    pub(crate) fn key_file(&self) -> String {
        STANDARD.encode(format!("untrusted comment: minisign public key\n{}\n", self.public_key.trim()))
    }

    /// Reads the announcement and its signature.
    ///
    /// # Errors
    /// [`UpdateError`]; nothing of an announcement that is not signed is looked at.
    pub(crate) async fn announced(&self) -> Result<Announcement, UpdateError> {
        let key = PublicKey::from_base64(self.public_key.trim()).map_err(|_| UpdateError::Key)?;
        if !is_safe(&self.manifest) {
            return Err(UpdateError::OpenWay);
        }
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .build()?;
        let mut beside = self.manifest.clone();
        beside.set_path(&format!("{}.minisig", self.manifest.path()));
        let text = read(&http, &self.manifest).await?;
        let signature = String::from_utf8(read(&http, &beside).await?)
            .ok()
            .and_then(|text| Signature::decode(&text).ok())
            .ok_or(UpdateError::Signature)?;
        key.verify(&text, &signature, false).map_err(|_| UpdateError::Signature)?;
        read_announcement(&text)
    }
}

fn read_announcement(text: &[u8]) -> Result<Announcement, UpdateError> {
    let json: Value = serde_json::from_slice(text).map_err(|_| UpdateError::Unreadable("it is no JSON"))?;
    let field = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let version = field("version").ok_or(UpdateError::Unreadable("it names no version"))?;
    Ok(Announcement { version, notes: field("notes").unwrap_or_default(), json })
}

/// Encrypted, or on this machine.
fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => crate::link::is_loopback(url),
        _ => false,
    }
}

async fn read(http: &reqwest::Client, url: &Url) -> Result<Vec<u8>, UpdateError> {
    let mut answer = http.get(url.clone()).send().await?;
    if !answer.status().is_success() {
        return Err(UpdateError::Unreadable("it is not there"));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(UpdateError::Unreadable("it is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
