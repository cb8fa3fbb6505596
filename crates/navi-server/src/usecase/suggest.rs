//! "Approved 48 of 48 like this: allow?" Each suggestion is a draft that was tried; a person saves it, or nobody does.

use std::sync::Arc;
use std::time::Instant;

use navi_domain::fact::FactKind;
use navi_domain::learning::{History, Suggestion, suggestions};
use navi_domain::policy::{ActionPattern, AutonomyPolicy, PolicyScope};
use navi_domain::words::phrases;
use navi_protocol::policy::PolicyRequest;
use navi_protocol::problem::Code;
use navi_protocol::suggestions::SuggestionView;
use navi_protocol::words::Worded;
use navi_store::DecisionFeatures;

use super::policy_in_force::policy_in_force;
use super::{preview, save_policy};
use crate::view::policy as view;
use crate::{App, Refusal, learned};

/// Suggestions at most.
const MOST: usize = 20;

/// What people always approved, most often first.
///
/// A draft that would not let all of them run, or that would have let run what a person rejected, is not suggested.
///
/// # Errors
/// The store's refusal.
pub async fn suggest(app: &App) -> Result<Vec<SuggestionView>, Refusal> {
    let features = Arc::new(app.store.features(learned::LOOKS_AT).await?);
    let mut views = Vec::new();
    for found in suggestions(features.iter().filter_map(history), app.store.now()) {
        if views.len() == MOST {
            break;
        }
        views.extend(tried(app, found, &features).await?);
    }
    Ok(views)
}

fn history(feature: &DecisionFeatures) -> Option<History<'_>> {
    Some(History {
        user: &feature.user,
        repo: feature.repo.as_deref(),
        action_type: feature.action_type.as_str(),
        rule: &feature.rule,
        kinds: learned::kinds(feature),
        severity: feature.facts.iter().map(|(_, severity)| *severity).max(),
        level: feature.level,
        outcome: learned::outcome(feature)?,
        at: feature.created_at,
    })
}

async fn tried(
    app: &App,
    found: Suggestion,
    features: &Arc<Vec<DecisionFeatures>>,
) -> Result<Option<SuggestionView>, Refusal> {
    let scope = PolicyScope::parse(&found.user, found.repo.as_deref());
    let in_force = policy_in_force(app, &scope).await?.in_force;
    let version = view::in_force(scope, &in_force).version;
    let request = allowing(&in_force.policy, &found, version);
    // What cannot be saved (a list may be full) is not suggested.
    let draft = match save_policy::draft(app, &found.user, &request).await {
        Ok(draft) => draft,
        Err(refusal) if refusal.code == Code::Invalid => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let tried = preview::tried(app, draft, Arc::clone(features), Instant::now()).await?;
    let counts = tried.counts;
    if counts.newly_auto < u64::from(found.approved) || counts.newly_auto_that_people_rejected > 0 {
        return Ok(None);
    }
    let sentence = phrases::SUGGESTED.with([
        ("count", found.approved.into()),
        ("type", (&found.action_type).into()),
        ("kinds", found.kinds.said().into()),
    ]);
    let words = tried.words.into_iter().chain([Worded::from(&sentence)]).collect();
    Ok(Some(SuggestionView {
        words,
        sentence: sentence.english().to_owned(),
        user_id: found.user,
        action_type: found.action_type,
        rule: found.rule,
        facts: found.kinds.iter().map(FactKind::as_str).map(str::to_owned).collect(),
        approved: found.approved,
        newest_at: found.newest_at,
        draft: request,
        looser: tried.looser,
        replay: counts,
        replay_sentence: tried.sentence,
    }))
}

/// The policy in force, with the type among those that run alone.
fn allowing(policy: &AutonomyPolicy, found: &Suggestion, version: u64) -> PolicyRequest {
    let names = |list: &[ActionPattern]| -> Vec<String> {
        list.iter().map(|p| p.as_str().to_owned()).filter(|name| *name != found.action_type).collect()
    };
    let mut auto = names(&policy.auto_allowed_actions);
    auto.push(found.action_type.clone());
    PolicyRequest {
        level: policy.level.as_str().to_owned(),
        max_risk_threshold: Some(f64::from(policy.max_risk_threshold) / 1000.0),
        auto_allowed_actions: Some(auto),
        require_approval_for: Some(names(&policy.require_approval_for)),
        blocked_actions: Some(policy.blocked_actions.iter().map(|p| p.as_str().to_owned()).collect()),
        repo: found.repo.clone(),
        version: Some(version),
        reason: String::new(),
    }
}
