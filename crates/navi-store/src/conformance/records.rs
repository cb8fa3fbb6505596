//! Rows: read as written, guarded by versions, never half written.

use std::sync::Arc;

use navi_domain::SECOND;
use navi_domain::approval::ApprovalStatus;
use navi_domain::event::EventKind;
use navi_domain::execution::ExecutionStatus;
use navi_domain::permit::PermitStatus;
use navi_domain::policy::{AutonomyLevel, AutonomyPolicy, PolicyScope};
use navi_domain::risk::Level;
use serde_json::json;

use super::{commit, sample};
use crate::change::{Change, Expected, IdempotentAnswer, Key, Outcome, Record};
use crate::{Store, StoreError};

/// Every kind of row, in one change and then changed once more.
pub async fn every_record_is_read_as_written(store: Arc<dyn Store>) {
    let at = store.now();
    let mut decision = sample::decision("d1", "shop", at);
    let mut approval = sample::approval(&decision, Level::High);
    let mut permit = sample::permit(&decision, Some(&approval));
    let mut execution = sample::execution(&permit, "shop");
    let (mut user, mut device) = (sample::user("carol"), sample::device("dev", "carol"));
    let (mut token, mut invite) = (sample::token("t1"), sample::invite("i1"));
    let mut policy =
        AutonomyPolicy::of_level(PolicyScope::User { user: "alice".into() }, AutonomyLevel::Full);
    let change = Change::default()
        .put(Record::Execution(execution.clone()))
        .put(Record::Permit(permit.clone()))
        .put(Record::Vote(sample::vote(&approval, "dev", 3)))
        .put(Record::Approval(approval.clone()))
        .put(Record::Decision(decision.clone()))
        .put(Record::Policy(policy.clone()))
        .put(Record::Invite(invite.clone()))
        .put(Record::Token(token.clone()))
        .put(Record::Device(device.clone()))
        .put(Record::User(user.clone()))
        .event(sample::event(EventKind::Decision, "d1", &[]));
    assert_eq!(commit(&*store, change).await, 1);

    for version in [1, 2] {
        decision.version = version;
        approval.version = version;
        permit.version = version;
        execution.version = version;
        (user.version, device.version) = (version, version);
        (token.version, invite.version) = (version, version);
        policy.version = version;
        assert_eq!(store.decision("d1").await.unwrap(), Some(decision.clone()));
        assert_eq!(store.approval("a-d1").await.unwrap(), Some(approval.clone()));
        assert_eq!(store.permit("p-d1").await.unwrap(), Some(permit.clone()));
        assert_eq!(store.permit_of_approval("a-d1").await.unwrap(), Some(permit.clone()));
        assert_eq!(store.votes("nobody").await.unwrap(), []);
        assert_eq!(store.execution("x-d1").await.unwrap(), Some(execution.clone()));
        assert_eq!(store.user("carol").await.unwrap(), Some(user.clone()));
        assert_eq!(store.users().await.unwrap(), vec![user.clone()]);
        assert_eq!(store.device("dev").await.unwrap(), Some(device.clone()));
        assert_eq!(store.devices(None).await.unwrap(), vec![device.clone()]);
        assert_eq!(store.devices(Some("carol")).await.unwrap(), vec![device.clone()]);
        assert_eq!(store.devices(Some("alice")).await.unwrap(), vec![]);
        assert_eq!(store.token("t1t1").await.unwrap(), Some(token.clone()));
        assert_eq!(store.token_by_id("t1").await.unwrap(), Some(token.clone()));
        assert_eq!(store.tokens().await.unwrap(), vec![token.clone()]);
        assert_eq!(store.invite("i1i1").await.unwrap(), Some(invite.clone()));
        assert_eq!(store.invites().await.unwrap(), vec![invite.clone()]);
        assert_eq!(store.policy(&policy.scope).await.unwrap(), Some(policy.clone()));
        if version == 2 {
            break;
        }
        approval.status = ApprovalStatus::Approved;
        permit.status = PermitStatus::Redeemed;
        execution.status = ExecutionStatus::Failed;
        execution.finished_at = Some(at + 1);
        device.last_seq = 3;
        token.revoked_at = Some(at);
        invite.used_by = Some("dev".into());
        policy.max_risk_threshold = 1;
        decision.permit_id = Some("p-d1".into());
        let again = Change::default()
            .put(Record::Decision(decision.clone()))
            .put(Record::Approval(approval.clone()))
            .put(Record::Permit(permit.clone()))
            .put(Record::Execution(execution.clone()))
            .put(Record::User(user.clone()))
            .put(Record::Device(device.clone()))
            .put(Record::Token(token.clone()))
            .put(Record::Invite(invite.clone()))
            .put(Record::Policy(policy.clone()))
            .event(sample::event(EventKind::ExecutionFinished, "x-d1", &[]));
        commit(&*store, again).await;
    }
    assert_eq!(store.decision("nobody").await.unwrap(), None);
}

/// The loser of a race is told which row, and nothing of it is there.
pub async fn a_stale_version_conflicts_and_writes_nothing(store: Arc<dyn Store>) {
    let mut user = sample::user("carol");
    let enrolled = || sample::event(EventKind::DeviceEnrolled, "carol", &[]);
    commit(&*store, Change::default().put(Record::User(user.clone())).event(enrolled())).await;
    let size = store.head().await.unwrap().size;

    let twice = Change::default()
        .put(Record::Token(sample::token("t1")))
        .put(Record::User(user.clone()))
        .event(enrolled());
    let key = Key::User("carol".into());
    assert_eq!(store.commit(twice).await.unwrap(), Outcome::Conflict(key.clone()));
    assert_eq!(store.token("t1t1").await.unwrap(), None);

    user.version = 7;
    let stale = Change::default().put(Record::User(user.clone())).event(enrolled());
    assert_eq!(store.commit(stale).await.unwrap(), Outcome::Conflict(key));
    assert_eq!(store.head().await.unwrap().size, size);
    assert_eq!(store.user("carol").await.unwrap().unwrap().version, 1);
}

/// A row that was only read is compared too, present or absent.
pub async fn a_guard_alone_protects_what_was_read(store: Arc<dyn Store>) {
    let default = Key::Policy(PolicyScope::Default);
    let read_absent = || {
        Change::default().expect(default.clone(), Expected::Absent).event(sample::event(
            EventKind::Decision,
            "d",
            &[],
        ))
    };
    commit(&*store, read_absent()).await;
    let policy = AutonomyPolicy::system_default();
    let saved = Change::default().put(Record::Policy(policy)).event(sample::event(
        EventKind::PolicyChanged,
        "default",
        &[],
    ));
    commit(&*store, saved).await;
    assert_eq!(store.commit(read_absent()).await.unwrap(), Outcome::Conflict(default.clone()));
    commit(&*store, Change::default().expect(default, Expected::Version(1))).await;
}

/// A defect of the caller never reaches the tables.
pub async fn a_malformed_change_is_refused_whole(store: Arc<dyn Store>) {
    let event = || sample::event(EventKind::TokenCreated, "t1", &[]);
    let unguarded = Change {
        expect: vec![],
        put: vec![Record::Token(sample::token("t1"))],
        events: vec![event()],
        erase: vec![],
        before: None,
    };
    let silent = Change::default().put(Record::Token(sample::token("t1")));
    let doubled = Change::default()
        .put(Record::Token(sample::token("t1")))
        .put(Record::Token(sample::token("t1")))
        .event(event());
    let mut with_float = event();
    with_float.payload = json!({ "ratio": 0.5 });
    let float = Change::default().put(Record::Token(sample::token("t1"))).event(with_float);
    let long = Change::default().put(Record::Token(sample::token("t1"))).event(sample::event(
        EventKind::TokenCreated,
        &"x".repeat(70_000),
        &[],
    ));
    for change in [unguarded, silent, doubled, float, long] {
        assert!(matches!(store.commit(change).await, Err(StoreError::Malformed(_))));
    }
    assert_eq!(store.token("t1t1").await.unwrap(), None);
    assert_eq!(store.head().await.unwrap().size, 1);
}

/// An idempotency row rides in the commit, guards itself, and is forgotten after 24 hours.
pub async fn idempotent_answers_are_kept_for_a_day_and_never_replaced(store: Arc<dyn Store>) {
    let now = store.now();
    let answer = |token: &str, at, body: &str| IdempotentAnswer {
        token_id: token.into(),
        key: "k".into(),
        request_sha256: "ab".into(),
        status: 201,
        body: body.into(),
        at,
    };
    let young = answer("t1", now, "first");
    commit(&*store, Change::default().put(Record::Idempotency(young.clone()))).await;
    let second = Change::default().put(Record::Idempotency(answer("t1", now, "second")));
    let key = Key::Idempotency("t1".into(), "k".into());
    assert_eq!(store.commit(second).await.unwrap(), Outcome::Conflict(key));
    assert_eq!(store.idempotent("t1", "k").await.unwrap(), Some(young));
    assert_eq!(store.idempotent("t2", "k").await.unwrap(), None);

    let old = now - 24 * 3600 * SECOND - SECOND;
    commit(&*store, Change::default().put(Record::Idempotency(answer("t3", old, "old")))).await;
    assert_eq!(store.idempotent("t3", "k").await.unwrap(), None);
    let renewed = answer("t3", now, "new");
    commit(&*store, Change::default().put(Record::Idempotency(renewed.clone()))).await;
    assert_eq!(store.idempotent("t3", "k").await.unwrap(), Some(renewed));
}

/// Only what applies to the person, the role and the repository.
pub async fn the_most_specific_policies_are_found(store: Arc<dyn Store>) {
    let scopes = [
        PolicyScope::Default,
        PolicyScope::Role { role: "developer".into() },
        PolicyScope::User { user: "alice".into() },
        PolicyScope::UserRepo { user: "alice".into(), repo: "shop".into() },
        PolicyScope::UserRepo { user: "alice".into(), repo: "blog".into() },
        PolicyScope::User { user: "bob".into() },
    ];
    for scope in &scopes {
        let policy = AutonomyPolicy::of_level(scope.clone(), AutonomyLevel::Minimal);
        let saved = sample::event(EventKind::PolicyChanged, &scope.describe(), &[]);
        commit(&*store, Change::default().put(Record::Policy(policy)).event(saved)).await;
    }
    let found = |policies: Vec<AutonomyPolicy>| {
        let mut scopes: Vec<PolicyScope> = policies.into_iter().map(|p| p.scope).collect();
        scopes.sort();
        scopes
    };
    let mut expected = scopes[..4].to_vec();
    expected.sort();
    assert_eq!(found(store.policies_for("alice", "developer", Some("shop")).await.unwrap()), expected);
    expected.retain(|s| !matches!(s, PolicyScope::UserRepo { .. }));
    assert_eq!(found(store.policies_for("alice", "developer", None).await.unwrap()), expected);
    let nobody = store.policies_for("zoe", "auditor", Some("shop")).await.unwrap();
    assert_eq!(found(nobody), vec![PolicyScope::Default]);
}

/// Failures of the repository at or after the instant; nothing else.
pub async fn only_failures_since_the_instant_are_incidents(store: Arc<dyn Store>) {
    let at = store.now();
    let ends = [
        ("e1", "shop", ExecutionStatus::Failed, 10),
        ("e2", "shop", ExecutionStatus::Failed, 20),
        ("e3", "shop", ExecutionStatus::Succeeded, 30),
        ("e4", "blog", ExecutionStatus::Failed, 30),
    ];
    for (id, repo, status, after) in ends {
        let decision = sample::decision(id, repo, at);
        let permit = sample::permit(&decision, None);
        let mut execution = sample::execution(&permit, repo);
        (execution.status, execution.finished_at) = (status, Some(at + after));
        let change = Change::default()
            .put(Record::Decision(decision))
            .put(Record::Permit(permit))
            .put(Record::Execution(execution))
            .event(sample::event(EventKind::ExecutionFinished, id, &[]));
        commit(&*store, change).await;
    }
    assert_eq!(store.incidents_since("shop", at).await.unwrap(), 2);
    assert_eq!(store.incidents_since("shop", at + 20).await.unwrap(), 1);
    assert_eq!(store.incidents_since("shop", at + 21).await.unwrap(), 0);
}

/// The last good instant is still good.
pub async fn what_ran_out_is_found(store: Arc<dyn Store>) {
    let at = store.now();
    commit(&*store, sample::request("d1", "shop", Level::Low, at)).await;
    let decision = sample::decision("d2", "shop", at);
    let permit = sample::permit(&decision, None);
    let change = Change::default()
        .put(Record::Decision(decision))
        .put(Record::Permit(permit.clone()))
        .event(sample::event(EventKind::PermitIssued, "p-d2", &[]));
    commit(&*store, change).await;

    let approval = store.approval("a-d1").await.unwrap().unwrap();
    assert_eq!(store.approvals_due(approval.expires_at).await.unwrap(), vec![]);
    assert_eq!(store.approvals_due(approval.expires_at + 1).await.unwrap(), vec![approval.clone()]);
    assert_eq!(store.permits_due(permit.expires_at).await.unwrap(), vec![]);
    let due = store.permits_due(permit.expires_at + 1).await.unwrap();
    assert_eq!(due.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["p-d2"]);

    let over = due[0].expire(permit.expires_at + 1).unwrap();
    let expired = approval.expire(approval.expires_at + 1).unwrap();
    let change = Change::default()
        .put(Record::Permit(over))
        .put(Record::Approval(expired))
        .event(sample::event(EventKind::PermitExpired, "p-d2", &[]));
    commit(&*store, change).await;
    assert_eq!(store.permits_due(i64::MAX).await.unwrap(), vec![]);
    assert_eq!(store.approvals_due(i64::MAX).await.unwrap(), vec![]);
}

/// A use case that forgot to ask the domain cannot reopen what ended.
pub async fn final_states_are_final_below_the_use_cases(store: Arc<dyn Store>) {
    commit(&*store, sample::request("d1", "shop", Level::Low, store.now())).await;
    let pending = store.approval("a-d1").await.unwrap().unwrap();
    let ended = |kind| sample::event(kind, "a-d1", &[]);
    let rejected = pending.cancel(store.now()).unwrap();
    let change = Change::default().put(Record::Approval(rejected)).event(ended(EventKind::ApprovalCancelled));
    commit(&*store, change).await;

    let mut reopened = store.approval("a-d1").await.unwrap().unwrap();
    reopened.status = ApprovalStatus::Approved;
    let change = Change::default().put(Record::Approval(reopened)).event(ended(EventKind::ApprovalApproved));
    let size = store.head().await.unwrap().size;
    assert!(matches!(store.commit(change).await, Err(StoreError::Database { maybe_persisted: false, .. })));
    assert_eq!(store.approval("a-d1").await.unwrap().unwrap().status, ApprovalStatus::Cancelled);
    assert_eq!(store.head().await.unwrap().size, size);
}
