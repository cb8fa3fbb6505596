//! Laws of autonomy policies: patterns, the chain of scopes, and what counts as looser.

use navi_domain::action::{ActionType, KNOWN_TYPES};
use navi_domain::decision::{Question, Verdict, decide};
use navi_domain::fact::{Fact, FactKind, Severity};
use navi_domain::guardrail::Guardrails;
use navi_domain::policy::{
    ActionPattern, AutonomyLevel, AutonomyPolicy, PolicyError, PolicyScope, change, in_force, loosens,
};
use navi_domain::risk::{Assessment, Level};
use proptest::prelude::*;

fn pattern() -> impl Strategy<Value = ActionPattern> {
    let texts = vec!["*", "deploy*", "deploy_*", "*_prod", "*migration", "code_*", "git_*", "c*e*", "*_*"];
    let texts: Vec<&str> = texts.into_iter().chain(KNOWN_TYPES.iter().copied()).collect();
    prop::sample::select(texts).prop_map(ActionPattern::parse)
}

fn list() -> impl Strategy<Value = Vec<ActionPattern>> {
    prop::collection::vec(pattern(), 0..4)
}

fn policy() -> impl Strategy<Value = AutonomyPolicy> {
    (prop::sample::select(AutonomyLevel::ALL.to_vec()), 0..=1000u16, list(), list(), list()).prop_map(
        |(level, threshold, auto, ask, block)| AutonomyPolicy {
            max_risk_threshold: threshold,
            auto_allowed_actions: auto,
            require_approval_for: ask,
            blocked_actions: block,
            ..AutonomyPolicy::of_level(PolicyScope::Default, level)
        },
    )
}

/// The one policy with some fields of the other.
fn mixed(old: &AutonomyPolicy, other: &AutonomyPolicy, fields: u8) -> AutonomyPolicy {
    let mut new = old.clone();
    if fields & 1 != 0 {
        new.level = other.level;
    }
    if fields & 2 != 0 {
        new.max_risk_threshold = other.max_risk_threshold;
    }
    if fields & 4 != 0 {
        new.auto_allowed_actions = other.auto_allowed_actions.clone();
    }
    if fields & 8 != 0 {
        new.require_approval_for = other.require_approval_for.clone();
    }
    if fields & 16 != 0 {
        new.blocked_actions = other.blocked_actions.clone();
    }
    new
}

fn verdict(policy: &AutonomyPolicy, kind: &ActionType, facts: &[Fact], score: u16) -> Verdict {
    decide(&Question {
        action_type: kind,
        facts,
        assessment: &Assessment { score, level: Level::of(score), factors: Vec::new() },
        policy,
        guardrails: &Guardrails::open(),
        frozen: None,
        rejected_before: None,
        flooding: false,
        grant: None,
        plan: None,
        allowed: None,
    })
    .verdict
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_looser_verdict_is_never_left_unsaid(old in policy(), other in policy(), fields in 1..32u8) {
        let new = mixed(&old, &other, fields);
        if loosens(&old, &new).is_empty() {
            let sensitive = [Fact::new(FactKind::TouchesAuth, "")];
            for kind in KNOWN_TYPES.iter().copied().chain(["teleport"]).map(ActionType::parse) {
                for score in [0, 199, 200, 599, 600, 601, 699, 700, 899, 900, 1000, old.max_risk_threshold, new.max_risk_threshold] {
                    for facts in [&[][..], &sensitive[..]] {
                        let (before, after) = (verdict(&old, &kind, facts, score), verdict(&new, &kind, facts, score));
                        prop_assert!(after >= before, "{} at {score}: {before:?} to {after:?}", kind.as_str());
                    }
                }
            }
        }
    }

    #[test]
    fn a_policy_does_not_loosen_itself_and_its_own_differences_are_none(policy in policy()) {
        prop_assert!(loosens(&policy, &policy).is_empty());
        prop_assert!(change::differences(&policy, &policy).is_empty());
    }

    #[test]
    fn another_verdict_has_a_difference_to_tell(old in policy(), new in policy(), kind in prop::sample::select(KNOWN_TYPES), score in 0..=1000u16) {
        let kind = ActionType::parse(kind);
        if verdict(&old, &kind, &[], score) != verdict(&new, &kind, &[], score) {
            prop_assert!(!change::differences(&old, &new).is_empty());
        }
    }

    #[test]
    fn covering_holds_for_every_type(a in pattern(), b in pattern(), kind in "[a-z_]{0,12}") {
        let kind = ActionType::parse(&kind);
        prop_assert!(!(a.covers(&b) && b.matches(&kind)) || a.matches(&kind));
        prop_assert!(!(a.matches(&kind) && b.matches(&kind)) || a.overlaps(&b));
    }

    #[test]
    fn normalising_a_pattern_twice_changes_nothing(spelling in "[A-Za-z* _-]{0,20}") {
        let once = ActionPattern::parse(&spelling);
        prop_assert_eq!(ActionPattern::parse(once.as_str()), once);
    }
}

#[test]
fn the_stricter_of_overlapping_lists_wins_and_is_told() {
    let parse = |texts: &[&str]| texts.iter().map(|t| ActionPattern::parse(t)).collect::<Vec<_>>();
    let policy = AutonomyPolicy {
        auto_allowed_actions: parse(&["deploy*", "telepor*"]),
        require_approval_for: parse(&["deploy_*"]),
        blocked_actions: parse(&["*_prod"]),
        ..AutonomyPolicy::of_level(PolicyScope::Default, AutonomyLevel::Full)
    };
    policy.validate().unwrap();
    let of = |kind: &str| verdict(&policy, &ActionType::parse(kind), &[], 100);
    assert_eq!(
        [of("deploy"), of("deploy_staging"), of("deploy_prod")],
        [Verdict::Auto, Verdict::Approval, Verdict::Blocked]
    );
    let told = change::warnings(&policy).join("\n");
    for part in
        ["telepor* is no action type", "deploy* (run alone) overlaps deploy_*", "overlaps *_prod (blocked)"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn entries_have_bounds() {
    let with = |entries: Vec<String>| AutonomyPolicy {
        blocked_actions: entries.iter().map(|e| ActionPattern::parse(e)).collect(),
        ..AutonomyPolicy::of_level(PolicyScope::Default, AutonomyLevel::Full)
    };
    assert_eq!(with(vec!["-".into()]).validate(), Err(PolicyError::Entry));
    assert_eq!(with(vec!["x".repeat(81)]).validate(), Err(PolicyError::Entry));
    assert_eq!(with((0..101).map(|i| format!("t{i}")).collect()).validate(), Err(PolicyError::TooMany));
    assert_eq!(with(vec!["a".into(), "A".into()]).validate(), Err(PolicyError::InTwoLists("a".into())));
    assert_eq!(with(vec!["a".into(), "a*".into()]).validate(), Ok(()));
}

#[test]
fn the_chain_names_what_was_looked_at_and_what_won() {
    let both = PolicyScope::UserRepo { user: "dana".into(), repo: "web".into() };
    let role = PolicyScope::Role { role: "developer".into() };
    let other = PolicyScope::User { user: "kim".into() };
    let saved = |scope: &PolicyScope, version| AutonomyPolicy {
        version,
        ..AutonomyPolicy::of_level(scope.clone(), AutonomyLevel::Full)
    };
    let found = in_force(&both, "developer", &[saved(&role, 4), saved(&other, 9)]);
    assert_eq!(found.policy.scope, role);
    let chain: Vec<(u64, bool)> = found.chain.iter().map(|l| (l.version, l.wins)).collect();
    assert_eq!(chain, [(0, false), (0, false), (4, true), (0, false)]);
    let nothing = in_force(&both, "developer", &[]);
    assert_eq!(nothing.policy, AutonomyPolicy::system_default());
    assert!(nothing.chain.last().unwrap().wins);
    let severe = Fact { severity: Severity::Grave, ..Fact::new(FactKind::Production, "") };
    assert_eq!(verdict(&found.policy, &ActionType::parse("code_edit"), &[severe], 100), Verdict::Approval);
}
