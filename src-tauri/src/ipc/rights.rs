//! What the window may ask about grants: take one back, also while the server is away, and look after what waits.

use std::sync::Arc;

use navi_replica::GrantRevoke;
use tauri::State;

use super::{Answer, Refusal};
use crate::console::{Console, Revoked};

/// Takes a grant back; queues it while the server is away.
#[tauri::command]
pub(crate) async fn revoke_grant(console: State<'_, Arc<Console>>, id: String) -> Answer<Revoked> {
    Ok(console.revoke_grant(&id).await)
}

/// Grants taken back here, newest first. Those that were let be again are history.
#[tauri::command]
pub(crate) async fn grant_revokes(console: State<'_, Arc<Console>>) -> Answer<Vec<GrantRevoke>> {
    let Some(ready) = console.ready() else { return Ok(Vec::new()) };
    Ok(ready.replica.grant_revokes()?)
}

/// Lets a grant be again, whose taking back was not sent.
#[tauri::command]
pub(crate) async fn withdraw_revoke(console: State<'_, Arc<Console>>, id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    if ready.replica.withdraw_revoke(&id)? {
        return Ok(());
    }
    Err(Refusal::new("already_sent", "It is already on its way, and cannot be taken back here."))
}

/// The person knows that taking a grant back had no effect.
#[tauri::command]
pub(crate) async fn dismiss_revoke(console: State<'_, Arc<Console>>, id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    ready.replica.dismiss_revoke(&id)?;
    Ok(())
}
