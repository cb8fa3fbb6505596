//! `/server`: which server this is. No credential, and nothing but what every holder of an invite may know.

use axum::Json;
use axum::extract::State;
use navi_domain::canonical;
use navi_protocol::people::ServerView;

use crate::App;

/// Which server this is: asked before an invite is sent, so that a person can compare its key.
#[utoipa::path(get, path = "/api/governance/server", operation_id = "read_server", tag = "people", security(()),
    responses((status = 200, body = ServerView)))]
pub async fn read_server(State(app): State<App>) -> Json<ServerView> {
    let ledger_vkey = app.notary.vkey();
    Json(ServerView {
        org: app.store.org().to_owned(),
        fingerprint: canonical::key_fingerprint(&ledger_vkey),
        ledger_vkey,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
