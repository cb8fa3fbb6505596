//! CloudEvents 1.0.2 in structured JSON mode. Extension attributes tie the event to the log.

use serde_json::{Value, json};

use super::{Row, instant, jsonl};

/// One entry.
#[must_use]
pub fn event(row: &Row<'_>) -> Value {
    let said = row.said;
    let mut data = jsonl::object(row);
    if let Some(fields) = data.as_object_mut() {
        fields.remove("log");
    }
    let mut event = json!({
        "specversion": "1.0",
        "id": said.index.to_string(),
        "source": format!("navi://{}", row.log.origin),
        "type": format!("navi.governance.{}", said.kind.as_str()),
        "subject": said.subject,
        "time": instant(said.at),
        "datacontenttype": "application/json",
        "data": data,
        "entryid": said.id,
        "logindex": said.index.to_string(),
        "leafhash": hex::encode(row.leaf_hash),
        "treesize": row.log.size.to_string(),
        "treeroot": hex::encode(row.log.root),
    });
    if let (Some(previous), Some(fields)) = (row.previous, event.as_object_mut()) {
        fields.insert("previoushash".to_owned(), hex::encode(previous).into());
    }
    event
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, log, row, said};
    use super::*;
    use crate::event::EventKind;

    #[test]
    fn attributes_are_spelled_as_the_specification_wants_them() {
        let said = said(EventKind::VoteCast, json!({"reason": "fine"}));
        let (context, log) = (context(), log());
        let value = event(&row(&said, &context, &log));
        for required in ["specversion", "id", "source", "type"] {
            assert!(value[required].as_str().is_some_and(|text| !text.is_empty()), "{required}");
        }
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(value.as_object().unwrap().keys().all(|name| name.len() <= 20 && name.chars().all(lower)));
        assert_eq!((&value["type"], &value["id"]), (&json!("navi.governance.vote_cast"), &json!("3")));
        assert_eq!(value["data"]["payload"]["reason"], "fine");
        assert_eq!(value["previoushash"], "02".repeat(32));
    }
}
