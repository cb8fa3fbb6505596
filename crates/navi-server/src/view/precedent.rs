//! What is new in a request against an earlier one. Pure; similarity is over kinds of facts, which the server derived.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use navi_domain::action::Action;
use navi_domain::decision::DecisionRecord;
use navi_domain::words::{Phrase, Said, phrases};
use navi_protocol::precedents::PrecedentView;
use navi_protocol::words::Worded;
use navi_store::{ApprovalRow, Became};

use super::{name, score, title};

/// How many are shown.
pub const SHOWN: usize = 5;

/// `became` says by decision what ran. The nearest of `earlier` to `now`: by similarity of facts, then the same tool, the same rule, the newest.
#[must_use]
pub fn nearest(
    now: &ApprovalRow,
    earlier: &[ApprovalRow],
    became: &HashMap<String, Became>,
) -> Vec<PrecedentView> {
    let seen = |then: &ApprovalRow| compare(now, then, became.get(&then.decision.id));
    let mut ranked: Vec<_> = earlier.iter().map(|then| (seen(then), then)).collect();
    ranked.sort_by_key(|(view, then)| {
        let tool = then.decision.action.tool == now.decision.action.tool;
        (Reverse(view.similarity), !tool, view.other_rule, Reverse(then.approval.created_at))
    });
    ranked.into_iter().take(SHOWN).map(|(view, _)| view).collect()
}

fn compare(now: &ApprovalRow, then: &ApprovalRow, became: Option<&Became>) -> PrecedentView {
    let (here, there) = (kinds(&now.decision), kinds(&then.decision));
    let only = |a: &BTreeSet<&'static str>, b: &BTreeSet<&'static str>| {
        a.difference(b).map(|kind| (*kind).to_owned()).collect()
    };
    let all = here.union(&there).count();
    let shared = here.intersection(&there).count();
    // Two requests without any fact are alike.
    let similarity = (shared * 1000).checked_div(all).map_or(1000, |s| u16::try_from(s).unwrap_or(1000));
    let (targets, known) = (targets(&now.decision.action), targets(&then.decision.action));
    PrecedentView {
        approval_id: then.approval.id.clone(),
        status: then.approval.status.as_str().to_owned(),
        ended_at: then.approval.ended_at.unwrap_or(then.approval.created_at),
        title: title::title(&then.decision.action),
        agent: then.decision.action.agent.clone(),
        decided_by: then
            .approval
            .votes
            .iter()
            .filter(|vote| name(&vote.verdict) == decisive(then))
            .map(|vote| vote.user.clone())
            .collect(),
        level: then.approval.level.as_str().to_owned(),
        risk_score: score(then.decision.assessment.score),
        similarity,
        new_facts: only(&here, &there),
        gone_facts: only(&there, &here),
        new_targets: targets.iter().filter(|t| !known.contains(t)).map(|t| t.english().to_owned()).collect(),
        ran: became.map(|one| name(&one.status)),
        rolled_back: became.is_some_and(|one| one.rolled_back),
        other_agent: then.decision.action.agent != now.decision.action.agent,
        other_policy: then.approval.policy_hash != now.approval.policy_hash,
        other_rule: then.decision.decision.rule != now.decision.decision.rule,
        words: title::worded(&then.decision.action)
            .into_iter()
            .chain(targets.iter().filter(|t| !known.contains(t)).map(Worded::from))
            .collect(),
    }
}

/// The verdict that ended it.
fn decisive(row: &ApprovalRow) -> &'static str {
    if row.approval.status == navi_domain::approval::ApprovalStatus::Rejected { "reject" } else { "approve" }
}

fn kinds(record: &DecisionRecord) -> BTreeSet<&'static str> {
    record.facts.iter().map(|fact| fact.kind.as_str()).collect()
}

/// In the order of their text, each once.
fn targets(action: &Action) -> Vec<Said> {
    let named = |phrase: Phrase, slot: &'static str, value: Option<&String>| {
        value.map(|value| phrase.with([(slot, value.into())]))
    };
    let files = action.files.iter().map(|file| phrases::ON_FILE.with([("path", (&file.path).into())]));
    let others = [
        named(phrases::COVERS_COMMAND, "command", action.command.as_ref()),
        named(phrases::ON_BRANCH, "branch", action.branch.as_ref()),
        named(phrases::ON_ENVIRONMENT, "environment", action.environment.as_ref()),
        named(phrases::ON_DIRECTORY, "cwd", action.cwd.as_ref()),
    ];
    let mut all: Vec<Said> = files.chain(others.into_iter().flatten()).collect();
    all.sort_by(|a, b| a.english().cmp(b.english()));
    all.dedup();
    all
}
