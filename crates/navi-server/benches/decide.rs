//! What one decision costs without its flush: facts, risk, guardrails, policy. Prints one JSON object a line:
//! `{"what", "p50_us", "p99_us"}`. Run by `cargo xtask bench`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, read by another program")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::decision::{self, Decision, Question};
use navi_domain::people::Role;
use navi_domain::policy::AutonomyPolicy;
use navi_domain::risk::{RiskSettings, assess};
use navi_facts::Catalogue;
use navi_guardrail::{GuardrailSet, Person, RunQuestion};

const RUNS: usize = 20_000;

fn main() {
    // A test runner asks every program for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let shipped = GuardrailSet::shipped().unwrap();
    let hundred = GuardrailSet::with(&hundred()).unwrap();
    for (name, set) in [("shipped guardrails", &*shipped), ("100 guardrails more", &hundred)] {
        for (kind, action) in [("a command", command()), ("an edit with a diff", edit())] {
            let mut taken: Vec<Duration> = (0..RUNS)
                .map(|run| {
                    // Another text each time, as agents have it: the last one read is remembered.
                    let action = Action {
                        command: action.command.as_ref().map(|command| format!("{command} --run={run}")),
                        ..action.clone()
                    };
                    let began = Instant::now();
                    std::hint::black_box(decide(std::hint::black_box(&action), set));
                    began.elapsed()
                })
                .collect();
            taken.sort_unstable();
            let at = |share: usize| taken.get(RUNS * share / 100).unwrap().as_nanos() as f64 / 1e3;
            let what = format!("decide: {kind}, {name}");
            println!("{}", serde_json::json!({"what": what, "p50_us": at(50), "p99_us": at(99)}));
        }
    }
}

fn decide(action: &Action, set: &GuardrailSet) -> Decision {
    let facts = navi_facts::derive(action, &Claims::default(), 0, Catalogue::shipped());
    let assessment = assess(&action.action_type, &facts, &RiskSettings::default());
    let programs: Vec<String> = match &action.command {
        Some(command) if set.looks_at_programs() => {
            navi_facts::shell::parse(command).invocations.iter().map(|i| i.program.clone()).collect()
        }
        _ => Vec::new(),
    };
    let paths: Vec<&str> = action.files.iter().map(|f| f.path.as_str()).collect();
    let guardrails = set.ask_run(&RunQuestion {
        person: Person { id: "dana", role: Role::Developer, groups: &[] },
        agent: Some("nova"),
        repo: action.repo.as_deref(),
        action_type: action.action_type.as_str(),
        known_type: true,
        facts: &facts,
        assessment: &assessment,
        tool: None,
        branch: action.branch.as_deref(),
        environment: None,
        programs: &programs,
        paths: &paths,
    });
    decision::decide(&Question {
        action_type: &action.action_type,
        facts: &facts,
        assessment: &assessment,
        policy: &AutonomyPolicy::system_default(),
        guardrails: &guardrails,
        frozen: None,
        rejected_before: None,
        flooding: false,
        grant: None,
        plan: None,
        allowed: None,
    })
}

fn hundred() -> String {
    let mut text = String::new();
    for i in 0..100 {
        let _ = writeln!(
            text,
            "@id(\"org-{i}\") @reason(\"number {i}\")\nforbid (principal, action == Action::\"run\", resource == Repo::\"repo-{i}\")\n\
             when {{ context.programs.contains(\"tool-{i}\") && context.score > {i} }};"
        );
    }
    text
}

fn action(action_type: &str) -> Action {
    Action {
        org: "acme".into(),
        agent: Some("nova".into()),
        on_behalf_of: "dana".into(),
        session_id: Some("session".into()),
        action_type: ActionType::parse(action_type),
        tool: None,
        args: None,
        command: None,
        cwd: Some("/home/dana/web".into()),
        files: Vec::new(),
        diff: None,
        repo: Some("web".into()),
        branch: Some("feature/queue".into()),
        environment: None,
        target_state: TargetState::None("measured".into()),
    }
}

fn command() -> Action {
    Action {
        command: Some("cd web && npm run build -- --mode production | tee build.log".into()),
        ..action("command_run")
    }
}

fn edit() -> Action {
    let file = |path: &str| FileChange { path: path.into(), op: FileOp::Edit, before: None, after: None };
    let mut diff = "--- a/src/queue/list.ts\n+++ b/src/queue/list.ts\n@@ -10,20 +10,20 @@\n".to_owned();
    for line in 0..20 {
        let _ = writeln!(diff, "-  const total{line} = items.length;\n+  const count{line} = items.size;");
    }
    Action {
        files: vec![file("src/queue/list.ts"), file("src/queue/list.test.ts")],
        diff: Some(diff),
        ..action("code_edit")
    }
}
