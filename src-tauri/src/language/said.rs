//! The server's sentences in the reader's language: by the code that comes beside each. The words are the page's own. What has no
//! code here, and what people or agents wrote, is said as it came.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use navi_protocol::words::Worded;
use serde_json::Value;

use super::Language;

type Book = BTreeMap<String, String>;

/// A text that cannot be read leaves everything in English; a test reads it.
static GERMAN: LazyLock<Book> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../ui/src/words/server.de.json")).unwrap_or_default()
});

/// A sentence of a view; `words` is what came with the view.
pub(crate) fn said(language: Language, words: &[Worded], text: &str) -> String {
    let worded = words.iter().find(|worded| worded.text == text);
    match (language, worded) {
        (Language::De, Some(worded)) => in_book(&GERMAN, &worded.code, &worded.with),
        _ => None,
    }
    .unwrap_or_else(|| text.to_owned())
}

fn in_book(book: &Book, code: &str, with: &BTreeMap<String, Value>) -> Option<String> {
    let counted = with.get("count").and_then(Value::as_i64).map(|count| {
        let form = if count == 1 { "one" } else { "other" };
        format!("{code}_{form}")
    });
    let template = counted.and_then(|form| book.get(&form)).or_else(|| book.get(code))?;
    let mut pieces = template.split("{{");
    let mut sentence = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, letters) = piece.split_once("}}")?;
        sentence.push_str(&value(book, with.get(name)?));
        sentence.push_str(letters);
    }
    Some(sentence)
}

fn value(book: &Book, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => match fields.get("thousandths").and_then(Value::as_u64) {
            Some(thousandths) => format!("{},{:03}", thousandths / 1000, thousandths % 1000),
            None => serde_json::from_value(value.clone()).map_or_else(
                |_| String::new(),
                |inner: Worded| in_book(book, &inner.code, &inner.with).unwrap_or(inner.text),
            ),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use navi_domain::words::{self, Slot, phrases};

    use super::*;

    fn worded(said: &words::Said) -> Vec<Worded> {
        vec![Worded::from(said)]
    }

    #[test]
    fn a_title_is_said_in_german_and_what_stands_in_it_stays() {
        let edit = phrases::DO_EDIT_MORE.with([("path", "do.run {{path}}".into()), ("count", 1_u32.into())]);
        let title = phrases::TITLE_IN.with([("subject", edit.into()), ("repo", "web".into())]);
        let words = worded(&title);
        assert_eq!(
            said(Language::De, &words, title.english()),
            "Ändern: do.run {{path}} und 1 weitere Datei in web"
        );
        assert_eq!(said(Language::En, &words, title.english()), title.english());
        assert_eq!(said(Language::De, &words, "another sentence"), "another sentence");
    }

    #[test]
    fn scores_are_written_as_in_german_and_a_newer_servers_sentence_as_it_came() {
        let risk = phrases::WITHIN.with([
            ("score", words::score(50)),
            ("limit", words::score(600)),
            ("source", phrases::SCOPE_DEFAULT.plain().into()),
        ]);
        assert_eq!(
            said(Language::De, &worded(&risk), risk.english()),
            "Risiko 0,050 liegt innerhalb der Schwelle 0,600 (Vorgabe der Organisation)"
        );
        let newer = words::Said::constant("title.from_the_future", "Launch it");
        assert_eq!(said(Language::De, &worded(&newer), "Launch it"), "Launch it");
        let around = phrases::TITLE_ON.with([("subject", newer.into()), ("environment", "prod".into())]);
        assert_eq!(said(Language::De, &worded(&around), around.english()), "Launch it auf prod");
    }

    #[test]
    fn every_phrase_is_said_in_german_with_all_that_stands_in_it() {
        for phrase in phrases::all() {
            let with: BTreeMap<String, Value> = phrase
                .slots()
                .map(|name| {
                    let slot: Slot = if name == "count" { 3_u32.into() } else { format!("<{name}>").into() };
                    (name.to_owned(), serde_json::to_value(slot).unwrap())
                })
                .collect();
            let german = in_book(&GERMAN, phrase.code, &with).unwrap_or_default();
            for name in phrase.slots().filter(|name| *name != "count") {
                assert!(german.contains(&format!("<{name}>")), "{}: {german:?}", phrase.code);
            }
            assert!(!german.is_empty(), "{}", phrase.code);
        }
    }
}
