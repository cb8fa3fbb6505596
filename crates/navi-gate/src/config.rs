//! Where the server is and which credential to use: environment first, then the config file.

use std::path::PathBuf;

use navi_client::ClientError;
use navi_client::api::Client;
use navi_client::enroll::names;
use navi_client::keystore;
use serde::Deserialize;

/// `$XDG_CONFIG_HOME/navi/gate.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Base URL of the server.
    pub url: Option<String>,
    /// Bearer token.
    pub token: Option<String>,
    /// `file:PATH` of an enrolled terminal.
    pub keystore: Option<String>,
    /// The server's key for envelopes (hex), where it is pinned beforehand instead of at the first contact.
    pub server_key: Option<String>,
}

impl Config {
    /// Reads environment and file.
    ///
    /// # Errors
    /// A file that is there but not understood: guessing could ask the wrong server.
    pub fn load() -> Result<Self, ClientError> {
        let file = match path().map(std::fs::read) {
            Some(Ok(bytes)) => serde_json::from_slice(&bytes).map_err(|e| {
                ClientError::Setup(format!("the config file gate.json is not understood: {e}"))
            })?,
            _ => Self::default(),
        };
        let from = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        Ok(Self {
            url: from("NAVI_URL").or(file.url),
            token: from("NAVI_TOKEN").or(file.token),
            keystore: from("NAVI_KEYSTORE").or(file.keystore),
            server_key: file.server_key,
        })
    }

    /// The server's address.
    pub fn url(&self) -> Result<&str, ClientError> {
        self.url.as_deref().ok_or_else(|| {
            ClientError::Setup("no server is known; set NAVI_URL, or `url` in navi/gate.json".into())
        })
    }

    /// A client with the token, or with the enrolled terminal's when there is no other.
    pub fn client(&self) -> Result<Client, ClientError> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => self.device_token()?,
        };
        Client::new(self.url()?, Some(token))
    }

    fn device_token(&self) -> Result<String, ClientError> {
        let missing = || {
            ClientError::Setup(
                "no credential is known; set NAVI_TOKEN, or NAVI_KEYSTORE of an enrolled terminal".into(),
            )
        };
        let spec = self.keystore.as_deref().ok_or_else(missing)?;
        let secret = keystore::open(Some(spec), "gate")
            .get(names::TOKEN)
            .map_err(|e| ClientError::Setup(e.to_string()))?
            .ok_or_else(missing)?;
        String::from_utf8(secret.to_vec()).map_err(|_| missing())
    }
}

fn path() -> Option<PathBuf> {
    base("XDG_CONFIG_HOME", ".config").map(|b| b.join("navi").join("gate.json"))
}

/// A base folder (XDG Base Directory): the variable, or its default below the home folder.
pub fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
    set.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(below_home)))
}
