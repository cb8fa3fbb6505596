//! What is remembered of an agent when it asks: what people rejected in its session, and how much of it waits already.

use navi_domain::action::Action;
use navi_domain::canonical;
use navi_domain::event::EventKind;
use navi_domain::settings::OrgSettings;
use navi_domain::{MINUTE, UtcMicros};
use navi_protocol::problem::Code;
use navi_store::{AuditFilter, Change};
use serde_json::json;

use super::{Remember, commit, event, policy_history, remember};
use crate::auth::Caller;
use crate::{App, Refusal};

/// A flood of one agent is told in the ledger at most this often.
const TOLD_EVERY: UtcMicros = 10 * MINUTE;

/// What is remembered about one action.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    /// Same for every spelling of the same effect in the same session; empty without a session.
    pub effect_key: String,
    /// The approval in which a person rejected it.
    pub rejected_before: Option<String>,
    /// Its agent has more requests open than the organisation allows.
    pub flooding: bool,
    /// Its agent has no request open, so that none is like this one.
    pub none_open: bool,
}

/// Looks it up.
///
/// # Errors
/// The store's refusal.
pub async fn recall(app: &App, action: &Action, settings: &OrgSettings) -> Result<Remembered, Refusal> {
    let effect_key = effect_key(app, action);
    let rejected_before = match effect_key.as_str() {
        "" => None,
        key => app.store.rejected_effect(key).await?,
    };
    let most = settings.max_open_per_agent;
    let open = match &action.agent {
        Some(agent) => Some(app.store.open_requests(agent, most).await?),
        None => None,
    };
    let (flooding, none_open) = (open.is_some_and(|open| open >= most), open == Some(0));
    Ok(Remembered { effect_key, rejected_before, flooding, none_open })
}

/// HMAC-SHA256 (hex) of agent, person, session and effect under the organisation's key.
#[must_use]
pub fn effect_key(app: &App, action: &Action) -> String {
    let Some(session) = &action.session_id else { return String::new() };
    let (agent, person) = (action.agent.as_deref().unwrap_or_default(), &action.on_behalf_of);
    let text = format!("effect\n{agent}\n{person}\n{session}\n{}", navi_facts::effect(action));
    canonical::reason_commitment(app.org_key.as_slice(), &text)
}

/// Refuses one request too many: people see one card, and nothing runs. The ledger says it now and then, not each time.
///
/// # Errors
/// Always: `flood`, unless the store refuses.
pub async fn refuse_flood(app: &App, caller: &Caller, agent: &str, most: u32) -> Result<(), Refusal> {
    let subject = canonical::reason_commitment(app.org_key.as_slice(), &format!("flood of {agent}"));
    let now = app.store.now();
    let filter = AuditFilter {
        kind: vec![EventKind::FloodDetected],
        subject: Some(subject.clone()),
        limit: 1,
        ..AuditFilter::default()
    };
    let last = app.store.audit(&filter).await?.items.into_iter().next();
    if last.as_ref().is_none_or(|entry| policy_history::at(entry) + TOLD_EVERY < now) {
        let payload = json!({"agent": agent, "open": most});
        // Of racing refusals that saw the same last entry one tells it; the others conflict, and that is enough.
        let once = Remember {
            token_id: "flood".into(),
            key: format!(
                "{subject} after {}",
                last.map_or(-1, |e| i64::try_from(e.index).unwrap_or(i64::MAX))
            ),
            request_sha256: String::new(),
        };
        let told = Change::default().event(event(EventKind::FloodDetected, caller, &subject, &[], payload));
        commit(app, remember(told, Some(&once), 0, &(), now)).await?;
    }
    let detail = format!(
        "{most} requests of {agent} wait for people already. Nothing was asked and nothing may run; wait until some are decided."
    );
    Err(Refusal::new(Code::Flood, detail))
}
