//! Entries for other people's tools: CSV, JSON lines, OCSF and CloudEvents. Each line keeps what ties it to the log, so
//! that a line that was cut out can still be held against the record.

pub mod cloudevents;
pub mod csv;
pub mod jsonl;
pub mod ocsf;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{ActionContext, Said};

/// The log that lines are taken from: the signed tree that covers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its name.
    pub origin: String,
    /// Entries of the tree.
    pub size: u64,
    /// Its root (RFC 6962).
    pub root: [u8; 32],
}

/// One entry, with all that a line says about it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The entry.
    pub said: &'a Said,
    /// The action it belongs to, if it belongs to one.
    pub context: Option<&'a ActionContext>,
    /// Its leaf hash (RFC 6962).
    pub leaf_hash: [u8; 32],
    /// The leaf hash of the entry before it; none for the first.
    pub previous: Option<[u8; 32]>,
    /// The log.
    pub log: &'a Log,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with formulas made harmless.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Open Cybersecurity Schema Framework, one event a line.
    Ocsf,
    /// CloudEvents in structured JSON mode, one event a line.
    CloudEvents,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Jsonl, Self::Ocsf, Self::CloudEvents];

    /// Spelling in queries and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Ocsf => "ocsf",
            Self::CloudEvents => "cloudevents",
        }
    }

    /// Reads [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// Whether it can say that a payload is withheld. The others would take that for a failure, or for nothing.
    #[must_use]
    pub fn can_be_bare(self) -> bool {
        matches!(self, Self::Csv | Self::Jsonl)
    }

    /// Media type.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Jsonl | Self::Ocsf => "application/x-ndjson",
            Self::CloudEvents => "application/x-ndjson; schema=cloudevents",
        }
    }

    /// Ending of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Ocsf => "ocsf.jsonl",
            Self::CloudEvents => "cloudevents.jsonl",
        }
    }

    /// What comes before the first line.
    #[must_use]
    pub fn header(self) -> Option<String> {
        (self == Self::Csv).then(csv::header)
    }

    /// One line, with its end.
    #[must_use]
    pub fn line(self, row: &Row<'_>) -> String {
        match self {
            Self::Csv => csv::line(row),
            Self::Jsonl => json_line(jsonl::object(row)),
            Self::Ocsf => json_line(ocsf::event(row)),
            Self::CloudEvents => json_line(cloudevents::event(row)),
        }
    }
}

/// Keys are sorted here, because serde_json keeps the order of insertion wherever a build has `preserve_order`.
fn json_line(mut value: Value) -> String {
    value.sort_all_objects();
    format!("{value}\n")
}

/// An instant as RFC 3339 in UTC, with microseconds.
#[must_use]
pub fn instant(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros)
        .map_or_else(|| micros.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// Controls, and what changes the direction of text or is not seen at all: to be written out wherever people read.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl Row<'_> {
    /// What ties the line to the log.
    fn ties(&self) -> Map<String, Value> {
        let ties = json!({
            "origin": self.log.origin,
            "tree_size": self.log.size,
            "root": hex::encode(self.log.root),
            "index": self.said.index,
            "entry_id": self.said.id,
            "leaf_hash": hex::encode(self.leaf_hash),
            "previous_leaf_hash": self.previous.map(hex::encode),
        });
        match ties {
            Value::Object(ties) => ties,
            _ => Map::new(),
        }
    }

    /// What the action was, as far as the entry knows: absent fields are left out.
    fn action(&self) -> Map<String, Value> {
        let mut action = Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                action.insert(name.to_owned(), value);
            }
        };
        if let Some(context) = self.context {
            add("action_type", Some(context.action_type.clone().into()));
            add("repo", context.repo.clone().map(Value::from));
            add("agent", context.agent.clone().map(Value::from));
            add("user", Some(context.user.clone()).filter(|user| !user.is_empty()).map(Value::from));
            add("session", context.session.clone().map(Value::from));
            add("level", Some(context.level.as_str().into()));
            add("verdict", Some(context.verdict.as_str().into()));
            add("rule", Some(context.rule.clone().into()));
        }
        if let Some(decided) = self.said.decided() {
            add("score", Some(decided.assessment.score.into()));
            add("command", decided.action.command.clone().map(Value::from));
            add("reasons", Some(decided.decision.reasons.clone().into()));
        }
        action
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::decision::Verdict;
    use crate::event::EventKind;
    use crate::reading::Payload;
    use crate::risk::Level;

    pub fn log() -> Log {
        Log { origin: "navi-governance/acme/1".into(), size: 9, root: [7; 32] }
    }

    pub fn said(kind: EventKind, payload: Value) -> Said {
        Said {
            index: 3,
            id: "0199-e3".into(),
            at: 1_790_000_000_000_001,
            kind,
            actor: "=cmd|' /C calc'!A0".into(),
            on_behalf_of: Some("Ana \u{202e}\"the\" first,\nnot last".into()),
            subject: "a-1".into(),
            links: [("action_id".to_owned(), "d-1".to_owned())].into(),
            payload: Payload::Other(payload),
        }
    }

    pub fn context() -> ActionContext {
        ActionContext {
            at: 1_790_000_000_000_000,
            agent: Some("nova".into()),
            user: "dana".into(),
            session: None,
            action_type: "code_edit".into(),
            repo: Some("shop".into()),
            level: Level::High,
            verdict: Verdict::Approval,
            rule: "sensitive_fact".into(),
        }
    }

    pub fn row<'a>(said: &'a Said, context: &'a ActionContext, log: &'a Log) -> Row<'a> {
        Row { said, context: Some(context), leaf_hash: [1; 32], previous: Some([2; 32]), log }
    }

    #[test]
    fn every_format_reads_back_by_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(format));
            let (said, context, log) = (said(EventKind::VoteCast, json!({})), context(), log());
            let line = format.line(&row(&said, &context, &log));
            assert!(line.ends_with('\n') && line.contains(&"01".repeat(32)), "{line}");
            assert!(line.contains("0199-e3"), "{line}");
        }
        assert_eq!(Format::parse("xml"), None);
    }

    #[test]
    fn keys_are_sorted_whatever_order_they_were_put_in() {
        let (said, context, log) = (said(EventKind::VoteCast, json!({"z": 1, "a": 2})), context(), log());
        for format in [Format::Jsonl, Format::Ocsf, Format::CloudEvents] {
            let line = format.line(&row(&said, &context, &log));
            let value: Value = serde_json::from_str(&line).unwrap();
            let names: Vec<&String> = value.as_object().unwrap().keys().collect();
            assert!(names.is_sorted(), "{line}");
        }
        let line = Format::Jsonl.line(&row(&said, &context, &log));
        assert!(line.contains(r#""payload":{"a":2,"z":1}"#), "{line}");
    }

    #[test]
    fn instants_are_rfc_3339() {
        assert_eq!(instant(1_790_000_000_000_001), "2026-09-21T14:13:20.000001Z");
    }
}
