//! Real-world actions, each with what a security engineer expects: facts, level, decision. One file a class.
//!
//! The policy is the system's default (level standard), the guardrails are open, and no person has said anything.
#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::decision::{self, Question, Verdict};
use navi_domain::fact::{Fact, FactKind};
use navi_domain::guardrail::Guardrails;
use navi_domain::policy::AutonomyPolicy;
use navi_domain::risk::{Level, RiskSettings, assess};
use navi_facts::redact::{redact, redact_value};
use navi_facts::{Catalogue, words};
use serde::Deserialize;
use serde_json::Value;

/// One action and what is expected of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    mark: Mark,
    r#type: String,
    command: Option<String>,
    #[serde(default)]
    files: Vec<File>,
    diff: Option<String>,
    repo: Option<String>,
    branch: Option<String>,
    environment: Option<String>,
    cwd: Option<String>,
    tool: Option<String>,
    args: Option<Value>,
    #[serde(default)]
    claims: BTreeMap<String, Value>,
    #[serde(default)]
    repos: Vec<String>,
    expect: Expect,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "snake_case")]
enum Mark {
    /// It is of the class.
    Positive,
    /// It looks like it and is not.
    Negative,
    /// It is of the class and hides it.
    Evasion,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Path(String),
    Change { path: String, op: FileOp },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    decision: Verdict,
    /// Any of these.
    level: Vec<Level>,
    #[serde(default)]
    facts: Vec<FactKind>,
    #[serde(default)]
    not_facts: Vec<FactKind>,
}

const CLASSES: [(&str, &str); 17] = [
    ("branches_environments", include_str!("corpus/branches_environments.json")),
    ("credentials", include_str!("corpus/credentials.json")),
    ("diffs", include_str!("corpus/diffs.json")),
    ("docker", include_str!("corpus/docker.json")),
    ("evasions", include_str!("corpus/evasions.json")),
    ("git", include_str!("corpus/git.json")),
    ("kubernetes", include_str!("corpus/kubernetes.json")),
    ("migrations", include_str!("corpus/migrations.json")),
    ("oversight", include_str!("corpus/oversight.json")),
    ("packages", include_str!("corpus/packages.json")),
    ("paths", include_str!("corpus/paths.json")),
    ("plain_development", include_str!("corpus/plain_development.json")),
    ("shell", include_str!("corpus/shell.json")),
    ("specification", include_str!("corpus/specification.json")),
    ("sql", include_str!("corpus/sql.json")),
    ("terraform_cloud", include_str!("corpus/terraform_cloud.json")),
    ("tools_mcp", include_str!("corpus/tools_mcp.json")),
];

impl Case {
    fn action(&self) -> (Action, Claims) {
        let op = match self.r#type.as_str() {
            "file_read" => FileOp::Read,
            "file_create" => FileOp::Create,
            _ => FileOp::Edit,
        };
        let files = self.files.iter().map(|file| {
            let (path, op) = match file {
                File::Path(path) => (path, op),
                File::Change { path, op } => (path, *op),
            };
            FileChange { path: path.clone(), op, before: None, after: None }
        });
        // Secrets never come further than the door.
        let secrets = &Catalogue::shipped().secrets;
        let clean = |text: &Option<String>| text.as_deref().map(|t| redact(t, b"key", secrets).text);
        let action = Action {
            org: "acme".into(),
            agent: Some("nova".into()),
            on_behalf_of: "dana".into(),
            session_id: None,
            action_type: ActionType::parse(&self.r#type),
            tool: self.tool.clone(),
            args: self.args.clone().map(|args| redact_value(args, b"key", secrets).0),
            command: clean(&self.command),
            cwd: self.cwd.clone(),
            files: files.collect(),
            diff: clean(&self.diff),
            repo: self.repo.clone(),
            branch: self.branch.clone(),
            environment: self.environment.clone(),
            target_state: TargetState::None("corpus".into()),
        };
        (action, Claims { intent: None, repos: self.repos.clone(), other: self.claims.clone() })
    }
}

/// What is wrong with one case; empty: nothing.
fn check(case: &Case) -> String {
    let (action, claims) = case.action();
    let facts = navi_facts::derive(&action, &claims, 0, Catalogue::shipped());
    let assessment = assess(&action.action_type, &facts, &RiskSettings::default());
    let decision = decision::decide(&Question {
        action_type: &action.action_type,
        facts: &facts,
        assessment: &assessment,
        policy: &AutonomyPolicy::system_default(),
        guardrails: &Guardrails::open(),
        frozen: None,
        rejected_before: None,
        flooding: false,
        grant: None,
        plan: None,
        allowed: None,
    });
    let has = |kind: &FactKind| facts.iter().any(|f: &Fact| f.kind == *kind);
    let mut wrong = String::new();
    let expected = &case.expect;
    if decision.verdict != expected.decision {
        let _ = write!(wrong, "decision {:?} instead of {:?}; ", decision.verdict, expected.decision);
    }
    if !expected.level.contains(&assessment.level) {
        let _ = write!(wrong, "level {:?} instead of {:?}; ", assessment.level, expected.level);
    }
    for kind in expected.facts.iter().filter(|kind| !has(kind)) {
        let _ = write!(wrong, "lacks {}; ", kind.as_str());
    }
    for kind in expected.not_facts.iter().filter(|kind| has(kind)) {
        let _ = write!(wrong, "has {}; ", kind.as_str());
    }
    if !wrong.is_empty() {
        let found: Vec<String> =
            facts.iter().map(|f| format!("{}/{:?}", f.kind.as_str(), f.severity)).collect();
        let _ = write!(wrong, "score {} by {}, facts [{}]", assessment.score, decision.rule, found.join(" "));
    }
    wrong
}

fn class(name: &str, text: &str) -> Vec<Case> {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("corpus/{name}.json: {e}"))
}

#[test]
fn every_action_of_the_corpus_is_decided_as_expected() {
    let mut table = String::new();
    for (name, text) in CLASSES {
        for case in class(name, text) {
            let wrong = check(&case);
            if !wrong.is_empty() {
                let what = case.command.as_deref().unwrap_or(&case.r#type);
                let _ = writeln!(table, "{name}: {} ({what})\n    {wrong}", case.case);
            }
        }
    }
    let failed = table.lines().count() / 2;
    assert!(table.is_empty(), "{failed} cases are decided otherwise:\n{table}");
}

/// Sentences of one case's facts that have no code; lines of a diff hold no words.
fn unsaid(case: &Case) -> Vec<String> {
    let (action, claims) = case.action();
    let facts = navi_facts::derive(&action, &claims, 3, Catalogue::shipped());
    let wordless = |evidence: &str| {
        let mut parts = evidence.splitn(3, ':');
        parts.next().is_some() && parts.next().is_some_and(|line| line.parse::<u32>().is_ok())
    };
    facts
        .iter()
        .flat_map(|fact| {
            let headline = words::headline(fact).is_none().then(|| fact.headline.clone()).flatten();
            let without = words::without(fact).is_none().then(|| fact.without.clone()).flatten();
            let rests_on = Some(&fact.evidence).filter(|e| words::evidence(e).is_none() && !wordless(e));
            headline.into_iter().chain(without).chain(rests_on.cloned())
        })
        .collect()
}

#[test]
fn every_sentence_of_the_corpus_facts_has_a_code_for_other_languages() {
    let unsaid: BTreeSet<String> =
        CLASSES.iter().flat_map(|(name, text)| class(name, text)).flat_map(|case| unsaid(&case)).collect();
    assert!(unsaid.is_empty(), "{unsaid:#?}");
}

#[test]
fn the_corpus_is_large_and_every_class_has_all_three_kinds() {
    let mut all = 0;
    let mut sentences = BTreeSet::new();
    for (name, text) in CLASSES {
        let cases = class(name, text);
        for mark in [Mark::Positive, Mark::Negative, Mark::Evasion] {
            assert!(cases.iter().any(|c| c.mark == mark), "{name} has no case that is {mark:?}");
        }
        for case in &cases {
            assert!(
                sentences.insert((name, case.case.clone())),
                "{name}: {:?} stands there twice",
                case.case
            );
        }
        all += cases.len();
    }
    assert!(all >= 900, "the corpus has only {all} cases");
}
