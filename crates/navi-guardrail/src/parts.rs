//! Policies cut by what their scope can match, so that a question evaluates no policy that cannot matter, and two questions
//! about one action evaluate what both share only once.
//!
//! Exact: a policy whose scope does not match is never satisfied, so leaving it out changes nothing; and satisfied policies
//! decide together whatever order and grouping they were found in (one `forbid` denies, else one `permit` allows).

use std::collections::HashMap;

use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Entities, EntityUid, Policy, PolicyId, PolicySet, Request,
    ResourceConstraint,
};
use serde_json::Value;

use crate::problem::GuardrailError;

/// Satisfied policies and errors of one question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub forbids: Vec<PolicyId>,
    pub permits: Vec<PolicyId>,
    pub errors: Vec<String>,
}

impl Found {
    pub fn add(&mut self, other: Self) {
        self.forbids.extend(other.forbids);
        self.permits.extend(other.permits);
        self.errors.extend(other.errors);
    }
}

/// Policies for any resource, and those that name one.
#[derive(Default)]
pub(crate) struct Parts {
    general: PolicySet,
    of_resource: HashMap<EntityUid, PolicySet>,
}

impl Parts {
    pub fn add(&mut self, policy: &Policy) -> Result<(), GuardrailError> {
        // Nothing is the parent of a resource, so `in` holds for the resource itself alone, as `==` does.
        let set = match policy.resource_constraint() {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => &mut self.general,
            ResourceConstraint::Eq(named)
            | ResourceConstraint::In(named)
            | ResourceConstraint::IsIn(_, named) => self.of_resource.entry(named).or_default(),
        };
        set.add(policy.clone()).map_err(|e| GuardrailError::whole(e.to_string()))
    }

    /// Adds what is satisfied for this request.
    pub fn find(&self, request: &Request, entities: &Entities, found: &mut Found) {
        let of_resource = request.resource().and_then(|resource| self.of_resource.get(resource));
        for set in std::iter::once(&self.general).chain(of_resource).filter(|set| !set.is_empty()) {
            let response = Authorizer::new().is_authorized(request, set, entities);
            let reasons = response.diagnostics().reason().cloned();
            match response.decision() {
                Decision::Allow => found.permits.extend(reasons),
                Decision::Deny => found.forbids.extend(reasons),
            }
            found.errors.extend(response.diagnostics().errors().map(ToString::to_string));
        }
    }
}

/// Whether the policy's scope admits the action.
pub(crate) fn admits(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => named == *action,
        ActionConstraint::In(named) => named.contains(action),
    }
}

/// What the conditions of policies speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Which question is asked.
    pub action: bool,
    /// The programs that a command starts.
    pub programs: bool,
}

impl Mentions {
    /// Everything, for a policy that cannot be looked into.
    const ALL: Self = Self { action: true, programs: true };

    pub fn of(policy: &Policy) -> Self {
        let mut mentions = Self::default();
        match policy.to_json() {
            Ok(tree) => tree.get("conditions").into_iter().for_each(|conditions| mentions.visit(conditions)),
            Err(_) => mentions = Self::ALL,
        }
        mentions
    }

    fn visit(&mut self, node: &Value) {
        match node {
            Value::Object(fields) => {
                self.action |= fields.get("Var").and_then(Value::as_str) == Some("action");
                self.programs |= fields.get("attr").and_then(Value::as_str) == Some("programs");
                fields.values().for_each(|child| self.visit(child));
            }
            Value::Array(items) => items.iter().for_each(|child| self.visit(child)),
            _ => {}
        }
    }
}
