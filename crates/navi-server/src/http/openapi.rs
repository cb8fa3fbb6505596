//! The OpenAPI document, generated from the handlers, checked in, and served.

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    admission, allow, approvals, audit, background, bypass, delegations, deliveries, discussion, envelopes,
    erasure, evaluate, executions, exports, freeze, gates, github, grants, health, insights, introduction,
    ledger, metrics, oncall, people, plans, policy, precedents, proposals, rollback, rules, runner, session,
    settings, stream, terraform, waiting, witness,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Navi Governance", description = "Human oversight for autonomous coding agents.", version = "1"),
    modifiers(&Bearer),
    security(("bearer" = [])),
    paths(
        evaluate::evaluate_action, approvals::list_approvals, approvals::read_approval_queue, approvals::read_approval, precedents::list_precedents, background::read_background,
        approvals::cast_vote, approvals::cancel_approval, waiting::claim_approval, waiting::release_approval,
        waiting::snooze_approval, waiting::wake_approval, waiting::show_presence, waiting::end_presence,
        waiting::extend_approval, waiting::edit_approval, waiting::cast_votes, discussion::add_comment,
        discussion::ask_agent, discussion::answer_question, delegations::list_delegations,
        delegations::make_delegation, delegations::end_delegation, deliveries::report_deliveries, freeze::list_freezes, freeze::begin_freeze, freeze::end_freeze, bypass::list_bypasses, bypass::read_bypass, bypass::ask_bypass, bypass::confirm_bypass, bypass::go_on_alone, bypass::end_bypass, bypass::review_bypass, envelopes::list_envelopes, envelopes::issue_envelope, envelopes::revoke_envelope,
        gates::list_gates, gates::enroll_gate, gates::contact_gate, oncall::read_oncall, oncall::save_schedule, oncall::remove_schedule, oncall::list_turns,
        oncall::take_shift, oncall::give_shift_back, oncall::import_calendar, oncall::save_line, oncall::read_handover, grants::list_grants, grants::revoke_grant, executions::redeem_permit, executions::finish_execution, admission::review_admission, github::receive_github_event, terraform::receive_terraform_task,
        executions::read_execution, plans::list_plans, plans::read_plan, plans::revoke_plan,
        rollback::request_rollback, rollback::read_rollback, rollback::list_rollbackable,
        runner::take_rollback_work, runner::plan_rollback, runner::start_rollback, runner::end_rollback,
        policy::read_policy, policy::save_policy, policy::read_policy_defaults,
        policy::read_policy_history, policy::revert_policy, policy::preview_policy, policy::list_suggestions, proposals::list_proposals,
        allow::list_allow_rules, allow::end_allow_rule, allow::draft_allow_rules, allow::propose_allow_rule,
        proposals::decide_proposal, settings::read_settings, settings::save_settings, settings::read_settings_history,
        settings::read_risk_settings, settings::save_risk_settings, settings::read_risk_history, settings::revert_settings, settings::revert_risk_settings,
        rules::read_guardrails, rules::save_guardrails, rules::read_catalogue, rules::save_catalogue,
        audit::list_audit, audit::read_audit_trail, insights::read_insights, audit::export_audit, audit::read_report, exports::note_export, stream::open_stream, people::list_devices, people::enroll_device,
        people::confirm_device, people::revoke_device, people::list_invites, people::create_invite, people::list_tokens,
        people::create_token, people::revoke_token, introduction::read_server, session::read_session, session::end_session,
        ledger::read_checkpoint, ledger::read_tile, ledger::prove_inclusion, ledger::prove_consistency, ledger::list_entries,
        ledger::export_bundle, erasure::propose_erasure, witness::read_entry_proof, witness::add_cosignature, witness::list_witnesses, health::read_health, health::read_readiness, metrics::read_metrics,
    )
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// Serves the document.
pub async fn read_openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
