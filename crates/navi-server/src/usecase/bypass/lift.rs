//! What a decision becomes under a bypass, and whether it may still run by it.

use std::sync::Arc;

use navi_domain::UtcMicros;
use navi_domain::bypass::{Bypass, Bypassed, Reach, carries, lifted};
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::event::{Event, EventKind};
use navi_store::{Change, Key};
use serde_json::json;

use crate::auth::Caller;
use crate::rules::Rules;
use crate::usecase::event;
use crate::{App, Refusal};

/// A bypass in force that reaches an action, as it was read.
#[derive(Clone, Debug)]
pub struct Under {
    /// The bypass.
    pub bypass: Bypass,
    /// First instant at which nothing may run by it.
    pub ends_at: UtcMicros,
    rules: Arc<Rules>,
}

impl Under {
    /// Commits only while the bypass is what it was when it was read, and before its end by the batch's own time.
    #[must_use]
    pub fn guard(&self, change: Change) -> Change {
        let (key, expected) = super::read(&self.rules.bypasses);
        change.expect(key, expected).before(Key::Bypasses, self.ends_at)
    }

    /// The entry that says that an action runs by it, what it would have been, and who was skipped.
    #[must_use]
    pub fn used(&self, caller: &Caller, record: &DecisionRecord, skipped: &[String]) -> Event {
        let would = record.bypass.as_ref().map(|under| &under.would);
        let rule =
            would.map(|would| format!("{}/{}", would.verdict.as_str(), would.rule)).unwrap_or_default();
        let links = [
            ("would", rule.as_str()),
            ("bypass_id", self.bypass.id.as_str()),
            ("action_id", record.id.as_str()),
            ("digest", record.digest.as_str()),
            ("policy_hash", record.policy_hash.as_str()),
        ];
        let payload = json!({
            "would": would, "skipped": skipped, "level": record.assessment.level, "risk_score": record.assessment.score,
            "title": crate::view::title::title(&record.action), "ends_at": self.ends_at,
        });
        event(EventKind::BypassUsed, caller, &self.bypass.id, &links, payload)
    }
}

/// The bypass that lets a decision run that would ask, if there is one: in force now, reaching this action, carried by its
/// signatures.
///
/// # Errors
/// The store's refusal.
pub async fn covering(
    app: &App,
    rules: &Arc<Rules>,
    record: &DecisionRecord,
) -> Result<Option<Under>, Refusal> {
    if record.decision.verdict != Verdict::Approval {
        return Ok(None);
    }
    let reach = Reach {
        digest: &record.digest,
        fingerprint: &record.fingerprint,
        agent: record.action.agent.as_deref(),
        repo: record.action.repo.as_deref(),
    };
    match rules.bypasses.covering(&reach, app.store.now()) {
        Some(bypass) => in_force(app, rules, &bypass.id).await,
        None => Ok(None),
    }
}

/// A bypass by its id, if it is in force and carried by its signatures.
///
/// # Errors
/// The store's refusal.
pub async fn in_force(app: &App, rules: &Arc<Rules>, id: &str) -> Result<Option<Under>, Refusal> {
    let now = app.store.now();
    let Some(bypass) = rules.bypasses.find(id).filter(|b| b.in_force(now)) else { return Ok(None) };
    let Some(ends_at) = bypass.ends_at() else { return Ok(None) };
    if !carries(bypass, &app.store.devices(None).await?) {
        tracing::error!(id, "a bypass is not carried by its signatures; nothing runs by it");
        return Ok(None);
    }
    Ok(Some(Under { bypass: bypass.clone(), ends_at, rules: Arc::clone(rules) }))
}

/// The same decision, lifted.
#[must_use]
pub fn lift(record: &DecisionRecord, under: &Under) -> Option<DecisionRecord> {
    let mark = under.bypass.mark();
    let decision = lifted(&record.decision, &mark)?;
    let bypass = Some(Bypassed { mark, would: record.decision.clone() });
    Some(DecisionRecord { decision, bypass, ..record.clone() })
}
