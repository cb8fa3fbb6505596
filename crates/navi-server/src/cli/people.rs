//! Tokens and invites from the operator's shell. They write through the same store, also while the server runs.

use navi_domain::canonical;
use navi_domain::people::{Role, Token};
use navi_protocol::people::{InviteRequest, TokenRequest};
use serde_json::json;

use super::data_dir::DataDir;
use crate::auth::Caller;
use crate::http::people::invite_response;
use crate::usecase::{create_invite, create_token};
use crate::{App, Refusal};

/// Who owns the data folder acts as admin, and is named so in the ledger.
fn operator() -> Caller {
    Caller::of(Token {
        hash: String::new(),
        id: String::new(),
        user: "operator".into(),
        role: Role::Admin,
        agent: None,
        device_id: None,
        created_at: 0,
        expires_at: None,
        revoked_at: None,
        version: 0,
    })
}

async fn app_of(dir: &DataDir, org: &str) -> anyhow::Result<App> {
    let app = dir.app().await?;
    anyhow::ensure!(
        app.store.org() == org,
        "the data folder is of organisation {:?}, not {org:?}",
        app.store.org()
    );
    Ok(app)
}

fn told(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!(refusal.detail)
}

/// `token create`
pub async fn create_token(
    dir: &DataDir,
    org: &str,
    user: String,
    role: String,
    agent: Option<String>,
) -> anyhow::Result<()> {
    let app = app_of(dir, org).await?;
    let request = TokenRequest { user, role, agent };
    let (_, secret) = create_token::create_token(&app, &operator(), &request).await.map_err(told)?;
    app.store.close().await;
    println!("{}", json!({"token": secret}));
    Ok(())
}

/// `invite create`
pub async fn create_invite(
    dir: &DataDir,
    org: &str,
    user: String,
    role: String,
    url: &str,
) -> anyhow::Result<()> {
    let app = app_of(dir, org).await?;
    let request = InviteRequest { user, role, class: None, ttl_secs: None };
    let (invite, secret) = create_invite::create_invite(&app, &operator(), &request).await.map_err(told)?;
    let vkey = app.notary.vkey();
    let links = invite_response(&invite, &secret, url.trim_end_matches('/'), &vkey);
    app.store.close().await;
    println!(
        "{}",
        json!({"invite": secret, "link": links.link, "fingerprint": canonical::key_fingerprint(&vkey),
            "expires_at": links.expires_at})
    );
    Ok(())
}

/// `web-link`
pub async fn web_link(dir: &DataDir, user: String, role: String, url: &str) -> anyhow::Result<()> {
    let app = dir.app().await?;
    let request = InviteRequest { user, role, class: Some("web".into()), ttl_secs: None };
    let (invite, secret) = create_invite::create_invite(&app, &operator(), &request).await.map_err(told)?;
    let links = invite_response(&invite, &secret, url.trim_end_matches('/'), &app.notary.vkey());
    app.store.close().await;
    println!("{}", json!({"web_link": links.web_link, "expires_at": links.expires_at}));
    Ok(())
}
