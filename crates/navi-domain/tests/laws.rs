//! Laws that hold for all inputs: totality, monotony, normalisation, canonical bytes.

use navi_domain::action::{Action, ActionType, FileChange, FileOp, TargetState};
use navi_domain::allow::{AllowRule, Likeness};
use navi_domain::bypass::Statement;
use navi_domain::canonical;
use navi_domain::decision::{Decision, Question, Verdict, decide};
use navi_domain::fact::{Fact, FactKind, Severity};
use navi_domain::freeze::{Freeze, FreezeScope};
use navi_domain::grant::{Grant, Pattern};
use navi_domain::guardrail::{Answer, Guardrails};
use navi_domain::policy::{ActionPattern, AutonomyLevel, AutonomyPolicy, PolicyScope, effective};
use navi_domain::risk::{Assessment, Level, RiskSettings, assess};
use proptest::prelude::*;

const KINDS: [FactKind; 17] = [
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
    FactKind::ExposesSecret,
    FactKind::RunsUntrustedCode,
    FactKind::WidensPermission,
    FactKind::WeakensChecks,
    FactKind::ChangesDependencies,
];
const SEVERITIES: [Severity; 3] = [Severity::Minor, Severity::Serious, Severity::Grave];

fn fact() -> impl Strategy<Value = Fact> {
    (prop::sample::select(KINDS.to_vec()), prop::sample::select(SEVERITIES.to_vec()), "[a-z ]{0,12}")
        .prop_map(|(kind, severity, e)| Fact { severity, ..Fact::new(kind, e) })
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    prop::collection::vec(fact(), 0..8)
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

fn scored(kind: &ActionType, facts: &[Fact]) -> Assessment {
    assess(kind, facts, &RiskSettings::default())
}

fn verdict_of(kind: &ActionType, facts: &[Fact], policy: &AutonomyPolicy, grant: Option<&Grant>) -> Decision {
    decide(&Question {
        action_type: kind,
        facts,
        assessment: &scored(kind, facts),
        policy,
        guardrails: &Guardrails::open(),
        frozen: None,
        rejected_before: None,
        flooding: false,
        grant,
        plan: None,
        allowed: None,
    })
}

fn grant(rule: &str, level: Level) -> Grant {
    Grant {
        id: "g".into(),
        approval_id: "a".into(),
        given_by: "ann".into(),
        user: "dana".into(),
        agent: None,
        pattern: Pattern::SameRule {
            action_type: "command_run".into(),
            repo: None,
            facts: Default::default(),
        },
        rule: rule.into(),
        level,
        policy_hash: String::new(),
        max_uses: 3,
        uses: 0,
        created_at: 0,
        expires_at: 60,
        revoked_at: None,
        version: 1,
    }
}

fn allow_rule() -> AllowRule {
    AllowRule {
        id: "r".into(),
        user: "dana".into(),
        agent: None,
        action_type: ActionType::parse("code_edit"),
        repo: None,
        environment: None,
        likeness: Likeness::SameAction { fingerprint: String::new(), shown: String::new() },
        facts: Default::default(),
        rule: String::new(),
        level: Level::Low,
        approval_id: "a".into(),
        proposed_by: "olga".into(),
        created_at: 0,
        expires_at: 1,
    }
}

fn pause() -> Freeze {
    let (id, reason, by) = ("f".to_owned(), "stop".to_owned(), "olga".to_owned());
    Freeze { id, scope: FreezeScope::Everything, reason, by, at: 0, ended_at: None }
}

proptest! {
    #[test]
    fn adding_a_fact_never_lowers_the_score_or_loosens_the_verdict(
        facts in facts(), extra in fact(), policy in policy(),
        kind in prop::sample::select(vec!["code_edit", "command_run", "deploy_prod", "nonsense"]),
    ) {
        let kind = ActionType::parse(kind);
        let mut more = facts.clone();
        more.push(extra);
        prop_assert!(scored(&kind, &more).score >= scored(&kind, &facts).score);
        let before = verdict_of(&kind, &facts, &policy, None).verdict;
        prop_assert!(verdict_of(&kind, &more, &policy, None).verdict >= before);
    }

    #[test]
    fn a_more_severe_fact_never_weighs_less(kind in prop::sample::select(KINDS.to_vec()), rest in facts()) {
        let action_type = ActionType::parse("command_run");
        let of = |severity| {
            let mut facts = rest.clone();
            facts.push(Fact { severity, ..Fact::new(kind, "e") });
            scored(&action_type, &facts).score
        };
        prop_assert!(of(Severity::Minor) <= of(Severity::Serious));
        prop_assert!(of(Severity::Serious) <= of(Severity::Grave));
    }

    #[test]
    fn a_stricter_level_never_loosens(facts in facts(), kind in prop::sample::select(vec!["code_edit", "command_run"])) {
        let kind = ActionType::parse(kind);
        let levels =
            [AutonomyLevel::Minimal, AutonomyLevel::Standard, AutonomyLevel::Elevated, AutonomyLevel::Full];
        let verdicts = levels.map(|level| {
            verdict_of(&kind, &facts, &AutonomyPolicy::of_level(PolicyScope::Default, level), None).verdict
        });
        prop_assert!(verdicts.is_sorted_by(|a, b| a >= b), "{:?}", verdicts);
    }

    #[test]
    fn contributions_sum_to_the_score_before_the_cap(facts in facts()) {
        let a = scored(&ActionType::parse("code_edit"), &facts);
        let sum: u32 = a.factors.iter().map(|f| u32::from(f.contribution)).sum();
        prop_assert_eq!(u32::from(a.score), sum.min(1000));
        prop_assert_eq!(a.level, Level::of(a.score));
        for factor in &a.factors {
            if let Some(without) = &factor.counterfactual {
                let rest = sum - u32::from(factor.contribution);
                prop_assert_eq!(u32::from(a.score) - rest.min(1000), u32::from(without.lower_by));
            }
        }
    }

    #[test]
    fn critical_never_runs_alone_whatever_was_granted(
        facts in facts(), policy in policy(), rule in prop::sample::select(vec!["critical", "grave_fact", "sensitive_fact"]),
    ) {
        let kind = ActionType::parse("code_edit");
        let granted = grant(rule, Level::Critical);
        let decided = verdict_of(&kind, &facts, &policy, Some(&granted));
        prop_assert!(scored(&kind, &facts).level < Level::Critical || decided.verdict != Verdict::Auto);
    }

    #[test]
    fn a_grant_never_answers_another_rule_or_a_higher_level(facts in facts(), policy in policy()) {
        let kind = ActionType::parse("command_run");
        let asked = verdict_of(&kind, &facts, &policy, None);
        let low = grant("sensitive_fact", Level::Low);
        let with = verdict_of(&kind, &facts, &policy, Some(&low));
        let covered = asked.rule == "sensitive_fact" && scored(&kind, &facts).level == Level::Low;
        prop_assert_eq!(with.verdict != asked.verdict, covered && asked.verdict == Verdict::Approval);
    }

    #[test]
    fn no_grant_answers_while_its_agent_floods(facts in facts(), policy in policy()) {
        let kind = ActionType::parse("command_run");
        let assessment = scored(&kind, &facts);
        let guardrails = Guardrails::open();
        let alone = Question {
            action_type: &kind,
            facts: &facts,
            assessment: &assessment,
            policy: &policy,
            guardrails: &guardrails,
            frozen: None,
            rejected_before: None,
            flooding: true,
            grant: None,
            plan: None,
            allowed: None,
        };
        let asked = decide(&alone);
        prop_assert_ne!(asked.verdict, Verdict::Auto);
        let given = grant(&asked.rule, Level::High);
        prop_assert_eq!(decide(&Question { grant: Some(&given), ..alone }), asked);
    }

    #[test]
    fn an_allow_rule_turns_nothing_but_what_an_autonomy_policy_asks_at_low_or_medium_risk(
        facts in facts(), level in prop::sample::select(AutonomyLevel::ALL.to_vec()), flooding: bool, rejected: bool,
        threshold in 0_u16..1000, lists in 0_usize..4, run: bool, unattended: bool, paused: bool,
        kind in prop::sample::select(vec!["code_edit", "command_run", "deploy_prod", "nonsense"]),
        made_for in prop::sample::select(vec![
            "require_approval_list", "sensitive_fact", "above_threshold", "guardrail", "critical", "grave_fact",
            "unknown_action_type", "flood", "blocked_list", "frozen", "rejected_before",
        ]),
        up_to in prop::sample::select(Level::ALL.to_vec()),
    ) {
        let kind = ActionType::parse(kind);
        let mut policy = AutonomyPolicy::of_level(PolicyScope::Default, level);
        policy.max_risk_threshold = threshold;
        let entry = vec![ActionPattern::from(&kind)];
        match lists {
            1 => policy.require_approval_for = entry,
            2 => policy.blocked_actions = entry,
            3 => policy.auto_allowed_actions = entry,
            _ => {}
        }
        let answer = |allowed| Answer { allowed, ..Answer::allowed() };
        let guardrails =
            Guardrails { run: answer(run), run_unattended: answer(unattended), ..Guardrails::open() };
        let freeze = paused.then(pause);
        let assessment = scored(&kind, &facts);
        let without = Question {
            action_type: &kind,
            facts: &facts,
            assessment: &assessment,
            policy: &policy,
            guardrails: &guardrails,
            frozen: freeze.as_ref(),
            rejected_before: rejected.then_some("a"),
            flooding,
            grant: None,
            plan: None,
            allowed: None,
        };
        let before = decide(&without);
        let rule = AllowRule { rule: made_for.into(), level: up_to, ..allow_rule() };
        let after = decide(&Question { allowed: Some(&rule), ..without });
        let own = ["require_approval_list", "sensitive_fact", "above_threshold"].contains(&before.rule.as_str());
        let may = before.verdict == Verdict::Approval
            && own
            && before.rule == made_for
            && assessment.level <= Level::Medium
            && assessment.level <= up_to
            && !flooding;
        if may {
            prop_assert_eq!((after.verdict, after.rule.as_str()), (Verdict::Auto, "allow_rule"));
            prop_assert_eq!(&after.reasons[1..], &before.reasons[..]);
        } else {
            prop_assert_eq!(after, before);
        }
    }

    #[test]
    fn normalising_twice_changes_nothing(spelling in ".{0,30}") {
        let once = ActionType::parse(&spelling);
        prop_assert_eq!(ActionType::parse(once.as_str()), once);
    }

    #[test]
    fn letters_without_a_lower_case_are_normalised_once(spelling in "[ÀİǅßA𝐀ⅣΣς1_ ]{0,8}") {
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
    for v in vectors["bypasses"].as_array().unwrap() {
        let statement: Statement = serde_json::from_value(v["statement"].clone()).unwrap();
        let bytes = statement.bytes().unwrap();
        assert_eq!(hex::encode(&bytes), v["bytes_hex"].as_str().unwrap());
        assert_eq!(Statement::parse(&bytes), Some(statement));
    }
    let action: Action = serde_json::from_value(vectors["action"]["action"].clone()).unwrap();
    assert_eq!(canonical::digest(&action, &[3; 16]).unwrap(), vectors["action"]["digest"].as_str().unwrap());
    assert_eq!(
        canonical::fingerprint(&action, &[5; 32]).unwrap(),
        vectors["action"]["fingerprint"].as_str().unwrap()
    );
}
