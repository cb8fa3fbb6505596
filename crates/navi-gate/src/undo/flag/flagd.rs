//! flagd and other OpenFeature providers that read flags from a file: one flag of it is put back, the others stay.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::super::declared::FlagdRule;
use crate::replace::replace;

fn document(rule: &FlagdRule) -> Result<Value> {
    let text = std::fs::read(&rule.file).with_context(|| format!("read {}", rule.file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", rule.file.display()))
}

/// The flag; null where the file has none of this name.
pub fn read(rule: &FlagdRule) -> Result<Value> {
    Ok(document(rule)?.get("flags").and_then(|flags| flags.get(&rule.feature)).cloned().unwrap_or_default())
}

/// The provider sees the whole old file or the whole new one, and may read it as before.
pub fn write(rule: &FlagdRule, _after: &Value, before: &Value) -> Result<()> {
    let mut document = document(rule)?;
    let flags = document.get_mut("flags").and_then(Value::as_object_mut);
    let flags = flags.with_context(|| format!("{} has no flags", rule.file.display()))?;
    if before.is_null() {
        flags.remove(&rule.feature);
    } else {
        flags.insert(rule.feature.clone(), before.clone());
    }
    replace(&rule.file, format!("{document:#}\n").as_bytes(), 0o644)
        .with_context(|| format!("write {}", rule.file.display()))
}
