//! Values that look like the product's own.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_domain::action::{Action, ActionType, Claims, TargetState};
use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::decision::{Decision, DecisionRecord, Verdict};
use navi_domain::event::{Event, EventKind};
use navi_domain::execution::{Execution, ExecutionStatus};
use navi_domain::guardrail::Guardrails;
use navi_domain::people::{Device, DeviceClass, Invite, Role, Token, User};
use navi_domain::permit::{PERMIT_LIFE, Permit, PermitStatus};
use navi_domain::plan::Plan;
use navi_domain::plan::run::{PlanRun, PlanStatus};
use navi_domain::policy::AutonomyPolicy;
use navi_domain::risk::{Assessment, Level, RiskSettings};
use serde_json::json;

use super::ORG;
use crate::change::{Change, Record, SignedVote};

/// An event of agent `bot` for `alice`.
#[must_use]
pub fn event(kind: EventKind, subject: &str, links: &[(&str, &str)]) -> Event {
    Event {
        kind,
        actor: "bot".to_owned(),
        on_behalf_of: Some("alice".to_owned()),
        subject: subject.to_owned(),
        links: links.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        payload: json!({ "note": format!("about {subject}") }),
    }
}

/// An action of `alice` in a repository.
#[must_use]
pub fn action(repo: &str) -> Action {
    Action {
        org: ORG.to_owned(),
        agent: Some("bot".to_owned()),
        on_behalf_of: "alice".to_owned(),
        session_id: Some("session".to_owned()),
        action_type: ActionType::parse("command_run"),
        tool: Some("Bash".to_owned()),
        args: Some(json!({ "command": "make “all”\u{0}", "timeout": 5 })),
        command: Some("make all".to_owned()),
        cwd: None,
        files: Vec::new(),
        diff: None,
        repo: Some(repo.to_owned()),
        branch: Some("main".to_owned()),
        environment: None,
        target_state: TargetState::None("not observed".to_owned()),
    }
}

/// A decision that asks.
#[must_use]
pub fn decision(id: &str, repo: &str, at: UtcMicros) -> DecisionRecord {
    DecisionRecord {
        id: id.to_owned(),
        actor: "bot".to_owned(),
        action: action(repo),
        claims: Claims { intent: Some("build".to_owned()), repos: Vec::new(), other: BTreeMap::new() },
        salt: "00".repeat(16),
        digest: format!("digest-{id}"),
        fingerprint: format!("fingerprint-{id}"),
        resubmission_key: format!("key:{repo}"),
        facts: Vec::new(),
        recent_incidents: 0,
        risk: RiskSettings::default(),
        assessment: Assessment { score: 420, level: Level::Medium, factors: Vec::new() },
        policy: AutonomyPolicy::system_default(),
        guardrails: Guardrails::open(),
        catalogue: String::new(),
        effect_key: format!("effect:{repo}"),
        erased_at: None,
        frozen: None,
        rejected_before: None,
        flooding: false,
        grant_id: None,
        allowed_by: None,
        bypass: None,
        plan: None,
        advice: None,
        policy_hash: "policy".to_owned(),
        decision: Decision {
            verdict: Verdict::Approval,
            rule: "r".to_owned(),
            reasons: vec!["because".to_owned()],
        },
        approval_id: Some(format!("a-{id}")),
        permit_id: None,
        created_at: at,
        version: 0,
    }
}

/// The approval `a-ID` of decision `ID`, good for an hour.
#[must_use]
pub fn approval(decision: &DecisionRecord, level: Level) -> Approval {
    Approval {
        id: format!("a-{}", decision.id),
        decision_id: decision.id.clone(),
        requester: decision.action.on_behalf_of.clone(),
        digest: decision.digest.clone(),
        policy_hash: decision.policy_hash.clone(),
        level,
        quorum: 1,
        status: ApprovalStatus::Pending,
        votes: Vec::new(),
        created_at: decision.created_at,
        expires_at: decision.created_at + 3_600 * navi_domain::SECOND,
        ended_at: None,
        superseded_by: None,
        claimed_by: None,
        snoozes: Vec::new(),
        extended: false,
        frozen_at: None,
        stood: 0,
        alerts: Vec::new(),
        target_missed_at: None,
        edited_from: None,
        version: 0,
    }
}

/// The permit `p-ID` of decision `ID`.
#[must_use]
pub fn permit(decision: &DecisionRecord, approval: Option<&Approval>) -> Permit {
    Permit {
        id: format!("p-{}", decision.id),
        decision_id: decision.id.clone(),
        approval_id: approval.map(|a| a.id.clone()),
        digest: decision.digest.clone(),
        target_state: decision.action.target_state.clone(),
        policy_hash: decision.policy_hash.clone(),
        status: PermitStatus::Issued,
        issued_at: decision.created_at,
        expires_at: decision.created_at + PERMIT_LIFE,
        frozen_at: None,
        run_nonce: None,
        execution_id: None,
        version: 0,
    }
}

/// The execution `x-ID` under permit `p-ID`.
#[must_use]
pub fn execution(permit: &Permit, repo: &str) -> Execution {
    Execution {
        id: permit.id.replacen('p', "x", 1),
        permit_id: permit.id.clone(),
        decision_id: permit.decision_id.clone(),
        approval_id: permit.approval_id.clone(),
        user: "alice".to_owned(),
        action_type: "command_run".to_owned(),
        repo: Some(repo.to_owned()),
        bypass_id: None,
        redeemed_by: None,
        status: ExecutionStatus::Started,
        exit_code: None,
        artifacts: json!({ "stdout_sha256": "00" }),
        started_at: permit.issued_at,
        lease_secs: Some(60),
        plan: None,
        rollback_id: None,
        stop: None,
        finished_at: None,
        version: 0,
    }
}

/// A plan of `alice` that runs.
#[must_use]
pub fn plan(id: &str, at: UtcMicros) -> PlanRun {
    let step =
        json!({"id": "a", "action_type": "command_run", "command": "make", "cwd": "/", "timeout_secs": 60});
    let plan = json!({"name": "release", "budget": {"runs": 5, "minutes": 10}, "steps": [step]});
    let plan = Plan::of(Some(&plan)).unwrap();
    PlanRun {
        id: id.to_owned(),
        decision_id: "d1".to_owned(),
        approval_id: Some("a-d1".to_owned()),
        user: "alice".to_owned(),
        agent: Some("bot".to_owned()),
        repo: Some("shop".to_owned()),
        branch: None,
        digest: "digest-d1".to_owned(),
        policy_hash: "policy".to_owned(),
        level: Level::Medium,
        quorum: 1,
        expires_at: PlanRun::ends(&plan, at),
        plan,
        status: PlanStatus::Running,
        deviation: None,
        runs: 0,
        begun_at: at,
        ended_at: None,
        steps: BTreeMap::new(),
        verifications: BTreeMap::new(),
        version: 0,
    }
}

/// A person.
#[must_use]
pub fn user(id: &str) -> User {
    User { id: id.to_owned(), role: Role::Approver, created_at: 1, version: 0 }
}

/// A desktop of a person.
#[must_use]
pub fn device(id: &str, user: &str) -> Device {
    Device {
        id: id.to_owned(),
        user: user.to_owned(),
        name: "laptop".to_owned(),
        class: DeviceClass::Desktop,
        shared: false,
        vote_key: "11".repeat(32),
        step_up_key: None,
        last_seq: 0,
        enrolled_at: 1,
        confirmed_at: Some(1),
        revoked_at: None,
        version: 0,
    }
}

/// A token whose hash is its id doubled.
#[must_use]
pub fn token(id: &str) -> Token {
    Token {
        hash: format!("{id}{id}"),
        id: id.to_owned(),
        user: "alice".to_owned(),
        role: Role::Agent,
        agent: Some("bot".to_owned()),
        device_id: None,
        created_at: 1,
        expires_at: None,
        revoked_at: None,
        version: 0,
    }
}

/// An invite whose hash is its id doubled.
#[must_use]
pub fn invite(id: &str) -> Invite {
    Invite {
        hash: format!("{id}{id}"),
        id: id.to_owned(),
        user: "carol".to_owned(),
        role: Role::Approver,
        class: Some(DeviceClass::Web),
        created_at: 1,
        expires_at: 2,
        used_by: None,
        version: 0,
    }
}

/// The signed bytes of a vote.
#[must_use]
pub fn vote(approval: &Approval, device: &str, device_seq: u64) -> SignedVote {
    SignedVote {
        approval_id: approval.id.clone(),
        device_id: device.to_owned(),
        device_seq,
        user: "carol".to_owned(),
        vote: b"navi/vote/v1\n{}".to_vec(),
        signature: vec![9; 64],
        at: 5,
    }
}

/// A request for approval as `evaluate` commits it: decision, approval, two entries.
#[must_use]
pub fn request(id: &str, repo: &str, level: Level, at: UtcMicros) -> Change {
    let decision = decision(id, repo, at);
    let approval = approval(&decision, level);
    let links =
        [("decision_id", id), ("approval_id", approval.id.as_str()), ("digest", decision.digest.as_str())];
    let (asked, decided) =
        (event(EventKind::ApprovalRequested, &approval.id, &links), event(EventKind::Decision, id, &links));
    // The approval stands first on purpose: the store puts rows into an order in which references hold.
    Change::default()
        .put(Record::Approval(approval))
        .put(Record::Decision(decision))
        .event(decided)
        .event(asked)
}
