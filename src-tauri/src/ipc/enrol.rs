//! Enrolment from the window: a look at the server, the enrolment itself, and a signature to try the keys.

use std::sync::Arc;

use navi_client::enroll::{self as client, Introduction, Invitation};
use navi_domain::evidence;
use serde::Serialize;
use tauri::{State, Url};

use super::{Answer, ConsoleState, Refusal};
use crate::console::{Console, EnrollForm, EnrollRefusal};
use crate::link;
use crate::secrets::Passphrase;

/// What the trial signature is over. No vote begins so, and nothing counts for it.
const TRIAL: &[u8] = b"navi/trial/v1\nthis signature counts for nothing";

/// A server as the window shows it before an invite is sent to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ServerSeen {
    url: String,
    org: String,
    vkey: String,
    fingerprint: String,
    /// The link names this key.
    pinned: bool,
    /// Encrypted, or on this machine.
    private: bool,
}

impl ServerSeen {
    fn of(seen: Introduction, pinned: bool) -> Self {
        let Introduction { url, org, vkey, fingerprint } = seen;
        Self { private: is_private(&url), url, org, vkey, fingerprint, pinned }
    }
}

fn is_private(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    url.scheme() == "https" || url.host_str() == Some("localhost") || link::is_loopback(&url)
}

/// Asks the server of a link, or at an address, who it is. The invite is not sent.
#[tauri::command]
pub(crate) async fn examine_server(link: Option<String>, url: Option<String>) -> Answer<ServerSeen> {
    let (url, vkey) = match (link, url) {
        (Some(link), _) => {
            let invitation = Invitation::parse(&link).map_err(|e| Refusal::from(EnrollRefusal::from(e)))?;
            (invitation.url, invitation.vkey)
        }
        (None, Some(url)) => (url.trim().to_owned(), None),
        (None, None) => return Err(Refusal::new("bad_link", "There is neither a link nor an address.")),
    };
    let seen = client::examine(&url, vkey.as_deref()).await;
    let seen = seen.map_err(|error| EnrollRefusal::from(error).at_first_sight())?;
    Ok(ServerSeen::of(seen, vkey.is_some()))
}

/// Makes this console a device.
#[tauri::command]
#[expect(clippy::too_many_arguments, reason = "the form's fields, each by its name")]
pub(crate) async fn enroll(
    console: State<'_, Arc<Console>>,
    link: Option<String>,
    url: Option<String>,
    invite: Option<String>,
    vkey: Option<String>,
    name: String,
    passphrase: Option<Passphrase>,
    shared: bool,
) -> Answer<ConsoleState> {
    let passphrase = passphrase.and_then(Passphrase::given);
    console.enroll(EnrollForm { link, url, invite, vkey, name, passphrase, shared }).await?;
    Ok(ConsoleState::read(&console)?)
}

/// Whether the keys in the keyring are the ones the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trial {
    vote: bool,
    /// `None` without a passphrase.
    step_up: Option<bool>,
}

/// Signs a text that counts for nothing, and checks it with the keys that the server knows.
#[tauri::command]
pub(crate) async fn test_signature(
    console: State<'_, Arc<Console>>,
    passphrase: Option<Passphrase>,
) -> Answer<Trial> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    let device = ready.replica.identity()?.ok_or_else(Refusal::not_enrolled)?.device;
    let keystore = console.keystore();
    let tried = tauri::async_runtime::spawn_blocking(move || {
        let no_keyring = |error: &dyn std::fmt::Display| Refusal::new("no_keyring", error.to_string());
        let key = client::vote_key(keystore.as_ref()).map_err(|e| no_keyring(&e))?;
        let vote = key.is_some_and(|key| holds(&device.vote_key, &key.sign(TRIAL)));
        let step_up = match passphrase.and_then(Passphrase::given) {
            None => None,
            Some(words) => {
                let key = client::step_up_key(keystore.as_ref(), words.text()).map_err(|_| {
                    Refusal::new("wrong_passphrase", "That passphrase does not open the key.")
                })?;
                let known = device.step_up_key.as_deref().unwrap_or_default();
                Some(key.is_some_and(|key| holds(known, &key.sign(TRIAL))))
            }
        };
        Ok(Trial { vote, step_up })
    });
    tried.await.map_err(|_| Refusal::new("internal", "The trial broke off."))?
}

fn holds(public_key: &str, signature: &[u8]) -> bool {
    evidence::verifies(public_key, TRIAL, signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_private_when_it_is_encrypted_or_stays_here() {
        for good in
            ["https://navi.example.com", "http://127.0.0.1:7420", "http://[::1]:7420", "http://localhost:1"]
        {
            assert!(is_private(good), "{good}");
        }
        for bad in ["http://navi.example.com", "http://127.0.0.1.evil.example", "http://10.0.0.1", "nonsense"]
        {
            assert!(!is_private(bad), "{bad}");
        }
    }
}
