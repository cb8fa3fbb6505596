//! What happens without a request: expiry, and a checkpoint a second when the ledger grew.

use std::time::Duration;

use tokio::sync::watch;

use crate::App;
use crate::usecase::expire;

/// Runs until `stop` becomes true.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        if let Err(refusal) = expire::all_due(&app).await {
            tracing::warn!(detail = refusal.detail, "expiry must wait");
        }
        if let Err(error) = app.notary.newest(app.store.as_ref(), false).await {
            tracing::warn!(%error, "the checkpoint must wait");
        }
    }
}
