//! A set of guardrails: the shipped policies and an organisation's, validated, and cut into one small set for each
//! question, so that a question looks only at policies that can match it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request,
};
use navi_domain::guardrail::{Answer, Determining};
use navi_domain::people::{Right, Role};
use sha2::{Digest, Sha256};

use crate::check::checked;
use crate::problem::GuardrailError;
use crate::{Person, SCHEMA, SHIPPED_POLICIES};

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// May an action run at all?
    Run,
    /// May it run without a person?
    RunUnattended,
    /// May a person approve a request of somebody else?
    Approve,
    /// May a person approve their own request?
    ApproveOwn,
    /// May a credential do this?
    May(Right),
}

impl Question {
    /// Every question.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let rights = Right::ALL.into_iter().map(Self::May);
        [Self::Run, Self::RunUnattended, Self::Approve, Self::ApproveOwn].into_iter().chain(rights).collect()
    }

    /// Id of the Cedar action.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::RunUnattended => "run_unattended",
            Self::Approve => "approve",
            Self::ApproveOwn => "approve_own",
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
    programs: bool,
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
        let policies = checked(text)?;
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
        Ok(Self {
            asked,
            determining,
            types: Types::of_schema()?,
            hash: hex::encode(hash),
            count,
            programs: text.contains("programs"),
        })
    }

    /// SHA-256 (hex) of schema and policies.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether some policy may look at the programs that a command starts; finding them costs a parse.
    #[must_use]
    pub fn looks_at_programs(&self) -> bool {
        self.programs
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

    /// Every question against every role, as text for reviewers: what the shipped and the organisation's policies come to
    /// for somebody of that role and of no group. `run` and `run_unattended` are asked about a command without facts,
    /// `approve` and `approve_own` about a request of low risk, each in no repository.
    #[must_use]
    pub fn matrix(&self) -> String {
        let mut text = String::new();
        for question in Question::all() {
            let may = |role: &Role| self.in_general(question, *role).allowed;
            let roles: Vec<&str> = Role::ALL.iter().filter(|r| may(r)).map(|r| r.as_str()).collect();
            let roles = if roles.is_empty() { "nobody".to_owned() } else { roles.join(" ") };
            let _ = writeln!(text, "{}: {roles}", question.action());
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
            set.add(policy.clone()).map_err(|e| GuardrailError::whole(e.to_string()))?;
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
            |name: &str| EntityTypeName::from_str(name).map_err(|e| GuardrailError::whole(e.to_string()));
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
    let kind = EntityTypeName::from_str("Action").map_err(|e| GuardrailError::whole(e.to_string()))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(question.action())))
}
