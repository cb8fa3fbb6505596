//! Allow rules: from one request to a bounded rule that two people agree to, and what such a rule lets run.

pub mod draft;
pub mod end;
mod like;
pub mod propose;

use navi_domain::action::{Action, TargetState};
use navi_domain::allow::{AllowRule, Asked, Seen};
use navi_domain::canonical;
use navi_domain::decision::DecisionRecord;
use navi_facts::{alike, further_arguments};

use super::decide::Grounds;
use crate::App;

/// A rule in force that covers a decision that asks; none where several people must approve.
#[must_use]
pub fn covering<'a>(app: &App, grounds: &'a Grounds, record: &DecisionRecord) -> Option<&'a AllowRule> {
    let (action, now) = (&record.action, app.store.now());
    let rules = grounds.settings.allow_rules_for(&action.on_behalf_of, action.repo.as_deref());
    let quorum = grounds.settings.quorum(record.assessment.level, &record.decision.rule);
    if rules.is_empty() || record.flooding || quorum > 1 {
        return None;
    }
    let seen = seen(app, action)?;
    rules.into_iter().find(|rule| {
        rule.is_live(now)
            && rule.answers(&record.decision, record.assessment.level)
            && rule.covers(&asked(record), &seen)
    })
}

/// Whether the rule that a decision rests on is still in force; `true` where it rests on none.
#[must_use]
pub fn still(app: &App, grounds: &Grounds, record: &DecisionRecord) -> bool {
    let now = app.store.now();
    let same = |rule: &AllowRule| grounds.settings.allow_rules.contains(rule) && rule.is_live(now);
    record.allowed_by.as_ref().is_none_or(same)
}

/// Who asked for what, as a rule reads it.
fn asked(record: &DecisionRecord) -> Asked<'_> {
    Asked {
        user: &record.action.on_behalf_of,
        agent: record.action.agent.as_deref(),
        action_type: &record.action.action_type,
        repo: record.action.repo.as_deref(),
        environment: record.action.environment.as_deref(),
        facts: &record.facts,
    }
}

/// What of an action a rule is held against; `None` when it has no canonical form.
fn seen(app: &App, action: &Action) -> Option<Seen> {
    let args = further_arguments(action);
    // Further arguments may say how a command runs, so that its words are not all of it.
    let plain = action.command.as_deref().filter(|_| args.is_none());
    let anywhere = Action {
        session_id: None,
        target_state: TargetState::None(String::new()),
        args: args.clone(),
        ..action.clone()
    };
    Some(Seen {
        fingerprint: canonical::fingerprint(&anywhere, &app.org_key).ok()?,
        words: plain.and_then(alike::plain_words),
        paths: alike::places(action),
    })
}
