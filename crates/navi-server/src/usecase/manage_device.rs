//! A further device is confirmed on an earlier one, or a device is revoked with its token.

use navi_domain::event::EventKind;
use navi_domain::people::{Device, Role, Token};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, bypass, commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Confirms a device: by an earlier confirmed device of the same person, or by an admin's.
///
/// # Errors
/// `forbidden` from the device itself, or from somebody else's.
pub async fn confirm_device(app: &App, caller: &Caller, id: &str) -> Result<Device, Refusal> {
    for _ in 0..TRIES {
        let device = managed(app, caller, id).await?;
        if device.confirmed_at.is_some() {
            return Ok(device);
        }
        let own = caller.token.device_id.as_deref();
        let by = match own {
            Some(own) if own != id => app.store.device(own).await?,
            _ => None,
        };
        if !by.is_some_and(|d| d.confirmed_at.is_some() && d.revoked_at.is_none()) {
            return Err(Refusal::new(
                Code::Forbidden,
                "Confirm it from another device that is already confirmed.",
            ));
        }
        let confirmed = Device { confirmed_at: Some(app.store.now()), ..device };
        let event = event(EventKind::DeviceConfirmed, caller, id, &[], json!({"by_device": own}));
        if commit(app, Change::default().event(event).put(Record::Device(confirmed.clone()))).await?.is_some()
        {
            return Ok(confirmed);
        }
    }
    Err(lost_races())
}

/// Revokes a device for good. Its votes are refused from now on, whenever they claim to be signed.
///
/// # Errors
/// `forbidden` for somebody else's device.
pub async fn revoke_device(app: &App, caller: &Caller, id: &str) -> Result<Device, Refusal> {
    for _ in 0..TRIES {
        let device = managed(app, caller, id).await?;
        if device.revoked_at.is_some() {
            return Ok(device);
        }
        let now = app.store.now();
        let revoked = Device { revoked_at: Some(now), ..device };
        let mut change = Change::default()
            .event(event(EventKind::DeviceRevoked, caller, id, &[], json!({})))
            .put(Record::Device(revoked.clone()));
        for token in app.store.tokens().await?.into_iter().filter(|t| t.device_id.as_deref() == Some(id)) {
            if token.revoked_at.is_none() {
                change = change.put(Record::Token(Token { revoked_at: Some(now), ..token }));
            }
        }
        let change = bypass::revoked::over(app, caller, id, change).await?;
        if commit(app, change).await?.is_some() {
            return Ok(revoked);
        }
    }
    Err(lost_races())
}

async fn managed(app: &App, caller: &Caller, id: &str) -> Result<Device, Refusal> {
    let device = app.store.device(id).await?.ok_or_else(|| Refusal::not_found("device", id))?;
    if device.user != caller.user() && caller.role() != Role::Admin {
        return Err(Refusal::new(Code::Forbidden, "Only its owner or an admin may do that."));
    }
    Ok(device)
}
