//! Laws that hold for all inputs: totality, monotony, normalisation, canonical bytes.

use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::canonical;
use navi_domain::decision::{Verdict, decide};
use navi_domain::fact::{Fact, FactKind, derive};
use navi_domain::policy::{AutonomyLevel, AutonomyPolicy, PolicyScope, effective};
use navi_domain::risk::{Level, Weights, assess};
use proptest::prelude::*;

const KINDS: [FactKind; 12] = [
    FactKind::TouchesAuth,
    FactKind::Production,
    FactKind::ProductionBranch,
    FactKind::MultiRepo,
    FactKind::RecentIncidents,
    FactKind::SensitiveFile,
    FactKind::WideScope,
    FactKind::DestroysData,
    FactKind::HardToUndo,
    FactKind::RegulatedData,
    FactKind::DisablesOversight,
    FactKind::UnreadableCommand,
];

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let kind = prop::sample::select(KINDS.to_vec());
    prop::collection::vec(
        (kind, "[a-z ]{0,12}").prop_map(|(kind, e)| Fact { kind, evidence: e, headline: None }),
        0..8,
    )
}

fn action(action_type: &str, path: String, command: Option<String>) -> Action {
    Action {
        org: "acme".into(),
        agent: None,
        on_behalf_of: "dana".into(),
        session_id: None,
        action_type: ActionType::parse(action_type),
        tool: None,
        args: None,
        command,
        cwd: None,
        files: vec![FileChange { path, op: FileOp::Edit, before: None, after: None }],
        diff: None,
        repo: None,
        branch: None,
        environment: None,
        target_state: TargetState::None("test".into()),
    }
}

fn policy() -> impl Strategy<Value = AutonomyPolicy> {
    prop::sample::select(vec![
        AutonomyLevel::Minimal,
        AutonomyLevel::Standard,
        AutonomyLevel::Elevated,
        AutonomyLevel::Full,
    ])
    .prop_map(|level| AutonomyPolicy::of_level(PolicyScope::Default, level))
}

proptest! {
    #[test]
    fn adding_a_fact_never_lowers_the_score_or_loosens_the_verdict(
        facts in facts(), extra in prop::sample::select(KINDS.to_vec()), policy in policy(),
        kind in prop::sample::select(vec!["code_edit", "command_run", "deploy_prod", "nonsense"]),
    ) {
        let action = action(kind, "src/x.rs".into(), None);
        let before = assess(&facts, &Weights::default());
        let verdict = decide(&action, &facts, &before, &policy).verdict;
        let mut more = facts.clone();
        more.push(Fact { kind: extra, evidence: "e".into(), headline: None });
        let after = assess(&more, &Weights::default());
        prop_assert!(after.score >= before.score);
        prop_assert!(decide(&action, &more, &after, &policy).verdict >= verdict);
    }

    #[test]
    fn contributions_sum_to_the_score_before_the_cap(facts in facts()) {
        let a = assess(&facts, &Weights::default());
        let sum: u32 = a.factors.iter().map(|f| u32::from(f.contribution)).sum();
        prop_assert_eq!(u32::from(a.score), sum.min(1000));
        prop_assert_eq!(a.level, Level::of(a.score));
    }

    #[test]
    fn critical_never_runs_alone(facts in facts(), policy in policy()) {
        let action = action("code_edit", "src/x.rs".into(), None);
        let a = assess(&facts, &Weights::default());
        prop_assert!(a.level < Level::Critical || decide(&action, &facts, &a, &policy).verdict != Verdict::Auto);
    }

    #[test]
    fn any_input_is_decided(kind in ".{0,40}", path in ".{0,80}", command in proptest::option::of(".{0,200}")) {
        let action = action(&kind, path, command);
        let facts = derive(&action, &Claims::default(), 0);
        let a = assess(&facts, &Weights::default());
        let d = decide(&action, &facts, &a, &AutonomyPolicy::system_default());
        prop_assert!(!d.reasons.is_empty() && !d.rule.is_empty());
        prop_assert!(canonical::digest(&action, &[0; 16]).is_ok());
    }

    #[test]
    fn padding_with_harmless_files_never_dilutes(count in 0..40_usize) {
        let mut action = action("code_edit", "app/auth/login.py".into(), None);
        let alone = assess(&derive(&action, &Claims::default(), 0), &Weights::default()).score;
        action.files.extend((0..count).map(|i| FileChange {
            path: format!("docs/page{i}.md"), op: FileOp::Edit, before: None, after: None,
        }));
        prop_assert!(assess(&derive(&action, &Claims::default(), 0), &Weights::default()).score >= alone);
    }

    #[test]
    fn normalising_twice_changes_nothing(spelling in ".{0,30}") {
        let once = ActionType::parse(&spelling);
        prop_assert_eq!(ActionType::parse(once.as_str()), once);
    }

    #[test]
    fn one_changed_byte_is_another_digest(a in "[a-z]{1,20}", b in "[a-z]{1,20}", salt: [u8; 16]) {
        prop_assume!(a != b);
        let of = |p: &str| canonical::digest(&action("code_edit", p.into(), None), &salt).unwrap();
        prop_assert_ne!(of(&a), of(&b));
    }
}

#[test]
fn spellings_of_one_type_are_one_type() {
    for spelling in
        ["deploy_prod", "Deploy-Prod ", "deployProd", " DEPLOY PROD", "deploy--prod_", "production deploy"]
    {
        assert_eq!(ActionType::parse(spelling).as_str(), "deploy_prod", "{spelling:?}");
    }
    assert!(ActionType::parse("deploy_prod").is_known());
    assert!(!ActionType::parse("").is_known());
    assert!(!ActionType::parse("deploy_prod2").is_known());
}

#[test]
fn the_most_specific_policy_wins() {
    let of = |scope, level| AutonomyPolicy::of_level(scope, level);
    let default = of(PolicyScope::Default, AutonomyLevel::Minimal);
    let role = of(PolicyScope::Role { role: "developer".into() }, AutonomyLevel::Standard);
    let user = of(PolicyScope::User { user: "dana".into() }, AutonomyLevel::Elevated);
    let both = of(PolicyScope::UserRepo { user: "dana".into(), repo: "web".into() }, AutonomyLevel::Full);
    let all = [&default, &role, &user, &both];
    for from in 0..4 {
        assert_eq!(effective(all[..=from].iter().copied()).level, all[from].level);
    }
    assert_eq!(effective([]).version, 0);
}

#[test]
fn duplicate_keys_floats_and_large_integers_are_refused() {
    use canonical::CanonicalError;
    assert_eq!(canonical::parse_strict(r#"{"a":1,"a":2}"#), Err(CanonicalError::DuplicateKey("a".into())));
    assert!(canonical::parse_strict(r#"{"a":{"b":1,"b":1}}"#).is_err());
    assert!(matches!(canonical::jcs(&1.5), Err(CanonicalError::Float(_))));
    assert!(matches!(canonical::jcs(&9_007_199_254_740_993_u64), Err(CanonicalError::TooLarge(_))));
    assert_eq!(
        canonical::jcs(&serde_json::json!({"b": 1, "a": "é"})).unwrap(),
        "{\"a\":\"é\",\"b\":1}".as_bytes()
    );
}

#[test]
fn the_checked_in_vectors_are_what_this_code_builds() {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("../vectors/canonical.json")).unwrap();
    for v in vectors["votes"].as_array().unwrap() {
        let vote = serde_json::from_value(v["vote"].clone()).unwrap();
        let bytes = canonical::vote_bytes(&vote).unwrap();
        assert_eq!(hex::encode(&bytes), v["bytes_hex"].as_str().unwrap());
        assert_eq!(canonical::parse_vote(&bytes), Some(vote));
        let key = vectors["public_key_hex"].as_str().unwrap();
        let signature = hex::decode(v["signature_hex"].as_str().unwrap()).unwrap();
        assert!(navi_domain::evidence::verifies(key, &bytes, &signature));
        let mut flipped = bytes;
        flipped[20] ^= 1;
        assert!(!navi_domain::evidence::verifies(key, &flipped, &signature));
    }
    let action: Action = serde_json::from_value(vectors["action"]["action"].clone()).unwrap();
    assert_eq!(canonical::digest(&action, &[3; 16]).unwrap(), vectors["action"]["digest"].as_str().unwrap());
    assert_eq!(
        canonical::fingerprint(&action, &[5; 32]).unwrap(),
        vectors["action"]["fingerprint"].as_str().unwrap()
    );
}
