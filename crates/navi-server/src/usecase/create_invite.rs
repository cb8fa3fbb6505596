//! A single-use invitation to enrol a device.

use navi_domain::event::EventKind;
use navi_domain::people::{DeviceClass, Invite, Role};
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::people::InviteRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{commit, event, lost_races};
use crate::auth::{Caller, secret_hash};
use crate::{App, Refusal};

/// One day.
const DEFAULT_SECS: u32 = 24 * 3600;
/// The web page's link lives a minute.
const WEB_SECS: u32 = 60;

/// Makes an invite. Admins invite anybody; others only themselves, with their own role.
///
/// # Errors
/// `forbidden` or `invalid`.
pub async fn create_invite(
    app: &App,
    caller: &Caller,
    request: &InviteRequest,
) -> Result<(Invite, String), Refusal> {
    let invalid = |what: String| Refusal::new(Code::Invalid, what);
    let role = Role::parse(&request.role)
        .filter(|r| *r != Role::Agent)
        .ok_or_else(|| invalid(format!("role {:?} cannot be invited.", request.role)))?;
    if request.user.trim().is_empty() || request.user.len() > 255 || request.user.starts_with("role:") {
        return Err(invalid("user must have 1 to 255 characters.".into()));
    }
    let own = request.user == caller.user() && role == caller.role();
    if caller.role() != Role::Admin && !own {
        return Err(Refusal::new(Code::Forbidden, "Only an admin may invite other people."));
    }
    let class: Option<DeviceClass> = match &request.class {
        Some(name) => Some(
            serde_json::from_value(name.clone().into())
                .map_err(|_| invalid(format!("class {name:?} is not desktop, terminal or web.")))?,
        ),
        None => None,
    };
    let longest = if class == Some(DeviceClass::Web) { WEB_SECS } else { 7 * DEFAULT_SECS };
    let secs = request.ttl_secs.unwrap_or(DEFAULT_SECS).clamp(1, longest);
    let now = app.store.now();
    let secret = app.entropy.secret("nvi_")?;
    let invite = Invite {
        hash: secret_hash(&secret),
        id: app.entropy.id(now)?,
        user: request.user.trim().to_owned(),
        role,
        class,
        created_at: now,
        expires_at: now + UtcMicros::from(secs) * SECOND,
        used_by: None,
        version: 0,
    };
    let payload = json!({"user": invite.user, "role": role, "class": class, "expires_at": invite.expires_at});
    let event = event(EventKind::InviteCreated, caller, &invite.id, &[], payload);
    let change = Change::default().event(event).put(Record::Invite(invite.clone()));
    commit(app, change).await?.ok_or_else(lost_races)?;
    Ok((invite, secret))
}
