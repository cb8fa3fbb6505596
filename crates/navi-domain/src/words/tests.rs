//! Each phrase stands for one sentence: spelled from its slots, and recognised with what stood in them.

use std::collections::BTreeSet;

use super::phrases::{self, AMOUNTS, CHANGES, EVIDENCE, OUTSIDE, UNLESS};
use super::*;

fn read(phrases: &[Phrase], text: &str) -> serde_json::Value {
    serde_json::to_value(recognised(phrases, text)).unwrap()
}

#[test]
fn a_code_stands_for_one_sentence() {
    let all = all();
    let codes: BTreeSet<&str> = all.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes.len(), all.len());
    assert!(all.iter().all(|(_, english)| !english.is_empty()));
}

#[test]
fn what_a_phrase_says_is_recognised_as_it_with_what_stood_in_it() {
    for phrase in [AMOUNTS, CHANGES, EVIDENCE, OUTSIDE, UNLESS].into_iter().flatten() {
        let filled: BTreeMap<&str, Slot> = phrase
            .slots()
            .map(|name| (name, if NUMBERS.contains(&name) { Slot::Number(7) } else { "x".into() }))
            .collect();
        let said = phrase.filled(filled);
        assert_eq!(phrase.reads(said.english()).as_ref(), Some(&said), "{}", phrase.code);
    }
    assert_eq!(
        read(CHANGES, "uses of a grant from 5 to 3"),
        serde_json::json!({"code": "change.grant_uses", "with": {"from": "5", "to": "3"}, "text": "uses of a grant from 5 to 3"})
    );
    assert_eq!(
        read(EVIDENCE, "file src/auth/login.py"),
        serde_json::json!({"code": "evidence.file", "with": {"path": "src/auth/login.py"}, "text": "file src/auth/login.py"})
    );
    assert_eq!(
        read(EVIDENCE, "12 files, 800 changed lines"),
        serde_json::json!({"code": "evidence.scope", "with": {"files": 12, "lines": 800}, "text": "12 files, 800 changed lines"})
    );
}

#[test]
fn what_could_be_read_in_two_ways_or_is_no_phrase_is_not_recognised() {
    for other in ["src/a.py:11: @login_required", "files src/a.py", "file ", "many files, 3 changed lines"] {
        assert_eq!(recognised(EVIDENCE, other), None, "{other}");
    }
    let twice = "step a changed b, which it does not name changed c, which it does not name";
    assert_eq!(recognised(OUTSIDE, twice), None);
    // A number that is not spelled as we spell it was not made by us.
    assert_eq!(recognised(EVIDENCE, "+7 more like these"), None);
}

#[test]
fn nested_sentences_carry_their_codes_and_scores_stay_numbers() {
    let scope = PolicyScope::User { user: "dana".into() };
    let said =
        phrases::ABOVE.with([("score", score(750)), ("limit", score(600)), ("source", scope.said().into())]);
    assert_eq!(said.english(), "Risk 0.750 is above the threshold 0.600 (policy of dana)");
    assert_eq!(
        serde_json::to_value(&said).unwrap(),
        serde_json::json!({"code": "why.above_threshold", "text": said.english(), "with": {
            "score": {"thousandths": 750}, "limit": {"thousandths": 600},
            "source": {"code": "scope.user", "with": {"user": "dana"}, "text": "policy of dana"},
        }})
    );
}

#[test]
fn only_known_action_types_are_words_of_ours() {
    assert_eq!(action_type("deploy_staging").english(), "Deploy staging");
    assert!(matches!(action_type("deploy_staging"), Slot::Said(said) if said.code == "type.deploy_staging"));
    assert!(matches!(action_type("launch_rocket"), Slot::Text(text) if text == "Launch rocket"));
}
