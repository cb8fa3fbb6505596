//! The words of an entry that a free-text search finds it by.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Decided, Payload, Said};

/// Words kept of one entry; what a person would look for comes first.
pub const MOST_WORDS: usize = 200;
/// Letters kept of one word.
pub const MOST_LETTERS: usize = 64;

/// Fields of payloads that hold no words: signatures, keys and hashes, and rows.
const NOT_WORDS: [&str; 8] = ["vote", "signature", "key_id", "salt", "digest", "run_nonce", "rows", "bodies"];

/// Splits a text as entries and queries are split: runs of letters and digits, in lower case.
pub fn split(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let lower = word.to_lowercase();
        lower.chars().filter(|c| c.is_alphanumeric()).take(MOST_LETTERS).collect()
    })
}

/// The distinct words of an entry: kind, people, subject, links, and what its payload says.
#[must_use]
pub fn words(said: &Said) -> BTreeSet<String> {
    let mut kept = Kept(BTreeSet::new());
    kept.add(said.kind.as_str());
    kept.add(&said.actor);
    said.on_behalf_of.iter().for_each(|person| kept.add(person));
    kept.add(&said.subject);
    match &said.payload {
        Payload::Decision(decided) => kept.decided(decided),
        Payload::Other(value) => kept.value(value),
        Payload::Absent | Payload::Withheld => {}
    }
    said.links.values().for_each(|id| kept.add(id));
    kept.0
}

struct Kept(BTreeSet<String>);

impl Kept {
    fn add(&mut self, text: &str) {
        for word in split(text) {
            if self.0.len() >= MOST_WORDS {
                return;
            }
            self.0.insert(word);
        }
    }

    fn decided(&mut self, decided: &Decided) {
        let action = &decided.action;
        self.add(&action.action_type);
        let texts = [&action.command, &action.tool, &action.repo, &action.branch, &action.environment];
        let said = [&action.agent, &action.session_id, &decided.claims.intent];
        texts.into_iter().flatten().for_each(|text| self.add(text));
        action.files.iter().for_each(|file| self.add(&file.path));
        self.add(&decided.decision.rule);
        decided.decision.reasons.iter().for_each(|reason| self.add(reason));
        said.into_iter().flatten().for_each(|text| self.add(text));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (_, value) in fields.iter().filter(|(name, _)| !NOT_WORDS.contains(&name.as_str())) {
                    self.value(value);
                }
            }
            Value::Number(number) => self.add(&number.to_string()),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_into_lower_case_words() {
        let words: Vec<String> = split("Rm -rf /srv/Überweisung_2026; 'x'").collect();
        assert_eq!(words, ["rm", "rf", "srv", "überweisung", "2026", "x"]);
        assert_eq!(split(&"a".repeat(500)).next().unwrap().len(), MOST_LETTERS);
        assert_eq!(split(" -- ").count(), 0);
    }
}
