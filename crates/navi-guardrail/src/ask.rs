//! The questions, with what is known when they are asked.

use std::collections::HashSet;

use cedar_policy::{Entities, Entity, RestrictedExpression};
use navi_domain::fact::{Fact, Severity};
use navi_domain::guardrail::{Answer, Guardrails};
use navi_domain::people::{DeviceClass, Role};
use navi_domain::risk::{Assessment, Level};

use crate::set::{GuardrailSet, Question};
use crate::types::Types;

/// Spellings of the classes of devices.
pub(crate) const CLASSES: [&str; 3] = ["desktop", "terminal", "web"];

/// Who asks or acts: the person a credential speaks for, in the credential's role.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Id of the person.
    pub id: &'a str,
    /// Role of the credential.
    pub role: Role,
    /// Groups of the organisation.
    pub groups: &'a [String],
}

impl Person<'_> {
    pub(crate) fn entities(&self, types: &Types) -> Result<Entities, String> {
        let parents: HashSet<_> = std::iter::once(types.role(self.role))
            .chain(self.groups.iter().map(|name| types.group(name)))
            .collect();
        let person = Entity::new_no_attrs(types.person(self.id), parents);
        Entities::from_entities([person], None).map_err(|e| e.to_string())
    }
}

/// What is known of an action when it is asked whether it may run.
#[derive(Clone, Copy, Debug)]
pub struct RunQuestion<'a> {
    /// The person it is done for.
    pub person: Person<'a>,
    /// The agent, if one asks.
    pub agent: Option<&'a str>,
    /// Repository.
    pub repo: Option<&'a str>,
    /// Normalised action type.
    pub action_type: &'a str,
    /// Whether the product knows the type.
    pub known_type: bool,
    /// Derived facts.
    pub facts: &'a [Fact],
    /// Their risk.
    pub assessment: &'a Assessment,
    /// Tool, for tool calls.
    pub tool: Option<&'a str>,
    /// Branch.
    pub branch: Option<&'a str>,
    /// Environment.
    pub environment: Option<&'a str>,
    /// Programs that its command starts, at any depth.
    pub programs: &'a [String],
    /// Files that it names.
    pub paths: &'a [&'a str],
}

/// What is known when a person wants to approve.
#[derive(Clone, Copy, Debug)]
pub struct ApproveQuestion<'a> {
    /// Who.
    pub person: Person<'a>,
    /// Whose request it is.
    pub requester: &'a str,
    /// Repository.
    pub repo: Option<&'a str>,
    /// Its level.
    pub level: Level,
    /// The rule that asked.
    pub rule: &'a str,
    /// Its action type.
    pub action_type: &'a str,
    /// Its facts.
    pub facts: &'a [Fact],
    /// Whether agents run on the voter's machine.
    pub shared_device: bool,
    /// Class of the voter's device.
    pub device_class: DeviceClass,
}

impl GuardrailSet {
    /// May an action run, and may it run without a person?
    #[must_use]
    pub fn ask_run(&self, question: &RunQuestion<'_>) -> Guardrails {
        let repo = self.types.repo(question.repo);
        let (run, run_unattended) = self.answer_both(&question.person, &repo, question.pairs());
        Guardrails { run, run_unattended, hash: self.hash().to_owned() }
    }

    /// May this person approve this request of somebody else? What no text can change (distinct people, keys, devices)
    /// is checked elsewhere as well.
    #[must_use]
    pub fn may_approve(&self, question: &ApproveQuestion<'_>) -> Answer {
        self.ask_approve(Question::Approve, question)
    }

    /// May this person approve their own request? The shipped policies permit it to nobody, so a denial without a
    /// determining policy says that nothing permits it, and one with a determining policy that something forbids it.
    #[must_use]
    pub fn may_approve_own(&self, question: &ApproveQuestion<'_>) -> Answer {
        self.ask_approve(Question::ApproveOwn, question)
    }

    fn ask_approve(&self, which: Question, question: &ApproveQuestion<'_>) -> Answer {
        let [desktop, terminal, web] = CLASSES;
        let class = match question.device_class {
            DeviceClass::Desktop => desktop,
            DeviceClass::Terminal => terminal,
            DeviceClass::Web => web,
        };
        let requester = RestrictedExpression::new_entity_uid(self.types.person(question.requester));
        let pairs = vec![
            text("level", question.level.as_str()),
            text("rule", question.rule),
            text("action_type", question.action_type),
            set("facts", kinds(question.facts, Severity::Minor)),
            ("requester".to_owned(), requester),
            ("shared_device".to_owned(), RestrictedExpression::new_bool(question.shared_device)),
            text("device_class", class),
        ];
        self.answer(which, &question.person, self.types.repo(question.repo), pairs)
    }

    /// The answer for somebody of this role and of no group, about something harmless in no repository.
    pub(crate) fn in_general(&self, question: Question, role: Role) -> Answer {
        let person = Person { id: "somebody", role, groups: &[] };
        let action_type = "command_run";
        let approve = ApproveQuestion {
            person,
            requester: "somebody else",
            repo: None,
            level: Level::Low,
            rule: "",
            action_type,
            facts: &[],
            shared_device: false,
            device_class: DeviceClass::Desktop,
        };
        let run = || {
            let factors = Vec::new();
            let assessment = Assessment { score: 0, level: Level::Low, factors };
            self.ask_run(&RunQuestion {
                person,
                agent: None,
                repo: None,
                action_type,
                known_type: true,
                facts: &[],
                assessment: &assessment,
                tool: None,
                branch: None,
                environment: None,
                programs: &[],
                paths: &[],
            })
        };
        match question {
            Question::Run => run().run,
            Question::RunUnattended => run().run_unattended,
            Question::Approve => self.may_approve(&approve),
            Question::ApproveOwn => {
                self.may_approve_own(&ApproveQuestion { requester: person.id, ..approve })
            }
            Question::May(right) => self.may(&person, right),
        }
    }
}

impl RunQuestion<'_> {
    pub(crate) fn pairs(&self) -> Vec<(String, RestrictedExpression)> {
        vec![
            text("action_type", self.action_type),
            ("known_type".to_owned(), RestrictedExpression::new_bool(self.known_type)),
            set("facts", kinds(self.facts, Severity::Minor)),
            set("grave_facts", kinds(self.facts, Severity::Grave)),
            ("score".to_owned(), RestrictedExpression::new_long(i64::from(self.assessment.score))),
            text("level", self.assessment.level.as_str()),
            text("agent", self.agent.unwrap_or_default()),
            text("tool", self.tool.unwrap_or_default()),
            text("branch", self.branch.unwrap_or_default()),
            text("environment", self.environment.unwrap_or_default()),
            set("programs", self.programs.iter().map(String::as_str)),
            set("paths", self.paths.iter().copied()),
        ]
    }
}

fn text(name: &str, value: &str) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_string(value.to_owned()))
}

fn set<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> (String, RestrictedExpression) {
    let values = values.into_iter().map(|value| RestrictedExpression::new_string(value.to_owned()));
    (name.to_owned(), RestrictedExpression::new_set(values))
}

/// Kinds of the facts of at least this severity.
fn kinds(facts: &[Fact], least: Severity) -> impl Iterator<Item = &'static str> {
    facts
        .iter()
        .filter(move |f| f.severity >= least)
        .map(|f| f.kind.as_str())
        .collect::<HashSet<_>>()
        .into_iter()
}
