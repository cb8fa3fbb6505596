//! Devices, invites and tokens for the wire.

use navi_domain::people::{Device, Invite, Token};
use navi_protocol::people::{DeviceView, InviteView, TokenView};

use super::name;

/// A device.
#[must_use]
pub fn device(d: &Device) -> DeviceView {
    DeviceView {
        id: d.id.clone(),
        user: d.user.clone(),
        name: d.name.clone(),
        class: name(&d.class),
        shared: d.shared,
        vote_key: d.vote_key.clone(),
        step_up_key: d.step_up_key.clone(),
        ceiling: d.ceiling().as_str().to_owned(),
        last_seq: d.last_seq,
        enrolled_at: d.enrolled_at,
        confirmed_at: d.confirmed_at,
        revoked_at: d.revoked_at,
    }
}

/// An invite, without its text.
#[must_use]
pub fn invite(i: &Invite) -> InviteView {
    InviteView {
        id: i.id.clone(),
        user: i.user.clone(),
        role: i.role.as_str().to_owned(),
        expires_at: i.expires_at,
        used_by: i.used_by.clone(),
    }
}

/// A token, without its text.
#[must_use]
pub fn token(t: &Token) -> TokenView {
    TokenView {
        id: t.id.clone(),
        user: t.user.clone(),
        role: t.role.as_str().to_owned(),
        agent: t.agent.clone(),
        created_at: t.created_at,
        revoked_at: t.revoked_at,
    }
}
