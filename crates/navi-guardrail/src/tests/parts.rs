//! Cutting the policies into parts changes no answer: Cedar, asked with every policy at once, says the same.

use std::collections::BTreeSet;

use cedar_policy::{Authorizer, Context, Decision, PolicySet, Request};
use navi_domain::guardrail::Answer;

use super::*;
use crate::check::checked;
use crate::types::Types;

/// Allowed, ids of what determined it, number of errors.
type Said = (bool, BTreeSet<String>, usize);

fn said(answer: &Answer) -> Said {
    let ids = answer.determining.iter().map(|d| d.id.clone()).collect();
    (answer.allowed, ids, answer.errors.len())
}

fn of_cedar(text: &str, question: Question, asked: &RunQuestion<'_>) -> Said {
    let types = Types::of_schema().unwrap();
    let mut all = PolicySet::new();
    for policy in checked(text).unwrap().into_values() {
        all.add(policy).unwrap();
    }
    let context = Context::from_pairs(asked.pairs()).unwrap();
    let (person, repo) = (types.person(asked.person.id), types.repo(asked.repo));
    let request = Request::new(person, types.action(question), repo, context, None).unwrap();
    let response = Authorizer::new().is_authorized(&request, &all, &asked.person.entities(&types).unwrap());
    let errors = response.diagnostics().errors().count();
    let reasons = response.diagnostics().reason().map(|id| AsRef::<str>::as_ref(id).to_owned()).collect();
    (response.decision() == Decision::Allow && errors == 0, reasons, errors)
}

const ACTIONS: [&str; 4] = [
    "action == Action::\"run\"",
    "action == Action::\"run_unattended\"",
    "action in [Action::\"run\", Action::\"run_unattended\"]",
    "action in [Action::\"run_unattended\"]",
];
const RESOURCES: [&str; 5] = [
    "resource",
    "resource == Repo::\"web\"",
    "resource in Repo::\"web\"",
    "resource is Repo",
    "resource is Repo in Repo::\"other\"",
];
const CONDITIONS: [&str; 6] = [
    "",
    "when { context.facts.contains(\"touches_auth\") }",
    "when { action == Action::\"run\" }",
    "unless { action == Action::\"run\" || context.score > 300 }",
    "when { (context.score + 1) * 9223372036854775807 > 1 }",
    "unless { principal in Group::\"leads\" }",
];

fn policy() -> impl Strategy<Value = String> {
    let effect = prop_oneof![Just("permit"), Just("forbid")];
    let pick = |all: &'static [&'static str]| prop::sample::select(all);
    (effect, pick(&ACTIONS), pick(&RESOURCES), pick(&CONDITIONS)).prop_map(
        |(effect, action, resource, condition)| {
            format!("{effect} (principal, {action}, {resource}) {condition};\n")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn parts_answer_as_the_whole(
        policies in prop::collection::vec(policy(), 0..8),
        kinds in prop::collection::vec(0..17usize, 0..3),
        repo in prop::sample::select(&[Some("web"), Some("other"), None]),
        leads: bool,
    ) {
        let text = policies.concat();
        // A combination that the schema knows never to match is not taken; then there is nothing to compare.
        let Ok(set) = GuardrailSet::with(&text) else { return Ok(()) };
        let facts: Vec<Fact> = kinds.into_iter().map(|kind| Fact::new(FactKind::ALL[kind], "e")).collect();
        let kind = navi_domain::action::ActionType::parse("command_run");
        let assessment = assess(&kind, &facts, &RiskSettings::default());
        let groups = if leads { vec!["leads".to_owned()] } else { Vec::new() };
        let question = RunQuestion {
            person: person("dana", Role::Developer, &groups),
            agent: None,
            repo,
            action_type: "command_run",
            known_type: true,
            facts: &facts,
            assessment: &assessment,
            tool: None,
            branch: None,
            environment: None,
            programs: &[],
            paths: &[],
        };
        let answer = set.ask_run(&question);
        prop_assert_eq!(said(&answer.run), of_cedar(&text, Question::Run, &question));
        prop_assert_eq!(said(&answer.run_unattended), of_cedar(&text, Question::RunUnattended, &question));
    }
}

#[test]
fn programs_are_asked_for_when_a_policy_looks_at_them() {
    let looks = |text: &str| GuardrailSet::with(text).unwrap().looks_at_programs();
    assert!(looks(EXAMPLES));
    assert!(looks(
        "forbid (principal, action == Action::\"run\", resource) when { context[\"prog\\u{72}ams\"].isEmpty() };"
    ));
    assert!(!looks(
        "// programs\n@reason(\"programs\") permit (principal, action == Action::\"vote\", resource);"
    ));
}
