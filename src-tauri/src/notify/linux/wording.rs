//! Body and actions for what a daemon can do: escaped where it reads markup, buttons only where it has them.

use crate::notify::{Button, Note};
use crate::words::escaped;

/// Body and actions (key and label in turn).
pub(super) fn wording(note: &Note, capabilities: &[String], body_click: bool) -> (String, Vec<&'static str>) {
    let can = |what: &str| capabilities.iter().any(|c| c == what);
    let words = &note.language.words().note;
    let mut body = if can("body-markup") { escaped(&note.body) } else { note.body.clone() };
    if !can("actions") {
        let says_where = [words.open_to_read, words.open_to_read_and_decide];
        if !note.buttons.is_empty() && !says_where.iter().any(|text| note.body.contains(text)) {
            body.push('\n');
            body.push_str(words.open_to_decide);
        }
        return (body, Vec::new());
    }
    let label = |button| (words.button)(button);
    let mut actions: Vec<&'static str> = note.buttons.iter().flat_map(|b| [b.key(), label(*b)]).collect();
    if body_click {
        actions.extend(["default", label(Button::Review)]);
    }
    (body, actions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn note(body: &str) -> Note {
        Note {
            key: "k".into(),
            language: Language::En,
            critical: false,
            sound: false,
            stays: true,
            summary: "s".into(),
            body: body.into(),
            buttons: vec![Button::Approve, Button::Reject, Button::Review],
            covers: Vec::new(),
            policy_hash: String::new(),
        }
    }

    fn capabilities(of: &[&str]) -> Vec<String> {
        of.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn a_daemon_with_markup_gets_none() {
        let (body, actions) = wording(&note("a <b> & c"), &capabilities(&["actions", "body-markup"]), true);
        assert_eq!(body, "a &lt;b&gt; &amp; c");
        assert_eq!(
            actions,
            ["approve", "Approve", "reject", "Reject", "review", "Review", "default", "Review"]
        );
    }

    #[test]
    fn buttons_and_what_is_added_speak_the_notes_language() {
        let note = Note { language: Language::De, ..note("make <now>") };
        let (body, actions) = wording(&note, &capabilities(&["actions", "body-markup"]), true);
        assert_eq!(body, "make &lt;now&gt;");
        let keys_and_labels =
            ["approve", "Genehmigen", "reject", "Ablehnen", "review", "Ansehen", "default", "Ansehen"];
        assert_eq!(actions, keys_and_labels);
        let (body, _) = wording(&note, &capabilities(&["body"]), true);
        assert_eq!(body, "make <now>\nÖffne die Konsole, um zu entscheiden.");
        let counted = Note { body: "Öffne die Konsole, um sie zu lesen.".into(), ..note };
        assert_eq!(wording(&counted, &capabilities(&["body"]), true).0, counted.body, "it is said once");
    }

    #[test]
    fn without_actions_the_text_says_where_to_decide() {
        let (body, actions) = wording(&note("make"), &capabilities(&["body"]), true);
        assert_eq!((body.as_str(), actions.len()), ("make\nOpen the console to decide.", 0));
    }

    #[test]
    fn a_daemon_without_markup_gets_the_characters_as_they_are() {
        let (body, actions) = wording(&note("a > b"), &capabilities(&["actions"]), false);
        assert_eq!(body, "a > b");
        assert_eq!(actions, ["approve", "Approve", "reject", "Reject", "review", "Review"]);
    }
}
