//! HTTP is only an adapter: request → use case → view. One subject a file.

pub mod admission;
pub mod allow;
pub mod approvals;
pub mod audit;
pub mod background;
pub mod bypass;
pub mod delegations;
pub mod deliveries;
pub mod discussion;
pub mod envelopes;
pub mod erasure;
pub mod evaluate;
pub mod executions;
pub mod exports;
pub mod extract;
pub mod freeze;
pub mod gates;
pub mod github;
pub mod grants;
pub mod health;
pub mod insights;
pub mod introduction;
pub mod ledger;
pub mod metrics;
pub mod oncall;
pub mod openapi;
pub mod people;
pub mod plans;
pub mod policy;
pub mod precedents;
pub mod proposals;
pub mod rollback;
pub mod rules;
pub mod runner;
pub mod session;
pub mod settings;
pub mod stream;
pub mod terraform;
pub mod ui;
pub mod waiting;
pub mod witness;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post, put};
use navi_protocol::problem::Code;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{App, Refusal};

/// The page may load only itself, and talk only to its own server.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every route.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route("/evaluate", post(evaluate::evaluate_action))
        .route("/approvals", get(approvals::list_approvals))
        .route("/approvals/status", get(approvals::read_approval_queue))
        .route("/approvals/bulk", post(waiting::cast_votes))
        .route(
            "/approvals/{id}",
            get(approvals::read_approval).post(approvals::cast_vote).delete(approvals::cancel_approval),
        )
        .route("/approvals/{id}/background", get(background::read_background))
        .route("/approvals/{id}/precedents", get(precedents::list_precedents))
        .route("/approvals/{id}/allow-rules", get(allow::draft_allow_rules).post(allow::propose_allow_rule))
        .route("/approvals/{id}/claim", post(waiting::claim_approval).delete(waiting::release_approval))
        .route("/approvals/{id}/snooze", post(waiting::snooze_approval).delete(waiting::wake_approval))
        .route("/approvals/{id}/presence", put(waiting::show_presence).delete(waiting::end_presence))
        .route("/approvals/{id}/extend", post(waiting::extend_approval))
        .route("/approvals/{id}/edit", post(waiting::edit_approval))
        .route("/approvals/{id}/comments", post(discussion::add_comment))
        .route("/approvals/{id}/questions", post(discussion::ask_agent))
        .route("/approvals/{id}/answers", post(discussion::answer_question))
        .route("/delegations", get(delegations::list_delegations).post(delegations::make_delegation))
        .route("/delegations/{id}", delete(delegations::end_delegation))
        .route("/deliveries", post(deliveries::report_deliveries))
        .route("/allow-rules", get(allow::list_allow_rules))
        .route("/allow-rules/{id}", delete(allow::end_allow_rule))
        .route("/grants", get(grants::list_grants))
        .route("/grants/{id}", delete(grants::revoke_grant))
        .route("/executions", post(executions::redeem_permit))
        .route("/executions/{id}", patch(executions::finish_execution).get(executions::read_execution))
        .route("/plans", get(plans::list_plans))
        .route("/plans/{id}", get(plans::read_plan).delete(plans::revoke_plan))
        .route("/rollback", post(rollback::request_rollback))
        .route("/rollback/available", get(rollback::list_rollbackable))
        .route("/rollback/{id}", get(rollback::read_rollback))
        .route("/rollback/{id}/plan", post(runner::plan_rollback))
        .route("/rollback/{id}/start", post(runner::start_rollback))
        .route("/rollback/{id}/end", post(runner::end_rollback))
        .route("/runner/work", post(runner::take_rollback_work))
        .route("/policy/defaults", get(policy::read_policy_defaults))
        .route("/policy/{user_id}", get(policy::read_policy).put(policy::save_policy))
        .route("/policy/suggestions", get(policy::list_suggestions))
        .route("/policy/preview", post(policy::preview_policy))
        .route("/policy/{user_id}/history", get(policy::read_policy_history))
        .route("/policy/{user_id}/revert", post(policy::revert_policy))
        .route("/freeze", get(freeze::list_freezes).put(freeze::begin_freeze))
        .route("/freeze/{id}", delete(freeze::end_freeze))
        .route("/envelopes", get(envelopes::list_envelopes).post(envelopes::issue_envelope))
        .route("/envelopes/{id}", delete(envelopes::revoke_envelope))
        .route("/gates", get(gates::list_gates).post(gates::enroll_gate))
        .route("/gates/{id}/contact", post(gates::contact_gate))
        .route("/bypass", get(bypass::list_bypasses).post(bypass::ask_bypass))
        .route("/bypass/{id}", get(bypass::read_bypass).delete(bypass::end_bypass))
        .route("/bypass/{id}/confirm", post(bypass::confirm_bypass))
        .route("/bypass/{id}/alone", post(bypass::go_on_alone))
        .route("/bypass/{id}/review", post(bypass::review_bypass))
        .route("/oncall", get(oncall::read_oncall))
        .route("/oncall/line", put(oncall::save_line))
        .route("/oncall/handover", get(oncall::read_handover))
        .route("/oncall/schedules/{id}", put(oncall::save_schedule).delete(oncall::remove_schedule))
        .route("/oncall/schedules/{id}/turns", get(oncall::list_turns))
        .route("/oncall/schedules/{id}/shifts", post(oncall::take_shift))
        .route("/oncall/schedules/{id}/shifts/{shift_id}", delete(oncall::give_shift_back))
        .route("/oncall/schedules/{id}/calendar", post(oncall::import_calendar))
        .route("/proposals", get(proposals::list_proposals))
        .route("/proposals/{id}", post(proposals::decide_proposal))
        .route("/settings", get(settings::read_settings).put(settings::save_settings))
        .route("/settings/revert", post(settings::revert_settings))
        .route("/settings/history", get(settings::read_settings_history))
        .route("/risk-settings/{scope}", get(settings::read_risk_settings).put(settings::save_risk_settings))
        .route("/risk-settings/{scope}/revert", post(settings::revert_risk_settings))
        .route("/risk-settings/{scope}/history", get(settings::read_risk_history))
        .route("/guardrails", get(rules::read_guardrails).put(rules::save_guardrails))
        .route("/catalogue", get(rules::read_catalogue).put(rules::save_catalogue))
        .route("/audit", get(audit::list_audit))
        .route("/audit/export", get(audit::export_audit))
        .route("/audit/report", get(audit::read_report))
        .route("/audit/exports", post(exports::note_export))
        .route("/audit/insights", get(insights::read_insights))
        .route("/audit/{action_id}", get(audit::read_audit_trail))
        .route("/stream", get(stream::open_stream))
        .route("/devices", get(people::list_devices).post(people::enroll_device))
        .route("/devices/{id}/confirm", post(people::confirm_device))
        .route("/devices/{id}", delete(people::revoke_device))
        .route("/invites", get(people::list_invites).post(people::create_invite))
        .route("/tokens", get(people::list_tokens).post(people::create_token))
        .route("/tokens/{id}", delete(people::revoke_token))
        .route("/server", get(introduction::read_server))
        .route("/webhooks/github", post(github::receive_github_event))
        .route("/webhooks/kubernetes", post(admission::review_admission))
        .route("/webhooks/terraform", post(terraform::receive_terraform_task))
        .route("/session", get(session::read_session).delete(session::end_session))
        .route("/ledger/{org}/checkpoint", get(ledger::read_checkpoint))
        .route("/ledger/{org}/proof/inclusion", get(ledger::prove_inclusion))
        .route("/ledger/{org}/proof/consistency", get(ledger::prove_consistency))
        .route("/ledger/{org}/tile/{*path}", get(ledger::read_tile))
        .route("/ledger/{org}/entries", get(ledger::list_entries))
        .route("/ledger/{org}/entries/{index}/proof", get(witness::read_entry_proof))
        .route("/ledger/{org}/erasures", post(erasure::propose_erasure))
        .route("/ledger/{org}/cosignature", post(witness::add_cosignature))
        .route("/ledger/{org}/witnesses", get(witness::list_witnesses))
        .route("/ledger/{org}/bundle", get(ledger::export_bundle))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), gates::records_first));
    let set = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .nest("/api/governance", api)
        .route("/healthz", get(health::read_health))
        .route("/readyz", get(health::read_readiness))
        .route("/metrics", get(metrics::read_metrics))
        .route("/openapi.json", get(openapi::read_openapi))
        .fallback(ui::page)
        .layer(DefaultBodyLimit::max(app.config.max_body_bytes))
        .layer(set(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .with_state(app)
}

async fn unknown_path() -> Refusal {
    Refusal::new(Code::NotFound, "The API has no such path. See /openapi.json.")
}

async fn wrong_method() -> Refusal {
    Refusal::new(Code::NotFound, "This path does not take that method. See /openapi.json.")
}
