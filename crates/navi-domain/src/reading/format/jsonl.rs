//! JSON lines: the entry as it is, its action, and what ties it to the log.

use serde_json::{Value, json};

use super::{Row, instant};
use crate::reading::Payload;

/// One entry.
#[must_use]
pub fn object(row: &Row<'_>) -> Value {
    let said = row.said;
    let payload = match &said.payload {
        Payload::Other(value) => value.clone(),
        Payload::Decision(_) | Payload::Absent | Payload::Withheld => Value::Null,
    };
    json!({
        "at": instant(said.at),
        "at_us": said.at,
        "kind": said.kind.as_str(),
        "actor": said.actor,
        "on_behalf_of": said.on_behalf_of,
        "subject": said.subject,
        "links": said.links,
        "action": row.action(),
        "payload": payload,
        "erased": said.is_erased(),
        "withheld": matches!(said.payload, Payload::Withheld),
        "log": row.ties(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, log, row, said};
    use super::*;
    use crate::event::EventKind;

    #[test]
    fn a_line_keeps_what_was_said_and_where_it_stands() {
        let said = said(EventKind::CommentAdded, json!({"text": "why?\n"}));
        let (context, log) = (context(), log());
        let line = super::super::Format::Jsonl.line(&row(&said, &context, &log));
        assert_eq!(line.lines().count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["payload"]["text"], "why?\n");
        assert_eq!(value["action"]["repo"], "shop");
        assert_eq!((&value["log"]["index"], &value["log"]["tree_size"]), (&json!(3), &json!(9)));
        assert_eq!((&value["erased"], &value["withheld"]), (&json!(false), &json!(false)));
    }

    #[test]
    fn a_bare_line_says_that_its_payload_is_withheld_and_names_nobody() {
        let (said, context, log) = (said(EventKind::CommentAdded, json!({"text": "why?"})), context(), log());
        let leaf = json!({"v": 1, "id": said.id, "at": said.at, "org": "acme", "kind": "comment_added", "actor": "p-1",
            "on_behalf_of": "p-2", "subject": "a-1", "links": {}, "payload_commitment": "00"});
        let bare = said.bare(leaf.to_string().as_bytes()).unwrap();
        let line = super::super::Format::Jsonl.line(&row(&bare, &context.bare(), &log));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&value["actor"], &value["on_behalf_of"]), (&json!("p-1"), &json!("p-2")));
        assert_eq!((&value["erased"], &value["withheld"]), (&json!(false), &json!(true)));
        assert!(value["payload"].is_null() && value["action"].get("user").is_none(), "{line}");
        assert_eq!(value["action"]["repo"], "shop");
    }
}
