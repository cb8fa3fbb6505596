//! `ledger rotate-key` and `ledger retire-key`: another key signs the ledger, and for some time both do.
//!
//! The old key signs a checkpoint that covers the entry naming the new one: whoever pinned the old key can follow it.

use anyhow::Context as _;
use navi_domain::event::{Event, EventKind};
use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::Signer;
use navi_store::{AuditFilter, Change, Outcome, Store};
use serde_json::{Value, json};

use super::data_dir::{DataDir, system};
use super::keys;
use crate::App;
use crate::checkpoint::{Notary, OldKey};
use crate::entropy::{Entropy, SystemEntropy};

const DAY: UtcMicros = 24 * 3600 * SECOND;

fn by_operator(kind: EventKind, subject: &str, payload: Value) -> Event {
    Event { actor: "operator".to_owned(), ..system(kind, subject, payload) }
}

async fn record(app: &App, event: Event) -> anyhow::Result<()> {
    let outcome = app.store.commit(Change::default().event(event)).await?;
    anyhow::ensure!(matches!(outcome, Outcome::Committed { .. }), "the ledger refused the entry");
    Ok(())
}

/// `rotate-key`
pub async fn rotate(dir: &DataDir, overlap_days: u16) -> anyhow::Result<()> {
    anyhow::ensure!(overlap_days <= 366, "--overlap-days must be 0 to 366");
    dir.own()?;
    let (app, fault) = dir.opened(dir.options()?).await?;
    if let Some(fault) = fault {
        anyhow::bail!("the ledger is fenced, so its key is not rotated: {fault}");
    }
    let origin = app.store.head().await?.origin;
    let (old, seed) = (dir.signer(&origin)?, (&SystemEntropy as &dyn Entropy).bytes::<32>()?);
    let new = Signer::from_seed(&origin, seed)?;
    keys::write(&dir.file(keys::NEXT), hex::encode(seed).as_bytes())?;
    let (old_vkey, new_vkey) = (old.vkey(), new.vkey());
    let until = app.store.now() + i64::from(overlap_days) * DAY;
    let payload = json!({"old_vkey": old_vkey, "new_vkey": new_vkey, "overlap_until": until});
    record(&app, by_operator(EventKind::KeyRotated, &origin, payload)).await?;
    // Both sign what covers the entry, whatever the overlap: this note is how the old key hands over.
    let old = Some(OldKey { signer: old, until: UtcMicros::MAX });
    let (size, _) = Notary::with(new, old, Some(dir.mark()), false).newest(app.store.as_ref(), true).await?;
    app.store.close().await;
    keys::promote(dir.path(), until)?;
    println!(
        "{}",
        json!({"old_vkey": old_vkey, "ledger_vkey": new_vkey, "overlap_until": until, "checkpoint": size})
    );
    Ok(())
}

/// Finishes a rotation that was recorded and then cut off; forgets a key whose rotation never was.
pub async fn finish(dir: &DataDir, store: &dyn Store, origin: &str) -> anyhow::Result<()> {
    let path = dir.file(keys::NEXT);
    if !path.exists() {
        return Ok(());
    }
    let next = Signer::from_seed(origin, keys::read(&path)?)?.vkey();
    let filter = AuditFilter { kind: vec![EventKind::KeyRotated], limit: 1, ..AuditFilter::default() };
    let newest = store.audit(&filter).await?.items.pop().and_then(|entry| entry.payload);
    let payload: Value = newest.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    if payload.get("new_vkey").and_then(Value::as_str) == Some(next.as_str()) {
        let until = payload.get("overlap_until").and_then(Value::as_i64).unwrap_or_default();
        keys::promote(dir.path(), until.max(store.now() + DAY))?;
        tracing::warn!("a rotation of the ledger's key that was cut off is finished");
    }
    Ok(())
}

/// `retire-key`
pub async fn retire(dir: &DataDir) -> anyhow::Result<()> {
    dir.own()?;
    let (app, fault) = dir.opened(dir.options()?).await?;
    anyhow::ensure!(fault.is_none(), "the ledger is fenced: {}", fault.unwrap_or_default());
    let origin = app.store.head().await?.origin;
    let old = keys::old(dir.path(), &origin)?.context("no old key signs; nothing was changed")?.signer.vkey();
    let payload = json!({"vkey": old, "ledger_vkey": app.notary.vkey()});
    record(&app, by_operator(EventKind::KeyRetired, &origin, payload)).await?;
    app.store.close().await;
    std::fs::remove_file(dir.file(keys::OLD)).context("the old key could not be removed")?;
    keys::sync(dir.path())?;
    println!("{}", json!({"retired_vkey": old, "ledger_vkey": app.notary.vkey()}));
    Ok(())
}
