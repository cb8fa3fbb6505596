//! A device was revoked: what rested on its signature is over, in the same commit.

use navi_domain::bypass::{Bypass, Stage};
use navi_domain::event::EventKind;
use navi_store::{Change, Record};
use serde_json::json;

use super::{list, moved};
use crate::auth::Caller;
use crate::usecase::event;
use crate::{App, Refusal};

/// Adds to the revocation of a device that the bypasses it was signed with are over: those in force end and wait for their
/// review, those that were asked for lapse. Nothing would run by them any more, so nothing says that they are in force.
///
/// # Errors
/// The store's refusal.
pub async fn over(app: &App, caller: &Caller, device_id: &str, change: Change) -> Result<Change, Refusal> {
    let all = app.store.bypasses().await?.unwrap_or_default();
    let now = app.store.now();
    let signed = |bypass: &&Bypass| bypass.signed.iter().any(|signed| signed.device_id == device_id);
    let (mut change, mut next) = (change, all.clone());
    for bypass in all.bypasses.iter().filter(|bypass| bypass.envelope.is_none()).filter(signed) {
        let (kind, over) = match bypass.at(now).stage {
            Stage::Asked { .. } => (EventKind::BypassLapsed, bypass.withdrawn(now)?),
            Stage::Active { .. } => (EventKind::BypassEnded, bypass.ended(caller.user(), now)?),
            _ => continue,
        };
        let payload = json!({
            "bypass": over, "by": caller.user(), "cause": "device_revoked", "runs": list::runs_of(app, &over.id).await?,
        });
        let links = [("bypass_id", over.id.as_str()), ("device_id", device_id)];
        change = change.event(event(kind, caller, &over.id, &links, payload));
        next = moved(&next, &over, now);
    }
    Ok(if next == all { change } else { change.put(Record::Bypasses(next)) })
}
