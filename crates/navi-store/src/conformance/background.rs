//! What came before a request, what became of it, and an agent's record.

use std::sync::Arc;

use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::decision::DecisionRecord;
use navi_domain::event::EventKind;
use navi_domain::execution::ExecutionStatus;
use navi_domain::risk::Level;
use navi_domain::rollback::RollbackStatus;

use super::{commit, rollbacks, sample};
use crate::{AgentRecord, Became, Change, Record, SessionFilter, Store};

fn asked(decision: &DecisionRecord, status: ApprovalStatus) -> Change {
    let approval = Approval { status, ..sample::approval(decision, Level::Medium) };
    Change::default()
        .event(sample::event(EventKind::Decision, &decision.id, &[]))
        .put(Record::Decision(decision.clone()))
        .put(Record::Approval(approval))
}

/// Ran under its approval, and ended so.
fn ran(decision: &DecisionRecord, status: ExecutionStatus) -> Change {
    let permit = sample::permit(decision, None);
    let run = navi_domain::execution::Execution { status, ..sample::execution(&permit, "shop") };
    Change::default()
        .event(sample::event(EventKind::PermitIssued, &permit.id, &[]))
        .put(Record::Permit(permit))
        .put(Record::Execution(run))
}

/// The steps before a decision are those of its session, agent and person, newest first, with their approvals.
pub async fn the_steps_of_a_session_are_its_own_and_those_before(store: Arc<dyn Store>) {
    let store = &*store;
    let decision = |id: &str| sample::decision(id, "shop", store.now());
    let mut other_session = decision("d2");
    other_session.action.session_id = Some("another".into());
    let mut other_agent = decision("d3");
    other_agent.action.agent = Some("nova".into());
    let mut other_person = decision("d4");
    other_person.action.on_behalf_of = "bob".into();
    let mut alone = decision("d5");
    alone.approval_id = None;
    commit(store, asked(&decision("d1"), ApprovalStatus::Rejected)).await;
    for other in [&other_session, &other_agent, &other_person] {
        commit(store, asked(other, ApprovalStatus::Pending)).await;
    }
    let ran_alone =
        Change::default().event(sample::event(EventKind::Decision, "d5", &[])).put(Record::Decision(alone));
    commit(store, ran_alone).await;
    commit(store, asked(&decision("d6"), ApprovalStatus::Pending)).await;
    commit(store, asked(&decision("d7"), ApprovalStatus::Pending)).await;
    let filter = SessionFilter {
        session: "session".into(),
        agent: Some("bot".into()),
        user: "alice".into(),
        before: "d6".into(),
        limit: 10,
    };
    let steps = store.session_steps(&filter).await.unwrap();
    let told: Vec<_> =
        steps.iter().map(|s| (s.decision.id.as_str(), s.approval.as_ref().map(|a| a.status))).collect();
    assert_eq!(told, [("d5", None), ("d1", Some(ApprovalStatus::Rejected))]);
    let newest = SessionFilter { limit: 1, ..filter.clone() };
    assert_eq!(store.session_steps(&newest).await.unwrap().len(), 1);
    let nobodys = SessionFilter { agent: None, ..filter };
    assert!(store.session_steps(&nobodys).await.unwrap().is_empty());
}

/// An agent's record counts states, failed runs and proven rollbacks, since an instant and for one person or all.
pub async fn an_agents_record_counts_what_became_of_it(store: Arc<dyn Store>) {
    let store = &*store;
    let since = store.now();
    let decision = |id: &str| sample::decision(id, "shop", store.now());
    let mut of_bob = decision("d4");
    of_bob.action.on_behalf_of = "bob".into();
    for (decision, status) in [
        (decision("d1"), ApprovalStatus::Approved),
        (decision("d2"), ApprovalStatus::Approved),
        (decision("d3"), ApprovalStatus::Rejected),
        (of_bob, ApprovalStatus::Expired),
    ] {
        commit(store, asked(&decision, status)).await;
    }
    commit(store, ran(&decision("d1"), ExecutionStatus::Succeeded)).await;
    commit(store, ran(&decision("d2"), ExecutionStatus::Failed)).await;
    let of = |counts: &[(&'static str, u64)], failed, rolled_back| AgentRecord {
        by_status: counts.iter().copied().collect(),
        failed,
        rolled_back,
    };
    let all = [("approved", 2), ("expired", 1), ("rejected", 1)];
    assert_eq!(store.agent_record("bot", None, since).await.unwrap(), of(&all, 1, 0));
    let undone = navi_domain::rollback::Rollback {
        status: RollbackStatus::Succeeded,
        ..rollbacks::rollback("r1", "x-d1")
    };
    let rehearsed = navi_domain::rollback::Rollback {
        status: RollbackStatus::Rehearsed,
        ..rollbacks::rollback("r2", "x-d2")
    };
    for rollback in [undone, rehearsed] {
        let told = sample::event(EventKind::RollbackRequested, &rollback.id, &[]);
        commit(store, Change::default().event(told).put(Record::Rollback(rollback))).await;
    }
    let mut became = store.became(&["d1".into(), "d2".into(), "d3".into()]).await.unwrap();
    became.sort_by(|a, b| a.decision_id.cmp(&b.decision_id));
    let run = |id: &str, status, rolled_back| Became { decision_id: id.into(), status, rolled_back };
    let expected = [run("d1", ExecutionStatus::Succeeded, true), run("d2", ExecutionStatus::Failed, false)];
    assert_eq!(became, expected);
    assert!(store.became(&[]).await.unwrap().is_empty());
    let own = [("approved", 2), ("rejected", 1)];
    assert_eq!(store.agent_record("bot", Some("alice"), 0).await.unwrap(), of(&own, 1, 1));
    assert_eq!(store.agent_record("nova", None, 0).await.unwrap(), of(&[], 0, 0));
    assert_eq!(store.agent_record("bot", None, store.now() + 1).await.unwrap(), of(&[], 0, 0));
}
