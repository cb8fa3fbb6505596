//! Plans, windows and what is offered.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::action::TargetState;
use crate::execution::{Execution, ExecutionStatus};
use crate::fact::{Fact, FactKind, Severity};
use crate::{MINUTE, SECOND};

fn capture(truth: Truth) -> Capture {
    let part = Part::new(Strategy::Git, "/srv/shop refs/heads/main", "a", "b", truth);
    Capture { id: "c1".into(), sha256: "1".repeat(64), place: "2".repeat(64), parts: vec![part] }
}

fn execution(id: &str, at: i64, capture: Option<&Capture>) -> Execution {
    Execution {
        id: id.into(),
        permit_id: "p".into(),
        decision_id: "d".into(),
        approval_id: None,
        user: "dana".into(),
        action_type: "git_commit".into(),
        repo: None,
        status: ExecutionStatus::Succeeded,
        exit_code: Some(0),
        artifacts: json!({ "capture": capture }),
        rollback_id: None,
        bypass_id: None,
        redeemed_by: None,
        stop: None,
        lease_secs: None,
        plan: None,
        started_at: at,
        finished_at: Some(at + SECOND),
        version: 1,
    }
}

fn rollback() -> Rollback {
    Rollback {
        id: "r1".into(),
        execution_id: "e1".into(),
        action_id: "d1".into(),
        action_type: "git_commit".into(),
        repo: None,
        capture: capture(Truth::Verified),
        user: "ana".into(),
        agent: None,
        token_id: "t".into(),
        reason: "slow".into(),
        dry_run: false,
        status: RollbackStatus::Planning,
        plan: None,
        decision_id: None,
        approval_id: None,
        refused: None,
        run_id: None,
        outcome: None,
        requested_at: 0,
        ended_at: None,
        version: 1,
    }
}

fn plan(truth: Truth) -> Plan {
    Plan {
        capture_sha256: "1".repeat(64),
        truth,
        steps: capture(Truth::Verified).parts,
        dependents: Vec::new(),
        afterwards: Vec::new(),
        target_state: TargetState::None("test".into()),
    }
}

fn done(success: Option<bool>, undone: &[&str]) -> Outcome {
    let undone = undone.iter().map(|u| (*u).to_owned()).collect();
    Outcome { success, undone, proof: Vec::new(), why: None, afterwards: Vec::new() }
}

const NONE: BTreeMap<String, u32> = BTreeMap::new();

#[test]
fn what_was_captured_whole_is_offered_until_its_window_closes() {
    let run = execution("e1", 0, Some(&capture(Truth::Verified)));
    let own = BTreeMap::from([("git_commit".to_owned(), 10)]);
    let ask = |now| offer::offer(&run, (&[], &[]), Windows(&own), None, now);
    let offered = ask(5 * MINUTE).unwrap();
    assert_eq!((offered.truth, offered.closes_at), (Truth::Verified, SECOND + 10 * MINUTE));
    assert_eq!(ask(SECOND + 10 * MINUTE), Err(NotOffered::WindowClosed { minutes: 10 }));
}

#[test]
fn nothing_destructive_impossible_running_or_asked_for_twice_is_offered() {
    let ask = |run: &Execution, facts: &[Fact], asked| {
        offer::offer(run, (facts, &[]), Windows(&NONE), asked, 2 * SECOND)
    };
    let whole = execution("e1", 0, Some(&capture(Truth::Verified)));
    assert!(ask(&whole, &[], None).is_ok());
    assert_eq!(ask(&whole, &[], Some("r0")).unwrap_err().as_str(), "already_asked");
    let running = Execution { status: ExecutionStatus::Started, finished_at: None, ..whole.clone() };
    assert_eq!(ask(&running, &[], None), Err(NotOffered::StillRuns));
    assert_eq!(ask(&execution("e1", 0, None), &[], None), Err(NotOffered::NothingCaptured));
    let unchanged = Execution { artifacts: json!({"nothing_changed": true}), ..execution("e1", 0, None) };
    assert_eq!(ask(&unchanged, &[], None), Err(NotOffered::NothingChanged));
    let lost = execution("e1", 0, Some(&capture(Truth::impossible("history was rewritten"))));
    assert_eq!(ask(&lost, &[], None).unwrap_err().as_str(), "impossible");
    let fact =
        |severity| Fact { severity, ..Fact::new(FactKind::DestroysData, "DROP TABLE users".to_owned()) };
    assert!(ask(&whole, &[fact(Severity::Minor)], None).is_ok());
    for severity in [Severity::Serious, Severity::Grave] {
        let told = ask(&whole, &[fact(severity)], None).unwrap_err().to_string();
        assert!(told.contains("DROP TABLE users"), "{told}");
    }
}

#[test]
fn what_was_called_final_before_the_run_is_not_offered_after_it() {
    let whole = execution("e1", 0, Some(&capture(Truth::Verified)));
    let exposed =
        [Fact { severity: Severity::Serious, ..Fact::new(FactKind::ExposesSecret, "cat .env".to_owned()) }];
    let mail = ["command: sendmail a@b.test".to_owned()];
    let cases: [(&[Fact], &[String], &str); 2] =
        [(&exposed, &[], "cat .env"), (&[], &mail, "sendmail a@b.test")];
    for (facts, outside, shown) in cases {
        let known = foreseen::Known { facts, outside, window_minutes: 60, is_plan: false };
        assert_eq!(foreseen::foresee(known, None).truth.as_str(), "impossible");
        let told = offer::offer(&whole, (facts, outside), Windows(&NONE), None, 2 * SECOND).unwrap_err();
        assert_eq!(told.as_str(), "impossible");
        assert!(told.to_string().contains(shown), "{told}");
    }
}

#[test]
fn a_capture_that_makes_no_sense_is_none() {
    let good = json!({ "capture": capture(Truth::Verified) });
    assert_eq!(Capture::of(&good), Some(capture(Truth::Verified)));
    for (field, value) in [("sha256", json!("short")), ("place", json!("x".repeat(64))), ("id", json!(""))] {
        let mut bad = good.clone();
        bad["capture"][field] = value;
        assert_eq!(Capture::of(&bad), None, "{field}");
    }
    assert_eq!(Capture::of(&json!({})), None);
}

#[test]
fn what_touched_the_same_later_depends_on_it() {
    let own = capture(Truth::Verified);
    let mut elsewhere = own.clone();
    elsewhere.place = "3".repeat(64);
    let first = execution("e1", 10 * SECOND, Some(&own));
    let all = [
        execution("e0", 0, Some(&own)),
        execution("e3", 30 * SECOND, Some(&own)),
        execution("e2", 20 * SECOND, Some(&own)),
        execution("e4", 40 * SECOND, Some(&elsewhere)),
        first.clone(),
    ];
    let found: Vec<&str> = offer::dependents(&first, &own, &all).iter().map(|e| e.id.as_str()).collect();
    assert_eq!(found, ["e2", "e3"]);
}

#[test]
fn a_dry_run_ends_with_its_plan_and_an_impossible_one_is_refused() {
    let dry = Rollback { dry_run: true, ..rollback() };
    for truth in [Truth::Verified, Truth::impossible("a conflict")] {
        assert_eq!(dry.planned(plan(truth), 1).unwrap().status, RollbackStatus::Rehearsed);
    }
    let refused = rollback().planned(plan(Truth::impossible("a conflict")), 1).unwrap();
    assert_eq!((refused.status, refused.refused.as_deref()), (RollbackStatus::Refused, Some("a conflict")));
    let other = Plan { capture_sha256: "9".repeat(64), ..plan(Truth::Verified) };
    assert_eq!(rollback().planned(other, 1), Err(StepError::OtherCapture));
    assert_eq!(refused.planned(plan(Truth::Verified), 1), Err(StepError::TooLate));
}

#[test]
fn it_begins_once_and_ends_once_and_an_unknown_end_may_become_known() {
    let decided = rollback().planned(plan(Truth::Verified), 1).unwrap();
    assert_eq!(rollback().started("x"), Err(StepError::TooLate));
    let started = decided.started("run").unwrap();
    assert_eq!(started.started("again"), Err(StepError::TooLate));
    assert!(started.refuse("too late", 2).is_err() && decided.refuse("blocked", 2).is_ok());
    let unknown = started.ended(done(None, &[]), 3).unwrap().unwrap();
    let known = unknown.ended(done(Some(true), &["a"]), 4).unwrap().unwrap();
    assert_eq!(known.status, RollbackStatus::Succeeded);
    assert_eq!(known.ended(done(Some(true), &["a"]), 5), Ok(None));
    assert_eq!(known.ended(done(Some(false), &[]), 5), Err(StepError::Ended));
    assert_eq!(decided.ended(done(Some(true), &[]), 5), Err(StepError::TooLate));
}

#[test]
fn only_a_failure_that_undid_nothing_may_be_tried_again() {
    let started = rollback().planned(plan(Truth::Verified), 1).unwrap().started("run").unwrap();
    let ended = |outcome| started.ended(outcome, 3).unwrap().unwrap().has_begun();
    assert!(started.has_begun() && ended(done(Some(true), &["a"])) && ended(done(None, &[])));
    assert!(ended(done(Some(false), &["a"])), "what is half undone is looked at by a person");
    assert!(!ended(done(Some(false), &[])));
}

#[test]
fn the_worst_part_speaks_for_all() {
    let why = |w: &str| Truth::unverified(w);
    assert_eq!(Truth::Verified.worse(why("x")), why("x"));
    assert_eq!(Truth::impossible("y").worse(why("x")), Truth::impossible("y"));
    let mut both = capture(Truth::Verified);
    both.parts.push(Part::new(Strategy::Config, "/etc", "a", "b", why("x")));
    assert_eq!(both.truth(), why("x"));
    both.parts.clear();
    assert!(matches!(both.truth(), Truth::Impossible { .. }));
}
