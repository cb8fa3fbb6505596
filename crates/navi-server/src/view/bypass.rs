//! A bypass for the wire.

use navi_domain::UtcMicros;
use navi_domain::bypass::{ASKED_LIFE, Bypass, BypassScope, Bypassed, SOLO_WAIT, Stage, number};
use navi_domain::people::Right;
use navi_protocol::bypass::{BypassMark, BypassRights, BypassView};
use navi_protocol::words::Worded;

use crate::App;
use crate::auth::Caller;

/// The second person of a bypass that began.
#[must_use]
pub fn second(bypass: &Bypass) -> Option<&str> {
    match &bypass.stage {
        Stage::Active { with, .. } | Stage::Ended { with, .. } | Stage::Reviewed { with, .. } => {
            with.as_deref()
        }
        Stage::Asked { .. } | Stage::Lapsed { .. } => None,
    }
}

/// Builds the view for a caller, at an instant. `runs`: how many actions ran by it.
#[must_use]
pub fn build(app: &App, caller: &Caller, bypass: &Bypass, runs: u64, now: UtcMicros) -> BypassView {
    let bypass = bypass.at(now);
    let own = bypass.by == caller.user() && caller.token.agent.is_none();
    let mut view = BypassView {
        id: bypass.id.clone(),
        state: String::new(),
        scope: bypass.wish.scope.kind().to_owned(),
        name: bypass.wish.scope.name().map(str::to_owned),
        covers: bypass.wish.scope.describe(),
        incident: bypass.wish.incident.clone(),
        reason: bypass.wish.reason.clone(),
        minutes: bypass.wish.minutes,
        by: bypass.by.clone(),
        asked_at: bypass.asked_at,
        lapses_at: None,
        alone_from: None,
        number: None,
        wrong_numbers: 0,
        ask_sha256: bypass.ask_sha256.clone(),
        ask_statement: bypass.signed.first().map(|signed| signed.statement.clone()),
        with: second(&bypass).map(str::to_owned),
        alone: false,
        began_at: None,
        ends_at: None,
        ended_at: None,
        ended_by: None,
        review_due_at: None,
        overdue: bypass.overdue(now),
        reviewed_by: None,
        reviewed_at: None,
        finding: None,
        envelope_id: bypass.envelope.clone(),
        runs,
        you: rights(app, caller, &bypass, now),
        words: vec![Worded::from(&bypass.wish.scope.said())],
    };
    let state = match bypass.stage {
        Stage::Asked { wrong } => {
            view.lapses_at = Some(bypass.asked_at.saturating_add(ASKED_LIFE));
            view.alone_from = view.you.alone.then(|| bypass.asked_at.saturating_add(SOLO_WAIT));
            view.number = own.then(|| number(app.org_key.as_slice(), &bypass.id));
            view.wrong_numbers = wrong;
            "asked"
        }
        Stage::Active { with, began_at, ends_at } => {
            (view.began_at, view.ends_at) = (Some(began_at), Some(ends_at));
            view.alone = with.is_none();
            "active"
        }
        Stage::Ended { began_at, ended_at, by, with, due_at, .. } => {
            (view.began_at, view.ended_at, view.ended_by) = (Some(began_at), Some(ended_at), by);
            (view.review_due_at, view.alone) = (Some(due_at), with.is_none());
            "ended"
        }
        Stage::Reviewed { began_at, ended_at, ended_by, with, by, at, finding } => {
            (view.began_at, view.ended_at, view.ended_by) = (Some(began_at), Some(ended_at), ended_by);
            (view.reviewed_by, view.reviewed_at, view.finding) = (Some(by), Some(at), Some(finding));
            view.alone = with.is_none();
            "reviewed"
        }
        Stage::Lapsed { at } => {
            view.ended_at = Some(at);
            "lapsed"
        }
    };
    state.clone_into(&mut view.state);
    view
}

fn rights(app: &App, caller: &Caller, bypass: &Bypass, now: UtcMicros) -> BypassRights {
    let solo = caller.rules().is_some_and(|rules| rules.settings.bypass.solo);
    let _ = app;
    let own = bypass.by == caller.user();
    let asked = matches!(bypass.stage, Stage::Asked { .. });
    let waits_alone = matches!(bypass.stage, Stage::Asked { wrong: 0 });
    let on_call = caller.has(Right::Bypass);
    let votes = caller.has(Right::Vote);
    BypassRights {
        confirm: asked && !own && on_call,
        alone: waits_alone && own && on_call && solo && bypass.wish.scope != BypassScope::Everything,
        end: (asked || bypass.in_force(now)) && votes,
        review: matches!(bypass.stage, Stage::Ended { .. })
            && votes
            && !own
            && second(bypass) != Some(caller.user()),
    }
}

/// What a decision says about the bypass it rested on.
#[must_use]
pub fn mark(under: &Bypassed) -> BypassMark {
    BypassMark {
        id: under.mark.id.clone(),
        by: under.mark.by.clone(),
        incident: under.mark.incident.clone(),
        would_be: under.would.verdict.as_str().to_owned(),
        would_rule: under.would.rule.clone(),
    }
}
