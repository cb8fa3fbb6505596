//! The decision corpus: facts, risk and verdict of each case, through one check.

use std::collections::BTreeMap;

use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::policy::AutonomyPolicy;
use navi_domain::risk::{Weights, assess};
use navi_domain::{decision, fact};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    #[serde(rename = "type")]
    action_type: String,
    #[serde(default)]
    files: Vec<String>,
    repo: Option<String>,
    branch: Option<String>,
    environment: Option<String>,
    command: Option<String>,
    verdict: String,
    score: u16,
    factors: Vec<String>,
    #[serde(default)]
    reasons: Vec<String>,
}

fn action(case: &Case) -> Action {
    Action {
        org: "acme".into(),
        agent: Some("nova".into()),
        on_behalf_of: "dana".into(),
        session_id: None,
        action_type: ActionType::parse(&case.action_type),
        tool: None,
        args: None,
        command: case.command.clone(),
        cwd: None,
        files: case
            .files
            .iter()
            .map(|p| FileChange { path: p.clone(), op: FileOp::Edit, before: None, after: None })
            .collect(),
        diff: None,
        repo: case.repo.clone(),
        branch: case.branch.clone(),
        environment: case.environment.clone(),
        target_state: TargetState::None("test".into()),
    }
}

#[test]
fn every_case_of_the_corpus_is_decided_as_written() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("corpus/decisions.json")).unwrap();
    assert!(cases.len() > 20);
    for case in &cases {
        let action = action(case);
        let facts = fact::derive(&action, &Claims::default(), 0);
        let assessment = assess(&facts, &Weights::default());
        let decided = decision::decide(&action, &facts, &assessment, &AutonomyPolicy::system_default());
        let names: Vec<&str> = assessment.factors.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(decided.verdict.as_str(), case.verdict, "{}: {:?}", case.case, decided);
        assert_eq!(assessment.score, case.score, "{}: {facts:?}", case.case);
        assert_eq!(names, case.factors, "{}", case.case);
        for reason in &case.reasons {
            assert!(decided.reasons.contains(reason), "{}: {:?}", case.case, decided.reasons);
        }
    }
}

#[test]
fn every_score_of_a_factor_shows_its_evidence() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("corpus/decisions.json")).unwrap();
    for case in &cases {
        let facts = fact::derive(&action(case), &Claims::default(), 2);
        let assessment = assess(&facts, &Weights::default());
        let sum: u16 = assessment.factors.iter().map(|f| f.contribution).sum();
        assert_eq!(sum.min(1000), assessment.score, "{}", case.case);
        assert!(assessment.factors.iter().all(|f| !f.evidence.is_empty()), "{}", case.case);
    }
}

#[test]
fn an_agents_claim_raises_risk_and_never_lowers_it() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("corpus/decisions.json")).unwrap();
    for case in &cases {
        let action = action(case);
        let plain = assess(&fact::derive(&action, &Claims::default(), 0), &Weights::default()).score;
        for claim in [true, false] {
            let other: BTreeMap<_, _> =
                ["touches_auth", "is_production", "destructive"].map(|n| (n.to_owned(), claim.into())).into();
            let claims = Claims { other, ..Claims::default() };
            let claimed = assess(&fact::derive(&action, &claims, 0), &Weights::default()).score;
            assert!(claimed >= plain, "{}", case.case);
        }
    }
}
