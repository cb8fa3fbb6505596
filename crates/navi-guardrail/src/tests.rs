//! What guardrails answer, and what they cannot be brought to answer.

mod parts;
mod policies;
mod problems;

use navi_domain::fact::{Fact, FactKind, Severity};
use navi_domain::guardrail::Guardrails;
use navi_domain::people::{DeviceClass, Right, Role};
use navi_domain::risk::{Level, RiskSettings, assess};
use proptest::prelude::*;

use super::*;

fn person<'a>(id: &'a str, role: Role, groups: &'a [String]) -> Person<'a> {
    Person { id, role, groups }
}

fn asked(set: &GuardrailSet, facts: &[Fact], repo: &str, programs: &[String]) -> Guardrails {
    let kind = navi_domain::action::ActionType::parse("command_run");
    let assessment = assess(&kind, facts, &RiskSettings::default());
    set.ask_run(&RunQuestion {
        person: person("dana", Role::Developer, &[]),
        agent: Some("nova"),
        repo: Some(repo),
        action_type: "command_run",
        known_type: true,
        facts,
        assessment: &assessment,
        tool: None,
        branch: Some("main"),
        environment: None,
        programs,
        paths: &["src/a.rs"],
    })
}

fn run(set: &GuardrailSet, facts: &[Fact], repo: &str, programs: &[String]) -> (bool, bool, Vec<String>) {
    let answer = asked(set, facts, repo, programs);
    let denials = [&answer.run, &answer.run_unattended].into_iter().filter(|a| !a.allowed);
    let ids = denials.flat_map(|a| a.determining.iter().map(|d| d.id.clone())).collect();
    (answer.run.allowed, answer.run_unattended.allowed, ids)
}

fn request<'a>(who: Person<'a>, repo: &'a str, level: Level, shared_device: bool) -> ApproveQuestion<'a> {
    ApproveQuestion {
        person: who,
        requester: "dana",
        repo: Some(repo),
        level,
        rule: "sensitive_fact",
        action_type: "command_run",
        facts: &[],
        shared_device,
        device_class: DeviceClass::Desktop,
    }
}

fn approve(set: &GuardrailSet, who: Person<'_>, repo: &str, level: Level, shared: bool) -> bool {
    set.may_approve(&request(who, repo, level, shared)).allowed
}

#[test]
fn harmless_actions_run_and_dangerous_ones_name_what_stands_against_them() {
    let set = GuardrailSet::shipped().unwrap();
    assert_eq!(run(&set, &[], "web", &[]), (true, true, vec![]));
    let off = Fact::new(FactKind::DisablesOversight, "e");
    assert_eq!(run(&set, &[off], "web", &[]), (false, true, vec!["oversight".to_owned()]));
    let grave = Fact { severity: Severity::Grave, ..Fact::new(FactKind::DestroysData, "e") };
    let (may_run, alone, ids) = run(&set, &[grave], "web", &[]);
    assert_eq!((may_run, alone), (true, false));
    assert_eq!(ids, ["critical-asks", "grave-asks"]);
}

#[test]
fn who_may_approve_is_in_the_policies() {
    let set = GuardrailSet::shipped().unwrap();
    for (role, expected) in [
        (Role::Agent, false),
        (Role::Developer, false),
        (Role::Approver, true),
        (Role::Oncall, true),
        (Role::Auditor, false),
        (Role::Admin, true),
    ] {
        let who = person("bob", role, &[]);
        assert_eq!(approve(&set, who, "web", Level::Critical, false), expected, "{role:?}");
    }
    let bob = person("bob", Role::Approver, &[]);
    assert!(approve(&set, bob, "web", Level::Medium, true));
    assert!(!approve(&set, bob, "web", Level::High, true), "not on a machine where agents run");
}

#[test]
fn forbid_wins_over_whatever_an_organisation_permits() {
    let text = r#"
        @id("everything") permit (principal, action, resource);
        @id("no-curl") @reason("No downloads here") @instead("Use the mirror")
        forbid (principal, action == Action::"run", resource) when { context.programs.contains("curl") };"#;
    let set = GuardrailSet::with(text).unwrap();
    let off = Fact::new(FactKind::DisablesOversight, "e");
    assert!(!run(&set, &[off], "web", &[]).0);
    assert_eq!(run(&set, &[], "web", &["curl".to_owned()]), (false, true, vec!["no-curl".to_owned()]));
    for right in [Right::Vote, Right::WritePolicy, Right::ReadLedger, Right::ManagePeople, Right::Bypass] {
        assert!(!set.may(&person("dana", Role::Agent, &[]), right).allowed, "{right:?}");
    }
    assert!(!approve(&set, person("dana", Role::Agent, &[]), "web", Level::Low, false));
    let answer = set.may(&person("dana", Role::Developer, &[]), Right::ReadLedger);
    assert!(answer.allowed && answer.determining[0].id == "everything");
}

#[test]
fn an_error_while_evaluating_is_a_denial_that_is_named() {
    for effect in ["permit", "forbid"] {
        let text = format!(
            r#"@id("overflow") {effect} (principal, action == Action::"run", resource)
            when {{ (context.score + 1) * 9223372036854775807 > 1 && (context.score + 2) * 9223372036854775807 > 1 }};"#
        );
        let set = GuardrailSet::with(&text).unwrap();
        let answer = asked(&set, &[Fact::new(FactKind::TouchesAuth, "e")], "web", &[]);
        assert!(!answer.run.allowed, "{effect}: {answer:?}");
        assert!(answer.run.errors[0].contains("overflow"), "{effect}: {answer:?}");
        assert!(answer.run_unattended.allowed, "the other question is not touched: {answer:?}");
    }
}

#[test]
fn the_hash_follows_the_text() {
    let (shipped, own) = (GuardrailSet::shipped().unwrap(), GuardrailSet::with(" ").unwrap());
    assert_eq!(shipped.hash(), GuardrailSet::with("").unwrap().hash());
    assert_ne!(shipped.hash(), own.hash());
}

#[test]
fn the_role_matrix_is_the_reviewed_one() {
    insta::assert_snapshot!(GuardrailSet::shipped().unwrap().matrix());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_further_fact_never_turns_a_denial_into_permission(
        kinds in prop::collection::vec((0..17usize, 0..3usize), 0..5), extra in (0..17usize, 0..3usize),
    ) {
        let severities = [Severity::Minor, Severity::Serious, Severity::Grave];
        let fact = |(kind, severity): (usize, usize)| Fact {
            severity: severities[severity],
            ..Fact::new(FactKind::ALL[kind], "e")
        };
        let set = GuardrailSet::shipped().unwrap();
        let mut facts: Vec<Fact> = kinds.into_iter().map(fact).collect();
        let before = run(&set, &facts, "web", &[]);
        facts.push(fact(extra));
        let after = run(&set, &facts, "web", &[]);
        prop_assert!(before.0 || !after.0);
        prop_assert!(before.1 || !after.1);
    }

    #[test]
    fn any_text_is_taken_or_refused(text in "[ -~\n]{0,200}") {
        let _ = GuardrailSet::with(&text);
    }
}
