//! The gate's entries among others' in a JSON file: put in and taken out, while everything else stays as somebody wrote it,
//! with its order, its spaces and, where the harness reads them, its comments.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstRootNode};
use serde_json::{Map, Value, json};

use super::plan::{MARK, pretty};
use crate::hook::harness::Harness;

/// Entries to add: by event, the list's item.
pub struct Merge {
    pub root: Vec<(&'static str, Value)>,
    pub events: Vec<(&'static str, Value)>,
    pub harness: Harness,
}

/// JSON as the harness reads it.
fn dialect(harness: Harness) -> ParseOptions {
    ParseOptions {
        // Gemini CLI takes them out before it reads on; Claude Code and Codex take such a file for broken.
        allow_comments: harness == Harness::Gemini,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// A configuration as the harness reads it; an empty file is an empty object.
///
/// # Errors
/// In words: the harness does not understand it, and goes on as if it had no hooks.
pub fn read(harness: Harness, text: &str) -> Result<Value, String> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let read =
        jsonc_parser::parse_to_serde_value::<Value>(text, &dialect(harness)).map_err(|e| e.to_string());
    read.map_err(|why| format!("is not JSON as {} reads it ({why})", harness.title()))
}

/// A configuration in which something is looked for that would switch hooks off: read as widely as any harness does.
#[must_use]
pub fn read_widely(text: &str) -> Value {
    jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).unwrap_or_default()
}

const SHAPE: &str = "has hooks of a shape that is not known";

impl Merge {
    /// The text with the entries in it; those of an earlier installation are replaced.
    pub fn into(&self, text: &str) -> Result<String, String> {
        let before = self.parsed(text)?;
        let mut whole = before.clone();
        self.remove(&mut whole);
        for (name, value) in &self.root {
            whole.insert((*name).to_owned(), value.clone());
        }
        let hooks = whole.entry("hooks").or_insert_with(|| json!({})).as_object_mut().ok_or(SHAPE)?;
        for (event, entry) in &self.events {
            let list = hooks.entry(*event).or_insert_with(|| json!([]));
            list.as_array_mut().ok_or(SHAPE)?.push(entry.clone());
        }
        if whole == before {
            return Ok(text.to_owned());
        }
        if before.is_empty() && text.trim_matches(|c: char| c.is_whitespace() || "{}".contains(c)).is_empty()
        {
            return Ok(pretty(&Value::Object(whole)));
        }
        let (root, top) = self.opened(text)?;
        self.take_out(&top);
        for (name, value) in &self.root {
            set(&top, name, value);
        }
        let hooks = top.object_value_or_set("hooks");
        for (event, entry) in &self.events {
            hooks.array_value_or_set(event).append(written(entry));
        }
        self.checked(root.to_string(), &whole)
    }

    /// The text without the gate's entries. `first` is what was there before the gate, where that is known: what the gate set
    /// beside its entries goes as well, unless it was there.
    pub fn out_of(&self, text: &str, first: Option<&str>) -> Result<String, String> {
        let before = self.parsed(text)?;
        let mut whole = before.clone();
        self.remove(&mut whole);
        let first = first.and_then(|first| self.parsed(first).ok());
        let is_set = |(name, value): &&(&str, Value)| {
            first.as_ref().is_some_and(|first| !first.contains_key(*name)) && before.get(*name) == Some(value)
        };
        let set: Vec<&str> = self.root.iter().filter(is_set).map(|(name, _)| *name).collect();
        for name in &set {
            whole.remove(*name);
        }
        if whole == before {
            return Ok(text.to_owned());
        }
        let (root, top) = self.opened(text)?;
        self.take_out(&top);
        for name in set {
            top.get(name).into_iter().for_each(|property| property.remove());
        }
        self.checked(root.to_string(), &whole)
    }

    fn parsed(&self, text: &str) -> Result<Map<String, Value>, String> {
        // A file that the harness cannot read switches its hooks off without a word.
        let whole = read(self.harness, text).map_err(|why| format!("{why}, which would ignore it"))?;
        match whole {
            Value::Object(whole) => Ok(whole),
            _ => Err(format!("holds no object; {} would ignore it", self.harness.title())),
        }
    }

    fn opened(&self, text: &str) -> Result<(CstRootNode, CstObject), String> {
        let root = CstRootNode::parse(text, &dialect(self.harness)).map_err(|e| e.to_string())?;
        let top = root.object_value_or_set();
        Ok((root, top))
    }

    /// What was written means what it should, and nothing else.
    fn checked(&self, text: String, meant: &Map<String, Value>) -> Result<String, String> {
        if self.parsed(&text)? != *meant {
            return Err("names something twice, so that it cannot be changed with certainty".to_owned());
        }
        Ok(text)
    }

    fn remove(&self, whole: &mut Map<String, Value>) {
        let Some(hooks) = whole.get_mut("hooks").and_then(Value::as_object_mut) else { return };
        // What was empty without the gate stays as it is.
        let before = hooks.len();
        hooks.retain(|_, list| {
            let Some(list) = list.as_array_mut().filter(|list| !list.is_empty()) else { return true };
            list.retain_mut(|entry| self.rest_of(entry));
            !list.is_empty()
        });
        if hooks.is_empty() && before > 0 {
            whole.remove("hooks");
        }
    }

    /// Takes the gate out of one entry; whether anything is left of it. Hooks that somebody put beside the gate's stay.
    fn rest_of(&self, entry: &mut Value) -> bool {
        match entry.get_mut("hooks").and_then(Value::as_array_mut) {
            Some(inner) => {
                let had = inner.len();
                inner.retain(|hook| !self.is_own(hook));
                !inner.is_empty() || had == 0
            }
            None => !self.is_own(entry),
        }
    }

    /// The same in the text.
    fn take_out(&self, top: &CstObject) {
        let Some(hooks) = top.object_value("hooks") else { return };
        let had = !hooks.properties().is_empty();
        for event in hooks.properties() {
            let Some(list) = event.array_value().filter(|list| !list.elements().is_empty()) else { continue };
            list.elements().into_iter().filter(|entry| !self.leaves_of(entry)).for_each(CstNode::remove);
            if list.elements().is_empty() {
                event.remove();
            }
        }
        if had && hooks.properties().is_empty() {
            top.get("hooks").into_iter().for_each(|property| property.remove());
        }
    }

    /// [`Merge::rest_of`] in the text.
    fn leaves_of(&self, entry: &CstNode) -> bool {
        let own = |node: &CstNode| node.to_serde_value().is_some_and(|hook| self.is_own(&hook));
        let inner: Option<CstArray> = entry.as_object().and_then(|entry| entry.array_value("hooks"));
        let Some(inner) = inner else { return !own(entry) };
        let had = inner.elements().len();
        inner.elements().into_iter().filter(own).for_each(CstNode::remove);
        !inner.elements().is_empty() || had == 0
    }

    /// Whether a hook asks the gate, by whatever name its program has: the words after it are the gate's own.
    fn is_own(&self, hook: &Value) -> bool {
        let words = format!("{MARK}{} --deadline ", self.harness.name());
        hook.to_string().contains(&words)
    }
}

fn set(top: &CstObject, name: &str, value: &Value) {
    match top.get(name) {
        Some(property) => property.set_value(written(value)),
        None => {
            top.append(name, written(value));
        }
    }
}

fn written(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(is) => CstInputValue::Bool(*is),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(written).collect()),
        Value::Object(all) => {
            CstInputValue::Object(all.iter().map(|(name, value)| (name.clone(), written(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge() -> Merge {
        let call = json!({"type": "command", "command": "'/opt/the gate' hook claude-code --deadline 60"});
        Merge {
            root: vec![("allowManagedHooksOnly", json!(true))],
            events: vec![("PreToolUse", json!({"matcher": "*", "hooks": [call]}))],
            harness: Harness::ClaudeCode,
        }
    }

    #[test]
    fn what_somebody_put_beside_the_gate_stays() {
        let mut whole: Value =
            serde_json::from_str(&Merge::into(&merge(), "{\"theme\": \"dark\"}").unwrap()).unwrap();
        let own = json!({"type": "command", "command": "my-own-audit-hook"});
        whole["hooks"]["PreToolUse"][0]["hooks"].as_array_mut().unwrap().push(own.clone());
        let left = merge().out_of(&whole.to_string(), Some("{\"theme\": \"dark\"}")).unwrap();
        let left: Value = serde_json::from_str(&left).unwrap();
        assert_eq!(left["hooks"]["PreToolUse"][0]["hooks"], json!([own]));
        assert_eq!(left.get("allowManagedHooksOnly"), None, "the gate set it");
        assert_eq!(left["theme"], "dark");
    }

    #[test]
    fn what_was_set_before_the_gate_stays_set() {
        let first = "{\"allowManagedHooksOnly\": true}";
        let text = Merge::into(&merge(), first).unwrap() + "\n";
        let left: Value = serde_json::from_str(&merge().out_of(&text, Some(first)).unwrap()).unwrap();
        assert_eq!(left, json!({"allowManagedHooksOnly": true}));
    }

    #[test]
    fn where_nothing_is_the_gates_nothing_changes() {
        for text in ["{\"hooks\": {} }", "{ \"hooks\":{\"Stop\":[]}}", "{}\r\n", "{\"hooks\": [] }"] {
            assert_eq!(merge().out_of(text, None).unwrap(), text);
        }
    }

    #[test]
    fn installed_twice_it_stands_there_once_whatever_its_program_is_called() {
        let once = Merge::into(&merge(), "{}").unwrap();
        assert_eq!(Merge::into(&merge(), &once).unwrap(), once);
        let renamed = once.replace("the gate", "gate-1.2");
        assert_eq!(Merge::into(&merge(), &renamed).unwrap(), once);
    }

    fn gemini() -> Merge {
        let hook =
            json!({"type": "command", "command": "'/opt/navi-gate' hook gemini --deadline 60 || exit 2"});
        let entry = |event| (event, json!({"matcher": "*", "hooks": [hook.clone()]}));
        Merge {
            root: Vec::new(),
            events: vec![entry("BeforeTool"), entry("AfterTool")],
            harness: Harness::Gemini,
        }
    }

    const REMARKS: &str = r#"{
    // The theme that I can read.
    "theme" : "dark",   /* not "light" */
    "hooks": {
        // Mine.
        "BeforeTool": [
            { "matcher": "shell", "hooks": [ { "type": "command", "command": "mine" } ] } // stays
        ]
    },
    "url": "http://a//b" // the last one
}
"#;

    #[test]
    fn what_a_person_remarked_stays_where_it_is() {
        let text = Merge::into(&gemini(), REMARKS).unwrap();
        for remark in [
            "    // The theme that I can read.\n",
            "  /* not \"light\" */\n",
            " // stays\n",
            " // the last one\n",
        ] {
            assert!(text.contains(remark), "{remark} in {text}");
        }
        let read = read(Harness::Gemini, &text).unwrap();
        assert_eq!(read["hooks"]["BeforeTool"].as_array().unwrap().len(), 2, "{text}");
        assert_eq!(Merge::into(&gemini(), &text).unwrap(), text, "a second time changes nothing");
        let changed = text.replace("dark", "light");
        assert_eq!(gemini().out_of(&changed, Some(REMARKS)).unwrap(), REMARKS.replace("dark", "light"));
    }

    #[test]
    fn a_remark_is_no_json_where_the_harness_takes_it_for_broken() {
        for text in [REMARKS, "{\"a\": 1,}", "[]", "{'a': 1}", "{\"a\": 1 \"b\": 2}"] {
            assert!(Merge::into(&merge(), text).unwrap_err().contains("would ignore it"), "{text}");
        }
        assert!(Merge::into(&gemini(), "{\"a\": 1,}").is_err(), "Gemini CLI takes out comments alone");
    }

    /// Readers take the last of two, editors the first.
    #[test]
    fn what_is_named_twice_is_not_touched() {
        let twice = "{\"hooks\": {\"BeforeTool\": []}, \"theme\": 1, \"hooks\": {\"Mine\": []}}";
        assert!(Merge::into(&gemini(), twice).is_err());
    }
}
