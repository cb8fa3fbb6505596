//! Texts are parsed and checked: against the schema, strictly, and against the words that its strings can be. A guardrail
//! with a typing error would never match, and nobody would see that it guards nothing.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator};
use navi_domain::fact::FactKind;
use navi_domain::risk::Level;
use serde_json::Value;

use crate::ask::CLASSES;
use crate::problem::{GuardrailError, GuardrailProblem};
use crate::{SCHEMA, SHIPPED_POLICIES};

/// Longest text of an organisation's guardrails, in bytes.
const MAX_TEXT: usize = 256 * 1024;
/// Most policies of an organisation.
const MAX_POLICIES: usize = 1000;

/// The shipped policies and those of the text, by name: the `@id`, else `org-policyN`.
pub(crate) fn checked(text: &str) -> Result<BTreeMap<String, Policy>, GuardrailError> {
    if text.len() > MAX_TEXT {
        let reason = format!("the text is longer than {MAX_TEXT} bytes");
        return Err(GuardrailError::at(text, MAX_TEXT, reason));
    }
    let (schema, _) =
        Schema::from_cedarschema_str(SCHEMA).map_err(|e| GuardrailError::whole(e.to_string()))?;
    let mut policies = BTreeMap::new();
    for policy in valid(SHIPPED_POLICIES, &schema, "shipped")? {
        policies.insert(name_of(&policy), policy);
    }
    let own = valid(text, &schema, "org")?;
    if own.len() > MAX_POLICIES {
        return Err(GuardrailError::whole(format!("there are more than {MAX_POLICIES} policies")));
    }
    let mut twice = Vec::new();
    for policy in own {
        let name = name_of(&policy);
        if policies.insert(name.clone(), policy).is_some() {
            let offset = named_at(text, &name);
            let reason = "another policy, of these or of the shipped ones, has this @id".to_owned();
            twice.push(GuardrailProblem::at(text, offset, reason, Some(name)));
        }
    }
    if twice.is_empty() { Ok(policies) } else { Err(GuardrailError::new(twice)) }
}

fn name_of(policy: &Policy) -> String {
    let id: &str = policy.id().as_ref();
    id.to_owned()
}

fn valid(text: &str, schema: &Schema, prefix: &str) -> Result<Vec<Policy>, GuardrailError> {
    let set = PolicySet::from_str(text).map_err(|errors| GuardrailError::parse(text, &errors))?;
    if set.num_of_templates() > 0 {
        let slot = ["?principal", "?resource"].into_iter().filter_map(|slot| text.find(slot)).min();
        let reason = "templates (`?principal`, `?resource`) are not used here";
        return Err(GuardrailError::at(text, slot.unwrap_or_default(), reason.into()));
    }
    let name = |policy: &Policy| match policy.annotation("id") {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("{prefix}-{}", policy.id()),
    };
    let named = |id: &PolicyId| set.policy(id).map_or_else(|| id.to_string(), name);
    let validated = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    let errors = validated.validation_errors().map(|e| GuardrailProblem::of(text, e, named(e.policy_id())));
    // A name in another script is a name; the other warnings are about policies that never match, or that read as
    // something else than they are. One that is wrong already is told once.
    let warnings = validated
        .validation_warnings()
        .filter(|w| !matches!(w, ValidationWarning::MixedScriptString(_)))
        .filter(|w| validated.validation_errors().all(|e| e.policy_id() != w.policy_id()))
        .map(|w| GuardrailProblem::of(text, w, named(w.policy_id())));
    let mut problems: Vec<GuardrailProblem> = errors.chain(warnings).collect();
    let mut policies = Vec::new();
    for policy in set.policies() {
        let name = name(policy);
        for (word, reason) in unknown_words(policy) {
            let offset = text.find(&format!("\"{word}\"")).unwrap_or_else(|| named_at(text, &name));
            problems.push(GuardrailProblem::at(text, offset, reason, Some(name.clone())));
        }
        policies.push(policy.new_id(PolicyId::new(name)));
    }
    if problems.is_empty() { Ok(policies) } else { Err(GuardrailError::new(problems)) }
}

/// Where a policy's `@id` stands; of several the last.
fn named_at(text: &str, name: &str) -> usize {
    text.rfind(&format!("@id(\"{name}\")")).unwrap_or_default()
}

/// Strings that something of the context is compared with and can never be, each with the reason.
fn unknown_words(policy: &Policy) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(tree) = policy.to_json() {
        visit(&tree, &mut found);
    }
    found
}

fn visit(node: &Value, found: &mut Vec<(String, String)>) {
    if let (Some(left), Some(right)) = (node.get("left"), node.get("right")) {
        for (side, other) in [(left, right), (right, left)] {
            if let Some((attribute, known)) = attribute(side).and_then(|a| Some((a, vocabulary(a)?))) {
                for word in strings(other).into_iter().filter(|word| !known.contains(word)) {
                    let reason = format!("`{attribute}` is never {word:?}; it can be {}", known.join(", "));
                    found.push((word.to_owned(), reason));
                }
            }
        }
    }
    match node {
        Value::Object(fields) => fields.values().for_each(|child| visit(child, found)),
        Value::Array(items) => items.iter().for_each(|child| visit(child, found)),
        _ => {}
    }
}

/// `context.NAME`
fn attribute(node: &Value) -> Option<&str> {
    let access = node.get(".")?;
    let of_context = access.get("left")?.get("Var")?.as_str()? == "context";
    access.get("attr")?.as_str().filter(|_| of_context)
}

/// Every value of an attribute that has no other.
fn vocabulary(attribute: &str) -> Option<Vec<&'static str>> {
    match attribute {
        "facts" | "grave_facts" => Some(FactKind::ALL.into_iter().map(FactKind::as_str).collect()),
        "level" => Some(Level::ALL.into_iter().map(Level::as_str).collect()),
        "device_class" => Some(CLASSES.to_vec()),
        _ => None,
    }
}

/// A string, or the strings of a set.
fn strings(node: &Value) -> Vec<&str> {
    let items = node.get("Set").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    std::iter::once(node).chain(items).filter_map(|node| node.get("Value").and_then(Value::as_str)).collect()
}
