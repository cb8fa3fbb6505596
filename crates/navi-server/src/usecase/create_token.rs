//! A bearer token for an agent or a person's script.

use navi_domain::event::EventKind;
use navi_domain::people::{Role, Token, User};
use navi_protocol::people::TokenRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{commit, event, lost_races};
use crate::auth::{Caller, secret_hash};
use crate::{App, Refusal};

/// Makes a token. Its text is returned once and kept only as a hash.
///
/// # Errors
/// `invalid` for an unknown role, or an agent's name on a person's token.
pub async fn create_token(
    app: &App,
    caller: &Caller,
    request: &TokenRequest,
) -> Result<(Token, String), Refusal> {
    let invalid = |what: &str| Refusal::new(Code::Invalid, what);
    let role = Role::parse(&request.role).ok_or_else(|| invalid("role is none of the product's."))?;
    let user = request.user.trim();
    if user.is_empty() || user.len() > 255 || user.starts_with("role:") || user == "default" {
        return Err(invalid("user must have 1 to 255 characters and not be a policy scope."));
    }
    let agent = match (role, &request.agent) {
        (Role::Agent, name) => Some(name.clone().unwrap_or_else(|| "agent".into())),
        (_, Some(_)) => return Err(invalid("Only a token of role agent may name an agent.")),
        (_, None) => None,
    };
    let now = app.store.now();
    let secret = app.entropy.secret("nvt_")?;
    let token = Token {
        hash: secret_hash(&secret),
        id: app.entropy.id(now)?,
        user: user.to_owned(),
        role,
        agent,
        device_id: None,
        created_at: now,
        expires_at: None,
        revoked_at: None,
        version: 0,
    };
    let payload = json!({"user": token.user, "role": role, "agent": token.agent});
    let mut change = Change::default()
        .event(event(EventKind::TokenCreated, caller, &token.id, &[], payload))
        .put(Record::Token(token.clone()));
    if app.store.user(user).await?.is_none() {
        let role = if role == Role::Agent { Role::Developer } else { role };
        change = change.put(Record::User(User { id: user.to_owned(), role, created_at: now, version: 0 }));
    }
    commit(app, change).await?.ok_or_else(lost_races)?;
    Ok((token, secret))
}
