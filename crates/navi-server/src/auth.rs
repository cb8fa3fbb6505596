//! Who asks, and what they may do. One table names the right that each operation needs.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use navi_domain::people::{Right, Role, Token};
use navi_guardrail::{GuardrailSet, Person};
use navi_protocol::problem::Code;
use sha2::{Digest, Sha256};

use crate::refusals::Refusals;
use crate::rules::Rules;
use crate::{App, Refusal};

/// Name of the web page's cookie.
pub const COOKIE: &str = "navi_session";

/// Operation id → the right it needs; `None`: no credential at all.
pub const OPERATIONS: &[(&str, Option<Right>)] = &[
    ("evaluate_action", Some(Right::Act)),
    ("list_approvals", Some(Right::SeeOwn)),
    ("read_approval_queue", Some(Right::SeeOwn)),
    ("read_approval", Some(Right::SeeOwn)),
    ("read_background", Some(Right::SeeOwn)),
    ("list_precedents", Some(Right::SeeOwn)),
    ("cast_vote", Some(Right::Vote)),
    ("cancel_approval", Some(Right::Act)),
    ("claim_approval", Some(Right::Vote)),
    ("release_approval", Some(Right::Vote)),
    ("snooze_approval", Some(Right::Vote)),
    ("wake_approval", Some(Right::Vote)),
    ("show_presence", Some(Right::Vote)),
    ("end_presence", Some(Right::Vote)),
    ("extend_approval", Some(Right::Vote)),
    ("edit_approval", Some(Right::Vote)),
    ("cast_votes", Some(Right::Vote)),
    ("add_comment", Some(Right::SeeOwn)),
    ("ask_agent", Some(Right::Vote)),
    ("answer_question", Some(Right::Act)),
    ("list_delegations", Some(Right::SeeAll)),
    ("make_delegation", Some(Right::Vote)),
    ("end_delegation", Some(Right::Vote)),
    ("report_deliveries", Some(Right::SeeOwn)),
    ("list_freezes", Some(Right::SeeOwn)),
    ("begin_freeze", Some(Right::Vote)),
    ("end_freeze", Some(Right::Vote)),
    ("list_envelopes", Some(Right::SeeAll)),
    ("issue_envelope", Some(Right::Bypass)),
    ("revoke_envelope", Some(Right::Bypass)),
    ("list_gates", Some(Right::SeeAll)),
    ("enroll_gate", Some(Right::Act)),
    ("contact_gate", Some(Right::Act)),
    ("list_bypasses", Some(Right::ReadPolicy)),
    ("read_bypass", Some(Right::SeeAll)),
    ("ask_bypass", Some(Right::Bypass)),
    ("confirm_bypass", Some(Right::Bypass)),
    ("go_on_alone", Some(Right::Bypass)),
    ("end_bypass", Some(Right::Vote)),
    ("review_bypass", Some(Right::Vote)),
    ("read_oncall", Some(Right::SeeAll)),
    ("save_schedule", Some(Right::WritePolicy)),
    ("remove_schedule", Some(Right::WritePolicy)),
    ("list_turns", Some(Right::SeeAll)),
    ("take_shift", Some(Right::Vote)),
    ("give_shift_back", Some(Right::Vote)),
    ("import_calendar", Some(Right::WritePolicy)),
    ("save_line", Some(Right::WritePolicy)),
    ("read_handover", Some(Right::SeeAll)),
    ("list_grants", Some(Right::SeeOwn)),
    ("revoke_grant", Some(Right::SeeOwn)),
    ("redeem_permit", Some(Right::Act)),
    ("finish_execution", Some(Right::Act)),
    ("read_execution", Some(Right::SeeOwn)),
    ("list_plans", Some(Right::SeeOwn)),
    ("read_plan", Some(Right::SeeOwn)),
    ("revoke_plan", Some(Right::SeeOwn)),
    ("request_rollback", Some(Right::Act)),
    ("read_rollback", Some(Right::SeeOwn)),
    ("list_rollbackable", Some(Right::SeeOwn)),
    ("take_rollback_work", Some(Right::Act)),
    ("plan_rollback", Some(Right::Act)),
    ("start_rollback", Some(Right::Act)),
    ("end_rollback", Some(Right::Act)),
    ("read_policy", Some(Right::ReadPolicy)),
    ("save_policy", Some(Right::WritePolicy)),
    ("read_policy_defaults", Some(Right::ReadPolicy)),
    ("read_policy_history", Some(Right::ReadPolicy)),
    ("revert_policy", Some(Right::WritePolicy)),
    ("preview_policy", Some(Right::WritePolicy)),
    ("list_suggestions", Some(Right::SeeAll)),
    ("list_allow_rules", Some(Right::ReadPolicy)),
    ("end_allow_rule", Some(Right::WritePolicy)),
    ("draft_allow_rules", Some(Right::WritePolicy)),
    ("propose_allow_rule", Some(Right::WritePolicy)),
    ("list_proposals", Some(Right::WritePolicy)),
    ("decide_proposal", Some(Right::WritePolicy)),
    ("read_settings", Some(Right::ReadPolicy)),
    ("save_settings", Some(Right::WritePolicy)),
    ("read_settings_history", Some(Right::ReadPolicy)),
    ("revert_settings", Some(Right::WritePolicy)),
    ("revert_risk_settings", Some(Right::WritePolicy)),
    ("read_risk_settings", Some(Right::ReadPolicy)),
    ("save_risk_settings", Some(Right::WritePolicy)),
    ("read_risk_history", Some(Right::ReadPolicy)),
    ("read_guardrails", Some(Right::ReadPolicy)),
    ("save_guardrails", Some(Right::WritePolicy)),
    ("read_catalogue", Some(Right::ReadPolicy)),
    ("save_catalogue", Some(Right::WritePolicy)),
    ("list_audit", Some(Right::ReadLedger)),
    ("read_audit_trail", Some(Right::ReadLedger)),
    ("export_audit", Some(Right::ReadLedger)),
    ("read_report", Some(Right::ReadLedger)),
    ("note_export", Some(Right::ReadLedger)),
    ("read_insights", Some(Right::ReadLedger)),
    ("open_stream", Some(Right::SeeOwn)),
    ("list_devices", Some(Right::SeeAll)),
    ("enroll_device", None),
    ("confirm_device", Some(Right::Vote)),
    ("revoke_device", Some(Right::Vote)),
    ("list_invites", Some(Right::ManagePeople)),
    ("create_invite", Some(Right::Vote)),
    ("list_tokens", Some(Right::ManagePeople)),
    ("create_token", Some(Right::ManagePeople)),
    ("revoke_token", Some(Right::ManagePeople)),
    ("read_server", None),
    ("read_session", Some(Right::SeeOwn)),
    ("end_session", Some(Right::SeeOwn)),
    ("read_checkpoint", Some(Right::ReadLedger)),
    ("read_tile", Some(Right::ReadLedger)),
    ("prove_inclusion", Some(Right::ReadLedger)),
    ("prove_consistency", Some(Right::ReadLedger)),
    ("list_entries", Some(Right::ReadLedger)),
    ("read_entry_proof", Some(Right::ReadLedger)),
    ("add_cosignature", Some(Right::ReadLedger)),
    ("list_witnesses", Some(Right::ReadLedger)),
    ("propose_erasure", Some(Right::WritePolicy)),
    ("export_bundle", Some(Right::ReadLedger)),
    ("review_admission", Some(Right::Act)),
    // Signed by their senders instead.
    ("receive_github_event", None),
    ("receive_terraform_task", None),
    ("read_health", None),
    ("read_readiness", None),
    ("read_metrics", Some(Right::SeeAll)),
];

/// Who may do what by these guardrails: each right with its roles, then each operation with its own.
#[must_use]
pub fn role_matrix(guardrails: &GuardrailSet) -> String {
    let mut text = format!(
        "# Made from the guardrails in crates/navi-guardrail/policies by `cargo xtask generate`.\n\n# Right: roles\n{}\n# Operation: roles\n",
        guardrails.matrix()
    );
    for (operation, right) in OPERATIONS {
        let allowed = |role: &Role, right| {
            guardrails.may(&Person { id: "somebody", role: *role, groups: &[] }, right).allowed
        };
        let roles: Vec<&str> = match right {
            None => vec!["anybody"],
            Some(right) => {
                Role::ALL.iter().filter(|role| allowed(role, *right)).map(|r| r.as_str()).collect()
            }
        };
        text.push_str(operation);
        text.push_str(": ");
        text.push_str(&roles.join(" "));
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// An authenticated credential.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token's row.
    pub token: Token,
    /// The rules in force when it was authenticated; none for what the server does itself, which asks nobody.
    rules: Option<Arc<Rules>>,
    /// Counts what is refused to it.
    refusals: Option<Arc<Refusals>>,
}

impl Caller {
    /// A credential that the server holds itself (the operator's shell, an enrolment). It has no right to ask for
    /// anything over HTTP.
    #[must_use]
    pub fn of(token: Token) -> Self {
        Self { token, rules: None, refusals: None }
    }

    /// The rules in force when it was authenticated; none for what the server does itself.
    #[must_use]
    pub fn rules(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref()
    }

    /// Whether the guardrails give the credential a right.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.may(&self.token.user, self.token.role, right))
    }

    /// Refuses unless the credential has the right of this operation.
    ///
    /// # Errors
    /// `forbidden`, naming operation and role. An operation that is not in the table is refused for everybody.
    pub fn may(&self, operation: &str) -> Result<(), Refusal> {
        let right = OPERATIONS.iter().find(|(name, _)| *name == operation).and_then(|(_, right)| *right);
        if right.is_some_and(|right| self.has(right)) {
            return Ok(());
        }
        if let Some(refusals) = &self.refusals {
            refusals.access(&self.actor(), operation);
        }
        let role = self.token.role.as_str();
        Err(Refusal::new(Code::Forbidden, format!("{operation} is not open to a credential of role {role}.")))
    }

    /// The person this credential speaks for.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.token.user
    }

    /// Its role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.token.role
    }

    /// Who acts: the agent, or the person.
    #[must_use]
    pub fn actor(&self) -> String {
        self.token.agent.clone().unwrap_or_else(|| self.token.user.clone())
    }

    /// The person an agent acts for; `None` when a person acts.
    #[must_use]
    pub fn on_behalf_of(&self) -> Option<String> {
        self.token.agent.as_ref().map(|_| self.token.user.clone())
    }
}

/// SHA-256 (hex) of a secret text, as the store keeps it.
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let missing = || {
            Refusal::new(
                Code::Unauthenticated,
                "Send `Authorization: Bearer TOKEN` with a token that is still good.",
            )
        };
        let secret = match bearer(&parts.headers) {
            Some(secret) => secret,
            None => {
                let cookie = cookie(&parts.headers).ok_or_else(missing)?;
                let opens_socket = parts.headers.contains_key(header::UPGRADE);
                if (parts.method != Method::GET || opens_socket) && !same_origin(&parts.headers) {
                    return Err(Refusal::new(
                        Code::Forbidden,
                        "The request does not come from the server's own page.",
                    ));
                }
                cookie
            }
        };
        let Some(token) = app.store.token(&secret_hash(&secret)).await? else {
            app.refusals.login(None, "credential", "there is no such credential");
            return Err(missing());
        };
        let expired = token.expires_at.is_some_and(|at| app.store.now() > at);
        if token.revoked_at.is_some() || expired {
            let why = if expired { "the credential has expired" } else { "the credential was revoked" };
            app.refusals.login(Some(&token.user), &token.id, why);
            return Err(missing());
        }
        let rules = app.rules.newest(app.store.as_ref()).await?;
        Ok(Self { token, rules: Some(rules), refusals: Some(Arc::clone(&app.refusals)) })
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == COOKIE && !value.is_empty()).then(|| value.to_owned())
        })
}

/// Whether `Origin` names the host that was asked.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|o| o.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == text(header::HOST)
}
