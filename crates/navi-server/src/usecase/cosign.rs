//! A console cosigns a checkpoint. The first time, that it witnesses is itself recorded.

use navi_domain::event::EventKind;
use navi_domain::people::Device;
use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::with_lines;
use navi_ledger::cosignature::Witness;
use navi_protocol::problem::Code;
use navi_protocol::witness::CosignatureRequest;
use navi_store::{Change, Cosignature};
use serde_json::json;

use super::{commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// How far a console's clock may be off.
const CLOCKS_DIFFER: i64 = 600 * SECOND;
/// Keys of one device: a console that lost its memory makes a new one.
const KEYS_OF_A_DEVICE: usize = 16;

/// Keeps the cosignature; answers how many the checkpoint has now.
///
/// # Errors
/// `forbidden` without a confirmed device, `not_found` without such a checkpoint, `invalid` for a line that does not
/// hold, `version_conflict` for a witness that went further before.
pub async fn cosign(app: &App, caller: &Caller, request: &CosignatureRequest) -> Result<u64, Refusal> {
    let invalid = |why: &str| Refusal::new(Code::Invalid, format!("{why}."));
    let device = device(app, caller).await?;
    let witness = Witness::from_vkey(&request.vkey).map_err(|e| invalid(&e.to_string()))?;
    let (owner, _) = witness.name().split_once('/').unwrap_or((witness.name(), ""));
    if owner != device.id {
        return Err(invalid("The key of a witness is named after its device"));
    }
    let note = app.store.note_at(request.size).await?;
    let note = note.ok_or_else(|| Refusal::not_found("checkpoint of size", &request.size.to_string()))?;
    if request.line.contains(['\n', '\r']) || request.line.len() > 500 {
        return Err(invalid("A cosignature is one line"));
    }
    let signed = with_lines(&note, [request.line.as_str()]);
    let at = witness.cosigned_at(&signed).map_err(|e| invalid(&e.to_string()))?;
    let at = at.and_then(micros).ok_or_else(|| invalid("The line is not a signature of this key"))?;
    if (at - app.store.now()).abs() > CLOCKS_DIFFER {
        return Err(invalid("The time of the cosignature is more than ten minutes off"));
    }
    let known = app.store.witnesses().await?;
    if !known.iter().any(|w| w.vkey == request.vkey) {
        let of_device = known.iter().filter(|w| w.device_id.as_deref() == Some(&device.id)).count();
        if of_device >= KEYS_OF_A_DEVICE {
            return Err(invalid("The device has too many keys of witnesses; revoke it and enrol it again"));
        }
        let payload = json!({"vkey": request.vkey, "name": witness.name()});
        let links = [("device_id", device.id.as_str())];
        let joined = event(EventKind::WitnessJoined, caller, witness.name(), &links, payload);
        commit(app, Change::default().event(joined)).await?.ok_or_else(lost_races)?;
    }
    let cosignature = Cosignature {
        size: request.size,
        vkey: request.vkey.clone(),
        device_id: Some(device.id),
        line: request.line.clone(),
        at,
    };
    if !app.store.put_cosignature(&cosignature).await? {
        let detail = "This witness cosigned a larger checkpoint before; it never goes back.";
        return Err(Refusal::new(Code::VersionConflict, detail));
    }
    Ok(app.store.cosignatures(request.size).await?.len() as u64)
}

/// Unix seconds as an instant, unless they are beyond every instant.
pub(crate) fn micros(secs: u64) -> Option<UtcMicros> {
    i64::try_from(secs).ok()?.checked_mul(SECOND).filter(|at| *at < i64::MAX / 2)
}

async fn device(app: &App, caller: &Caller) -> Result<Device, Refusal> {
    let none = || Refusal::new(Code::Forbidden, "Only an enrolled and confirmed device can be a witness.");
    let id = caller.token.device_id.as_ref().ok_or_else(none)?;
    let device = app.store.device(id).await?.ok_or_else(none)?;
    if device.confirmed_at.is_some() && device.revoked_at.is_none() { Ok(device) } else { Err(none()) }
}
