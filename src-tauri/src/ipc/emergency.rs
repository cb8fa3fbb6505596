//! What the window may ask in an emergency: stop agents, look after stops that the server does not have yet, and sign the
//! steps of a bypass.

use std::sync::Arc;

use navi_protocol::bypass::BypassView;
use navi_protocol::freeze::FreezeRequest;
use navi_replica::FreezeOrder;
use tauri::State;

use super::{Answer, Refusal};
use crate::console::{BypassStep, Console, Ordered};
use crate::secrets::Passphrase;

/// Stops an agent, a repository or everything; queues it while the server is away.
#[tauri::command]
pub(crate) async fn stop_agents(console: State<'_, Arc<Console>>, request: FreezeRequest) -> Answer<Ordered> {
    Ok(console.stop_agents(&request).await)
}

/// Stops ordered here, newest first. Those taken back are history.
#[tauri::command]
pub(crate) async fn stop_orders(console: State<'_, Arc<Console>>) -> Answer<Vec<FreezeOrder>> {
    let Some(ready) = console.ready() else { return Ok(Vec::new()) };
    Ok(ready.replica.freeze_orders()?)
}

/// Takes back a stop that was not sent.
#[tauri::command]
pub(crate) async fn withdraw_stop(console: State<'_, Arc<Console>>, id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    if ready.replica.withdraw_order(&id)? {
        return Ok(());
    }
    Err(Refusal::new("already_sent", "This stop is already on its way; lift it when it is in force."))
}

/// The person knows that a stop had no effect.
#[tauri::command]
pub(crate) async fn dismiss_stop(console: State<'_, Arc<Console>>, id: String) -> Answer<()> {
    let ready = console.ready().ok_or_else(Refusal::not_enrolled)?;
    ready.replica.dismiss_order(&id)?;
    Ok(())
}

/// Asks for a bypass, confirms, goes on alone or reviews: signed here and sent at once.
#[tauri::command]
pub(crate) async fn bypass_step(
    console: State<'_, Arc<Console>>,
    step: BypassStep,
    passphrase: Option<Passphrase>,
) -> Answer<BypassView> {
    console.bypass(&step, passphrase.and_then(Passphrase::given)).await
}
