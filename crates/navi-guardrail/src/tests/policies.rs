//! Each shipped policy, and each example, decides something, and without it the answer is another.

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::guardrail::Answer;

use super::*;

fn ids(answer: &Answer) -> Vec<&str> {
    answer.determining.iter().map(|d| d.id.as_str()).collect()
}

fn texts_of(shipped: &str) -> BTreeSet<&str> {
    shipped.lines().filter_map(|l| l.strip_prefix("@id(\"")?.strip_suffix("\")")).collect()
}

#[test]
fn every_shipped_policy_decides_one_way_and_is_absent_where_the_answer_is_the_other() {
    let set = GuardrailSet::shipped().unwrap();
    let gone = GuardrailSet::with(
        "@id(\"gone\") @reason(\"left\") forbid (principal == Person::\"gone\", action, resource);",
    )
    .unwrap();
    let may = |role, right| set.may(&person("bob", role, &[]), right);
    let barred = |right| gone.may(&person("gone", Role::Admin, &[]), right);
    let alone = |facts: &[Fact]| asked(&set, facts, "web", &[]).run_unattended;
    let at_all = |facts: &[Fact]| asked(&set, facts, "web", &[]).run;
    let of =
        |who, role, level, shared| set.may_approve(&request(person(who, role, &[]), "web", level, shared));
    let off = [Fact::new(FactKind::DisablesOversight, "e")];
    let grave = [Fact { severity: Severity::Grave, ..Fact::new(FactKind::HardToUndo, "e") }];
    let critical: Vec<Fact> =
        [FactKind::DestroysData, FactKind::Production, FactKind::RegulatedData, FactKind::TouchesAuth]
            .map(|kind| Fact::new(kind, "e"))
            .into();
    let cases: Vec<(&str, Answer, Answer)> = vec![
        ("run", at_all(&[]), at_all(&off)),
        ("oversight", at_all(&off), at_all(&grave)),
        ("run-unattended", alone(&[]), alone(&grave)),
        ("critical-asks", alone(&critical), alone(&critical[3..])),
        ("grave-asks", alone(&grave), alone(&[Fact::new(FactKind::HardToUndo, "e")])),
        (
            "approvers",
            of("bob", Role::Oncall, Level::High, false),
            of("bob", Role::Developer, Level::High, false),
        ),
        (
            "own-request",
            of("dana", Role::Admin, Level::Low, false),
            of("bob", Role::Admin, Level::Low, false),
        ),
        (
            "shared-device",
            of("bob", Role::Approver, Level::High, true),
            of("bob", Role::Approver, Level::Medium, true),
        ),
        ("act", may(Role::Agent, Right::Act), may(Role::Auditor, Right::Act)),
        ("see-own", may(Role::Agent, Right::SeeOwn), barred(Right::SeeOwn)),
        ("see-all", may(Role::Auditor, Right::SeeAll), may(Role::Developer, Right::SeeAll)),
        ("vote", may(Role::Approver, Right::Vote), may(Role::Developer, Right::Vote)),
        ("read-policy", may(Role::Developer, Right::ReadPolicy), may(Role::Agent, Right::ReadPolicy)),
        ("edit-policy", may(Role::Admin, Right::WritePolicy), may(Role::Oncall, Right::WritePolicy)),
        ("read-audit", may(Role::Auditor, Right::ReadLedger), may(Role::Developer, Right::ReadLedger)),
        ("manage-people", may(Role::Admin, Right::ManagePeople), may(Role::Approver, Right::ManagePeople)),
        ("bypass", may(Role::Oncall, Right::Bypass), may(Role::Admin, Right::Bypass)),
        ("roll-back", may(Role::Approver, Right::RollBack), may(Role::Developer, Right::RollBack)),
        ("agents-only-act", may(Role::Agent, Right::ReadPolicy), may(Role::Developer, Right::ReadPolicy)),
        ("auditors-change-nothing", may(Role::Auditor, Right::Vote), may(Role::Approver, Right::Vote)),
    ];
    for (id, decided, other) in &cases {
        assert!(ids(decided).contains(id), "{id}: {decided:?}");
        assert!(!ids(other).contains(id), "{id}: {other:?}");
        assert_ne!(decided.allowed, other.allowed, "{id}");
        assert!(decided.errors.is_empty() && other.errors.is_empty(), "{id}");
        let told = decided.determining.iter().find(|d| d.id == *id).unwrap();
        assert_ne!(told.reason(), *id, "{id} has a reason for people");
    }
    let covered: BTreeSet<&str> = cases.iter().map(|(id, ..)| *id).collect();
    assert_eq!(covered, texts_of(SHIPPED_POLICIES), "a policy without a case");
    assert_eq!(covered.len(), set.len(), "a policy without an @id");
}

#[test]
fn the_annotations_of_what_stands_against_an_action_are_told() {
    let set = GuardrailSet::shipped().unwrap();
    let answer = asked(&set, &[Fact::new(FactKind::DisablesOversight, "e")], "web", &[]).run;
    let expected: BTreeMap<String, String> = [
        ("reason", "Would switch off or bypass this oversight"),
        ("instead", "Ask a person of your organisation to change the set-up"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    assert_eq!(answer.determining[0].annotations, expected);
    assert_eq!(answer.why().english(), "Would switch off or bypass this oversight");
}

#[test]
fn a_repository_has_owners_when_the_organisation_says_so() {
    let set = GuardrailSet::with(EXAMPLES).unwrap();
    let groups = ["payments-owners".to_owned()];
    let (bob, eve) = (person("bob", Role::Approver, &[]), person("eve", Role::Approver, &groups));
    assert!(!approve(&set, bob, "payments", Level::Low, false));
    assert!(approve(&set, eve, "payments", Level::Low, false));
    assert!(approve(&set, bob, "web", Level::Low, false));
    let developer = person("dev", Role::Developer, &groups);
    assert!(!approve(&set, developer, "payments", Level::Low, false), "owning is no role");
    let answer = set.may_approve(&request(bob, "payments", Level::Low, false));
    assert_eq!(ids(&answer), ["payments-owners"]);
    assert_eq!(answer.determining[0].annotations["instead"], "Ask somebody of payments-owners");
}

#[test]
fn ones_own_request_needs_a_permission_of_its_own() {
    let own = |set: &GuardrailSet, id: &str, repo: &str, level, shared| {
        let asked =
            ApproveQuestion { requester: id, ..request(person(id, Role::Admin, &[]), repo, level, shared) };
        assert!(!set.may_approve(&asked).allowed, "`approve` is never about one's own request");
        let answer = set.may_approve_own(&asked);
        (answer.allowed, ids(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let shipped = GuardrailSet::shipped().unwrap();
    assert_eq!(own(&shipped, "founder", "web", Level::Low, false), (false, vec![]), "nothing permits it");
    assert_eq!(
        own(&shipped, "founder", "web", Level::High, true),
        (false, vec!["shared-device".to_owned()]),
        "something forbids it"
    );
    let set = GuardrailSet::with(EXAMPLES).unwrap();
    assert_eq!(own(&set, "founder", "web", Level::Medium, false), (false, vec![]), "left to the settings");
    assert_eq!(own(&set, "founder", "web", Level::High, false), (false, vec!["self_approval".to_owned()]));
    assert_eq!(
        own(&set, "founder", "payments", Level::Low, false),
        (false, vec!["payments-owners".to_owned()])
    );
    let permitted = r#"@id("founder")
        permit (principal == Person::"founder", action == Action::"approve_own", resource);"#;
    let set = GuardrailSet::with(permitted).unwrap();
    assert_eq!(own(&set, "founder", "web", Level::Medium, false), (true, vec!["founder".to_owned()]));
    assert!(!own(&set, "founder", "web", Level::High, true).0, "`shared-device` wins");
    assert!(!own(&set, "somebody", "web", Level::Low, false).0);
}

#[test]
fn the_other_examples_do_what_their_reasons_say() {
    let set = GuardrailSet::with(EXAMPLES).unwrap();
    assert_eq!(run(&set, &[], "web", &["wget".to_owned()]), (false, true, vec!["no-downloads".to_owned()]));
    assert_eq!(run(&set, &[], "web", &["git".to_owned()]), (true, true, vec![]));
    let auth = [Fact::new(FactKind::TouchesAuth, "e")];
    assert_eq!(run(&set, &auth, "web", &[]), (true, false, vec!["auth-asks".to_owned()]));
    let leads = ["team-leads".to_owned()];
    assert!(set.may(&person("lee", Role::Developer, &leads), Right::Bypass).allowed);
    assert!(!set.may(&person("lee", Role::Developer, &[]), Right::Bypass).allowed);
    assert!(!set.may(&person("lee", Role::Agent, &leads), Right::Bypass).allowed, "their agents may not");

    let kind = navi_domain::action::ActionType::parse("command_run");
    let facts = [Fact::new(FactKind::WideScope, "e"), Fact::new(FactKind::WeakensChecks, "e")];
    let alone = |facts: &[Fact], branch| {
        let assessment = assess(&kind, facts, &RiskSettings::default());
        let question = RunQuestion {
            person: person("dana", Role::Developer, &[]),
            agent: None,
            repo: None,
            action_type: "command_run",
            known_type: true,
            facts,
            assessment: &assessment,
            tool: None,
            branch: Some(branch),
            environment: None,
            programs: &[],
            paths: &[],
        };
        (assessment.score > 200, set.ask_run(&question).run_unattended.allowed)
    };
    assert_eq!(alone(&facts, "release/1.2"), (true, false));
    assert_eq!(alone(&facts, "releases"), (true, true));
    assert_eq!(alone(&[], "release/1.2"), (false, true));
}
