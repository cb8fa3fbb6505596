//! What the window may ask. Each command is listed in `src-tauri/permissions`; refusals cross the border as codes.

mod carry;
pub(crate) mod machine;
pub(crate) mod record;
mod shown;

use std::sync::Arc;

use navi_domain::vote::{Surface, VoteScope, VoteVerdict};
use navi_replica::{Draft, OutboxItem, OutboxState, ReplicaError, Trouble};
use serde::Serialize;
use tauri::State;

pub(crate) use shown::ConsoleState;

use crate::console::{Console, Decision, EnrollForm, EnrollRefusal, Mode, Outcome};
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
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    fn not_enrolled() -> Self {
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

/// Approve or reject, on what the window showed.
#[tauri::command]
pub(crate) async fn decide(
    console: State<'_, Arc<Console>>,
    approval_id: String,
    digest: String,
    verdict: VoteVerdict,
    scope: Option<VoteScope>,
    reason: String,
    passphrase: Option<Passphrase>,
) -> Answer<Outcome> {
    let scope = scope.unwrap_or_default();
    let draft = Draft { approval_id, digest, verdict, scope, reason, surface: Surface::Window };
    let passphrase = passphrase.and_then(Passphrase::given);
    Ok(console.decide(Decision { draft, passphrase }).await)
}

/// Makes this console a device.
#[tauri::command]
pub(crate) async fn enroll(
    console: State<'_, Arc<Console>>,
    link: Option<String>,
    url: Option<String>,
    invite: Option<String>,
    name: String,
    passphrase: Option<Passphrase>,
    shared: bool,
) -> Answer<ConsoleState> {
    let passphrase = passphrase.and_then(Passphrase::given);
    console.enroll(EnrollForm { link, url, invite, name, passphrase, shared }).await?;
    Ok(ConsoleState::read(&console)?)
}

/// A signed vote, as the window lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutboxRow {
    id: String,
    approval_id: String,
    verdict: String,
    title: String,
    state: OutboxState,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    made_at: i64,
}

impl From<OutboxItem> for OutboxRow {
    fn from(item: OutboxItem) -> Self {
        Self {
            id: item.id,
            approval_id: item.approval_id,
            verdict: item.verdict,
            title: item.title,
            state: item.state,
            message: item.message,
            made_at: item.made_at,
        }
    }
}

/// Votes signed here that are on their way, were recorded, or need the person. Those taken back are history.
#[tauri::command]
pub(crate) async fn outbox(console: State<'_, Arc<Console>>) -> Answer<Vec<OutboxRow>> {
    let Some(ready) = console.ready() else { return Ok(Vec::new()) };
    let rows = ready.replica.outbox()?;
    Ok(rows.into_iter().filter(|r| r.state != OutboxState::Withdrawn).map(OutboxRow::from).collect())
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
