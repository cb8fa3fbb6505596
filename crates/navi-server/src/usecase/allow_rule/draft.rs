//! The rules that could be made from a request, each tried on what was asked lately.

use std::cmp::Reverse;

use navi_domain::action::Action;
use navi_domain::allow::AllowRule;
use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::Verdict;
use navi_protocol::allow::{AllowDraft, AllowDrafts, AllowExample, AllowReplay};
use navi_store::{ApprovalRow, DecisionFeatures};

use super::like::{Like, likeness, rule, unavailable};
use super::{asked, seen};
use crate::usecase::lately::{Lately, MOST, USUAL_DAYS, lately};
use crate::view::allow::what;
use crate::view::title::{title, worded};
use crate::view::{name, score};
use crate::{App, Refusal};

/// Requests that are read whole, at most; the newest.
const READ: usize = 2_000;
/// Examples that are shown.
const EXAMPLES: usize = 50;

/// Makes them; nothing is saved.
///
/// # Errors
/// The store's refusal.
pub async fn drafts(app: &App, row: &ApprovalRow) -> Result<AllowDrafts, Refusal> {
    let now = app.store.now();
    if let Some(why) = unavailable(row) {
        let (looked_at, since) = (0, now);
        return Ok(AllowDrafts {
            unavailable: Some(why.into()),
            drafts: vec![],
            looked_at,
            since,
            more: false,
        });
    }
    let made: Vec<(Like, Result<AllowRule, &'static str>)> = Like::ALL
        .into_iter()
        .map(|like| (like, likeness(app, row, like).map(|l| rule(row, l, "", (now, now + 1)))))
        .collect();
    let Lately { features, since, mut more } = lately(app, USUAL_DAYS, MOST).await?;
    let rules: Vec<&AllowRule> = made.iter().filter_map(|(_, made)| made.as_ref().ok()).collect();
    let mut let_run: Vec<Vec<Example>> = rules.iter().map(|_| Vec::new()).collect();
    let near = features.iter().filter(|feature| rules.first().is_some_and(|rule| may_cover(rule, feature)));
    for (read, feature) in near.enumerate() {
        if read == READ {
            more = true;
            break;
        }
        let Some(record) = app.store.decision(&feature.id).await? else { continue };
        let Some(seen) = seen(app, &record.action).filter(|_| record.erased_at.is_none()) else { continue };
        for (rule, found) in rules.iter().zip(&mut let_run) {
            if rule.covers(&asked(&record), &seen) {
                found.push(Example::of(feature, &record.action));
            }
        }
    }
    let looked_at = u64::try_from(features.len()).unwrap_or(u64::MAX);
    let mut found = let_run.into_iter();
    let drafts = made
        .into_iter()
        .map(|(like, made)| match made {
            Ok(rule) => AllowDraft {
                like: like.as_str().into(),
                what: what(&rule.likeness),
                unavailable: None,
                words: rule.describe(),
                replay: replay(found.next().unwrap_or_default()),
            },
            Err(why) => AllowDraft {
                like: like.as_str().into(),
                what: String::new(),
                unavailable: Some(why.into()),
                words: String::new(),
                replay: AllowReplay::default(),
            },
        })
        .collect();
    Ok(AllowDrafts { unavailable: None, drafts, looked_at, since, more })
}

/// Whether a rule of this request could cover a decision, before it is read whole. The rules differ in likeness alone.
fn may_cover(rule: &AllowRule, feature: &DecisionFeatures) -> bool {
    let known = |(kind, severity): &(_, _)| rule.facts.get(kind).is_some_and(|most| severity <= most);
    feature.user == rule.user
        && feature.repo == rule.repo
        && feature.action_type == rule.action_type
        && feature.verdict == Verdict::Approval
        && feature.rule == rule.rule
        && feature.level <= rule.level
        && !feature.flooding
        && feature.facts.iter().all(known)
}

/// An example with what it is sorted by.
struct Example {
    rejected: bool,
    shown: AllowExample,
    score: u16,
}

impl Example {
    fn of(feature: &DecisionFeatures, action: &Action) -> Self {
        Self {
            rejected: feature.approval == Some(ApprovalStatus::Rejected),
            score: feature.score,
            shown: AllowExample {
                action_id: feature.id.clone(),
                created_at: feature.created_at,
                title: title(action),
                risk_score: score(feature.score),
                level: feature.level.as_str().to_owned(),
                people: feature.approval.as_ref().map(name),
                failed: feature.failed,
                words: worded(action).into_iter().collect(),
            },
        }
    }
}

/// The numbers, and the examples that matter most.
fn replay(mut found: Vec<Example>) -> AllowReplay {
    let count = |is: fn(&Example) -> bool| {
        u64::try_from(found.iter().filter(|example| is(example)).count()).unwrap_or(u64::MAX)
    };
    let (let_run, rejected, failed) = (count(|_| true), count(|e| e.rejected), count(|e| e.shown.failed));
    found.sort_by_key(|e| (Reverse((e.rejected, e.shown.failed, e.score)), Reverse(e.shown.created_at)));
    found.truncate(EXAMPLES);
    AllowReplay { let_run, rejected, failed, examples: found.into_iter().map(|e| e.shown).collect() }
}
