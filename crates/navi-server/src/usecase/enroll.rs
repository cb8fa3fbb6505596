//! A device is enrolled: the invite is spent, the keys prove themselves, the device gets its token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::event::EventKind;
use navi_domain::evidence;
use navi_domain::people::{Device, DeviceClass, Invite, Token, User};
use navi_protocol::people::EnrollRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::commit;
use crate::auth::{Caller, secret_hash};
use crate::{App, Refusal};

/// A new device and its token's text.
pub struct Enrolled {
    /// The device.
    pub device: Device,
    /// The token's row.
    pub token: Token,
    /// The token's text, told once.
    pub secret: String,
}

/// Enrols.
///
/// # Errors
/// `invite_unusable` for a spent, expired or foreign invite; `invalid` for keys without proof.
pub async fn enroll(app: &App, request: &EnrollRequest) -> Result<Enrolled, Refusal> {
    let class: DeviceClass = serde_json::from_value(request.class.clone().into())
        .map_err(|_| Refusal::new(Code::Invalid, "class is not desktop, terminal or web."))?;
    if request.name.trim().is_empty() || request.name.len() > 100 {
        return Err(Refusal::new(Code::Invalid, "name must have 1 to 100 characters."));
    }
    prove(request)?;
    let unusable = |why: &'static str| {
        app.refusals.login(None, "invite", why);
        Refusal::new(Code::InviteUnusable, format!("{why} Ask for a new one."))
    };
    let hash = secret_hash(&request.invite);
    let invite = app.store.invite(&hash).await?.ok_or_else(|| unusable("There is no such invite."))?;
    let now = app.store.now();
    if invite.used_by.is_some() {
        return Err(unusable("The invite was already used."));
    }
    if now > invite.expires_at {
        return Err(unusable("The invite has expired."));
    }
    if invite.class.is_some_and(|c| c != class) {
        return Err(unusable("The invite is for another class of device."));
    }
    let step_up_key = request.step_up_key.clone().filter(|_| class != DeviceClass::Web);
    let earlier = app.store.devices(Some(&invite.user)).await?;
    let first = !earlier.iter().any(|d| d.confirmed_at.is_some() && d.revoked_at.is_none());
    let device = Device {
        id: app.entropy.id(now)?,
        user: invite.user.clone(),
        name: request.name.trim().to_owned(),
        class,
        shared: request.shared,
        vote_key: request.vote_key.to_lowercase(),
        step_up_key: step_up_key.map(|k| k.to_lowercase()),
        last_seq: 0,
        enrolled_at: now,
        confirmed_at: (first || invite.class == Some(DeviceClass::Web)).then_some(now),
        revoked_at: None,
        version: 0,
    };
    let known = app.store.user(&invite.user).await?;
    let role = known.as_ref().map_or(invite.role, |u| u.role);
    let secret = app.entropy.secret("nvt_")?;
    let token = Token {
        hash: secret_hash(&secret),
        id: app.entropy.id(now)?,
        user: invite.user.clone(),
        role,
        agent: None,
        device_id: Some(device.id.clone()),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        version: 0,
    };
    let caller = Caller::of(token.clone());
    let payload = json!({"device": device, "role": role, "token_id": token.id});
    let event = super::event(
        EventKind::DeviceEnrolled,
        &caller,
        &device.id,
        &[("invite_id", invite.id.as_str())],
        payload,
    );
    let mut change = Change::default()
        .event(event)
        .put(Record::Invite(Invite { used_by: Some(device.id.clone()), ..invite.clone() }))
        .put(Record::Device(device.clone()))
        .put(Record::Token(token.clone()));
    if known.is_none() {
        let user = User { id: invite.user.clone(), role, created_at: now, version: 0 };
        change = change.put(Record::User(user));
    }
    commit(app, change).await?.ok_or_else(|| unusable("The invite was used at the same moment."))?;
    Ok(Enrolled { device, token, secret })
}

/// Both keys sign the same statement, so that nobody enrols a key that is not theirs.
fn prove(request: &EnrollRequest) -> Result<(), Refusal> {
    let step_up = request.step_up_key.as_deref().unwrap_or_default();
    let statement =
        format!("navi/enroll/v1\n{}\n{}\n{step_up}", secret_hash(&request.invite), request.vote_key)
            .into_bytes();
    let proved = |key: &str, proof: &str| {
        STANDARD.decode(proof).is_ok_and(|signature| evidence::verifies(key, &statement, &signature))
    };
    let vote = proved(&request.vote_key, &request.proof);
    let step_up = match (&request.step_up_key, &request.step_up_proof) {
        (None, _) => true,
        (Some(key), Some(proof)) => key != &request.vote_key && proved(key, proof),
        (Some(_), None) => false,
    };
    if vote && step_up {
        return Ok(());
    }
    Err(Refusal::new(Code::Invalid, "The keys did not prove themselves: a signature is missing or wrong."))
}
