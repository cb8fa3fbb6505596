//! What a client's line means to the gate (JSON-RPC 2.0; the Model Context Protocol's stdio transport: a message a line).

use navi_domain::canonical;
use serde_json::{Value, json};

/// A line of the client.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Passes as it is.
    Pass,
    /// A call of a tool, which asks first.
    Call {
        /// The request's id.
        id: Value,
        /// The tool's name.
        tool: String,
        /// Its arguments.
        arguments: Value,
        /// Where the client wants to be told of progress.
        progress: Option<Value>,
    },
    /// A request that the client no longer waits for.
    Cancelled {
        /// Its id.
        id: Value,
    },
    /// Not passed on; the client is told so, where it can be.
    Refused(Option<Value>),
}

const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;

/// Reads a line. What two readers could read differently is refused: the server must see what the gate decided about.
pub fn read(line: &str) -> Line {
    let Ok(message) = canonical::parse_strict(line) else {
        return Line::Refused(Some(error(
            &Value::Null,
            PARSE_ERROR,
            "the gate cannot read this line as one JSON message",
        )));
    };
    if let Some(batch) = message.as_array() {
        // A batch in a batch is none (JSON-RPC 2.0); a server that reads one all the same must not find a call in it.
        let calls = |part: &Value| part.is_array() || part.get("method").is_some_and(|m| m == "tools/call");
        let calls = batch.iter().any(calls);
        let why = "the gate passes no batch that calls tools; send each call by itself";
        return if calls {
            Line::Refused(Some(error(&Value::Null, INVALID_REQUEST, why)))
        } else {
            Line::Pass
        };
    }
    match message.get("method").and_then(Value::as_str) {
        Some("tools/call") => call(&message),
        Some("notifications/cancelled") => {
            message.pointer("/params/requestId").map_or(Line::Pass, |id| Line::Cancelled { id: id.clone() })
        }
        _ => Line::Pass,
    }
}

fn call(message: &Value) -> Line {
    // Without an id nobody could be told of the answer, so that nothing runs.
    let Some(id) = message.get("id").filter(|id| id.is_string() || id.is_number()) else {
        return Line::Refused(None);
    };
    let Some(tool) = message.pointer("/params/name").and_then(Value::as_str) else {
        return Line::Refused(Some(error(id, -32_602, "the call names no tool")));
    };
    Line::Call {
        id: id.clone(),
        tool: tool.to_owned(),
        arguments: message.pointer("/params/arguments").cloned().unwrap_or(Value::Null),
        progress: message.pointer("/params/_meta/progressToken").cloned(),
    }
}

/// An error of the protocol.
pub fn error(id: &Value, code: i64, why: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": format!("[navi] {why}")}})
}

/// A second call with the id of one that has no answer yet (JSON-RPC 2.0; MCP: an id must not be used again in a session).
pub fn in_use(id: &Value) -> Value {
    error(id, INVALID_REQUEST, "a call with this id has no answer yet; this one was not passed on")
}

/// The tool did not run: a result that the model reads, as the protocol asks for errors of tools.
pub fn denied(id: &Value, why: &str) -> Value {
    let text = format!("[navi] Not allowed, and nothing ran: {why}");
    json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}], "isError": true}})
}

/// A person stopped a call (MCP: cancellation); the server may be in the middle of it.
pub fn cancelled(id: &Value) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": id, "reason": "a person stopped it"}})
}

/// What the client hears of it.
pub fn stopped(id: &Value) -> Value {
    let text = "[navi] A person stopped this while it ran. How far it came is not known: look before you do anything else.";
    json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}], "isError": true}})
}

/// What the client sent is no text (JSON-RPC 2.0: parse error).
pub fn unreadable() -> Value {
    json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "[navi] a message that is no UTF-8 is not passed on"}})
}

/// It still waits.
pub fn progress(token: &Value, done: u64) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/progress",
        "params": {"progressToken": token, "progress": done, "message": "waiting for a person"}})
}

/// Which request a line of the server answers, and whether the tool failed.
pub fn answered(line: &str) -> Option<(Value, bool)> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message.get("method").is_some() {
        return None;
    }
    let failed = message.get("error").is_some()
        || message.pointer("/result/isError").and_then(Value::as_bool).unwrap_or(false);
    Some((message.get("id")?.clone(), failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_of_tools_stop_and_everything_else_passes() {
        for passes in [
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#,
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{}}"#,
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
        ] {
            assert_eq!(read(passes), Line::Pass, "{passes}");
        }
        let call = read(
            r#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"write","arguments":{"x":1},"_meta":{"progressToken":3}}}"#,
        );
        let wanted = Line::Call {
            id: json!("a"),
            tool: "write".into(),
            arguments: json!({"x": 1}),
            progress: Some(json!(3)),
        };
        assert_eq!(call, wanted);
        assert_eq!(
            read(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}"#),
            Line::Cancelled { id: json!("a") }
        );
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for refused in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#,
            r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}]"#,
            r#"[[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}]]"#,
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#,
            "not json",
            r#"{"id":1}{"id":2}"#,
        ] {
            assert!(matches!(read(refused), Line::Refused(_)), "{refused}");
        }
    }

    #[test]
    fn an_answer_of_the_server_is_known_by_its_id() {
        assert_eq!(answered(r#"{"id":1,"result":{"isError":true}}"#), Some((json!(1), true)));
        assert_eq!(answered(r#"{"id":1,"result":{}}"#), Some((json!(1), false)));
        assert_eq!(answered(r#"{"id":1,"method":"sampling/createMessage"}"#), None);
    }
}
