//! Paths of the HTTP API. Everything but health lies under [`PREFIX`].

/// Prefix of the API.
pub const PREFIX: &str = "/api/governance";
/// `POST`
pub const EVALUATE: &str = "/api/governance/evaluate";
/// `GET` list; `GET|POST|DELETE {…}/{id}`: read (`?wait=SECONDS`), vote, cancel by requester;
/// `POST|DELETE {…}/{id}/claim|snooze`; `PUT|DELETE {…}/{id}/presence`; `POST {…}/{id}/extend|edit|comments|questions|answers`
pub const APPROVALS: &str = "/api/governance/approvals";
/// `POST` several signed votes
pub const APPROVALS_BULK: &str = "/api/governance/approvals/bulk";
/// `GET|POST`; `DELETE {…}/{id}`
pub const DELEGATIONS: &str = "/api/governance/delegations";
/// `GET`
pub const APPROVALS_STATUS: &str = "/api/governance/approvals/status";
/// `GET` list; `DELETE {…}/{id}` ends one. `GET|POST /approvals/{id}/allow-rules`: what could be made from a request
pub const ALLOW_RULES: &str = "/api/governance/allow-rules";
/// What agents may repeat; `/{id}` takes one back.
pub const GRANTS: &str = "/api/governance/grants";
/// `GET|PUT {…}/{user_id}?repo=`
pub const POLICY: &str = "/api/governance/policy";
/// `GET`
pub const POLICY_DEFAULTS: &str = "/api/governance/policy/defaults";
/// `GET` list; `PUT` begin; `DELETE {…}/{id}` lift
pub const FREEZE: &str = "/api/governance/freeze";
/// `GET` list; `POST` ask; `GET {…}/{id}`; `POST {…}/{id}/confirm|alone|review`; `DELETE {…}/{id}` end now
pub const BYPASS: &str = "/api/governance/bypass";
/// `GET`; `PUT|DELETE {…}/schedules/{id}`; `GET {…}/schedules/{id}/turns?from=&to=`;
/// `POST {…}/schedules/{id}/shifts|calendar`; `DELETE {…}/schedules/{id}/shifts/{shift_id}`; `PUT {…}/line`;
/// `GET {…}/handover`
pub const ONCALL: &str = "/api/governance/oncall";
/// `GET` list; `GET {…}/{action_id}`
pub const AUDIT: &str = "/api/governance/audit";
/// `POST` a console wrote a file from its own copy
pub const AUDIT_EXPORTS: &str = "/api/governance/audit/exports";
/// `POST` redeem; `PATCH {…}/{id}` finish; `GET {…}/{id}`
pub const EXECUTIONS: &str = "/api/governance/executions";
/// `GET` list; `POST` hand out; `DELETE {…}/{id}` take back
pub const ENVELOPES: &str = "/api/governance/envelopes";
/// `GET` list; `POST` become known; `POST {…}/{id}/contact`
pub const GATES: &str = "/api/governance/gates";
/// `GET` list (`?open=true`); `GET {…}/{id}`; `DELETE {…}/{id}` takes its approval back
pub const PLANS: &str = "/api/governance/plans";
/// `POST` undo or rehearse; `GET {…}/available`, `{…}/{id}` (`?wait=SECONDS&seen=STATUS`); for runners
/// `POST {…}/{id}/plan|start|end`
pub const ROLLBACK: &str = "/api/governance/rollback";
/// `POST` a runner asks for its work
pub const RUNNER_WORK: &str = "/api/governance/runner/work";
/// `GET` WebSocket, `?since=EPOCH:SEQ`
pub const STREAM: &str = "/api/governance/stream";
/// `GET` list; `POST` enrol; `POST {…}/{id}/confirm`; `DELETE {…}/{id}` revoke
pub const DEVICES: &str = "/api/governance/devices";
/// `POST` what a device reports about notifications
pub const DELIVERIES: &str = "/api/governance/deliveries";
/// `GET|POST`
pub const INVITES: &str = "/api/governance/invites";
/// `GET|POST`; `DELETE {…}/{id}`
pub const TOKENS: &str = "/api/governance/tokens";
/// `GET` who am I; `POST` one-time web link → cookie; `DELETE` sign out
pub const SESSION: &str = "/api/governance/session";
/// `GET` which server this is, no credential
pub const SERVER: &str = "/api/governance/server";
/// `GET {…}/{org}/checkpoint`, `/proof/inclusion?index=&size=`, `/proof/consistency?old=&new=`, `/entries?from=&limit=`, `/bundle?compress=`
pub const LEDGER: &str = "/api/governance/ledger";
/// `GET`, no credential
pub const HEALTHZ: &str = "/healthz";
/// `GET`, no credential
pub const READYZ: &str = "/readyz";
/// `GET`: numbers in the text format of Prometheus
pub const METRICS: &str = "/metrics";
/// `GET`, no credential
pub const OPENAPI: &str = "/openapi.json";
