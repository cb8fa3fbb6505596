//! From one organisation's text to the next: in which way it is looser.

use toml::{Table, Value};

/// Sections whose entries make something known that was suspicious because nothing knew it.
const KNOWING: [&str; 2] = ["rule", "tool"];

/// In which way the organisation's patterns `new` are looser than `old`, for people. A pattern that is gone or reads
/// otherwise counts as gone; a new one counts when it only makes a command or tool known, with no more than minor facts.
/// A text that is no TOML counts as empty: the one that would be saved is compiled before.
#[must_use]
pub fn loosens(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (entries(old), entries(new));
    let gone = old.iter().filter(|entry| !new.contains(entry));
    let gone = gone.map(|(section, entry)| format!("{section} {} is gone or reads otherwise", id(entry)));
    let known = new.iter().filter(|entry| !old.contains(entry));
    let known = known.filter(|(section, entry)| KNOWING.contains(&section.as_str()) && mild(entry));
    let known =
        known.map(|(section, entry)| format!("{section} {} makes known what nothing knew before", id(entry)));
    gone.chain(known).collect()
}

fn entries(text: &str) -> Vec<(String, Value)> {
    let table: Table = toml::from_str(text).unwrap_or_default();
    let list = |(section, value): (String, Value)| match value {
        Value::Array(items) => items.into_iter().map(|item| (section.clone(), item)).collect(),
        _ => Vec::new(),
    };
    table.into_iter().flat_map(list).collect()
}

fn id(entry: &Value) -> &str {
    entry.get("id").and_then(Value::as_str).unwrap_or("without id")
}

/// No fact of the entry is more than minor.
fn mild(entry: &Value) -> bool {
    let facts = entry.get("facts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    facts.iter().all(|fact| fact.get("severity").and_then(Value::as_str) == Some("minor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_go_and_patterns_that_only_excuse_are_looser() {
        let ours =
            "[[path]]\nid = \"ours\"\nfacts = [{ kind = \"production\" }]\ndirs = [\"crown-jewels\"]\n";
        assert!(loosens("", ours).is_empty());
        assert_eq!(loosens(ours, ""), ["path ours is gone or reads otherwise"]);
        let narrower = ours.replace("crown-jewels", "crown");
        assert_eq!(loosens(ours, &narrower), ["path ours is gone or reads otherwise"]);
        let excuse = "[[rule]]\nid = \"tool\"\nprograms = [\"frob\"]\nfacts = [{ kind = \"hard_to_undo\", severity = \"minor\" }]\n";
        assert_eq!(loosens("", excuse), ["rule tool makes known what nothing knew before"]);
        assert!(loosens("", &excuse.replace("minor", "serious")).is_empty());
    }
}
