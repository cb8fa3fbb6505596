//! A set of guardrails: the shipped policies and an organisation's, validated, and cut into one small set for each
//! question, so that a question looks only at policies that can match it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use cedar_policy::{Context, Entities, EntityUid, Policy, PolicyId, Request, RestrictedExpression};
use navi_domain::guardrail::{Answer, Determining};
use navi_domain::people::{Right, Role};
use sha2::{Digest, Sha256};

use crate::check::checked;
use crate::parts::{Found, Mentions, Parts, admits};
use crate::problem::GuardrailError;
use crate::types::Types;
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

/// One question: its action, and the policies that can match it.
struct Asked {
    action: EntityUid,
    policies: Parts,
}

/// See the module.
pub struct GuardrailSet {
    asked: BTreeMap<Question, Asked>,
    /// What `run` and `run_unattended` share and answer alike; in neither's own policies.
    of_both: Parts,
    determining: BTreeMap<PolicyId, Determining>,
    /// The policies' texts by the ids that answers name.
    texts: BTreeMap<String, String>,
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
        let types = Types::of_schema()?;
        let (run, unattended) = (types.action(Question::Run), types.action(Question::RunUnattended));
        let mut asked = BTreeMap::new();
        for question in Question::all() {
            asked.insert(question, Asked { action: types.action(question), policies: Parts::default() });
        }
        let mut of_both = Parts::default();
        let mut programs = false;
        for policy in policies.values() {
            let mentions = Mentions::of(policy);
            programs |= mentions.programs;
            let shared = admits(policy, &run) && admits(policy, &unattended) && !mentions.action;
            if shared {
                of_both.add(policy)?;
            }
            for Asked { action, policies } in asked.values_mut() {
                if admits(policy, action) && !(shared && (*action == run || *action == unattended)) {
                    policies.add(policy)?;
                }
            }
        }
        let hash = Sha256::new()
            .chain_update(SCHEMA)
            .chain_update([0])
            .chain_update(SHIPPED_POLICIES)
            .chain_update([0])
            .chain_update(text)
            .finalize();
        let count = policies.len();
        let texts = policies.iter().map(|(name, policy)| (name.clone(), policy.to_string())).collect();
        let determining = policies.into_iter().map(|(name, policy)| told(&name, &policy)).collect();
        Ok(Self { asked, of_both, determining, texts, types, hash: hex::encode(hash), count, programs })
    }

    /// SHA-256 (hex) of schema and policies.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The text of one policy, by the id that answers name.
    #[must_use]
    pub fn text_of(&self, id: &str) -> Option<&str> {
        self.texts.get(id).map(String::as_str)
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

    /// Answers one question, `run` and `run_unattended` excepted.
    pub(crate) fn answer(
        &self,
        question: Question,
        person: &Person<'_>,
        resource: EntityUid,
        context: Vec<(String, RestrictedExpression)>,
    ) -> Answer {
        let asked = self.about(person, context).and_then(|about| self.find(question, &resource, &about));
        asked.map_or_else(denied, |found| self.answered(found))
    }

    /// Answers `run` and `run_unattended`.
    pub(crate) fn answer_both(
        &self,
        person: &Person<'_>,
        resource: &EntityUid,
        context: Vec<(String, RestrictedExpression)>,
    ) -> (Answer, Answer) {
        let found = self.about(person, context).and_then(|about| {
            let mut run = self.find(Question::Run, resource, &about)?;
            let mut unattended = self.find(Question::RunUnattended, resource, &about)?;
            let mut shared = Found::default();
            self.of_both.find(
                &about.request(&self.asked(Question::Run)?.action, resource)?,
                &about.entities,
                &mut shared,
            );
            run.add(shared.clone());
            unattended.add(shared);
            Ok((run, unattended))
        });
        match found {
            Ok((run, unattended)) => (self.answered(run), self.answered(unattended)),
            Err(error) => (denied(error.clone()), denied(error)),
        }
    }

    fn about(
        &self,
        person: &Person<'_>,
        context: Vec<(String, RestrictedExpression)>,
    ) -> Result<About, String> {
        Ok(About {
            principal: self.types.person(person.id),
            context: Context::from_pairs(context).map_err(|e| e.to_string())?,
            entities: person.entities(&self.types)?,
        })
    }

    fn asked(&self, question: Question) -> Result<&Asked, String> {
        self.asked.get(&question).ok_or_else(|| "there is no such question".to_owned())
    }

    fn find(&self, question: Question, resource: &EntityUid, about: &About) -> Result<Found, String> {
        let asked = self.asked(question)?;
        let mut found = Found::default();
        asked.policies.find(&about.request(&asked.action, resource)?, &about.entities, &mut found);
        Ok(found)
    }

    /// `forbid` wins, and an error is a denial.
    fn answered(&self, found: Found) -> Answer {
        let Found { forbids, permits, mut errors } = found;
        let allowed = forbids.is_empty() && !permits.is_empty() && errors.is_empty();
        let ids = if forbids.is_empty() { permits } else { forbids };
        let mut determining: Vec<Determining> =
            ids.iter().filter_map(|id| self.determining.get(id)).cloned().collect();
        determining.sort_by(|a, b| a.id.cmp(&b.id));
        errors.sort();
        Answer { allowed, determining, errors }
    }
}

/// Everything of a question but its action and resource.
struct About {
    principal: EntityUid,
    context: Context,
    entities: Entities,
}

impl About {
    // The context is built here from typed values; checking it against the schema again would double the cost.
    fn request(&self, action: &EntityUid, resource: &EntityUid) -> Result<Request, String> {
        let (principal, context) = (self.principal.clone(), self.context.clone());
        Request::new(principal, action.clone(), resource.clone(), context, None).map_err(|e| e.to_string())
    }
}

fn denied(error: String) -> Answer {
    Answer { allowed: false, determining: Vec::new(), errors: vec![error] }
}

fn told(name: &str, policy: &Policy) -> (PolicyId, Determining) {
    let annotations = policy
        .annotations()
        .filter(|(key, _)| *key != "id")
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    (policy.id().clone(), Determining { id: name.to_owned(), annotations })
}
