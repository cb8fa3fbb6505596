//! What an organisation's texts and settings come to: compiled guardrails and patterns, kept by the versions of their
//! rows. Derived, so a restart loses nothing, and read anew with each decision, so a second instance lags nowhere.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use navi_domain::approval::Approval;
use navi_domain::bypass::Standing;
use navi_domain::decision::DecisionRecord;
use navi_domain::freeze::Freezes;
use navi_domain::guardrail::{Answer, Guardrails};
use navi_domain::people::{Device, DeviceClass, Right, Role, User};
use navi_domain::settings::{OrgSettings, OrgTextKind};
use navi_facts::catalogue::Catalogue;
use navi_guardrail::{ApproveQuestion, GuardrailSet, Person, RunQuestion};
use navi_store::{Expected, Key, OrgVersions, Store, StoreError};

use crate::App;
use crate::usecase::decide::GroundsBook;

/// Everything of the organisation that a decision rests on.
#[derive(Debug)]
pub struct Rules {
    /// The rows' versions.
    pub versions: OrgVersions,
    /// Settings.
    pub settings: Arc<OrgSettings>,
    /// Guardrails.
    pub guardrails: Arc<GuardrailSet>,
    /// Patterns.
    pub catalogue: Arc<Catalogue>,
    /// Pauses in force.
    pub freezes: Arc<Freezes>,
    /// Bypasses that are asked for, in force or not reviewed.
    pub bypasses: Arc<Standing>,
    /// Why a saved text is not in force, if one is not: the last good one is, and nothing runs without a person.
    pub broken: Option<String>,
    /// Answers about rights, which rest on nothing that changes while these rules are in force.
    rights: RwLock<HashMap<(String, Role, Right), bool>>,
}

/// Answers about rights that are kept at most.
const MANY: usize = 10_000;

impl Rules {
    /// The rows that were read, with the versions they had.
    #[must_use]
    pub fn read(&self) -> [(Key, Expected); 4] {
        let expected = |version| if version == 0 { Expected::Absent } else { Expected::Version(version) };
        [
            (Key::OrgSettings, expected(self.versions.settings)),
            (Key::OrgText(OrgTextKind::Guardrails), expected(self.versions.guardrails)),
            (Key::OrgText(OrgTextKind::Catalogue), expected(self.versions.catalogue)),
            (Key::Freezes, expected(self.versions.freezes)),
        ]
    }

    /// The row of the pauses, with the version it had.
    #[must_use]
    pub fn freezes_read(&self) -> (Key, Expected) {
        let [.., freezes] = self.read();
        freezes
    }

    /// Whether a person in a role has a right.
    #[must_use]
    pub fn may(&self, user: &str, role: Role, right: Right) -> bool {
        let key = (user.to_owned(), role, right);
        if let Some(known) = self.rights.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return *known;
        }
        let groups = self.settings.groups_of(user);
        let allowed = self.guardrails.may(&Person { id: user, role, groups: &groups }, right).allowed;
        let mut rights = self.rights.write().unwrap_or_else(PoisonError::into_inner);
        if rights.len() >= MANY {
            rights.clear();
        }
        rights.insert(key, allowed);
        allowed
    }

    /// Whether the guardrails let a person approve a request; without a device, whether they would on one of their own.
    #[must_use]
    pub fn lets_approve(
        &self,
        person: &User,
        approval: &Approval,
        record: &DecisionRecord,
        device: Option<&Device>,
    ) -> bool {
        // The shipped policies say nothing about single requests that the right to vote does not say as well.
        let shipped_only = self.versions.guardrails == 0 && self.broken.is_none();
        if shipped_only && device.is_none() {
            return true;
        }
        let answer = self.ask_approve(person, approval, record, device);
        // Nothing need permit an own request here: the organisation's list does, and the vote is held against it.
        let nothing_said = answer.determining.is_empty() && answer.errors.is_empty();
        answer.allowed || person.id == approval.requester && nothing_said
    }

    /// What the guardrails answer when a person wants to approve a request.
    #[must_use]
    pub fn ask_approve(
        &self,
        person: &User,
        approval: &Approval,
        record: &DecisionRecord,
        device: Option<&Device>,
    ) -> Answer {
        let question = ApproveQuestion {
            person: Person {
                id: &person.id,
                role: person.role,
                groups: &self.settings.groups_of(&person.id),
            },
            requester: &approval.requester,
            repo: record.action.repo.as_deref(),
            level: approval.level,
            rule: &record.decision.rule,
            action_type: record.action.action_type.as_str(),
            facts: &record.facts,
            shared_device: device.is_some_and(|d| d.shared),
            device_class: device.map_or(DeviceClass::Desktop, |d| d.class),
        };
        if person.id == approval.requester {
            self.guardrails.may_approve_own(&question)
        } else {
            self.guardrails.may_approve(&question)
        }
    }

    /// May an action run, and may it run without a person? With a broken text nothing does.
    #[must_use]
    pub fn ask_run(&self, question: &RunQuestion<'_>) -> Guardrails {
        let answer = self.guardrails.ask_run(question);
        match &self.broken {
            None => answer,
            Some(why) => {
                let errors = vec![why.clone()];
                let denied = Answer { allowed: false, determining: Vec::new(), errors };
                Guardrails { run_unattended: denied, ..answer }
            }
        }
    }
}

/// Keeps the newest [`Rules`].
#[derive(Debug, Default)]
pub struct RuleBook {
    kept: RwLock<Option<Arc<Rules>>>,
    /// What decisions rested on last, by person and repository.
    pub grounds: GroundsBook,
}

impl RuleBook {
    /// The rules in force, compiled again only when a row changed.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn newest(&self, store: &dyn Store) -> Result<Arc<Rules>, StoreError> {
        let versions = store.org_versions().await?;
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.versions == versions) {
            return Ok(Arc::clone(kept));
        }
        let fresh = Arc::new(compile(store, kept.as_deref()).await?);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
        Ok(fresh)
    }
}

/// Reads and compiles. A text that no longer compiles (it was valid when it was saved, so this build must differ) leaves
/// the last good one in force, else the shipped one.
async fn compile(store: &dyn Store, last_good: Option<&Rules>) -> Result<Rules, StoreError> {
    let settings = store.org_settings().await?.unwrap_or_default();
    let guardrails = store.org_text(OrgTextKind::Guardrails).await?;
    let patterns = store.org_text(OrgTextKind::Catalogue).await?;
    let freezes = store.freezes().await?.unwrap_or_default();
    let bypasses = store.bypasses().await?.unwrap_or_default();
    let versions = OrgVersions {
        settings: settings.version,
        guardrails: guardrails.as_ref().map_or(0, |t| t.version),
        catalogue: patterns.as_ref().map_or(0, |t| t.version),
        freezes: freezes.version,
        bypasses: bypasses.version,
    };
    let mut broken = Vec::new();
    let set = match GuardrailSet::with(guardrails.as_ref().map_or("", |t| t.text.as_str())) {
        Ok(set) => Arc::new(set),
        Err(error) => {
            tracing::error!(%error, "the organisation's guardrails do not compile; the last good ones are in force");
            broken.push(format!("the organisation's guardrails do not compile: {error}"));
            match last_good {
                Some(rules) => Arc::clone(&rules.guardrails),
                None => GuardrailSet::shipped().map_err(|e| StoreError::Malformed(e.to_string()))?,
            }
        }
    };
    let catalogue = match patterns.as_ref().map(|t| Catalogue::with_extension(&t.text)) {
        None => Arc::clone(Catalogue::shipped()),
        Some(Ok(catalogue)) => Arc::new(catalogue),
        Some(Err(error)) => {
            tracing::error!(%error, "the organisation's patterns do not compile; the last good ones are in force");
            broken.push(format!("the organisation's patterns do not compile: {error}"));
            last_good.map_or_else(|| Arc::clone(Catalogue::shipped()), |rules| Arc::clone(&rules.catalogue))
        }
    };
    let broken = (!broken.is_empty()).then(|| broken.join("; "));
    Ok(Rules {
        versions,
        settings: Arc::new(settings),
        guardrails: set,
        catalogue,
        freezes: Arc::new(freezes),
        bypasses: Arc::new(bypasses),
        broken,
        rights: RwLock::default(),
    })
}

/// A person, if the guardrails let them vote.
///
/// # Errors
/// The store's refusal.
pub async fn voter(app: &App, person: &str) -> Result<Option<User>, StoreError> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    Ok(app.store.user(person).await?.filter(|u| rules.may(&u.id, u.role, Right::Vote)))
}
