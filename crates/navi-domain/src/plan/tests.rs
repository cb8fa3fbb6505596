//! Plans: what is one, what stays within its bounds, and what an approval of it answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::run::{Part, PartStatus, PlanRun, PlanStatus};
use super::*;
use crate::MINUTE;
use crate::action::TargetState;
use crate::execution::ExecutionStatus;

fn step(id: &str, after: &[&str]) -> Step {
    Step {
        id: id.into(),
        after: after.iter().map(|a| (*a).to_owned()).collect(),
        action_type: "command_run".into(),
        command: Some(format!("make {id}")),
        tool: None,
        args: None,
        cwd: "/work".into(),
        environment: None,
        files: Vec::new(),
        verify: None,
        rollback: Undo::None,
        retries: 0,
        timeout_secs: 60,
    }
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan { name: "release".into(), budget: Budget { runs: 9, minutes: 5 }, steps }
}

fn action() -> Action {
    Action {
        org: "acme".into(),
        agent: None,
        on_behalf_of: "dana".into(),
        session_id: None,
        action_type: ActionType::parse("plan"),
        tool: None,
        args: None,
        command: None,
        cwd: None,
        files: Vec::new(),
        diff: None,
        repo: Some("shop".into()),
        branch: Some("main".into()),
        environment: None,
        target_state: TargetState::None("test".into()),
    }
}

fn run(plan: Plan) -> PlanRun {
    PlanRun {
        id: "p".into(),
        decision_id: "d".into(),
        approval_id: Some("a".into()),
        user: "dana".into(),
        agent: None,
        repo: Some("shop".into()),
        branch: Some("main".into()),
        digest: "00".into(),
        policy_hash: "h".into(),
        level: Level::Medium,
        quorum: 1,
        expires_at: PlanRun::ends(&plan, 0),
        plan,
        status: PlanStatus::Running,
        deviation: None,
        runs: 0,
        begun_at: 0,
        ended_at: None,
        steps: BTreeMap::new(),
        verifications: BTreeMap::new(),
        version: 1,
    }
}

fn of(step: &str, phase: Phase) -> StepRef {
    StepRef { plan_id: "p".into(), step: step.into(), phase }
}

fn part(execution: Option<&str>) -> Part {
    Part {
        status: if execution.is_some() { PartStatus::Started } else { PartStatus::Waiting },
        action_id: "d2".into(),
        approval_id: None,
        execution_id: execution.map(str::to_owned),
        tries: 0,
        at: 1,
    }
}

#[test]
fn a_plan_without_order_or_bounds_is_none() {
    let refused = |plan: Plan| plan.check().unwrap_err().to_string();
    assert!(refused(plan(vec![])).contains("1 to 100 steps"));
    assert!(refused(plan(vec![step("a", &["b"])])).contains("\"b\", which is no step"));
    let circle = vec![step("a", &["c"]), step("b", &["a"]), step("c", &["b"]), step("d", &[])];
    assert!(refused(plan(circle)).contains("waits for itself"));
    assert!(refused(plan(vec![step("a", &[]), step("a", &[])])).contains("same id"));
    let both = Step { tool: Some("deploy".into()), ..step("a", &[]) };
    assert!(refused(plan(vec![both])).contains("not both"));
    let nested = Step { action_type: "Plan".into(), ..step("a", &[]) };
    assert!(refused(plan(vec![nested])).contains("other than a plan"));
    let away = Step { files: vec!["../x".into()], ..step("a", &[]) };
    assert!(refused(plan(vec![away])).contains("not below"));
    let endless = Plan { budget: Budget { runs: 0, minutes: 5 }, ..plan(vec![step("a", &[])]) };
    assert!(refused(endless).contains("1 to 1000 runs"));
    assert!(Plan::of(Some(&json!({"name": "x"}))).unwrap_err().to_string().contains("missing field"));
}

#[test]
fn steps_become_ready_when_all_that_they_wait_for_is_done() {
    let plan = plan(vec![step("a", &[]), step("b", &[]), step("c", &["a", "b"])]);
    let ready = |done: &[&str]| {
        let done: BTreeSet<&str> = done.iter().copied().collect();
        plan.ready(&done).into_iter().map(|s| s.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ready(&[]), ["a", "b"]);
    assert_eq!(ready(&["a"]), ["b"]);
    assert_eq!(ready(&["a", "b"]), ["c"]);
}

#[test]
fn what_the_plan_says_is_within_and_everything_else_is_not() {
    let planned = Step { files: vec!["src/a".into()], ..step("a", &[]) };
    let run = run(plan(vec![planned.clone(), step("b", &["a"])]));
    let asked = Plan::action(&planned, Phase::Run, &action());
    let why = |action: &Action| run.deviation(&of("a", Phase::Run), action, 1);
    assert_eq!(why(&asked), None);
    let changes: Vec<(Action, &str)> = vec![
        (Action { command: Some("make a ".into()), ..asked.clone() }, "command"),
        (Action { action_type: ActionType::parse("deploy"), ..asked.clone() }, "action type"),
        (Action { cwd: Some("/".into()), ..asked.clone() }, "folder"),
        (Action { environment: Some("prod".into()), ..asked.clone() }, "environment"),
        (Action { repo: Some("pay".into()), ..asked.clone() }, "repository"),
        (Action { branch: Some("dev".into()), ..asked.clone() }, "branch"),
        (Action { tool: Some("t".into()), ..asked.clone() }, "tool"),
        (Action { args: Some(json!({})), ..asked.clone() }, "arguments"),
        (Action { diff: Some("+".into()), ..asked.clone() }, "diff"),
    ];
    for (changed, what) in changes {
        assert_eq!(why(&changed), Some(format!("its {what} is not what the plan says")));
    }
    let mut further = asked.clone();
    further.files.push(FileChange { path: "src/b".into(), op: FileOp::Edit, before: None, after: None });
    assert!(why(&further).unwrap().contains("src/b"));
    assert!(run.deviation(&of("b", Phase::Run), &asked, 1).unwrap().contains("step a must succeed first"));
    assert!(run.deviation(&of("z", Phase::Run), &asked, 1).unwrap().contains("no step z"));
    assert!(run.deviation(&of("a", Phase::Verify), &asked, 1).unwrap().contains("no such verification"));
}

#[test]
fn runs_minutes_and_tries_are_used_up() {
    let first = step("a", &[]);
    let asked = Plan::action(&first, Phase::Run, &action());
    let mut run = run(Plan { budget: Budget { runs: 2, minutes: 5 }, ..plan(vec![first, step("b", &[])]) });
    let a = of("a", Phase::Run);
    assert!(run.deviation(&a, &asked, 5 * MINUTE).is_none());
    assert!(run.deviation(&a, &asked, 5 * MINUTE + 1).unwrap().contains("5 minutes"));
    run = run.asked(&a, part(None));
    assert_eq!((run.runs, run.part(&a).unwrap().tries), (0, 0), "who waits uses nothing");
    run = run.started(&a, "x", 2);
    assert_eq!((run.runs, run.part(&a).unwrap().tries), (1, 1));
    assert!(run.deviation(&a, &asked, 1).unwrap().contains("tried 1 times"));
    run = run.asked(&of("b", Phase::Run), part(Some("y")));
    assert!(run.deviation(&a, &asked, 1).unwrap().contains("2 runs are used up"));
}

#[test]
fn a_step_that_changes_what_it_does_not_name_ends_the_cover() {
    let first = Step { files: vec!["out/**".into(), "*.lock".into()], ..step("a", &[]) };
    let run = run(plan(vec![first, step("b", &["a"])])).asked(&of("a", Phase::Run), part(Some("x")));
    let ends = |changed: &[&str]| {
        let changed: Vec<String> = changed.iter().map(|c| (*c).to_owned()).collect();
        run.ended(&of("a", Phase::Run), "x", ExecutionStatus::Succeeded, &changed, 3).unwrap()
    };
    assert_eq!(ends(&["out/deep/er/file", "cargo.lock"]).status, PlanStatus::Running);
    for path in ["src/main.rs", "out", "sub/cargo.lock"] {
        let after = ends(&[path]);
        assert_eq!(after.status, PlanStatus::Deviated, "{path}");
        let b = Plan::action(&step("b", &["a"]), Phase::Run, &action());
        assert!(after.deviation(&of("b", Phase::Run), &b, 4).unwrap().contains(path), "{path}");
    }
    assert!(run.ended(&of("a", Phase::Run), "other", ExecutionStatus::Failed, &[], 3).is_none());
}

#[test]
fn a_step_with_a_verification_is_done_only_when_that_succeeded() {
    let first = Step { verify: Some("test -f out".into()), retries: 1, ..step("a", &[]) };
    let (a, check) = (of("a", Phase::Run), of("a", Phase::Verify));
    let verify = Plan::action(&first, Phase::Verify, &action());
    let mut run = run(plan(vec![first]));
    assert!(run.deviation(&check, &verify, 1).unwrap().contains("before it ran"));
    run = run.asked(&a, part(Some("x")));
    run = run.ended(&a, "x", ExecutionStatus::Succeeded, &[], 2).unwrap();
    assert!(!run.is_done("a"));
    assert_eq!(run.deviation(&check, &verify, 2), None);
    run = run.asked(&check, part(Some("v")));
    run = run.ended(&check, "v", ExecutionStatus::Succeeded, &[], 3).unwrap();
    assert!(run.is_done("a"));
    let again = run.asked(&a, part(Some("x2")));
    assert!(!again.is_done("a"), "a new try is verified anew");
}

#[test]
fn an_approval_of_a_plan_answers_what_a_step_alone_would_ask_and_nothing_more() {
    let used = PlanUse {
        of: of("a", Phase::Run),
        name: "release".into(),
        approval_id: Some("ap".into()),
        level: Level::High,
        outside: None,
    };
    let asked =
        |rule: &str| Decision { verdict: Verdict::Approval, rule: rule.into(), reasons: vec!["why".into()] };
    for rule in ANSWERED {
        let decision = used.decide(asked(rule), Level::High, false);
        assert_eq!((decision.verdict, decision.rule.as_str()), (Verdict::Auto, "plan"), "{rule}");
    }
    for rule in ["guardrail", "critical", "unknown_action_type", "flood"] {
        assert_eq!(used.decide(asked(rule), Level::Low, false).verdict, Verdict::Approval, "{rule}");
    }
    assert_eq!(used.decide(asked("grave_fact"), Level::Critical, false).verdict, Verdict::Approval);
    assert_eq!(used.decide(asked("grave_fact"), Level::Low, true).verdict, Verdict::Approval);
    let low = PlanUse { level: Level::Medium, ..used.clone() };
    assert_eq!(low.decide(asked("grave_fact"), Level::High, false).verdict, Verdict::Approval);
    let unsigned = PlanUse { approval_id: None, ..used.clone() };
    assert_eq!(unsigned.decide(asked("grave_fact"), Level::Low, false).verdict, Verdict::Approval);
    let outside = PlanUse { outside: Some("its command differs".into()), ..used.clone() };
    let decision = outside.decide(asked("grave_fact"), Level::Low, false);
    assert!(decision.reasons.iter().any(|r| r.contains("its command differs")), "{decision:?}");
    let blocked = Decision { verdict: Verdict::Blocked, ..asked("frozen") };
    assert_eq!(used.decide(blocked.clone(), Level::Low, false), blocked, "a plan unblocks nothing");
}

#[test]
fn patterns_stay_within_a_name_unless_they_say_folders() {
    assert!(fits("a/*.rs", "a/b.rs") && !fits("a/*.rs", "a/b/c.rs"));
    assert!(fits("a/**/c", "a/c") && fits("a/**/c", "a/b/d/c") && !fits("a/**/c", "b/c"));
    assert!(fits("**", "x") && fits("**", "x/y") && !fits("a/**", "a"));
    assert!(fits("?.txt", "a.txt") && !fits("?.txt", "ab.txt"));
}
