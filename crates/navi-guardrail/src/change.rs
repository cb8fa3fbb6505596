//! From one text to the next: in which way it is looser.

use std::collections::BTreeMap;

use cedar_policy::{Effect, Policy};
use serde_json::Value;

use crate::check::checked;
use crate::problem::GuardrailError;

/// In which way the organisation's text `new` is looser than `old`, for people; empty: it forbids at least what the old
/// one forbids, and permits nothing that the old one does not. It errs to the strict side: a `forbid` that was written
/// in another way counts as gone.
///
/// # Errors
/// [`GuardrailError`] for a new text with problems. An old one that can no longer be read guards nothing now, so that
/// only what the new one permits counts.
pub fn loosens(old: &str, new: &str) -> Result<Vec<String>, GuardrailError> {
    let new = checked(new)?;
    let old = checked(old).or_else(|_| checked(""))?;
    let (before, after) = (bodies(&old), bodies(&new));
    let gone = old.iter().filter(|(name, policy)| {
        policy.effect() == Effect::Forbid && !contains(&after, before.get(name.as_str()))
    });
    let more = new.iter().filter(|(name, policy)| {
        policy.effect() == Effect::Permit && !contains(&before, after.get(name.as_str()))
    });
    let gone = gone.map(|(name, _)| format!("{name} no longer forbids what it did"));
    Ok(gone.chain(more.map(|(name, _)| format!("{name} permits more"))).collect())
}

/// What each policy says, without its name and annotations.
fn bodies(policies: &BTreeMap<String, Policy>) -> BTreeMap<&str, Value> {
    let body = |policy: &Policy| {
        let mut tree = policy.to_json().unwrap_or_default();
        if let Some(fields) = tree.as_object_mut() {
            fields.remove("annotations");
        }
        tree
    };
    policies.iter().map(|(name, policy)| (name.as_str(), body(policy))).collect()
}

fn contains(bodies: &BTreeMap<&str, Value>, body: Option<&Value>) -> bool {
    body.is_some_and(|body| !body.is_null() && bodies.values().any(|other| other == body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORBID: &str = "@id(\"a\") @reason(\"r\") forbid(principal, action == Action::\"run\", resource) when { context.facts.contains(\"production\") };";

    #[test]
    fn a_forbid_that_goes_or_shrinks_and_a_permit_that_comes_are_looser() {
        assert_eq!(loosens("", FORBID).unwrap(), Vec::<String>::new());
        assert_eq!(loosens(FORBID, FORBID).unwrap(), Vec::<String>::new());
        assert_eq!(loosens(FORBID, "").unwrap(), ["a no longer forbids what it did"]);
        let renamed = FORBID.replace("\"a\"", "\"b\"").replace("\"r\"", "\"another reason\"");
        assert_eq!(
            loosens(FORBID, &renamed).unwrap(),
            Vec::<String>::new(),
            "names and reasons decide nothing"
        );
        let narrower = FORBID.replace("};", "&& context.facts.contains(\"touches_auth\") };");
        assert_eq!(loosens(FORBID, &narrower).unwrap(), ["a no longer forbids what it did"]);
        let permit = "@id(\"p\") permit(principal, action == Action::\"approve_own\", resource);";
        assert_eq!(loosens("", permit).unwrap(), ["p permits more"]);
        assert_eq!(loosens(permit, "").unwrap(), Vec::<String>::new());
        assert!(loosens("", "permit(").is_err());
        assert_eq!(loosens("permit(", permit).unwrap(), ["p permits more"]);
    }
}
