//! A token stops being good.

use navi_domain::event::EventKind;
use navi_domain::people::Token;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Revokes a token by its public id.
///
/// # Errors
/// `not_found`
pub async fn revoke_token(app: &App, caller: &Caller, id: &str) -> Result<Token, Refusal> {
    for _ in 0..TRIES {
        let token = app.store.token_by_id(id).await?.ok_or_else(|| Refusal::not_found("token", id))?;
        if token.revoked_at.is_some() {
            return Ok(token);
        }
        let revoked = Token { revoked_at: Some(app.store.now()), ..token };
        let event = event(EventKind::TokenRevoked, caller, id, &[], json!({}));
        if commit(app, Change::default().event(event).put(Record::Token(revoked.clone()))).await?.is_some() {
            return Ok(revoked);
        }
    }
    Err(lost_races())
}
