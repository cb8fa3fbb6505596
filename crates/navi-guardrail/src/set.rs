//! A set of guardrails: the shipped policies and an organisation's, validated, and cut into one small set for each
//! question, so that a question looks only at policies that can match it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request, Schema, ValidationMode, Validator,
};
use navi_domain::guardrail::{Answer, Determining};
use navi_domain::people::{Right, Role};
use sha2::{Digest, Sha256};

use crate::problem::{GuardrailError, GuardrailProblem, invalid};
use crate::{Person, SCHEMA, SHIPPED_POLICIES};

/// Longest text of an organisation's guardrails, in bytes.
const MAX_TEXT: usize = 256 * 1024;
/// Most policies of an organisation.
const MAX_POLICIES: usize = 1000;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// May an action run at all?
    Run,
    /// May it run without a person?
    RunUnattended,
    /// May a person approve a request?
    Approve,
    /// May a credential do this?
    May(Right),
}

impl Question {
    /// Every question.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let rights = Right::ALL.into_iter().map(Self::May);
        [Self::Run, Self::RunUnattended, Self::Approve].into_iter().chain(rights).collect()
    }

    /// Id of the Cedar action.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::RunUnattended => "run_unattended",
            Self::Approve => "approve",
            Self::May(right) => right.as_str(),
        }
    }
}

/// The policies that can match one question.
pub(crate) struct Asked {
    pub action: EntityUid,
    pub policies: PolicySet,
}

/// See the module.
pub struct GuardrailSet {
    asked: BTreeMap<Question, Asked>,
    determining: BTreeMap<PolicyId, Determining>,
    pub(crate) types: Types,
    hash: String,
    count: usize,
}

impl std::fmt::Debug for GuardrailSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardrailSet").field("policies", &self.count).field("hash", &self.hash).finish()
    }
}

impl GuardrailSet {
    /// The shipped policies alone.
    ///
    /// # Errors
    /// None in a build whose tests pass: the shipped texts are checked there.
    pub fn shipped() -> Result<Arc<Self>, GuardrailError> {
        static SHIPPED: OnceLock<Result<Arc<GuardrailSet>, GuardrailError>> = OnceLock::new();
        SHIPPED.get_or_init(|| Self::with("").map(Arc::new)).clone()
    }

    /// The shipped policies and an organisation's text.
    ///
    /// # Errors
    /// [`GuardrailError`] names every problem with line and reason; nothing of the text is in force then.
    pub fn with(text: &str) -> Result<Self, GuardrailError> {
        if text.len() > MAX_TEXT {
            return Err(GuardrailError::one(format!("the text is longer than {MAX_TEXT} bytes")));
        }
        let (schema, _) =
            Schema::from_cedarschema_str(SCHEMA).map_err(|e| GuardrailError::one(e.to_string()))?;
        let shipped = checked(SHIPPED_POLICIES, &schema, "shipped")?;
        let own = checked(text, &schema, "org")?;
        if own.len() > MAX_POLICIES {
            return Err(GuardrailError::one(format!("there are more than {MAX_POLICIES} policies")));
        }
        let mut policies = BTreeMap::new();
        for (name, policy) in shipped.into_iter().chain(own) {
            if policies.contains_key(&name) {
                return Err(GuardrailError::one(format!("two policies have the @id {name:?}")));
            }
            policies.insert(name, policy);
        }
        let mut asked = BTreeMap::new();
        for question in Question::all() {
            asked.insert(question, narrowed(question, &policies)?);
        }
        let hash = Sha256::new()
            .chain_update(SCHEMA)
            .chain_update([0])
            .chain_update(SHIPPED_POLICIES)
            .chain_update([0])
            .chain_update(text)
            .finalize();
        let count = policies.len();
        let determining = policies.into_iter().map(|(name, policy)| told(&name, &policy)).collect();
        Ok(Self { asked, determining, types: Types::of_schema()?, hash: hex::encode(hash), count })
    }

    /// SHA-256 (hex) of schema and policies.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many policies there are, the shipped ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Never true: some policies are shipped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a credential may do something, whatever it is done to.
    #[must_use]
    pub fn may(&self, person: &Person<'_>, right: Right) -> Answer {
        self.answer(Question::May(right), person, self.types.organisation(), Vec::new())
    }

    /// Every role against every right and `approve`, as text for reviewers: what the shipped and the organisation's
    /// policies come to for somebody of that role and of no group.
    #[must_use]
    pub fn matrix(&self) -> String {
        let mut text = String::new();
        for right in Right::ALL {
            let may =
                |role: &Role| self.may(&Person { id: "somebody", role: *role, groups: &[] }, right).allowed;
            let roles: Vec<&str> = Role::ALL.iter().filter(|r| may(r)).map(|r| r.as_str()).collect();
            let _ = writeln!(text, "{}: {}", right.as_str(), roles.join(" "));
        }
        text
    }

    pub(crate) fn answer(
        &self,
        question: Question,
        person: &Person<'_>,
        resource: EntityUid,
        context: Vec<(String, cedar_policy::RestrictedExpression)>,
    ) -> Answer {
        let asked = cedar_policy::Context::from_pairs(context)
            .map_err(|e| e.to_string())
            .and_then(|context| Ok((context, person.entities(&self.types)?)));
        match asked {
            Ok((context, entities)) => {
                self.decide(question, self.types.person(person.id), resource, context, &entities)
            }
            Err(error) => denied(error),
        }
    }

    pub(crate) fn decide(
        &self,
        question: Question,
        principal: EntityUid,
        resource: EntityUid,
        context: cedar_policy::Context,
        entities: &Entities,
    ) -> Answer {
        let Some(asked) = self.asked.get(&question) else {
            return denied("there is no such question".into());
        };
        // The context is built here from typed values; checking it against the schema again would double the cost.
        let request = match Request::new(principal, asked.action.clone(), resource, context, None) {
            Ok(request) => request,
            Err(error) => return denied(error.to_string()),
        };
        let response = Authorizer::new().is_authorized(&request, &asked.policies, entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        let mut determining: Vec<Determining> =
            response.diagnostics().reason().filter_map(|id| self.determining.get(id)).cloned().collect();
        determining.sort_by(|a, b| a.id.cmp(&b.id));
        Answer { allowed: response.decision() == Decision::Allow && errors.is_empty(), determining, errors }
    }
}

fn denied(error: String) -> Answer {
    Answer { allowed: false, determining: Vec::new(), errors: vec![error] }
}

/// Parses and validates a text; gives its policies by name: the `@id`, else `PREFIX-policyN`.
fn checked(text: &str, schema: &Schema, prefix: &str) -> Result<Vec<(String, Policy)>, GuardrailError> {
    let set = PolicySet::from_str(text).map_err(|errors| GuardrailError::parse(text, &errors))?;
    if set.num_of_templates() > 0 {
        return Err(GuardrailError::one("templates (`?principal`, `?resource`) are not used here"));
    }
    let name = |policy: &Policy| match policy.annotation("id") {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("{prefix}-{}", policy.id()),
    };
    let validated = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    let problems: Vec<GuardrailProblem> = validated
        .validation_errors()
        .map(|e| {
            let policy = set.policy(e.policy_id()).map_or_else(|| e.policy_id().to_string(), name);
            invalid(text, e, policy)
        })
        .collect();
    if !problems.is_empty() {
        return Err(GuardrailError::new(problems));
    }
    let mut policies: Vec<(String, Policy)> = Vec::new();
    for policy in set.policies() {
        let name = name(policy);
        if policies.iter().any(|(known, _)| *known == name) {
            return Err(GuardrailError::one(format!("two policies have the @id {name:?}")));
        }
        policies.push((name.clone(), policy.new_id(PolicyId::new(name))));
    }
    Ok(policies)
}

/// The policies whose action can be this question's. Leaving out the others changes no answer: a policy whose scope does
/// not match is never satisfied.
fn narrowed(question: Question, policies: &BTreeMap<String, Policy>) -> Result<Asked, GuardrailError> {
    let action = action_uid(question)?;
    let mut set = PolicySet::new();
    for policy in policies.values() {
        let matches = match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(named) => named == action,
            ActionConstraint::In(named) => named.contains(&action),
        };
        if matches {
            set.add(policy.clone()).map_err(|e| GuardrailError::one(e.to_string()))?;
        }
    }
    Ok(Asked { action, policies: set })
}

fn told(name: &str, policy: &Policy) -> (PolicyId, Determining) {
    let annotations = policy
        .annotations()
        .filter(|(key, _)| *key != "id")
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    (policy.id().clone(), Determining { id: name.to_owned(), annotations })
}

/// The entity types of the schema.
pub(crate) struct Types {
    person: EntityTypeName,
    role: EntityTypeName,
    group: EntityTypeName,
    repo: EntityTypeName,
    organisation: EntityTypeName,
}

impl Types {
    fn of_schema() -> Result<Self, GuardrailError> {
        let named =
            |name: &str| EntityTypeName::from_str(name).map_err(|e| GuardrailError::one(e.to_string()));
        Ok(Self {
            person: named("Person")?,
            role: named("Role")?,
            group: named("Group")?,
            repo: named("Repo")?,
            organisation: named("Organisation")?,
        })
    }

    pub fn person(&self, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.person.clone(), EntityId::new(id))
    }

    pub fn role(&self, role: Role) -> EntityUid {
        EntityUid::from_type_name_and_id(self.role.clone(), EntityId::new(role.as_str()))
    }

    pub fn group(&self, name: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.group.clone(), EntityId::new(name))
    }

    /// `Repo::""` where an action names none.
    pub fn repo(&self, name: Option<&str>) -> EntityUid {
        EntityUid::from_type_name_and_id(self.repo.clone(), EntityId::new(name.unwrap_or_default()))
    }

    pub fn organisation(&self) -> EntityUid {
        EntityUid::from_type_name_and_id(self.organisation.clone(), EntityId::new("self"))
    }
}

fn action_uid(question: Question) -> Result<EntityUid, GuardrailError> {
    let kind = EntityTypeName::from_str("Action").map_err(|e| GuardrailError::one(e.to_string()))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(question.action())))
}
