//! CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe; control and
//! bidirectional characters are written out.

use super::{Row, instant, is_hidden};
use crate::reading::Payload;

const COLUMNS: [&str; 26] = [
    "index",
    "entry_id",
    "at",
    "at_us",
    "kind",
    "actor",
    "on_behalf_of",
    "subject",
    "links",
    "action_type",
    "repo",
    "agent",
    "user",
    "session",
    "level",
    "score",
    "verdict",
    "rule",
    "command",
    "reason",
    "leaf_hash",
    "previous_leaf_hash",
    "origin",
    "tree_size",
    "root",
    "payload",
];

/// The first line.
#[must_use]
pub fn header() -> String {
    joined(COLUMNS.iter().map(|name| (*name).to_owned()))
}

/// One entry. `payload` says whether the payload is there: `kept`, `erased`, or `withheld` from this file.
#[must_use]
pub fn line(row: &Row<'_>) -> String {
    let (ties, action, said) = (row.ties(), row.action(), row.said);
    let links: Vec<String> = said.links.iter().map(|(name, id)| format!("{name}={id}")).collect();
    let cells = COLUMNS.iter().map(|column| match *column {
        "at" => instant(said.at),
        "at_us" => said.at.to_string(),
        "kind" => said.kind.as_str().to_owned(),
        "actor" => said.actor.clone(),
        "on_behalf_of" => said.on_behalf_of.clone().unwrap_or_default(),
        "subject" => said.subject.clone(),
        "links" => links.join(" "),
        "reason" => match action.get("reasons").and_then(|r| r.get(0)) {
            Some(reason) => plain(reason),
            None => said.text("reason").or_else(|| said.text("text")).unwrap_or_default().to_owned(),
        },
        "payload" => match said.payload {
            Payload::Absent => "erased".to_owned(),
            Payload::Withheld => "withheld".to_owned(),
            Payload::Decision(_) | Payload::Other(_) => "kept".to_owned(),
        },
        name => ties.get(name).or_else(|| action.get(name)).map(plain).unwrap_or_default(),
    });
    joined(cells)
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn joined(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.map(|text| cell(&text)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 2);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        safe.push('\'');
    }
    for c in text.chars() {
        if c == '\n' || !is_hidden(c) {
            safe.push(c)
        } else {
            safe.push_str(&format!("<U+{:04X}>", u32::from(c)))
        }
    }
    if safe.contains(['"', ',', '\n', '\r']) || safe.starts_with(' ') || safe.ends_with(' ') {
        return format!("\"{}\"", safe.replace('"', "\"\""));
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, log, row, said};
    use super::*;
    use crate::event::EventKind;
    use serde_json::json;

    /// A reader of RFC 4180, written for this test.
    fn read(text: &str) -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut chars = text.trim_end_matches("\r\n").chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                c => cell.push(c),
            }
        }
        cells.push(cell);
        cells
    }

    #[test]
    fn a_line_reads_back_and_no_cell_is_a_formula() {
        let said = said(EventKind::VoteCast, json!({"reason": "+1, fine\n\"really\""}));
        let (context, log) = (context(), log());
        let (names, cells) = (read(&header()), read(&line(&row(&said, &context, &log))));
        assert_eq!((names.len(), cells.len()), (COLUMNS.len(), COLUMNS.len()));
        let of = |name: &str| cells[names.iter().position(|n| n == name).unwrap()].as_str();
        assert_eq!(of("actor"), "'=cmd|' /C calc'!A0");
        assert_eq!(of("on_behalf_of"), "Ana <U+202E>\"the\" first,\nnot last");
        assert_eq!(of("reason"), "'+1, fine\n\"really\"");
        assert_eq!(
            (of("index"), of("kind"), of("level"), of("links")),
            ("3", "vote_cast", "high", "action_id=d-1")
        );
        assert_eq!(of("leaf_hash"), "01".repeat(32));
        assert_eq!(of("previous_leaf_hash"), "02".repeat(32));
        assert_eq!((of("tree_size"), of("payload")), ("9", "kept"));
        assert!(cells.iter().all(|c| !c.starts_with(['=', '+', '-', '@'])));
    }

    #[test]
    fn what_is_not_seen_is_written_out() {
        assert_eq!(cell("a\u{061c}b\u{2028}c\u{2029}"), "a<U+061C>b<U+2028>c<U+2029>");
        assert_eq!((cell("\t=1").as_str(), cell("\r=1").as_str()), ("'<U+0009>=1", "'<U+000D>=1"));
    }
}
