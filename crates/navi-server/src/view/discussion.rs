//! What was written about an approval, read back from the ledger: there is no other copy.

use navi_domain::approval::Approval;
use navi_domain::event::EventKind;
use navi_protocol::discussion::Remark;
use navi_store::AuditFilter;
use serde::{Deserialize, Serialize};

use super::audit;
use crate::{App, Refusal};

/// Remarks on one approval, at most; more are refused.
pub const MOST: usize = 200;

/// The payload of a remark's entry.
#[derive(Debug, Serialize, Deserialize)]
pub struct Written {
    /// Id of the remark.
    pub id: String,
    /// What was written.
    pub text: String,
    /// The question it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_to: Option<String>,
}

/// Remarks on an approval and on the one it was edited from, oldest first. Erased ones are left out.
///
/// # Errors
/// The store's refusal.
pub async fn read(app: &App, approval: &Approval) -> Result<Vec<Remark>, Refusal> {
    let mut found = Vec::new();
    for subject in approval.edited_from.iter().chain([&approval.id]) {
        let filter = AuditFilter {
            kind: vec![EventKind::CommentAdded, EventKind::QuestionAsked, EventKind::QuestionAnswered],
            subject: Some(subject.clone()),
            limit: MOST,
            ..AuditFilter::default()
        };
        let page = app.store.audit(&filter).await?;
        for entry in page.items.iter().rev() {
            let entry = audit::build(entry)?;
            let Some(written) =
                entry.payload.as_deref().and_then(|p| serde_json::from_str::<Written>(p).ok())
            else {
                continue;
            };
            let kind = match entry.kind.as_str() {
                "question_asked" => "question",
                "question_answered" => "answer",
                _ => "comment",
            };
            found.push(Remark {
                id: written.id,
                kind: kind.to_owned(),
                user: entry.actor,
                text: written.text,
                at: entry.at,
                answers_to: written.answers_to,
            });
        }
    }
    Ok(found)
}
