//! What the window may ask. Each command is listed in `src-tauri/permissions`; refusals cross the border as codes.

#[cfg(test)]
mod allowed;
mod carry;
pub(crate) mod emergency;
pub(crate) mod enrol;
pub(crate) mod glass;
pub(crate) mod machine;
pub(crate) mod notify;
pub(crate) mod record;
pub(crate) mod rights;
#[cfg(test)]
mod shapes;
mod shown;
pub(crate) mod updates;

use std::sync::Arc;

use navi_domain::vote::{Surface, VoteScope, VoteVerdict};
use navi_replica::{Draft, OutboxItem, OutboxState, ReplicaError, Trouble};
use serde::Serialize;
use tauri::State;

pub(crate) use shown::ConsoleState;

use crate::console::{Console, Decision, EnrollRefusal, Mode, Outcome};
use crate::secrets::Passphrase;

/// Why a command did nothing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    /// Stable code.
    code: String,
    /// For people.
    message: String,
}

impl Refusal {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn not_enrolled() -> Self {
        Self::new("not_enrolled", "This console is not enrolled.")
    }
}

impl From<ReplicaError> for Refusal {
    fn from(error: ReplicaError) -> Self {
        if matches!(error, ReplicaError::NothingYet) {
            return Self::new("not_ready", crate::words::sentence(&error.to_string()));
        }
        tracing::error!(%error, "the local copy failed");
        Self::new(error.trouble().map_or("internal", Trouble::code), error.to_string())
    }
}

impl From<EnrollRefusal> for Refusal {
    fn from(refusal: EnrollRefusal) -> Self {
        Self::new(&refusal.code(), refusal.message())
    }
}

type Answer<T> = Result<T, Refusal>;

/// A call of the API, answered from the copy or by the server.
#[tauri::command]
pub(crate) async fn api_request(
    console: State<'_, Arc<Console>>,
    method: String,
    path: String,
    body: Option<serde_json::Value>,
) -> Answer<carry::Carried> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    carry::carry(&ready, &method, &path, body.as_ref()).await
}

/// Where the console stands. Tries the keyring again when it was locked.
#[tauri::command]
pub(crate) async fn console_state(console: State<'_, Arc<Console>>) -> Answer<ConsoleState> {
    if matches!(*console.watch().borrow(), Mode::Locked(_) | Mode::Starting) {
        console.open().await;
    }
    if let Some(ready) = console.ready().filter(|r| r.replica.watch().borrow().trouble.is_some()) {
        // Room may have been made; what it says is in the state.
        let _ = ready.replica.probe();
    }
    Ok(ConsoleState::read(&console)?)
}

/// Approve or reject, on what the window showed; `for_user`: for somebody who delegated their vote.
#[expect(clippy::too_many_arguments, reason = "each is a field of what the window sends")]
#[tauri::command]
pub(crate) async fn decide(
    console: State<'_, Arc<Console>>,
    approval_id: String,
    digest: String,
    policy_hash: String,
    verdict: VoteVerdict,
    scope: Option<VoteScope>,
    reason: String,
    for_user: Option<String>,
    passphrase: Option<Passphrase>,
) -> Answer<Outcome> {
    let scope = scope.unwrap_or_default();
    let surface = Surface::Window;
    let draft = Draft { approval_id, digest, policy_hash, verdict, scope, reason, surface, for_user };
    let passphrase = passphrase.and_then(Passphrase::given);
    Ok(console.decide(Decision { draft, passphrase }).await)
}

/// Votes signed here that are on their way, were recorded, or need the person. Those taken back are history.
#[tauri::command]
pub(crate) async fn outbox(console: State<'_, Arc<Console>>) -> Answer<Vec<OutboxItem>> {
    let Some(ready) = console.ready() else { return Ok(Vec::new()) };
    let rows = ready.replica.outbox()?;
    Ok(rows.into_iter().filter(|r| r.state != OutboxState::Withdrawn).collect())
}

/// Takes back a vote that was not sent.
#[tauri::command]
pub(crate) async fn withdraw(console: State<'_, Arc<Console>>, id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    if ready.replica.withdraw(&id)? {
        return Ok(());
    }
    Err(Refusal::new("already_sent", "This decision is already on its way; it cannot be taken back here."))
}

/// The person knows that a vote had no effect.
#[tauri::command]
pub(crate) async fn dismiss(console: State<'_, Arc<Console>>, id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    ready.replica.dismiss(&id)?;
    Ok(())
}
