//! The sentences of the shipped policies.

use cedar_policy::PolicySet;

use crate::SHIPPED_POLICIES;

/// What each shipped policy says to people: code and English text, in no order. An organisation's own policies have ids of
/// their own, so no code here is ever theirs.
#[must_use]
pub fn all() -> Vec<(String, String)> {
    let policies: PolicySet = SHIPPED_POLICIES.parse().unwrap_or_default();
    let mut all = Vec::new();
    for policy in policies.policies() {
        let Some(id) = policy.annotation("id") else { continue };
        let said = |name: &str, code: String| policy.annotation(name).map(|text| (code, text.to_owned()));
        all.extend(said("reason", format!("guardrail.{id}")));
        all.extend(said("instead", format!("guardrail.{id}.instead")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GuardrailSet;

    #[test]
    fn every_shipped_policy_says_why_under_its_own_id() {
        let all = all();
        let said = |code: &str| all.iter().find(|(known, _)| known == code).map(|(_, text)| text.as_str());
        assert_eq!(said("guardrail.oversight"), Some("Would switch off or bypass this oversight"));
        assert_eq!(said("guardrail.shared-device.instead"), Some("Approve on another device"));
        let ids = SHIPPED_POLICIES.matches("@id(").count();
        assert_eq!(all.iter().filter(|(code, _)| !code.ends_with(".instead")).count(), ids);
    }

    #[test]
    fn no_organisation_takes_the_id_of_a_shipped_policy() {
        let own = "@id(\"oversight\") @reason(\"Ours\") forbid(principal, action, resource);";
        assert!(GuardrailSet::with(own).is_err());
    }
}
