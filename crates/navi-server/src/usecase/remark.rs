//! People comment on a request and ask the agent; the agent, or the person it acts for, answers. The ledger keeps it,
//! nothing else does.

use navi_domain::approval::Approval;
use navi_domain::event::EventKind;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};

use super::claim::{links, person};
use super::{TRIES, commit, event, expire, lost_races};
use crate::auth::Caller;
use crate::view::discussion::{self, Written};
use crate::{App, Refusal};

/// Longest text, in characters.
const LONGEST: usize = 4000;

/// What is written.
#[derive(Clone, Copy, Debug)]
pub enum Remark<'a> {
    /// By a person who may see the request.
    Comment(&'a str),
    /// By a person who may vote, to the agent; only while it waits.
    Question(&'a str),
    /// By the agent that asked, or the person it acts for.
    Answer {
        /// Id of the question.
        question_id: &'a str,
        /// The answer.
        text: &'a str,
    },
}

/// Writes it down, and wakes who waits for the approval.
///
/// # Errors
/// `invalid` for a text that is empty or too long, `forbidden` for whom it is not, `not_found` for an unknown question.
pub async fn remark(app: &App, caller: &Caller, id: &str, remark: Remark<'_>) -> Result<(), Refusal> {
    let (kind, text, answers_to) = match remark {
        Remark::Comment(text) => (EventKind::CommentAdded, text, None),
        Remark::Question(text) => (EventKind::QuestionAsked, text, None),
        Remark::Answer { question_id, text } => (EventKind::QuestionAnswered, text, Some(question_id)),
    };
    if text.trim().is_empty() || text.chars().count() > LONGEST {
        return Err(Refusal::new(Code::Invalid, format!("text must have 1 to {LONGEST} characters.")));
    }
    for _ in 0..TRIES {
        let approval = expire::current(app, id).await?.ok_or_else(|| Refusal::not_found("approval", id))?;
        admit(app, caller, &approval, remark).await?;
        let written = Written {
            id: app.entropy.id(app.store.now())?,
            text: text.to_owned(),
            answers_to: answers_to.map(str::to_owned),
        };
        let payload = serde_json::to_value(&written).unwrap_or_default();
        // The row stays as it is but for its version, by which waiting readers see that something was written.
        let change = Change::default()
            .event(event(kind, caller, id, &links(&approval), payload))
            .put(Record::Approval(approval));
        if commit(app, change).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}

async fn admit(app: &App, caller: &Caller, approval: &Approval, remark: Remark<'_>) -> Result<(), Refusal> {
    let so_far = discussion::read(app, approval).await?;
    if so_far.len() >= discussion::MOST {
        let detail = format!("A request holds at most {} remarks.", discussion::MOST);
        return Err(Refusal::new(Code::Invalid, detail));
    }
    let Remark::Answer { question_id, .. } = remark else {
        if matches!(remark, Remark::Question(_)) {
            approval.waits(app.store.now())?;
        }
        return person(caller);
    };
    let decision = app.store.decision(&approval.decision_id).await?;
    let agent = decision.and_then(|d| d.action.agent);
    let own =
        caller.user() == approval.requester && (caller.token.agent.is_none() || caller.token.agent == agent);
    if !own {
        let detail = "Only the agent that asked, or the person it acts for, may answer.";
        return Err(Refusal::new(Code::Forbidden, detail));
    }
    if so_far.iter().any(|r| r.kind == "question" && r.id == question_id) {
        return Ok(());
    }
    Err(Refusal::not_found("question", question_id))
}
