//! What an agent is told that may not go on: what was refused, by which rule or person, and what would do instead.

use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::Remark;
use navi_protocol::evaluate::EvaluateResponse;

use crate::permission::{Denied, Watch, instead};
use crate::text::visible;

/// In what the agent is told when the policy refused, and in nothing else.
pub const BY_POLICY: &str = "the policy blocks this";

/// What the agent is told: what was refused, by whom, and what would be acceptable.
pub fn explain(denied: &Denied) -> String {
    match denied {
        Denied::Blocked(answer) => blocked(answer),
        Denied::Rejected(approval) => {
            let (who, why) = rejection(approval);
            format!("a person rejected this ({who}); do not retry it unchanged. Reason: {why}")
        }
        Denied::Edited(approval) => {
            format!("{}. Only that was approved; the call as you made it was not.", instead(approval))
        }
        Denied::Stopped(why) => {
            format!(
                "{why}. Nothing runs until that is lifted: do not retry it meanwhile, and not in another form."
            )
        }
        Denied::Expired => {
            "nobody decided in time. Go on with something that needs no approval, or ask again later.".into()
        }
        Denied::Ended(status) => {
            format!("the request was {}. Ask again only if it is still needed.", visible(status))
        }
        Denied::Void(line) => {
            format!(
                "it was allowed, and that does not hold any more ({line}). Nothing ran; ask again: it is decided as it is now."
            )
        }
        Denied::Failed(line) | Denied::Away(line) => {
            format!("the oversight server could not decide ({line}). Nothing may run until it answers.")
        }
    }
}

/// By which rule, why, and what would do.
fn blocked(answer: &EvaluateResponse) -> String {
    let guardrails = answer.guardrails.iter().map(|guardrail| format!(", guardrail {}", guardrail.id));
    let rule = format!("rule {}{}", answer.rule, guardrails.collect::<String>());
    let mut reasons: Vec<&str> = Vec::new();
    for reason in &answer.reasons {
        if !reasons.contains(&reason.as_str()) {
            reasons.push(reason);
        }
    }
    let would_do = acceptable(answer).join("; ");
    let would_do = if would_do.is_empty() {
        "choose a way that does not need it".to_owned()
    } else {
        format!("what would be acceptable: {}", visible(&would_do))
    };
    let (rule, why) = (visible(&rule), visible(&reasons.join("; ")));
    format!("{BY_POLICY} ({rule}: {why}). Do not try it in another form; {would_do}, or ask your user.")
}

/// What the guardrails that blocked it say would be acceptable.
pub fn acceptable(answer: &EvaluateResponse) -> Vec<String> {
    answer.guardrails.iter().filter_map(|guardrail| guardrail.instead.clone()).collect()
}

/// What the agent is told when it may not go on: a person's question, or why it was refused.
pub fn why(denied: &Denied, watch: &Silent) -> String {
    match denied {
        Denied::Failed(question) if watch.asked => question.clone(),
        other => explain(other),
    }
}

fn rejection(approval: &ApprovalView) -> (String, String) {
    let by = approval.votes.iter().rev().find(|v| v.verdict == "reject");
    let why = by.map(|v| v.reason.as_str()).filter(|r| !r.is_empty()).unwrap_or("none was given");
    (visible(by.map_or("unnamed", |v| v.user.as_str())), visible(why))
}

/// Nobody looks while it waits. Only its answer reaches the agent, so a question ends the
/// wait; the request stays, and the same call tried again waits for it again.
#[derive(Debug, Default)]
pub struct Silent {
    /// A person asked something.
    pub asked: bool,
    /// The request that waits.
    pub approval: Option<String>,
}

impl Watch for Silent {
    fn waiting(&mut self, approval: &ApprovalView) {
        self.approval = Some(approval.id.clone());
    }
    fn still(&mut self, _: &ApprovalView) {}
    fn asked(&mut self, approval: &ApprovalView, questions: &[&Remark]) -> Result<(), String> {
        self.asked = true;
        let mut told = String::from("a person has a question before they decide.");
        for q in questions {
            let (who, text) = (visible(&q.user), visible(&q.text));
            let command = format!("navi-gate answer {} {} 'YOUR ANSWER'", approval.id, q.id);
            told.push_str(&format!(" {who} asks: {text} Answer by running: {command}"));
        }
        told.push_str(" Then try the same call again.");
        Err(told)
    }
    fn away(&mut self, _: &str) {}
    fn over(&mut self) {}
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(rule: &str, guardrails: serde_json::Value) -> EvaluateResponse {
        let answer = json!({
            "decision": "BLOCKED", "risk_score": 0.9, "reasons": ["drops a table", "drops a table", "is production"],
            "approval_id": null, "action_id": "a", "level": "high", "rule": rule, "factors": [],
            "guardrails": guardrails, "digest": "", "policy_hash": "", "server_time": 0, "ledger_index": 0,
        });
        serde_json::from_value(answer).unwrap()
    }

    #[test]
    fn a_blocked_call_is_told_by_which_rule_and_what_would_do() {
        let told = explain(&Denied::Blocked(Box::new(answer("blocked_list", json!([])))));
        assert!(told.contains("(rule blocked_list: drops a table; is production)"), "{told}");
        let guardrail = json!([{"id": "no-drop", "reason": "r", "instead": "a migration with a way back"}]);
        let told = explain(&Denied::Blocked(Box::new(answer("guardrail", guardrail))));
        assert!(
            told.starts_with(BY_POLICY) && told.contains("(rule guardrail, guardrail no-drop: "),
            "{told}"
        );
        assert!(told.contains("what would be acceptable: a migration with a way back"), "{told}");
    }
}
