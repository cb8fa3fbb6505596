//! Whose order a stop is. The order of a terminal names its keystore, so that any command of this user can send it; that
//! of a token names only the token's hash: no credential is written down for it.

use navi_client::ClientError;
use navi_client::api::Client;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::Config;

/// How the credential is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// The token in this keystore (`file:PATH`, absolute).
    Keystore(String),
    /// A token with this SHA-256 (hex).
    Token(String),
}

impl Credential {
    /// The one that [`Config::client`] takes.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        match (&config.token, &config.keystore) {
            (Some(token), _) => Some(Self::Token(hash(token))),
            (None, Some(keystore)) => Some(Self::Keystore(absolute(keystore))),
            (None, None) => None,
        }
    }

    /// A client that speaks with it; `None`: a command with another credential cannot.
    ///
    /// # Errors
    /// When the keystore cannot be read.
    pub fn client(&self, config: &Config) -> Result<Option<Client>, ClientError> {
        let keystore = match self {
            Self::Token(kept) if config.token.as_deref().map(hash).as_ref() == Some(kept) => None,
            Self::Token(_) => return Ok(None),
            Self::Keystore(keystore) => Some(keystore.clone()),
        };
        let token = config.token.clone().filter(|_| keystore.is_none());
        Config { url: config.url.clone(), token, keystore, server_key: None }.client().map(Some)
    }
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// Another command may run elsewhere.
fn absolute(keystore: &str) -> String {
    let Some(path) = keystore.strip_prefix("file:") else { return keystore.to_owned() };
    std::path::absolute(path).map_or_else(|_| keystore.to_owned(), |path| format!("file:{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(token: Option<&str>, keystore: Option<&str>) -> Config {
        Config {
            url: Some("http://a".into()),
            token: token.map(Into::into),
            keystore: keystore.map(Into::into),
            server_key: None,
        }
    }

    #[test]
    fn a_token_is_not_written_down_and_no_other_token_sends_for_it() {
        let order = Credential::of(&config(Some("nvt_bob"), Some("file:/k"))).unwrap();
        assert!(!serde_json::to_string(&order).unwrap().contains("nvt_bob"));
        assert!(order.client(&config(Some("nvt_bob"), None)).unwrap().is_some());
        assert!(order.client(&config(Some("nvt_agent"), None)).unwrap().is_none());
        assert!(order.client(&config(None, Some("file:/k"))).unwrap().is_none());
    }

    #[test]
    fn a_keystore_is_found_from_everywhere() {
        let Credential::Keystore(path) = Credential::of(&config(None, Some("file:keys.json"))).unwrap()
        else {
            panic!("a token")
        };
        assert!(path.starts_with("file:/") && path.ends_with("/keys.json"), "{path}");
        assert_eq!(Credential::of(&config(None, None)), None);
    }
}
