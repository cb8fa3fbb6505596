//! The rules that could be made from a request: exact, the same program, the same folder. Or why not.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_domain::allow::{AllowRule, Likeness, Seen, answerable};
use navi_domain::approval::ApprovalStatus;
use navi_domain::fact::{FactKind, Severity};
use navi_domain::grant::may_repeat_alike;
use navi_domain::plan::PLAN_TYPE;
use navi_facts::alike;
use navi_store::ApprovalRow;

use super::seen;
use crate::App;
use crate::view::title::title;

/// Kinds of actions that are decided one by one: what they are about is not in their words.
const SINGLE: [&str; 2] = [PLAN_TYPE, "rollback"];
/// Characters of a command that are shown.
const LONGEST: usize = 200;

/// How a rule is like the request it is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Like {
    /// The very same action.
    Action,
    /// The same program and what it is told to do.
    Program,
    /// The same kind of action below the same folder.
    Path,
}

impl Like {
    /// From exact to broad.
    pub const ALL: [Self; 3] = [Self::Action, Self::Program, Self::Path];

    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Action => "same_action",
            Self::Program => "same_program",
            Self::Path => "same_path",
        }
    }
}

/// Why no rule at all can be made from a request.
#[must_use]
pub fn unavailable(row: &ApprovalRow) -> Option<&'static str> {
    let record = &row.decision;
    // The level that was shown counts, and the one that was derived.
    let level = record.assessment.level.max(row.approval.level).max(record.derived_level());
    if record.erased_at.is_some() {
        Some("erased")
    } else if row.approval.status == ApprovalStatus::Rejected {
        Some("rejected")
    } else if level > navi_domain::allow::HIGHEST {
        Some("level")
    } else if !answerable(&record.decision.rule, level) || record.flooding {
        Some("rule")
    } else if SINGLE.contains(&record.action.action_type.as_str()) {
        Some("kind")
    } else if row.approval.quorum > 1 {
        Some("quorum")
    } else if !may_repeat_alike(&record.facts) {
        Some("facts")
    } else {
        None
    }
}

/// What must be like, made from a request; or why it cannot be made.
///
/// # Errors
/// The codes of [`AllowDraft::unavailable`](navi_protocol::allow::AllowDraft).
pub fn likeness(app: &App, row: &ApprovalRow, like: Like) -> Result<Likeness, &'static str> {
    let action = &row.decision.action;
    let Seen { fingerprint, words, .. } = seen(app, action).ok_or("erased")?;
    match like {
        Like::Action => {
            let shown = match &action.command {
                Some(command) if command.chars().count() <= LONGEST => command.clone(),
                _ => title(action),
            };
            Ok(Likeness::SameAction { fingerprint, shown })
        }
        Like::Program => {
            action.command.as_ref().ok_or("no_command")?;
            action.repo.as_ref().ok_or("no_repo")?;
            let words = words.ok_or("not_plain")?;
            Ok(Likeness::SameProgram { words: alike::told(&words).ok_or("no_told")? })
        }
        Like::Path => {
            if action.command.is_some() {
                return Err("has_command");
            }
            action.repo.as_ref().ok_or("no_repo")?;
            if action.files.is_empty() {
                return Err("no_files");
            }
            Ok(Likeness::SamePath { folder: alike::folder(action).ok_or("no_folder")? })
        }
    }
}

/// The rule, for as long as `lasts` says (from, to).
#[must_use]
pub fn rule(row: &ApprovalRow, likeness: Likeness, by: &str, lasts: (UtcMicros, UtcMicros)) -> AllowRule {
    let record = &row.decision;
    let mut facts: BTreeMap<FactKind, Severity> = BTreeMap::new();
    for fact in &record.facts {
        let gravest = facts.entry(fact.kind).or_insert(fact.severity);
        *gravest = (*gravest).max(fact.severity);
    }
    AllowRule {
        id: String::new(),
        user: record.action.on_behalf_of.clone(),
        agent: record.action.agent.clone(),
        action_type: record.action.action_type.clone(),
        repo: record.action.repo.clone(),
        environment: record.action.environment.clone(),
        likeness,
        facts,
        rule: record.decision.rule.clone(),
        level: record.assessment.level,
        approval_id: row.approval.id.clone(),
        proposed_by: by.to_owned(),
        created_at: lasts.0,
        expires_at: lasts.1,
    }
}
