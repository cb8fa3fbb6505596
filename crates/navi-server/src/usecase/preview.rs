//! A draft of a policy, tried on what was decided: what would have run alone, asked, or been blocked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use navi_domain::UtcMicros;
use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::{self, Decision, Question, Verdict};
use navi_domain::fact::Fact;
use navi_domain::guardrail::{Answer, Guardrails};
use navi_domain::people::Role;
use navi_domain::policy::{AutonomyPolicy, InForce, PolicyScope, change, effective, in_force};
use navi_domain::risk::Assessment;
use navi_domain::words::{Said, phrases};
use navi_protocol::preview::{PreviewCounts, PreviewExample, PreviewRequest, PreviewView};
use navi_protocol::problem::Code;
use navi_protocol::words::Worded;
use navi_store::DecisionFeatures;

use super::lately::{DAY, Lately, MOST, USUAL_DAYS, lately};
use super::save_policy::{self, Draft};
use crate::view::words;
use crate::view::{name, score};
use crate::{App, Refusal};

/// Days that are looked back at most.
const MOST_DAYS: u32 = 365;
/// Examples of each change.
const EXAMPLES: usize = 50;

/// Tries the draft against what is in force now.
///
/// Facts, risk and what guardrails answered are those of the recorded decisions; grants are left out, because they end.
///
/// # Errors
/// `invalid` for a draft that could not be saved.
pub async fn preview(app: &App, request: &PreviewRequest) -> Result<PreviewView, Refusal> {
    let began = Instant::now();
    let (limit, days) = (request.limit.unwrap_or(MOST), request.days.unwrap_or(USUAL_DAYS));
    for (name, given, most) in [("limit", limit, MOST), ("days", days, MOST_DAYS)] {
        if !(1..=most).contains(&given) {
            let detail = format!("{name} must be between 1 and {most}, not {given}.");
            return Err(Refusal::new(Code::Invalid, detail));
        }
    }
    let draft = save_policy::draft(app, &request.user_id, &request.draft).await?;
    let Lately { features, since, more } = lately(app, days, limit).await?;
    let view = tried(app, draft, Arc::new(features), began).await?;
    Ok(PreviewView { since, more, ..view })
}

/// So many a day, to one decimal, over the days since the oldest decision; what is younger than a day counts as one.
fn a_day(count: u64, oldest: Option<UtcMicros>, now: UtcMicros) -> f64 {
    let days = oldest.map_or(1, |oldest| (now - oldest) / DAY + 1).max(1);
    #[expect(clippy::cast_precision_loss, reason = "counts and days are far below 2^52")]
    let tenths = (count as f64 * 10.0 / days as f64).round();
    tenths / 10.0
}

/// Tries a checked draft on decisions.
///
/// # Errors
/// The store's refusal.
pub(super) async fn tried(
    app: &App,
    draft: Draft,
    features: Arc<Vec<DecisionFeatures>>,
    began: Instant,
) -> Result<PreviewView, Refusal> {
    let places = places(app, &draft.policy.scope, &features).await?;
    let warnings = change::warnings(&draft.policy);
    let (looser, policy) = (draft.looser, draft.policy);
    let looked_at = u64::try_from(features.len()).unwrap_or(u64::MAX);
    let (oldest, now) = (features.last().map(|feature| feature.created_at), app.store.now());
    let replayed = tokio::task::spawn_blocking(move || Replay::of(&policy, &places, &features)).await;
    let replay = replayed.map_err(|error| {
        tracing::error!(%error, "a preview did not end");
        Refusal::new(Code::Internal, "The preview did not end. Nothing was changed.")
    })?;
    let sentence = sentence(&replay.counts);
    let mut words = words::changes(looser.iter().chain(&warnings));
    words.push(Worded::from(&sentence));
    Ok(PreviewView {
        words,
        looked_at,
        sentence: sentence.english().to_owned(),
        since: oldest.unwrap_or(now),
        more: false,
        prompts_per_day_before: a_day(replay.counts.asking_before, oldest, now),
        prompts_per_day_after: a_day(replay.counts.asking_after, oldest, now),
        counts: replay.counts,
        looser,
        warnings,
        newly_auto: replay.newly_auto,
        newly_asking: replay.newly_asking,
        newly_blocked: replay.newly_blocked,
        took_ms: began.elapsed().as_secs_f64() * 1e3,
    })
}

/// A person and a repository.
type Place = (String, Option<String>);

/// The policies in force where decisions of the draft's scope were made; places that it does not reach are absent.
async fn places(
    app: &App,
    scope: &PolicyScope,
    features: &[DecisionFeatures],
) -> Result<HashMap<Place, AutonomyPolicy>, Refusal> {
    let mut roles: HashMap<String, Role> = HashMap::new();
    let mut seen: HashMap<Place, Option<AutonomyPolicy>> = HashMap::new();
    for feature in features {
        if !may_reach(scope, feature) {
            continue;
        }
        let place = (feature.user.clone(), feature.repo.clone());
        if seen.contains_key(&place) {
            continue;
        }
        let (user, repo) = &place;
        let role = match roles.get(user) {
            Some(role) => *role,
            None => {
                let role = app.store.user(user).await?.map_or(Role::Developer, |u| u.role);
                roles.insert(user.clone(), role);
                role
            }
        };
        let saved = app.store.policies_for(user, role.as_str(), repo.as_deref()).await?;
        seen.insert(place.clone(), reached(scope, user, repo.as_deref(), role, &saved));
    }
    Ok(seen.into_iter().filter_map(|(place, policy)| Some((place, policy?))).collect())
}

/// Whether the scope can reach a decision, before policies and roles are looked at.
fn may_reach(scope: &PolicyScope, feature: &DecisionFeatures) -> bool {
    match scope {
        PolicyScope::UserRepo { user, repo } => feature.user == *user && feature.repo.as_ref() == Some(repo),
        PolicyScope::User { user } => feature.user == *user,
        PolicyScope::Role { .. } | PolicyScope::Default => true,
    }
}

/// The policy in force at a place, if one saved at the draft's scope would replace it: nothing more specific is saved.
fn reached(
    scope: &PolicyScope,
    user: &str,
    repo: Option<&str>,
    role: Role,
    saved: &[AutonomyPolicy],
) -> Option<AutonomyPolicy> {
    let place = match repo {
        Some(repo) => PolicyScope::UserRepo { user: user.to_owned(), repo: repo.to_owned() },
        None => PolicyScope::User { user: user.to_owned() },
    };
    let InForce { policy, chain } = in_force(&place, role.as_str(), saved);
    let draft = chain.iter().position(|l| l.scope == *scope)?;
    let winner = chain.iter().position(|l| l.wins)?;
    debug_assert_eq!(policy.scope, effective(saved).scope, "one rule of which policy wins");
    (draft <= winner).then_some(policy)
}

/// What came of it.
#[derive(Default)]
struct Replay {
    counts: PreviewCounts,
    newly_auto: Vec<PreviewExample>,
    newly_asking: Vec<PreviewExample>,
    newly_blocked: Vec<PreviewExample>,
}

impl Replay {
    fn of(
        draft: &AutonomyPolicy,
        places: &HashMap<Place, AutonomyPolicy>,
        features: &[DecisionFeatures],
    ) -> Self {
        let mut replay = Self::default();
        let guardrails = every_guardrail();
        // One place's decisions mostly follow each other, and a look-up costs two copies of names.
        let mut last: Option<(&str, Option<&str>, Option<&AutonomyPolicy>)> = None;
        for feature in features {
            let at = (feature.user.as_str(), feature.repo.as_deref());
            let now = match last {
                Some((user, repo, now)) if (user, repo) == at => now,
                _ => places.get(&(feature.user.clone(), feature.repo.clone())),
            };
            last = Some((at.0, at.1, now));
            if let (Some(now), true) = (now, may_reach(&draft.scope, feature)) {
                replay.add(feature, now, draft, &guardrails);
            }
        }
        replay
    }

    fn add(
        &mut self,
        feature: &DecisionFeatures,
        now: &AutonomyPolicy,
        draft: &AutonomyPolicy,
        guardrails: &[Guardrails; 4],
    ) {
        let facts: Vec<Fact> = feature
            .facts
            .iter()
            .map(|(kind, severity)| Fact { severity: *severity, ..Fact::new(*kind, String::new()) })
            .collect();
        let (run, unattended) = feature.guardrails;
        let [open, attended, closed, shut] = guardrails;
        let decide = |policy: &AutonomyPolicy| {
            decision::decide(&Question {
                action_type: &feature.action_type,
                facts: &facts,
                assessment: &Assessment { score: feature.score, level: feature.level, factors: Vec::new() },
                policy,
                guardrails: match (run, unattended) {
                    (true, true) => open,
                    (true, false) => attended,
                    (false, true) => closed,
                    (false, false) => shut,
                },
                frozen: None,
                rejected_before: feature.rejected_before.then_some(""),
                flooding: feature.flooding,
                grant: None,
                plan: None,
                allowed: None,
            })
        };
        let (before, after) = (decide(now), decide(draft));
        let counts = &mut self.counts;
        counts.considered += 1;
        *slot(&before, &mut counts.auto_before, &mut counts.asking_before, &mut counts.blocked_before) += 1;
        *slot(&after, &mut counts.auto_after, &mut counts.asking_after, &mut counts.blocked_after) += 1;
        if before.verdict == after.verdict {
            return;
        }
        let newly_auto = after.verdict == Verdict::Auto;
        if newly_auto && feature.approval == Some(ApprovalStatus::Rejected) {
            counts.newly_auto_that_people_rejected += 1;
        }
        *slot(&after, &mut counts.newly_auto, &mut counts.newly_asking, &mut counts.newly_blocked) += 1;
        let examples = slot(&after, &mut self.newly_auto, &mut self.newly_asking, &mut self.newly_blocked);
        if examples.len() < EXAMPLES {
            examples.push(example(feature, &before, &after));
        }
    }
}

/// What belongs to a decision's verdict.
fn slot<'a, T>(decision: &Decision, auto: &'a mut T, asking: &'a mut T, blocked: &'a mut T) -> &'a mut T {
    match decision.verdict {
        Verdict::Auto => auto,
        Verdict::Approval => asking,
        Verdict::Blocked => blocked,
    }
}

/// Guardrails that allow both questions, only `run`, only `run_unattended`, and none.
fn every_guardrail() -> [Guardrails; 4] {
    let answer = |allowed: bool| Answer { allowed, ..Answer::allowed() };
    [(true, true), (true, false), (false, true), (false, false)].map(|(run, unattended)| Guardrails {
        run: answer(run),
        run_unattended: answer(unattended),
        ..Guardrails::open()
    })
}

fn example(feature: &DecisionFeatures, before: &Decision, after: &Decision) -> PreviewExample {
    PreviewExample {
        action_id: feature.id.clone(),
        created_at: feature.created_at,
        user: feature.user.clone(),
        action_type: feature.action_type.as_str().to_owned(),
        repo: feature.repo.clone(),
        risk_score: score(feature.score),
        level: feature.level.as_str().to_owned(),
        before: before.verdict.as_str().to_owned(),
        after: after.verdict.as_str().to_owned(),
        rule: after.rule.clone(),
        people: feature.approval.as_ref().map(name),
    }
}

fn sentence(counts: &PreviewCounts) -> Said {
    let PreviewCounts { considered, newly_auto, newly_asking, newly_blocked, .. } = *counts;
    if considered == 0 {
        return phrases::REPLAY_NONE.plain();
    }
    let all = ("count", considered.into());
    if newly_auto + newly_asking + newly_blocked == 0 {
        return phrases::REPLAY_SAME.with([all]);
    }
    let auto = ("auto", newly_auto.into());
    let (asking, blocked) = (("asking", newly_asking.into()), ("blocked", newly_blocked.into()));
    match counts.newly_auto_that_people_rejected {
        0 => phrases::REPLAY_CLEAN.with([all, auto, asking, blocked]),
        some => phrases::REPLAY_REJECTED.with([all, auto, ("rejected", some.into()), asking, blocked]),
    }
}
