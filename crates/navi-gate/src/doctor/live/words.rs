//! One turn of a model in the words of four interfaces: Anthropic Messages, OpenAI Responses and Chat Completions, Gemini.

use serde_json::{Value, json};

use crate::hook::harness::Harness;

/// An interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Anthropic Messages.
    Messages,
    /// OpenAI Responses.
    Responses,
    /// OpenAI Chat Completions.
    Chat,
    /// Gemini, as a stream or not.
    Gemini {
        /// As a stream.
        stream: bool,
    },
}

/// What the model does.
pub enum Turn<'a> {
    /// It says something.
    Text(&'static str),
    /// It calls a tool.
    Call(&'static str, &'a Value),
}

/// A harness's tool that runs a shell command, with its arguments.
pub fn call(harness: Harness, command: &str) -> (&'static str, Value) {
    let described = json!({"command": command, "description": "a check of the set-up"});
    match harness {
        Harness::ClaudeCode => ("Bash", described),
        Harness::Codex => ("exec_command", json!({ "cmd": command })),
        Harness::Gemini => ("run_shell_command", described),
        _ => ("bash", described),
    }
}

impl Api {
    /// The interface of a request.
    pub fn of(path: &str, said: &Value) -> Option<Self> {
        if said.is_null() {
            return None;
        }
        let ends = |end| path.ends_with(end);
        match () {
            () if ends("/v1/messages") => Some(Self::Messages),
            () if ends("/responses") => Some(Self::Responses),
            () if ends("/chat/completions") => Some(Self::Chat),
            () if ends(":generateContent") => Some(Self::Gemini { stream: false }),
            () if ends(":streamGenerateContent") => Some(Self::Gemini { stream: true }),
            () => None,
        }
    }

    /// Whether the model may call a tool.
    pub fn offers_tools(self, said: &Value) -> bool {
        said.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty())
    }

    /// The last message.
    pub fn last(self, said: &Value) -> Value {
        let list = match self {
            Self::Responses => said.get("input"),
            Self::Gemini { .. } => said.get("contents"),
            Self::Messages | Self::Chat => said.get("messages"),
        };
        list.and_then(Value::as_array).and_then(|list| list.last()).cloned().unwrap_or_default()
    }
}

/// The turn as the body of an answer, with its kind.
pub fn answer(api: &Api, said: &Value, turn: &Turn<'_>) -> (&'static str, String) {
    let streams = said.get("stream") == Some(&Value::Bool(true));
    let (whole, events) = match api {
        Api::Messages => messages(said, turn),
        Api::Responses => responses(said, turn),
        Api::Chat => chat(said, turn),
        Api::Gemini { stream } => {
            let whole = gemini(said, turn);
            return match stream {
                true => (STREAM, format!("data: {whole}\n\n")),
                false => (JSON, whole.to_string()),
            };
        }
    };
    if !streams {
        return (JSON, whole.to_string());
    }
    let line = |event: &Value| {
        let name = event.get("type").and_then(Value::as_str);
        let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
        format!("{name}data: {event}\n\n")
    };
    let mut text: String = events.iter().map(line).collect();
    if *api == Api::Chat {
        text.push_str("data: [DONE]\n\n");
    }
    (STREAM, text)
}

const JSON: &str = "application/json";
const STREAM: &str = "text/event-stream";

fn messages(said: &Value, turn: &Turn<'_>) -> (Value, Vec<Value>) {
    let (block, empty, delta, stop) = match turn {
        Turn::Text(text) => (
            json!({"type": "text", "text": text}),
            json!({"type": "text", "text": ""}),
            json!({"type": "text_delta", "text": text}),
            "end_turn",
        ),
        Turn::Call(tool, input) => (
            json!({"type": "tool_use", "id": "toolu_navi_doctor_1", "name": tool, "input": input}),
            json!({"type": "tool_use", "id": "toolu_navi_doctor_1", "name": tool, "input": {}}),
            json!({"type": "input_json_delta", "partial_json": input.to_string()}),
            "tool_use",
        ),
    };
    let message = |content: Value, stop: Value| {
        json!({"id": "msg_navi_doctor", "type": "message", "role": "assistant", "model": said.get("model"),
            "content": content, "stop_reason": stop, "stop_sequence": null,
            "usage": {"input_tokens": 10, "output_tokens": 1}})
    };
    let events = vec![
        json!({"type": "message_start", "message": message(json!([]), Value::Null)}),
        json!({"type": "content_block_start", "index": 0, "content_block": empty}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null},
            "usage": {"output_tokens": 10}}),
        json!({"type": "message_stop"}),
    ];
    (message(json!([block]), stop.into()), events)
}

fn responses(said: &Value, turn: &Turn<'_>) -> (Value, Vec<Value>) {
    let item = match turn {
        Turn::Text(text) => {
            json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}]})
        }
        Turn::Call(tool, input) => {
            json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": tool,
            "arguments": input.to_string(), "status": "completed"})
        }
    };
    let response = |status: &str, output: Value| {
        json!({"id": "resp_1", "object": "response", "created_at": 1, "model": said.get("model"), "status": status,
            "output": output, "parallel_tool_calls": false, "tool_choice": "auto", "tools": [], "error": null,
            "incomplete_details": null, "instructions": null, "metadata": {},
            "usage": {"input_tokens": 1, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 1,
                "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2}})
    };
    let whole = response("completed", json!([item]));
    let begun = response("in_progress", json!([]));
    let events = vec![
        json!({"type": "response.created", "sequence_number": 0, "response": begun}),
        json!({"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item}),
        json!({"type": "response.output_item.done", "sequence_number": 2, "output_index": 0, "item": item}),
        json!({"type": "response.completed", "sequence_number": 3, "response": whole}),
    ];
    (whole, events)
}

fn chat(said: &Value, turn: &Turn<'_>) -> (Value, Vec<Value>) {
    let (message, ends) = match turn {
        Turn::Text(text) => (json!({"role": "assistant", "content": text}), "stop"),
        Turn::Call(tool, input) => {
            let function = json!({"name": tool, "arguments": input.to_string()});
            let call = json!({"index": 0, "id": "call_1", "type": "function", "function": function});
            (json!({"role": "assistant", "content": null, "tool_calls": [call]}), "tool_calls")
        }
    };
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
    let chunk = |choices: Value, usage: Value| {
        json!({"id": "chat_1", "object": "chat.completion.chunk", "created": 1, "model": said.get("model"),
            "choices": choices, "usage": usage})
    };
    let whole = json!({"id": "chat_1", "object": "chat.completion", "created": 1, "model": said.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": ends}], "usage": usage});
    let events = vec![
        chunk(json!([{"index": 0, "delta": message, "finish_reason": null}]), Value::Null),
        chunk(json!([{"index": 0, "delta": {}, "finish_reason": ends}]), Value::Null),
        chunk(json!([]), usage),
    ];
    (whole, events)
}

fn gemini(said: &Value, turn: &Turn<'_>) -> Value {
    let part = match turn {
        Turn::Call(tool, input) => json!({"functionCall": {"name": tool, "args": input, "id": "call_1"}}),
        // Questions beside the work ask for JSON of a shape: which model, who speaks next.
        Turn::Text(_) if said.pointer("/generationConfig/responseJsonSchema").is_some() => {
            let aside = json!({"reasoning": "a check", "next_speaker": "user", "model_choice": "flash",
                "complexity_reasoning": "a check", "complexity_score": 1});
            json!({"text": aside.to_string()})
        }
        Turn::Text(text) => json!({"text": text}),
    };
    json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        "modelVersion": "fake"})
}
