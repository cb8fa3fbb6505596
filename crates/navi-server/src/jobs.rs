//! What happens without a request: expiry, a checkpoint a second when the ledger grew, the index of words and counters
//! behind it; learning and the end of allow rules once a minute.

use std::time::Duration;

use tokio::sync::watch;

use crate::App;
use crate::usecase::{allow_rule, bypass, erasure, escalate, expire, freeze, lapse};

/// Runs until `stop` becomes true.
pub async fn run(app: App, stop: watch::Receiver<bool>) {
    tokio::join!(
        each_second(&app, stop.clone()),
        indexing(&app, stop.clone()),
        pruning(&app, stop.clone()),
        climbing(&app, stop.clone()),
        each_minute(&app, stop)
    );
}

/// Entries that the index follows by before it looks whether to stop.
const STRIDE: usize = 1_024;

async fn indexing(app: &App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut covered = 0;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        while !*stop.borrow() {
            match app.store.index_to(STRIDE).await {
                Ok(now) if now.saturating_sub(covered) >= STRIDE as u64 => covered = now,
                Ok(now) => {
                    covered = now;
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "the index must wait");
                    break;
                }
            }
        }
    }
}

/// Once an hour what is kept too long goes, a step a second until nothing is left to do.
async fn pruning(app: &App, mut stop: watch::Receiver<bool>) {
    let mut pause = Duration::from_secs(60);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        pause = match erasure::prune(app, false).await {
            Ok(gone) if gone.iter().any(|(_, entries)| *entries > 0) => Duration::from_secs(1),
            Ok(_) => Duration::from_secs(3600),
            Err(refusal) => {
                tracing::warn!(detail = refusal.detail, "what is kept too long must wait");
                Duration::from_secs(600)
            }
        };
    }
}

/// Requests that wait climb the line.
async fn climbing(app: &App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        if let Err(refusal) = escalate::climb(app).await {
            tracing::warn!(detail = refusal.detail, "alerts must wait");
        }
    }
}

async fn each_minute(app: &App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(60));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        if let Err(error) = app.learned.refresh(app.store.as_ref()).await {
            tracing::warn!(%error, "learning must wait");
        }
        if let Err(refusal) = allow_rule::end::all_due(app).await {
            tracing::warn!(detail = refusal.detail, "the end of allow rules must wait");
        }
    }
}

async fn each_second(app: &App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|s| *s) => return,
        }
        if let Err(refusal) = crate::refusals::record(app).await {
            tracing::warn!(detail = refusal.detail, "who was turned away could not be recorded");
        }
        if let Err(refusal) = freeze::settle(app).await {
            tracing::warn!(detail = refusal.detail, "freezes must wait");
        }
        if let Err(refusal) = bypass::settle::settle(app).await {
            tracing::warn!(detail = refusal.detail, "bypasses must wait");
        }
        if let Err(refusal) = expire::all_due(app).await {
            tracing::warn!(detail = refusal.detail, "expiry must wait");
        }
        if let Err(refusal) = lapse::all_silent(app).await {
            tracing::warn!(detail = refusal.detail, "runs whose gates are silent must wait");
        }
        if let Err(error) = app.notary.newest(app.store.as_ref(), false).await {
            tracing::warn!(%error, "the checkpoint must wait");
        }
    }
}
