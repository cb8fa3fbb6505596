//! What a rule covers, and what it does not.

use super::*;

fn seen() -> Seen {
    Seen {
        fingerprint: "f".into(),
        words: Some(["git", "push", "origin", "feature/x"].map(str::to_owned).to_vec()),
        paths: Some(vec![path("work/shop/src/a.rs"), path("work/shop/src/deep/b.rs")]),
    }
}

fn path(text: &str) -> Vec<String> {
    text.split('/').map(str::to_owned).collect()
}

fn like(words: &[&str]) -> Likeness {
    Likeness::SameProgram { words: words.iter().map(|w| (*w).to_owned()).collect() }
}

fn below(folder: &str) -> Likeness {
    Likeness::SamePath { folder: path(folder) }
}

fn rule(likeness: Likeness) -> AllowRule {
    AllowRule {
        id: "r".into(),
        user: "dana".into(),
        agent: Some("nova".into()),
        action_type: ActionType::parse("git_push"),
        repo: Some("shop".into()),
        environment: None,
        likeness,
        facts: [(FactKind::HardToUndo, Severity::Serious)].into(),
        rule: "above_threshold".into(),
        level: Level::Medium,
        approval_id: "a".into(),
        proposed_by: "olga".into(),
        created_at: 0,
        expires_at: 100,
    }
}

#[test]
fn words_are_compared_whole_and_from_the_start() {
    assert!(like(&["git", "push"]).covers(&seen()));
    assert!(like(&["git", "push", "origin"]).covers(&seen()));
    for other in [
        &["git", "pus"][..],
        &["push", "origin"],
        &["git", "push", "origin", "feature/x", "-f"],
        &["git"],
        &[],
    ] {
        assert!(!like(other).covers(&seen()), "{other:?}");
    }
    assert!(
        !like(&["git", "push"]).covers(&Seen { words: None, ..seen() }),
        "what cannot be read is like nothing"
    );
}

#[test]
fn every_file_must_lie_below_the_folder() {
    assert!(below("work/shop/src").covers(&seen()));
    assert!(!below("work/shop/src/deep").covers(&seen()), "one lies beside it");
    assert!(!below("work/shop/sr").covers(&seen()), "segments are compared whole");
    assert!(
        !below("work/shop/src/a.rs")
            .covers(&Seen { paths: Some(vec![path("work/shop/src/a.rs")]), ..seen() })
    );
    assert!(!Likeness::SamePath { folder: vec![] }.covers(&seen()), "no folder is not every folder");
    for paths in [None, Some(vec![])] {
        assert!(!below("work").covers(&Seen { paths, ..seen() }));
    }
}

#[test]
fn another_person_agent_place_or_fact_asks() {
    let facts = [Fact::new(FactKind::HardToUndo, "e")];
    let kind = ActionType::parse("git_push");
    let asked = Asked {
        user: "dana",
        agent: Some("nova"),
        action_type: &kind,
        repo: Some("shop"),
        environment: None,
        facts: &facts,
    };
    let given = rule(like(&["git", "push"]));
    assert!(given.covers(&asked, &seen()));
    assert!(given.covers(&Asked { facts: &[], ..asked }, &seen()), "fewer facts are no more risk");
    let other = ActionType::parse("command_run");
    let graver = [Fact { severity: Severity::Grave, ..Fact::new(FactKind::HardToUndo, "e") }];
    let further = [Fact::new(FactKind::TouchesAuth, "e")];
    for (what, elsewhere) in [
        ("person", Asked { user: "erin", ..asked }),
        ("agent", Asked { agent: Some("iris"), ..asked }),
        ("no agent", Asked { agent: None, ..asked }),
        ("type", Asked { action_type: &other, ..asked }),
        ("repository", Asked { repo: Some("pay"), ..asked }),
        ("no repository", Asked { repo: None, ..asked }),
        ("environment", Asked { environment: Some("prod"), ..asked }),
        ("graver fact", Asked { facts: &graver, ..asked }),
        ("further fact", Asked { facts: &further, ..asked }),
    ] {
        assert!(!given.covers(&elsewhere, &seen()), "{what}");
    }
}

#[test]
fn it_answers_only_what_an_autonomy_policy_asks_and_no_higher_level() {
    let of = |verdict, rule: &str| Decision { verdict, rule: rule.into(), reasons: vec![] };
    let given = rule(like(&["git", "push"]));
    let asked = of(Verdict::Approval, "above_threshold");
    assert!(given.answers(&asked, Level::Low) && given.answers(&asked, Level::Medium));
    assert!(!given.answers(&asked, Level::High) && !given.answers(&asked, Level::Critical));
    assert!(!given.answers(&of(Verdict::Blocked, "above_threshold"), Level::Low));
    assert!(!given.answers(&of(Verdict::Approval, "sensitive_fact"), Level::Low), "another rule");
    for never in ["guardrail", "critical", "unknown_action_type", "flood", "grave_fact", "frozen", "plan"] {
        let made_for_it = AllowRule { rule: never.into(), level: Level::Critical, ..given.clone() };
        assert!(!made_for_it.answers(&of(Verdict::Approval, never), Level::Low), "{never}");
    }
}

#[test]
fn it_ends_by_itself_and_says_what_it_is_for() {
    let given = rule(like(&["git", "push"]));
    assert!(given.is_live(99) && !given.is_live(100));
    assert_eq!(given.describe(), "git_push by nova for dana in shop: git push …");
}
