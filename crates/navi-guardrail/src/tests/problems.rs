//! Texts that are not taken, and what is told of them.

use super::*;

fn problems(text: &str) -> Vec<GuardrailProblem> {
    GuardrailSet::with(text).unwrap_err().problems
}

/// Line, column, policy and reason of the only problem.
fn one(text: &str) -> (usize, usize, Option<String>, String) {
    let [problem] = <[GuardrailProblem; 1]>::try_from(problems(text)).unwrap();
    (problem.line, problem.column, problem.policy, problem.reason)
}

#[test]
fn a_text_that_cannot_be_read_is_told_with_its_place() {
    let (line, column, _, reason) =
        one("permit (principal, action, resource);\nforbid (principal, action resource);");
    assert_eq!((line, column), (2, 27), "{reason}");
    assert!(reason.contains("resource"), "{reason}");
    let (line, ..) = one("permit (principal, action,\n\n");
    assert!(line >= 1);
}

#[test]
fn what_the_schema_does_not_know_is_told_with_policy_and_place() {
    let (line, _, policy, reason) = one(
        "@id(\"typo\")\nforbid (principal, action == Action::\"run\", resource)\nwhen { context.fact.contains(\"x\") };",
    );
    assert_eq!((line, policy.as_deref()), (3, Some("typo")), "{reason}");
    assert!(reason.contains("fact"), "{reason}");
    assert!(problems("permit (principal, action == Action::\"fly\", resource);")[0].reason.contains("fly"));
    let (.., reason) = one("permit (principal in Role::\"boss\", action == Action::\"vote\", resource);");
    assert!(reason.contains("boss") && reason.contains("oncall"), "{reason}");
    let problems = problems(
        "forbid (principal, action == Action::\"approve\", resource) when { context.score > 3 };\n\
         forbid (principal, action == Action::\"run\", resource) when { context.score == \"high\" };",
    );
    assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [1, 2], "every problem: {problems:?}");
}

#[test]
fn a_policy_that_would_never_match_is_told() {
    let text = "// Ours\n@id(\"typo\")\nforbid (principal, action == Action::\"run\", resource)\n  when { context.facts.contains(\"touchs_auth\") };";
    let (line, column, policy, reason) = one(text);
    assert_eq!((line, column, policy.as_deref()), (4, 33, Some("typo")), "{reason}");
    assert!(reason.contains("touchs_auth") && reason.contains("touches_auth"), "{reason}");
    for condition in [
        "context.level == \"Critical\"",
        "\"severe\" == context.level",
        "[\"high\", \"worst\"].contains(context.level)",
        "context.facts.containsAny([\"touches_auth\", \"touches_auht\"])",
        "context[\"grave_facts\"].containsAll([\"anything\"])",
        "context.score > 1 && !(context.facts.contains(\"nothing\"))",
        "if context.level == \"hihg\" then true else false",
        "false",
    ] {
        let text = format!("forbid (principal, action == Action::\"run\", resource) when {{ {condition} }};");
        assert_eq!(problems(&text).len(), 1, "{condition}");
    }
    let class = "forbid (principal, action == Action::\"approve\", resource) when { context.device_class == \"phone\" };";
    assert!(one(class).3.contains("desktop, terminal, web"));
    let nobody = "permit (principal, action == Action::\"vote\", resource == Repo::\"web\");";
    assert!(!problems(nobody).is_empty(), "`vote` is not asked of a repository");
    for condition in [
        "context.facts.contains(\"touches_auth\")",
        "context.level == \"critical\"",
        "context.branch == \"anything\"",
        "context.programs.contains(\"критерий\")",
        "context.level like \"h*\"",
    ] {
        let text = format!("forbid (principal, action == Action::\"run\", resource) when {{ {condition} }};");
        assert!(GuardrailSet::with(&text).is_ok(), "{condition}");
    }
}

#[test]
fn text_that_reads_as_something_else_than_it_is_is_told() {
    let text =
        "forbid (principal, action == Action::\"run\", resource)\nwhen { context.tool == \"a\u{202e}b\" };";
    let (line, .., reason) = one(text);
    assert_eq!(line, 2, "{reason}");
}

#[test]
fn an_id_is_used_once() {
    let (line, _, policy, reason) = one("\n@id(\"run\") permit (principal, action, resource);");
    assert_eq!((line, policy.as_deref()), (2, Some("run")), "{reason}");
    let twice = "@id(\"ours\") permit (principal, action, resource);\n\
                 @id(\"ours\") forbid (principal, action, resource);";
    let (line, ..) = one(twice);
    assert_eq!(line, 2);
    let set = GuardrailSet::with("permit (principal, action, resource);").unwrap();
    let answer = set.may(&person("dana", Role::Developer, &[]), Right::ReadLedger);
    assert_eq!(answer.determining[0].id, "org-policy0", "without an id its place in the text names it");
}

#[test]
fn templates_and_texts_without_end_are_not_taken() {
    let (line, column, ..) = one("// Ours\npermit (principal == ?principal, action, resource);");
    assert_eq!((line, column), (2, 22));
    assert!(one(&" ".repeat(300_000)).3.contains("longer"));
    assert!(one(&"permit (principal, action, resource);\n".repeat(1001)).3.contains("more than 1000"));
}

#[test]
fn an_error_reads_as_a_sentence_with_its_place() {
    let error = GuardrailSet::with("\npermit (principal, action, resource").unwrap_err();
    assert!(error.to_string().starts_with("line 2, column "), "{error}");
}
