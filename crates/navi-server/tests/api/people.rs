//! Enrolment, invites, devices, tokens, the web page's cookie.

use navi_domain::people::Role;
use serde_json::json;

use crate::app::{TestApp, medium};

#[tokio::test]
async fn an_invite_enrols_once_and_in_time() {
    let app = TestApp::new();
    let secret = app.invite("ana", Role::Approver).await;
    app.enroll(&secret, "laptop", "desktop", true, false).await.ok();
    app.enroll(&secret, "laptop", "desktop", true, false).await.refused("invite_unusable");
    let late = app.invite("bob", Role::Approver).await;
    app.pass(3601);
    app.enroll(&late, "laptop", "desktop", true, false).await.refused("invite_unusable");
    app.enroll("nvi_made_up", "laptop", "desktop", true, false).await.refused("invite_unusable");
}

#[tokio::test]
async fn keys_without_proof_are_not_enrolled() {
    let app = TestApp::new();
    let secret = app.invite("ana", Role::Approver).await;
    let body = json!({"invite": secret, "name": "x", "class": "desktop", "vote_key": "00".repeat(32), "proof": "AAAA"});
    app.call("POST", "/api/governance/devices", None, &body.to_string(), &[]).await.refused("invalid");
    app.enroll(&secret, "laptop", "desktop", true, false).await.ok();
}

#[tokio::test]
async fn a_further_device_decides_nothing_until_an_earlier_one_confirms_it() {
    let app = TestApp::new();
    let first = app.person("ana", Role::Approver).await;
    let second = app.device("ana", Role::Approver, "terminal", true, false).await.unwrap();
    let id = app.agent().await.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    second.approve(&id).await.refused("device_unconfirmed");
    let path = format!("/devices/{}/confirm", second.device_id);
    second.caller.send("POST", &path, &json!({})).await.refused("forbidden");
    let bob = app.person("bob", Role::Approver).await;
    bob.caller.send("POST", &path, &json!({})).await.refused("forbidden");
    first.caller.send("POST", &path, &json!({})).await.ok();
    second.approve(&id).await.ok();
}

#[tokio::test]
async fn a_revoked_device_is_signed_out_for_good() {
    let app = TestApp::new();
    let (ana, admin) = (app.person("ana", Role::Approver).await, app.person("root", Role::Admin).await);
    admin.caller.send("DELETE", &format!("/devices/{}", ana.device_id), &json!({})).await.ok();
    ana.caller.get("/session").await.refused("unauthenticated");
}

#[tokio::test]
async fn only_admins_invite_others() {
    let app = TestApp::new();
    let (ana, admin) = (app.person("ana", Role::Approver).await, app.person("root", Role::Admin).await);
    ana.caller
        .send("POST", "/invites", &json!({"user": "eve", "role": "approver"}))
        .await
        .refused("forbidden");
    ana.caller.send("POST", "/invites", &json!({"user": "ana", "role": "admin"})).await.refused("forbidden");
    let own = json!({"user": "ana", "role": "approver", "class": "web"});
    let web = ana.caller.send("POST", "/invites", &own).await.ok();
    assert!(web["web_link"].as_str().unwrap().contains("/#/enroll?code=nvi_"));
    let invite =
        admin.caller.send("POST", "/invites", &json!({"user": "eve", "role": "approver"})).await.ok();
    assert!(invite["link"].as_str().unwrap().starts_with("navi://enroll?url="));
}

#[tokio::test]
async fn the_web_page_has_a_cookie_and_must_come_from_its_own_origin() {
    let app = TestApp::new();
    let web = app.device("ana", Role::Approver, "web", false, false).await.unwrap();
    assert_eq!(web.caller.secret, "", "the token is in the cookie only");
    let set = web.cookie.clone().unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"));
    let cookie = set.split(';').next().unwrap().to_owned();
    let path = "/api/governance/session";
    let with = |origin: &'static str| {
        [("cookie", cookie.clone()), ("host", "navi.test".into()), ("origin", origin.into())]
    };
    let call = |method: &'static str, headers: [(&'static str, String); 3]| {
        let app = &app;
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            app.call(method, path, None, "", &headers).await
        }
    };
    assert_eq!(call("GET", with("https://navi.test")).await.ok()["user"], "ana");
    call("DELETE", with("https://evil.test")).await.refused("forbidden");
    assert_eq!(call("DELETE", with("https://navi.test")).await.status, 204);
    call("GET", with("https://navi.test")).await.refused("unauthenticated");
}

#[tokio::test]
async fn a_revoked_token_is_no_longer_good() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let made =
        admin.send("POST", "/tokens", &json!({"user": "dana", "role": "agent", "agent": "nova"})).await.ok();
    let secret = made["token"].as_str().unwrap();
    app.call("GET", "/api/governance/session", Some(secret), "", &[]).await.ok();
    admin.send("DELETE", &format!("/tokens/{}", made["id"].as_str().unwrap()), &json!({})).await.ok();
    app.call("GET", "/api/governance/session", Some(secret), "", &[]).await.refused("unauthenticated");
}

#[tokio::test]
async fn who_holds_an_invite_learns_which_server_this_is_and_nothing_else() {
    let app = TestApp::new();
    let said = app.call("GET", "/api/governance/server", None, "", &[]).await.ok();
    let mut names: Vec<&String> = said.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["fingerprint", "ledger_vkey", "org", "version"]);
    let session = app.token("ana", Role::Approver, None).await.get("/session").await.ok();
    assert_eq!(said["ledger_vkey"], session["ledger_vkey"]);
    let vkey = said["ledger_vkey"].as_str().unwrap();
    assert_eq!(said["fingerprint"], navi_domain::canonical::key_fingerprint(vkey));
}
