//! What is new in a request against an earlier one. Pure; similarity is over kinds of facts, which the server derived.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use navi_domain::action::Action;
use navi_domain::decision::DecisionRecord;
use navi_protocol::precedents::PrecedentView;
use navi_store::ApprovalRow;

use super::{name, score, title};

/// How many are shown.
pub const SHOWN: usize = 5;

/// The nearest of `earlier` to `now`: by similarity of facts, then the same tool, the same rule, the newest.
#[must_use]
pub fn nearest(now: &ApprovalRow, earlier: &[ApprovalRow]) -> Vec<PrecedentView> {
    let mut ranked: Vec<_> = earlier.iter().map(|then| (compare(now, then), then)).collect();
    ranked.sort_by_key(|(view, then)| {
        let tool = then.decision.action.tool == now.decision.action.tool;
        (Reverse(view.similarity), !tool, view.other_rule, Reverse(then.approval.created_at))
    });
    ranked.into_iter().take(SHOWN).map(|(view, _)| view).collect()
}

fn compare(now: &ApprovalRow, then: &ApprovalRow) -> PrecedentView {
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
        new_targets: targets.difference(&known).cloned().collect(),
        other_agent: then.decision.action.agent != now.decision.action.agent,
        other_policy: then.approval.policy_hash != now.approval.policy_hash,
        other_rule: then.decision.decision.rule != now.decision.decision.rule,
    }
}

/// The verdict that ended it.
fn decisive(row: &ApprovalRow) -> &'static str {
    if row.approval.status == navi_domain::approval::ApprovalStatus::Rejected { "reject" } else { "approve" }
}

fn kinds(record: &DecisionRecord) -> BTreeSet<&'static str> {
    record.facts.iter().map(|fact| fact.kind.as_str()).collect()
}

fn targets(action: &Action) -> BTreeSet<String> {
    let named = |kind: &str, value: Option<&String>| value.map(|v| format!("{kind} {v}"));
    let files = action.files.iter().map(|file| format!("file {}", file.path));
    let others = [
        named("command", action.command.as_ref()),
        named("branch", action.branch.as_ref()),
        named("environment", action.environment.as_ref()),
        named("directory", action.cwd.as_ref()),
    ];
    files.chain(others.into_iter().flatten()).collect()
}
