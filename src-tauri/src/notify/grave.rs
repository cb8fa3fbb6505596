//! What concerns everybody: pauses and bypasses that begin or end. A table of kinds, so that a new one is a line.

use navi_domain::{MINUTE, UtcMicros};
use navi_protocol::audit::AuditEntry;
use navi_replica::FreezeOrder;
use serde_json::Value;

use super::rules::plain;
use super::{Note, votes};
use crate::language::{Language, NoteWords, Words};
use crate::words::shown;

/// What is older than this is history: whoever comes back after a night is not told each.
const NEWS: UtcMicros = 10 * MINUTE;

/// What is said of a kind of entry.
type Said = fn(&NoteWords) -> &'static str;

/// Kinds of entries, what they mean, and the payload's part that says more.
const KINDS: [(&str, Said, &str); 9] = [
    ("freeze_begun", |w| w.paused, "freeze"),
    ("freeze_ended", |w| w.lifted, "freeze"),
    ("bypass_asked", |w| w.bypass_asked, "bypass"),
    ("bypass_begun", |w| w.bypass_begun, "bypass"),
    ("bypass_ended", |w| w.bypass_ended, "bypass"),
    ("bypass_lapsed", |w| w.bypass_lapsed, "bypass"),
    ("bypass_reviewed", |w| w.bypass_reviewed, "bypass"),
    ("envelope_opened", |w| w.envelope_opened, "bypass"),
    ("gate_suspected", |w| w.gate_suspected, "gate"),
];

/// The notification of such an entry; `None` for other kinds, for what is history, and for what `user` did.
pub(super) fn note(entry: &AuditEntry, user: &str, now: UtcMicros, language: Language) -> Option<Note> {
    let (kind, said, part) = KINDS.iter().find(|(kind, ..)| *kind == entry.kind)?;
    if now - entry.at > NEWS || entry.actor == user {
        return None;
    }
    let words = language.words();
    let payload = entry.payload.as_deref().map(parsed).unwrap_or_default();
    let of = payload.get(part).unwrap_or(&payload);
    let covers = payload.get("covers").and_then(Value::as_str).map(|text| shown(text, 80));
    let summary = match scope(words, of).or(covers) {
        Some(scope) => format!("{}: {scope}", said(&words.note)),
        None => said(&words.note).to_owned(),
    };
    let mut body = shown(&entry.actor, 40);
    if let Some(minutes) = of.get("minutes").and_then(Value::as_u64) {
        body.push_str(&format!(" · {minutes} min"));
    }
    if let Some(reason) = of.get("reason").and_then(Value::as_str).filter(|r| !r.is_empty()) {
        body.push_str(&format!("\n{}", shown(reason, 160)));
    }
    let critical = !matches!(*kind, "freeze_ended" | "bypass_lapsed" | "bypass_reviewed");
    // What ends takes the place of what began.
    let key = format!("{part}:{}", entry.subject);
    Some(Note { critical, sound: critical, ..plain(language, &key, summary, body) })
}

/// A pause that was ordered here and that the server refused.
pub(super) fn without_effect(order: &FreezeOrder, language: Language) -> Note {
    let words = language.words();
    let name = order.name.as_deref().map(|name| shown(name, 60)).unwrap_or_default();
    let what = match order.scope.as_str() {
        "agent" => (words.agent)(&name),
        "repo" => (words.repo)(&name),
        _ => words.everything.to_owned(),
    };
    let message = order.message.as_deref().unwrap_or(words.note.server_refused);
    let why = votes::why(language, order.code.as_deref(), message);
    let key = format!("stop:{}", order.id);
    Note { critical: true, ..plain(language, &key, (words.note.pause_refused)(&what), why) }
}

fn parsed(payload: &str) -> Value {
    serde_json::from_str(payload).unwrap_or_default()
}

/// What it is about, in words; `None` when the payload does not say.
fn scope(words: &Words, of: &Value) -> Option<String> {
    let text = |name: &str| of.get(name).and_then(Value::as_str).map(|t| shown(t, 60));
    match (text("scope").as_deref(), text("name")) {
        (Some("everything"), _) => Some(words.everything.to_owned()),
        (Some("agent"), Some(name)) => Some((words.agent)(&name)),
        (Some("repo"), Some(name)) => Some((words.repo)(&name)),
        (Some("action"), Some(digest)) => Some((words.action)(&digest)),
        _ => of.as_str().map(|name| shown(name, 60)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(kind: &str, payload: &Value) -> AuditEntry {
        serde_json::from_value(json!({
            "index": 1, "id": "e", "at": 100, "kind": kind, "actor": "carol", "subject": "f1", "links": {},
            "leaf": "", "leaf_hash": "", "payload": payload.to_string(),
        }))
        .unwrap()
    }

    #[test]
    fn a_pause_says_who_what_and_why() {
        let payload = json!({"freeze": {"scope": "agent", "name": "nova", "reason": "odd\u{202e}"}});
        let said = |language| note(&entry("freeze_begun", &payload), "bob", 200, language).unwrap();
        let paused = said(Language::En);
        assert!(paused.critical);
        assert_eq!((paused.key.as_str(), paused.summary.as_str()), ("freeze:f1", "Paused: agent nova"));
        assert_eq!(paused.body, "carol\nodd⟨U+202E⟩");
        assert_eq!(said(Language::De).summary, "Angehalten: Agent nova");
    }

    #[test]
    fn a_bypass_says_its_minutes_and_an_unknown_payload_says_who() {
        let said = |kind: &str, payload: &Value, language| {
            note(&entry(kind, payload), "bob", 200, language).unwrap()
        };
        let bypass = json!({"scope": "repo", "name": "shop", "minutes": 30, "reason": "prod is down"});
        let payload = json!({"covers": "repository shop", "bypass": bypass});
        let begun = said("bypass_begun", &payload, Language::En);
        assert_eq!(begun.summary, "A bypass has begun: repository shop");
        assert_eq!(begun.body, "carol · 30 min\nprod is down");
        let german = said("bypass_begun", &payload, Language::De);
        assert_eq!(german.summary, "Eine Umgehung hat begonnen: Repository shop");
        let older = said("bypass_begun", &json!({"covers": "a new kind of place"}), Language::De);
        assert_eq!(older.summary, "Eine Umgehung hat begonnen: a new kind of place");
        let odd = said("bypass_ended", &json!(7), Language::En);
        assert_eq!((odd.summary.as_str(), odd.body.as_str()), ("The bypass has ended", "carol"));
        let gate = said("gate_suspected", &json!({"gate": "build-7"}), Language::De);
        assert_eq!(gate.summary, "Ein Gate meldet etwas, das nicht sein kann: build-7");
    }

    #[test]
    fn nobody_is_told_of_history_of_their_own_deeds_or_of_other_kinds() {
        let payload = json!({});
        let said = |kind, user, now| note(&entry(kind, &payload), user, now, Language::En);
        assert_eq!(said("freeze_begun", "carol", 200), None);
        assert_eq!(said("freeze_begun", "bob", 100 + NEWS + 1), None);
        assert_eq!(said("decision", "bob", 200), None);
    }
}
